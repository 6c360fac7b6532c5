"""The library panel in a real browser: adding, pasting, removing, indexing anew; what outlives a reload, and what goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from visiting import (
    ASKED,
    ASTRAL_NOTE,
    ELEPHANT,
    FAR,
    NARROW,
    WIDE,
    Served,
    Visitor,
    browser_test,
    open_panel,
    reload,
    titles,
)

BREAD = "Sourdough bread should prove for twelve hours before it is baked.\n"
VISITS = "() => document.querySelectorAll('#documents tbody tr').length"


@pytest.fixture
def note(tmp_path: Path) -> Path:
    (tmp_path / "stars.md").write_text(ASTRAL_NOTE, encoding="utf-8")
    return tmp_path / "stars.md"


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_panel_takes_the_focus_and_gives_it_back(
    visit: Callable[..., Visitor],
    viewport: dict[str, int],
) -> None:
    page = (visitor := visit(viewport)).page
    for name in ("library", "settings"):
        page.focus(f"[data-open-panel={name}]")
        page.keyboard.press("Enter")
        page.wait_for_function(f"document.activeElement.closest('#{name}') !== null")
        for _ in range(25):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.closest('#room') === null"), "the rest cannot be reached"
        assert page.get_attribute(f"#{name}", "role") == "dialog"
        page.keyboard.press("Escape")
        page.wait_for_function(f"document.activeElement.matches('[data-open-panel={name}]')")
        assert not page.is_visible(f"#{name} [data-close-panel]")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert "walk away" in visitor.ask(ASKED).inner_text()


@browser_test
def test_limits_are_said_before_anything_is_added(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    assert "0.5 MB" in visitor.page.inner_text("#report")
    open_panel(visitor, "library")
    said = visitor.page.inner_text("#adding-more")
    assert "0.5 MB each" in said and "20 documents" in said and "Removed a day after your last visit" in said


@browser_test
def test_pasted_text_is_added_asked_about_read_and_removed(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit()
    page = visitor.page
    open_panel(visitor, "library")
    page.click("#library summary")
    page.fill("#library [name=title]", "Baking <b>notes</b>")
    page.fill("#library [name=text]", BREAD)
    page.click("#library form button[type=submit]")
    page.wait_for_selector("#report-too .added")
    assert titles(visitor) == ["The Hanoi summit: two leaders and no deal", "Baking b notes b"]
    assert page.input_value("#library [name=text]") == ""
    page.keyboard.press("Escape")
    assert "twelve hours" in visitor.ask(FAR).inner_text()
    open_panel(visitor, "library")
    page.click("#documents .title >> nth=0")
    page.wait_for_selector('#source [data-document="hanoi-summit"]')
    assert not page.is_visible("#documents"), "the panel makes room for what is read"
    open_panel(visitor, "library")
    page.click("[data-remove]")
    page.wait_for_function(f"({VISITS})() === 1")
    page.keyboard.press("Escape")
    answer = page.locator("#chat .answer").last
    assert "twelve hours" in answer.inner_text(), "the quote stays"
    assert "Source removed" in answer.inner_text()
    assert answer.locator("a.footnote.gone").count() >= 1
    answer.locator("a.footnote.gone").first.click()
    page.wait_for_selector("#kept-quote >> text=twelve hours")
    assert "twelve hours" not in visitor.ask(FAR).inner_text()


@browser_test
def test_what_was_added_outlives_a_reload_and_is_this_browsers_alone(
    visit: Callable[..., Visitor],
    note: Path,
) -> None:
    ada, bob = visit(), visit()
    ada.add(note)
    assert "six tonnes" in ada.ask(ELEPHANT).inner_text()
    for visitor in (ada, bob):
        reload(visitor)
    ada.page.wait_for_selector('#source [data-document="stars"]')
    assert len(titles(ada)) == 2 and len(titles(bob)) == 1
    assert ada.page.locator("#chat .asked").count() == 1 and ada.page.locator("a.footnote.gone").count() == 0
    assert "six tonnes" in ada.ask(ELEPHANT).inner_text()
    assert "six tonnes" not in bob.ask(ELEPHANT).inner_text()
    tokens = [visitor.page.evaluate("localStorage.getItem('footnote-mine')") for visitor in (ada, bob)]
    assert all(tokens) and tokens[0] != tokens[1]


@browser_test
def test_a_document_is_indexed_anew_and_stays_what_it_is(
    visit: Callable[..., Visitor],
    note: Path,
) -> None:
    visitor = visit()
    open_panel(visitor, "settings")
    assert not visitor.page.is_visible("[data-reindex]"), "nothing was added yet"
    visitor.page.keyboard.press("Escape")
    visitor.add(note)
    open_panel(visitor, "library")
    assert not visitor.page.locator("#library [data-reindex]").count()
    visitor.page.keyboard.press("Escape")
    open_panel(visitor, "settings")
    visitor.page.click("#settings [data-reindex]")
    visitor.page.wait_for_selector("#report .replaced")
    assert "Replaced “Star notes”" in visitor.page.inner_text("#report")
    assert visitor.page.get_attribute("body", "data-panel") is None
    assert "six tonnes" in visitor.ask(ELEPHANT).inner_text()


@browser_test
def test_files_are_added_by_dropping_them_on_the_page(visit: Callable[..., Visitor]) -> None:
    page = visit().page
    page.evaluate(
        """text => {
            const given = new DataTransfer();
            given.items.add(new File([text], "bread.md", { type: "text/markdown" }));
            const over = (kind) => document.querySelector("#chat").dispatchEvent(
                new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: given }));
            over("dragenter");
            window.seen = "dropping" in document.body.dataset;
            over("dragover");
            over("drop");
            window.left = "dropping" in document.body.dataset;
        }""",
        BREAD,
    )
    page.wait_for_selector("#report .added")
    assert "Added bread.md" in page.inner_text("#report")
    assert page.evaluate("[window.seen, window.left]") == [True, False]


@browser_test
def test_forgetting_everything_takes_it_all_and_asks_first(
    visit: Callable[..., Visitor],
    served: Served,
    note: Path,
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.add(note)
    visitor.ask(ELEPHANT)
    page.locator("#chat [data-act=good]").last.click()
    page.wait_for_selector("#chat [data-act=good][aria-pressed=true]")
    kept = served.uploads / "feedback.jsonl"
    said = kept.read_text(encoding="utf-8")
    assert ELEPHANT in said
    token = page.evaluate("localStorage.getItem('footnote-mine')")
    open_panel(visitor, "settings")
    page.click("[data-forget]")
    assert "cannot be taken back" in page.inner_text("#settings .sure")
    page.click("[data-forget-not]")
    assert page.is_visible("[data-forget]")
    page.click("[data-forget]")
    page.click("[data-forget-now]")
    page.wait_for_selector("#chat .example")
    page.wait_for_selector('#source [data-document="hanoi-summit"]')
    assert titles(visitor) == ["The Hanoi summit: two leaders and no deal"]
    assert page.locator("#chat .asked").count() == 0 and not page.is_visible("#settings [data-close-panel]")
    assert ELEPHANT not in kept.read_text(encoding="utf-8")
    reload(visitor)
    page.wait_for_selector("#chat .example")
    assert page.evaluate("localStorage.getItem('footnote-mine')") != token
    assert "six tonnes" not in visitor.ask(ELEPHANT).inner_text()
    libraries = [folder for folder in served.uploads.iterdir() if folder.is_dir()]
    assert not any(
        "Tusker" in path.read_text("utf-8", "ignore") for root in libraries for path in root.rglob("*.jsonl")
    )
