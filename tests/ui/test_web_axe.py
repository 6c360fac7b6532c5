"""axe-core over every state of the page, light and dark, wide and narrow: nothing serious or critical in what we render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from examining import examine
from made_pdf import line, made_pdf
from visiting import ASKED, ASTRAL_NOTE, FAR, NARROW, WIDE, Visitor, browser_test, open_panel


@browser_test
def test_axe_finds_what_is_wrong(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.page.evaluate(
        "document.querySelector('#head').insertAdjacentHTML('beforeend', '<button></button><img src=\"data:,\">')"
    )
    found = " ".join(examine(visitor))
    assert "button-name" in found and "image-alt" in found


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_no_state_of_the_page_has_a_serious_finding(
    visit: Callable[..., Visitor],
    tmp_path: Path,
    viewport: dict[str, int],
    scheme: str,
) -> None:
    visitor = visit(viewport, color_scheme=scheme)
    page = visitor.page
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        page.wait_for_timeout(250)  # what moves in comes to rest
        found[state] = examine(visitor)

    look("empty")
    answer = visitor.ask(ASKED)
    answer.locator(".searched summary").click()
    page.wait_for_selector("#next [data-ask]")
    look("an answer, what was searched, suggestions")
    answer.locator("a.footnote").first.focus()
    look("a preview")
    if viewport == NARROW:
        answer.locator("a.footnote").first.click()
        page.wait_for_selector("#source mark.flash")
        look("the source as a sheet")
        page.keyboard.press("Escape")
        tap = "each => each.dispatchEvent(new PointerEvent('click', {bubbles: true, cancelable: true, pointerType: 'touch'}))"
        answer.locator("a.footnote").first.evaluate(tap)
        page.wait_for_selector("#quote-sheet")
        look("the quote at the bottom of a phone")
        page.keyboard.press("Escape")
    visitor.ask("prose")
    look("a chat model's prose, an unknown mark, a notice")
    visitor.ask("broken")
    look("a failure")
    visitor.ask(FAR)
    visitor.edit()
    look("an abstention, editing")
    (tmp_path / "stars.md").write_text(ASTRAL_NOTE, encoding="utf-8")
    visitor.add(tmp_path / "stars.md")
    page.click("#save summary")
    look("a report, the Save menu")
    page.evaluate("document.querySelector('#chat [data-thumb-down]').click()")
    look("reasons")
    page.keyboard.press("Escape")
    open_panel(visitor, "history")
    page.wait_for_selector("#conversations li")
    look("the history")
    page.click("#conversations >> text=Delete")
    page.wait_for_selector("#removed button")
    look("a conversation that was deleted")
    page.keyboard.press("Escape")
    visitor.ask(ASKED)
    open_panel(visitor, "library")
    page.click("#library summary")
    look("the library")
    page.keyboard.press("Escape")
    (tmp_path / "tides.pdf").write_bytes(made_pdf([line("The tide at Skarvik turned at noon.", 50, 400)]))
    visitor.add(tmp_path / "tides.pdf")
    visitor.ask("When did the tide at Skarvik turn?")
    page.locator("#chat a.footnote").last.click()
    page.wait_for_selector(".sheet .box.followed")
    look("a page with a quote boxed on it")
    page.keyboard.press("Escape")
    open_panel(visitor, "settings")
    page.click("[data-forget]")
    look("the settings, forgetting")
    page.click("#settings [data-open-panel=evaluation]")
    page.wait_for_selector("#trials form")
    look("the question sets")
    assert {state: findings for state, findings in found.items() if findings} == {}
