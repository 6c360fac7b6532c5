"""Who added what to a library that is everybody's, and what is held until somebody says whether to replace it."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rag.index.document_records import DocumentRecord
from ui.render.language import format_day, gettext, mark
from ui.web.library.received import name_source

FILES = "files"
"""The folder that files lie in while they are read; the index knows them by it."""

FILE = "added.json"
"""Beside the index: who added each of its documents, and when."""

LONGEST_NAME = 80
"""Characters of a user's name that are shown."""

UNKNOWN = mark("somebody, when this was not noted yet")


@dataclass(frozen=True, slots=True)
class Adder:
    """Who adds something: ``owner`` tells them from others; ``name`` is what others know them by, if they log in."""

    owner: str
    name: str = ""


class Provenance(BaseModel):
    """Who added a document, and on which day."""

    model_config = ConfigDict(strict=True, frozen=True)

    owner: str = Field(max_length=100)
    name: str = Field(max_length=LONGEST_NAME)
    day: date

    def tell(self, owner: str) -> str:
        """In a few words, for one who looks: "you on 1 March 2026"."""
        who = gettext("you") if self.owner == owner else self.name or gettext("another browser")
        return gettext("%(who)s on %(day)s", who=who, day=format_day(self.day.isoformat()))


_PROVENANCES = TypeAdapter(dict[str, Provenance])


def read_provenance(folder: Path) -> dict[str, Provenance]:
    """Who added the documents of a library, by id; nothing of those that nobody knows of."""
    try:
        return _PROVENANCES.validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return {}


def note_provenance(folder: Path, document_ids: list[str], adder: Adder) -> None:
    """Remember who added documents."""
    fresh = Provenance(owner=adder.owner, name=adder.name[:LONGEST_NAME], day=date.today())
    _write(folder, read_provenance(folder) | dict.fromkeys(document_ids, fresh))


def forget_provenance(folder: Path, document_id: str) -> None:
    """Forget who added a document that is gone."""
    known = read_provenance(folder)
    if known.pop(document_id, None):
        _write(folder, known)


def find_others(
    folder: Path, records: Sequence[DocumentRecord], paths: Sequence[Path], names: Sequence[str], adder: Adder | None
) -> dict[str, str]:
    """Of files that would replace what somebody else added: by name, who did, and when.

    An archive or a mailbox replaces the documents that came with the one of its name.

    Args:
        folder: of the library.
        records: of its documents.
        paths: of the files.
        names: under which they are to be kept.
        adder: who adds them.
    """
    known = read_provenance(folder)
    others = {}
    for path, name in zip(paths, names, strict=True):
        for record in _find_replaced(records, folder / FILES, name):
            if record.source_digest == hashlib.sha256(path.read_bytes()).hexdigest():
                continue
            by = known.get(record.id)
            if by is None or adder is None or by.owner != adder.owner:
                others[name] = by.tell(adder.owner if adder else "") if by else gettext(UNKNOWN)
    return others


def _find_replaced(records: Sequence[DocumentRecord], files: Path, name: str) -> list[DocumentRecord]:
    """The documents that came with a file of a name."""
    names = {record.id: name_source(record.source, files) for record in records}
    return [record for record in records if names[record.id] == name or names[record.id].startswith(name + os.sep)]


def _write(folder: Path, known: Mapping[str, Provenance]) -> None:
    text = json.dumps({name: each.model_dump(mode="json") for name, each in known.items()}, ensure_ascii=False)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".added-")  # only its owner may read it
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        Path(name).replace(folder / FILE)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise
