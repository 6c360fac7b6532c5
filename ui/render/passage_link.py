"""A passage as part of an address, and back: the document, the characters, and the text that these were counted in. Pure.

It stands behind the address's ``#``, which browsers tell no server, and so no log and no proxy. Whoever gets it may send
anything at all: it is read by its types and bounds, and opens only what that person sees anyway.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlencode

from rag.types import Span

DIGEST = 12
"""Letters of the digest of a document's text: a link leads nowhere once the text is another one."""

LONGEST_LINK = 2_000
"""Characters."""

LONGEST_ID = 300

LONGEST_SPAN = 5_000
"""Characters that a link leads to; more can hardly be meant."""

_AT = re.compile(r"(\d{1,9})-(\d{1,9})", re.ASCII)
_OF = re.compile(rf"[0-9a-f]{{{DIGEST}}}")


@dataclass(frozen=True, slots=True)
class PassageLink:
    """Where a link leads: ``digest`` is how the digest of the document's text begins."""

    span: Span
    digest: str


def write_link(span: Span, digest: str) -> str:
    """What stands behind the ``#`` of an address that leads to a span of a document whose text has that digest."""
    values = {"words": span.document_id, "at": f"{span.start}-{span.end}", "of": digest[:DIGEST]}
    return urlencode(values, quote_via=quote, safe="")


def read_link(text: str) -> PassageLink | None:
    """What ``write_link`` wrote; None where it is anything else."""
    if len(text) > LONGEST_LINK:
        return None
    try:
        values = parse_qs(text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=3)
    except ValueError:
        return None
    if values.keys() != {"words", "at", "of"} or any(len(each) != 1 for each in values.values()):
        return None
    name, at, of = values["words"][0], _AT.fullmatch(values["at"][0]), _OF.fullmatch(values["of"][0])
    if not 0 < len(name) <= LONGEST_ID or not name.isprintable() or at is None or of is None:
        return None
    start, end = int(at[1]), int(at[2])
    return PassageLink(Span(name, start, end), of[0]) if start < end <= start + LONGEST_SPAN else None


def find_words(text: str, words: str, low: int, high: int) -> tuple[int, int] | None:
    """Where words stand in a stretch of a text, by letters and digits alone; None where nowhere, or in several places.

    Args:
        text: in which they are looked for.
        words: as somebody has selected them on a page: lines may end within words, and signs may be drawn differently.
        low, high: the stretch, as offsets into the text.
    """
    sought = "".join(letter for letter, _ in _letters(words, 0, len(words)))
    letters = list(_letters(text, low, high))
    line = "".join(letter for letter, _ in letters)
    first = line.find(sought) if sought else -1
    if first < 0 or line.find(sought, first + 1) >= 0:
        return None
    return letters[first][1], letters[first + len(sought) - 1][1] + 1


def _letters(text: str, low: int, high: int) -> Iterator[tuple[str, int]]:
    for at in range(low, high):
        for letter in unicodedata.normalize("NFKC", text[at]).casefold():
            if letter.isalnum():
                yield letter, at
