"""A conversation that its browser keeps: it outlives a reload, is nobody else's, and makes room for a new one."""

from __future__ import annotations

from collections.abc import Callable

from visiting import ASKED, FAR, Visitor, browser_test, reload


@browser_test
def test_a_conversation_is_there_again_after_a_reload_and_goes_on(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.ask(FAR)
    visitor.ask(ASKED)
    before = visitor.page.locator("#chat .answer .words").all_inner_texts()
    reload(visitor)
    visitor.page.wait_for_function("document.querySelectorAll('#chat .asked').length === 2")
    assert visitor.page.locator("#chat .answer .words").all_inner_texts() == before
    visitor.page.locator("#chat a.footnote").first.click()
    visitor.page.wait_for_selector("#source mark.flash")
    assert "walk" in visitor.marked(1)
    said = visitor.ask("Why did he say that?").locator(".words").inner_text()
    assert "businessman" in said, "a follow-up knows what was said before: what stands beside it is the reason"
    assert visitor.page.locator("#chat .asked").count() == 3


@browser_test
def test_what_one_browser_keeps_no_other_sees(visit: Callable[..., Visitor]) -> None:
    visit().ask(ASKED)
    other = visit()
    reload(other)
    other.page.wait_for_selector("#chat .example")
    assert other.page.locator("#chat .asked").count() == 0


@browser_test
def test_a_new_conversation_is_still_the_one_that_is_shown_after_a_reload(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.ask(ASKED)
    visitor.page.click("#restart")
    visitor.page.wait_for_selector("#chat .example")
    reload(visitor)
    visitor.page.wait_for_selector("#chat .example")
    assert visitor.page.locator("#chat .asked").count() == 0


@browser_test
def test_what_the_browser_kept_of_itself_is_not_trusted(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.page.evaluate("localStorage.setItem('footnote-mine', 'nonsense <img src=x onerror=pwned=1>')")
    reload(visitor)
    visitor.page.wait_for_selector("#chat .example")
    assert "walk" in visitor.ask(ASKED).inner_text()
    assert all("localStorage" in line for line in visitor.complaints)  # Gradio's script says what it could not read
    visitor.complaints.clear()
