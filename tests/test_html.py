"""Saved web pages: the article whole and in order, the furniture gone, the hidden never obeyed, nothing else lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_html import JUNK, PAGES, PROSE, TITLE

from ingest.clean import Cleaned, assemble
from ingest.formats.html import parse_html
from rag.errors import SourceError


def read(markup: str | bytes) -> Cleaned:
    return assemble(parse_html(markup if isinstance(markup, bytes) else markup.encode()), "file")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_gives_its_article_and_nothing_of_its_furniture(name: str) -> None:
    page = PAGES[name]
    cleaned = read(page.markup)
    assert (cleaned.title, cleaned.author, cleaned.date) == (TITLE, page.author, page.date)
    paragraphs = cleaned.text.rstrip("\n").split("\n\n")
    head = 2 if page.author or page.date else 1
    assert tuple(paragraphs[head:]) == page.text
    assert [cleaned.text[heading.start : heading.end] for heading in cleaned.outline] == [TITLE, *page.headings]
    assert not [word for word in JUNK if word in cleaned.text]


def test_what_is_called_furniture_but_is_most_of_the_page_stays() -> None:
    for place in ('<div class="sidebar">', '<div id="comments">', "<aside>", '<div role="navigation">', "<form>"):
        text = read(f"<html><body>{place}<p>{'</p><p>'.join(PROSE)}</p></body></html>").text
        assert all(part in text for part in PROSE), place


@pytest.mark.parametrize(
    "style",
    [
        "display: none",
        "visibility:hidden",
        "font-size:0",
        "font-size: 0px; color: red",
        "color:#fff",
        "color: white; background: #FFFFFF",
        "opacity:0",
        "position:absolute; text-indent:-9999px",
    ],
)
def test_words_that_nobody_sees_are_left_out_and_told(style: str) -> None:
    parsed = parse_html(f'<p>Seen before <span style="{style}">SECRET</span> and after.</p>'.encode())
    assert parsed.blocks[0].text == "Seen before and after."
    assert "hidden words" in parsed.note


@pytest.mark.parametrize(
    "style", ["color: white; background: navy", "font-size: 0.8em", "opacity: 0.9", "display:block"]
)
def test_words_that_can_be_seen_stay(style: str) -> None:
    assert "SEEN" in read(f'<p>Some words and <span style="{style}">SEEN</span></p>').text


def test_hidden_by_attribute_and_by_style_sheet() -> None:
    text = read(
        "<style>.gone { display: none }</style><p hidden>A</p><p aria-hidden=true>B</p><p class=gone>C</p><p>Dear</p>"
    ).text
    assert text == "Dear\n"


def test_words_are_not_glued_and_not_torn() -> None:
    assert read("<div>One<div>Two</div>Three<br>Four <b>bo</b>ld</div>").text == "One\n\nTwo\n\nThree\nFour bold\n"
    assert read("<table><tr><td>10<sup>6</sup> m</td><td>H<sub>2</sub>O</td></tr></table>").text == "10⁶ m; H2O\n"


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "utf-8"),
        ("cp1252", "iso-8859-1"),
        ("cp1251", "windows-1251"),
        ("shift_jis", "Shift_JIS"),
        ("utf-16", "utf-16"),
    ],
)
def test_the_declared_encoding_is_used(encoding: str, declared: str) -> None:
    words = {"cp1251": "Гавань замёрзла", "shift_jis": "港が凍った"}.get(encoding, "Käse „und“ Öl")
    if encoding == "utf-8":
        words += " 中文 שלום"
    assert words in read(f'<html><head><meta charset="{declared}"></head><p>{words}</p>'.encode(encoding)).text


def test_a_wrong_or_absent_declaration_does_no_harm() -> None:
    assert read('<meta charset="no-such"><p>Käse und Öl</p>'.encode()).text == "Käse und Öl\n"
    assert read('<meta charset="ascii"><p>Käse und Öl aus der Küche</p>'.encode()).text == "Käse und Öl aus der Küche\n"


def test_depth_and_breadth_take_seconds_at_most() -> None:
    parse_html(b"<div>" * 100_000 + b"deep")
    assert len(parse_html(b"<p>A paragraph.</p><ul><li><a>x</a></ul>" * 20_000).blocks) == 40_000


def test_an_empty_page_is_refused() -> None:
    for content in (b"", b" \n", b"<html>", b"<!-- only a comment -->"):
        try:
            assert not parse_html(content).blocks
        except SourceError as error:
            assert "\n" not in str(error)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<div>",
                "<table>",
                "<tr><td>",
                "</td>",
                "<li>",
                "<h2>",
                "<b>",
                "</b>",
                "<br>",
                "<pre>",
                "word ",
                "ünï ",
                "&amp;",
                "< ",
                "1. ",
            ]
        ),
        max_size=40,
    )
)
def test_a_plain_page_loses_no_visible_character(parts: list[str]) -> None:
    markup = "".join(parts)
    words = re.findall(r"word|ünï", re.sub(r"<[a-z0-9/]+>", " ", markup))
    try:
        found = re.findall(r"word|ünï", read(f"<html><body>{markup}</body></html>").text)
    except SourceError:
        found = []
    assert sorted(found) == sorted(words)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        parse_html(b"<html><p>" + content)
    except SourceError as error:
        assert "\n" not in str(error)
