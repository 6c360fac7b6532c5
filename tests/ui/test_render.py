"""What the page shows, as strings: escaped whatever the words are, footnotes in place, offsets that the script needs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.blocks import Block, Parsed
from ingest.clean import assemble
from ingest.parse import parse
from ingest.report import SourceReport
from ingest.table_rows import lay_out_rows
from rag.answer.abstention import UNSURE
from rag.index.document_records import DocumentRecord
from rag.types import (
    UNSURE_BELOW,
    Answer,
    Citation,
    Document,
    Heading,
    Passage,
    ScoredPassage,
    Seconds,
    Sentence,
    ShortAnswer,
    Span,
    UnprovenSentence,
)
from ui.render import terminal
from ui.render.lost_sources import GONE
from ui.render.messages import (
    SHOWN_QUESTION,
    find_marks,
    render_actions,
    render_answer,
    render_failure,
    render_question,
    render_stopped,
)
from ui.render.panels import (
    OfferedModel,
    find_label,
    render_done,
    render_doubt,
    render_editing,
    render_library,
    render_next,
    render_notice,
    render_pending,
    render_progress,
    render_report,
    render_settings,
    render_status,
)
from ui.render.source import find_blocks, render_document
from ui.render.transcript import render_plain
from ui.web.library.library import Reports
from ui.web.page.theme import DAY, NIGHT
from ui.web.page.updates import show_reports
from ui.web.session.preferences import Preferences

TEXT = "Kim met Trump. They met in Hanoi."
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "<http://evil.example>",
    '" onmouseover="alert(1)',
    "'><svg/onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "```<b>\n</code></pre><script>alert(1)</script>\n```",
    "`</code><img src=x onerror=alert(1)>`",
    "\ue0000\ue001 \ue0007\ue001",
    "&#xe000;0&#xe001;",
    "[x]: http://evil.example\n\n[x]",
    "a\x00b\x1b[31m\ud800\x85",
    "</div></div></article><h1>out</h1>",
    "${alert(1)} {{constructor}} {{#each}}",
]
OURS = {
    *("div", "p", "a", "bdi", "br", "s", "ol", "ul", "li", "span", "q", "b", "article", "progress", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "code", "pre", "blockquote", "button"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary"),
    *("form", "input", "label", "output", "fieldset", "legend", "kbd", "svg", "path", "select", "option"),
}
ATTRIBUTES = {
    *("class", "dir", "href", "title", "role", "aria-label", "aria-hidden", "style", "start", "max", "value"),
    *("data-answer", "data-marks", "data-citation", "data-passage", "data-start", "data-document", "tabindex"),
    *("data-quote", "data-place", "data-reason", "data-copy", "type", "min", "aria-pressed", "data-turn", "data-act"),
    *("data-page", "data-ask", "data-read", "data-remove", "data-reindex", "data-close-panel", "data-choices", "for"),
    *(
        "id",
        "name",
        "step",
        "checked",
        "disabled",
        "hidden",
        "aria-describedby",
        "data-costs",
        "data-home",
        "data-said",
        "lang",
        "data-forget",
        "data-forget-now",
        "data-reset",
    ),
    *("data-forget-not", "data-sure", "data-replace", "scope", "data-thumb-down", "data-chooser", "data-dismiss"),
    *("data-ask-in", "data-ask-alone"),
    *("data-sort", "data-title", "data-kind", "data-pages", "data-added", "data-characters", "data-digest"),
    *("aria-expanded", "aria-level", "viewbox", "width", "height", "d"),
}


class Page(HTMLParser):
    """Reads HTML as a browser would, and keeps its elements and its words."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def find(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for name, attributes in self.elements
            if name == tag and all(attributes.get(key.replace("_", "-")) == value for key, value in wanted.items())
        ]


def passage(text: str = TEXT, start: int = 0, heading: str = "") -> Passage:
    return Passage(Span("summit", start, start + len(text)), text, title="The summit", heading=heading)


def answer_to(text: str, *, model: str = "embedded", **fields: object) -> Answer:
    """An answer whose markers ``[n]`` cite the n-th of two sentences."""
    spans = {1: (0, 14), 2: (15, 33)}
    citations = tuple(
        Citation(
            number,
            Span("summit", *span),
            TEXT[slice(*span)],
            passage(),
            tuple(found.span() for found in re.finditer(re.escape(f"[{number}]"), text)),
        )
        for number, span in spans.items()
        if f"[{number}]" in text
    )
    return Answer("Who?", text, citations=citations, model=model, **fields)  # type: ignore[arg-type]


def assert_only_ours(html: str) -> Page:
    """No element, attribute or address in it that this project did not put there."""
    page = Page(html)
    for tag, attributes in page.elements:
        assert tag in OURS, tag
        assert attributes.keys() <= ATTRIBUTES, attributes
        assert attributes.get("href", "#source") == "#source"
        assert re.fullmatch(r"(text-align:(left|right|center))?", attributes.get("style") or "")
    return page


def test_markers_become_links_that_name_their_citation_and_answer() -> None:
    page = Page(render_answer(answer_to("Kim met Trump. [1] They met in Hanoi. [2] [1]"), "a1"))
    links = page.find("a", data_answer="a1")
    assert [link["data-citation"] for link in links] == ["1", "2", "1"]
    assert links[0]["data-quote"] == "Kim met Trump."
    assert links[0]["data-place"] == "The summit"
    assert links[0]["aria-label"] == "Footnote 1"
    assert page.words == "Kim met Trump.1 They met in Hanoi.2 1"


def test_an_answer_carries_the_places_it_points_at_as_json() -> None:
    answer = answer_to("Kim met Trump. [1]", short_answer=ShortAnswer("Kim", Span("summit", 0, 3)))
    marks = json.loads(Page(render_answer(answer, "a1")).find("div", data_answer="a1")[0]["data-marks"] or "")
    assert marks == {"citations": [[1, "summit", 0, 14]], "short": [[0, "summit", 0, 3]], "passages": []}
    assert marks == find_marks(answer)


def test_an_abstention_says_so_and_points_at_the_closest_passage_that_shares_more_than_a_name() -> None:
    found = tuple(
        ScoredPassage(passage(f"Heading\n\n{words}", 100 * number, "Heading"), 0.5)
        for number, words in enumerate(["Kettles from Kettle Town.", "The kettles were of copper.", "A kettle sang."])
    )
    refused = Answer("What did the kettle cost?", "Not said.", abstained=True, passages=found)
    page = Page(render_answer(refused, "a1"))
    assert page.find("div")[0]["class"] == "answer abstained"
    assert [link["data-passage"] for link in page.find("a") if link["class"] == "closest"] == ["2"]
    assert not [link for link in page.find("a") if "data-citation" in link]
    shown = page.words.partition("What was searched")[0]
    assert "The kettles were of copper." in shown and "A kettle sang." not in shown
    assert shown.count("Heading") == 1, "a heading is said once, not again at the head of the quote"
    for other in (
        replace(refused, passages=found[:1]),
        replace(refused, passages=()),
        replace(refused, abstained=False),
        replace(refused, question="What did Kettering's kettle cost?", standalone_question=""),
        replace(refused, question="What is the kettle of Peru?", standalone_question=""),
    ):
        assert "closest" not in render_answer(other, "a1").partition("What was searched")[0]


@pytest.mark.parametrize(
    ("confidence", "abstained", "doubted"),
    [(0.25, False, True), (UNSURE_BELOW, False, False), (None, False, False), (0.05, True, False)],
)
def test_an_answer_that_is_likelier_wrong_than_right_begins_with_a_doubt(
    confidence: float | None, abstained: bool, doubted: bool
) -> None:
    answer = answer_to("Kim met Trump. [1]", confidence=confidence, abstained=abstained)
    assert answer.unsure == answer.to_dict()["unsure"] == doubted
    assert Page(render_answer(answer, "a1")).words.startswith(UNSURE) == doubted
    assert terminal.render_answer(answer, width=400).startswith(UNSURE) == doubted
    assert (f"Note: {UNSURE}" in render_plain(answer)) == doubted


def test_unknown_markers_are_struck_through_and_a_fallback_is_told() -> None:
    answer = answer_to(
        "They met. [1] They sang. [9]", model="openai:x", unknown_markers=("[9]",), fallback="It is down"
    )
    page = Page(render_answer(answer, "a1"))
    assert len(page.find("s")) == 1
    assert "[9]" in page.words
    assert "It is down" in page.words


def test_what_a_model_wrote_and_nothing_proves_is_greyed_below_what_is_answered() -> None:
    told = (
        UnprovenSentence("Well,"),
        UnprovenSentence("They <b>sang</b>.", "not found", "What it cites does not say: sang."),
    )
    page = assert_only_ours(
        render_answer(answer_to("They met. [1]", fallback="nothing is proven", unproven=told), "a1")
    )
    assert page.words.index("They met.") < page.words.index("nothing is proven") < page.words.index("They <b>sang</b>.")
    assert len(page.find("span", **{"class": "doubted"})) == 2
    (mark,) = page.find("span", **{"class": "unproven"})
    assert mark["data-reason"] == "What it cites does not say: sang."


def test_a_chat_models_markdown_is_rendered_and_an_embedded_answer_is_not() -> None:
    text = "**Kim** met Trump. [1]\n\n- in *Hanoi* [2]\n- at `a[1]`\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    prose = Page(render_answer(answer_to(text, model="openai:x"), "a1"))
    assert {"strong", "em", "li", "code", "table"} <= {tag for tag, _ in prose.elements}
    assert "a[1]" in prose.words, "code is left as it is"
    plain = Page(render_answer(answer_to(text), "a1"))
    assert "**Kim** met" in plain.words
    assert not plain.find("strong")


def test_what_this_server_did_not_write_is_no_markdown_and_cannot_be_rated() -> None:
    answer = Answer("q", "**Bold** `code` [9] <b>", model="openai:test", unknown_markers=("[9]",))
    html = render_answer(answer, "a", is_ours=False)
    assert "**Bold** `code`" in html and "<strong>" not in html and "&lt;b&gt;" in html and '<s class="unknown"' in html
    assert "<strong>Bold</strong>" in render_answer(answer, "a")
    assert 'data-act="good"' in render_actions("t", answer)
    assert 'data-act="good"' not in render_actions("t", answer, can_rate=False)


def test_no_value_of_a_citation_becomes_an_attribute() -> None:
    evil: Any = 'x" onmouseover="alert(1)'
    span = Span(evil, 1, 2)
    citation = Citation(1, span, evil, Passage(span, evil, evil, evil), ((0, 1),), status=evil)
    html = render_answer(Answer("q", "a b", id=evil, citations=(citation,)), evil)
    assert 'onmouseover="' not in html and "onmouseover" in html


def test_sentences_that_nothing_proves_are_marked_once_the_answer_is_whole() -> None:
    text = "Kim met **Trump**. [1] It rained. They danced in Hanoi. [2]\n\n- Nobody came"
    bounds = [(0, 22, (1,), True), (23, 33, (), False), (34, 59, (2,), False), (63, 74, (), False)]
    sentences = tuple(
        Sentence(text[start:end], start, end, cited, supported=right, reason="" if cited else "Nothing says so.")
        for start, end, cited, right in bounds
    )
    growing = answer_to(text, model="openai:x", sentences=sentences)
    whole = replace(growing, seconds=Seconds(total=1.0))
    page = assert_only_ours(render_answer(whole, "a1"))
    assert page.words.count("not proven") == 3
    assert "It rained. not proven They danced" in page.words and "Nobody came not proven" in page.words
    assert [mark["data-reason"] for mark in page.find("span", **{"class": "unproven"})] == [
        "Nothing says so.",
        "What it cites does not support it.",
        "Nothing says so.",
    ]
    assert "not proven" not in render_answer(growing, "a1")
    shown = terminal.render_answer(whole, width=400)
    assert "It rained. (not proven) They danced in Hanoi. [2] (not proven)" in shown
    assert "not proven" not in terminal.render_answer(growing, width=400)


def test_what_is_not_proven_is_greyed_where_no_markdown_is_in_the_way() -> None:
    text = "Kim met Trump. [1]\n\n- It <b>rained. [9?]\n- **They** danced. [2]\n- Nobody came. [2]"
    starts = [
        (text.index(words), text.index(words) + len(words))
        for words in ("- **They** danced. [2]", "- Nobody came. [2]")
    ]
    sentences = tuple(
        Sentence(text[low:high], low, high, (2,), supported=False, verdict="contradicted", reason="It says otherwise.")
        for low, high in starts
    )
    answer = replace(answer_to(text, model="openai:x", sentences=sentences), seconds=Seconds(total=1.0))
    page = assert_only_ours(render_answer(answer, "a1"))
    (greyed,) = page.find("span", **{"class": "doubted"})
    assert greyed is not None and page.words.count("not proven") == 2
    assert "Nobody came." in page.words and "They" in page.words


def test_a_footnote_carries_what_its_preview_shows() -> None:
    answer = answer_to("Kim met Trump. [1]")
    home = Passage(answer.citations[0].span, "x", title="The summit", heading="Part 1")
    citation = replace(answer.citations[0], passage=home, page=3, quote='"Kim"\n <b>met', status="close")
    link = assert_only_ours(render_answer(replace(answer, citations=(citation,)), "a1")).find("a")[0]
    assert link["data-quote"] == '"Kim" <b>met'
    assert link["data-place"] == "The summit > Part 1, page 3"
    assert "close" in (link["class"] or "").split()


def test_a_footnote_that_the_model_did_not_cite_says_so_everywhere() -> None:
    cited = answer_to("Kim met Trump. [1]")
    found = replace(cited, citations=(replace(cited.citations[0], origin="found"),))
    link, other = (assert_only_ours(render_answer(each, "a1")).find("a")[0] for each in (found, cited))
    assert "found" in (link["class"] or "").split() and "found" not in (other["class"] or "").split()
    assert link["aria-label"] == "Footnote 1 (looked up by Footnote: the model did not cite it)"
    assert other["aria-label"] == "Footnote 1"
    assert "(found, not cited)" in terminal.render_answer(found, width=400)
    assert "found, not cited" not in terminal.render_answer(cited, width=400)


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("What it cites does not say: angry.", "What it cites does not say: angry."),
        ("", "What it cites does not support it."),
        ('"><b onclick=x>', '"><b onclick=x>'),
    ],
)
def test_an_unproven_sentence_tells_why(reason: str, shown: str) -> None:
    """As it was judged; an older Footnote's sentences have no reason of their own."""
    text = "Trump was angry. [1]"
    sentence = Sentence(text, 0, len(text), (1,), 0.1, supported=False, verdict="not found", reason=reason)
    answer = answer_to(text, model="openai:x", sentences=(sentence,), seconds=Seconds(total=1.0))
    mark = assert_only_ours(render_answer(answer, "a1")).find("span", **{"class": "unproven"})[0]
    assert mark["data-reason"] == shown and mark["tabindex"] == "0"


@pytest.mark.parametrize("model", ["embedded", "openai:x"])
@pytest.mark.parametrize("words", HOSTILE)
def test_no_words_become_html_script_or_an_address(words: str, model: str) -> None:
    text = f"Before {words} [1] after."
    hostile = Passage(Span("summit", 0, len(words)), words, title=words, heading=words)
    citation = Citation(1, hostile.span, words, hostile, ((text.index("[1]"), text.index("[1]") + 3),))
    scored = (ScoredPassage(hostile, 1.0),)
    for abstained in (False, True):
        answer = Answer(
            words, text, citations=(citation,), passages=scored, abstained=abstained, model=model,
            fallback=words, unknown_markers=(words,), unproven=(UnprovenSentence(words, "not found", words),),
        )  # fmt: skip
        page = assert_only_ours(render_answer(answer, "a1"))
        in_code = words.endswith("```") and model != "embedded"  # where a marker is left as it is
        assert abstained or in_code or page.find("a", data_citation="1")
    assert_only_ours(render_question(words))
    assert_only_ours(render_failure(words))
    assert_only_ours(render_status(words))
    report = SourceReport(words, words, "failed", words)
    assert_only_ours(render_report(words, report, words))
    assert_only_ours(render_document(Document('x" onload="y', words, f"{words}\n\n{words}", "s", "d")))
    assert_only_ours(render_actions('x" onload="y', answer, words))
    assert_only_ours(render_next([words], follows=False))
    assert_only_ours(render_editing(words) + render_done(words))
    record = DocumentRecord('x" onload="y', words, words, words, words, "d", "d", 1, 1, page_starts=(0,))
    assert_only_ours(render_library([record], [record], words, {record.id: words}))
    assert_only_ours(render_pending('x" onload="y', words, words) + render_notice(words))
    assert_only_ours(render_doubt('x" onload="y', words, words) + render_failure(words))
    costs = [{"threshold": 0.2, "declined": 69.4, "needless": 7.5}]
    offered = [OfferedModel(words, 1, 0, can_run=False), OfferedModel(words, 1, 1, can_run=True)]
    settings = render_settings(words, Preferences(False, 8, 0.2).show(), costs, is_shared=False, offered=offered)
    assert_only_ours(settings)


@given(st.text(), st.sampled_from(["embedded", "openai:x"]))
def test_any_text_is_shown_and_none_is_obeyed(text: str, model: str) -> None:
    html = render_answer(Answer("Who?", text, model=model), "a1")
    page = assert_only_ours(html)
    html.encode("utf-8")
    if model == "embedded":
        assert (
            re.sub(r"\s|\ufffd", "", page.words)
            == re.sub(r"[\s\ufffd\ue000\ue001]", "", re.sub("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "", text))
            or not text
        )


@given(st.lists(st.sampled_from(["a b", "# h", " ", "", "\t", "🌹 x", "- i", "\x0c"])), st.data())
def test_the_blocks_of_a_document_hold_every_word_once_and_in_order(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    starts = [found.start() for found in re.finditer(r"(?m)^# h$", text)]
    outline = tuple(Heading(start, start + 3, 2) for start in starts if data.draw(st.booleans()))
    blocks = find_blocks(Document("d", "t", text, "s", "d", outline=outline))
    assert [start for start, _, tag in blocks if tag == "h3"] == [heading.start for heading in outline]
    before = 0
    for start, end, _ in blocks:
        assert text[before:start].strip() == ""
        assert text[start:end].strip()
        before = end
    assert text[before:].strip() == ""


def test_a_document_keeps_its_words_and_tells_where_each_block_begins() -> None:
    text = "Title 🌹\n\nBy A. Writer\n\nPart\nOne line\nnext <line>\n\n\n  Two"
    outline = (Heading(0, 7, 1), Heading(text.index("Part"), text.index("Part") + 4, 2))
    page = Page(render_document(Document("garden", "Title", text, "s", "d", outline=outline)))
    tags = [
        (tag, int(attributes["data-start"] or 0)) for tag, attributes in page.elements if "data-start" in attributes
    ]
    part = text.index("Part")
    assert tags == [("h2", 0), ("p", 9), ("h3", part), ("p", part + 5), ("p", text.index("Two"))]
    assert "next <line>" in page.words
    assert page.find("article", data_document="garden")


def test_lists_tables_and_code_are_drawn_as_such_and_keep_every_word_at_its_place() -> None:
    rows = list(lay_out_rows(["Tree", "Height <m>"], [["Oak", "20"], ["Elm", ""], ["Ash", "18"]]))
    parsed = Parsed(
        (
            Block("Trees", 1),
            Block("They are:"),
            Block("old", kind="item"),
            Block("tall & green", kind="item", depth=1),
            Block("Heights", kind="caption"),
            *rows,
            Block("x = 1\ny = 2", kind="code"),
            Block("Words."),
        )
    )
    cleaned = assemble(parsed, "trees")
    whole = Document("d", cleaned.title, cleaned.text, "s", "d", outline=cleaned.outline, blocks=cleaned.blocks)
    html = render_document(whole)
    page = assert_only_ours(html)
    tags = [tag for tag, _ in page.elements]
    assert tags.count("ul") == 1 and tags.count("li") == 2 and tags.count("table") == 1 and tags.count("tr") == 4
    assert [attributes.get("aria-level") for tag, attributes in page.elements if tag == "li"] == [None, "2"]
    assert tags.count("th") == 2 and tags.count("td") == 6 and tags.count("pre") == 1
    assert '<th scope="col" dir="auto">Height &lt;m&gt;</th>' in html
    pieces = re.findall(r'data-start="(\d+)"[^>]*>([^<]*)<', html)
    assert pieces == sorted(pieces, key=lambda piece: int(piece[0]))
    for start, words in pieces:
        assert whole.text.startswith(unescape(words), int(start))
    assert "".join(unescape(words) for _, words in pieces) == whole.text.replace("\n\n", "").rstrip("\n")


def test_a_line_above_a_table_is_as_wide_as_it_and_a_page_begins_in_a_row_of_its_own() -> None:
    rows = [
        *lay_out_rows([], [["High water in metres"]]),
        *lay_out_rows(["Port", "Spring", "Neap"], [["Wick", "3.1", "2.4"]]),
    ]
    pages = ((0, 1),), ((0, 2),)
    blocks = tuple(replace(row, pages=begins) for row, begins in zip(rows, pages, strict=True))
    cleaned = assemble(Parsed(blocks, pages=2), "tides")
    whole = Document("d", "Tides", cleaned.text, "s", "d", blocks=cleaned.blocks, page_starts=cleaned.page_starts)
    html = render_document(whole)
    assert 'colspan="3"><span data-start="0">High water in metres</span></td></tr>' in html
    assert '<tr class="begins"><td colspan="3" data-page="2"></td></tr>' in html


def test_a_sentence_that_a_pages_end_parts_is_drawn_as_one_paragraph_each_part_at_its_place() -> None:
    paragraphs = [
        "The keeper of the lighthouse wrote every evening, of the tides and of the",
        "weather, in a green book <that> nobody read.",
        "It burned down in 1911, as we know from three letters to the council and",
        "The letters were found in 1950, in a chest that had come to the town from",
        "a) the island, or",
        "b) the mill.",
        "It ends with a sentence that is whole, and has",
        "7",
        "the number of a page within it.",
        "so does this one, small as it begins",
        "tide",
        "table of the harbour, below a label that is no sentence.",
    ]
    text = "\n\n".join(paragraphs)
    starts = [sum(len(each) + 2 for each in paragraphs[:at]) for at in range(len(paragraphs))]
    document = Document("d", "t", text, "s", "d", page_starts=(0, starts[1], starts[8]))
    html = render_document(document)
    pieces = re.findall(r'data-start="(\d+)"[^>]*>([^<]*)<', html)
    assert [(int(start), unescape(words)) for start, words in pieces] == list(zip(starts, paragraphs, strict=True))
    assert html.count("<p ") == 9, "two are of two parts, one with a number between"
    assert (
        f'<span data-start="{starts[7]}" class="number">7</span> <span data-start="{starts[8]}" data-page="3">' in html
    )
    assert (
        f'<span data-start="0" data-page="1">{paragraphs[0]}</span> <span data-start="{starts[1]}" data-page="2">'
        in html
    )
    assert render_document(replace(document, page_starts=())).count("<p ") == 12, "only pages part sentences"


def test_a_table_of_one_row_is_read_downwards() -> None:
    cleaned = assemble(
        Parsed(tuple(lay_out_rows(["From", "To", "Date"], [["Ada <a@b.example>", "Bob", "1 May"]]))), "mail"
    )
    html = render_document(Document("d", "Mail", cleaned.text, "s", "d", blocks=cleaned.blocks))
    assert html.count("<tr>") == html.count('<th scope="row"') == 3
    pieces = re.findall(r'data-start="(\d+)"[^>]*>([^<]*)<', html)
    assert "".join(unescape(words) for _, words in pieces) == cleaned.text.rstrip("\n")


def test_each_paragraph_of_a_message_is_drawn_as_one() -> None:
    mail = b"From: a@b.example\n\nNoon.\n\nOn 1 May 2023 at 10:00, Bob Oak wrote:\n> When?\n>\n> And where?\n"
    cleaned = assemble(parse(mail, "eml"), "mail")
    html = render_document(Document("d", "Mail", cleaned.text, "s", "d", blocks=cleaned.blocks))
    assert re.findall(r'<p dir="auto" data-start="\d+"( class="message")?>', html)[-4:] == [
        "",
        *[' class="message"'] * 3,
    ]


def test_a_large_table_is_drawn_as_lines() -> None:
    rows = list(lay_out_rows(["Tree", "Height"], [[f"Oak {row}", "20"] for row in range(2_000)]))
    cleaned = assemble(Parsed(tuple(rows)), "trees")
    html = render_document(Document("d", "Trees", cleaned.text, "s", "d", blocks=cleaned.blocks))
    assert "<table" not in html and html.count('class="row"') == 2_000


def test_what_became_of_each_file_is_told_in_a_line() -> None:
    reports: Reports = [
        ("a.md", SourceReport("/x/a.md", "a", "added", "", 1, 1200)),
        ("b.md", SourceReport("/x/b.md", "b", "replaced", "", 3, 1200)),
        ("c.md", SourceReport("/x/c.md", "c", "unchanged")),
        ("d.md", SourceReport("/x/d.md", None, "failed", "the file is empty")),
    ]
    html = show_reports(reports, {"a": "Alpha", "b": "Beta"})
    words = Page(html).words
    assert words.startswith("d.md was not added"), "what failed comes first"
    assert "Added a.md as “Alpha”: 1,200 characters in 1 passage." in words
    assert "Replaced “Beta” with the new b.md: 1,200 characters in 3 passages." in words
    assert "c.md is here already, unchanged." in words
    assert "d.md was not added: The file is empty." in words
    assert "/x/" not in html, "no path of the server is shown"
    one = show_reports([("e.md", SourceReport("/x/e.md", "e", "added", "", 1, 1))], {"e": "E"})
    assert "1 character in 1 passage." in Page(one).words


def test_a_page_is_named_where_it_begins() -> None:
    text = "One.\n\nTwo goes on\nto the next page.\n\nFour.\n"
    starts = (0, text.index("to the next"), text.index("Four"), text.index("Four"))
    page = Page(render_document(Document("d", "t", text, "s", "d", page_starts=starts)))
    named = {attributes["data-page"]: words for words, attributes in zip(text.split("\n\n"), blocks(page), strict=True)
             if "data-page" in attributes}  # fmt: skip
    assert named == {"1": "One.", "2": "Two goes on\nto the next page.", "4": "Four.\n"}, "page 3 is empty"


def blocks(page: Page) -> list[dict[str, str | None]]:
    return [attributes for _, attributes in page.elements if "data-start" in attributes]


def test_a_title_that_cannot_be_seen_gives_way_to_the_id() -> None:
    def label(title: str) -> str:
        return find_label(DocumentRecord("the-id", title, "", "", "", "", "", 1, 1))

    assert [label(title) for title in ("Title", "", " ", "\u200b\u2060", "\u202e")] == [
        "Title",
        "the-id",
        "the-id",
        "the-id",
        "\ufffd",
    ]


def test_buttons_fit_what_stands_above_them() -> None:
    answer = Answer("Who?", "Ada. [1]")
    assert render_actions("t", answer, "good").count('aria-pressed="true"') == 1
    assert "data-copy" in render_actions("t", answer) and "evidence-wrong" in render_actions("t", answer)
    for nothing in (None, Answer("Who?", "", error="no index")):
        assert "retry" in render_actions("t", nothing) and "data-copy" not in render_actions("t", nothing)
    assert "aria-pressed" not in render_actions("t", Answer("Hello", "Hello.", route="small_talk"))


def test_a_source_that_is_gone_is_said_and_its_quote_stays() -> None:
    span = Span("gone:town", 0, 5)
    citation = Citation(1, span, "Words", Passage(span, "Words"), ((6, 9),))
    page = Page(render_answer(Answer("What?", "Words [1]", citations=(citation,)), "a1"))
    assert "Source removed" in page.words
    assert page.find("a", **{"class": "footnote verbatim gone", "data-quote": "Words"})


def test_states_without_an_answer() -> None:
    assert "Reading" in render_answer(Answer("Who?", ""), "a1")
    assert "No index." in render_answer(Answer("Who?", "", error="no index"), "a1")
    assert "Stopped." in render_stopped()
    assert "12 of 40" in render_progress("Embedding", 12, 40)
    assert "Offline: quotes the document" in render_status("")
    assert "openai:gpt" in render_status("openai:gpt")


def test_a_very_long_question_is_shown_in_part() -> None:
    assert len(Page(render_question("why " * 25_000)).words) < SHOWN_QUESTION + 10


def test_the_pages_scripts_share_one_function_and_no_name_stands_for_two_things() -> None:
    from ui.web.page.layout import SCRIPTS, read_assets

    names = re.findall(r"(?m)^(?:async )?(?:function|const|let) (\w+)", read_assets(SCRIPTS))
    assert len(names) > 50
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("palette", [DAY, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [("ink", "paper"), ("ink", "sheet"), ("faint_ink", "paper"), ("faint_ink", "sheet"), ("rubric", "paper"),
     ("rubric", "sheet"), ("on_rubric", "rubric"), ("on_rubric", "rubric_hover")],
)  # fmt: skip
def test_text_stands_out_from_its_ground(palette: dict[str, str], ink: str, paper: str) -> None:
    """WCAG 2.2, success criterion 1.4.3: a contrast of at least 4.5."""
    lighter, darker = sorted((luminance(palette[ink]), luminance(palette[paper])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_footnote_of_a_source_that_is_gone_keeps_its_title() -> None:
    passage = Passage(Span("stars", 0, 5), "Words", "Star notes")
    gone = Span(f"{GONE}stars", 0, 5)
    citation = Citation(1, gone, "Words", passage, ((6, 9),))
    assert "Star notes" in render_answer(Answer("What?", "Words [1]", citations=(citation,)), "a1")


def test_the_few_words_that_answer_stand_above_what_they_are_quoted_from() -> None:
    quote = "Kim met Trump in Hanoi."
    passage = Passage(Span("summit", 0, len(quote)), quote, title="The <summit>", heading="A heading")
    citation = Citation(1, passage.span, quote, passage, ((24, 27),), page=3)
    text = f"{quote} [1]"
    sentence = Sentence(text, 0, len(text), (1,))
    given = {
        "citations": (citation,),
        "sentences": (sentence,),
        "short_answer": ShortAnswer("Hanoi", Span("summit", 17, 22)),
    }
    shown = render_answer(Answer("Where?", text, **given), "a1")  # type: ignore[arg-type]
    assert '<p class="few" dir="auto">Hanoi</p><div class="evidence">' in shown
    assert "The &lt;summit&gt;" in shown and "page 3</p>" in shown
    doubtful = Answer("Where?", text, confidence=0.25, model="embedded", seconds=Seconds(total=1.0), **given)  # type: ignore[arg-type]
    assert doubtful.unsure
    unsure = render_answer(doubtful, "a1")
    assert "few" not in unsure and "evidence" not in unsure, "who doubts does not insist"
