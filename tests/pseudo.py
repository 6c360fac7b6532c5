"""A language that nobody speaks, for tests: every message in other letters, and written from right to left.

Its plural forms are those of Arabic, of which there are six; each says which one it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from messages import find_messages

from ui.render import language
from ui.web.page import head

CODE = "ar"
LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنه"
"""One for each letter of the Latin alphabet."""

_KEPT = re.compile(r"%\(\w+\)s|%%|<[^>]*>")
"""What stands in a message and is none of its words."""


def disguise(message: str) -> str:
    """A message in the letters of that language; values and tags stay."""
    pieces = re.split(f"({_KEPT.pattern})", message)
    return "".join(piece if _KEPT.fullmatch(piece) else _spell(piece) for piece in pieces)


def write_pseudo(folder: Path) -> None:
    """Put its catalogue into a folder."""
    catalogue = Catalog(locale=CODE)
    for message in find_messages():
        if isinstance(message, tuple):
            forms = [f"{disguise(message[1])} ({form})" for form in range(catalogue.num_plurals)]
            catalogue.add(message, tuple(forms))
        else:
            catalogue.add(message, disguise(message))
    with (folder / f"{CODE}.po").open("wb") as file:
        write_po(file, catalogue)


def _spell(words: str) -> str:
    def exchange(letter: str) -> str:
        at = ord(letter.lower()) - ord("a")
        return LETTERS[at] if 0 <= at < len(LETTERS) else letter

    return "".join(map(exchange, words))


@contextmanager
def speaking_pseudo(folder: Path) -> Iterator[None]:
    """While it lasts, that language and English are the ones that there are."""
    write_pseudo(folder)
    caches = (language.list_languages, language.read_catalogue, language.read_words, head.make_scripts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "FOLDER", folder)
        for cache in caches:
            cache.cache_clear()
        yield
    for cache in caches:
        cache.cache_clear()
