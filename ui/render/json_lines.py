"""What programs read: JSON on one line, the same from the command line and from the page's endpoints."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from rag.index.document_records import DocumentRecord
from rag.types import SCHEMA_VERSION, Document

DESCRIBED = ("title", "author", "date", "source", "digest", "passages", "characters")


def describe_document(record: DocumentRecord) -> dict[str, Any]:
    """A document of the index as JSON values."""
    described = {name: getattr(record, name) for name in DESCRIBED}
    told = {"metadata": dict(record.metadata)} if record.metadata else {}
    return {"schema_version": SCHEMA_VERSION, "document": record.id} | described | told


def describe_structure(document: Document) -> dict[str, Any]:
    """A whole document as JSON values: its text, and what stands where in it, as offsets into the text."""
    return {
        "document": document.id,
        "title": document.title,
        "text": document.text,
        "headings": [asdict(heading) for heading in document.outline],
        "page_starts": list(document.page_starts),
        "blocks": [asdict(block) for block in document.blocks],
    }


def to_json(values: dict[str, Any]) -> str:
    """One line of JSON, with the schema version first."""
    return json.dumps({"schema_version": SCHEMA_VERSION} | values, ensure_ascii=False)
