"""By keys alone: from the question to its quote, boxed on the page, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_pdf import line, made_pdf
from visiting import ASKED, NARROW, WIDE, Visitor, browser_test

MOST_KEYS = 6
QUESTION = "When did the tide at Skarvik turn?"
AT_QUESTION = "document.activeElement === document.querySelector('#question textarea')"


IN_SIGHT = """() => {
  const box = document.querySelector(".sheet .box.followed")?.getBoundingClientRect();
  return box && box.height > 0 && box.top >= 0 && box.bottom <= window.innerHeight;
}"""
"""Whether the box of the footnote that is followed is drawn, and in the window: it is drawn anew where the page's width changes."""


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_boxed_quote_and_back_takes_at_most_six_keys(
    visit: Callable[..., Visitor], tmp_path: Path, viewport: dict[str, int]
) -> None:
    (tmp_path / "tides.pdf").write_bytes(made_pdf([line("The tide at Skarvik turned at noon.", 50, 400)]))
    visitor = visit(viewport)
    page = visitor.page
    visitor.add(tmp_path / "tides.pdf")
    page.focus("#question textarea")
    page.keyboard.type(QUESTION)
    keys: list[str] = []

    def press(key: str) -> None:
        keys.append(key)
        page.keyboard.press(key)

    press("Enter")
    page.wait_for_selector("#chat .actions")
    page.wait_for_selector("#question .submit-button")
    press("Escape")
    page.wait_for_selector("#chat a.footnote:focus")
    press("Enter")
    page.wait_for_selector(".sheet .box.followed")
    page.wait_for_function(IN_SIGHT)
    while not page.evaluate(AT_QUESTION):
        assert len(keys) < MOST_KEYS, keys
        press("Escape")
        page.wait_for_timeout(300)
    assert len(keys) <= MOST_KEYS
    page.keyboard.type("And then?")
    assert page.input_value("#question textarea") == "And then?"
    page.keyboard.press("Escape")
    assert page.evaluate(AT_QUESTION) and page.input_value("#question textarea") == "And then?", "what is typed stays"


@browser_test
def test_escape_leads_to_the_newest_answer_and_nowhere_where_there_is_none(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    page.focus("#question textarea")
    page.keyboard.press("Escape")
    assert page.evaluate(AT_QUESTION)
    visitor.ask(ASKED)
    visitor.ask("nested")
    page.keyboard.press("Escape")
    page.wait_for_selector("#chat .bot-row:last-of-type a.footnote:focus, #chat a.footnote:focus")
    newest = "document.activeElement.dataset.answer === [...document.querySelectorAll('#chat .answer[data-marks]')].at(-1).dataset.answer"
    assert page.evaluate(newest)
