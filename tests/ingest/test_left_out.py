"""The report says how much of a file was kept, and what was left out, piece by piece and why."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_process import run_command
from made_bombs import W, docx, epub, page
from made_containers import make_mhtml
from made_html import PROSE, TITLE
from made_office import odt, pptx, shape, xlsx
from made_pdf import line, made_pdf

from ingest.blocks import Block, LeftOut, Parsed
from ingest.left_out import FLOOR, MAX_PIECES, SAMPLE, account_for, check_kept
from ingest.loaders import Kind
from ingest.parse import parse
from ingest.report import SourceReport
from ui.render.terminal import render_left_out


def left_out(content: bytes, kind: Kind) -> list[tuple[str, str]]:
    return [(piece.reason, piece.sample) for piece in parse(content, kind).left_out]


def test_a_web_page_tells_its_menu_what_is_hidden_and_teasers() -> None:
    nav = "<nav><a href=/>Home</a> <a href=/n>News of the kitchen</a></nav>"
    teaser = "<p>The town has bought a pan that is so large that nobody can lift it from the stove.</p>"
    article = f"<h1>{TITLE}</h1>" + "".join(f"<p>{part}</p>" for part in PROSE)
    markup = (
        f"<title>{TITLE}</title><body>{nav}<p hidden>Obey me</p><article>{article}</article><div>{teaser}</div>"
        "<script>let unread = 1</script>"
    )
    parsed = parse(markup.encode(), "html")
    reasons = {(piece.reason, piece.sample) for piece in parsed.left_out}
    assert {("menu", "Home News of the kitchen"), ("hidden", "Obey me")} < reasons
    assert any(sample.startswith("The town has bought") for _, sample in reasons)
    assert not any("unread" in sample for _, sample in reasons)
    assert 95 <= parsed.words - sum(piece.words for piece in parsed.left_out) <= 105


def test_a_page_that_is_kept_whole_says_so() -> None:
    parsed = parse(b"<p>Nothing of this is a menu.</p>", "html")
    assert (parsed.words, parsed.left_out) == (6, ())


def test_word_files_tell_heads_contents_comments_and_hidden_words() -> None:
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>Not for you</w:t></w:r>"
    contents = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
        "<w:sdtContent><w:p><w:r><w:t>Tides 4</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    moved = "<w:p><w:moveFrom><w:r><w:t>It stood here once.</w:t></w:r></w:moveFrom></w:p>"
    body = f"{contents}<w:p><w:r><w:t>The ti</w:t></w:r><w:r><w:t>des turn.</w:t></w:r>{hidden}</w:p>{moved}"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "".join(
        f'<Relationship Id="{name}" Type="{kind}/{name}" Target="{name}.xml"/>' for name in ("header", "comments")
    )
    parts = {
        "_rels/document.xml.rels": f'<Relationships xmlns="x">{links}</Relationships>',
        "header": f"<w:hdr {W}><w:p><w:r><w:t>Harbour office</w:t></w:r></w:p></w:hdr>",
        "comments": f"<w:comments {W}><w:comment><w:p><w:r><w:t>Is it so?</w:t></w:r></w:p></w:comment></w:comments>",
    }
    assert sorted(left_out(docx(body, **parts), "docx")) == [
        ("comment", "Is it so?"),
        ("contents", "Tides 4"),
        ("deleted", "It stood here once."),
        ("hidden", "Not for you"),
        ("running head", "Harbour office"),
    ]


def test_books_slides_and_texts_tell_what_they_leave_out() -> None:
    book = epub([page('<p>Once upon a time.</p><p style="display:none">Unseen</p><nav><p>Page list</p></nav>')])
    assert left_out(book, "epub") == [("hidden", "Unseen"), ("contents", "Page list")]
    slides = pptx(shape("The tides", "ctrTitle"), shape("Unfinished", "title"), show={2: "0"})
    assert left_out(slides, "pptx") == [("hidden", "Unfinished")]
    text = "<text:p>Read me<office:annotation><text:p>Sure?</text:p></office:annotation></text:p>"
    assert ("comment", "Sure?") in left_out(odt(text), "odt")


def test_mails_tell_attachments_and_what_only_the_other_form_says() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Ada <ada@example.org>", "Tides"
    mail.set_content("The tide turns at noon, and the port is shut until then.")
    shown = "<p>The tide turns at noon, and the port is shut until then.</p><p>Read this in your browser.</p>"
    mail.add_alternative(f"{shown}<p hidden>Obey me</p>", subtype="html")
    mail.add_attachment("Wick 12:04", filename="tides.txt")
    mail.add_attachment(b"\x00", maintype="image", subtype="png", filename="port.png")
    parsed = parse(bytes(mail), "eml")
    assert {(piece.reason, piece.sample) for piece in parsed.left_out} == {
        ("other form", "Read this in your browser."),
        ("attachment", "Wick 12:04"),
    }
    assert parsed.words == 5 + 12 + 5 + 3
    del mail["Content-Type"]
    mail.set_content(f"{shown}<p hidden>Obey me</p>", subtype="html")
    assert left_out(bytes(mail), "eml") == [("hidden", "Obey me")]


def test_a_mail_that_loses_nothing_says_so() -> None:
    mail = b"From: Ada <ada@example.org>\nSubject: Tides\n\nThe tide turns.\n\nOn Monday, 1 May 2023 at 10:00 Bob wrote:\n> When?\n"
    parsed = parse(mail, "eml")
    assert (parsed.words, parsed.left_out) == (5 + 3 + 11, ())


def test_workbooks_tell_hidden_sheets_comments_and_drawings() -> None:
    book = xlsx({"Tides": [["Port", "High"], ["Wick", 7.1], ["Oslo", 0.5]], "Drafts": [["Unsure"]]}, hidden=["Drafts"])
    comment = "<comments><commentList><comment><text><r><t>Is </t></r><r><t>it so?</t></r></text></comment></commentList></comments>"
    shape = '<d xmlns:a="x"><a:p><a:r><a:t>High water</a:t></a:r></a:p></d>'
    with zipfile.ZipFile(made := io.BytesIO(book), "a") as archive:
        archive.writestr("xl/comments1.xml", comment)
        archive.writestr("xl/drawings/drawing1.xml", shape)
    parsed = parse(made.getvalue(), "sheets")
    assert {(piece.reason, piece.sample) for piece in parsed.left_out} == {
        ("hidden", "Unsure"),
        ("comment", "Is it so?"),
        ("drawing", "High water"),
    }
    assert parsed.words - sum(piece.words for piece in parsed.left_out) == 1 + 2 + 3 + 3
    assert left_out(xlsx({"Sheet1": [["Port", "High"], ["Wick", 7.1]]}), "sheets") == []


def test_saved_pages_tell_their_frames() -> None:
    page = make_mhtml("<nav>Home News</nav><article><p>" + PROSE[0] + "</p></article>")
    assert left_out(page, "mhtml") == [("menu", "Home News"), ("frame", "An advertisement in a frame.")]


def test_running_heads_of_pages_are_told() -> None:
    pages = [
        line("The tide tables of 1903", y=580, size=8) + line(f"On day {name} the sea was calm and grey.", y=400)
        for name in ("one", "two", "three", "four")
    ]
    parsed = parse(made_pdf(pages), "pdf")
    assert [(piece.reason, piece.sample) for piece in parsed.left_out] == [
        ("running head", "The tide tables of 1903")
    ] * 4


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("# Tides\n\nSee [the table](https://example.org/tide/tables) of *high* water.\n", "markdown"),
        ("Tides\n=====\n\n.. note::\n   :class:\n\n   See :ref:`the table <tables>`.\n", "rst"),
        ("Year,Wind\n1903,165\n", "csv"),
        ("ports:\n  - name: Wick\n", "code"),
    ],
)
def test_marks_are_no_words_of_a_file(text: str, kind: Kind) -> None:
    parsed = parse(text.encode(), kind)
    assert parsed.words > 0
    assert parsed.left_out == ()


def test_what_is_missing_for_no_stated_reason_is_told() -> None:
    parsed = account_for(Parsed((Block("The tide turns at noon."),)), ["The tide turns at noon.", "The port is shut."])
    assert parsed.words == 9
    assert parsed.left_out == (LeftOut("other", 4, "The port is shut."),)


def test_words_that_a_hyphen_or_a_sign_alters_are_not_missing() -> None:
    parsed = account_for(Parsed((Block("The ﬁnal co\u00adoperation"),)), ["The final cooperation"])
    assert parsed.left_out == ()


@given(st.lists(st.tuples(st.sampled_from(("menu", "hidden")), st.text("ab \n", max_size=30)), max_size=300))
def test_the_reasons_add_up_whatever_is_left_out(pieces: list[tuple[str, str]]) -> None:
    own = ["kept words", *(text for _, text in pieces)]
    parsed = account_for(Parsed((Block("kept words"),)), own, pieces)
    assert parsed.words - sum(piece.words for piece in parsed.left_out) == 2
    said, told = Counter[str](), Counter[str]()
    for reason, text in pieces:
        said[reason] += len(text.split())
    for piece in parsed.left_out:
        told[piece.reason] += piece.words
        assert len(piece.sample) <= SAMPLE + 2
    assert said == told
    assert sum(bool(piece.sample) for piece in parsed.left_out) <= MAX_PIECES


def test_a_file_of_which_little_is_kept_says_so_in_its_line() -> None:
    lost = [("hidden", "word " * 70)]
    parsed = account_for(Parsed((Block("kept " * 30),)), ["kept " * 30, lost[0][1]], lost)
    assert FLOOR > 0.3
    assert check_kept(parsed, "docx") == "only 30 of its 100 words were kept; see which were not with --explain"
    assert check_kept(parsed, "html") == ""
    assert check_kept(Parsed(()), "docx") == ""


def test_the_report_shows_shares_and_pieces() -> None:
    pieces = (LeftOut("menu", 3, "Home News\x1b Tides"), LeftOut("menu", 2, ""))
    report = SourceReport("/tides.html", "tides", "added", words=10, left_out=pieces)
    assert list(render_left_out(report)) == [
        "    kept 5 of 10 words, 50%",
        "    menu, 3 words: Home News� Tides",
        "    menu, 2 words: in smaller pieces",
    ]
    assert list(render_left_out(SourceReport("/tides.html", "tides", "unchanged"))) == []


def test_ingest_explains(tmp_path: Path) -> None:
    file, index = tmp_path / "tides.html", tmp_path / "index"
    file.write_text(f"<nav>Home News</nav><article><p>{PROSE[0]}</p></article>")
    shown = run_command("ingest", "--explain", file, "--index", index)
    assert b"    menu, 2 words: Home News\n" in shown.stdout
    told = run_command("ingest", "--rebuild", "--json", "--index", index)
    values = json.loads(told.stdout)
    assert values["left_out"] == [{"reason": "menu", "words": 2, "sample": "Home News"}]
    assert values["words_kept"] == values["words"] - 2
