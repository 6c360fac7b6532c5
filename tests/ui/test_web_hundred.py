"""A conversation of a hundred questions in a real browser: nothing of it is lost, or slow, or out of reach."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from visiting import Visitor, browser_test, is_in_view, reload

from ui.web.session.history import MOST_TURNS

TURNS = 100
SLOWEST = 6.0
"""Seconds that a question may take on a busy machine; the answers themselves take none."""

ASKED = "() => [...document.querySelectorAll('#chat .asked')].map((each) => each.textContent)"


def ask(visitor: Visitor, question: str) -> float:
    """Ask, and wait for the whole answer; how many seconds it took."""
    begun = time.monotonic()
    visitor.page.fill("#question textarea", question)
    visitor.page.press("#question textarea", "Enter")
    visitor.page.wait_for_function(
        "words => [...document.querySelectorAll('#chat .asked')].at(-1)?.textContent === words", arg=question
    )
    visitor.page.wait_for_selector("#question .submit-button")
    return time.monotonic() - begun


def show_all_earlier(visitor: Visitor) -> None:
    """Press the button until nothing is left."""
    page = visitor.page
    while page.is_visible("#earlier > button"):
        before = page.locator(".earlier-turn").count()
        page.click("#earlier > button")
        page.wait_for_function("n => document.querySelectorAll('.earlier-turn').length > n", arg=before)


@browser_test
@pytest.mark.timeout(900)
def test_of_a_hundred_questions_all_are_in_reach(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    questions = [f"quick {number}" for number in range(1, TURNS + 1)]
    seconds = [ask(visitor, question) for question in questions]
    assert max(seconds) < SLOWEST, "the last is asked as the first was"
    assert sum(seconds[-10:]) < 3 * sum(seconds[5:15]) + 5
    page.wait_for_selector("#earlier > button")
    assert page.evaluate(ASKED) == questions[-MOST_TURNS:]

    reload(visitor)
    page.wait_for_selector(f"#earlier > button:has-text('({TURNS - MOST_TURNS})')")
    page.evaluate("document.querySelector('#chat .panel-wrap').scrollTop = 0")
    top = page.locator("#chat .asked").first.evaluate("each => each.getBoundingClientRect().top")
    page.click("#earlier > button")
    page.wait_for_selector(".earlier-turn")
    held = page.locator(f"#chat .asked >> text='{questions[-MOST_TURNS]}'").first
    assert abs(held.evaluate("each => each.getBoundingClientRect().top") - top) < 200, "what was read stays"
    show_all_earlier(visitor)
    assert page.evaluate(ASKED) == questions

    first = page.locator("#chat a.footnote").first
    first.scroll_into_view_if_needed()
    first.click()
    page.wait_for_selector("#source mark.followed")
    assert is_in_view(page, "#source mark.followed")
    page.mouse.move(2, 2)
    first.hover()
    page.click("#preview .copying button:has-text('APA')")
    page.wait_for_selector("#preview .copying:has-text('Copied')")
    assert "(2019, March 7)" in page.evaluate("navigator.clipboard.readText()")
    page.wait_for_selector("#latest:not([hidden])")
    page.click("#latest")
    page.wait_for_function("document.querySelector('#latest').hidden")

    ask(visitor, "quick 101")
    page.wait_for_function("n => document.querySelectorAll('.earlier-turn').length === n", arg=TURNS + 1 - MOST_TURNS)
    assert page.evaluate(ASKED) == [*questions, "quick 101"], (
        "nothing is missing between what is held and what was shown"
    )
    page.click("#save summary")
    with page.expect_download() as begun:
        page.click("[data-save=json]")
    begun.value.save_as(tmp_path / "saved.json")
    saved = json.loads((tmp_path / "saved.json").read_text(encoding="utf-8"))
    assert [turn["question"] for turn in saved["turns"]] == [*questions, "quick 101"]

    page.click("#restart")
    page.wait_for_selector("#chat .example")
    assert page.locator(".earlier-turn").count() == 0 and page.is_hidden("#earlier")
    print(f"first ten {sum(seconds[:10]) / 10:.2f} s each, last ten {sum(seconds[-10:]) / 10:.2f} s each")


@browser_test
def test_what_a_browser_kept_of_earlier_questions_is_not_trusted(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    for number in range(MOST_TURNS + 3):
        ask(visitor, f"quick {number}")
    page.wait_for_selector("#earlier > button")
    page.evaluate(
        """() => new Promise((done) => {
            const opening = indexedDB.open("footnote", 1);
            opening.onsuccess = () => {
                const store = opening.result.transaction("conversations", "readwrite").objectStore("conversations");
                store.getAll().onsuccess = ({ target }) => {
                    const talk = target.result[0];
                    const forge = (at, from, to) => (talk.turns[at].turn = talk.turns[at].turn.replaceAll(from, to));
                    forge(0, "An answer to", "<img src=x onerror=window.pwned=1> An answer to");
                    forge(1, '"number":1', '"number":"1><script>window.pwned=1</script>"');
                    store.put(talk).onsuccess = done;
                };
            };
        })"""
    )
    reload(visitor)
    page.wait_for_selector("#earlier > button")
    show_all_earlier(visitor)
    assert page.locator(".earlier-turn").count() == 3
    assert "<img src=x" in page.inner_text("#earlier") and page.locator("#earlier img").count() == 0
    assert "could not be read" in page.inner_text("#earlier")
