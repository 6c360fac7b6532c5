"""The languages of the page: which of them a visitor is spoken to in, and how its words, numbers and days are written.

English stands in the code and in the templates; ``languages/de.po`` has the same in German, and a file beside it is another
language. Each request is answered in a language of its own, which ``use_language`` sets for as long as that takes. What
answers say, and what the reading of files says of them, is made in ``rag`` and ``ingest``, and is English everywhere.
"""

from __future__ import annotations

import gettext as gettexts
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.byline import format_date

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

FOLDER = Path(__file__).parent / "languages"

ENGLISH = "en"

LONGEST_ACCEPTED = 300
"""Characters of what a browser says of its languages that are read."""

NUMBERS_TRIED = 1_001
"""Whole numbers from 0 on, among which each plural category has one."""

_WANTED = re.compile(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?")

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


@cache
def list_languages() -> tuple[str, ...]:
    """The codes of all languages that there are: English, and each that has a catalogue."""
    return (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po")))


def choose_language(chosen: str, accepted: str) -> str:
    """The language for a visitor, who may send anything: always one of those that there are.

    Args:
        chosen: the code that they have chosen, empty where they have not.
        accepted: what their browser says, as the header ``Accept-Language``.
    """
    known = list_languages()
    if chosen in known:
        return chosen
    wanted = [found for part in accepted[:LONGEST_ACCEPTED].split(",") if (found := _WANTED.fullmatch(part))]
    ranked = sorted(((-float(found[2] or 1), found[1].lower()) for found in wanted), key=lambda each: each[0])
    return next((code for rank, code in ranked if rank and code in known), ENGLISH)


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Speak a language that there is, in this thread or task, and in those that are given its context."""
    before = _language.set(code)
    try:
        yield
    finally:
        _language.reset(before)


def current_language() -> str:
    """The code of the language that is spoken."""
    return _language.get()


def find_direction() -> str:
    """The direction in which that language is written: ``ltr`` or ``rtl``."""
    return "ltr" if current_language() == ENGLISH else _find_locale().text_direction


def name_language(code: str) -> str:
    """A language's name in itself: "Deutsch"."""
    from babel import Locale

    return (Locale.parse(code).get_display_name(code) or code).capitalize()


def gettext(message: str, **values: object) -> str:
    """A message in the language that is spoken, with ``%(name)s`` for values."""
    return translate(message) % values


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The same for a number of things, which stands in the message as ``%(num)s``."""
    return translate_count(one, many, count) % ({"num": format_number(count)} | values)


def mark(message: str) -> str:
    """The message itself: for words that are listed in one place, and spoken in another."""
    return message


def translate(message: str) -> str:
    """A message in the language that is spoken, values not yet put in."""
    return read_words(current_language()).gettext(message)


def translate_count(one: str, many: str, count: int) -> str:
    """The same for a number of things."""
    return read_words(current_language()).ngettext(one, many, count)


def format_number(number: float, form: str = ",") -> str:
    """A number as it is written in that language; ``form`` is Python's, which writes it in English."""
    written = f"{number:{form}}"
    if current_language() == ENGLISH:
        return written
    from babel.numbers import get_decimal_symbol, get_group_symbol

    signs = {",": get_group_symbol(_find_locale()), ".": get_decimal_symbol(_find_locale())}
    return "".join(signs.get(sign, sign) for sign in written)


def format_day(written: str) -> str:
    """A day, written as 2019-03-07, as people write it in that language; what is no day stays nearly as it is."""
    if current_language() != ENGLISH and re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        from babel import dates

        with suppress(ValueError):  # no such day
            return dates.format_date(date.fromisoformat(written), "long", _find_locale())
    return format_date(written)


def pick_messages(script: str) -> dict[str, str | list[str]]:
    """The messages of a script that stand in it in quotes, in the language that is spoken; nothing for English."""
    if current_language() == ENGLISH:
        return {}
    picked: dict[str, str | list[str]] = {}
    for message in read_catalogue(current_language()):
        first = message.id if isinstance(message.id, str) else message.id[0]
        if first and f'"{first}"' in script:
            picked[first] = list(message.string) if isinstance(message.string, tuple) else str(message.string)
    return picked


def number_forms() -> dict[str, int]:
    """Which form of a message with a number stands for each of Unicode's plural categories, as a browser names them."""
    if current_language() == ENGLISH:
        return {}
    find_category, find_form = _find_locale().plural_form, gettexts.c2py(read_catalogue(current_language()).plural_expr)
    return {find_category(count): find_form(count) for count in range(NUMBERS_TRIED)}


@cache
def read_catalogue(code: str) -> Catalog:
    """All messages of a language that is not English."""
    from babel.messages.pofile import read_po

    with (FOLDER / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


@cache
def read_words(code: str) -> gettexts.NullTranslations:
    """The same as gettext uses them; English ones stay as they are."""
    if code == ENGLISH:
        return gettexts.NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(code))
    compiled.seek(0)
    return gettexts.GNUTranslations(compiled)


def _find_locale() -> Any:
    from babel import Locale

    return Locale.parse(current_language())
