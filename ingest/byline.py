"""Who wrote a text and when, as its head says it: dates in the usual forms, and bylines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from ingest.blocks import Block

_MONTHS = "january february march april may june july august september october november december".split()
MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
DATE = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?"
    rf"(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)? {MONTH},? \d{{4}}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|"
    r"\d{1,2}[./]\d{1,2}[./]\d{4})"
)
_WORD = r"(?:[A-Z\u00c0-\u00de][\w'’.-]*|de|del|della|van|von|der|den|bin|al|da|dos|la|le|y)"
_NAME = rf"{_WORD}(?: {_WORD}){{1,4}}(?:(?:,| and| &) {_WORD}(?: {_WORD}){{1,4}})*"
_BETWEEN = r"\s*(?:[|·•–—,/]|-|on)\s*"
_LABEL = r"(?:(?:written |posted |published )?by:? |author: ?)"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?i:{_LABEL})?(?P<author>{_NAME}){_BETWEEN}(?i:(?:published|posted|updated):? )?(?P<date>(?i:{DATE}))",
        rf"(?i:(?:published|posted|updated|date):? )?(?P<date>(?i:{DATE})){_BETWEEN}(?i:{_LABEL})?(?P<author>{_NAME})",
        rf"(?i:{_LABEL})(?P<author>{_NAME})",
        rf"(?i:(?:published|posted|updated|date|dated):? )?(?P<date>(?i:{DATE}))",
    )
)
FIRST_LINES = 3
"""Among so many blocks of a text, its title first, a byline is looked for. Set by hand."""

_PLACE = r"[A-Z\u00c0-\u00de][\w.'’]*(?:[ -][A-Z\u00c0-\u00de][\w.'’]*){0,2}(?:, [A-Z\u00c0-\u00de][\w.'’]*){0,2}"
_DATELINE = re.compile(
    rf"(?:{_PLACE}(?:,|(?: [-–—]+)) )?(?P<date>(?i:{DATE}))(?: \([^()]{{1,40}}\))?(?: ?(?:--|—|–) ?| - )[^\w\s]?(?!(?i:{DATE}))\w"
)
"""How a report begins that says where and when it was written: "HARWICH, 3 May 2019 (Tide News) -- The harbour"."""

DATELINE = 120
"""Characters; a shorter block is no paragraph of a report, and its date and place stand among so many first ones."""

DATELINE_BLOCKS = 4
"""Among so many first blocks of a text, below its title and its byline, such a line is looked for."""

_DATE_IN_LINE = re.compile(rf"(?i)(?<![\w/.-]){DATE}(?![\w/-])")


def take_byline(blocks: list[Block]) -> tuple[str, str]:
    """The author and the date that one of a text's first lines tells, which is taken out; both empty where none does."""
    for at, block in enumerate(blocks[:FIRST_LINES]):
        if not block.level and (byline := find_byline(block.text)):
            del blocks[at]
            return byline
    return "", ""


def find_byline(line: str) -> tuple[str, str] | None:
    """The author and the date (ISO where it can be told) of a line that is a byline and nothing else, or None."""
    plain = " ".join(line.split())
    if len(plain) > 160:
        return None
    for form in _FORMS:
        if match := form.fullmatch(plain):
            found = match.groupdict()
            return found.get("author") or "", parse_date(found.get("date") or "")
    return None


def find_dateline(blocks: Sequence[Block]) -> str:
    """The date with which the first paragraph of a text opens; empty where none does, and in a chronicle, where others do too."""
    prose = [(at, block) for at, block in enumerate(blocks) if not block.level and len(block.text) >= DATELINE]
    found = [(at, match) for at, block in prose if (match := _DATELINE.match(block.text)) and block.kind == "text"]
    is_first = len(found) == 1 and found[0][0] == prose[0][0] < DATELINE_BLOCKS
    return parse_date(found[0][1]["date"]) if is_first else ""


def find_dates(line: str) -> list[str]:
    """All dates in a line, as ``parse_date`` gives them."""
    return [parse_date(match[0]) for match in _DATE_IN_LINE.finditer(line)]


def parse_date(written: str) -> str:
    """A date as yyyy-mm-dd where its form leaves no doubt, a month as yyyy-mm, anything else as it is written."""
    plain = re.sub(r"(?i)^(?:mon|tues|wednes|thurs|fri|satur|sun)day,? ", "", " ".join(written.split()))
    year = month = day = 0
    if match := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", plain):
        year, month, day = map(int, match.groups())
    elif match := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)? ([A-Za-z]+)\.?,? (\d{4})", plain):
        year, month, day = int(match[3]), _month(match[2]), int(match[1])
    elif match := re.fullmatch(r"([A-Za-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", plain):
        year, month, day = int(match[3]), _month(match[1]), int(match[2])
    elif match := re.fullmatch(r"([A-Za-z]+)\.? (\d{4})", plain):
        month = _month(match[1])
        return f"{match[2]}-{month:02}" if month else plain
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return plain


def format_date(written: str) -> str:
    """An ISO date as people write it (7 March 2019, March 2019); anything else as it is."""
    if month := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", written):
        return f"{_MONTHS[int(month[2]) - 1].title()} {month[1]}"
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return written
    return f"{day.day} {_MONTHS[day.month - 1].title()} {day.year}"


def _month(name: str) -> int:
    return next((number for number, month in enumerate(_MONTHS, 1) if month.startswith(name.casefold()[:3])), 0)
