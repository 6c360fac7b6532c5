"""What web pages lost for their names, their signs or their tables is kept: hashtags, formulas, sections, rows, captions, notes."""

from __future__ import annotations

import pytest
from made_html import PROSE, TITLE

from ingest.blocks import Block
from ingest.formats.html.main_text import MainText, keep_main
from ingest.formats.html.parse import parse_html
from ingest.parse import parse

ARTICLE = f"<h1>{TITLE}</h1>" + "".join(f"<p>{part}</p>" for part in PROSE)


def read(inside: str) -> str:
    return "\n".join(block.text for block in parse_html(f"<body><main>{ARTICLE}{inside}</main>".encode()).blocks)


@pytest.mark.parametrize("words", ["#harbour", "#12", "§ 12 (3)", "¶ 4 of the letter"])
def test_words_that_begin_with_a_sign_are_no_sign_behind_a_heading(words: str) -> None:
    assert words in read(f'<p>See <a class="internal-link" href="#x">{words}</a> for what the harbour says.</p>')


@pytest.mark.parametrize(("sign", "named"), [("¶", "headerlink"), ("#", ""), ("§", "anchor"), ("\uf0c1", "headerlink")])
def test_a_sign_behind_a_heading_is_not_read(sign: str, named: str) -> None:
    assert sign not in read(f'<h2>Steam<a class="{named}" href="#steam">{sign}</a></h2><p>{PROSE[0]} And more.</p>')


def test_formulas_with_a_menu_are_formulas() -> None:
    formula = "<mjx-container class='MathJax CtxtMenu_Attached_0'><math><mi>E</mi><mo>=</mo><mi>mc</mi></math></mjx-container>"
    assert "It says that E=mc holds" in read(f"<p>It says that {formula} holds.</p>")


def test_the_source_of_a_formula_is_not_read_beside_it() -> None:
    formula = "<math><mi>E</mi><annotation encoding='application/x-tex'>E \\sim x</annotation></math>"
    assert "sim" not in read(f"<p>It says that {formula} holds.</p>")


def test_rules_of_style_are_no_names() -> None:
    assert "Rattling lids" in read(
        "<div class='Mstart(82px)--modalMinWidth lg:nav-open'><p>Rattling lids spoil it.</p></div>"
    )


@pytest.mark.parametrize("tag", ["section", "div"])
def test_a_section_may_be_about_what_furniture_is_called(tag: str) -> None:
    heading = '<h2>Cookies<a class="headerlink" href="#cookies">¶</a></h2>'
    assert "They are set by the pot." in read(f'<{tag} id="cookies">{heading}<p>They are set by the pot.</p></{tag}>')
    assert "They are set by the pot." not in read(f'<{tag} id="cookies"><p>They are set by the pot.</p></{tag}>')


@pytest.mark.parametrize(
    "sign", ["¶", "\uf0c1", "", "<i class=icon></i>"], ids=["pilcrow", "font of signs", "style", "icon"]
)
def test_lists_of_links_and_short_entries_are_of_the_text_of_documentation(sign: str) -> None:
    def heading(name: str) -> str:
        return f'<h2>{name}<a class="headerlink" href="#{name.lower()}">{sign}</a></h2>'

    parts = "".join(f'<li><a href="{name}.html">{name}</a><ul><li><a href="{name}.html#a">On {name} pots</a></li><li><a href="{name}.html#b">'
                    f"Of {name} lids</a></li></ul></li>" for name in ("Iron", "Clay", "Steel", "Glass"))  # fmt: skip
    entry = "<dl><dt>steam</dt><dd><p>See also: lid</p></dd></dl>"
    page = (
        f"<nav><a href=/>Home</a></nav><main>{ARTICLE}<section id=pots>{heading('Pots')}<ul>{parts}</ul></section>"
        f"<section id=comments>{heading('Comments')}{entry}</section></main>"
    )
    told = [block.text for block in parse_html(f"<body>{page}".encode()).blocks]
    assert any("On Glass pots" in text for text in told)
    assert any("Of Iron lids" in text for text in told)
    assert any("See also: lid" in text for text in told)
    assert "Home" not in told


def test_a_heading_is_read_in_its_order() -> None:
    page = "<title>pot.steam - Look into a pot</title><h1><code><span>pot.steam</span></code> - Look into a pot</h1><p>It is hot.</p>"
    assert parse_html(page.encode()).title == "pot.steam - Look into a pot"


def test_a_box_of_facts_has_a_title_labels_and_parts() -> None:
    rows = (
        "<tr><th colspan=2>Bergen</th></tr><tr><td colspan=2>A town by the sea</td></tr>"
        "<tr><th>Mayor</th><td>Ada Quill</td></tr><tr></tr><tr><th colspan=2>Area</th></tr><tr><th>Land</th><td>445 km</td></tr>"
    )
    blocks = parse(f"<table>{rows}</table>".encode(), "html").blocks
    assert [(block.text, block.kind) for block in blocks] == [
        ("Bergen", "caption"),
        ("A town by the sea", "text"),
        ("Mayor: Ada Quill", "row"),
        ("Area", "text"),
        ("Land: 445 km", "row"),
    ]


SEA = "The sea was calm in the morning and rough in the evening of that long day by the harbour."
NOTE = "This section was amended by the council in the year 1903, when the harbour was built anew, and again in 1911."


def main_text(*texts: str) -> MainText:
    words = [tuple(text.replace(".", "").replace(",", "").split()) for text in texts]
    return MainText(frozenset(run[at : at + 3] for run in words for at in range(len(run))), frozenset(words))


def test_a_table_of_which_most_is_main_text_is_kept_whole() -> None:
    rows = [Block(text, kind="row") for text in ("Wick; high at noon", "Oban; high at one", "Rum; low")]
    assert keep_main([Block(SEA), *rows], main_text(SEA, "Wick high at noon", "Oban high at one"), is_marked=True) == [
        Block(SEA),
        *rows,
    ]


def test_a_caption_that_says_something_stays_between_the_text() -> None:
    caption = Block("The harbour of Wick at low water, seen from the pier.", kind="caption")
    credit = Block("Picture: Ada Quill", kind="caption")
    blocks = [Block(SEA), caption, Block(SEA), credit, Block(SEA)]
    assert keep_main(blocks, main_text(SEA), is_marked=True) == [Block(SEA), caption, Block(SEA), Block(SEA)]


@pytest.mark.parametrize(("count", "is_marked", "kept"), [(2, True, True), (2, False, False), (0, True, True)])
def test_notes_that_a_page_marks_as_its_article_stay(count: int, is_marked: bool, kept: bool) -> None:
    blocks = [Block(SEA), Block(SEA), Block("History", 2), *[Block(NOTE)] * count]
    expected = blocks if count and kept else blocks[:2]
    assert keep_main(blocks, main_text(SEA), is_marked=is_marked) == expected


def test_labels_that_end_in_a_colon_are_no_header() -> None:
    rows = "<tr><td>Domain:</td><td>Eukaryota</td></tr><tr><td>Kingdom:</td><td>Animalia</td></tr>"
    blocks = parse(f"<table>{rows}</table>".encode(), "html").blocks
    assert [block.text for block in blocks] == ["Domain: Eukaryota", "Kingdom: Animalia"]
