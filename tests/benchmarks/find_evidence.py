"""Is what people marked as evidence for their questions there in what is read of their documents?

``python tests/benchmarks/find_evidence.py --data DIR``; the natural questions (``natural/`` of the data sets). Quotes are compared
by their letters and digits. Of those that are not there as they stand it is told where their words are: in one row of a
table, with the names of its columns between them; in neighbouring rows; in the head (title, byline and what is below
them); elsewhere.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.blocks import Parsed
from ingest.clean import assemble
from ingest.loaders import KINDS
from ingest.sandbox.confined import parsing
from rag.evaluation.formats.letters import keep_letters

ROWS = 6
"""So many neighbouring rows at most hold a quote that runs over several."""

HEAD = 8
"""So many first blocks of a document are its head."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a document: its text by letters and digits, its head's words, and those of its rows in their order."""

    letters: str
    head: Counter[str]
    rows: tuple[Counter[str], ...]


def read_document(parsed: Parsed, stem: str) -> Read:
    text = assemble(parsed, stem).text
    first = "\n\n".join(text.split("\n\n")[:HEAD])
    rows = tuple(find_words(block.text) for block in parsed.blocks if block.kind == "row")
    return Read(keep_letters(text).kept, find_words(first), rows)


def find_words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


def place(quote: str, read: Read) -> str:
    """Where a quote is: "as it stands", "one row", "rows", "head" or "elsewhere"."""
    if keep_letters(quote).kept in read.letters:
        return "as it stands"
    words = find_words(quote)
    if any(words <= row for row in read.rows):
        return "one row"
    for at in range(len(read.rows)):
        if words <= sum(read.rows[at : at + ROWS], Counter()):
            return "rows"
    return "head" if words <= read.head else "elsewhere"


def find_quotes(folder: Path) -> Iterator[tuple[str, str]]:
    """The document and the words of each piece of evidence."""
    for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        for piece in row["evidence"]:
            yield piece.get("document") or row["document"], piece["quote"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, metavar="DIR", required=True, help="folder of the data sets")
    folder = parser.parse_args().data / "natural"
    if not (folder / "questions.jsonl").is_file():
        parser.error(f"no questions at '{folder / 'questions.jsonl'}'")
    with parsing() as parse_one:
        read = {
            path.name: read_document(parse_one(path.read_bytes(), KINDS[path.suffix.lower()]), path.stem)
            for path in sorted((folder / "documents").iterdir())
        }
    places = [(place(quote, read[name]), name, quote) for name, quote in find_quotes(folder)]
    counts = Counter(where for where, _, _ in places)
    print(f"{len(places)} quotes: " + ", ".join(f"{count} {where}" for where, count in counts.most_common()))
    for where, name, quote in places:
        if where not in ("as it stands", "one row"):
            print(f"  {where:9} {name}: {' '.join(quote.split())[:100]}")


if __name__ == "__main__":
    main()
