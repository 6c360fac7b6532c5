"""Saved web pages: the article whole and in order, the furniture gone, the hidden never obeyed, nothing else lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_html import JUNK, PAGES, PROSE, TITLE

from ingest.clean import Cleaned, assemble
from ingest.formats.html.parse import parse_html
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


def test_breadth_costs_nothing_and_depth_is_read_or_refused_never_cut_off() -> None:
    assert len(parse_html(b"<p>A paragraph.</p><ul><li><a>x</a></ul>" * 20_000).blocks) == 40_000
    assert parse_html(b"<div>" * 2_000 + b"deep").blocks[0].text == "deep"
    for tag in (b"<div>", b"<font>", b"<ul><li>", b"<table><tr><td>", b"<div hidden>", b"<header>"):
        with pytest.raises(SourceError, match="nested too deeply"):
            parse_html(b"<p>Seen.</p>" + tag * 100_000 + b"deep")


def test_a_page_builder_that_calls_every_paragraph_a_widget_keeps_them() -> None:
    page = "<nav>Menu</nav>" + "".join(f'<div class="x-element x-widget widget"><p>{part}</p></div>' for part in PROSE)
    assert [block.text for block in parse_html(page.encode()).blocks] == PROSE


@pytest.mark.parametrize("name", ["hljs-comment", "token comment", "ad banner", "nav"])
def test_code_keeps_its_pieces_whatever_a_highlighter_calls_them(name: str) -> None:
    page = f'<p>{PROSE[0]}</p><pre><code>boil()  <span class="{name}"># slowly</span></code></pre>'
    assert parse_html(page.encode()).blocks[-1].text == "boil()  # slowly"


@pytest.mark.parametrize(
    "notes",
    [
        '<aside role="doc-endnotes"><ol><li id="n"><p>A note.<a href="#r">↩</a></p></li></ol></aside>',
        '<footer class="footnotes"><ol><li id="n">A note. <a href="#r">↩</a></li></ol></footer>',
        '<aside class="footnote" id="n"><span class="label"><span class="fn-bracket">[</span><a href="#r">1</a>'
        '<span class="fn-bracket">]</span></span><p>A note.</p></aside>',
        '<div><p><a name="n" href="#r">[1]</a> A note.</p></div>',
        '<div id="x"><p><a name="n" href="#r">1</a>A note.</p></div>',
    ],
)
def test_footnotes_of_every_tool_are_kept_and_numbered(notes: str) -> None:
    reference = '<a href="#n" name="r" id="r"><sup>1</sup></a>'
    page = f"<nav>Menu</nav><article><p>{PROSE[0]}{reference}</p><p>{PROSE[1]}</p>{notes}</article>"
    assert [block.text for block in parse_html(page.encode()).blocks] == [*PROSE[:2], "Note 1: A note."]


def test_links_that_a_heading_or_a_cell_introduces_are_text() -> None:
    links = "".join(f"<li><a href={n}>On {n}</a></li>" for n in ("pots", "pans", "lids", "cups"))
    cells = "<table><tr><td>Towns</td><td><a>Bath</a>, <a>Hull</a>, <a>Ely</a>, <a>Rye</a></td></tr></table>"
    text = read(f"<h1>T</h1><p>{PROSE[0]}</p><h2>Further reading</h2><ul>{links}</ul>{cells}").text
    assert "- On pots\n\n- On pans\n\n- On lids\n\n- On cups" in text
    assert "Towns; Bath, Hull, Ely, Rye" in text


def test_a_page_that_is_nothing_but_links_keeps_them() -> None:
    links = "".join(f"<li><a href={n}>{n}</a></li>" for n in ("Basics", "Types", "Closures", "Limits", "Index"))
    for name in ("toc", "menu", "list"):
        text = read(f'<h1>Contents</h1><div class="{name}"><ul>{links}</ul></div>').text
        assert "- Basics" in text and "- Index" in text, name


def test_several_articles_are_all_read() -> None:
    page = "<nav>Menu</nav>" + "".join(f"<article><p>{part}</p></article>" for part in (" ".join(PROSE), *PROSE[1:]))
    assert len(parse_html(page.encode()).blocks) == 3


def test_comments_go_however_many_and_their_authors_and_days_are_not_the_article_s() -> None:
    comment = '<li class="comment"><b class="author">Troll</b><time datetime="2020-01-01"></time><p>Mine is louder.</p>'
    page = f"<h1>T</h1><p>{' '.join(PROSE)}</p><ol class='comment-list'>{(comment + '</li>') * 60}</ol>"
    cleaned = read(page)
    assert "louder" not in cleaned.text and (cleaned.author, cleaned.date) == ("", "")


def test_white_words_are_seen_on_a_dark_ground() -> None:
    boxes = (
        '<div style="background:#036"><p style="color:#fff">SEEN</p></div>',
        '<table bgcolor="navy"><tr><td><font color="white">SEEN</font></td></tr></table>',
        '<style>.dark { background: black }</style><div class="dark"><p style="color:white">SEEN</p></div>',
    )
    for box in boxes:
        assert "SEEN" in read(f"<p>{PROSE[0]}</p>{box}").text, box
    assert "UNSEEN" not in read(f'<p>{PROSE[0]}</p><font color="#FFFFFF">UNSEEN</font>').text


def test_only_rules_that_hold_for_the_page_itself_hide() -> None:
    style = (
        "<style>@media print { .a { display: none } } @media (max-width: 9em) { .x { color: red } .b { display: none } }"
        ".c { display: none } .c.open { display: block } #d { display: none } p.e, .f { visibility: hidden }</style>"
    )
    words = "".join(f"<p class='{name}' id='{name}'>SAYS-{name[0]}</p>" for name in ("a", "b", "c open", "d", "e", "f"))
    found = re.findall(r"SAYS-(\w)", read(f"{style}<p>{PROSE[0]}</p>{words}<p class=c>SAYS-z</p>").text)
    assert found == ["a", "b", "c"]


def test_a_page_behind_an_open_box_is_read() -> None:
    text = read(f'<div aria-hidden="true"><p>{PROSE[0]}</p></div><div role="dialog"><p>{JUNK[0]}</p></div>').text
    assert text == f"{PROSE[0]}\n"


def test_what_looks_like_a_byline_and_says_more_stays() -> None:
    head = '<meta name="author" content="Ada Quill"><meta name="date" content="2014-05-12"><h1>T</h1>'
    assert "Updated: 15 May 2014" in read(f"{head}<p>Updated: 15 May 2014</p><p>{PROSE[0]}</p>").text
    assert read(f"{head}<p>By Ada Quill and Bob Ross</p><p>{PROSE[0]}</p>").author == "Ada Quill and Bob Ross"
    diary = read("<h1>Diary</h1><p>12 May 2014</p><p>To town.</p><p>13 May 2014</p><p>Came back.</p>").text
    assert "12 May 2014" in diary and "13 May 2014" in diary


def test_a_permalink_is_no_footnote() -> None:
    page = f'<h2 id="a">Kinds<a href="#a" class="anchor">§</a></h2><p id="b">{PROSE[0]}<a href="#b">¶</a></p>'
    assert [block.text for block in parse_html(page.encode()).blocks] == ["Kinds", PROSE[0]]


@pytest.mark.parametrize("name", ["punycode", "undefined", "unicode_escape", "idna", "utf-7", "rot13", "base64"])
def test_a_declared_encoding_in_which_nobody_writes_is_passed_over(name: str) -> None:
    assert read(f"<meta charset={name}><p>Words \\u0041 here</p>".encode()).text == "Words \\u0041 here\n"


def test_an_old_declaration_over_utf_8_is_passed_over() -> None:
    assert read("<meta charset=iso-8859-1><p>Käse — Öl</p>".encode()).text == "Käse — Öl\n"


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
