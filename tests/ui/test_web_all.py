"""The rest of a long list, on the page: how much is left out is said, and a press brings all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from visiting import Visitor, browser_test

LISTED = "Which parts are there?"


@browser_test
def test_the_rest_of_a_long_list_comes_at_a_press(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    page = visitor.page
    (tmp_path / "parts.csv").write_text("Part,Price\n" + "".join(f"P-{at},{at}.50\n" for at in range(45)))
    visitor.add(tmp_path / "parts.csv")
    answer = visitor.ask(LISTED)
    assert answer.locator(".footnote").count() == 20
    assert "25 more left out here" in answer.locator(".notice").inner_text()
    answer.locator("[data-act=all]").click()
    page.wait_for_function("() => document.querySelectorAll('#chat .bot-row:last-of-type .footnote').length === 45")
    page.wait_for_selector("#question .submit-button")
    assert page.locator("#chat .asked").all_inner_texts() == [LISTED], "it takes the place of what was there"
    assert page.locator("#chat [data-act=all]").count() == 0, "there is no more to be had"


@browser_test
def test_only_the_last_answer_is_asked_for_more(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    (tmp_path / "parts.csv").write_text("Part,Price\n" + "".join(f"P-{at},{at}.50\n" for at in range(45)))
    visitor.add(tmp_path / "parts.csv")
    visitor.ask(LISTED)
    visitor.ask("What is the price of P-7?")
    assert visitor.page.locator("#chat [data-act=all]:visible").count() == 0
