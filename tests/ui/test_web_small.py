"""Small screens in a real headless Chromium: phones, windows at four times their size, and what lies between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_pdf import lines, made_pdf
from visiting import ASKED, NARROW, Visitor, browser_test, open_panel, reload

SMALL = [
    {"width": 320, "height": 256},
    {"width": 390, "height": 256},
    {"width": 320, "height": 568},
    {"width": 844, "height": 390},
]
"""A desktop's window at 400 %, the same of a tablet's, a small phone, a phone on its side."""


def is_inside(visitor: Visitor, selector: str) -> bool:
    """Whether all of an element is on the screen."""
    box, size = visitor.page.locator(selector).first.bounding_box(), visitor.page.viewport_size
    assert box and size, selector
    right, bottom = box["x"] + box["width"], box["y"] + box["height"]
    return box["x"] >= 0 and box["y"] >= 0 and right <= size["width"] and bottom <= size["height"]


@browser_test
@pytest.mark.parametrize("size", SMALL, ids=lambda size: f"{size['width']}x{size['height']}")
def test_the_question_and_every_way_on_are_on_a_small_screen(
    visit: Callable[..., Visitor], size: dict[str, int]
) -> None:
    visitor = visit(size)
    page = visitor.page
    for state in ("empty", "answered"):
        if state == "answered":
            visitor.ask(ASKED)
            page.wait_for_selector("#next [data-ask]", state="attached")
        for selector in ("#question textarea", "#question .submit-button", "#upload", "[data-open-source]"):
            assert is_inside(visitor, selector), (state, selector)
        for name in ("history", "library", "settings"):
            assert is_inside(visitor, f"[data-open-panel={name}]"), (state, name)
    room = page.locator("#chat .panel-wrap").bounding_box()
    assert room and room["height"] >= 120, "there is room to read"
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], "nothing scrolls sideways"
    page.fill("#question textarea", "one\ntwo\nthree\nfour\nfive\nsix")
    assert is_inside(visitor, "#question .submit-button"), "a long question leaves its button in sight"


@browser_test
def test_nothing_overlaps_in_the_head_at_any_width(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    for width in (320, 360, 390, 480, 481, 640, 900, 901, 960, 1024, 1070, 1071, 1200, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(60)
        boxes = [page.locator(each).bounding_box() for each in ("#masthead h1", ".places", "#status .status")]
        for at, one in enumerate(boxes):
            for other in boxes[at + 1 :]:
                assert one and other
                is_beside = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
                is_above = one["y"] + one["height"] <= other["y"] + 8 or other["y"] + other["height"] <= one["y"] + 8
                assert is_beside or is_above, (width, one, other)
        column = page.locator("#conversation").bounding_box()
        assert column and all(box and box["x"] + box["width"] <= column["x"] + column["width"] for box in boxes), width


LINES = """() => {
  const alone = [];
  for (const link of document.querySelectorAll("#chat .answer a.footnote")) {
    const walker = document.createTreeWalker(link.closest(".answer"), NodeFilter.SHOW_TEXT);
    walker.currentNode = link;
    const before = walker.previousNode();
    const range = document.createRange();
    range.setStart(before, before.length - 1);
    range.setEnd(before, before.length);
    const [word, mark] = [[...range.getClientRects()].at(-1), link.getClientRects()[0]];
    if (mark.top >= word.bottom || mark.bottom <= word.top) alone.push(link.textContent);
  }
  return alone;
}"""
"""The markers of footnotes that do not stand on the line of the letter before them."""


@browser_test
def test_no_footnote_begins_a_line_alone(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.ask("Summarise the document")
    visitor.ask("quick, though it has few words")
    seen = 0
    for width in range(320, 520, 3):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        assert visitor.page.evaluate(LINES) == [], width
        seen += visitor.page.locator("#chat .answer a.footnote").count()
    assert seen > 300, "there was something to look at"
    assert visitor.page.evaluate("document.querySelector('#chat .words').innerText.includes('\u2060')") is False


@browser_test
@pytest.mark.parametrize("size", [SMALL[0], SMALL[1], SMALL[3]], ids=lambda size: f"{size['width']}x{size['height']}")
def test_on_a_low_screen_the_source_can_be_read_and_all_its_tools_be_had(
    visit: Callable[..., Visitor], size: dict[str, int], tmp_path: Path
) -> None:
    visitor = visit(size)
    page = visitor.page
    page.click("[data-open-source]")
    page.wait_for_selector("#outline:not([hidden])")
    (tmp_path / "tides.pdf").write_bytes(made_pdf([lines(["The tide turned at noon."])] * 3))
    for kind in ("text", "pages"):
        if kind == "pages":
            visitor.add(tmp_path / "tides.pdf")
            page.wait_for_selector(".sheet img")
        source = page.locator("#source").bounding_box()
        assert source and source["height"] >= 0.55 * size["height"], kind
        for tool in ("#find", "#outline") if kind == "text" else ("#find", "button[data-view=text]", "[data-zoom='1']"):
            page.locator(tool).scroll_into_view_if_needed()
            assert is_inside(visitor, tool), tool
    back = page.locator("[data-close-source]")
    assert is_inside(visitor, "[data-close-source]") and "Back to the conversation" in back.inner_text()


LARGEST = "localStorage.setItem('footnote-size', 'larger')"


@browser_test
@pytest.mark.parametrize("width", [390, 1440])
def test_long_words_in_the_largest_letters_fit(visit: Callable[..., Visitor], width: int, tmp_path: Path) -> None:
    visitor = visit({"width": width, "height": 900}, locale="de-DE")
    page = visitor.page
    page.evaluate(LARGEST)
    page.evaluate("localStorage.setItem('footnote-split', '35')")
    reload(visitor)
    visitor.ask(ASKED)
    page.wait_for_selector("#next [data-ask]")
    head = page.locator("#head").bounding_box()
    line = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    assert head and head["height"] < 6.5 * line, "the head takes two lines"
    if width == 390:
        page.click("[data-open-source]")
    page.wait_for_selector("#outline:not([hidden])")
    find, outline = page.locator(".find").bounding_box(), page.locator("#outline").bounding_box()
    assert find and outline and find["width"] >= 150 and outline["width"] >= 100
    for each in ("#head", "#composer", "#adding", ".tools", "#shelf", "#chat .panel-wrap"):
        over = page.evaluate(
            "each => { const box = document.querySelector(each); return box.scrollWidth - box.clientWidth }", each
        )
        assert over <= 1, (each, over)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    (tmp_path / "tides.pdf").write_bytes(made_pdf([lines(["The tide turned at noon."])] * 120))
    visitor.add(tmp_path / "tides.pdf")
    page.wait_for_selector(".tools.paper.on", state="attached")
    assert page.evaluate("(box => box.scrollWidth - box.clientWidth)(document.querySelector('.tools.paper'))") <= 1
    if width == 390:
        page.click("[data-close-source]")
    for panel in ("settings", "library", "history"):
        open_panel(visitor, panel)
        assert (
            page.evaluate(
                "name => { const box = document.getElementById(name); return box.scrollWidth - box.clientWidth }", panel
            )
            <= 1
        )
        page.keyboard.press("Escape")


@browser_test
def test_back_closes_the_source_and_the_panels_and_only_then_leaves(visit: Callable[..., Visitor]) -> None:
    visitor = visit(NARROW)
    page = visitor.page
    visitor.ask(ASKED)
    page.locator("#chat a.footnote").first.click()
    page.wait_for_selector("[data-sheet=open]")
    page.go_back()
    page.wait_for_selector("#room:not([data-sheet])")
    assert page.url.startswith(visitor.address), "the page is still there"
    assert page.locator("#chat .answer").count() == 1
    for name in ("history", "library", "settings"):
        open_panel(visitor, name)
        page.go_back()
        page.wait_for_selector(f"#{name}", state="hidden")
        assert page.url.startswith(visitor.address)
    page.click("[data-open-source]")
    page.click("[data-close-source]")
    page.wait_for_timeout(200)
    page.go_back()
    page.wait_for_url("about:blank")


@browser_test
def test_a_page_that_is_loaded_anew_under_a_panel_is_left_by_one_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit(NARROW)
    open_panel(visitor, "settings")
    visitor.page.reload()
    visitor.page.wait_for_selector("#chat .example")
    visitor.page.wait_for_timeout(300)
    visitor.complaints.clear()
    assert not visitor.page.is_visible("#settings")
    visitor.page.go_back()
    visitor.page.wait_for_url("about:blank")


@browser_test
@pytest.mark.parametrize("size", [NARROW, {"width": 1280, "height": 800}], ids=["phone", "desktop"])
def test_everything_that_is_pressed_is_large_enough(visit: Callable[..., Visitor], size: dict[str, int]) -> None:
    """24 pixels each way (WCAG 2.2, 2.5.8), measured by what is hit; on a phone 40 for what stands by itself."""
    is_phone = size == NARROW
    visitor = visit(size, has_touch=is_phone, is_mobile=is_phone)
    answer = visitor.ask(ASKED)
    answer.locator(".searched summary").click()
    visitor.page.wait_for_selector("#next [data-ask]")
    least = 40 if is_phone else 24
    small = visitor.page.evaluate(
        """least => {
            const found = [];
            const all = "button, summary, select, a.footnote, a.searched-passage";
            for (const each of document.querySelectorAll(`#conversation :is(${all})`)) {
                const box = each.getBoundingClientRect();
                if (!box.width || getComputedStyle(each).visibility === "hidden") continue;
                const need = each.matches("a.footnote, #chat .example") ? 24 : least;
                each.scrollIntoView({ block: "center" });
                const now = each.getBoundingClientRect();
                const [x, y] = [now.x + now.width / 2, now.y + now.height / 2];
                const isHit = (dx, dy) => each.contains(document.elementFromPoint(x + dx, y + dy));
                const reach = need / 2 - 1;
                if (now.height < need && !(isHit(0, reach) && isHit(0, -reach))) found.push([each.outerHTML.slice(0, 70), now.height]);
            }
            return found;
        }""",
        least,
    )
    assert small == []
