"""On a phone a tap on a footnote shows its quote at the bottom: read, copied with its source, and followed, by finger and keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from visiting import ASKED, NARROW, WIDE, Visitor, browser_test, is_in_view

CLIPBOARD = ["clipboard-read", "clipboard-write"]
FOOTNOTE = "#chat a.footnote"


@pytest.fixture
def phone(visit: Callable[..., Visitor]) -> Visitor:
    """Somebody with a phone who has asked one question."""
    visitor = visit(NARROW, has_touch=True, is_mobile=True, permissions=CLIPBOARD)
    visitor.ask(ASKED)
    return visitor


@browser_test
def test_a_tap_shows_the_quote_and_every_way_of_copying_it_is_in_reach(phone: Visitor) -> None:
    page = phone.page
    quote = page.locator(FOOTNOTE).first.get_attribute("data-quote") or ""
    page.tap(FOOTNOTE)
    page.wait_for_selector("#quote-sheet")
    assert quote in page.inner_text("#quote-sheet .quote") and page.is_hidden("#reading")
    for button in page.locator("#quote-sheet button").all():
        box = button.bounding_box()
        assert box and box["height"] >= 40 and box["x"] >= 0 and box["x"] + box["width"] <= NARROW["width"]
        assert box["y"] + box["height"] <= NARROW["height"]
    for name, part in (
        ("Text", f"“{quote}” ("),
        ("Markdown", "> "),
        ("BibTeX", "@misc{"),
        ("APA", "2019"),
        ("Link", "#words="),
    ):
        page.evaluate("navigator.clipboard.writeText('nothing')")
        page.tap(f"#quote-sheet .copying button:has-text('{name}')")
        page.wait_for_function("part => navigator.clipboard.readText().then((text) => text.includes(part))", arg=part)
    page.wait_for_selector("#quote-sheet .copying:has-text('Copied')")


@browser_test
def test_the_source_takes_its_place_and_back_leads_to_the_conversation(phone: Visitor) -> None:
    page = phone.page
    page.tap(FOOTNOTE)
    page.tap("#quote-sheet .main")
    page.wait_for_selector("#source mark.followed")
    assert is_in_view(page, "#source mark.followed") and page.is_hidden("#quote-sheet")
    page.go_back()
    page.wait_for_selector("#reading", state="hidden")
    assert page.url.startswith(phone.address)
    page.go_back()
    page.wait_for_url("about:blank")


@browser_test
def test_it_is_closed_by_back_by_a_tap_beside_it_and_by_escape(phone: Visitor) -> None:
    page = phone.page
    ways: list[Callable[[], object]] = [
        lambda: page.go_back(),
        lambda: page.touchscreen.tap(190, 60),
        lambda: page.tap("#quote-sheet .close"),
        lambda: page.keyboard.press("Escape"),
    ]
    for close in ways:
        page.tap(FOOTNOTE)
        page.wait_for_selector("#quote-sheet")
        assert page.evaluate("document.querySelector('#room').inert"), "nothing behind it can be reached"
        close()
        page.wait_for_selector("#quote-sheet", state="hidden")
        assert page.evaluate("document.activeElement.matches('a.footnote')")
        assert not page.evaluate("document.querySelector('#room').inert")
        page.wait_for_timeout(100)
    page.go_back()
    page.wait_for_url("about:blank")


@browser_test
def test_by_keys_alone_on_a_narrow_page_a_quote_is_copied(visit: Callable[..., Visitor]) -> None:
    visitor = visit(NARROW, permissions=CLIPBOARD)
    page = visitor.page
    visitor.ask(ASKED)
    page.evaluate("localStorage.setItem('footnote-keys-off', '')")  # at a footnote alone, its key is there all the same
    page.focus("#question textarea")
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('a.footnote')"):
            break
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    page.wait_for_selector("#preview .copying:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()").startswith("“")


@browser_test
def test_a_tap_on_a_wide_screen_follows_the_footnote_and_shows_its_window(visit: Callable[..., Visitor]) -> None:
    visitor = visit(WIDE, has_touch=True)
    visitor.ask(ASKED)
    visitor.page.tap(FOOTNOTE)
    visitor.page.wait_for_selector("#source mark.followed")
    assert visitor.page.is_visible("#preview .copying") and visitor.page.is_hidden("#quote-sheet")
