"""PDF files: from what is painted on pages back to paragraphs, headings, tables and footnotes.

PDFium (by pypdfium2) reads the file. The way from there is one module a step: ``letters`` (what can be seen), ``rules`` and
``grids`` (what is drawn), ``pieces`` (words upright on their baselines), ``rows`` (neighbours joined), ``running_heads``
(gone), ``drawn_tables``, ``columns``, ``tables`` and ``lines`` (lines in reading order), ``layout`` and ``paragraphs``
(paragraphs over columns and pages, footnotes, hyphens), ``headings`` (title, byline, headings), ``kinds`` (captions, items,
references) and ``contents`` (the printed table of contents, left out).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.blocks import Parsed, ScannedError
from ingest.decoding import normalise
from ingest.formats.pdf.columns import find_gutters
from ingest.formats.pdf.contents import split_contents
from ingest.formats.pdf.drawn_tables import gather_tables
from ingest.formats.pdf.forms import open_forms, open_page
from ingest.formats.pdf.grids import Grid, find_grids
from ingest.formats.pdf.headings import Bookmark, read_head, to_blocks
from ingest.formats.pdf.layout import find_body_size, find_paragraphs
from ingest.formats.pdf.letters import read_letters
from ingest.formats.pdf.lines import find_lines
from ingest.formats.pdf.own_text import find_dropped, read_own_text
from ingest.formats.pdf.pieces import Piece, find_turn, to_pieces
from ingest.formats.pdf.rows import find_segments
from ingest.formats.pdf.rules import read_rules
from ingest.formats.pdf.running_heads import drop_running_heads
from ingest.left_out import CONTENTS, HIDDEN, RUNNING_HEAD, UNEXPLAINED, account_for
from ingest.limits import MAX_PAGES
from rag.english.numbers import format_count
from rag.errors import SourceError

if TYPE_CHECKING:
    import pypdfium2


@dataclass(frozen=True, slots=True)
class _Page:
    segments: list[Piece]
    turned: list[str]
    hidden: int
    comments: int = 0
    is_empty: bool = False
    is_unreadable: bool = False
    grids: Sequence[Grid] = ()
    own_text: tuple[str, ...] = ()


def parse_pdf(content: bytes) -> Parsed:
    """The blocks of a PDF file; title, author and date from its first page, else from its properties.

    Raises:
        SourceError: it is no PDF, damaged, locked with a password, or has no text layer.
    """
    document = _open(content)
    try:
        if len(document) > MAX_PAGES:
            raise SourceError(f"more than {MAX_PAGES:,} pages; split it into smaller files")
        is_xfa = open_forms(document)
        pages = [_read_page(document, at) for at in range(len(document))]
        _check(pages)
        named = {key: " ".join(normalise(document.get_metadata_value(key)).split()) for key in ("Title", "Author")}
        bookmarks = _read_bookmarks(document)
        attached = document.count_attachments()
    finally:
        document.close()
    segments = [page.segments for page in pages]
    body = find_body_size((piece.size, piece.text) for page in segments for piece in page)
    all_segments, segments = segments, drop_running_heads(segments, body)
    if not any(segments):  # pages with nothing but their numbers
        segments = all_segments
    left_out = [(RUNNING_HEAD, words) for words in find_dropped(all_segments, segments)]
    segments = [gather_tables(inside, page.grids) for inside, page in zip(segments, pages, strict=True)]
    lines = find_lines(segments, find_gutters(segments))
    paragraphs = find_paragraphs(lines, body, _turned(pages))
    head = read_head(paragraphs, body, named["Title"], named["Author"])
    blocks, contents = split_contents(to_blocks(paragraphs, body, head, bookmarks))
    left_out += [(CONTENTS, words) for words in contents]
    silent = [at + 1 for at, page in enumerate(pages) if not page.segments and not page.turned]
    note = _note(pages, attached, is_xfa)
    scanned = tuple(number for number in silent if not pages[number - 1].is_empty)
    parsed = Parsed(blocks, head.title, head.author, head.date, len(pages), len(silent), note, scanned)
    rest = HIDDEN if any(page.hidden for page in pages) else UNEXPLAINED
    return account_for(parsed, [line for page in pages for line in page.own_text], left_out, rest)


def _open(content: bytes) -> pypdfium2.PdfDocument:
    import pypdfium2
    import pypdfium2.raw as pdfium

    if b"%PDF" not in content[:1024]:
        raise SourceError("not a PDF, though its name says so")
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise SourceError("encrypted; save a copy without its password") from None
        if error.err_code == pdfium.FPDF_ERR_SECURITY:
            raise SourceError("encrypted in a way that cannot be read; save a copy without encryption") from None
        raise SourceError("a damaged PDF that cannot be opened; save or download it anew") from None
    if not len(document):
        document.close()
        raise SourceError("a PDF without pages; it may be damaged, save or download it anew")
    return document


def _read_page(document: pypdfium2.PdfDocument, at: int) -> _Page:
    import pypdfium2

    try:
        page, comments = open_page(document, at)
    except pypdfium2.PdfiumError:
        return _Page([], [], 0, is_unreadable=True)
    text = None
    try:
        text = page.get_textpage()
        letters, hidden = read_letters(page, text)
        turn = find_turn(letters, page.get_bbox())
        grids = find_grids(*read_rules(page, turn))
        pieces, turned = to_pieces(letters, turn, grids)
        is_empty = not letters and not any(True for _ in page.get_objects(max_depth=1))
        own_text = tuple(read_own_text(text)) if letters else ()
        return _Page(find_segments(pieces, grids), turned, hidden, comments, is_empty, grids=grids, own_text=own_text)
    except pypdfium2.PdfiumError:
        return _Page([], [], 0, is_unreadable=True)
    finally:
        if text is not None:
            text.close()
        page.close()


def _check(pages: Sequence[_Page]) -> None:
    """Refuse a file without a word, and say what it is instead."""
    if any(page.segments or page.turned for page in pages):
        return
    counted = format_count(len(pages), "page")
    if all(page.is_unreadable for page in pages):
        raise SourceError(f"a damaged PDF: none of its {counted} can be read; save or download it anew")
    if all(page.is_empty or page.is_unreadable for page in pages):
        raise SourceError(f"empty: {counted} with nothing on them")
    if any(page.hidden for page in pages):
        raise SourceError(f"{counted} without a word that can be seen; what is written in it is hidden")
    raise ScannedError(f"scanned: {counted} and none with a text layer", len(pages))


def _read_bookmarks(document: pypdfium2.PdfDocument) -> list[Bookmark]:
    import pypdfium2

    found = []
    try:
        for mark in document.get_toc(max_depth=8):
            target = mark.get_dest()
            page = target.get_index() if target is not None else None
            if page is not None:
                found.append(Bookmark(normalise(mark.get_title()), mark.level, page + 1))
            if len(found) >= 20_000:
                break
    except pypdfium2.PdfiumError:
        pass
    return found


def _turned(pages: Sequence[_Page]) -> dict[int, list[str]]:
    """Words at an angle, by page; what many pages have (a watermark) is left out."""
    counts = Counter(words for page in pages for words in set(page.turned))
    return {
        at + 1: [words for words in page.turned if counts[words] < 3] for at, page in enumerate(pages) if page.turned
    }


def _note(pages: Sequence[_Page], attached: int, is_xfa: bool) -> str:
    """One line on what was left out; of scanned pages, whoever may have them read tells."""
    parts = []
    if hidden := sum(page.hidden for page in pages):
        parts.append(f"{hidden:,} characters that nobody can see were left out")
    if attached:
        parts.append(f"{format_count(attached, 'attached file was', 'attached files were')} not read")
    if comments := sum(page.comments for page in pages):
        parts.append(f"{format_count(comments, 'comment was', 'comments were')} not read")
    if is_xfa:
        parts.append("its form is of a kind that only Adobe's programs show (XFA); print it to a PDF and read that")
    return "; ".join(parts)
