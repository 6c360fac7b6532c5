"""What of a web page is its text: teasers go, what a script shows stays, documentation keeps its lists and code."""

from __future__ import annotations

from typing import Any

import pytest
from made_html import PROSE, SENTENCES, TITLE

from ingest.blocks import Block
from ingest.clean import Cleaned, assemble
from ingest.formats.hiding import NOT_DISPLAYED
from ingest.formats.html.main_text import MainText, keep_main
from ingest.formats.html.parse import parse_html

HEAD = f"<html><head><title>{TITLE} | The Daily Pot</title></head><body><nav>Menu</nav>"
ARTICLE = f"<h1>{TITLE}</h1>" + "".join(f"<p>{part}</p>" for part in PROSE)


def read(markup: str) -> Cleaned:
    return assemble(parse_html(markup.encode()), "file")


def test_teasers_of_other_articles_are_no_text() -> None:
    words = "The town has bought a pan that is so large that nobody can lift it from the stove."
    card = f'<div class="teaser-card"><a href="/x"><h3>A pan for the town</h3></a><p>{words}</p></div>'
    text = read(f'{HEAD}<div class="story"><div class="article-body">{ARTICLE}</div></div><div>{card * 4}</div>').text
    assert "pan that is so large" not in text
    assert all(part in text for part in PROSE)


@pytest.mark.parametrize(
    "markup",
    [
        "<style>.page { opacity: 0; visibility: hidden }</style><div class=page>{}</div>",
        "<style>.tab { display: none }</style><p>Tab one</p><div class=tab>{}</div>",
        "<style>.hidden { display: none }</style><div class='hidden lg:flex'>{}</div>",
        "<style>.card { backface-visibility: hidden }</style><div class=card>{}</div>",
        "<div data-aos=fade-up style='opacity:0'>{}</div>",
        "<div style='display:none'>{}</div>",
        "<noscript>{}</noscript>",
    ],
)
def test_an_article_that_only_a_script_shows_is_read(markup: str) -> None:
    text = read(HEAD + markup.replace("{}", ARTICLE) + "<footer>Imprint</footer>").text
    assert all(part in text for part in PROSE)


def test_a_rule_that_hides_nearly_all_is_told_and_others_hold() -> None:
    page = f"<style>.page {{ visibility: hidden }}</style><div class=page>{ARTICLE}</div><p hidden>SECRET</p>"
    parsed = parse_html((HEAD + page).encode())
    assert not any("SECRET" in block.text for block in parsed.blocks)
    assert parsed.note == "hidden words were left out; nearly all of it is hidden until a script shows it, and was read"


@pytest.mark.parametrize("style", ["backface-visibility: hidden", "x-display: none"])
def test_a_property_that_ends_like_another_hides_nothing(style: str) -> None:
    assert not NOT_DISPLAYED.search(style)
    assert "SEEN" in read(f"<p>Some words and <span style='{style}'>SEEN</span></p>").text


def test_lines_that_stand_with_the_main_text_in_its_box_are_kept() -> None:
    terms = "".join(f"<dt>pan{at}</dt><dd><p>It is for {part.lower()}</p></dd>" for at, part in enumerate(PROSE))
    steps = "".join(f"<div><span>Step {at}</span><p>{part}</p></div>" for at, part in enumerate(PROSE))
    said = f"<div><p>{PROSE[0]}</p><p>“No.”</p><p>{PROSE[1]}</p></div>"
    text = read(f"{HEAD}<h1>{TITLE}</h1><dl>{terms}</dl>{steps}{said}").text
    assert all(f"pan{at}\n\nIt is for" in text and f"Step {at}\n\n" in text for at in range(len(PROSE)))
    assert "“No.”" in text


def test_lines_of_another_box_of_links_and_below_the_main_text_are_not_kept() -> None:
    words = PROSE[0].replace(".", "").split()
    main = MainText(frozenset(tuple(words[at : at + 3]) for at in range(len(words) - 2)), frozenset())
    lines = [("Pans of the year", 2), ("All about pans", 0), ("Step 1", 1), (PROSE[0], 1), ("Read on", 1), ("More", 2)]
    kept = keep_main([Block(text, box=box) for text, box in lines], main, is_marked=False)
    assert [block.text for block in kept] == ["Step 1", PROSE[0]]


def test_a_list_between_two_parts_of_the_main_text_of_one_box_is_kept() -> None:
    words = PROSE[0].replace(".", "").split()
    main = MainText(frozenset(tuple(words[at : at + 3]) for at in range(len(words) - 2)), frozenset())
    told: list[tuple[str, int, Any]] = [
        (PROSE[0], 1, "text"),
        ("- 7pm", 1, "item"),
        ("- The hall", 1, "item"),
        ("- Its meeting", 0, "item"),
        (PROSE[0], 1, "text"),
    ]
    beside: list[tuple[str, int, Any]] = [("- All about pans", 2, "item"), ("- Pans of the year", 0, "item")]
    kept = keep_main([Block(text, box=box, kind=kind) for text, box, kind in (*told, *beside)], main, is_marked=False)
    assert [block.text for block in kept] == [text for text, _, _ in told]


def test_links_beside_the_article_do_not_stop_the_reading() -> None:
    links = "".join(f"<li><a href={n}>The {n} link of it</a></li>" for n in ("first", "second", "third", "fourth"))
    text = read(f"<nav><a>Home</a></nav><div><p>x</p></div><main><ul>{links}</ul><p>{PROSE[0]}</p></main>").text
    assert PROSE[0] in text


def test_an_article_keeps_its_sections_whatever_part_it_is_said_to_play() -> None:
    section = f'<article role="complementary"><h2>The plates</h2><p>{PROSE[1]}</p></article>'
    text = read(f"{HEAD}<main><h1>{TITLE}</h1><p>{PROSE[0]}</p>{section}<p>{PROSE[2]}</p></main>").text
    assert "The plates" in text and PROSE[1] in text


def test_documentation_keeps_its_headings_lists_and_code() -> None:
    part = "<h2>Call {0}</h2><p>It takes {0} plates.</p><pre>boil({0})</pre><ul><li>plate {0}</li><li><a>lid {0}</a></li></ul>"
    parts = "".join(part.format(number) for number in range(8))
    parsed = parse_html(f"{HEAD}<main><h1>{TITLE}</h1><p>{PROSE[0]}</p>{parts}</main><footer>x</footer>".encode())
    kinds = [block.kind for block in parsed.blocks]
    assert kinds.count("code") == 8 and kinds.count("item") == 16
    assert sum(block.level == 2 for block in parsed.blocks) == 8


def test_a_paragraph_between_two_parts_of_the_text_is_of_it() -> None:
    runs = frozenset(
        tuple(part.replace(".", "").split()[at : at + 3]) for part in (PROSE[0], PROSE[2]) for at in range(99)
    )
    blocks = [Block(part) for part in (*PROSE, "Read on", PROSE[1])]
    kept = keep_main(blocks, MainText(runs, frozenset()), is_marked=False)
    assert [block.text for block in kept] == PROSE


def test_too_little_of_a_marked_article_is_not_believed() -> None:
    main = MainText(frozenset(), frozenset({("Read", "on")}))
    blocks = [*map(Block, PROSE), Block("Read on " * 12), Block("Read on")]
    assert keep_main(blocks, main, is_marked=True) == blocks


def test_rows_of_tables_name_their_columns_between_paragraphs() -> None:
    table = "<table><caption>Plates</caption><tr><th>Part</th><th>Size</th></tr><tr><td>upper</td><td>3 mm</td></tr></table>"
    found = parse_html(f"{HEAD}<main>{ARTICLE}{table}<p>{SENTENCES[0]} Again.</p></main>".encode()).blocks
    assert ("Part: upper; Size: 3 mm", "row") in [(block.text, block.kind) for block in found]


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ('<script type="application/ld+json">{"@type":"Article","headline":"thing that boils"}</script>', "Kettle"),
        ('<meta property="og:title" content="Kettle &amp;#8211; a history">', "Kettle &#8211; a history"),
        ("", "Kettle"),
    ],
)
def test_the_title_is_the_heading_that_is_shown(head: str, title: str) -> None:
    heading = title if title == "Kettle" else "A history of the kettle"
    page = f"<html><head><title>Kettle - Potpedia</title>{head}</head><body><h1>{heading}</h1><p>{PROSE[0]}</p>"
    assert read(page).title == heading


def test_entities_that_were_written_twice_are_read() -> None:
    page = f'<head><meta property="og:title" content="Pots &amp;#8211; and pans"></head><p>{PROSE[0]}</p>'
    assert read(page).title == "Pots – and pans"


@pytest.mark.parametrize(
    ("written", "author"),
    [
        ("By Ada Quill", "Ada Quill"),
        ("von Ada Quill", "Ada Quill"),
        ("Ada Quill, Ada Quill", "Ada Quill"),
        ("Ada Quill • 8h", "Ada Quill"),
        ("POT STAFF NOVEMBER 20, 2019 10:43", "POT STAFF"),
        ("November 18, 2019 12:26 PM Print this article", ""),
        ("https://example.org/ada", ""),
    ],
)
def test_an_author_is_a_name_and_no_more(written: str, author: str) -> None:
    page = f'<head><meta name="author" content="{written}"></head><p>{PROSE[0]}</p>'
    assert read(page).author == author


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00", "2014-00-29", "soon"])
def test_a_day_that_cannot_be_is_none(written: str) -> None:
    page = f'<head><meta property="article:published_time" content="{written}"></head><p>{PROSE[0]}</p>'
    assert read(page).date == ""
