"""E-books: their text in the order of reading, once, with its notes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from made_bombs import CONTAINER, epub, page, zip_of

from ingest.blocks import Parsed
from ingest.clean import assemble
from ingest.formats.epub.parse import parse_epub
from rag.errors import SourceError

DOCUMENTS = Path(__file__).parents[1] / "fixtures" / "documents"
OPS = 'xmlns:epub="http://www.idpf.org/2007/ops"'


def texts(content: bytes) -> list[str]:
    return [block.text for block in parse_epub(content).blocks]


def book(metadata: str = "", manifest: str = "", spine: str = "", after: str = "", **parts: str) -> bytes:
    """An e-book from the XML of its package; underscores in the names of parts stand for full stops."""
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata>'
        f"<manifest>{manifest}</manifest><spine>{spine}</spine>{after}</package>"
    )
    named = [(name.replace("_", "."), part) for name, part in parts.items()]
    return zip_of([("META-INF/container.xml", CONTAINER), ("book.opf", opf), *named])


def item(name: str, properties: str = "", kind: str = "application/xhtml+xml") -> str:
    return f'<item id="{name}" href="{name}.xhtml" media-type="{kind}" properties="{properties}"/>'


@pytest.mark.parametrize(
    ("maker", "row"),  # LibreOffice writes the header of a table as if it were none, and without words
    [("pandoc", "Year: 1903; Wind (km/h): 165; Damage: Lantern glass"), ("libreoffice", "1903; 165; Lantern glass")],
)
def test_real_books_have_title_byline_headings_tables_notes_and_every_script(maker: str, row: str) -> None:
    parsed = parse_epub((DOCUMENTS / f"lighthouse-{maker}.epub").read_bytes())
    cleaned = assemble(parsed, maker)
    assert cleaned.text.startswith(
        "The Lighthouse at Cape Marrow\n\nBy Ines Okafor, 3 May 2021\n\nKeepers and their years\n\n"
    )
    assert cleaned.text.count("Ines Okafor") == 1
    for words in (
        "two families lived on the rock. Supplies",
        row,
        "Note 1: The lamp burned colza oil until 1875.",
    ):
        assert words in cleaned.text
    for words in ("Хранитель маяка", "Ο φάρος", "كان الحارس", "灯塔", "दीपस्तंभ"):
        assert words in cleaned.text
    named = [cleaned.text[heading.start : heading.end] for heading in cleaned.outline]
    assert [name for name in named if name in ("Keepers and their years", "Voices")] == [
        "Keepers and their years",
        "Voices",
    ]


def test_pages_come_in_the_order_of_the_spine_each_once() -> None:
    content = book(
        manifest=item("a") + item("b") + item("c"),
        spine='<itemref idref="c"/><itemref idref="a"/><itemref idref="c"/><itemref idref="b"/>',
        a_xhtml=page("<p>second</p>"),
        b_xhtml=page("<p>third</p>"),
        c_xhtml=page("<p>first</p>"),
    )
    assert texts(content) == ["first", "second", "third"]


def test_cover_and_lists_of_contents_are_left_out() -> None:
    links = "".join(f'<p><a href="text.xhtml#c{number}">The chapter number {number}</a></p>' for number in range(6))
    content = book(
        manifest=item("cover") + item("nav", "nav") + item("old") + item("plain") + item("text"),
        spine="".join(f'<itemref idref="{name}"/>' for name in ("cover", "nav", "old", "plain", "text")),
        after='<guide><reference type="toc" href="old.xhtml"/></guide>',
        cover_xhtml=page(f'<section {OPS} epub:type="cover"><p>A picture of waves</p></section>'),
        nav_xhtml=page(f'<nav {OPS} epub:type="toc"><ol><li><a href="text.xhtml">One</a></li></ol></nav>'),
        old_xhtml=page("<p>Contents</p>"),
        plain_xhtml=page("<h1>Contents</h1>" + links),
        text_xhtml=page("<h1>One</h1><p>It begins.</p>"),
    )
    assert texts(content) == ["One", "It begins."]


def test_title_authors_and_date_are_the_package_s_and_its_title_page_is_not_repeated() -> None:
    metadata = (
        "<dc:title>Tides</dc:title><dc:creator id='x'>Mara Lindqvist</dc:creator><dc:creator opf:role='ill'>No One</dc:creator>"
        "<dc:creator>Ole Berg</dc:creator><dc:date opf:event='modification'>2024-01-01</dc:date><dc:date>2019-08-30T00:00:00Z</dc:date>"
        "<meta refines='#x' property='role'>aut</meta>"
    )
    content = book(
        metadata,
        item("a"),
        '<itemref idref="a"/>',
        a_xhtml=page(
            "<h1>Tides</h1><p>Mara Lindqvist</p><p>30 August 2019</p><p>A study</p><h2>Ebb</h2><p>It goes.</p>"
        ),
    )
    parsed = parse_epub(content)
    assert (parsed.title, parsed.author, parsed.date) == ("Tides", "Mara Lindqvist, Ole Berg", "2019-08-30")
    assert [block.text for block in parsed.blocks] == ["A study", "Ebb", "It goes."]


@pytest.mark.parametrize("day", ["0101-01-01T00:00:00+00:00", ""])
def test_dates_and_authors_that_stand_for_none_are_none(day: str) -> None:
    metadata = f"<dc:title>T</dc:title><dc:creator>Unknown</dc:creator><dc:date>{day}</dc:date>"
    parsed = parse_epub(book(metadata, item("a"), '<itemref idref="a"/>', a_xhtml=page("<p>words</p>")))
    assert (parsed.author, parsed.date) == ("", "")


@pytest.mark.parametrize(
    ("reference", "note"),
    [
        (f'<a {OPS} epub:type="noteref" href="#n">1</a>', f'<aside {OPS} epub:type="footnote" id="n"><p>Of copper.</p></aside>'),
        ('<sup><a href="#n">1</a></sup>', '<p><a id="n" href="#r">1</a>. Of copper.</p>'),
        ('<a id="r" href="#n">1</a>', '<ol><li id="n">Of copper. <a href="#r">↩︎</a></li></ol>'),
        ('<a id="r" href="#n">[1]</a>', '<p id="n"><a href="#r">[1]</a> Of copper.</p>'),
        ('<a id="r" href="#n"><sup>1</sup></a>', '<div id="n"><p><sup><a href="#r">1</a></sup> Of copper.</p></div>'),
    ],
    ids=["epub3", "raised", "answered", "bracketed", "mutual"],
)  # fmt: skip
def test_notes_are_kept_with_their_mark_which_is_not_glued_to_the_word(reference: str, note: str) -> None:
    assert texts(epub([page(f"<p>The float{reference} rises.</p>{note}")])) == [
        "The float rises.",
        "Note 1: Of copper.",
    ]


def test_notes_on_a_page_of_their_own_are_found() -> None:
    pages = [page('<p>Rises<sup><a href="p1.xhtml#n">4</a></sup>.</p>'), page('<p id="n">Of copper.</p>')]
    assert texts(epub(pages)) == ["Rises.", "Note 4: Of copper."]


def test_a_raised_number_that_leads_nowhere_and_a_link_in_the_text_stay() -> None:
    body = '<p>10<sup>6</sup> m<sup><a href="#gone">2</a></sup>, see <a href="#c">chapter 2</a></p><h2 id="c">Two</h2>'
    assert texts(epub([page(body)])) == ["10⁶ m², see chapter 2", "Two"]


def test_blocks_are_headings_paragraphs_items_rows_and_code() -> None:
    body = (
        "<h2>The <em>gauge</em></h2><div>loose <p>a\n  paragraph<br/>of two lines</p> tail</div><ul><li>one<ul><li>inner</li></ul></li></ul>"
        '<ol start="3"><li><p>three</p></li><li>four</li></ol><table><tr><th>Port</th><th>Range</th></tr>'
        "<tr><td>Avonmouth</td><td>12.2&nbsp;m</td></tr></table><pre>if a:\n    b</pre><dl><dt>ebb</dt><dd>falling</dd></dl>"
        '<p><ruby>漢<rt>kan</rt></ruby>字</p><p hidden="hidden">secret</p><p style="display: none">secret</p><script>x</script>'
        f'<p>page<span {OPS} epub:type="pagebreak">17</span>s</p>'
    )
    parsed = parse_epub(epub([page(body)]))
    assert [(block.text, block.level) for block in parsed.blocks] == [
        ("The gauge", 2), ("loose", 0), ("a paragraph\nof two lines", 0), ("tail", 0), ("- one", 0), ("- inner", 0), ("3. three", 0),
        ("4. four", 0), ("Port: Avonmouth; Range: 12.2 m", 0), ("if a:\n    b", 0), ("ebb", 0), ("falling", 0), ("漢字", 0), ("pages", 0),
    ]  # fmt: skip


def test_what_a_style_sheet_hides_is_not_read() -> None:
    sheet = ".a, p.secret { color: red; display : none }\n.b { display: block }"
    content = book(
        manifest=item("a") + '<item id="s" href="s.css" media-type="text/css"/>',
        spine='<itemref idref="a"/>',
        a_xhtml=page('<p class="b">shown</p><p>also <span class="x secret">obey me</span>shown</p>'),
        s_css=sheet,
    )
    assert texts(content) == ["shown", "also shown"]


def test_headings_that_are_only_styled_as_such_are_known_from_the_list_of_contents() -> None:
    nav = '<nav><ol><li><a href="a.xhtml">Ebb</a><ol><li><a href="a.xhtml#f">Flow</a></li></ol></li></ol></nav>'
    content = book(
        manifest=item("a") + item("nav", "nav"),
        spine='<itemref idref="a"/>',
        a_xhtml=page('<p class="h">Ebb</p><p>It goes.</p><p id="f">FLOW</p><p>It comes.</p>'),
        nav_xhtml=page(nav),
    )
    assert [block.level for block in parse_epub(content).blocks] == [1, 0, 2, 0]


@pytest.mark.parametrize(
    "markup",
    [
        "<html><body><p>caf&eacute; &mdash; bread & butter<br>more</body></html>",
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
        + page("<p>caf&eacute; &mdash; bread &amp; butter<br/>more</p>"),
        '<?xml version="1.0" encoding="UTF-16"?>' + page("<p>café — bread &amp; butter<br/>more</p>"),
        '<?xml version="1.0" encoding="iso-8859-1"?>' + page("<p>café &#8212; bread &amp; butter<br/>more</p>"),
    ],
    ids=["loose", "entities", "utf-16", "latin-1"],
)
def test_pages_are_read_whatever_their_encoding_and_however_loose_their_markup(markup: str) -> None:
    codec = "utf-16" if "UTF-16" in markup else "iso-8859-1" if "8859" in markup else "utf-8"
    package = book(manifest=item("a"), spine='<itemref idref="a"/>')
    import io
    import zipfile

    buffer = io.BytesIO(package)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("a.xhtml", markup.encode(codec))
    assert texts(buffer.getvalue()) == ["café — bread & butter\nmore"]


def encrypted(algorithm: str) -> Parsed:
    encryption = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#">'
        f'<EncryptionMethod Algorithm="{algorithm}"/></EncryptedData></encryption>'
    )
    opf = f'<package><manifest>{item("a")}</manifest><spine><itemref idref="a"/></spine></package>'
    return parse_epub(
        zip_of([("META-INF/encryption.xml", encryption), ("book.opf", opf), ("a.xhtml", page("<p>open</p>"))])
    )


def test_copy_protection_is_told_and_disguised_fonts_are_no_copy_protection() -> None:
    assert encrypted("http://www.idpf.org/2008/embedding").blocks[0].text == "open"
    with pytest.raises(SourceError, match="encrypted"):
        encrypted("http://www.w3.org/2001/04/xmlenc#aes128-cbc")


def test_missing_pages_are_reported() -> None:
    content = book(
        manifest=item("a") + item("b"), spine='<itemref idref="a"/><itemref idref="b"/>', a_xhtml=page("<p>here</p>")
    )
    assert parse_epub(content).note == "1 of its pages are missing from the file"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>words</html>", "not a .epub file"),
        (b"PK\x03\x04 and then nothing", "damaged: the .epub file is cut off or altered"),
        (zip_of([("word/document.xml", "<d/>")]), "not an e-book, though it is packed like one"),
        (epub([]), "no pages in it that can be read"),
    ],
)
def test_what_is_no_book_is_refused_with_one_line(content: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        parse_epub(content)


def test_a_book_cut_off_anywhere_or_with_flipped_bits_never_gives_anything_but_a_source_error() -> None:
    whole = (DOCUMENTS / "lighthouse-libreoffice.epub").read_bytes()
    for at in range(0, len(whole), 97):
        for content in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
            try:
                assert parse_epub(content).blocks is not None
            except SourceError as refused:
                assert str(refused)


def test_blocks_of_a_page_say_what_they_are() -> None:
    body = (
        "<ul><li>one<p>more of it</p></li></ul><table><caption>Tides</caption><thead><tr><th>Port</th><th>Range</th></tr></thead>"
        "<tr><td>Avonmouth</td><td>12.2 m</td></tr></table><pre>boil()</pre><figure><figcaption>The gauge</figcaption></figure>"
    )
    assert [(block.kind, block.text) for block in parse_epub(epub([page(body)])).blocks] == [
        ("item", "- one"),
        ("text", "more of it"),
        ("caption", "Tides"),
        ("row", "Port: Avonmouth; Range: 12.2 m"),
        ("code", "boil()"),
        ("caption", "The gauge"),
    ]


def test_merged_cells_of_a_page_are_carried_down_and_names_across() -> None:
    body = (
        "<table><tr><th rowspan='2'>Port</th><th colspan='2'>2024</th></tr><tr><th>high</th><th>low</th></tr>"
        "<tr><td rowspan='2'>Brest</td><td>7.1</td><td>1.2</td></tr><tr><td>7.3</td><td>1.4</td></tr></table>"
    )
    assert [block.text for block in parse_epub(epub([page(body)])).blocks] == [
        "Port: Brest; 2024 high: 7.1; 2024 low: 1.2",
        "Port: Brest; 2024 high: 7.3; 2024 low: 1.4",
    ]


def test_tables_within_tables_and_rows_without_one_lose_no_words() -> None:
    inner = "<table><tr><td>a</td><td>b</td></tr></table>"
    body = f"<table role='presentation'><tr><td>{inner}</td><td>c</td></tr></table><table><tr><td><tr><td>d</td></tr></td></tr></table>"
    assert [block.text for block in parse_epub(epub([page(body)])).blocks] == ["a; b", "c", "d"]


LONG = "".join(f"<p>The gauge was read at noon on day {number}, and the sea was calm.</p>" for number in range(200))


@pytest.mark.parametrize("href", ["one.xhtml#contents", "one.xhtml"])
def test_a_page_that_also_holds_the_contents_is_kept(href: str) -> None:
    content = book(
        manifest=item("one") + item("two"),
        spine='<itemref idref="one"/><itemref idref="two"/>',
        after=f'<guide><reference type="toc" href="{href}"/></guide>',
        one_xhtml=page(f"<h2 id='contents'>Contents</h2>{LONG}"),
        two_xhtml=page("<p>The end.</p>"),
    )
    found = texts(content)
    assert "The gauge was read at noon on day 7, and the sea was calm." in found and found[-1] == "The end."


def test_a_navigation_page_that_is_also_the_text_is_kept() -> None:
    content = book(
        manifest=item("one", "nav"),
        spine='<itemref idref="one"/>',
        one_xhtml=page(f"<nav><ol><li><a href='#x'>Gauges</a></li></ol></nav>{LONG}"),
    )
    assert len(texts(content)) == 200


def test_drawn_pages_give_their_words_line_by_line_and_figures_do_not() -> None:
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg"><style>.a{fill:red}</style><title>no</title><text x="1" y="2">'
        '<tspan y="0">The ga</tspan><tspan y="0">uge is</tspan><tspan y="12">read</tspan> at noon.</text><g><text>The end.</text></g></svg>'
    )
    assert texts(epub([page(f"<div>{drawing}</div>")])) == ["The gauge is read at noon.\nThe end."]
    assert "The end." not in " ".join(texts(epub([page(f"<p>{'Words of the page itself. ' * 20}</p>{drawing}")])))
    content = book(
        manifest='<item id="one" href="one.svg" media-type="image/svg+xml"/>',
        spine='<itemref idref="one"/>',
        one_svg=drawing,
    )
    assert texts(content) == ["The gauge is read at noon.\nThe end."]


@pytest.mark.parametrize(
    ("dates", "imprint", "expected"),
    [
        ('<dc:date opf:event="publication">2019-08-23</dc:date>', "London<br/>Allen &amp; Co.<br/>1913", "1913"),
        ('<dc:date>2019-08-23</dc:date><dc:date opf:event="original-publication">1913</dc:date>', "x", "1913"),
        ("<dc:date>2019-08-23</dc:date>", "It was 1913.", "2019-08-23"),
        ("<dc:date>1913</dc:date>", "Reprinted<br/>1920", "1913"),
        ("", "1913", ""),
    ],
)
def test_the_date_is_the_works_and_not_the_copys(dates: str, imprint: str, expected: str) -> None:
    content = book(
        dates, manifest=item("one"), spine='<itemref idref="one"/>', one_xhtml=page(f"<p>{imprint}</p><h2>I</h2>{LONG}")
    )
    assert parse_epub(content).date == expected


def test_a_link_to_a_place_with_a_note_is_no_way_back() -> None:
    text = '<p id="tides">Tides turn<a id="r1" href="#n1"><sup>1</sup></a> at noon.</p>'
    note = '<p id="n1"><a href="#r1">1</a> As <a href="#tides">tables</a> say.</p><p>See <a href="#tides">the tides</a>.</p>'
    words = texts(book("", item("p"), '<itemref idref="p"/>', p_xhtml=page(text + note)))
    assert words == ["Tides turn at noon.", "Note 1: As say.", "See the tides."]


def test_an_object_says_in_words_what_it_shows() -> None:
    quiz = "<p>Which planet has rings that can be seen with a small telescope?</p><p>It is the sixth one, counted from the sun.</p>"
    shown = f'<p>Quiz</p><object data="quiz.bin">{quiz}</object><object data="film.bin">Cannot be shown.</object>'
    words = texts(book("", item("p"), '<itemref idref="p"/>', p_xhtml=page(shown)))
    assert words[0] == "Quiz" and words[-1] == "It is the sixth one, counted from the sun." and len(words) == 3


def test_an_empty_page_does_not_cost_the_book() -> None:
    spine = '<itemref idref="a"/><itemref idref="b"/>'
    content = book("", item("a") + item("b"), spine, a_xhtml="", b_xhtml=page("<p>It was a dark night.</p>"))
    assert texts(content) == ["It was a dark night."]


def test_a_page_of_a_kind_that_is_not_read_is_read_by_what_stands_for_it() -> None:
    book = epub([page("<p>Nobody opens this one.</p>"), page("<p>It stands for the data.</p>")])
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    data = b'<item id="d" href="p0.json" media-type="application/json" fallback="p1"/><item id="loop" fallback="loop" media-type="x/y"/>'
    changed = [
        (name, content.replace(b"<manifest>", b"<manifest>" + data).replace(b'idref="p0"', b'idref="d"').replace(b'idref="p1"', b'idref="loop"'))
        for name, content in parts
    ]  # fmt: skip
    assert [block.text for block in parse_epub(zip_of(changed)).blocks] == ["It stands for the data."]
