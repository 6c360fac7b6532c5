"""A document of three hundred pages on the page: added, asked about, followed to its end, and searched, in Chromium."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_pdf import lines, made_pdf
from visiting import Visitor, wait_until

pytestmark = pytest.mark.browser

PAGES = 300
ASKED_OF = PAGES - 8
"""The page with the sentence that answers."""

ANSWER = "The clock tower of Quillhaven was struck by lightning in 1893."
QUESTION = "When was the clock tower of Quillhaven struck by lightning?"
LAST = "colophon"
"""A word of the last page, and of no other."""

SENTENCES = 9
"""How many a page has, beside its number: so many that the file is a long one, and is still taken."""

HEARD = """() => {
  window.heard = [];
  const hear = () => {
    const bar = document.querySelector(".report.working progress");
    if (bar) heard.push([document.querySelector(".report.working").innerText, bar.value, bar.max]);
  };
  new MutationObserver(hear).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}"""
"""Writes down every state of the progress of what is being added."""


def name_town(chooser: random.Random) -> str:
    """The name of a town that does not exist."""
    start, end = (
        chooser.choice("Ald Brim Cor Dun Esk Fal Gar Holm".split()),
        chooser.choice("by fell mere ness wick".split()),
    )
    return start + chooser.choice(("a", "e", "in", "er")) + end


def write_pages() -> Iterator[list[str]]:
    """The sentences of each page: what one invented town traded with another, with a number of its own each."""
    chooser = random.Random(300)
    for page in range(1, PAGES + 1):
        sentences = [
            f"Entry {page}.{number}: {name_town(chooser)} sent {chooser.randint(3, 90)} carts of "
            f"{chooser.choice(('salt', 'slate', 'wool', 'tin', 'barley'))} to {name_town(chooser)}."
            for number in range(1, SENTENCES + 1)
        ]
        if page == ASKED_OF:
            sentences.insert(2, ANSWER)
        if page == PAGES:
            sentences.append(f"This is the {LAST} of the ledger.")
        yield sentences


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF file of that many pages."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.pdf"
    path.write_bytes(made_pdf([lines(sentences) for sentences in write_pages()]))
    return path


def is_within_source(visitor: Visitor, selector: str) -> bool:
    """Whether an element's box lies within the part of the source column that is on screen."""
    visitor.page.wait_for_timeout(50)
    box = visitor.page.locator(selector).first.bounding_box()
    pane = visitor.page.locator("#source").bounding_box()
    if not box or not pane:
        return False
    return (
        pane["y"] <= box["y"]
        and box["y"] + box["height"] <= pane["y"] + pane["height"]
        and pane["x"] <= box["x"]
        and box["x"] + box["width"] <= pane["x"] + pane["width"]
    )


def test_a_document_of_three_hundred_pages_is_added_asked_followed_and_searched(
    visit: Callable[..., Visitor], ledger: Path
) -> None:
    visitor = visit()
    page = visitor.page

    page.evaluate(HEARD)
    page.locator("#upload input[type=file], #adding input[type=file]").first.set_input_files(ledger)
    page.wait_for_selector(".report.added", timeout=180_000)
    assert f"{PAGES:,} pages" in page.inner_text(".report.added")
    heard = page.evaluate("heard")
    counted = [done / most for _, done, most in heard if most > 1]
    assert any(re.search(r"[\d,]+ of [\d,]+", said) for said, _, _ in heard), "progress is told in words"
    assert len(set(counted)) > 2 and max(counted) <= 1, "and step by step"
    page.wait_for_selector('#source [data-document="ledger"]', state="attached")
    page.wait_for_selector(".sheet img")

    answer = visitor.ask(QUESTION)
    assert "1893" in answer.inner_text()
    footnote = answer.locator("a.footnote").first
    number = footnote.get_attribute("data-citation")
    assert ANSWER in visitor.marked(int(number or 0)).replace("\n", " ")
    page.evaluate("document.querySelector('#paper').scrollTop = 0")
    footnote.hover()
    page.wait_for_selector("#preview", state="visible")
    assert re.search(rf"\bpage {ASKED_OF}\b", page.inner_text("#preview"))
    footnote.click()
    page.wait_for_selector(f".sheet[data-page='{ASKED_OF}'] .box.flash")
    wait_until(lambda: is_within_source(visitor, ".sheet .box.flash"))
    page.click("button[data-view=text]")
    page.wait_for_selector("#source mark.followed")
    wait_until(lambda: is_within_source(visitor, "#source mark.followed"))

    page.fill("#find", LAST)
    page.wait_for_function("document.getElementById('found').textContent === '1 of 1'")
    wait_until(lambda: is_found_on_screen(visitor))
    page.fill("#find", f"Entry {PAGES}.")
    page.wait_for_function(f"document.getElementById('found').textContent === '1 of {SENTENCES}'")
    for button, at in (("1", 2), ("1", 3), ("-1", 2), ("-1", 1), ("-1", SENTENCES), ("1", 1)):
        page.click(f'[data-find="{button}"]')
        page.wait_for_function(f"document.getElementById('found').textContent === '{at} of {SENTENCES}'")
        wait_until(lambda: is_found_on_screen(visitor))


def is_found_on_screen(visitor: Visitor) -> bool:
    """Whether the words that were found are lit, and within the source column."""
    visitor.page.wait_for_timeout(50)
    return bool(
        visitor.page.evaluate(
            """() => {
                const found = [...(CSS.highlights.get("found-now") ?? [])];
                if (found.length !== 1) return false;
                const box = found[0].getBoundingClientRect();
                const pane = document.querySelector("#source").getBoundingClientRect();
                return box.height > 0 && box.top >= pane.top && box.bottom <= pane.bottom;
            }"""
        )
    )
