"""The few words of a quoted sentence or row that answer by themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.composing import passage_words
from rag.english.answer_types import fits
from rag.english.asked_values import read_asked_value
from rag.english.ellipsis import find_others
from rag.english.named_in_title import repeats_title
from rag.english.speech import speaks_of_self
from rag.english.terms import find_stems
from rag.reader.features import Candidate, find_best_spans
from rag.reader.lookups import is_row
from rag.reader.span_reader import PassageReading
from rag.retrieve.senders import find_sender_place
from rag.types import Passage, ShortAnswer, Span

FEW_VALUES = 3
"""Values of a row in which the span model may mark words by itself: it learnt from prose, and of a long row of numbers it marks
any."""

_REST = re.compile(r"(?:[@.](?=[\w.+-]*@?\w)|(?<=@)|(?<=\w)(?=\w))[\w@.+-]*\w")
"""What goes on within a word: behind "burchard" of "burchard@wend.org"."""

_QUOTATION_MARKS = (("“", "”"), ("«", "»"), ("„", "“"), ("(", ")"), ("[", "]"))


def is_wide(candidate: Candidate) -> bool:
    """Whether a candidate is a row of so many values that one of them is marked only where its column is named."""
    return is_row(candidate) and candidate.block is not None and len(candidate.block.cells) > FEW_VALUES


def find_elliptic(question: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ShortAnswer] | None:
    """The only sentence that tells whom a question asks for by what it denies of others, with their names; else None."""
    found = [(each, place) for each in candidates if (place := find_others(question, each.text))]
    if len(found) != 1:
        return None
    candidate, (low, high) = found[0]
    span = Span(candidate.span.document_id, candidate.span.start + low, candidate.span.start + high)
    return candidate, ShortAnswer(candidate.text[low:high], span)


def name_sender(candidate: Candidate) -> ShortAnswer | None:
    """The sender of a message, where the name stands in its passage."""
    home = candidate.passage
    place = find_sender_place(home, candidate.span.start)
    span = Span(home.span.document_id, *place) if place else None
    return ShortAnswer(passage_words(span, home), span) if span else None


def find_short_answer(
    candidate: Candidate, candidates: Sequence[Candidate], readings: Sequence[PassageReading], question: str = ""
) -> ShortAnswer | None:
    """The few words of a sentence that the span model marks; None where it would rather mark some in another one.

    None too where they only repeat of what the question wants to know something, "Gasket", asked for the number of it, or
    are nothing of the kind that it asks for.
    """
    spans = find_best_spans(candidates, readings)
    margins = [span.score - readings[each.row].nowhere for each, span in zip(candidates, spans, strict=True)]
    at = candidates.index(candidate)
    best = spans[at]
    if best.start == best.end or margins[at] < max(margins):
        return None
    home = candidate.passage
    start, end = home.span.start + best.start, home.span.start + best.end
    if speaks_of_self(home.text[best.start : best.end]):
        start, end = find_sender_place(home, start) or (start, end)
    span = _close_quotation(take_whole_words(Span(home.span.document_id, start, end), home), home)
    short, asked = ShortAnswer(passage_words(span, home), span), read_asked_value(question)
    is_thing = asked is not None and set(find_stems(short.text)) <= set(find_stems(asked.thing))
    says_nothing = is_thing or repeats_title(question, short.text, home.title) or names_subject(question, short, home)
    return None if says_nothing or not fits(question, short.text) else short


def names_subject(question: str, short: ShortAnswer, home: Passage) -> bool:
    """Whether words only name what the whole document is about, asked how, why, when, where or, of a thing, who."""
    first = question.split(maxsplit=1)[0].casefold() if question.strip() else ""
    stems = set(find_stems(short.text))
    is_plain = short.text.islower() or first != "who"
    return (
        first in ("how", "why", "when", "where", "who")
        and is_plain
        and bool(stems)
        and stems <= set(find_stems(home.title))
    )


def take_whole_words(span: Span, home: Passage) -> Span:
    """The words with the rest of the one that they end within: all of an address, of which the model sees the parts."""
    after = _REST.match(home.text, span.end - home.span.start)
    return Span(span.document_id, span.start, span.end + len(after.group())) if after else span


def _close_quotation(span: Span, home: Passage) -> Span:
    """The words with the mark behind them that closes what they open, or without the one that opens nothing of them."""
    words, after = passage_words(span, home), home.text[span.end - home.span.start :][:1]
    for opening, closing in _QUOTATION_MARKS:
        if words.count(opening) > words.count(closing) and after == closing:
            return Span(span.document_id, span.start, span.end + 1)
        if words.count(opening) > words.count(closing) and words.startswith(opening):
            return Span(span.document_id, span.start + 1, span.end)
        if words.endswith(closing) and words.count(closing) > words.count(opening) and len(words) > 1:
            return Span(span.document_id, span.start, span.end - 1)
    return span
