"""The source as its pages in a real browser: quotes boxed where they stand, the text one press away, and Back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from examining import examine
from made_pdf import line, lines, made_pdf
from visiting import NARROW, WIDE, Visitor, browser_test, reload

if TYPE_CHECKING:
    from playwright.sync_api import Locator

WORDS = "The lighthouse of Skarvik burned down in the winter of 1911."
ASKED = "When did the lighthouse of Skarvik burn down?"
FILLER = [f"Paragraph {number} tells of tides, of weather and of herring." for number in range(1, 9)]
PAGES = [lines(FILLER) + line(f"Sheet {number}", 50, 60) for number in range(1, 13)]
LIGHT = made_pdf([*PAGES[:8], lines([*FILLER[:3], WORDS, *FILLER[3:]]), *PAGES[8:]], info="/Title (Skarvik)")


@pytest.fixture
def light(tmp_path: Path) -> Path:
    path = tmp_path / "skarvik.pdf"
    path.write_bytes(LIGHT)
    return path


@pytest.fixture
def reader(visit: Callable[..., Visitor], light: Path) -> Visitor:
    """Somebody who has added a PDF of thirteen pages, and sees the first."""
    visitor = visit()
    visitor.add(light)
    visitor.page.wait_for_selector(".sheet[data-page='1'] img")
    return visitor


def box(visitor: Visitor) -> Locator:
    visitor.page.wait_for_selector("#paper .box")
    return visitor.page.locator("#paper .box").first


def wait_until_seen(visitor: Visitor, selector: str) -> None:
    visitor.page.wait_for_function(
        """selector => {
            const [box, frame] = [selector, "#paper"].map((each) => document.querySelector(each)?.getBoundingClientRect());
            return box && box.top >= frame.top && box.bottom <= frame.bottom && box.left >= frame.left && box.right <= frame.right;
        }""",
        arg=selector,
    )


@browser_test
def test_a_pdf_opens_as_its_pages_and_a_quote_is_boxed_where_it_stands(reader: Visitor) -> None:
    page = reader.page
    assert page.locator(".sheet").count() == 13 and page.inner_text("#page-count") == "13"
    assert page.locator(".sheet img").count() < 6, "only what is in sight is drawn"
    reader.ask(ASKED)
    shown = box(reader)
    wait_until_seen(reader, "#paper .box")
    assert shown.evaluate("each => each.parentElement.dataset.page") == "9"
    under = page.evaluate(
        """() => {
            const box = document.querySelector("#paper .box").getBoundingClientRect();
            return [...document.querySelectorAll(".sheet[data-page='9'] .words span")].filter((span) => {
                const own = span.getBoundingClientRect();
                return Math.abs(own.top + own.height / 2 - box.top - box.height / 2) < 4;
            }).map((span) => [span.textContent, span.getBoundingClientRect().width / box.width]);
        }"""
    )
    assert [words for words, _ in under] == [WORDS] and under[0][1] == pytest.approx(1, abs=0.1)
    assert page.input_value("#page-number") in ("8", "9")


@browser_test
def test_the_text_is_one_press_away_and_what_was_chosen_is_remembered(reader: Visitor) -> None:
    page = reader.page
    reader.ask(ASKED)
    box(reader)
    page.click("[data-view=text]")
    page.wait_for_selector("#paper", state="hidden")
    assert reader.marked(1) == WORDS
    reload(reader)
    page.wait_for_selector("[data-view=text][aria-pressed=true]")
    assert page.is_hidden("#paper")
    page.click("button[data-view=pages]")
    box(reader)
    reload(reader)
    page.wait_for_selector("#paper .sheet")


@browser_test
def test_pages_are_gone_to_and_made_larger(reader: Visitor) -> None:
    page = reader.page
    for typed, arrived in (("12", "12"), ("999", "13"), ("0", "13"), ("-4", "1"), ("x", "1"), ("2", "2")):
        page.fill("#page-number", typed)
        page.press("#page-number", "Enter")
        page.wait_for_function("n => document.querySelector('#page-number').value === n", arg=arrived)
    page.wait_for_selector(".sheet[data-page='2'] img")
    before = page.evaluate("document.querySelector('.sheet').clientWidth")
    page.click("[data-zoom='1']")
    page.click("[data-zoom='1']")
    assert page.evaluate("document.querySelector('.sheet').clientWidth") == pytest.approx(1.5 * before, abs=4)
    page.wait_for_function("document.querySelector('.sheet[data-page=\\'2\\']').dataset.dots > 700")
    page.click("[data-zoom='0']")
    assert page.evaluate("document.querySelector('.sheet').clientWidth") == before


@browser_test
def test_pictures_are_given_up_far_from_what_is_read(reader: Visitor) -> None:
    page = reader.page
    for number in range(1, 14):
        page.fill("#page-number", str(number))
        page.press("#page-number", "Enter")
        page.wait_for_selector(f".sheet[data-page='{number}'] img")
    page.wait_for_timeout(500)
    assert page.locator(".sheet img").count() <= 14


@browser_test
def test_words_of_a_page_can_be_selected_and_finding_leads_to_the_text(reader: Visitor) -> None:
    page = reader.page
    page.locator(".sheet[data-page='1'] .words span").first.dblclick()
    assert page.evaluate("getSelection().toString().trim()") in FILLER[0]
    page.keyboard.press("Escape")
    page.fill("#find", "Skarvik burned")
    page.wait_for_function("document.querySelector('#found').textContent === '1 of 1'")
    assert page.is_hidden("#paper")


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_from_question_to_boxed_quote_and_back_in_four_keys(
    visit: Callable[..., Visitor], light: Path, viewport: dict[str, int]
) -> None:
    visitor = visit(viewport)
    page = visitor.page
    visitor.add(light)
    page.fill("#question textarea", ASKED)
    page.focus("#question textarea")
    page.keyboard.press("Enter")
    page.wait_for_selector("#chat .actions")
    page.wait_for_selector("#question .submit-button")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("n")
    page.wait_for_selector("#paper .box.followed")
    wait_until_seen(visitor, "#paper .box.followed")
    page.keyboard.press("Escape" if viewport == NARROW else "Tab")
    if viewport == NARROW:
        page.wait_for_selector("#reading", state="hidden")
    assert page.evaluate("document.activeElement.closest('#conversation') !== null")


@browser_test
def test_on_a_phone_back_closes_the_page_and_leads_to_the_answer(visit: Callable[..., Visitor], light: Path) -> None:
    visitor = visit(NARROW)
    page = visitor.page
    visitor.add(light)
    visitor.ask(ASKED)
    page.locator("#chat a.footnote").first.click()
    box(visitor)
    wait_until_seen(visitor, "#paper .box")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.go_back()
    page.wait_for_selector("#reading", state="hidden")
    assert page.evaluate("document.activeElement.matches('a.footnote')")


@browser_test
def test_paper_is_white_in_the_dark_too(visit: Callable[..., Visitor], light: Path) -> None:
    visitor = visit(color_scheme="dark")
    visitor.add(light)
    visitor.page.wait_for_selector(".sheet img")
    assert (
        visitor.page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor")
        == "rgb(255, 255, 255)"
    )


@browser_test
def test_words_whose_place_is_unsure_are_not_boxed_and_the_text_has_them(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    path = tmp_path / "twice.pdf"
    # The same words alone on two lines of a page: nothing tells the quoted one from the other.
    path.write_bytes(made_pdf([line(WORDS, 50, 500, 14) + line(WORDS, 50, 200, 14)], info="/Title (Twice)"))
    visitor = visit()
    page = visitor.page
    visitor.add(path)
    visitor.ask(ASKED)
    page.locator("#chat a.footnote").first.click()
    page.wait_for_selector("#paper .unsure")
    assert page.locator("#paper .box").count() == 0
    page.click("#paper .unsure button")
    page.wait_for_selector("#source mark.followed")
    assert page.is_hidden("#paper")


@browser_test
def test_a_document_without_pages_opens_as_its_text(visit: Callable[..., Visitor]) -> None:
    page = visit().page
    page.wait_for_selector("#source .document")
    assert page.is_hidden("#paper") and page.is_hidden(".tools.paper")


@browser_test
def test_what_a_page_says_does_not_act(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    path = tmp_path / "hostile.pdf"
    words = "<img src=x onerror=window.pwned=1> </span><script>window.pwned=1</script> is written here."
    path.write_bytes(made_pdf([line(words, 20, 500, 8)]))
    visitor = visit()
    visitor.add(path)
    visitor.page.wait_for_selector(".sheet .words span")
    assert words in visitor.page.inner_text(".sheet .words")


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_thumbnails_lead_to_pages_and_only_those_in_sight_are_drawn(
    visit: Callable[..., Visitor], tmp_path: Path, viewport: dict[str, int]
) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(made_pdf([*PAGES, *PAGES, *PAGES, *PAGES], info="/Title (Long)"))
    visitor = visit(viewport)
    page = visitor.page
    visitor.add(path)
    if viewport == NARROW:
        page.click("[data-open-source]")
    page.wait_for_selector(".sheet[data-page='1'] img")
    assert page.is_hidden("#thumbs"), "nothing is drawn for those who do not want it"
    page.click("[data-thumbs]")
    page.wait_for_selector("#thumbs [data-drawn]")
    page.wait_for_timeout(2_500)
    assert 3 <= page.locator("#thumbs [data-drawn]").count() < 40 < page.locator("#thumbs button").count()
    assert page.locator("#thumbs [tabindex='0']").count() == 1, "Tab goes past them"
    assert examine(visitor) == []
    page.locator("#thumbs [data-thumb='3']").click()
    page.wait_for_function("document.querySelector('#page-number').value === '3'")
    for key, number in (("ArrowRight", 4), ("End", 48), ("ArrowLeft", 47), ("Home", 1), ("ArrowRight", 2)):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.dataset.thumb") == str(number)
    page.wait_for_function("document.querySelector(\"#thumbs [data-thumb='2']\").dataset.drawn !== undefined")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#page-number').value === '48'")
    page.wait_for_selector(".sheet[data-page='48'] img")
    page.wait_for_selector("#thumbs [data-thumb='48'][aria-current][data-drawn]")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    reload(visitor)
    if viewport == NARROW:
        page.click("[data-open-source]")
    page.select_option("[data-chooser]", "long")
    page.wait_for_selector("#thumbs [data-drawn]")
    page.click("[data-thumbs]")
    page.wait_for_selector("#thumbs", state="hidden")
    page.click("button[data-view=text]")
    assert page.is_hidden("[data-thumbs]"), "a text has none"


@browser_test
def test_a_page_that_cannot_be_had_is_asked_for_a_few_times_and_not_without_end(reader: Visitor) -> None:
    page = reader.page
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.post_data or "") if "/queue/join" in sent.url else None)
    page.evaluate(
        """() => {
            document.querySelector("#source .document").dataset.pages = 20;
            document.querySelector("#source > .html-container > div").dispatchEvent(new Event("marks"));
        }"""
    )
    page.fill("#page-number", "20")
    page.press("#page-number", "Enter")
    page.wait_for_selector(".sheet[data-page='20'] .undrawn")
    page.wait_for_timeout(8_000)
    assert 2 <= len([words for words in asked if '"page":20' in words]) <= 4
