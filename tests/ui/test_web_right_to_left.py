"""The page in a language that nobody speaks, written from right to left: all of it is in that language, and mirrored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from examining import examine
from made_pdf import line, made_pdf
from pseudo import speaking_pseudo
from visiting import ASKED, NARROW, NEAR, WIDE, Served, Visitor, browser_test, open_panel, serve

OTHER = {"locale": "ar-EG"}

OF_OTHERS = (
    "[lang=en]", ".asked", ".said", "#document select", ".next button", ".example", "#documents .title", "#documents .facts",
    "#conversations .title", ".place", ".where", ".begins", ".quote", "q", "code", "kbd", "bdi", "b", "style", "script", "h1",
    ".reasons-of-rag", ".doubt", ".notice", "#paper .words", "pre", ".closest", "option",
)  # fmt: skip
"""What documents, questions and answers say, and names."""

SEEN = """([others, names, said]) => {
  const found = [];
  const isForeign = (words) => said.reduce((rest, each) => rest.replaceAll(each, ""), words).split(/[^A-Za-z]+/).some((word) => word.length > 1 && !names.includes(word));
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest(others) || !element.checkVisibility()) continue;
    if (isForeign(node.data)) found.push(node.data.trim());
  }
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
    if (element.closest(others) || element.closest("svg")) continue;
    for (const name of ["aria-label", "title", "placeholder"]) {
      const words = element.getAttribute(name);
      if (words && isForeign(words)) found.push(`${name}: ${words}`);
    }
  }
  return [...new Set(found)];
}"""

NAMES = "Footnote Markdown JSON PDF BibTeX APA https example org page md pdf".split()
"""Latin words that are the same in every language."""


TIDE = "When did the tide at Skarvik turn?"
SAID = [
    "The Hanoi summit: two leaders and no deal",
    ASKED,
    NEAR,
    TIDE,
    "The tide at Skarvik turned at noon.",
    "The tide at Skarvik turned at  noon .",
    "tides",
]
"""What people and documents say here, wherever it is repeated."""


@pytest.fixture(scope="module")
def served(article_index: Path, embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page that has that language."""
    with (
        speaking_pseudo(tmp_path_factory.mktemp("languages")),
        serve(article_index, embeddings, tmp_path_factory.mktemp("served") / "index", web_pages=True) as running,
    ):
        yield running


def list_foreign(visitor: Visitor) -> list[str]:
    """What is to be seen, or read aloud, in Latin letters, and is nothing that a document or a person says."""
    found: list[str] = visitor.page.evaluate(SEEN, [", ".join(OF_OTHERS), NAMES, SAID])
    return found


@browser_test
def test_all_that_the_page_says_comes_from_the_catalogue(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit(**OTHER)
    page = visitor.page
    foreign: dict[str, list[str]] = {}

    def look(state: str) -> None:
        page.wait_for_timeout(200)
        foreign[state] = list_foreign(visitor)

    look("empty")
    answer = visitor.ask(ASKED)
    answer.locator(".searched summary").click()
    look("an answer")
    answer.locator("a.footnote").first.hover()
    page.wait_for_selector("#preview .copying")
    look("a preview")
    visitor.ask(NEAR)
    page.evaluate("document.querySelector('#chat [data-thumb-down]').click()")
    look("a refusal, reasons")
    visitor.edit()
    look("editing")
    page.click("#editing [data-act=keep]")
    (tmp_path / "tides.pdf").write_bytes(made_pdf([line("The tide at Skarvik turned at noon.", 50, 400)]))
    visitor.add(tmp_path / "tides.pdf")
    look("a report")
    visitor.ask(TIDE)
    page.locator("#chat a.footnote").last.click()
    page.wait_for_selector(".sheet .box.followed")
    look("a page with a box")
    page.fill("#find", "zzz")
    look("finding nothing")
    page.keyboard.press("Escape")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.document [data-start]'))")
    page.wait_for_selector("#picks:not([hidden])")
    look("picked words")
    page.click("#pick")
    look("asking about words")
    for panel in ("library", "history", "settings", "evaluation"):
        open_panel(visitor, panel)
        page.wait_for_timeout(400)
        for closed in page.locator(f"#{panel} details:not([open]) summary").all():
            closed.click()
        look(panel)
        if panel == "settings":
            page.click("[data-forget]")
            look("forgetting")
        if panel == "history":
            page.wait_for_selector("#conversations li")
            page.locator("#conversations button").last.click()
            page.wait_for_selector("#removed button")
            look("a conversation that was deleted")
        page.keyboard.press("Escape")
        page.wait_for_timeout(200)
    assert {state: found for state, found in foreign.items() if found} == {}


@browser_test
def test_words_outside_of_the_catalogue_would_be_found(visit: Callable[..., Visitor]) -> None:
    visitor = visit(**OTHER)
    visitor.page.evaluate(
        "document.querySelector('#head').insertAdjacentHTML('beforeend', '<p title=\"And these\">Some words</p>')"
    )
    assert list_foreign(visitor) == ["Some words", "title: And these"]


@browser_test
def test_wide_screens_are_mirrored(visit: Callable[..., Visitor]) -> None:
    visitor = visit(WIDE, **OTHER)
    page = visitor.page
    visitor.ask(ASKED)

    def middle(selector: str) -> float:
        box = page.locator(selector).first.bounding_box()
        assert box
        return box["x"] + box["width"] / 2

    assert (page.get_attribute("html", "lang"), page.get_attribute("html", "dir")) == ("ar", "rtl")
    assert middle("#reading") < middle("#conversation"), "the source is on the left"
    assert middle(".places") < middle("#masthead h1")
    assert middle("#question .submit-button") < middle("#question textarea")
    assert middle("#chat .verdicts") < middle("#chat .actions [data-copy]")
    box = page.locator("#chat .asked").first.bounding_box()
    frame = page.locator("#chat .panel-wrap").bounding_box()
    assert box and frame and box["x"] - frame["x"] < 24, "what was asked stands at the far side"
    assert page.evaluate("getComputedStyle(document.querySelector('.document p')).direction") == "ltr", (
        "as its words are"
    )
    open_panel(visitor, "settings")
    assert middle("#settings") < 640, "panels come from the left"
    radio, label = "#settings input[name=manner]", "#settings input[name=manner] + span"
    assert middle(radio) > middle(label)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert examine(visitor) == []


@browser_test
def test_a_phone_shows_nothing_out_of_reach(visit: Callable[..., Visitor]) -> None:
    visitor = visit(NARROW, **OTHER)
    page = visitor.page
    answer = visitor.ask(ASKED)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    answer.locator("a.footnote").first.click()
    page.wait_for_selector("#source mark.flash")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    for panel in ("library", "history", "settings"):
        open_panel(visitor, panel)
        wide = f"[...document.querySelectorAll('#{panel}, #{panel} *')].filter(each => each.getBoundingClientRect().left < -1 && !each.closest('.unseen')).length"
        assert page.evaluate(wide) == 0
        page.keyboard.press("Escape")


@browser_test
def test_a_browser_counts_as_the_catalogue_does(visit: Callable[..., Visitor]) -> None:
    visitor = visit(**OTHER)
    sent: Any = visitor.page.evaluate("JSON.parse(document.getElementById('footnote-messages').textContent)")
    picked = visitor.page.evaluate("[0, 1, 2, 3, 11, 100].map((count) => new Intl.PluralRules('ar').select(count))")
    assert sorted(sent["forms"][name] for name in picked) == [0, 1, 2, 3, 4, 5]
    visitor.ask("nested")
    assert visitor.page.locator("#step-count").inner_text().startswith("4 ")
    assert f"({sent['forms']['few']})" in visitor.page.locator("#step-count").inner_text()
