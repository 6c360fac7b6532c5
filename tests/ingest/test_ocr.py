"""OCR: scanned pages are read where tesseract is installed, in their places, and told of where they are not."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from made_containers import make_zip
from made_pdf import lines, made_pdf
from made_scans import put_on_path, save_as

from ingest.blocks import Block
from ingest.ocr import pages as ocr_pages
from ingest.ocr.pages import insert_page
from ingest.ocr.tesseract import MAX_OUTPUT, Tesseract, find_tesseract, read_paragraphs
from ingest.parse import paint
from ingest.pipeline import ingest_paths
from rag.errors import SourceError, UsageError
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings

TIDES = ("The tide rises at noon in Brest.", "The harbour master counts the boats.")
BOATS = ("Forty boats leave in the evening.", "They sail to the islands.")
SAYS = """read -r kind
printf 'The tide rises at noon.\\n\\nBoats leave in the eve-\\nning by %s.\\n\\f' "$kind"
"""

posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a script of the shell")
real = pytest.mark.skipif(not shutil.which("tesseract"), reason="wants tesseract: apt-get install tesseract-ocr")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a program of tesseract's name first on the path; without words, there is none at all."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def install(script: str = "") -> None:
        monkeypatch.setenv("PATH", f"{folder}:/usr/local/sbin" if not script else f"{folder}:{os.environ['PATH']}")
        if script:
            put_on_path(folder, script)

    return install


@pytest.fixture
def ingest(tmp_path: Path, embeddings: Any) -> Any:
    def run(name: str, content: bytes) -> Any:
        path = tmp_path / name
        path.write_bytes(content)
        (report,) = ingest_paths(path, directory=tmp_path / "index", embeddings=embeddings)
        assert "\n" not in report.reason
        return report

    return run


@pytest.fixture
def text(tmp_path: Path, embeddings: Any) -> Any:
    return lambda name: PassageIndex(tmp_path / "index", embeddings).document(name)


# ---- with a stand-in ----


@posix
def test_a_scanned_file_is_read_page_by_page_and_marked(program: Any, ingest: Any, text: Any) -> None:
    program(SAYS)
    report = ingest("harbour.pdf", save_as("PDF", TIDES, BOATS))
    assert report.status == "added" and report.reason == "read by OCR, which errs: pages 1, 2"
    assert (report.pages, report.pages_without_text) == (2, 0)
    document = text("harbour")
    assert document.text.count("Boats leave in the evening by P5.") == 2
    first, second = document.page_starts
    assert document.text[second:].startswith("The tide rises at noon.") and first == 0


@posix
@pytest.mark.parametrize(("name", "kind"), [("a.png", "PNG"), ("a.JPG", "JPEG"), ("a.jpeg", "JPEG"), ("a.tif", "TIFF")])
def test_pictures_are_read(program: Any, ingest: Any, text: Any, name: str, kind: str) -> None:
    program("printf 'The tide rises at noon.\\n'")
    assert ingest(name, save_as(kind, TIDES)).reason == "read by OCR, which errs: page 1"
    assert text("a").text == "The tide rises at noon.\n"


@posix
def test_scanned_pages_stand_in_their_places_among_the_others(program: Any, ingest: Any, text: Any) -> None:
    scanned = Path(__file__).parents[1] / "fixtures" / "documents" / "scanned-with-a-text-page.pdf"
    program(SAYS)
    report = ingest("mixed.pdf", scanned.read_bytes())
    assert report.reason.endswith("read by OCR, which errs: pages 1, 3") and report.pages_without_text == 0
    document = text("mixed")
    one, two, three = document.page_starts
    for start, end, is_read in ((one, two, True), (two, three, False), (three, len(document.text), True)):
        assert ("The tide rises" in document.text[start:end]) is is_read


@posix
def test_scans_in_an_archive_are_read_too(program: Any, tmp_path: Path, embeddings: Any, text: Any) -> None:
    program(SAYS)
    members: dict[str, bytes | str] = {
        "a.pdf": save_as("PDF", TIDES),
        "b.png": save_as("PNG", BOATS),
        "c.txt": "Words.\n",
    }
    (tmp_path / "scans.zip").write_bytes(make_zip(members))
    reports = ingest_paths(tmp_path / "scans.zip", directory=tmp_path / "index", embeddings=embeddings)
    assert [report.status for report in reports] == ["added"] * 3
    assert "by P5." in text("a").text and "The tide" in text("b").text


def test_without_the_program_the_next_step_is_told(program: Any, ingest: Any) -> None:
    program()
    assert find_tesseract("eng", 60) is None
    report = ingest("harbour.pdf", save_as("PDF", TIDES, BOATS))
    assert report.status == "failed"
    assert report.reason.startswith("scanned: 2 pages and none with a text layer; install tesseract")
    picture = ingest("a.png", save_as("PNG", TIDES))
    assert "a picture, which has no text of its own; install tesseract" in picture.reason
    assert picture.status == "skipped", "a folder of photos is no failure"
    scanned = Path(__file__).parents[1] / "fixtures" / "documents" / "scanned-with-a-text-page.pdf"
    report = ingest("mixed.pdf", scanned.read_bytes())
    assert report.status == "added" and report.pages_without_text == 2
    assert "no text layer on 2 of 3 pages (1, 3): install tesseract" in report.reason


def test_a_file_with_a_text_layer_is_not_looked_at(program: Any, ingest: Any) -> None:
    program("printf 'Never.'")
    assert ingest("a.pdf", made_pdf([lines(list(TIDES))])).reason == ""


def test_a_file_that_is_no_picture_is_refused(program: Any, ingest: Any) -> None:
    program("printf 'Never.'")
    assert "not a PNG, JPEG or TIFF picture" in ingest("a.png", b"#!/bin/sh\n").reason


@posix
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("while :; do :; done", "OCR took more than 1 seconds"),
        ("read -r kind; exit 1", "tesseract could not read it; is it installed with the language 'eng'?"),
        ("kill -9 $$", "tesseract could not read it"),
        ("while :; do printf '%1000s' x; done", "could not read it|took more than"),
        ("exit 0", "OCR found no words"),
    ],
)
def test_what_goes_wrong_costs_a_line(
    program: Any, ingest: Any, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    monkeypatch.setattr(ocr_pages, "PAGE_SECONDS", 1.0 if "while :; do :" in script else 20.0)
    program(script)
    report = ingest("harbour.pdf", save_as("PDF", TIDES))
    assert report.status == "failed" and report.document is None
    words = report.reason
    assert any(part in words for part in reason.split("|")), words


@posix
def test_all_pages_of_a_file_have_one_time(program: Any, ingest: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_OCR_SECONDS", "4")
    program("read -r kind; printf 'Words of a page.\\n'; n=0; while [ $n -lt 400000 ]; do n=$((n+1)); done")
    started = time.monotonic()
    report = ingest("harbour.pdf", save_as("PDF", *[TIDES] * 30))
    assert time.monotonic() - started < 60
    assert report.pages == 30 and 0 < report.pages_without_text < 30 and "OCR took more than" in report.reason


@posix
@pytest.mark.skipif(not Path("/sys/kernel/security").exists(), reason="wants Linux")
def test_the_program_reads_and_writes_nothing_and_signals_nobody(
    program: Any, ingest: Any, text: Any, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("canary\n")
    tries = (
        f"if read -r line < {tmp_path}/secret.txt; then echo $line; fi",
        "if read -r line < /etc/hostname; then echo leaked; fi",
        f"if echo x > {tmp_path}/written; then echo wrote; fi",
        "if kill -0 $PPID; then echo signalled; fi",
        'if [ -n "$SECRET_KEY" ]; then echo key; fi',
    )
    os.environ["SECRET_KEY"] = "canary"
    try:
        program("echo Words of a page.\n" + "\n".join(tries))
        ingest("harbour.pdf", save_as("PDF", TIDES))
    finally:
        del os.environ["SECRET_KEY"]
    assert text("harbour").text == "Words of a page.\n" and not (tmp_path / "written").exists()


def test_languages_are_names_and_nothing_else() -> None:
    assert read_settings(ocr_languages="eng+chi_sim").ocr_languages == "eng+chi_sim"
    for wrong in ("-c tessedit_write_images=1", "eng --user-words /etc/passwd", "../x", "a\nb", "eng;"):
        with pytest.raises(UsageError, match="FOOTNOTE_OCR_LANGUAGES"):
            read_settings(ocr_languages=wrong)


# ---- the pieces ----


def test_paragraphs_are_joined_and_signs_without_a_letter_are_dropped() -> None:
    read = "The har-\nbour is\nfull.\n\n--- ~ |\n\n \nTwenty-\nFive boats\n\f"
    assert read_paragraphs(read) == ["The harbour is full.", "Twenty- Five boats"]


def test_a_page_goes_before_what_begins_later() -> None:
    one, running, four = (
        Block("One", pages=((0, 1),)),
        Block("runs on", pages=((4, 3),)),
        Block("Four", pages=((0, 4),)),
    )
    blocks = (one, running, four)
    assert [block.text for block in insert_page(blocks, 2, ["x", "y"])] == ["One", "runs on", "x", "y", "Four"]
    assert [block.text for block in insert_page(blocks, 5, ["x"])] == ["One", "runs on", "Four", "x"]
    assert insert_page(blocks, 1, []) == blocks


def test_a_page_of_any_size_is_painted_in_bounds() -> None:
    picture = paint(save_as("PDF", TIDES, BOATS), "pdf", 2)
    kind, size, _, dots = picture.split(b"\n", 3)
    wide, high = map(int, size.split())
    assert kind == b"P5" and len(dots) == wide * high and wide == pytest.approx(5.8 * 300, rel=0.02)
    huge = made_pdf([lines(list(TIDES))]).replace(b"[0 0 595 842]", b"[0 0 14000 14000]")
    assert len(paint(huge, "pdf", 1)) < 31_000_000
    for content, page in ((b"%PDF-1.7 no", 1), (save_as("PDF", TIDES), 2), (save_as("PDF", TIDES), 0)):
        with pytest.raises(SourceError, match="cannot be painted"):
            paint(content, "pdf", page)


def test_more_words_than_a_page_can_have_are_not_kept(tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("the stand-in is a script of the shell")
    put_on_path(tmp_path, f"printf '%{MAX_OUTPUT + 10}s' x")
    with pytest.raises(SourceError, match="could not read it"):
        Tesseract(str(tmp_path / "tesseract"))(b"P5\n1 1\n255\n\x00", 30)


# ---- with the program itself ----


@real
def test_tesseract_itself_reads_a_page_locked_in(ingest: Any, text: Any) -> None:
    report = ingest("harbour.pdf", save_as("PDF", TIDES, BOATS))
    assert report.reason == "read by OCR, which errs: pages 1, 2"
    document = text("harbour")
    for words in (*TIDES, *BOATS):
        assert words in document.text
    assert document.text[document.page_starts[1] :].startswith(BOATS[0])


@real
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_tesseract_itself_reads_pictures(ingest: Any, text: Any, kind: str) -> None:
    ingest(f"a.{kind.lower()}", save_as(kind, TIDES, *([BOATS] if kind == "TIFF" else [])))
    assert TIDES[0] in text("a").text and (kind != "TIFF" or BOATS[1] in text("a").text)


@real
def test_tesseract_itself_refuses_what_is_broken(ingest: Any) -> None:
    broken = save_as("PNG", TIDES)
    assert ingest("a.png", broken[:2_000]).status == "skipped"
    assert ingest("b.tif", b"II*\x00" + b"\xff" * 5_000).status == "skipped"
