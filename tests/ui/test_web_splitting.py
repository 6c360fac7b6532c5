"""The line between conversation and source: drawn by the mouse, moved by keys, kept, bounded, evened by a double click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from visiting import ASKED, NARROW, WIDE, Visitor, browser_test, reload


def share(visitor: Visitor) -> float:
    """The percentage of the width that the conversation has."""
    found: float = visitor.page.evaluate(
        "100 * document.querySelector('#conversation').getBoundingClientRect().width / innerWidth"
    )
    return found


def draw(visitor: Visitor, to: float) -> None:
    """Take the line with the mouse to a place, given as a part of the window's width."""
    page = visitor.page
    box = page.locator("#divider").bounding_box()
    assert box and page.viewport_size
    page.mouse.move(box["x"] + box["width"] / 2, 400)
    page.mouse.down()
    page.mouse.move(page.viewport_size["width"] * (to + 0.05), 420)
    page.mouse.move(page.viewport_size["width"] * to, 420)
    page.mouse.up()


@browser_test
def test_it_is_drawn_kept_bounded_and_evened(visit: Callable[..., Visitor]) -> None:
    visitor = visit(WIDE)
    page = visitor.page
    assert abs(share(visitor) - 50) < 1
    draw(visitor, 0.6)
    assert abs(share(visitor) - 60) < 1
    assert page.get_attribute("#divider", "aria-valuenow") == "60"
    reload(visitor)
    assert abs(share(visitor) - 60) < 1, "it is kept"
    draw(visitor, 0.99)
    most = float(page.get_attribute("#divider", "aria-valuemax") or 0)
    assert 60 < most < 75 and abs(share(visitor) - most) < 1.5
    page.set_viewport_size({"width": 940, "height": 800})
    page.wait_for_function("Number(document.querySelector('#divider').getAttribute('aria-valuemax')) < 62")
    assert page.evaluate("document.querySelector('#reading').getBoundingClientRect().width >= 379")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.dblclick("#divider", position={"x": 4, "y": 300})
    assert abs(share(visitor) - 50) < 1
    assert page.evaluate("localStorage.getItem('footnote-split')") is None
    assert "walk" in visitor.ask(ASKED).inner_text()


@browser_test
def test_keys_move_it(visit: Callable[..., Visitor]) -> None:
    visitor = visit(WIDE)
    page = visitor.page
    page.focus("#divider")
    page.keyboard.press("ArrowRight")
    assert abs(share(visitor) - 52) < 1
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert abs(share(visitor) - 48) < 1 and page.get_attribute("#divider", "aria-valuenow") == "48"
    page.keyboard.press("Home")
    assert abs(share(visitor) - float(page.get_attribute("#divider", "aria-valuemin") or 0)) < 1.5
    page.keyboard.press("End")
    assert abs(share(visitor) - float(page.get_attribute("#divider", "aria-valuemax") or 0)) < 1.5


@browser_test
@pytest.mark.parametrize("kept", ["9999", "-3", "NaN", "<img src=x onerror=window.pwned=1>", "50; color: red", ""])
def test_what_was_kept_may_be_anything(visit: Callable[..., Visitor], kept: str) -> None:
    visitor = visit(WIDE)
    visitor.page.evaluate("kept => localStorage.setItem('footnote-split', kept)", kept)
    reload(visitor)
    assert 34 <= share(visitor) <= 70


@browser_test
def test_narrow_screens_have_none(visit: Callable[..., Visitor]) -> None:
    visitor = visit(NARROW)
    visitor.page.evaluate("localStorage.setItem('footnote-split', '60')")
    reload(visitor)
    assert not visitor.page.is_visible("#divider")
    assert abs(share(visitor) - 100) < 1


@browser_test
def test_in_a_mirrored_page_it_follows_the_mouse(visit: Callable[..., Visitor]) -> None:
    visitor = visit(WIDE)
    page = visitor.page
    page.evaluate("document.documentElement.dir = 'rtl'")
    draw(visitor, 0.4)
    assert abs(share(visitor) - 60) < 1, "the conversation is on the right"
    page.focus("#divider")
    page.keyboard.press("ArrowLeft")
    assert abs(share(visitor) - 62) < 1


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit: Callable[..., Visitor], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    visitor = visit(WIDE, color_scheme=scheme)
    visitor.ask(ASKED)
    visitor.page.focus("#divider")
    found: dict[str, Any] = Axe().run(visitor.page).response
    assert len(found["passes"]) > 10, "it did look at the page"
    assert [each["id"] for each in found["violations"] if each["impact"] in ("serious", "critical")] == []
