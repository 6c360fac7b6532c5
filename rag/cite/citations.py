"""Citations: from claims or a chat model's reply to an answer's text with numbered markers, sentences and quotes. Pure.

Two ways lead here. The embedded answerer brings claims with their evidence (``compose_answer``). A chat model writes
prose that cites passages by evidence keys: ``compose_reply`` turns each into the words that the model quotes, or else
into the sentence that supports the words before it best.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rag.cite.quote_matching import find_quotations, find_quote, is_quotable
from rag.cite.support import (
    SUPPORTED,
    Evidence,
    Judge,
    find_best_sentence,
    find_words,
    judge_quote,
)
from rag.english.sentences import FINISHED, find_sentences
from rag.llm.reply_parser import UNKNOWN_MARKER, Reply
from rag.types import Citation, Passage, Sentence, Span, Status


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer, and the spans of the passages that prove it.

    ``opens`` begins a paragraph with it, and ``lead`` says before it who speaks; the lead claims nothing itself.
    """

    text: str
    evidence: tuple[tuple[Span, Passage], ...]
    opens: bool = False
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's text with its sentences and citations."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]


LONGEST_CLAIM = 2_000
"""Characters of a sentence that are compared with a passage for each of its keys: one of many keys is no longer than this."""

_STATUSES = ("verbatim", "close", "unverified")
"""From best to worst."""


@dataclass(frozen=True, slots=True)
class _Proof:
    """A span that is to be cited at ``at`` by the sentence of that number."""

    at: int
    sentence: int
    span: Span
    passage: Passage
    status: Status


def compose_answer(claims: Sequence[Claim]) -> Composed:
    """Join claims into a text; each is followed by markers ``[n]``, numbered in order of first mention.

    A claim that is no finished sentence, a title say, is a paragraph of its own.

    Raises:
        ValueError: a span does not lie inside its passage.
    """
    text = ""
    bounds: list[tuple[int, int]] = []
    proofs: list[_Proof] = []
    for number, claim in enumerate(claims):
        if text:
            runs_on = not claim.opens and FINISHED.search(text) and FINISHED.search(claim.text)
            text += " " if runs_on else "\n\n"
        text += claim.lead
        bounds.append((len(text), len(text) + len(claim.text)))
        text += claim.text
        proofs += [_Proof(len(text), number, span, passage, "verbatim") for span, passage in claim.evidence]
    composed = _compose(text, bounds, proofs)
    return replace(composed, sentences=tuple(replace(each, support=1.0, supported=True) for each in composed.sentences))


def compose_reply(reply: Reply, passages: Mapping[str, Passage], judge: Judge | None = None) -> Composed:
    """Turn each key into words of its passage: those that the model quotes, else the sentence that supports it best.

    Args:
        reply: what ``read_reply`` found.
        passages: what each key stands for.
        judge: how likely it is that evidence supports a claim; asked once, for all sentences that cite. None leaves
            open what is supported.
    """
    bounds = find_sentences(reply.text)
    proofs = list(_find_proofs(reply, bounds, passages)) if bounds else []
    composed = _compose(reply.text, bounds, proofs)
    if judge is None:
        return composed
    words = [UNKNOWN_MARKER.sub("", reply.text[start:end]).strip() for start, end in bounds]
    proofs_of: dict[int, list[_Proof]] = {}
    for proof in proofs:
        proofs_of.setdefault(proof.sentence, []).append(proof)
    supports = judge([_gather(words[number], own) for number, own in proofs_of.items()])
    support_of = dict(zip(proofs_of, supports, strict=True))
    sentences = []
    for number, sentence in enumerate(composed.sentences):
        # A sentence that cites nothing is not supported, unless it claims nothing either.
        support = support_of.get(number, None if _claims_nothing(reply.text[slice(*bounds[number])]) else 0.0)
        if not find_words(words[number]):
            support = None  # a key alone, or signs, claim nothing that could be supported
        supported = None if support is None else support >= SUPPORTED
        sentences.append(replace(sentence, support=support, supported=supported))
    return replace(composed, sentences=tuple(sentences))


def _find_proofs(reply: Reply, bounds: Sequence[tuple[int, int]], passages: Mapping[str, Passage]) -> Iterator[_Proof]:
    before = owner_before = -1
    own_quotes = dict(reply.quotes)
    for at, marks in groupby(enumerate(reply.marks), key=lambda mark: mark[1][0]):
        owner = _find_owner(at, bounds, reply.text)
        start, end = bounds[owner]
        # Of several keys in a sentence, each proves the words since the one before it.
        clause = UNKNOWN_MARKER.sub("", reply.text[before if owner == owner_before else start : at][-LONGEST_CLAIM:])
        whole = reply.text[start : min(end, start + LONGEST_CLAIM)]
        claim = clause if len(find_words(clause)) >= 3 else UNKNOWN_MARKER.sub("", whole)
        for number, (_, key) in marks:
            low, high, status = _find_words(claim, own_quotes.get(number, ""), passages[key].text)
            home = passages[key].span
            span = Span(home.document_id, home.start + low, home.start + high)
            yield _Proof(at, owner, span, passages[key], status)
        before, owner_before = at, owner


def _find_words(claim: str, quote: str, text: str) -> tuple[int, int, Status]:
    """What of a passage proves a claim: the words that the model quotes with its key, where they stand there but once.

    Otherwise a sentence: the one that holds what the claim has in quotation marks, else the one that fits it best. A
    quotation that is not in the passage leaves the sentence unverified.
    """
    quotations = (quote, *find_quotations(claim)) if is_quotable(quote) else find_quotations(claim)
    found = [find_quote(words, text) for words in quotations]
    if quotations and quotations[0] == quote and len(found[0]) == 1:
        return found[0][0].start, found[0][0].end, found[0][0].status
    low, high = find_best_sentence(claim, text)
    sure = [places[0] for places in found if len(places) == 1]
    if sure and not any(low <= place.start < high for place in sure):
        low, high = next(bounds for bounds in find_sentences(text) if bounds[1] > sure[0].start)
    return low, high, judge_quote(claim, text[low:high]) if all(found) else "unverified"


def _find_owner(at: int, bounds: Sequence[tuple[int, int]], text: str) -> int:
    """The number of the sentence that a mark belongs to: the one it stands in or after; before the first, the first."""
    number = max(0, bisect_left(bounds, (at, -1)) - 1)
    end = bounds[number][1]
    if at > end and number + 1 < len(bounds):
        following = bounds[number + 1][0]
        if "\n" in text[end:at] and "\n" not in text[at:following]:
            return number + 1
    return number


def _gather(claim: str, proofs: Sequence[_Proof]) -> Evidence:
    """A sentence with all that it cites."""
    cited = {proof.span: _quote(proof.span, proof.passage) for proof in proofs}
    return Evidence(claim, tuple(cited.values()), tuple({proof.passage.id: proof.passage for proof in proofs}.values()))


def _claims_nothing(words: str) -> bool:
    return len(find_words(words)) < 2 or words.endswith((":", "?"))


def _compose(text: str, bounds: Sequence[tuple[int, int]], proofs: Sequence[_Proof]) -> Composed:
    """Put a marker ``[n]`` into the text for each proof, in order, and carry the sentences' offsets along."""
    cited: dict[Span, Citation] = {}
    mentions: list[list[Span]] = [[] for _ in bounds]
    places: list[list[tuple[int, int]]] = [[] for _ in bounds]
    pieces: list[str] = []
    marked: list[int] = []  # offsets of the old text that are followed by markers,
    growth = [0]  # and how much longer the new text is after each of them
    done = length = 0
    for at, group in groupby(proofs, key=lambda proof: proof.at):
        pieces.append(text[done:at])
        length += at - done
        done = at
        here: set[Span] = set()
        for proof in group:
            mentions[proof.sentence].append(proof.span)
            if proof.span in here:
                continue
            citation = cited.get(proof.span) or _cite(len(cited) + 1, proof)
            gap = " " if not here and at and not text[at - 1].isspace() and text[at - 1] not in "([{（" else ""
            marker = f"[{citation.number}]"
            place = (length + len(gap), length + len(gap) + len(marker))
            status = min(citation.status, proof.status, key=_STATUSES.index)
            cited[proof.span] = replace(citation, markers=(*citation.markers, place), status=status)
            places[proof.sentence].append(place)
            pieces.append(gap + marker)
            length = place[1]
            here.add(proof.span)
        marked.append(at)
        growth.append(length - at)
    whole = "".join(pieces) + text[done:]
    sentences = []
    for (start, end), spans, own in zip(bounds, mentions, places, strict=True):
        start += growth[bisect_right(marked, start)]
        end += growth[bisect_left(marked, end)]
        start, end = min([start, *(place[0] for place in own)]), max([end, *(place[1] for place in own)])
        numbers = tuple(dict.fromkeys(cited[span].number for span in spans))
        sentences.append(Sentence(whole[start:end], start, end, numbers))
    return Composed(whole, tuple(sentences), tuple(cited.values()))


def _cite(number: int, proof: _Proof) -> Citation:
    quote = _quote(proof.span, proof.passage)
    return Citation(
        number, proof.span, quote, proof.passage, status=proof.status, page=proof.passage.find_page(proof.span.start)
    )


def _quote(span: Span, passage: Passage) -> str:
    """The document's own words, cut out of the passage by offsets."""
    home = passage.span
    if span.overlap(home) != span.end - span.start:
        raise ValueError(f"{span} does not lie inside its passage {home}")
    return passage.text[span.start - home.start : span.end - home.start]
