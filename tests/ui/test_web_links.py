"""Links to passages in a real browser: copied from a footnote and from selected words, and followed, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from made_pdf import line, lines, made_pdf
from selecting import SELECT
from visiting import ASKED, NARROW, WIDE, Visitor, browser_test, is_in_view, reload, serve

from ui.web.page.link_handlers import NOT_HERE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CLIPBOARD = ["clipboard-read", "clipboard-write"]
WORDS = "The lighthouse of Skarvik burned down in the winter of 1911."
PAGES = [lines([f"Paragraph {number} tells of tides."]) for number in range(1, 9)]
LIGHT = made_pdf([*PAGES, line(WORDS, 40, 300)], info="/Title (Skarvik)")
IN_SIGHT = "#source mark[data-pointed]"


def read_copied(visitor: Visitor) -> str:
    return str(visitor.page.evaluate("navigator.clipboard.readText()"))


def copy_from_footnote(visitor: Visitor) -> tuple[str, str]:
    """Copy a link from the first footnote; gives it, and the quote."""
    footnote = visitor.page.locator("#chat a.footnote").first
    footnote.hover()
    visitor.page.click("#preview .copying button:has-text('Link')")
    visitor.page.wait_for_selector("#preview .copying:has-text('Copied')")
    return read_copied(visitor), footnote.get_attribute("data-quote") or ""


def copy_selected(visitor: Visitor, words: str) -> str:
    assert visitor.page.evaluate(SELECT, words), f"{words!r} is not there"
    visitor.page.click("#pick-link")
    visitor.page.wait_for_selector("#picks:has-text('Copied')")
    return read_copied(visitor)


def come_to(visitor: Visitor, link: str) -> None:
    """The same browser opens a link in a new visit, as from a mail."""
    visitor.page.goto("about:blank")
    visitor.page.goto(link)
    visitor.page.wait_for_selector("#source .document", state="attached")
    visitor.complaints = [line for line in visitor.complaints if "abort" not in line and "errored out" not in line]


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_footnotes_link_opens_the_document_at_its_words(
    visit: Callable[..., Visitor], viewport: dict[str, int]
) -> None:
    writer = visit(permissions=CLIPBOARD)
    writer.ask(ASKED)
    link, quote = copy_from_footnote(writer)
    assert link.startswith(f"{writer.address}/#words=hanoi-summit")
    reader = visit(viewport)
    come_to(reader, link)
    page = reader.page
    page.wait_for_selector(IN_SIGHT)
    assert "".join(page.locator(IN_SIGHT).all_text_contents()) == quote
    assert is_in_view(page, IN_SIGHT)
    if viewport == NARROW:
        page.go_back()
        page.wait_for_selector("#reading", state="hidden")
        assert page.url.startswith(reader.address), "one more Back leaves the page"
    reader.ask(ASKED)
    page.wait_for_function("location.hash === ''")
    assert page.locator(IN_SIGHT).count() == 0, "the new answer's quotes are marked now"


@browser_test
def test_words_that_move_as_the_sheet_is_drawn_are_in_sight_all_the_same(visit: Callable[..., Visitor]) -> None:
    visitor = visit(permissions=CLIPBOARD)
    link = copy_selected(visitor, "Polite words")
    reader = visit(NARROW, has_touch=True, is_mobile=True)
    come_to(reader, link)
    reader.page.wait_for_selector(IN_SIGHT)
    assert is_in_view(reader.page, IN_SIGHT)


@browser_test
def test_a_link_goes_before_the_conversation_that_was_kept(visit: Callable[..., Visitor]) -> None:
    visitor = visit(permissions=CLIPBOARD)
    link = copy_selected(visitor, "Polite words")
    visitor.ask(ASKED)
    come_to(visitor, link)
    page = visitor.page
    page.wait_for_selector("#chat .answer")
    page.wait_for_selector(IN_SIGHT)
    assert is_in_view(page, IN_SIGHT) and page.locator("#source mark[data-citation]").count(), "and both are marked"
    page.locator("#chat a.footnote").first.click()
    page.wait_for_selector("#source mark.followed[data-citation]")
    assert page.locator(IN_SIGHT).count() == 0
    page.evaluate("address => (location.href = address)", link)
    page.wait_for_selector(IN_SIGHT)
    reload(visitor)
    page.wait_for_selector(IN_SIGHT)


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_words_of_a_page_are_linked_to_and_boxed(
    visit: Callable[..., Visitor], tmp_path: Path, viewport: dict[str, int]
) -> None:
    path = tmp_path / "skarvik.pdf"
    path.write_bytes(LIGHT)
    visitor = visit(viewport, permissions=CLIPBOARD)
    page = visitor.page
    visitor.add(path)
    if viewport == NARROW:
        page.click("[data-open-source]")
    page.fill("#page-number", "9")
    page.press("#page-number", "Enter")
    page.wait_for_selector(".sheet[data-page='9'] .words span")
    link = copy_selected(visitor, "lighthouse of Skarvik")
    come_to(visitor, link)
    page.wait_for_selector(".sheet[data-page='9'] .box.followed")
    assert page.evaluate(
        """() => {
            const [box, frame] = [".box", "#paper"].map((each) => document.querySelector(each).getBoundingClientRect());
            return box.top >= frame.top && box.bottom <= frame.bottom && box.right <= frame.right;
        }"""
    )
    page.click("[data-view=text]")
    page.wait_for_selector(IN_SIGHT)
    assert page.locator(IN_SIGHT).text_content() == "lighthouse of Skarvik"


@browser_test
def test_selections_over_paragraphs_and_beyond_the_first_plane_are_measured_right(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    path = tmp_path / "stars.md"
    path.write_text(
        "# Stars\n\n🌹🌹 Roses open in 𝔐arch 🌹.\n\nThe 🐘 elephant weighs six tonnes 🐘. End.\n", encoding="utf-8"
    )
    visitor = visit(permissions=CLIPBOARD)
    page = visitor.page
    visitor.add(path)
    page.wait_for_selector("[data-document=stars]")
    page.evaluate(
        """() => {
            const [one, other] = [...document.querySelectorAll("#source .document p")].map((each) => each.firstChild);
            const range = document.createRange();
            range.setStart(one, one.data.indexOf("open"));
            range.setEnd(other, other.data.indexOf(" six"));
            getSelection().removeAllRanges();
            getSelection().addRange(range);
        }"""
    )
    page.click("#pick-link")
    page.wait_for_selector("#picks:has-text('Copied')")
    link = read_copied(visitor)
    come_to(visitor, link)
    page.wait_for_selector(IN_SIGHT)
    assert page.locator(IN_SIGHT).all_text_contents() == ["open in 𝔐arch 🌹.", "The 🐘 elephant weighs"]


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_who_may_not_see_it_is_told_so_in_one_line(
    visit: Callable[..., Visitor], tmp_path: Path, viewport: dict[str, int]
) -> None:
    path = tmp_path / "tides.txt"
    path.write_text("Spring tides are highest two days after the new moon.\n", encoding="utf-8")
    owner = visit(permissions=CLIPBOARD)
    owner.add(path)
    owner.page.wait_for_selector("[data-document=tides]")
    link = copy_selected(owner, "two days")
    stranger = visit(viewport)
    come_to(stranger, link)
    stranger.page.wait_for_selector(f"#way-back:has-text('{NOT_HERE}')")
    assert stranger.page.evaluate("location.hash") == "" and stranger.page.is_visible("#way-back")
    assert "Spring" not in stranger.page.content()
    for odd in (
        "#words=",
        "#words=<img src=x onerror=window.pwned=1>",
        "#words=" + "x" * 5_000,
        "#words=%ff&at=1-2&of=0",
    ):
        come_to(stranger, stranger.address + "/" + odd)
        stranger.page.wait_for_selector(f"#way-back:has-text('{NOT_HERE}')")


@browser_test
def test_a_link_outlives_logging_in(browser: Browser, article_index: Path, embeddings: Any, tmp_path: Path) -> None:
    with serve(article_index, embeddings, tmp_path / "index", auth="ada:ada-password") as served:
        context = browser.new_context(viewport=WIDE, permissions=CLIPBOARD)  # type: ignore[arg-type]
        page = context.new_page()
        visitor = Visitor(page, served.address)

        def log_in(password: str = "ada-password") -> None:
            page.fill("[name=username]", "ada")
            page.fill("[name=password]", password)
            page.click("button")

        page.goto(served.address)
        log_in()
        page.wait_for_selector("#source .document")
        link = copy_selected(visitor, "Polite words")
        context.clear_cookies()
        page.goto("about:blank")
        page.goto(link)
        log_in("wrong")
        page.wait_for_selector(".wrong")
        log_in()
        page.wait_for_selector(IN_SIGHT)
        assert page.locator(IN_SIGHT).text_content() == "Polite words"
        context.close()
