"""Words that are selected in the source are asked about, of their document alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from made_pdf import lines, made_pdf
from selecting import SELECT
from visiting import NARROW, Visitor, browser_test

if TYPE_CHECKING:
    from playwright.sync_api import Page

TIDES = "Spring tides are highest two days after the new moon.\n\nThe keeper wrote down every tide in a green book.\n"


def pick(page: Page, words: str) -> None:
    """Select words of the source and press the button beside them."""
    assert page.evaluate(SELECT, words), f"{words!r} is not there"
    page.click("#pick")
    page.wait_for_function("document.activeElement?.closest('#question')")


@pytest.fixture
def tides(tmp_path: Path) -> Path:
    path = tmp_path / "tides.txt"
    path.write_text(TIDES, encoding="utf-8")
    return path


@browser_test
def test_selected_words_are_asked_about_of_their_document_alone(visit: Callable[..., Visitor], tides: Path) -> None:
    visitor = visit()
    page = visitor.page
    visitor.add(tides)
    page.wait_for_selector("[data-document=tides]")
    pick(page, "green book")
    assert page.input_value("#question textarea") == "“green book” "
    assert "tides" in page.inner_text("#about") and page.is_hidden("#pick")
    page.keyboard.type("What did Trump say on leaving the summit?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#chat .asked:has-text('“green book” What did Trump say')")
    page.wait_for_selector("#question .submit-button")
    page.wait_for_selector("#chat .actions")
    answer = page.locator("#chat .bot-row").last.inner_text()
    assert "walk" not in answer, "the other document is not asked"
    assert page.is_hidden("#about") and page.input_value("#question textarea") == ""
    visitor.ask("What did Trump say on leaving the summit?")
    assert "walk" in page.locator("#chat .bot-row").last.inner_text(), "the next question is asked of all"


@browser_test
def test_asking_again_asks_the_same_document(visit: Callable[..., Visitor], tides: Path) -> None:
    visitor = visit()
    page = visitor.page
    visitor.add(tides)
    page.wait_for_selector("[data-document=tides]")
    pick(page, "The keeper")
    page.keyboard.type("what did he write down?")
    page.click("#question .submit-button")
    page.wait_for_selector("#chat .actions")
    assert "green book" in page.locator("#chat .bot-row").last.inner_text()
    page.evaluate("[...document.querySelectorAll('#chat .answer')].at(-1).dataset.former = 'yes'")
    page.locator("#chat [data-act=retry]").last.click()
    page.wait_for_selector("#chat .answer[data-former]", state="detached")
    page.wait_for_selector("#question .submit-button")
    page.wait_for_selector("#chat .actions")
    assert "green book" in page.locator("#chat .bot-row").last.inner_text()


@browser_test
def test_the_document_is_let_go_by_a_press_and_by_emptying_the_field(visit: Callable[..., Visitor]) -> None:
    page = visit().page
    pick(page, "Singapore")
    page.click("#about button")
    assert page.is_hidden("#about") and "Singapore" in page.input_value("#question textarea")
    page.fill("#question textarea", "")
    pick(page, "Singapore")
    page.fill("#question textarea", "")
    assert page.is_hidden("#about")
    page.evaluate("getSelection().removeAllRanges()")
    page.evaluate(
        "document.querySelector('.status') && getSelection().selectAllChildren(document.querySelector('.status'))"
    )
    page.wait_for_timeout(100)
    assert page.is_hidden("#pick"), "only words of the source"


@browser_test
def test_words_of_a_page_are_picked_on_a_phone_and_the_sheet_closes(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    path = tmp_path / "book.pdf"
    path.write_bytes(made_pdf([lines(["The keeper wrote every tide", "in a green book."])], info="/Title (Book)"))
    visitor = visit(NARROW)
    page = visitor.page
    visitor.add(path)
    page.click("[data-open-source]")
    page.wait_for_selector(".sheet .words span")
    pick(page, "green book")
    page.wait_for_selector("#reading", state="hidden")
    assert "“green book”" in page.input_value("#question textarea") and "Book" in page.inner_text("#about")
