"""Several conversations in a real headless Chromium: a list of them, two tabs of one browser, and ways back."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Page, Route
from visiting import Visitor, browser_test, open_panel, reload, wait_until

FILL = """([values]) => new Promise((done) => {
  const request = indexedDB.open("footnote", 1);
  request.onsuccess = () => {
    const store = request.result.transaction("conversations", "readwrite").objectStore("conversations");
    for (const value of values) store.put(value);
    store.transaction.oncomplete = () => done(request.result.close());
  };
})"""

COUNT = """() => new Promise((done) => {
  const request = indexedDB.open("footnote", 1);
  request.onsuccess = () => {
    const counted = request.result.transaction("conversations").objectStore("conversations").count();
    counted.onsuccess = () => done(counted.result);
  };
})"""

MARKUP = "<img src=x onerror=window.pwned=1>"


def asked(page: Page) -> list[str]:
    """The questions that a tab shows."""
    return page.locator("#chat .asked").all_inner_texts()


def wait_for(page: Page, *questions: str) -> None:
    """Wait until a tab shows these questions and no others."""
    page.wait_for_function(
        "texts => JSON.stringify([...document.querySelectorAll('#chat .asked')].map((each) => each.innerText)) === texts",
        arg=page.evaluate("texts => JSON.stringify(texts)", list(questions)),
    )


def open_tab(visitor: Visitor) -> Visitor:
    """Another tab of the same browser."""
    page = visitor.page.context.new_page()
    page.set_default_timeout(30_000)
    page.goto(visitor.address)
    page.wait_for_selector("#source .document", state="attached")
    return Visitor(page, visitor.address)


def list_conversations(visitor: Visitor) -> list[str]:
    """Their titles, as the open panel lists them."""
    return visitor.page.locator("#conversations .title").all_inner_texts()


def wait_kept(visitor: Visitor, count: int) -> None:
    """Wait until the browser has so many conversations."""
    visitor.page.wait_for_function(f"async () => (await ({COUNT})()) === {count}")


@browser_test
def test_two_tabs_of_one_browser_lose_nothing(visit: Callable[..., Visitor]) -> None:
    one = visit()
    one.ask("quick first")
    wait_kept(one, 1)
    two = open_tab(one)
    wait_for(two.page, "quick first")
    two.ask("quick in two")
    wait_for(one.page, "quick first", "quick in two")
    one.ask("quick in one")
    wait_for(two.page, "quick first", "quick in two", "quick in one")
    reload(one)
    wait_for(one.page, "quick first", "quick in two", "quick in one")


@browser_test
def test_what_one_tab_deletes_another_does_not_bring_back(visit: Callable[..., Visitor]) -> None:
    one = visit()
    one.ask("quick first")
    wait_kept(one, 1)
    two = open_tab(one)
    wait_for(two.page, "quick first")
    open_panel(one, "history")
    one.page.click("#conversations >> text=Delete")
    wait_for(two.page)
    one.page.keyboard.press("Escape")
    two.ask("quick later")
    three = open_tab(one)
    wait_for(three.page, "quick later")


@browser_test
def test_a_new_conversation_leaves_the_last_one_in_the_history_and_offers_a_way_back(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.ask("quick first")
    wait_kept(visitor, 1)
    page.click("#restart")
    wait_for(page)
    visitor.ask("quick second")
    wait_for(page, "quick second")
    wait_kept(visitor, 2)
    reload(visitor)
    wait_for(page, "quick second")
    open_panel(visitor, "history")
    page.wait_for_selector("#conversations li >> nth=1")
    assert list_conversations(visitor) == ["quick second", "quick first"]
    page.click("#conversations >> text=quick first")
    wait_for(page, "quick first")
    page.click("#restart")
    wait_for(page)
    page.click("#way-back button")
    wait_for(page, "quick first")


@browser_test
def test_an_early_question_that_is_edited_leaves_the_conversation_as_it_was(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    for number in range(3):
        visitor.ask(f"quick {number}")
    visitor.edit(0)
    page.fill("#question textarea", "quick instead")
    page.press("#question textarea", "Enter")
    wait_for(page, "quick instead")
    page.click("#way-back button")
    wait_for(page, "quick 0", "quick 1", "quick 2")
    open_panel(visitor, "history")
    page.wait_for_selector("#conversations li >> nth=1")
    assert sorted(page.locator("#conversations .facts").all_inner_texts())[0].startswith("1 question ")


@browser_test
def test_conversations_are_found_named_deleted_and_had_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    for question in ("quick herons", "quick otters"):
        visitor.ask(question)
        page.click("#restart")
        wait_for(page)
    open_panel(visitor, "history")
    page.wait_for_selector("#conversations li >> nth=1")
    page.fill("#find-conversation", "HERON")
    page.wait_for_selector("#conversations li >> nth=1", state="detached")
    assert list_conversations(visitor) == ["quick herons"]
    page.click("#conversations >> text=Rename")
    page.fill("#conversations input", f"Birds {MARKUP}")
    page.keyboard.press("Enter")
    page.wait_for_selector("#conversations .title >> text=Birds")
    assert page.is_visible("#history"), "the panel stays"
    page.fill("#find-conversation", "")
    page.wait_for_selector("#conversations li >> nth=1")
    page.click("#conversations li:has-text('Birds') >> text=Delete")
    page.wait_for_selector("#conversations li >> nth=1", state="detached")
    assert f"Birds {MARKUP}" in page.inner_text("#removed")
    page.keyboard.press("Enter")  # the focus is on Undo
    page.wait_for_selector("#conversations li >> nth=1")
    assert f"Birds {MARKUP}" in list_conversations(visitor)


@browser_test
def test_what_stands_in_the_browsers_database_is_not_trusted(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    visitor.ask("quick first")
    wait_kept(visitor, 1)
    record = {"turn": "0123456789ab", "asked": MARKUP, "answer": {"answer": MARKUP}, "digests": {}}
    turn = json.dumps(record, separators=(",", ":"))
    later = 4_000_000_000_000
    values = [
        {"id": "nonsense", "turns": 3},
        {"id": "00000000000000aa", "turns": [{"turn": 7}, None, "x"], "changed": later},
        {
            "id": "00000000000000ab",
            "turns": [{"turn": turn, "signature": "0"}],
            "title": MARKUP,
            "changed": later,
            "owner": "",
        },
        {"id": "00000000000000ac", "turns": [{"turn": turn, "signature": {}}], "title": {}, "changed": "x", "owner": 3},
    ]
    page.evaluate(FILL, [values])
    page.evaluate("sessionStorage.removeItem('footnote-conversation')")
    reload(visitor)
    page.wait_for_selector("#chat .asked, #chat .example")
    assert "An answer" in visitor.ask("quick again").inner_text()
    open_panel(visitor, "history")
    page.wait_for_selector("#conversations .title >> text=quick first")
    for title in list_conversations(visitor):
        assert title in ("quick first", "quick again", MARKUP)


@browser_test
def test_forgetting_everything_empties_the_list_and_the_other_tabs(visit: Callable[..., Visitor]) -> None:
    one = visit()
    one.ask("quick first")
    wait_kept(one, 1)
    two = open_tab(one)
    wait_for(two.page, "quick first")
    open_panel(one, "settings")
    one.page.click("[data-forget]")
    one.page.click("[data-forget-now]")
    wait_kept(one, 0)
    wait_for(one.page)
    two.page.wait_for_selector("#chat .example")
    wait_for(two.page)
    assert two.page.evaluate(COUNT) == 0


@browser_test
def test_late_news_of_one_conversation_does_not_end_up_in_another(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    visitor.ask("quick first")
    page.click("#restart")
    wait_for(page)
    page.evaluate(
        "addEventListener('footnote-kept', ({ detail }) => (window.heard = JSON.parse(JSON.stringify(detail))))"
    )
    visitor.ask("quick second")
    wait_kept(visitor, 2)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def is_held() -> bool:
        page.wait_for_timeout(50)
        return bool(held)

    page.route("**/queue/join*", hold)
    open_panel(visitor, "history")
    page.click("#conversations >> text=quick first")
    wait_until(is_held)
    page.evaluate("dispatchEvent(new CustomEvent('footnote-kept', { detail: heard }))")
    page.wait_for_timeout(300)
    held[0].continue_()
    page.unroute("**/queue/join*")
    wait_for(page, "quick first")
    reload(visitor)
    wait_for(page, "quick first")
    open_panel(visitor, "history")
    page.wait_for_selector("#conversations li >> nth=1")
    assert sorted(list_conversations(visitor)) == ["quick first", "quick second"]
    assert [each.split(" · ")[-2] for each in page.locator("#conversations .facts").all_inner_texts()] == [
        "1 question"
    ] * 2
