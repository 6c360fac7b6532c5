"""The sentences that could answer a question, and what speaks for each: the span model, words, kind of answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.keyword import QUESTION_WORDS, find_terms
from rag.reader.read import BestSpan, PassageReading
from rag.sentences import find_sentences
from rag.types import Passage, ScoredPassage, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

PASSAGE_FEATURES = ("score", "is_first", "span", "span_behind_best")
"""What is measured of each found passage, in this order."""

FEATURES = (
    "span",
    "span_behind_best",
    "coverage",
    "coverage_behind_best",
    "window_coverage",
    "passage_coverage",
    "passage_score",
    "is_first_passage",
    "kind_found",
    "kind_missing",
    "number_missing",
    "log_length",
    "is_unfinished",
    "starts_with_pronoun",
)
"""What is measured of each candidate, in this order; the fitted weights stand in the same order."""

ANSWERABILITY_FEATURES = (
    "best_score",
    "margin",
    "span",
    "span_over_others",
    "span_over_nowhere",
    "coverage",
    "window_coverage",
    "passage_coverage",
    "absent_terms",
    "absent_names",
    "kind_found",
    "kind_missing",
    "number_missing",
    "question_terms",
)
"""What is measured of the question as a whole, to tell whether the passages answer it at all."""

_PRONOUN = re.compile(r"(?:this|that|these|those|he|she|it|they|his|her|its|their|such|here|there)\b", re.IGNORECASE)
_DUMMY = re.compile(
    r"there\b|it (?:is|was|has been|would be|will be|seems?|appears?|may be|might be)\b[^,.;]{0,40}\b(?:that|to|who|when|why|whether)\b|"
    r"(?:these|this|that) (?:day|week|month|year)s?\b",
    re.IGNORECASE,
)
"""Openings that look like pronouns and stand for nothing."""

_NAME = re.compile(r"\b[A-Z][\w'’]*[\w]|\b[A-Z]{2,}\b")
_NUMBER = re.compile(r"\d+|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|billion|once|twice|both|"
                     r"first|second|third|couple|several|none|no|half)\b", re.IGNORECASE)  # fmt: skip
_DATE = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2}|january|february|march|april|june|july|august|september|october|november|"
                   r"december|mon|tues|wednes|thurs|fri|satur|sun)(?:day)?\b|\b(?:may \d|century|earlier|later|year|month|week|"
                   r"before|after|since|until|during)\b", re.IGNORECASE)  # fmt: skip
_REASON = re.compile(r"\b(?:because|since|due|reason|therefore|so that|in order|owing|as a result|thus|hence|cause|led to|"
                     r"lets?|allow|mean[st]?|explain)\b", re.IGNORECASE)  # fmt: skip


SPAN_SCALE = 0.1
"""Logits reach ten and more; the other features are about one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence of a found passage; ``row`` is the passage's place in the ranking."""

    span: Span
    text: str
    passage: Passage
    row: int


def find_candidates(passages: Sequence[ScoredPassage]) -> tuple[Candidate, ...]:
    """All sentences of the passages, in their order; lines that are only a section's heading are left out."""
    found = []
    for row, scored in enumerate(passages):
        passage = scored.passage
        headings = set(passage.heading.split(" > "))
        for start, end in find_sentences(passage.text):
            text = passage.text[start:end]
            if text in headings or not any(character.isalnum() for character in text):
                continue
            at = passage.span.start
            found.append(Candidate(Span(passage.span.document_id, at + start, at + end), text, passage, row))
    return tuple(found)


def measure_passages(passages: Sequence[ScoredPassage], readings: Sequence[PassageReading]) -> Matrix:
    """The features of every passage as it was found and read, shape (passages, len(PASSAGE_FEATURES))."""
    import numpy as np

    spans = np.array([reading.best_span().score for reading in readings])
    nowhere = np.array([reading.nowhere for reading in readings])
    return np.column_stack(
        [
            [found.score for found in passages],
            [row == 0 for row in range(len(passages))],
            SPAN_SCALE * (spans - nowhere),
            SPAN_SCALE * (spans - spans.max()),
        ]
    ).astype(np.float32)


def find_best_spans(candidates: Sequence[Candidate], readings: Sequence[PassageReading]) -> list[BestSpan]:
    """The best span inside of each candidate, with its offsets in the candidate's passage."""
    return [
        readings[candidate.row].best_span(
            candidate.span.start - candidate.passage.span.start, candidate.span.end - candidate.passage.span.start
        )
        for candidate in candidates
    ]


def measure(
    question: str,
    kind: str | None,
    candidates: Sequence[Candidate],
    passages: Sequence[ScoredPassage],
    readings: Sequence[PassageReading],
) -> tuple[Matrix, dict[str, float]]:
    """The features of every candidate, shape (candidates, len(FEATURES)), and those of the question as a whole.

    ``kind`` is what ``find_wanted_kind`` made of the question as asked; ``readings`` are those of the passages.

    Terms weigh by their rarity among the candidates, so that the names that a document repeats everywhere count for
    little; a term that none of them has weighs most.
    """
    import numpy as np

    stems = find_terms([question])[0]
    wanted = {stem for stem in stems if stem not in QUESTION_WORDS} or set(stems)
    terms = [set(words) for words in find_terms([candidate.text for candidate in candidates])]
    count = len(candidates)
    weight = {stem: np.log1p(count / (0.5 + sum(stem in words for words in terms))) for stem in wanted}
    total = sum(weight.values()) or 1.0

    def coverage(words: set[str]) -> float:
        return float(sum(weight[stem] for stem in wanted & words) / total)

    spans = np.array([best.score for best in find_best_spans(candidates, readings)])
    nowhere = np.array([reading.nowhere for reading in readings])
    own = np.array([coverage(words) for words in terms])
    window, whole = np.zeros(count), np.zeros(count)
    passage_terms = [
        set(words) for words in find_terms([f"{item.passage.heading}\n{item.passage.text}" for item in passages])
    ]
    for here in range(count):
        near = [at for at in (here - 1, here + 1) if 0 <= at < count and candidates[at].row == candidates[here].row]
        window[here] = coverage(terms[here].union(*(terms[at] for at in near)))
        whole[here] = coverage(passage_terms[candidates[here].row])
    has_kind = np.array([kind is not None and shows_kind(kind, candidate.text, question) for candidate in candidates])
    features = np.column_stack(
        [
            SPAN_SCALE * (spans - nowhere[[candidate.row for candidate in candidates]]),
            SPAN_SCALE * (spans - spans.max()),
            own,
            own - own.max(),
            window,
            whole,
            [passages[candidate.row].score for candidate in candidates],
            [candidate.row == 0 for candidate in candidates],
            has_kind,
            ~has_kind if kind else np.zeros(count),
            ~has_kind if kind == "number" else np.zeros(count),
            [np.log1p(len(candidate.text)) for candidate in candidates],
            [candidate.text[-1:] not in ".!?…。\"”’')" for candidate in candidates],
            [bool(_PRONOUN.match(candidate.text)) for candidate in candidates],
        ]
    ).astype(np.float32)
    everywhere = set().union(*passage_terms)
    names = {stem for stem in _name_stems(question) if stem in wanted}
    others = np.delete(np.append(spans, nowhere.min()), spans.argmax())
    whole_question = {
        "span_over_others": SPAN_SCALE * float(spans.max() - np.logaddexp.reduce(others)),
        "span_over_nowhere": SPAN_SCALE * float(spans.max() - nowhere.min()),
        "absent_terms": float(sum(weight[stem] for stem in wanted - everywhere) / total),
        "absent_names": float(len(names - everywhere)),
        "question_terms": float(np.log1p(len(wanted))),
    }
    return features, whole_question


def measure_answerability(features: Matrix, scores: Matrix, whole_question: dict[str, float]) -> Matrix:
    """The features by which the confidence in the best-scored candidate is judged, shape (features,)."""
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    best = features[order[0]]
    values = dict(zip(FEATURES, best.tolist(), strict=True)) | whole_question
    values["best_score"] = float(scores[order[0]])
    values["margin"] = float(scores[order[0]] - scores[order[1]]) if len(order) > 1 else 0.0
    return np.array([values[name] for name in ANSWERABILITY_FEATURES], dtype=np.float32)


def find_wanted_kind(question: str) -> str | None:
    """What kind of thing is asked for: ``number``, ``date``, ``person``, ``place`` or ``reason``; None if unclear."""
    text = question.casefold()
    if re.search(
        r"\bhow (?:many|much|long|often|far|old|large|big|deep|tall|high|heavy|wide|fast|expensive)\b|\bnumber of\b|"
        r"\bwhat (?:percent|share|proportion|price|cost|sum|distance|length|size|height|depth|weight)|\bat what age\b",
        text,
    ):
        return "number"
    if re.search(
        r"(?:^|[,.?] )(?:and |but |so )?(?:since |until |by )?when\b|\bwhen (?:is|are|was|were|did|does|do|will|has|had)\b|"
        r"\b(?:what|which) (?:date|day|year|month|time|century|week)\b|\bhow soon\b",
        text,
    ):
        return "date"
    if re.search(r"\b(?:who|whom|whose)\b", text):
        return "person"
    if re.search(r"\bwhere\b|\b(?:what|which) (?:city|country|place|town|location|site|venue|state|region)\b", text):
        return "place"
    if re.search(r"\bwhy\b|\breasons?\b|\bhow come\b|\bwhat (?:caused|led)\b", text):
        return "reason"
    return None


def shows_kind(kind: str, sentence: str, question: str) -> bool:
    """Whether a sentence holds something of the wanted kind that the question does not already name."""
    if kind == "reason":
        return bool(_REASON.search(sentence))
    if kind in ("number", "date"):
        pattern = _NUMBER if kind == "number" else _DATE
        known = {found.casefold() for found in pattern.findall(question)}
        return any(found.casefold() not in known for found in pattern.findall(sentence))
    known = {name.casefold() for name in _NAME.findall(question)}
    # The first word of a sentence is a capital by rule, and says nothing unless it is a name elsewhere too.
    names = [found.group() for found in _NAME.finditer(sentence) if found.start() > 0 or " " in found.group()]
    return any(name.casefold() not in known for name in names) or bool(_NAME.match(sentence) and len(names) > 0)


def leans(sentence: str) -> bool:
    """Whether a sentence begins with a word for something that was named before it."""
    return bool(_PRONOUN.match(sentence)) and not _DUMMY.match(sentence)


def _name_stems(question: str) -> set[str]:
    """The stems of the names and numbers of a question; its first word is a capital by rule and not counted."""
    names = [found.group() for found in _NAME.finditer(question) if found.start() > 0]
    numbers = re.findall(r"\d[\d,.]*\d|\d", question)
    return {stem for words in find_terms([*names, *numbers]) for stem in words}
