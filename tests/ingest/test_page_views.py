"""Pages of PDFs as they are, drawn in the process that is locked in: their pictures, their words, and boxes on these."""

from __future__ import annotations

import struct
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_pdf import line, lines, made_pdf

from ingest.blocks import Parsed
from ingest.document_building import Found, build_document
from ingest.limits import Limits
from ingest.sandbox.confined import Confined, parsing
from ingest.views import UNITS, AskedPage, PageView, Sought, seek_span
from rag.english.sentences import find_sentences
from rag.errors import SourceError
from rag.types import Document

FIXTURES = Path(__file__).parents[1] / "fixtures" / "documents"
WORDS = "The lighthouse burned down in the winter of 1911."


@pytest.fixture(scope="module")
def confined() -> Iterator[Confined]:
    with parsing(Limits(seconds=20)) as started:
        yield started


def view(confined: Confined, content: bytes, words: str = "", page: int = 1, width: int = 400) -> PageView:
    sought = (Sought(7, 1, 9, words, "", ""),) if words else ()
    return confined.view_page(content, AskedPage(page, width, sought))


def measure(shown: PageView) -> tuple[int, int]:
    """Width and height of the picture, in dots."""
    png = b64decode(shown.picture)
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


def read(content: bytes, confined: Confined, name: str = "made") -> Document:
    parsed = confined(content, "pdf")
    return build_document(Found(name, name, "0" * 64, "pdf", lambda: Parsed(())), parsed, name)


def test_a_page_has_a_picture_its_words_and_boxes_where_they_stand(confined: Confined) -> None:
    content = made_pdf([line("Nothing here.", 50, 500), line(WORDS, 100, 300)])
    shown = view(confined, content, WORDS, page=0)
    assert (shown.page, shown.pages, shown.sizes) == (2, 2, ((400, 600), (400, 600)))
    assert measure(shown) == (400, 600)
    ((number, (left, top, width, height)),) = shown.boxes
    assert number == 7 and shown.unsure == ()
    assert left == pytest.approx(UNITS * 100 / 400, abs=60) and 400 * width / UNITS == pytest.approx(224, abs=30)
    assert top < UNITS / 2 < top + height, "the baseline is 300 points up"
    (((*start, whole, _), words),) = shown.lines
    assert (start, words) == ([left, top], WORDS) and whole == pytest.approx(width, abs=100)
    assert view(confined, content, WORDS, page=1).boxes == ()


def test_words_on_a_page_that_is_turned_are_boxed_where_they_are_seen(confined: Confined) -> None:
    turned = view(confined, made_pdf([line(WORDS, 100, 300)], page="/Rotate 90"), WORDS)
    assert measure(turned) == (400, 267)
    ((_, (left, top, width, height)), *_) = turned.boxes
    assert left < UNITS / 2 < left + width + 200, "what was 300 points up is in the middle of a page on its side"
    assert height > width or len(turned.boxes) > 5, "letters stand below each other"
    assert top < UNITS / 2


def test_words_that_stand_there_twice_or_not_at_all_are_not_boxed(confined: Confined) -> None:
    twice = made_pdf([lines([WORDS, "and", WORDS])])
    assert view(confined, twice, WORDS).unsure == (7,)
    assert view(confined, twice, WORDS).boxes == ()
    assert view(confined, twice, "The lighthouse was never built at all.").unsure == (7,)


@pytest.mark.parametrize("name", ["chromium", "libreoffice", "pdflatex-columns", "scanned-with-a-text-page"])
def test_what_was_read_of_a_real_file_is_boxed_on_its_pages(confined: Confined, name: str) -> None:
    content = (FIXTURES / f"{name}.pdf").read_bytes()
    document = read(content, confined, name)
    spans = [(start, end) for start, end in find_sentences(document.text) if end - start >= 25]
    spans += [(block.start, block.end) for block in document.blocks if block.kind == "row"]
    sought = [seek_span(document, start, end, number) for number, (start, end) in enumerate(spans)]
    assert len(sought) > 3
    missed = []
    for each in sought:
        shown = confined.view_page(content, AskedPage(0, 0, (each,)))
        assert shown.picture == ""
        if not shown.boxes:
            missed.append(each.words)
    assert len(missed) <= 0.05 * len(sought), missed


@pytest.mark.parametrize(
    ("box", "dots"),
    [
        ("0 0 1000000 1000000", (900, 900)),
        ("0 0 1000000 10", (900, 1)),
        ("0 0 10 1000000", (1, 6000)),
        ("0 0 0 0", None),
    ],
)
def test_a_page_of_any_size_is_drawn_within_bounds(confined: Confined, box: str, dots: tuple[int, int] | None) -> None:
    content = made_pdf([line(WORDS, 1, 1)]).replace(b"/MediaBox [0 0 400 600]", f"/MediaBox [{box}]".encode())
    shown = view(confined, content, width=900)
    width, height = measure(shown)
    assert width * height <= 4_100_000 and max(width, height) <= 6_001
    assert dots is None or (width == pytest.approx(dots[0], abs=2) and height == pytest.approx(dots[1], abs=2))


def test_what_cannot_be_drawn_is_refused_in_a_line_and_the_next_is_drawn(confined: Confined) -> None:
    good = made_pdf([line(WORDS)])
    for content, page in ((good, 2), (good, 20_000), (b"%PDF-1.7 broken", 1), (b"no PDF", 1), (good[:300], 1)):
        with pytest.raises(SourceError):
            view(confined, content, page=page)
    assert view(confined, good).pages == 1


def test_a_page_that_paints_for_ever_ends_within_the_limits() -> None:
    endless = "q 400 0 0 600 0 0 cm /I Do Q\n" * 400_000
    with parsing(Limits(seconds=3)) as impatient:
        with pytest.raises(SourceError):
            view(impatient, made_pdf([endless], image=True), width=2_000)
        assert view(impatient, made_pdf([line(WORDS)])).pages == 1


def test_names_of_columns_are_not_looked_for_on_paper() -> None:
    text = "Cost: 29; Sold: 100\n"
    from rag.types import Block

    row = Block(0, 19, "row", ((0, 6, 8), (10, 16, 19)))
    document = Document("t", "T", text, "t.pdf", "0" * 64, page_starts=(0, 0), blocks=(row,))
    assert seek_span(document, 0, 19).words.split() == ["29;", "100"]
    assert seek_span(document, 6, 8).words == "29"
    assert (seek_span(document, 0, 19).first, seek_span(document, 0, 19).last) == (2, 2)
