"""Claims beside texts, with people's verdicts: what a judge of support is fitted on and measured by."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag.errors import QuestionSetError
from rag.reader.training.claims import Claim, find_half, make_claims, read_conjnli, read_fever

Part = Literal["develop", "report"]
Label = Literal["supported", "refuted", "not enough", "unsupported"]
"""What people say; ``unsupported`` where they do not tell whether the opposite is said."""

SENTENCES = {"ragtruth_qa_sentences": "RAGTruth, answers", "ragtruth_summary_sentences": "RAGTruth, summaries"}
"""Sentences that chat models wrote, with what they were given."""

MADE = "SQuAD, half made wrong"
WICE = "WiCE"
FEVER = "FEVER"
CONJNLI = "ConjNLI"


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim, the texts that it has to stand by, and what people say of it."""

    name: str
    part: Part
    claim: str
    texts: tuple[str, ...]
    label: Label

    @property
    def supported(self) -> bool:
        """Whether the texts say so."""
        return self.label == "supported"


def read_claim_sets(data: Path, most: int, seed: int = 0) -> list[LabelledClaim]:
    """At most so many claims of each part and label of RAGTruth, drawn by chance, and half as many of the other sets.

    The parts are those that the sets have: ``develop`` may be fitted on, ``report`` not. ConjNLI has no part to report on
    (its test set has no open verdicts that were checked), FEVER and the mixed sets are halved by the SHA-256 of the text.

    Raises:
        QuestionSetError: a file is missing.
    """
    try:
        everything = [*_read_ragtruth(data), *_read_mixed(data), *_read_wice(data), *_read_others(data, most)]
    except FileNotFoundError as error:
        raise QuestionSetError(
            f"no claims at '{error.filename}'; '{data}' has to be the folder of the data sets"
        ) from None
    groups: dict[tuple[str, str, str], list[LabelledClaim]] = {}
    for each in everything:
        groups.setdefault((each.name, each.part, each.label), []).append(each)
    chooser = random.Random(seed)
    return [
        each
        for (name, _, _), group in groups.items()
        for each in chooser.sample(group, min(len(group), most if name in SENTENCES.values() else most // 2))
    ]


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _read_ragtruth(data: Path) -> Iterator[LabelledClaim]:
    for file, name in SENTENCES.items():
        for row in _read_lines(data / "llm_claims" / f"{file}.jsonl.gz"):
            texts = tuple(filter(None, map(str.strip, re.split(r"(?:^|\n\n)passage \d+:", row["evidence"]))))
            yield LabelledClaim(name, row["part"], row["claim"], texts, row["label"])


def _read_mixed(data: Path) -> Iterator[LabelledClaim]:
    labels: dict[str, Label] = {"supported": "supported", "refuted": "refuted", "not_enough": "not enough"}
    for row in _read_lines(data / "llm_claims" / "mix_support.jsonl.gz"):
        if row["label"] in labels:
            part = _name_part(find_half(row.get("table") or row["text"]))
            name = row["set"].removesuffix("_claims")
            yield LabelledClaim(name, part, row["claim"], (row["text"],), labels[row["label"]])


def _read_wice(data: Path) -> Iterator[LabelledClaim]:
    parts: dict[str, Part] = {"dev": "develop", "test": "report"}
    for name, part in parts.items():
        lines = (data / "wice" / f"oracle_claim_{name}.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        random.Random(1).shuffle(rows)
        for claim, row in {row["claim"]: row for row in reversed(rows)}.items():
            label: Label = "supported" if row["label"] == "supported" else "unsupported"
            yield LabelledClaim(WICE, part, claim, (" ".join(row["evidence"]),), label)


def _read_others(data: Path, most: int) -> Iterator[LabelledClaim]:
    yield from _label(CONJNLI, "develop", read_conjnli(data, "conj_dev"))
    yield from _label(FEVER, "develop", read_fever(data, "even"))
    yield from _label(FEVER, "report", read_fever(data, "odd"))
    halves: dict[Part, list[str]] = {"develop": [], "report": []}
    for article in json.loads((data / "squad" / "dev-v2.0.json").read_text(encoding="utf-8"))["data"]:
        is_odd = int(hashlib.sha256(article["title"].encode()).hexdigest(), 16) % 2
        halves["report" if is_odd else "develop"] += [paragraph["context"] for paragraph in article["paragraphs"]]
    for part, paragraphs in halves.items():
        yield from _label(MADE, part, make_claims(paragraphs, most, 5))


def _label(name: str, part: Part, claims: Sequence[Claim]) -> Iterator[LabelledClaim]:
    for each in claims:
        yield LabelledClaim(name, part, each.text, (each.evidence,), "supported" if each.supported else "unsupported")


def _name_part(half: str) -> Part:
    return "develop" if half == "even" else "report"
