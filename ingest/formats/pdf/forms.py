"""What stands on a PDF's pages without being part of them: values filled into forms, stamps, typed remarks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pypdfium2

MAX_ANNOTATIONS = 10_000
"""Annotations of one page that are looked at for comments: thousands are a map's, millions an attack."""


def open_forms(document: pypdfium2.PdfDocument) -> bool:
    """Have fields show their values, where the file leaves that to the program; before any page is opened.

    Returns:
        Whether the file's words are in a form of Adobe's own (XFA), which PDFium does not read.
    """
    import pypdfium2
    import pypdfium2.raw as pdfium

    logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # it warns of XFA on stderr; we say so in the report
    try:
        document.init_forms()
        return bool(document.get_formtype() == pdfium.FORMTYPE_XFA_FULL)
    except pypdfium2.PdfiumError:
        return False


def open_page(document: pypdfium2.PdfDocument, at: int) -> tuple[pypdfium2.PdfPage, int]:
    """A page with what its annotations show painted on it, and how many comments it has that nothing on it shows.

    Raises:
        PdfiumError: the page cannot be read.
    """
    import pypdfium2.raw as pdfium

    page = document[at]
    if not pdfium.FPDFPage_GetAnnotCount(page):
        return page, 0
    comments = _count_comments(page)
    if pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS:
        page.close()
        page = document[at]  # what was painted is seen once the page is opened again
    return page, comments


def _count_comments(page: pypdfium2.PdfPage) -> int:
    """Notes, and marks with words of their own; a typed remark or a stamp shows its words on the page."""
    import pypdfium2.raw as pdfium

    silent = {
        pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_HIGHLIGHT, pdfium.FPDF_ANNOT_UNDERLINE, pdfium.FPDF_ANNOT_SQUIGGLY,
        pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_CARET,
    }  # fmt: skip
    found = 0
    for at in range(min(pdfium.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)):
        annotation = pdfium.FPDFPage_GetAnnot(page, at)
        if not annotation:
            continue
        if pdfium.FPDFAnnot_GetSubtype(annotation) in silent:
            # Two bytes are those that end an empty text.
            found += pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0) > 2
        pdfium.FPDFPage_CloseAnnot(annotation)
    return found
