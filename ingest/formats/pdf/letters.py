"""A PDF page as letters: what PDFium finds on it, with place and style, less what no reader can see.

Left out: letters of less than a point, off the paper, white on white, or painted invisibly with no picture over them (a
scan has its words, as a program read them, painted invisibly: those are kept).
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from ingest.formats.pdf.painted import WHITE, Box, find_painted

if TYPE_CHECKING:
    import pypdfium2

SMALLEST = 1.0
"""Letters of fewer points than this cannot be read."""

HEIGHT = 1.2
"""Ems that the box of a letter is high, as a rule."""

OVERPAINTED = 0.1
"""An equal letter so few ems away is the same one, painted again: no letter is as narrow (the narrowest, an i or a full
stop, have .2)."""

MOST_PAINTED = 0.6
"""A greater share of an object's letters that another paints too shows that it is the same text, some letters missing."""

# "Medi" is the bold of URW's fonts, in which many papers are set; "Medium" is not bold. PDFium's own weight of a font is of
# no use: it is guessed from the stems, and is 375 for some bold fonts and 1,340 for some regular ones.
_BOLD = re.compile(r"bold|black|heavy|demi|medi(?!um)|-bd\b|cmbx|cmssbx|ecbx|sfbx", re.IGNORECASE)


_ICONS = re.compile(
    r"font-?awesome|glyphicon|icomoon|ionicon|academicon|typicon|fontello|(?:material|bootstrap|simple|fluent|mdl2|remix|feather)[ -]?(?:icon|asset)",
    re.IGNORECASE,
)
"""Names of fonts of small pictures: what such a font calls a letter is an envelope or a house, and no part of a word."""

PICTURE = "\ufffc"
"""Stands for such a picture until words that it stands between are joined."""


@dataclass(frozen=True, slots=True)
class Style:
    """What the letters of one text object have in common; ``size`` is in points.

    ``quarter`` is the number of quarter turns to the left that the letters stand in, None for any other angle.
    """

    size: float
    bold: bool
    quarter: int | None
    white: bool = False
    invisible: bool = False
    is_icon: bool = False


class Letter(NamedTuple):
    """A character, its box, where its baseline begins; ``breaks`` when PDFium sees a new line begin with it.

    A tuple, since pages have thousands: a frozen dataclass takes three times as long to make.
    """

    text: str
    box: Box
    x: float
    y: float
    style: Style
    breaks: bool = False


def read_letters(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage | None = None) -> tuple[list[Letter], int]:
    """The letters of a page in the order of the file, and how many more there are that cannot be seen.

    Args:
        page: the page.
        text: its text, where that is open already: to open it is a good part of the work.
    """
    opened = text or page.get_textpage()
    try:
        letters = list(_read_all(opened.raw))
    finally:
        if text is None:
            opened.close()
    paper = page.get_bbox()
    grounds: list[Box] = []
    pictures: list[Box] = []
    things: list[Box] = []
    styles = {id(letter.style): letter.style for letter in letters}
    if is_doubtful := any(style.white or style.invisible for style in styles.values()):
        grounds, pictures, things = _find_grounds(page)
    kept = list(_find_seen(letters, paper, grounds, pictures))
    unsure = [letter for letter in letters if _may_be_seen(letter, paper, grounds)] if is_doubtful else []
    if unsure:
        texts = [list(text) for _, text in groupby(unsure, key=lambda letter: id(letter.style))]
        others = [*things, *(letter.box for letter in kept if letter.text != " ")]
        found = find_painted(page, [[letter.box for letter in text] for text in texts], others)
        painted = {id(texts[at][0].style) for at in found}
        seen = set(map(id, kept))
        kept = [letter for letter in letters if id(letter) in seen or id(letter.style) in painted]
    hidden = 0
    if len(kept) < len(letters):
        hidden = sum(letter.text != " " for letter in letters) - sum(letter.text != " " for letter in kept)
    return _painted_once(kept), hidden


def _painted_once(letters: list[Letter]) -> list[Letter]:
    """Letters without those that a second text object paints over an equal one: a bold look, or a shadow.

    Where the first object lacks some letters of the second, it is the first that goes. Within an object letters may well
    share a place: those that a ligature stands for.
    """
    seen: dict[tuple[str, int], dict[int, Letter]] = {}  # by how far across, then by how far up, in steps
    again: dict[int, Letter] = {}
    for at, letter in enumerate(letters):
        text = letter.text
        if text != " ":
            step = OVERPAINTED * letter.style.size
            across, up = int(letter.x // step), int(letter.y // step)
            for column in (across, across - 1, across + 1):
                places = seen.get((text, column))
                if places and (first := _find_painted(letter, places, up)) is not None:
                    again[at] = first
                    break
            else:
                seen.setdefault((text, across), {})[up] = letter
    if not again:
        return letters
    counts = Counter(id(letter.style) for letter in letters if letter.text != " ")
    pairs = Counter((id(first.style), id(letters[at].style)) for at, first in again.items())
    lacking = {
        first: second
        for (first, second), shared in pairs.items()
        if counts[first] < counts[second] and shared >= MOST_PAINTED * counts[first]
    }
    return [
        letter
        for at, letter in enumerate(letters)
        if id(letter.style) not in lacking and (at not in again or lacking.get(id(again[at].style)) == id(letter.style))
    ]


def _find_painted(letter: Letter, column: dict[int, Letter], up: int) -> Letter | None:
    """The equal letter in one column of places over which a letter is painted."""
    near = (column.get(up + y) for y in (0, -1, 1))
    return next((other for other in near if other is not None and _is_painted_again(letter, other)), None)


def _is_painted_again(letter: Letter, other: Letter) -> bool:
    step = OVERPAINTED * letter.style.size
    return letter.style is not other.style and abs(letter.x - other.x) <= step and abs(letter.y - other.y) <= step


def _read_all(text: Any) -> Iterator[Letter]:
    """All letters of a page's text, PDFium's own handle of it. What is called for each letter is bound to a name of its own."""
    import pypdfium2.raw as pdfium

    read_code, read_owner = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetTextObject
    read_box, read_origin, find_address = (
        pdfium.FPDFText_GetLooseCharBox, pdfium.FPDFText_GetCharOrigin, ctypes.addressof
    )  # fmt: skip
    styles: dict[int, Style] = {}
    fonts: dict[int, str] = {}
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    style: Style | None = None
    last, high, breaks = 0, 0, False
    for at in range(pdfium.FPDFText_CountChars(text)):
        code = read_code(text, at)
        if code in (0, 10, 13):
            breaks = breaks or code != 0
            continue
        owner = read_owner(text, at)
        if owner and (address := find_address(owner.contents)) != last:
            last = address
            if address not in styles:
                styles[address] = _style_of(text, at, owner, fonts)
            style = styles[address]
        if code in (0x2, 0xFFFE):  # its sign for a hyphen at a line's end, of whatever kind
            code = ord("-")
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 if high else 0xFFFD
        high = 0
        if style is None or not read_box(text, at, box):
            continue
        read_origin(text, at, x, y)
        letter = chr(code) if code < 0x110000 else "\ufffd"
        letter = PICTURE if style.is_icon and letter.isalnum() else letter
        yield Letter(letter, (box.left, box.bottom, box.right, box.top), x.value, y.value, style, breaks)
        breaks = False


def _style_of(text: Any, at: int, owner: Any, fonts: dict[int, str]) -> Style:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text, at, matrix)
    size = pdfium.FPDFText_GetFontSize(text, at) * math.hypot(matrix.c, matrix.d)
    turns = math.degrees(math.atan2(matrix.b, matrix.a)) / 90 + (2 if size < 0 else 0)
    quarter = round(turns) % 4 if abs(turns - round(turns)) < 0.03 else None
    box = pdfium.FS_RECTF()
    if abs(size) < SMALLEST and pdfium.FPDFText_GetLooseCharBox(text, at, box):  # a font may have a measure of its own
        size = (box.right - box.left if quarter in (1, 3) else box.top - box.bottom) / HEIGHT
    size = abs(size)
    mode = pdfium.FPDFTextObj_GetTextRenderMode(owner)
    red, green, blue, alpha = (ctypes.c_uint(255) for _ in range(4))
    white = False
    if mode == pdfium.FPDF_TEXTRENDERMODE_FILL and pdfium.FPDFText_GetFillColor(text, at, red, green, blue, alpha):
        white = min(red.value, green.value, blue.value) >= WHITE or alpha.value == 0
    invisible = mode in (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
    name = _name_font(pdfium.FPDFTextObj_GetFont(owner), fonts)
    return Style(size, bool(_BOLD.search(name)), quarter, white, invisible, bool(_ICONS.search(name)))


def _name_font(font: Any, known: dict[int, str]) -> str:
    import pypdfium2.raw as pdfium

    if not font:
        return ""
    address = ctypes.addressof(font.contents)
    if address not in known:
        name = ctypes.create_string_buffer(200)
        pdfium.FPDFFont_GetBaseFontName(font, name, len(name))
        known[address] = name.value.decode(errors="replace")
    return known[address]


def _find_grounds(page: pypdfium2.PdfPage) -> tuple[list[Box], list[Box], list[Box]]:
    """Where something is painted on which white letters can be seen, where pictures are, and where anything but text is."""
    import pypdfium2.raw as pdfium

    grounds: list[Box] = []
    pictures: list[Box] = []
    things: list[Box] = []
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    for thing in page.get_objects(max_depth=4):
        if thing.type == pdfium.FPDF_PAGEOBJ_TEXT:
            continue
        bounds: Box = thing.get_bounds()
        things.append(bounds)
        if thing.type == pdfium.FPDF_PAGEOBJ_FORM:
            continue
        if thing.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictures.append(bounds)
        elif thing.type == pdfium.FPDF_PAGEOBJ_PATH:
            pdfium.FPDFPageObj_GetFillColor(thing, red, green, blue, alpha)
            if min(red.value, green.value, blue.value) >= WHITE:
                continue
        grounds.append(bounds)
    return grounds, pictures, things


def _may_be_seen(letter: Letter, paper: Box, grounds: list[Box]) -> bool:
    """Whether a letter is white to PDFium, with nothing behind it, and would be large enough to be seen."""
    style = letter.style
    is_white = style.white and not style.invisible and letter.text != " "
    return (
        is_white
        and style.size >= SMALLEST
        and _holds(paper, letter)
        and not any(_holds(place, letter) for place in grounds)
    )


def _find_seen(
    letters: Sequence[Letter], paper: Box, grounds: Sequence[Box], pictures: Sequence[Box]
) -> Iterator[Letter]:
    """The letters that are large enough, on the paper, and neither invisible nor white on white."""
    left, bottom, right, top = paper[0] - 1, paper[1] - 1, paper[2] + 1, paper[3] + 1
    for letter in letters:
        style, box = letter.style, letter.box
        if style.size < SMALLEST:
            continue
        if not (left <= (box[0] + box[2]) / 2 <= right and bottom <= (box[1] + box[3]) / 2 <= top):
            continue
        if style.invisible:
            if any(_holds(place, letter) for place in pictures):
                yield letter
        elif not style.white or any(_holds(place, letter) for place in grounds):
            yield letter


def _holds(place: Box, letter: Letter) -> bool:
    left, bottom, right, top = place
    across, up = (letter.box[0] + letter.box[2]) / 2, (letter.box[1] + letter.box[3]) / 2
    return left <= across <= right and bottom <= up <= top
