"""Evidence for sentences that cite none, or none that supports them: looked up among the passages that were given. Pure.

Models cite badly; what a sentence rests on can be found afterwards. The judge says which passage supports it, and shared
words have a say in that, because each is wrong where the other is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.cite.support import (
    SUPPORTED,
    CitedClaim,
    SupportEstimator,
    find_words,
    judge_quote,
    measure_support,
)
from rag.english.sentences import FINISHED, find_sentences
from rag.llm.reply_markers import UNKNOWN_MARKER
from rag.llm.reply_parser import find_code
from rag.steps import Proof, Written
from rag.types import Passage, Span

MOST_SENTENCES = 60
"""Sentences of an answer that evidence is looked up for; an answer of more is no answer, and each takes time."""

LONGEST_CLAIM = 2_000
"""Characters of a sentence for which evidence is looked up."""

MOST_PASSAGES = 4
"""Passages that are judged for a sentence: those that share most of its words."""

MOST_PLACES = 6
"""Sentences of the supporting passage that are judged for what is quoted, likewise."""

LEAST_SHARED = 0.5
"""The share of a sentence's weighted words that a passage has at least, in [0, 1], to be found for it."""


@dataclass(frozen=True, slots=True)
class FoundEvidence:
    """What was found for a sentence: the spans to cite, and the probability that they support it, in [0, 1]."""

    proofs: tuple[Proof, ...]
    support: float


def find_evidence(written: Written, doubted: Sequence[int], estimate: SupportEstimator) -> Mapping[int, FoundEvidence]:
    """For each of some sentences the evidence that supports it best, where any does.

    The judge is asked twice, for all sentences at once: which passage, and which sentences of that. Whatever the answer
    is, it is asked of at most ``MOST_SENTENCES * (MOST_PASSAGES + MOST_PLACES)`` pairs.

    Args:
        written: what a chat model wrote, and the passages that it was given.
        doubted: the numbers of the sentences that nothing supports yet.
        estimate: how likely it is that what a claim cites supports it.
    """
    claims = _read_claims(written, doubted)
    homes = _find_homes(claims, written, estimate)
    asked = [
        (number, passage, place)
        for number, (passage, _) in homes.items()
        for place in _choose_places(claims[number], passage.text)
    ]
    likely = estimate([CitedClaim(claims[number], (), (_cut(passage, place),)) for number, passage, place in asked])
    ranked: dict[int, list[tuple[float, float, tuple[int, int]]]] = {}
    for (number, passage, place), support in zip(asked, likely, strict=True):
        shared = measure_support(claims[number], [passage.text[slice(*place)]])
        ranked.setdefault(number, []).append((support + shared, support, place))
    found = {}
    for number, places in ranked.items():
        passage, support = homes[number]
        first, *others = sorted(places, key=lambda each: (-each[0], each[2]))
        # Where one sentence alone does not support it, what stands beside it in the passage has a part in it.
        chosen = [first] if first[1] >= SUPPORTED else [first, *others[:1]]
        at = _find_marker_place(written.text, written.bounds[number][1])
        proofs = tuple(_prove(at, number, claims[number], passage, place) for _, _, place in sorted(chosen, key=_by_place))
        found[number] = FoundEvidence(proofs, support)
    return found


def _read_claims(written: Written, doubted: Sequence[int]) -> dict[int, str]:
    """The words of the sentences that evidence can be looked up for: not of code, nor of what says next to nothing."""
    code = find_code(written.text)
    claims = {}
    for number in doubted[:MOST_SENTENCES]:
        start, end = written.bounds[number]
        claim = UNKNOWN_MARKER.sub("", written.text[start : min(end, start + LONGEST_CLAIM)]).strip()
        is_code = any(low < end and start < high and "\n" in written.text[low:high] for low, high in code)
        if not is_code and len(find_words(claim)) > 1:
            claims[number] = claim
    return claims


def _find_homes(
    claims: Mapping[int, str], written: Written, estimate: SupportEstimator
) -> dict[int, tuple[Passage, float]]:
    """The passage that supports each claim best, and how likely it does; none where none does."""
    words = {passage.id: frozenset(find_words(passage.text)) for passage in written.passages}
    asked = [
        (number, passage)
        for number, claim in claims.items()
        for passage in _choose_passages(claim, written, words)
        if measure_support(claim, [_read(passage)]) >= LEAST_SHARED
    ]
    likely = estimate([CitedClaim(claims[number], (), (passage,)) for number, passage in asked])
    homes: dict[int, tuple[Passage, float]] = {}
    for (number, passage), support in zip(asked, likely, strict=True):
        if support >= SUPPORTED and (number not in homes or support > homes[number][1]):
            homes[number] = passage, support
    return homes


def _choose_passages(claim: str, written: Written, words: Mapping[str, frozenset[str]]) -> list[Passage]:
    """The passages that share most words with a claim; of equals, those that the model names, then the first."""
    said = frozenset(find_words(claim))
    passages = list(dict.fromkeys((*written.named, *written.passages)))
    return sorted(passages, key=lambda passage: -len(said & words[passage.id]))[:MOST_PASSAGES]


def _choose_places(claim: str, text: str) -> list[tuple[int, int]]:
    """The sentences and rows of a text that share most with a claim."""
    places = _find_places(text)
    return sorted(places, key=lambda place: -measure_support(claim, [text[slice(*place)]]))[:MOST_PLACES]


def _find_places(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text stand; lines without a full stop, a table's rows say, are places of their own."""
    places = []
    for start, end in find_sentences(text):
        if "\n" not in text[start:end] or FINISHED.search(text[start:end]):
            places.append((start, end))
            continue
        at = start
        for line in text[start:end].split("\n"):
            low = at + len(line) - len(line.lstrip())
            if line.strip():
                places.append((low, low + len(line.strip())))
            at += len(line) + 1
    return places or [(0, len(text))]


def _read(passage: Passage) -> str:
    return f"{passage.title}\n{passage.heading}\n{passage.text}"


def _cut(passage: Passage, place: tuple[int, int]) -> Passage:
    """A sentence of a passage as a passage, which still says where it belongs."""
    return Passage(_span(passage, place), passage.text[slice(*place)], passage.title, passage.heading)


def _span(passage: Passage, place: tuple[int, int]) -> Span:
    return Span(passage.span.document_id, passage.span.start + place[0], passage.span.start + place[1])


def _prove(at: int, number: int, claim: str, passage: Passage, place: tuple[int, int]) -> Proof:
    status = judge_quote(claim, passage.text[slice(*place)])
    return Proof(at, number, _span(passage, place), passage, status, "found")


def _find_marker_place(text: str, end: int) -> int:
    """Where a footnote of the sentence that ends at ``end`` stands: behind it, but inside the last cell of a table's row."""
    return end - 1 if text[end - 1] == "|" else end


def _by_place(ranked: tuple[float, float, tuple[int, int]]) -> tuple[int, int]:
    return ranked[2]
