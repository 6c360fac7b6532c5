"""The rows of the library panel: what is known of each document, in columns that can be sorted and filtered. Pure."""

from __future__ import annotations

from typing import Any

from ingest.places import is_address
from rag.index.document_records import DocumentRecord
from ui.render.language import format_day, gettext, mark
from ui.render.redaction import file_name

_KINDS = {
    "docx": "Word",
    "odt": "OpenDocument",
    "pptx": mark("Slides"),
    "xlsx": "Excel",
    "xlsm": "Excel",
    "xls": "Excel",
    "htm": mark("Web page"),
    "html": mark("Web page"),
    "xhtml": mark("Web page"),
    "mht": mark("Web page"),
    "mhtml": mark("Web page"),
    "md": "Markdown",
    "markdown": "Markdown",
    "eml": mark("E-mail"),
    "mbox": mark("E-mail"),
    "epub": mark("E-book"),
    "txt": mark("Text"),
    "text": mark("Text"),
    "ipynb": mark("Notebook"),
}
"""What people call kinds of files, by their endings; the others go by these."""


def describe_document(
    record: DocumentRecord, label: str, added_by: str = "", *, can_remove: bool = False
) -> dict[str, Any]:
    """A row of the library.

    Args:
        record: of the document.
        label: what it is called on the page.
        added_by: who added it, and when, where that is to be told.
        can_remove: whether it can be removed.
    """
    return {
        "id": record.id,
        "label": label,
        "facts": " · ".join(
            fact for fact in (record.author, gettext("added by %(who)s", who=added_by) if added_by else "") if fact
        ),
        "kind": find_kind(record.source),
        "pages": len(record.page_starts),
        "added": record.added,
        "added_words": format_day(record.added),
        "characters": record.characters,
        "can_remove": can_remove,
    }


def find_kind(source: str) -> str:
    """What kind of document a source is, as people call it; empty where its name does not tell."""
    if is_address(source):
        return "PDF" if source.lower().endswith(".pdf") else gettext("Web page")
    name, dot, ending = file_name(source).rpartition(".")
    known = dot and name and ending.isalnum() and len(ending) <= 8
    return gettext(_KINDS.get(ending.lower(), ending.upper())) if known else ""
