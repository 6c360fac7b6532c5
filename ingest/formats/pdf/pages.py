"""A PDF's page as it is: a picture of it, its words line by line, and boxes around words that are sought."""

from __future__ import annotations

import ctypes
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ingest.formats.pdf.forms import open_forms, open_page
from ingest.formats.pdf.places import find_places
from ingest.views import UNITS, AskedPage, Box, PageView, Sought
from rag.errors import SourceError

if TYPE_CHECKING:
    import pypdfium2

MOST_DOTS = 4_000_000
"""Of one picture; 2,000 dots across a page of A4 are 5.7 million: such a page is drawn at 1,680."""

LONGEST_SIDE = 6_000
"""Dots: a page may be a million times as long as wide."""

LARGE = 1_500_000
"""Bytes of a picture; a larger one is drawn with fewer colours."""

MOST_SIZES = 2_000
MOST_CHARACTERS = 100_000
"""Of one page whose words are told."""

MOST_PAGES_OF_ONE = 4
"""Pages over which words that are sought may run."""

_FEWER = bytes((value & 0xF0) | (value >> 4) for value in range(256))
_GAP = 1.5
"""Times a letter's height: what is farther apart does not share a box."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The characters of a page with their boxes; None for those that PDFium has put in, such as the end of a line."""

    characters: list[str] = field(default_factory=list)
    boxes: list[Box | None] = field(default_factory=list)


def view_page(content: bytes, asked: AskedPage) -> PageView:
    """A page of a file. Raises SourceError where there is none, or it cannot be drawn."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        try:
            open_forms(document)
            return _view(document, asked)
        finally:
            document.close()
    except (pypdfium2.PdfiumError, IndexError, ValueError):
        raise SourceError(f"page {asked.page} cannot be drawn") from None


def _view(document: pypdfium2.PdfDocument, asked: AskedPage) -> PageView:
    pages = len(document)
    known: dict[int, _Words] = {}
    placed: dict[int, list[tuple[int, Box]]] = {}
    unsure = []
    number = asked.page
    for sought in asked.sought:
        boxes = _place(document, sought, known)
        if not boxes:
            unsure.append(sought.number)
        for page, box in boxes:
            placed.setdefault(page, []).append((sought.number, box))
        number = number or (boxes[0][0] if boxes else sought.first)
    number = number or 1
    if not 0 < number <= pages:
        raise SourceError(f"there is no page {number}")
    if number not in known:
        known[number] = _read_words(document, number)
    sizes = [document.get_page_size(at) for at in range(min(pages, MOST_SIZES))]
    return PageView(
        number,
        pages,
        tuple((_bound(width), _bound(height)) for width, height in sizes),
        b64encode(_draw(document, number, asked.width)).decode() if asked.width else "",
        tuple(_find_lines(known[number])),
        tuple(placed.get(number, ())),
        tuple(unsure),
    )


def _bound(points: float) -> int:
    return max(1, min(1_000_000, round(points)))


# ---- words -------------------------------------------------------------------------------------------------------


def _place(document: pypdfium2.PdfDocument, sought: Sought, known: dict[int, _Words]) -> list[tuple[int, Box]]:
    """The boxes of sought words, each with its page; none where their place is unsure."""
    last = min(sought.last, len(document), sought.first + MOST_PAGES_OF_ONE - 1)
    characters: list[str] = []
    boxes: list[tuple[int, Box | None]] = []
    for page in range(sought.first, last + 1):
        if page not in known:
            known[page] = _read_words(document, page)
        characters += [*known[page].characters, "\n"]
        boxes += [*((page, box) for box in known[page].boxes), (page, None)]

    def is_same(one: int, other: int) -> bool:
        return boxes[one][0] == boxes[other][0] and _lie_together(boxes[one][1], boxes[other][1])

    found = find_places(sought, characters, boxes, is_same)
    return [
        (page, box)
        for page in sorted({boxes[at][0] for at in found})
        for box in _join_boxes(
            (box, characters[at].isalnum()) for at in found for owner, box in (boxes[at],) if owner == page and box
        )
    ]


def _lie_together(one: Box | None, other: Box | None) -> bool:
    if one is None or other is None:
        return False
    return abs(one[0] - other[0]) <= max(one[2], 20) // 2 and abs(one[1] - other[1]) <= max(one[3], 20) // 2


@contextmanager
def _opened(document: pypdfium2.PdfDocument, number: int) -> Iterator[pypdfium2.PdfPage]:
    page, _ = open_page(document, number - 1)
    try:
        yield page
    finally:
        page.close()


def _read_words(document: pypdfium2.PdfDocument, number: int) -> _Words:
    """The characters of a page. One that PDFium cannot read has none."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    words = _Words()
    try:
        with _opened(document, number) as page:
            text = page.get_textpage()
            try:
                for at in range(min(pdfium.FPDFText_CountChars(text), MOST_CHARACTERS)):
                    code = pdfium.FPDFText_GetUnicode(text, at)
                    is_sign = code in (0, 2, 10, 13, 0xFFFE) or 0xD800 <= code < 0xE000 or code > 0x10FFFF
                    words.characters.append("\n" if code in (0, 10, 13) else "-" if is_sign else chr(code))
                    words.boxes.append(None if is_sign else _read_box(page, text, at))
            finally:
                text.close()
    except pypdfium2.PdfiumError:
        return _Words()
    return words


def _read_box(page: Any, text: Any, at: int) -> Box | None:
    """Where a character stands; PDFium measures upwards, and does not turn what the page's rotation turns."""
    import pypdfium2.raw as pdfium

    found = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(text, at, found):
        return None
    corners = []
    for x, y in ((found.left, found.top), (found.right, found.bottom)):
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, UNITS, UNITS, 0, x, y, across, down)
        corners.append((max(0, min(UNITS, across.value)), max(0, min(UNITS, down.value))))
    (left, top), (right, bottom) = corners
    box = min(left, right), min(top, bottom), abs(right - left), abs(bottom - top)
    return box if box[2] and box[3] else None


def _join_boxes(boxes: Iterable[tuple[Box, bool]]) -> list[Box]:
    """Boxes of characters, one after the other, as boxes of lines; of each is told whether it is a letter or a digit.

    A sign or a space goes on with a line, and neither begins one nor makes one higher: fonts of signs have odd boxes.
    """
    joined: list[Box] = []
    for box, is_letter in boxes:
        is_beside = bool(joined) and _is_beside(joined[-1], box)
        if is_letter:
            joined[-1:] = [_surround([joined[-1], box])] if is_beside else [*joined[-1:], box]
        elif is_beside and box[2] <= _GAP * joined[-1][3]:
            left, top, width, height = joined[-1]
            joined[-1] = (left, top, max(width, box[0] + box[2] - left), height)
    return joined


def _is_beside(line: Box, box: Box) -> bool:
    """Whether a character goes on with a line: about as high, and not far to its right. Pages are about as wide as high."""
    overlap = min(line[1] + line[3], box[1] + box[3]) - max(line[1], box[1])
    gap = box[0] - (line[0] + line[2])
    return 2 * overlap >= min(line[3], box[3]) and -line[2] - box[2] <= gap <= _GAP * max(line[3], box[3])


def _find_lines(words: _Words) -> Iterator[tuple[Box, str]]:
    """The words of a page in pieces of lines, so that they can be laid over its picture."""
    piece: list[str] = []
    boxes: list[Box] = []
    for letter, box in [*zip(words.characters, words.boxes, strict=True), ("\n", None)]:
        if boxes and (letter == "\n" or (box and not _is_beside(boxes[-1], box))):
            yield _surround(boxes), "".join(piece).strip()
            piece, boxes = [], []
        if box and (boxes or not letter.isspace()):
            boxes.append(box)
        if letter != "\n" and boxes:
            piece.append(letter)


def _surround(boxes: Sequence[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


# ---- picture -----------------------------------------------------------------------------------------------------


def _draw(document: pypdfium2.PdfDocument, number: int, width: int) -> bytes:
    """A picture of a page, about so many dots wide, as PNG."""
    with _opened(document, number) as page:
        wide, high = (max(0.01, side) for side in page.get_size())
        scale = min(width / wide, (MOST_DOTS / (wide * high)) ** 0.5, LONGEST_SIDE / max(wide, high))
        bitmap = page.render(scale=scale, rev_byteorder=True)
        across, down, stride = bitmap.width, bitmap.height, bitmap.stride
        rows, depth = bytes(bitmap.buffer), bitmap.n_channels
        bitmap.close()
    dots = b"".join(rows[at * stride : at * stride + across * depth] for at in range(down))
    red, green, blue = (dots[part::depth] for part in range(3))
    if red == green == blue:
        return write_png(red, across, down, 1)
    picture = write_png(dots, across, down, depth)
    return picture if len(picture) <= LARGE else write_png(dots.translate(_FEWER), across, down, depth)


def write_png(dots: bytes, width: int, height: int, depth: int) -> bytes:
    """A PNG of grey (depth 1) or of red, green and blue (3)."""
    lines = b"".join(b"\0" + dots[at : at + width * depth] for at in range(0, len(dots), width * depth))
    head = struct.pack(">IIBBBBB", width, height, 8, 0 if depth == 1 else 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 5)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
