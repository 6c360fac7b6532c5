"""Scanned pages put in their places among those that can be read: which they are, and what is said of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Block, Parsed, ScannedError
from ingest.decoding import normalise
from ingest.limits import check_size
from ingest.ocr.tesseract import Tesseract, read_paragraphs
from rag.errors import SourceError

PAGE_SECONDS = 60.0
"""For one page. Tesseract 5.3 took four seconds for 24 lines at 300 dpi, on two cores that eight programs shared."""

NEXT_STEP = "install tesseract to have such pages read, or give them a text layer with ocrmypdf"

Render = Callable[[int], bytes]
"""A page of the file at hand as a picture, by its number. Raises SourceError."""


def parse_scanned(parse: Callable[[], Parsed], render: Render, ocr: Tesseract | None) -> Parsed:
    """What a parser gives, and with it the words of pages that it finds scanned, where there is something to read them.

    Raises:
        ScannedError: all of it is scanned, and no words are found; the line says why.
        SourceError: nothing can be read.
    """
    try:
        parsed = parse()
    except ScannedError as error:
        if ocr is None:
            raise _extend(error, NEXT_STEP) from None
        whole = Parsed((), pages=error.pages, scanned=tuple(range(1, error.pages + 1)))
        parsed, outcome = _read_pages(whole, render, ocr)
        if not parsed.blocks:
            raise _extend(error, "; ".join(outcome.failures) or "OCR found no words") from None
    else:
        if not parsed.scanned:
            return parsed
        parsed, outcome = _read_pages(parsed, render, ocr)
    note = "; ".join(filter(None, (parsed.note, _describe(outcome, parsed.pages))))
    silent = max(0, parsed.pages_without_text - len(outcome.read)) or len(outcome.unread)
    return check_size(replace(parsed, note=note, pages_without_text=silent))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Which pages were read and which were not, and why not."""

    read: tuple[int, ...]
    unread: tuple[int, ...]
    failures: tuple[str, ...]


def _read_pages(parsed: Parsed, render: Render, ocr: Tesseract | None) -> tuple[Parsed, _Outcome]:
    end = time.monotonic() + (ocr.file_seconds if ocr else 0)
    read: list[int] = []
    failures: dict[str, None] = {}
    for page in parsed.scanned if ocr else ():
        left = min(PAGE_SECONDS, end - time.monotonic())
        try:
            assert ocr is not None
            if left <= 0:
                raise SourceError(f"OCR took more than {ocr.file_seconds:g} seconds (FOOTNOTE_OCR_SECONDS)")
            words = read_paragraphs(normalise(ocr(render(page), left)))
        except SourceError as error:
            failures[str(error)] = None
            continue
        read.append(page)
        parsed = replace(parsed, blocks=insert_page(parsed.blocks, page, words))
    unread = tuple(page for page in parsed.scanned if page not in read)
    return parsed, _Outcome(tuple(read), unread, tuple(failures))


def _extend(error: ScannedError, why: str) -> ScannedError:
    return ScannedError(f"{error}; {why}", error.pages, is_picture=error.is_picture)


def _describe(outcome: _Outcome, pages: int) -> str:
    """One line on what was read by OCR, and on what was not."""
    read, unread = outcome.read, outcome.unread
    parts = []
    if read:
        parts.append(f"read by OCR, which errs: {'page' if len(read) == 1 else 'pages'} {_list(read)}")
    if unread:
        step = "; ".join(outcome.failures) or NEXT_STEP
        parts.append(f"no text layer on {len(unread)} of {pages} pages ({_list(unread)}): {step}")
    return "; ".join(parts)


def insert_page(blocks: Sequence[Block], page: int, words: Sequence[str]) -> tuple[Block, ...]:
    """The blocks of a file with those of one more page, before what begins on a later one."""
    at = next(
        (place for place, block in enumerate(blocks) if any(number > page for _, number in block.pages)), len(blocks)
    )
    if at < len(blocks) and not any(number > page and offset == 0 for offset, number in blocks[at].pages):
        at += 1  # a paragraph that runs on over this page
    new = [Block(text, pages=((0, page),) if not place else ()) for place, text in enumerate(words)]
    return (*blocks[:at], *new, *blocks[at:])


def _list(pages: Sequence[int]) -> str:
    return ", ".join(map(str, pages[:8])) + (", ..." if len(pages) > 8 else "")
