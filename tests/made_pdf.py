"""PDF files made by hand, page by page, for what no program prints: hidden words, turned pages, broken parts."""

from __future__ import annotations

from collections.abc import Sequence

PAPER = (400, 600)
FIRST_OBJECT = 6
"""The number of the first object that a test adds to a file."""


def line(words: str, x: float = 50, y: float = 500, size: float = 10, *, bold: bool = False, before: str = "") -> str:
    """Operators that write words at a place; ``before`` are operators within the text object (a colour, a mode)."""
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"q BT /{'B' if bold else 'F'} {size} Tf {before} 1 0 0 1 {x} {y} Tm ({escaped}) Tj ET Q\n"


def lines(text: Sequence[str], x: float = 50, top: float = 540, step: float = 12, size: float = 10) -> str:
    """Lines below each other."""
    return "".join(line(words, x, top - at * step, size) for at, words in enumerate(text))


def made_pdf(
    pages: Sequence[str],
    *,
    page: str = "",
    info: str = "",
    catalog: str = "",
    objects: Sequence[str] = (),
    bold: str = "Helvetica-Bold",
    image: bool = False,
) -> bytes:
    """A file with these pages.

    Args:
        pages: what paints each of them.
        page: added to each page's dictionary.
        info: the file's properties.
        catalog: added to the file's first dictionary.
        objects: more objects, numbered from ``FIRST_OBJECT`` on.
        bold: the name of the bold font.
        image: whether a picture lies under each page.
    """
    parts = [f"<< /Type /Catalog /Pages 2 0 R {catalog} >>", ""]
    parts.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    parts.append(f"<< /Type /Font /Subtype /Type1 /BaseFont /{bold} /Encoding /WinAnsiEncoding >>")
    parts.append(
        "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>"
        "\nstream\nx\nendstream"
    )
    parts += objects
    kids = []
    for content in pages:
        painted = (f"q {PAPER[0]} 0 0 {PAPER[1]} 0 0 cm /I Do Q\n" if image else "") + content
        parts.append(f"<< /Length {len(painted.encode('cp1252'))} >>\nstream\n{painted}\nendstream")
        resources = "<< /Font << /F 3 0 R /B 4 0 R >> /XObject << /I 5 0 R >> >>"
        parts.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAPER[0]} {PAPER[1]}] /Resources {resources} "
            f"/Contents {len(parts)} 0 R {page} >>"
        )
        kids.append(f"{len(parts)} 0 R")
    parts[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    parts.append(f"<< {info} >>")
    out = b"%PDF-1.7\n"
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{part}\nendobj\n".encode("cp1252")
    start = len(out)
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}".encode()
    return out + f"trailer << /Size {len(parts) + 1} /Root 1 0 R /Info {len(parts)} 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()  # fmt: skip
