"""What programs read: JSON on one line, the same from the command line and from the page's endpoints."""

from __future__ import annotations

import json
from typing import Any

from rag.index.document_records import DocumentRecord
from rag.types import SCHEMA_VERSION

DESCRIBED = ("title", "author", "date", "source", "digest", "passages", "characters")


def describe_document(record: DocumentRecord) -> dict[str, Any]:
    """A document of the index as JSON values."""
    described = {name: getattr(record, name) for name in DESCRIBED}
    return {"schema_version": SCHEMA_VERSION, "document": record.id} | described


def to_json(values: dict[str, Any]) -> str:
    """One line of JSON, with the schema version first."""
    return json.dumps({"schema_version": SCHEMA_VERSION} | values, ensure_ascii=False)
