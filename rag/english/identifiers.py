"""What is looked up exactly: codes (``EMP-1049``, ``01_002_0107``, ``v2.3.1``) and days, by their shape.

A code that a question names must stand in what answers it: one that differs by a digit is another thing. Rules only
propose which words are codes; whether what carries one answers is for the reader to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

MOST_CODES = 8
"""Codes of a question that are looked up; more are a list pasted in."""

_TOKEN = re.compile(r"(?<![\w/.-])[\w#](?:[\w/.:-]{0,78}\w)?")
_PLAIN = re.compile(
    r"\d+(?:[.:/]\d+)?|"  # numbers, decimals, times, fractions
    r"\d{4}s?[-/]\d{2,4}|"  # years from and to
    r"\d+(?:[.]\d+)?[^\W\d_]{1,3}|"  # 4th, 1990s, 20kg, 3D
    r"\d+-[^\W\d_]+(?:-[^\W\d_]+)*|"  # 10-year, 65-year-old
    r"[^\W\d_]{4,}-\d",  # section-2
)
LONG_NUMBER = 5
"""Digits of a number that is a name rather than a quantity."""

_PART = re.compile(r"[^\W\d_]+|\d+")

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?P<year>[12]\d{3})-(?P<number>\d{2})-(?P<day>\d{2})(?!\d)",
        r"(?<!\d)(?P<year>[12]\d{3})(?P<number>0[1-9]|1[0-2])(?P<day>[0-3]\d)(?!\d)",
        r"(?<!\d)(?P<day>\d{1,2})\.\s?(?P<number>\d{1,2})\.\s?(?P<year>[12]\d{3})(?!\d)",
        rf"(?<!\d){_DAY}(?:(?: of)? |-){_MONTH}\.?,?[ -](?P<year>[12]\d{{3}})(?!\d)",
        rf"\b{_MONTH}\.? {_DAY},? (?P<year>[12]\d{{3}})(?!\d)",
    )
)


def find_codes(text: str, most: int | None = MOST_CODES) -> list[str]:
    """The first ``most`` codes of a text as they are written: words with figures that are neither quantities nor days."""
    found = []
    for token in _TOKEN.findall(text):
        code = token.strip("#.:/-_")
        is_name = code.isdigit() and len(code) >= LONG_NUMBER
        is_plain = _PLAIN.fullmatch(code) is not None and not is_name
        if any(map(str.isdigit, code)) and not is_plain and not is_day(code):
            found.append(code)
    return list(dict.fromkeys(found))[:most]


def is_day(text: str) -> bool:
    """Whether a text is a day and nothing else."""
    return any(pattern.fullmatch(text) for pattern in _DATES) and bool(find_days(text))


def build_code_pattern(code: str, *, begins: bool = False) -> re.Pattern[str]:
    """Finds a code in a text, whatever its case and the signs between its parts; never as a part of a longer one.

    Args:
        code: as ``find_codes`` finds it.
        begins: it may be what a longer one begins with, up to one of its signs.
    """
    parts = map(re.escape, _PART.findall(code))
    end = r"(?![^\W_])" if begins else r"(?![-_./]?[^\W_])"
    return re.compile(rf"(?<![^\W_])(?<![^\W_][-_./]){r'[-_./: ]?'.join(parts)}{end}", re.IGNORECASE)


def find_days(text: str) -> set[date]:
    """The days that a text names, in any of the usual forms."""
    return {day for pattern in _DATES for found in pattern.finditer(text) for day in _read_day(found)}


def _read_day(found: re.Match[str]) -> Iterator[date]:
    named = found.groupdict()
    month = int(named["number"]) if named.get("number") else _MONTHS.index(named["month"][:3].lower()) + 1
    try:
        yield date(int(named["year"]), month, int(named["day"]))
    except ValueError:
        return
