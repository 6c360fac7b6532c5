"""What several verbs share: options that mean the same everywhere, and JSON on one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from rag.index.document_records import DocumentRecord
from rag.types import SCHEMA_VERSION

index_option = click.option("--index", type=click.Path(path_type=Path), help="Folder of the index.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


DESCRIBED = ("title", "author", "date", "source", "digest", "passages", "characters")


def describe_document(record: DocumentRecord) -> dict[str, Any]:
    """A document of the index as JSON values."""
    described = {name: getattr(record, name) for name in DESCRIBED}
    return {"schema_version": SCHEMA_VERSION, "document": record.id} | described


def to_json(values: dict[str, Any]) -> str:
    """One line of JSON, with the schema version first."""
    return json.dumps({"schema_version": SCHEMA_VERSION} | values, ensure_ascii=False)
