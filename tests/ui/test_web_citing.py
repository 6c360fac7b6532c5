"""A footnote's quote is copied with its source from the window beside it, by mouse and by keys."""

from __future__ import annotations

from collections.abc import Callable

from visiting import ASKED, Visitor, browser_test, reload


@browser_test
def test_a_quote_is_copied_with_its_source_by_mouse_and_by_keys(visit: Callable[..., Visitor]) -> None:
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    footnote = visitor.ask(ASKED).locator("a.footnote").first
    quote = footnote.get_attribute("data-quote") or ""
    footnote.hover()
    page.wait_for_selector("#preview .copying")
    page.click("#preview .copying button:has-text('BibTeX')")
    page.wait_for_selector("#preview .copying:has-text('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("@misc{") and "Harini Madhusudan" in copied and "2019" in copied and quote in copied

    page.mouse.move(2, 2)
    page.wait_for_selector("#preview", state="hidden")
    page.keyboard.press("Tab")
    footnote.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.wait_for_selector("#preview .copying")
    page.keyboard.press("c")
    assert page.evaluate("document.activeElement.textContent") == "Text"
    page.keyboard.press("Enter")
    page.wait_for_selector("#preview .copying:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"“{quote}” (")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('a.footnote')") and page.is_hidden("#preview")

    reload(visitor)
    again = page.locator("#chat a.footnote").first
    again.hover()
    page.click("#preview .copying button:has-text('APA')")
    page.wait_for_selector("#preview .copying:has-text('Copied')")
    assert "(2019, March 7)" in page.evaluate("navigator.clipboard.readText()"), "of a conversation that was kept, too"
