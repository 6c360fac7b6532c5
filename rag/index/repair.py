"""Mending a damaged index: going back to a whole generation that lacks nothing, or building a new one from what is left.

Nothing is changed in place and nothing is deleted: the new generation takes over in one step, like a writer's, and the
broken one is kept aside.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rag.errors import FootnoteError, IndexDamagedError, IndexMismatchError, NoIndexError
from rag.index import generations
from rag.index.checks import Embed
from rag.index.document_records import DocumentRecord, salvage_records
from rag.index.examination import examine_generation
from rag.index.passage_index import read_profile
from rag.index.profile import check_profile
from rag.index.salvage import DocumentOutcome, ReadAgain, find_wanted, salvage
from rag.index.writer import DirectoryWriter

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did. ``broken`` is where the broken generation lies now, None where there was none.

    ``note`` is one line about what cannot be known, empty where all is.
    """

    done: Literal["nothing", "went back", "rebuilt"]
    generation: str
    outcomes: tuple[DocumentOutcome, ...]
    broken: Path | None = None
    note: str = ""


def repair_index(
    directory: Path,
    embeddings: Embeddings,
    *,
    splitting: str,
    embed: Embed,
    read_again: ReadAgain,
    timeout: float = 600.0,
    on_wait: Callable[[], None] | None = None,
) -> Repair:
    """Mend the index in a directory; one that is whole is left alone.

    Args:
        embeddings: the model that the index was made with.
        splitting: how documents are cut now; what an index that can still tell was made with goes before.
        embed: embeds the passages that are left, as ingestion does.
        read_again: for documents whose words are not left anywhere in the index.

    Raises:
        NoIndexError: there is nothing to mend.
        IndexMismatchError: it is whole, but of another format or model, which no repair changes.
        IndexWriteError: it cannot be written.
    """
    if not generations.find_generations(directory) and not (directory / "CURRENT").exists():
        raise NoIndexError(f"no index at '{directory}'; create one with: footnote ingest PATH")
    with generations.hold_lock(directory, timeout, on_wait):
        current = _find_newest(directory)
        named: Path | None = None
        with suppress(FootnoteError):
            named = generations.find_current(directory)
        if current is None:
            raise IndexDamagedError(
                f"nothing is left of the index at '{directory}'; build it again with: footnote ingest --rebuild PATH"
            )
        _refuse_others(current, embeddings)
        _sweep(directory, current)
        if _is_whole(current):
            if named == current:
                return Repair("nothing", current.name, ())
            note = "CURRENT was damaged; this is the newest generation that was finished"
            if gone := _named_in(directory, current):
                note = f"generation {gone} is gone; what it added or changed since is not known"
            generations.switch_to(current)
            return Repair("went back", current.name, _kept(salvage_records(current)), note=note)
        others = [path for path in _find_all(directory) if path != current]
        wanted = find_wanted(current, others)
        for other in others:
            if (
                ".broken" not in other.name
                and _digests(salvage_records(other)) == _digests(wanted)
                and _is_whole(other)
            ):
                generations.switch_to(other, keep=current)
                return Repair("went back", other.name, _kept(wanted), generations.put_aside(current))
        with suppress(FootnoteError):
            splitting = read_profile(current).splitting
        return _rebuild(directory, current, others, wanted, embeddings, splitting, embed, read_again)


def _rebuild(
    directory: Path,
    current: Path,
    others: Sequence[Path],
    wanted: dict[str, DocumentRecord],
    embeddings: Embeddings,
    splitting: str,
    embed: Embed,
    read_again: ReadAgain,
) -> Repair:
    writer = DirectoryWriter(directory, embeddings, splitting, fresh=True)
    outcomes = []
    try:
        for item in salvage(current, others, wanted, read_again):
            if isinstance(item, DocumentOutcome):
                outcomes.append(item)
                continue
            outcomes.append(item.outcome)
            writer.add(item.record, item.passages, embed(item.passages))
        writer.is_new = True  # even with nothing left, an index that can be opened takes the place of the broken one
        writer.commit(keep=current)
    except BaseException:
        writer.discard()
        raise
    return Repair("rebuilt", generations.find_current(directory).name, tuple(outcomes), generations.put_aside(current))


def _sweep(directory: Path, current: Path) -> None:
    """Delete what killed writers, and killed repairs, have begun and not finished."""
    for path in generations.find_generations(directory):
        if path.name > current.name and current.name.isdecimal() and not (path / "index.json").is_file():
            with generations.explained(directory):
                shutil.rmtree(path)


def _find_all(directory: Path) -> list[Path]:
    """All generations, whole or broken, the newest first."""
    broken = (directory / "generations").glob("*.broken*")
    found = [*generations.find_generations(directory), *broken]
    return sorted(found, key=lambda path: path.name, reverse=True)


def _find_newest(directory: Path) -> Path | None:
    """The generation that is, or was, in use: the one that CURRENT names, else the newest that was finished."""
    with suppress(OSError, UnicodeDecodeError, IndexError):
        name = (directory / "CURRENT").read_text(encoding="ascii").split()[0]
        folder = directory / "generations" / name
        if name.isdecimal() and folder.is_dir() and _agrees(directory, folder):
            return folder
    found = [path for path in _find_all(directory) if path.name.isdecimal()] or _find_all(directory)
    finished = [path for path in found if (path / "index.json").is_file()]
    return next(iter(finished or found), None)


def _named_in(directory: Path, other: Path) -> str:
    """The later generation that CURRENT names, which is not there; empty if it names none."""
    with suppress(OSError, UnicodeDecodeError, IndexError):
        name = (directory / "CURRENT").read_text(encoding="ascii").split()[0]
        if name.isdecimal() and len(name) == len(other.name) and name > other.name:
            return name
    return ""


def _agrees(directory: Path, folder: Path) -> bool:
    try:
        return generations.find_current(directory) == folder
    except FootnoteError:
        # Either CURRENT or the checksums were altered: with a newer generation that was finished, it is CURRENT.
        newer = [path for path in generations.find_generations(directory) if path.name > folder.name]
        return not any((path / generations.CHECKSUMS).is_file() for path in newer)


def _is_whole(folder: Path) -> bool:
    return all(finding.ok for finding in examine_generation(folder))


def _refuse_others(folder: Path, embeddings: Embeddings) -> None:
    """An index that is only of another kind is not broken, and what mends it is told already."""
    try:
        profile = read_profile(folder)
    except IndexMismatchError:
        raise
    except FootnoteError:
        return
    check_profile(profile, embeddings, folder.parent.parent)


def _digests(records: dict[str, DocumentRecord]) -> dict[str, str]:
    return {name: record.digest for name, record in records.items()}


def _kept(records: dict[str, DocumentRecord]) -> tuple[DocumentOutcome, ...]:
    return tuple(DocumentOutcome(name, "kept") for name in records)
