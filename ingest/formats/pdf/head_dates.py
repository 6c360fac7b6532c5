"""The day of a PDF as its first page says it, where it does not stand with the author: what was published when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.byline import DATE, MONTH, parse_date
from ingest.formats.pdf.paragraphs import Paragraph

_PUBLISHED = re.compile(
    rf"(?i)(?:^published(?: online)?|\b(?:published|publication date|date published)(?: online)?:)"
    rf" (?:on )?(?P<date>{DATE})(?![\w/-])"
)
"""What says most surely when a text came out; "Received" and "Accepted" say something else."""

_LABELLED = re.compile(rf"(?i)(?:date|dated|issued|issue date|effective date|release date):?;? (?P<date>{DATE})\.?")
_DEPOSITED = re.compile(rf"(?i)^arxiv:\S+ (?:\[[\w.-]+\] )?(?P<date>{DATE})")
_ALONE = re.compile(rf"(?i)(?P<date>{DATE}|{MONTH} \d{{4}})(?:, (?:vol(?:ume|\.)?|issue|no\.?) .*)?")

PROSE = 250
"""Characters of a paragraph that is text of the document, and no line of its head."""


def find_day(paragraphs: Sequence[Paragraph]) -> str:
    """The day, or the month, that the first page gives as that of the text; empty where none is beyond doubt."""
    first = [one for one in paragraphs if one.page == 1]
    lines = [line.text for one in first for line in one.lines]
    for find in (_PUBLISHED.search, _LABELLED.fullmatch, _DEPOSITED.search):
        for line in lines:
            if found := find(" ".join(line.split())):
                return parse_date(found["date"])
    days = {parse_date(found["date"]) for line in _lines_above_text(first) if (found := _ALONE.fullmatch(line))}
    return days.pop() if len(days) == 1 else ""


def _lines_above_text(paragraphs: Sequence[Paragraph]) -> Iterator[str]:
    for one in paragraphs:
        if len(one.text) > PROSE and "@" not in one.text:
            return
        if one.kind == "text":
            yield from (" ".join(line.text.split()) for line in one.lines)
