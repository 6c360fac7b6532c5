"""Sentences that a chat model wrote, drawn to be read beside the documents, and our marks counted against what people say.

``measure_chat_model.py --draw FILE`` writes them without our marks; whoever reads them sets "supported" to true or false,
or leaves null where it cannot be told, and ``--verdicts FILE`` counts.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import UsageError

_MARKERS = re.compile(r"(?:\s*\[\d+\])+(?=[\s.,;:!?)\]]|$)")


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence that claims something: of which answer it is the how-manieth, and whether we call it proven."""

    id: str
    number: int
    text: str
    is_proven: bool


def list_written(record: dict[str, Any]) -> Iterator[Written]:
    """The sentences that a model wrote for a question, shown as the answer or set aside; a footnote would tell our mark, and goes."""
    answer = record["answer"]
    told = answer["unproven"] if answer["fallback"] else answer["sentences"]
    for number, sentence in enumerate(told if record["reply"] else ()):
        if sentence["verdict"]:
            text = _MARKERS.sub("", sentence["text"]).strip()
            yield Written(record["id"], number, text, sentence["verdict"] == "supported")


def draw(records: Sequence[dict[str, Any]], path: Path, *, many: int, seed: int) -> int:
    """Write ``many`` sentences to be read, in the order of their documents; returns how many there were to draw from.

    Raises:
        UsageError: the file is there, and may hold somebody's verdicts.
    """
    if path.exists():
        raise UsageError(f"'{path}' is there already; name another file, or count it with --verdicts")
    asked = {record["id"]: record for record in records}
    written = [each for record in records for each in list_written(record)]
    drawn = random.Random(seed).sample(written, min(many, len(written)))
    drawn.sort(key=lambda each: (asked[each.id]["document"], each.id, each.number))
    with path.open("w", encoding="utf-8") as file:
        for each in drawn:
            record = asked[each.id]
            row = {"id": each.id, "number": each.number, "document": record["document"]}
            row |= {"question": record["answer"]["standalone_question"], "sentence": each.text, "supported": None}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return len(written)


def count_verdicts(records: Sequence[dict[str, Any]], verdicts: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Sentences that a person read, by what the person and we say of them.

    Raises:
        UsageError: a verdict is of a sentence that these answers do not have.
    """
    ours = {(each.id, each.number): each for record in records for each in list_written(record)}
    counts = dict.fromkeys(("read", "untold", "wrongly proven", "wrongly doubted", "proven", "doubted"), 0)
    for row in verdicts:
        each = ours.get((row["id"], row["number"]))
        if each is None or each.text != row["sentence"]:
            raise UsageError(f"the answers have no sentence {row['number']} of '{row['id']}' in these words; draw anew")
        counts["read"] += 1
        counts["proven" if each.is_proven else "doubted"] += 1
        counts["untold"] += row["supported"] is None
        counts["wrongly proven"] += each.is_proven and row["supported"] is False
        counts["wrongly doubted"] += not each.is_proven and row["supported"] is True
    return counts
