"""The page in its visitor's language, in a real browser: as the browser says, as is set, for several at once, right to left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from examining import examine
from visiting import ASKED, ASTRAL_NOTE, FAR, NARROW, WIDE, Visitor, browser_test, open_panel, reload

TINY = {"width": 320, "height": 256}
"""1,280 by 1,024, made four times as large."""

LAPTOP = {"width": 1024, "height": 768}

GERMAN = {"locale": "de-DE"}


def spoken(visitor: Visitor) -> tuple[str, str]:
    """The language and direction that the page says it is in."""
    root = visitor.page.locator("html")
    return root.get_attribute("lang") or "", root.get_attribute("dir") or ""


def words(visitor: Visitor, selector: str) -> str:
    return visitor.page.locator(selector).first.inner_text()


@browser_test
def test_a_german_browser_gets_the_page_in_german(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit(**GERMAN)
    page = visitor.page
    assert spoken(visitor) == ("de", "ltr")
    assert page.get_attribute("#question textarea", "placeholder") == "Ihre Frage …"
    assert words(visitor, "#question .submit-button") == "Fragen"
    assert words(visitor, ".welcome-title") == "Was möchten Sie wissen?"
    assert page.get_attribute("meta[name=description]", "content", timeout=5_000).startswith("Antworten aus Dokumenten")  # type: ignore[union-attr]
    answer = visitor.ask(ASKED)
    assert words(visitor, "#status") == "Offline: zitiert das Dokument"
    assert answer.locator(".actions button").first.inner_text() == "Kopieren"
    assert answer.locator(".words").get_attribute("lang") == "en", "what is quoted is none"
    assert words(visitor, "#step-count") == "1 Fußnote"
    answer.locator("a.footnote").first.hover()
    page.wait_for_selector("#preview .copying")
    assert words(visitor, "#preview .kind") == "wörtlich" and words(visitor, "#preview .copying").startswith(
        "Kopieren als"
    )
    (tmp_path / "stars.md").write_text(ASTRAL_NOTE, encoding="utf-8")
    (tmp_path / "empty.md").write_text("", encoding="utf-8")
    told = visitor.add(tmp_path / "stars.md", tmp_path / "empty.md")
    assert "stars.md ist als „Star notes“ hinzugefügt: 96 Zeichen in 1 Textstelle." in told
    assert "empty.md wurde nicht hinzugefügt" in told
    open_panel(visitor, "library")
    assert [each.lower() for each in page.locator("#documents th").all_inner_texts()[:3]] == [
        "fragen",
        "titel",
        "art",
    ]
    page.click("#documents [data-remove]")
    page.wait_for_selector("#report-too .added:has-text('entfernt')")
    assert "„Star notes“ ist entfernt." in words(visitor, "#report-too")


@browser_test
def test_a_language_that_is_set_goes_before_the_browsers_until_it_is_taken_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    assert spoken(visitor) == ("en", "ltr") and page.locator("#footnote-messages").count() == 0
    visitor.ask(ASKED)
    open_panel(visitor, "settings")
    assert page.locator("#set-language option").all_inner_texts() == ["As the browser says", "English", "Deutsch"]
    with page.expect_navigation():
        page.select_option("#set-language", "de")
    page.wait_for_selector("#source .document", state="attached")
    assert spoken(visitor) == ("de", "ltr")
    page.wait_for_function("document.activeElement?.id === 'set-language'")
    assert page.is_visible("#settings"), "the settings are open again"
    page.keyboard.press("Escape")
    page.wait_for_selector("#settings", state="hidden")
    assert page.evaluate("document.activeElement.matches('[data-open-panel=settings]')")
    page.wait_for_selector("#chat .actions")
    assert words(visitor, "#chat .actions button") == "Kopieren", "what was said is here still, and its buttons too"
    assert page.evaluate("navigator.language") == "de", "for what Gradio says itself"
    visitor.complaints = [line for line in visitor.complaints if "abort" not in line and "errored out" not in line]
    reload(visitor)
    assert spoken(visitor) == ("de", "ltr")
    open_panel(visitor, "settings")
    assert page.input_value("#set-language") == "de"
    with page.expect_navigation():
        page.click("[data-reset]")
    page.wait_for_selector("#source .document", state="attached")
    visitor.complaints = [line for line in visitor.complaints if "abort" not in line and "errored out" not in line]
    assert spoken(visitor) == ("en", "ltr") and "footnote-language" not in page.evaluate("document.cookie")


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_settings_are_open_again_where_they_were_and_one_back_closes_them(
    visit: Callable[..., Visitor], viewport: dict[str, int]
) -> None:
    visitor = visit(viewport)
    page = visitor.page
    open_panel(visitor, "settings")
    page.locator("#set-language").scroll_into_view_if_needed()
    before = page.evaluate("document.querySelector('#settings').scrollTop")
    with page.expect_navigation():
        page.select_option("#set-language", "de")
    page.wait_for_function("document.activeElement?.id === 'set-language'")
    assert abs(page.evaluate("document.querySelector('#settings').scrollTop") - before) < 150, "where it was"
    box, size = page.locator("#set-language").bounding_box(), page.viewport_size
    assert box and size and 0 <= box["y"] <= size["height"] - box["height"], "what was chosen is seen"
    visitor.complaints.clear()  # of what was under way as the page was left
    page.go_back()
    page.wait_for_selector("#settings", state="hidden")
    assert spoken(visitor) == ("de", "ltr")
    page.reload()
    page.wait_for_selector("#chat .example")
    page.wait_for_timeout(500)
    assert page.is_hidden("#settings"), "another time the page is loaded they stay closed"
    visitor.complaints.clear()
    page.go_back()
    page.wait_for_url("about:blank")


@browser_test
def test_two_visitors_are_each_spoken_to_in_their_own_language(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    english, german = visit(), visit(**GERMAN)
    for visitor, stop in ((english, "Stop"), (german, "Anhalten")):
        visitor.page.fill("#question textarea", "slow")
        visitor.page.press("#question textarea", "Enter")
        visitor.page.wait_for_selector("#question .stop-button")
        assert words(visitor, "#question .stop-button") == stop
        visitor.page.click("#question .stop-button")
        visitor.page.wait_for_selector("#question .submit-button")
    assert words(english, "#chat .notice") == "Stopped." and words(german, "#chat .notice") == "Angehalten."
    for name, visitor in {"en": english, "de": german}.items():
        (tmp_path / f"{name}.md").write_text(
            f"# Notes in {name}\n\nThe ferry to Skarvik leaves at nine.\n", encoding="utf-8"
        )
        visitor.page.set_input_files("#adding input[type=file]", [tmp_path / f"{name}.md"])
    for visitor in (english, german):
        visitor.page.wait_for_selector("#report .added")
    assert words(english, "#report").startswith("Added en.md as") and "ist als" in words(german, "#report")


@browser_test
def test_what_a_cookie_says_is_no_word_of_the_page(visit: Callable[..., Visitor]) -> None:
    visitor = visit(extra_http_headers={"Accept-Language": 'de"><script>window.pwned=1</script>,fr;q=9'})
    visitor.page.context.add_cookies([{"name": "footnote-language", "value": "../de", "url": visitor.address}])
    reload(visitor)
    assert spoken(visitor) == ("en", "ltr")


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, LAPTOP, NARROW, TINY], ids=["wide", "laptop", "narrow", "tiny"])
def test_longer_words_break_no_line_and_no_rule_of_access(
    visit: Callable[..., Visitor], viewport: dict[str, int]
) -> None:
    visitor = visit(viewport, **GERMAN)
    page = visitor.page
    visitor.ask(FAR)
    wide = "[...document.querySelectorAll('#head, .places, #composer, #chat, .drawer')].filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.id)"
    assert page.evaluate(wide) == []
    assert examine(visitor) == []
    for panel in ("settings", "library", "history"):
        open_panel(visitor, panel)
        page.wait_for_timeout(250)
        assert page.evaluate(wide) == [] and examine(visitor) == []
        page.keyboard.press("Escape")
