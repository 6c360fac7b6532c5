"""Replies that need no document: to small talk, and to what the library holds."""

from __future__ import annotations

from collections.abc import Sequence

from rag.english.numbers import format_count
from rag.index.document_records import DocumentRecord


def format_small_talk(kind: str, records: Sequence[DocumentRecord] | None) -> str:
    """A short, plain reply to small talk; ``records`` is None where nobody knows which documents there are."""
    match kind:
        case "thanks":
            return "You are welcome. Ask on whenever you like."
        case "farewell":
            return "Goodbye. The footnotes will be here when you come back."
        case "praise":
            return "Good. Ask on whenever you like."
    about = " No document has been added yet."
    if records or records is None:
        about = f" Ask me anything about {_titles(records) if records else 'your documents'}."
    if kind == "greeting":
        return f"Hello.{about}"
    return (
        "I answer questions about your documents, and every sentence of an answer carries a footnote that points at "
        f"the exact words it comes from. When the documents do not say, I tell you so.{about}"
    )


def format_library(records: Sequence[DocumentRecord]) -> str:
    """The list of documents, a line each."""
    if not records:
        return "There is no document in the library yet. Add one to ask about it."
    lines = []
    for record in records[:50]:
        by = f" by {record.author}" if record.author else ""
        dated = f" ({record.date})" if record.date else ""
        lines.append(f"- {record.title}{by}{dated}")
    if len(records) > 50:
        lines.append(f"- and {len(records) - 50} more")
    return "\n".join([f"The library holds {format_count(len(records), 'document')}:", *lines])


def _titles(records: Sequence[DocumentRecord]) -> str:
    if len(records) == 1:
        return f"“{records[0].title}”"
    return f"the {len(records)} documents in the library"
