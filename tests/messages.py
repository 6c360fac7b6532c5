"""What the page says, as it stands in its templates, scripts and Python; and the catalogues brought up to date with it.

python tests/messages.py     # adds what is new to each ui/render/languages/*.po, untranslated, and drops what is gone
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_javascript, extract_python
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from ui.render.language import FOLDER

ROOT = Path(__file__).parents[1]
TEMPLATES = sorted((ROOT / "ui" / "render" / "templates").glob("*.html"))
SCRIPTS = sorted((ROOT / "ui" / "web" / "assets").glob("*.js"))
STYLES = sorted((ROOT / "ui" / "web" / "assets").glob("*.css"))
SOURCES = [path for room in ("render", "web") for path in sorted((ROOT / "ui" / room).rglob("*.py"))]

HEADER = """\
# Brought up to date by: python tests/messages.py
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plurals}\\n"

"""

Message = str | tuple[str, str]


def find_messages() -> dict[Message, list[str]]:
    """Each message, one with a number as its two English forms, and the files in which it stands."""
    found: dict[Message, list[str]] = {}
    for path, message in _extract():
        name = path.relative_to(ROOT).as_posix()
        if name not in found.setdefault(message, []):
            found[message].append(name)
    return found


def _extract() -> Iterator[tuple[Path, Message]]:
    ways: tuple[tuple[Any, list[Path], dict[str, Any]], ...] = (
        (extract_python, SOURCES, {}),
        (extract_javascript, SCRIPTS, {"parse_template_string": True}),
        (babel_extract, TEMPLATES, {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}),
    )
    keywords = {"gettext": None, "ngettext": (1, 2), "mark": None, "_": None}
    for extract, paths, options in ways:
        for path in paths:
            for _, function, arguments, _ in extract(io.BytesIO(path.read_bytes()), keywords, (), options):
                words = arguments if isinstance(arguments, (list, tuple)) else (arguments,)
                if function == "ngettext" and words[0]:
                    yield path, (words[0], words[1])
                elif isinstance(words[0], str):
                    yield path, words[0]


def update_catalogue(path: Path) -> None:
    """Bring one language up to date: what was translated stays, what is new stands there without a translation."""
    with path.open("rb") as file:
        known = read_po(file, locale=path.stem)
    template = Catalog()
    for message, files in find_messages().items():
        template.add(message, locations=[(name, 0) for name in files])
    known.update(template, no_fuzzy_matching=True)
    known.obsolete.clear()
    with path.open("wb") as file:
        file.write(HEADER.format(code=path.stem, plurals=known.plural_forms).encode())
        write_po(file, known, width=118, sort_output=True, include_lineno=False, omit_header=True)


if __name__ == "__main__":
    for catalogue in sorted(FOLDER.glob("*.po")):
        update_catalogue(catalogue)
