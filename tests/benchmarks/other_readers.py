"""Simple readings of files by other means than Footnote's parsers, to judge what these refuse or lose."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

from compare_text_formats import read_docx, read_eml, read_epub, read_rst
from pdf_reading import read_with_pdfium

from ingest.decoding import decode
from ingest.loaders import Kind


def read_html(content: bytes) -> str:
    """All text of a web page but scripts and styles, by lxml."""
    from lxml import html

    root: Any = html.document_fromstring(decode(content) or "<p/>")
    for silent in root.xpath("//script | //style | //head | //template"):
        silent.drop_tree()
    return " ".join(root.itertext())


def read_zipped(content: bytes) -> str:
    """All text of the parts of an office file that hold its content: pages, slides, sheets."""
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if _CONTENT.fullmatch(name)]
        return " ".join(" ".join(map(str, etree.fromstring(archive.read(name)).itertext())) for name in names)


_CONTENT = re.compile(r"content\.xml|ppt/slides/slide\d+\.xml|xl/sharedStrings\.xml|xl/worksheets/[^/]+\.xml")


def read_plainly(content: bytes) -> str:
    return content.decode("utf-8", "replace")


READERS: dict[Kind, Callable[[bytes], str]] = {
    "pdf": read_with_pdfium,
    "html": read_html,
    "mhtml": read_eml,
    "docx": read_docx,
    "odt": read_zipped,
    "pptx": read_zipped,
    "sheets": read_zipped,
    "epub": read_epub,
    "rst": read_rst,
    "eml": read_eml,
    "text": read_plainly,
    "markdown": read_plainly,
    "csv": read_plainly,
    "json": read_plainly,
    "notebook": read_plainly,
    "code": read_plainly,
}
"""Kinds without one: pictures."""


def find_words_otherwise(content: bytes, kind: Kind) -> list[str] | None:
    """The words of a file by other means; None where these cannot read it either."""
    reader = READERS.get(kind)
    if reader is None:
        return None
    try:
        return re.findall(r"[^\W_]+", reader(content))
    except Exception:  # it reads files that are broken on purpose: whatever it stumbles over, it did not read them
        return None
