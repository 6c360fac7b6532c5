"""What an index writes down about its documents, and the checks by which a later reader tells that it is unaltered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rag.types import Document, Heading, Metadata, Passage, text_digest

RECORD_FILES = ("documents.jsonl", "documents.copy.jsonl")


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What an index knows about a document without its text; ``passages`` and ``characters`` are counts.

    ``added`` is the day on which it was added or replaced last (ISO), empty where an older Footnote did that.
    """

    id: str
    title: str
    author: str
    date: str
    source: str
    source_digest: str
    digest: str
    passages: int
    characters: int
    outline: tuple[Heading, ...] = field(default=(), repr=False)
    page_starts: tuple[int, ...] = field(default=(), repr=False)
    metadata: Metadata = field(default=(), repr=False)
    added: str = field(default="", repr=False)


def make_record(document: Document, passages: int, added: str = "") -> DocumentRecord:
    """What an index writes down about a document."""
    return DocumentRecord(
        id=document.id,
        title=document.title,
        author=document.author,
        date=document.date,
        source=document.source,
        source_digest=document.source_digest,
        digest=document.digest,
        passages=passages,
        characters=len(document.text),
        outline=document.outline,
        page_starts=document.page_starts,
        metadata=document.metadata,
        added=added,
    )


def read_records(folder: Path) -> dict[str, DocumentRecord]:
    """The document records of a generation by id, in the order in which they were added."""
    lines = (folder / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    return {record.id: record for record in map(parse_record, lines)}


def parse_record(line: str) -> DocumentRecord:
    """A record from its line of ``documents.jsonl``. Raises ValueError, KeyError or TypeError where it was altered."""
    values = json.loads(line)
    seal = values.pop("seal", None)
    if seal is not None and seal != _seal_record(values):  # the first indexes have none
        raise ValueError(f"the record of '{values.get('id')}' was altered")
    values["outline"] = tuple(Heading(**heading) for heading in values["outline"])
    values["page_starts"] = tuple(values["page_starts"])
    values["metadata"] = tuple((name, value) for name, value in values.get("metadata", ()))  # two formats know of none
    return DocumentRecord(**values)


def write_records(folder: Path, records: Iterable[DocumentRecord]) -> None:
    """Write ``documents.jsonl`` and a copy of it: one line a record, each with a check of its own.

    Nothing else in an index says where a document came from, so that this alone could not be derived again.
    """
    text = "".join(to_line(record) + "\n" for record in records)
    for name in RECORD_FILES:
        (folder / name).write_text(text, encoding="utf-8")


def salvage_records(folder: Path) -> dict[str, DocumentRecord]:
    """The records of a generation that are whole in either file, whatever else is broken."""
    found: dict[str, DocumentRecord] = {}
    for name in RECORD_FILES:
        with suppress(OSError):
            for line in (folder / name).read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError, KeyError, TypeError, AttributeError):
                    record = parse_record(line)
                    found.setdefault(record.id, record)
    return found


def to_line(record: DocumentRecord) -> str:
    """A record as one line of JSON, with the check by which ``parse_record`` tells that it is unaltered."""
    values = asdict(record)
    return json.dumps(values | {"seal": _seal_record(values)})


def _seal_record(values: dict[str, Any]) -> str:
    return text_digest(json.dumps(values))[:16]


def seal_passage(passage: Passage) -> str:
    """A check on everything that a citation takes from a passage, so that none of it can change unnoticed."""
    values: list[Any] = [passage.id, passage.text, passage.title, passage.heading, passage.page, passage.page_breaks]
    if passage.blocks:
        facts = [[block.start, block.end, block.kind, block.cells, block.depth] for block in passage.blocks]
        values.append([fact if fact[-1] else fact[:-1] for fact in facts])
    return text_digest(json.dumps(values))[:16]
