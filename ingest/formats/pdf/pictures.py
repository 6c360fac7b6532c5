"""A page of a PDF file painted as a picture, for OCR."""

from __future__ import annotations

from rag.errors import SourceError

DOTS_PER_INCH = 300
"""What tesseract's manual advises."""

MAX_DOTS = 30_000_000
"""Of one picture; a larger page is painted more coarsely. A page of A3 at 300 dpi has 17 million."""


def paint_page(content: bytes, number: int) -> bytes:
    """A page of a file, counted from 1, as a grey picture (PGM). Raises SourceError where it cannot be painted."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        try:
            page = document[number - 1]
            width, height = page.get_size()
            scale = min(DOTS_PER_INCH / 72, (MAX_DOTS / max(1.0, width * height)) ** 0.5)
            bitmap = page.render(scale=scale, grayscale=True)
            stride, wide, high = bitmap.stride, bitmap.width, bitmap.height
            dots = bytes(bitmap.buffer)
        finally:
            document.close()
    except (pypdfium2.PdfiumError, IndexError, ValueError):
        raise SourceError(f"page {number} cannot be painted") from None
    rows = b"".join(dots[at * stride : at * stride + wide] for at in range(high))
    return b"P5\n%d %d\n255\n" % (wide, high) + rows
