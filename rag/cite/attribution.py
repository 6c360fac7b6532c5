"""Evidence for sentences that cite none, or none that supports them: looked up among the passages that were given. Pure.

Models cite badly; what a sentence rests on can be found afterwards. The judge says which passage supports it, and shared
words have a say in that, because each is wrong where the other is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.cite.judging import SUPPORTED, SupportEstimator, find_invented, find_other_codes, find_unsaid
from rag.cite.support import (
    CitedClaim,
    find_telling_words,
    find_words,
    judge_quote,
    measure_support,
    weigh_claim,
)
from rag.english.sentences import FINISHED, find_sentences
from rag.english.terms import is_negation
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

LEAST_SHARED = 0.4
"""The share of a sentence's weighted words that a passage has at least, in [0, 1], to be found for it.

Of 100 sentences by chat models that their passages support, evidence was so found for 71, and for 16 of 100 that they do not
(RAGTruth's answers to questions, develop part; five shares and three thresholds of the judge tried, best in balanced accuracy).
"""

LEAST_INSTEAD = 0.7
"""The least probability of support, in [0, 1], of what is looked up for a sentence that cites something else already: it takes
the place of what a model chose. Of changed numbers, names and negations 94 % are caught from here on, as from 0.8
(``tests/benchmarks/measure_citations.py --split develop``)."""

LEAST_WEIGHT = 3.0
"""What the shared words weigh at least, a number 3 and a name 2, unless all are shared: two plain words stand in any text."""


@dataclass(frozen=True, slots=True)
class FoundEvidence:
    """What was found for a sentence: the spans to cite, and the probability that they support it, in [0, 1]."""

    proofs: tuple[Proof, ...]
    support: float


def find_evidence(
    written: Written, doubted: Sequence[int], estimate: SupportEstimator, asked: tuple[str, ...] = ()
) -> Mapping[int, FoundEvidence]:
    """For each of some sentences the evidence that supports it best, where any does.

    The judge is asked twice, for all sentences at once: which passage, and which sentences of that. Whatever the answer
    is, it is asked of at most ``MOST_SENTENCES * (MOST_PASSAGES + MOST_PLACES)`` pairs.

    Args:
        written: what a chat model wrote, and the passages that it was given.
        doubted: the numbers of the sentences that nothing supports yet.
        estimate: how likely it is that what a claim cites supports it.
        asked: the questions that the answer is to.
    """
    claims = _read_claims(written, doubted)
    citing = {proof.sentence for proof in written.proofs}
    homes = _find_homes(claims, written, estimate, asked)
    pairs = [
        (number, passage, place)
        for number, (passage, _) in homes.items()
        for place in _choose_places(claims[number], passage.text)
    ]
    likely = estimate(
        [CitedClaim(claims[number], (), (_cut(passage, place),), asked) for number, passage, place in pairs]
    )
    ranked: dict[int, list[_Place]] = {}
    for (number, passage, place), judged in zip(pairs, likely, strict=True):
        words = passage.text[slice(*place)]
        shared = measure_support(claims[number], [words])
        ranked.setdefault(number, []).append(_Place(place, words, judged.support, shared))
    found = {}
    for number, places in ranked.items():
        passage, support = homes[number]
        chosen = _choose_quotes(claims[number], places)
        if _is_mixed_up(claims[number], passage, chosen):
            continue
        if number in citing and not _is_beyond_doubt(claims[number], passage, chosen, support):
            continue
        at = _find_marker_place(written.text, written.bounds[number][1])
        proofs = tuple(_prove(at, number, claims[number], passage, each) for each in chosen)
        found[number] = FoundEvidence(proofs, support)
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence or row of a passage: where it stands in it, and how well it supports a claim, by the judge and by words."""

    bounds: tuple[int, int]
    words: str
    support: float
    shared: float


def _choose_quotes(claim: str, places: Sequence[_Place]) -> list[_Place]:
    """The place that supports a claim best; and, where a claim puts two sentences together, the other, in their order."""
    first, *others = sorted(places, key=lambda each: (-each.support - each.shared, each.bounds))
    if first.support >= SUPPORTED or not FINISHED.search(first.words):
        return [first]

    def gain(other: _Place) -> float:
        return (measure_support(claim, [first.words, other.words]) - first.shared) * weigh_claim(claim)

    second = max((each for each in others if FINISHED.search(each.words)), key=gain, default=None)
    if second is None or gain(second) < LEAST_WEIGHT:
        return [first]
    return sorted((first, second), key=lambda each: each.bounds)


def _is_mixed_up(claim: str, passage: Passage, chosen: Sequence[_Place]) -> bool:
    """Whether a claim has a figure that stands beside what is quoted for it, a name that another row has, or says something else."""
    cited = CitedClaim(claim, (), tuple(_cut(passage, each.bounds) for each in chosen))
    is_other = all(each.support < SUPPORTED for each in chosen) and find_unsaid(cited)
    if find_invented(cited) or find_other_codes(cited) or is_other:
        return True
    told = "\n".join((passage.title, passage.heading, *(each.words for each in chosen)))
    is_row = not FINISHED.search(chosen[0].words)
    return is_row and not find_telling_words(claim) <= frozenset(find_words(told))


def _is_beyond_doubt(claim: str, passage: Passage, chosen: Sequence[_Place], support: float) -> bool:
    """Whether what is quoted has all names and numbers of a claim, denies if that denies, and supports it beyond doubt.

    What is denied after the claim's own words is something else: "It opens at nine, so there is no need to hurry."
    """
    words = [word for each in chosen for word in find_words(each.words)]
    told = {*words, *find_words(f"{passage.title}\n{passage.heading}")}
    denied = words[: _find_end(find_words(claim), words)]
    is_alike = any(map(is_negation, find_words(claim))) == any(map(is_negation, denied))
    return support >= LEAST_INSTEAD and is_alike and find_telling_words(claim) <= told


def _find_end(said: Sequence[str], words: Sequence[str]) -> int:
    """Where what is said ends among words that have it in one piece; the end of these where they do not."""
    many = len(said)
    for at in range(len(words) - many + 1):
        if list(words[at : at + many]) == list(said):
            return at + many
    return len(words)


def _read_claims(written: Written, doubted: Sequence[int]) -> dict[int, str]:
    """The words of the sentences that evidence can be looked up for: not of code, nor of what says next to nothing."""
    code = find_code(written.text)
    claims = {}
    for number in doubted[:MOST_SENTENCES]:
        start, end = written.bounds[number]
        claim = UNKNOWN_MARKER.sub("", written.text[start : min(end, start + LONGEST_CLAIM)]).strip()
        is_code = any(low < end and start < high and "\n" in written.text[low:high] for low, high in code)
        if not is_code and (len(find_words(claim)) > 1 or find_telling_words(claim)):
            claims[number] = claim
    return claims


def _find_homes(
    claims: Mapping[int, str], written: Written, estimate: SupportEstimator, asked: tuple[str, ...]
) -> dict[int, tuple[Passage, float]]:
    """The passage that supports each claim best, and how likely it does; none where none does."""
    words = {passage.id: frozenset(find_words(passage.text)) for passage in written.passages}
    pairs = [
        (number, passage)
        for number, claim in claims.items()
        for passage in _choose_passages(claim, written, words)
        if _shares_enough(claim, passage)
    ]
    likely = estimate([CitedClaim(claims[number], (), (passage,), asked) for number, passage in pairs])
    homes: dict[int, tuple[Passage, float]] = {}
    for (number, passage), judged in zip(pairs, likely, strict=True):
        if judged.supported and (number not in homes or judged.support > homes[number][1]):
            homes[number] = passage, judged.support
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


def _shares_enough(claim: str, passage: Passage) -> bool:
    """Whether a passage, its title and heading hold so much of a claim that it may be what this rests on."""
    shared = measure_support(claim, [f"{passage.title}\n{passage.heading}\n{passage.text}"])
    return shared >= LEAST_SHARED and (shared == 1 or shared * weigh_claim(claim) >= LEAST_WEIGHT)


def _cut(passage: Passage, place: tuple[int, int]) -> Passage:
    """A sentence of a passage as a passage, which still says where it belongs."""
    return Passage(_span(passage, place), passage.text[slice(*place)], passage.title, passage.heading)


def _span(passage: Passage, place: tuple[int, int]) -> Span:
    return Span(passage.span.document_id, passage.span.start + place[0], passage.span.start + place[1])


def _prove(at: int, number: int, claim: str, passage: Passage, place: _Place) -> Proof:
    return Proof(at, number, _span(passage, place.bounds), passage, judge_quote(claim, place.words), "found")


def _find_marker_place(text: str, end: int) -> int:
    """Where a footnote of the sentence that ends at ``end`` stands: behind it, but inside the last cell of a table's row."""
    return end - 1 if text[end - 1] == "|" else end
