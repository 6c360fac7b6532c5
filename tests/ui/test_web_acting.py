"""The buttons under an answer, the suggestions below it and the settings, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from examining import examine
from visiting import ASKED, FAR, NARROW, WIDE, Served, Visitor, browser_test, open_panel, reload

from rag.evaluation.formats.questions import parse_question

SOHAE = "What has North Korea started at Sohae?"


def asked(visitor: Visitor) -> list[str]:
    return visitor.page.locator("#chat .asked").all_inner_texts()


def wait_for_turns(visitor: Visitor, count: int) -> None:
    visitor.page.wait_for_function(f"document.querySelectorAll('#chat .asked').length === {count}")


@browser_test
def test_an_earlier_question_is_edited_and_what_followed_it_goes(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit()
    page = visitor.page
    for question in (ASKED, SOHAE, FAR):
        visitor.ask(question)
    visitor.edit(1)
    assert page.input_value("#question textarea") == SOHAE
    assert page.evaluate("document.activeElement.matches('#question textarea')")
    page.click("#editing [data-act=keep]")
    page.wait_for_selector("#editing .editing", state="hidden")
    assert page.input_value("#question textarea") == "" and len(asked(visitor)) == 3, "nothing has changed"
    visitor.edit(1)
    page.fill("#question textarea", "Where is the Sohae launch site?")
    page.press("#question textarea", "Enter")
    wait_for_turns(visitor, 2)
    page.wait_for_selector("#question .submit-button")
    assert asked(visitor) == [ASKED, "Where is the Sohae launch site?"]
    assert not page.is_visible("#editing .editing")
    reload(visitor)
    wait_for_turns(visitor, 2)


@browser_test
def test_the_last_question_is_asked_again_or_taken_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    visitor.ask(ASKED)
    visitor.ask(SOHAE)
    assert page.locator("#chat [data-act=retry]:visible").count() == 1, "only the last one can be asked again"
    first = page.locator("#chat [data-answer]").last.get_attribute("data-answer")
    page.locator("#chat [data-act=retry]:visible").click()
    page.wait_for_function(
        "id => [...document.querySelectorAll('#chat .answer')].at(-1)?.dataset.answer !== id", arg=first
    )
    page.wait_for_selector("#question .submit-button")
    assert asked(visitor) == [ASKED, SOHAE]
    page.locator("#chat [data-act=undo]:visible").click()
    wait_for_turns(visitor, 1)
    assert page.input_value("#question textarea") == SOHAE
    reload(visitor)
    wait_for_turns(visitor, 1)


@browser_test
def test_what_fails_or_is_stopped_can_be_asked_again(
    visit: Callable[..., Visitor],
    served: Served,
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.ask("broken")
    assert page.locator("#chat [data-act=retry]:visible").count() == 1
    assert page.locator("#chat [data-act=good]").count() == 0, "there is nothing to judge"
    served.chain.release.clear()
    page.fill("#question textarea", "slow")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("text=The first words")
    page.click("#question .stop-button")
    page.wait_for_selector("text=Stopped.")
    served.chain.release.set()
    page.locator("#chat [data-act=retry]:visible").click()
    page.wait_for_selector("text=and the last")
    assert asked(visitor) == ["broken", "slow"]


@browser_test
def test_a_verdict_is_kept_as_a_question_changed_and_taken_back(
    visit: Callable[..., Visitor],
    served: Served,
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.ask(ASKED)
    visitor.ask("Why did he say that?")
    kept = served.uploads / "feedback.jsonl"

    def press(name: str, pressed: str) -> list[dict[str, object]]:
        if not page.locator(f"#chat [data-act={name}]").last.is_visible():
            page.locator("#chat [data-thumb-down]").last.click()
        page.locator(f"#chat [data-act={name}]").last.click()
        page.wait_for_selector(f"#chat .message-row:last-of-type [data-act={name}][aria-pressed={pressed}]")
        lines = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line["question"] == "Why did he say that?"]

    (line,) = press("evidence-wrong", "true")
    question = parse_question(line)
    assert question.tags == ("feedback", "evidence-wrong") and question.history[0][0] == ASKED
    (line,) = press("good", "true")
    assert parse_question(line).evidence and page.locator("[data-act=evidence-wrong][aria-pressed=true]").count() == 0
    assert press("good", "false") == []
    token = json.dumps(page.evaluate("localStorage.getItem('footnote-mine')"))
    assert token not in kept.read_text(encoding="utf-8")


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_questions_that_the_document_answers_are_suggested_and_asked_by_a_click(
    visit: Callable[..., Visitor],
    viewport: dict[str, int],
) -> None:
    visitor = visit(viewport)
    page = visitor.page
    visitor.ask(FAR)
    page.wait_for_selector("#next [data-ask]")
    assert "The documents can answer" in page.inner_text("#next")
    suggested = page.locator("#next [data-ask]").first.inner_text()
    page.locator("#next [data-ask]").first.click()
    wait_for_turns(visitor, 2)
    page.wait_for_selector("#question .submit-button")
    assert asked(visitor)[-1] == suggested
    assert page.locator("#chat .answer").last.locator("a.footnote").count() >= 1, "and it is answered"
    page.wait_for_selector("#next [data-ask]")
    assert "Ask next" in page.inner_text("#next")
    assert suggested not in page.locator("#next [data-ask]").all_inner_texts()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@browser_test
def test_what_was_searched_is_shown_and_leads_to_the_source(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    answer = visitor.ask(ASKED)
    assert not answer.locator(".searched ol").is_visible()
    answer.locator(".searched summary").click()
    assert ASKED in answer.locator(".searched p").inner_text()
    assert answer.locator(".searched li").count() == 8
    answer.locator(".searched a").nth(5).click()
    page.wait_for_selector('#source mark[data-passage="6"]')
    assert page.locator('#source mark[data-passage="1"]').count() == 0


@browser_test
def test_settings_are_kept_by_the_browser_change_answers_and_are_nobody_elses(
    visit: Callable[..., Visitor],
) -> None:
    ada, bob = visit(), visit()
    page = ada.page
    open_panel(ada, "settings")
    page.click("#settings .fine summary")
    assert page.inner_text('label[for="set-passages"] output') == "8"
    assert "FOOTNOTE_CHAT_MODEL" in page.inner_text("#settings"), "how to get a model is said where there is none"
    before = page.inner_text("#threshold-cost")
    for name, value in (("passages", "3"), ("threshold", "0.6")):
        page.locator(f"#settings [name={name}]").fill(value)
        page.wait_for_timeout(500)  # two within the same moment may reach the browser's memory in either order
    assert page.inner_text('label[for="set-threshold"] output') == "60%"
    assert page.inner_text("#threshold-cost") != before, "what it costs is said"
    page.uncheck("#settings [name=keys]")
    page.keyboard.press("Escape")
    answer = ada.ask("Why is another grand summit unlikely before 2020?")
    answer.locator(".searched summary").click()
    assert answer.locator(".searched li").count() == 3
    for visitor in (ada, bob):
        reload(visitor)
        open_panel(visitor, "settings")
    assert [visitor.page.input_value("#settings [name=passages]") for visitor in (ada, bob)] == ["3", "8"]
    assert [visitor.page.input_value("#settings [name=threshold]") for visitor in (ada, bob)] == ["0.6", "0.2"]
    assert [visitor.page.is_checked("#settings [name=keys]") for visitor in (ada, bob)] == [False, True]


@browser_test
def test_single_keys_do_nothing_where_they_are_switched_off(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    visitor.ask(ASKED)
    page.focus("#source [tabindex]")
    open_panel(visitor, "settings")
    page.uncheck("#settings [name=keys]")
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    for key in ("n", "p", "/"):
        page.keyboard.press(key)
    assert page.locator("#chat .footnote.followed").count() == 0
    assert not page.evaluate("document.activeElement.matches('#find')")
    open_panel(visitor, "settings")
    page.check("#settings [name=keys]")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    page.wait_for_selector("#chat .footnote.followed")


@browser_test
@pytest.mark.parametrize("ends", ["whole", "stopped"])
def test_what_is_sent_off_while_an_answer_is_given_waits_for_its_end(
    visit: Callable[..., Visitor], served: Served, ends: str
) -> None:
    visitor = visit()
    page = visitor.page
    served.chain.release.clear()
    page.fill("#question textarea", "slow")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("text=The first words")
    page.fill("#question textarea", "quick and then")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#waiting-line:has-text('Will be asked once this answer is there')")
    assert page.input_value("#question textarea") == "quick and then" and asked(visitor) == ["slow"]
    assert examine(visitor) == []
    if ends == "whole":
        served.chain.release.set()
    else:
        page.click("#question .stop-button")
    wait_for_turns(visitor, 2)
    page.wait_for_selector("text=An answer to quick and then.")
    page.wait_for_selector("#question .submit-button")
    assert asked(visitor) == ["slow", "quick and then"] and page.is_hidden("#waiting-line")
    assert page.input_value("#question textarea") == ""
    assert ("and the last" if ends == "whole" else "Stopped.") in page.inner_text("#chat"), "what was there stays"
    served.chain.release.set()


@browser_test
def test_a_question_that_waits_is_let_go_by_other_words_or_another_conversation(
    visit: Callable[..., Visitor], served: Served
) -> None:
    visitor = visit()
    page = visitor.page
    for count, let_go in enumerate(("typed", "begun anew"), start=1):
        served.chain.release.clear()
        page.fill("#question textarea", "slow")
        page.press("#question textarea", "Enter")
        page.wait_for_selector("#question .stop-button", state="attached")
        page.wait_for_function("document.querySelector('#question textarea').value === ''")
        page.locator("#chat >> text=The first words").nth(count - 1).wait_for()
        page.fill("#question textarea", "quick")
        page.press("#question textarea", "Enter")
        page.wait_for_selector("#waiting-line:not(:empty)")
        if let_go == "typed":
            page.type("#question textarea", "er")
        else:
            page.click("#restart")
        page.wait_for_selector("#waiting-line:empty", state="attached")
        served.chain.release.set()
        page.wait_for_selector("#question .submit-button")
        page.wait_for_timeout(1_000)
        assert asked(visitor) == (["slow"] if let_go == "typed" else []), count
        assert page.input_value("#question textarea") == ("quicker" if let_go == "typed" else "")


@browser_test
def test_enter_never_takes_the_place_of_an_answer_that_a_press_asked_for(
    visit: Callable[..., Visitor], served: Served
) -> None:
    visitor = visit()
    page = visitor.page
    served.chain.release.set()
    visitor.ask("slow")
    served.chain.release.clear()
    page.locator("#chat [data-act=retry]:visible").click()
    page.wait_for_selector("#question .stop-button")
    page.fill("#question textarea", "quick after it")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#waiting-line:not(:empty)")
    served.chain.release.set()
    page.wait_for_selector("text=An answer to quick after it.")
    assert asked(visitor) == ["slow", "quick after it"]
    assert "and the last" in page.inner_text("#chat")


@browser_test
def test_suggestions_come_back_with_the_conversation(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    page.wait_for_timeout(1_500)
    assert page.locator("#next [data-ask]").count() == 0, "an empty page has its first questions, and no others"
    visitor.ask(ASKED)
    page.wait_for_selector("#next [data-ask]")
    before = page.locator("#next [data-ask]").all_inner_texts()
    reload(visitor)
    page.wait_for_selector("#next [data-ask]")
    assert page.locator("#next [data-ask]").all_inner_texts() == before and "Ask next" in page.inner_text("#next")
    page.click("#restart")
    page.wait_for_selector("#next [data-ask]", state="detached")
    open_panel(visitor, "history")
    page.locator("#conversations .title").first.click()
    page.wait_for_selector("#next [data-ask]")
    assert page.locator("#next [data-ask]").all_inner_texts() == before


@browser_test
def test_a_question_that_is_being_typed_outlives_a_reload(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.page.fill("#question textarea", "Half a question")
    reload(visitor)
    visitor.page.wait_for_function("document.querySelector('#question textarea').value === 'Half a question'")
    visitor.ask(ASKED)
    reload(visitor)
    visitor.page.wait_for_selector("#chat .asked")
    assert visitor.page.input_value("#question textarea") == ""
