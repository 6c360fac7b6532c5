"""Examining an index: what is whole, what is not, what to do about it. Nothing is changed.

Each check stands alone: one that cannot be made on a broken index is itself a finding, and the next is made.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

from rag.errors import FootnoteError, NoIndexError
from rag.index import generations
from rag.index.checks import Embed, Examination
from rag.index.document_records import read_records
from rag.index.findings import Finding, run_check


def examine_index(
    directory: Path,
    *,
    embedding_model: str = "",
    splitting: str = "",
    embed: Embed | None = None,
    sample: int = 32,
    seed: int = 0,
) -> tuple[Finding, ...]:
    """Make every check on the index in a directory.

    Args:
        embedding_model: the name of the model in use, and ``splitting`` that of how documents are cut now; where given,
            the index must have been made with them.
        embed: where given, ``sample`` passages, drawn by ``seed``, are embedded anew and compared.

    Raises:
        NoIndexError: there is no index at all.
    """
    try:
        folder = generations.find_current(directory)
        first = Finding("current", True, f"generation {folder.name}")
    except NoIndexError:
        raise
    except FootnoteError as error:
        what, _, advice = str(error).rpartition("; ")
        return (Finding("current", False, what, advice), examine_leftovers(directory, None))
    findings = examine_generation(folder, embedding_model=embedding_model, splitting=splitting, embed=embed,
                                  sample=sample, seed=seed)  # fmt: skip
    return (first, *findings, examine_leftovers(directory, folder), examine_sources(folder))


def examine_generation(
    folder: Path,
    *,
    embedding_model: str = "",
    splitting: str = "",
    embed: Embed | None = None,
    sample: int = 32,
    seed: int = 0,
) -> tuple[Finding, ...]:
    """Make those checks that concern one generation, whether it is in use or not."""
    examined = Examination(folder, random.Random(seed))
    checks: list[tuple[str, Callable[[], Finding]]] = [
        ("files", examined.check_files),
        ("database", examined.check_database),
        ("format", examined.check_format),
        ("model", lambda: examined.check_model(embedding_model, splitting)),
        ("records", examined.check_records),
        ("passages", examined.check_passages),
        ("texts", examined.check_texts),
        ("keywords", examined.check_keywords),
        ("vectors", examined.check_vectors),
        ("search", examined.check_search),
    ]
    if embed is not None:
        checks.append(("embeddings", lambda: examined.check_embeddings(embed, sample)))
    return tuple(run_check(name, check) for name, check in checks)


def examine_leftovers(directory: Path, current: Path | None) -> Finding:
    """What killed writers and repairs have left lying; the next writer sweeps the former away."""
    found = []
    for path in generations.find_generations(directory):
        if current is not None and int(path.name) > int(current.name):
            found.append(f"generation {path.name}, not finished")
    for path in sorted((directory / "generations").glob("*.broken*")):
        found.append(f"{path.name}, put aside by a repair; delete it when nothing of it is missed")
    if (directory / "CURRENT.new").exists():
        found.append("CURRENT.new")
    if not (directory / "CURRENT").exists():
        found.append("no CURRENT: the newest finished generation is used")
    return Finding("leftovers", True, "; ".join(found) or "none")


def examine_sources(folder: Path) -> Finding:
    """Which sources have changed or gone since they were indexed; the index is none the worse for it."""

    def compare() -> Finding:
        changed, gone = [], []
        for record in read_records(folder).values():
            path = Path(record.source)
            if "://" in record.source or any(above.is_file() for above in path.parents):
                continue  # a web page, or what lies in an archive: only reading it again would tell
            if not path.is_file():
                gone.append(record.id)
                continue
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != record.source_digest:
                    changed.append(record.id)
        parts = [
            f"{len(names):,} {what} since ({', '.join(names[:3])}{', …' if names[3:] else ''})"
            for names, what in ((changed, "changed"), (gone, "gone"))
            if names
        ]
        advice = "take the changes in with: footnote ingest PATH" if changed else ""
        return Finding("sources", True, ", ".join(parts) or "as they were indexed", advice)

    found = run_check("sources", compare)
    return Finding("sources", True, found.detail, found.advice if found.ok else "")
