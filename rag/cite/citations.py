"""Citations: from quotes or a chat model's reply to an answer's text with numbered markers and footnotes. Pure.

Two ways lead here. The embedded answerer brings sentences with the spans that prove them (``compose_answer``). A chat
model writes prose that cites passages by keys: ``read_proofs`` turns each into the words that the model quotes, or else
into the sentence that supports the words before it best, and ``compose_written`` makes footnotes of these, and of the
evidence that was looked up for other sentences (``rag/cite/attribution.py``).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rag.cite.quote_matching import find_quotations, find_quote, is_quotable
from rag.cite.support import find_best_sentence, find_words, judge_quote
from rag.english.sentences import FINISHED, find_sentences
from rag.llm.reply_markers import UNKNOWN_MARKER
from rag.llm.reply_parser import ParsedReply
from rag.steps import Proof, QuotedSentence, Written
from rag.types import Citation, Passage, Sentence, Span, Status


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's text with its sentences and citations."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]


LONGEST_CLAIM = 2_000
"""Characters of a sentence that are compared with a passage for each of its keys: one of many keys is no longer than this."""

_STATUSES = ("verbatim", "close", "unverified")
_ORIGINS = ("model", "found")
"""From best to worst: a quote that serves several sentences is what the best of them makes of it."""


def compose_answer(quotes: Sequence[QuotedSentence]) -> Composed:
    """Join quoted sentences into a text; each is followed by markers ``[n]``, numbered in order of first mention.

    One that is no finished sentence, a title say, is a paragraph of its own. One whose letters and digits are those of its
    evidence proves itself; whether another is supported is left open.

    Raises:
        ValueError: a span does not lie inside its passage.
    """
    text = ""
    bounds: list[tuple[int, int]] = []
    proofs: list[Proof] = []
    for number, quote in enumerate(quotes):
        if text:
            runs_on = not quote.opens and FINISHED.search(text) and FINISHED.search(quote.text)
            text += " " if runs_on else "\n\n"
        text += quote.lead
        bounds.append((len(text), len(text) + len(quote.text)))
        text += quote.text
        proofs += [Proof(len(text), number, span, passage, "verbatim") for span, passage in quote.evidence]
    composed = _compose(text, bounds, proofs)
    sentences = (
        replace(sentence, support=1.0, supported=True) if _is_quoted(quote) else sentence
        for sentence, quote in zip(composed.sentences, quotes, strict=True)
    )
    return replace(composed, sentences=tuple(sentences))


def _is_quoted(quote: QuotedSentence) -> bool:
    told = "".join(
        passage.text[span.start - passage.span.start : span.end - passage.span.start]
        for span, passage in quote.evidence
    )
    return _find_letters(quote.text) in _find_letters(told)


def _find_letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).casefold()


def read_proofs(reply: ParsedReply, passages: Mapping[str, Passage]) -> Written:
    """Turn each key into words of its passage: those that the model quotes, else the sentence that supports it best.

    Whether that supports what is said is left open.

    Args:
        reply: what ``read_reply`` found.
        passages: what each key stands for, best first.
    """
    bounds = tuple(find_sentences(reply.text))
    proofs = tuple(_find_proofs(reply, bounds, passages)) if bounds else ()
    named = tuple(passages[key] for key in reply.listed)
    return Written(reply.text, bounds, proofs, named, tuple(passages.values()))


def compose_written(written: Written) -> Composed:
    """What a model wrote with a marker ``[n]`` for each of its proofs, numbered in order of first mention."""
    return _compose(written.text, written.bounds, written.proofs)


def _find_proofs(
    reply: ParsedReply, bounds: Sequence[tuple[int, int]], passages: Mapping[str, Passage]
) -> Iterator[Proof]:
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
            yield Proof(at, owner, span, passages[key], status)
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


def _compose(text: str, bounds: Sequence[tuple[int, int]], proofs: Sequence[Proof]) -> Composed:
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
            origin = min(citation.origin, proof.origin, key=_ORIGINS.index)
            markers = (*citation.markers, place)
            cited[proof.span] = replace(citation, markers=markers, status=status, origin=origin)
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


def _cite(number: int, proof: Proof) -> Citation:
    quote = _quote(proof.span, proof.passage)
    page = proof.passage.find_page(proof.span.start)
    return Citation(number, proof.span, quote, proof.passage, status=proof.status, page=page, origin=proof.origin)


def _quote(span: Span, passage: Passage) -> str:
    """The document's own words, cut out of the passage by offsets."""
    home = passage.span
    if span.overlap(home) != span.end - span.start:
        raise ValueError(f"{span} does not lie inside its passage {home}")
    return passage.text[span.start - home.start : span.end - home.start]
