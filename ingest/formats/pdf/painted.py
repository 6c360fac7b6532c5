"""Letters whose colour PDFium cannot tell, because a pattern fills them: whether they can be seen shows in the page's picture.

To PDFium such letters are white, as are those that somebody hides on white paper. So the page is drawn; and only what lies
apart from all else on it is looked at, so that no other thing's paint is taken for theirs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pypdfium2

Box = tuple[float, float, float, float]
"""Left, bottom, right, top: points, from the bottom left corner upwards, as PDF counts."""

WHITE = 245
"""A colour whose three parts are at least this is white."""

SIDE = 1_500
"""Dots of the longer side of the picture, at most."""

MOST = 0.9
"""At least this share of a text's letters shows paint where they stand."""

MOST_TEXTS = 50
"""More such texts on a page are not looked at one by one; they stay hidden."""


def find_painted(page: pypdfium2.PdfPage, texts: Sequence[Sequence[Box]], others: Sequence[Box]) -> list[int]:
    """Which of some texts that seem white show paint where they stand.

    Args:
        page: the page.
        texts: the boxes of each one's letters, at least one each.
        others: where all else on the page is.
    """
    around = [_surround(text) for text in texts]
    apart = [
        at
        for at, box in enumerate(around)
        if not any(_overlap(box, other) for other in (*others, *around[:at], *around[at + 1 :]))
    ]
    if not apart or len(texts) > MOST_TEXTS:
        return []
    picture = _Picture(page)
    return [at for at in apart if sum(map(picture.has_paint, texts[at])) >= MOST * len(texts[at])]


class _Picture:
    """A page as it is drawn, without its annotations."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        wide, high = (max(0.01, side) for side in page.get_size())
        bitmap = page.render(scale=min(2.0, SIDE / max(wide, high)), draw_annots=False, may_draw_forms=False)
        self._page: Any = page
        self._size = bitmap.width, bitmap.height
        self._stride, self._depth = bitmap.stride, bitmap.n_channels
        self._dots = bytes(bitmap.buffer)
        bitmap.close()

    def has_paint(self, box: Box) -> bool:
        """Whether a dot in a box is not white."""
        left, bottom, right, top = box
        (x, y), (other_x, other_y) = self._place(left, bottom), self._place(right, top)
        columns = slice(min(x, other_x) * self._depth, (max(x, other_x) + 1) * self._depth)
        rows = range(max(0, min(y, other_y)), min(self._size[1], max(y, other_y) + 1))
        lines = (self._dots[row * self._stride : row * self._stride + self._size[0] * self._depth] for row in rows)
        return any(min(line[max(0, columns.start) : columns.stop], default=255) < WHITE for line in lines)

    def _place(self, x: float, y: float) -> tuple[int, int]:
        import pypdfium2.raw as pdfium

        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(self._page, 0, 0, *self._size, 0, x, y, across, down)
        return across.value, down.value


def _surround(boxes: Sequence[Box]) -> Box:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
