"""The conversation scrolls along with the answers, and never against the person, in a real headless Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from visiting import ARGUMENTS, CHROMIUM, WIDE, Served, Visitor, browser_test, visits

from ui.web.session.history import MOST_TURNS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TURNS = 12
"""So many that the conversation is many screens long, and the scrollbar's thumb still large enough to be grabbed."""

MEASURE = "() => { const it = document.querySelector('#chat .panel-wrap'); return [it.scrollTop, it.scrollHeight, it.clientHeight]; }"


def measure(visitor: Visitor) -> tuple[float, float, float]:
    """How far the conversation is scrolled, how long it is, and how much of it is seen."""
    top, whole, seen = visitor.page.evaluate(MEASURE)
    return top, whole, seen


@browser_test
def test_the_scrollbar_is_dragged_with_the_mouse(browser: Browser, served: Served) -> None:
    """Playwright's Chromium hides scrollbars unless it is told not to."""
    seen: dict[str, Any] = {
        "executable_path": CHROMIUM,
        "args": ARGUMENTS,
        "ignore_default_args": ["--hide-scrollbars"],
    }
    with_bars = browser.browser_type.launch(**seen)
    try:
        with visits(with_bars, served) as visit:
            visitor = visit()
            page = visitor.page
            for number in range(TURNS):
                visitor.ask(f"quick {number}")
            page.wait_for_selector("#next [data-ask]")
            box = page.locator("#chat .panel-wrap").bounding_box()
            assert box
            top, whole, height = measure(visitor)
            x, y = box["x"] + box["width"] - 4, box["y"] + height * (top + height / 2) / whole
            page.mouse.move(x, y)
            page.mouse.down()
            tops = []
            for step in range(1, 9):
                page.mouse.move(x, y - 20 * step)
                page.wait_for_timeout(80)
                tops.append(measure(visitor)[0])
            page.mouse.up()
            page.wait_for_timeout(400)
            assert tops == sorted(tops, reverse=True) and tops[-1] < top - 1000, "it goes up with the mouse"
            assert measure(visitor)[0] == tops[-1], "and stays where it was let go"
    finally:
        with_bars.close()


@browser_test
def test_who_has_scrolled_away_is_taken_to_the_latest_by_a_button(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    for number in range(4):
        visitor.ask(f"quick {number}")
    assert not page.is_visible("#latest")
    page.hover("#chat .panel-wrap")
    page.mouse.wheel(0, -900)
    page.wait_for_selector("#latest", state="visible")
    away = measure(visitor)[0]
    page.click("#latest")
    page.wait_for_selector("#latest", state="hidden")
    assert measure(visitor)[0] > away + 400
    assert page.evaluate("document.activeElement.closest('#question') !== null"), "and one can type on"


@browser_test
def test_an_answer_that_grows_does_not_pull_down_who_reads_above(visit: Callable[..., Visitor], served: Served) -> None:
    served.chain.release.clear()
    visitor = visit({**WIDE, "height": 500})
    page = visitor.page
    for number in range(3):
        visitor.ask(f"quick {number}")
    page.fill("#question textarea", "slow")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#question .stop-button")
    page.evaluate("document.querySelector('#chat .panel-wrap').scrollTop = 100")
    page.wait_for_timeout(200)
    served.chain.release.set()
    page.wait_for_selector("#question .submit-button")
    page.wait_for_timeout(300)
    assert measure(visitor)[0] == 100
    visitor.ask("quick again")
    assert measure(visitor)[0] > 400, "a new question is always shown"


@browser_test
def test_a_conversation_longer_than_a_server_takes_up_is_kept_whole(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    for number in range(MOST_TURNS + 3):
        page.fill("#question textarea", f"quick {number}")
        page.press("#question textarea", "Enter")
        page.wait_for_selector(f"#chat .asked >> text=/^quick {number}$/")
        page.wait_for_selector("#question .submit-button")
    assert page.locator("#chat .asked").count() == MOST_TURNS
    page.wait_for_selector("#latest", state="hidden")  # the newest is in sight
    page.click("[data-open-panel=history]")
    page.wait_for_selector(f"#conversations >> text={MOST_TURNS + 3} questions")
