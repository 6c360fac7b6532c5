"""A list that is quoted is quoted whole, also where it is longer than a passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answer.composing import passage_words
from rag.answer.reading import Reading
from rag.english.enumerating import announces
from rag.retrieve.going_on import find_extent, find_last
from rag.types import Passage, Span

MOST = 3_000
"""Characters of further passages up to which a list is quoted on."""

CUT = "The list goes on in the document."

Quote = tuple[Span, Passage]


def quote_lists_whole(reading: Reading, going_on: Sequence[tuple[Passage, ...]]) -> Reading:
    """A reading whose quoted lists go on in the passages behind them, with a note where more is left.

    Args:
        reading: what is quoted.
        going_on: passages whose end cuts a list, each with those in which that goes on.
    """
    onward = {told[0].id: told[1:] for told in going_on}
    told: list[Quote] = []
    is_cut = False
    for span, home in reading.evidence:
        told.append((span, home))
        left = MOST
        for later in onward.get(home.id, ()) if _leads_on(span, home) else ():
            start, end = find_extent(later)
            left -= end - start
            if left < 0:
                is_cut = True
                break
            told.append((Span(span.document_id, start, end), later))
    whole = [quote for quote in told if not any(_holds(other[0], quote[0]) for other in told)]
    note = " ".join(filter(None, (reading.note, CUT if is_cut else "")))
    return replace(reading, evidence=tuple(dict.fromkeys(whole)), note=note)


def _holds(span: Span, other: Span) -> bool:
    """Whether a stretch has all of another, and more."""
    return span != other and span.overlap(other) == other.end - other.start


def _leads_on(span: Span, home: Passage) -> bool:
    """Whether a quote has what leads to a list, and reaches the end of its passage."""
    words = passage_words(span, home)
    last = find_last(home)
    reaches = not home.text[span.end - home.span.start :].strip()
    return reaches and (span.start < last.start if last else announces(words))
