"""Some documents alone are asked: ticked in the library, or one by its row's button; the composer says which, and widens again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from examining import examine
from forging import Forger
from visiting import ASKED, FAR, NARROW, WIDE, Served, Visitor, browser_test, open_panel, reload, serve

from ingest import ingest_texts
from ui.render.panels import render_narrowed
from ui.web.session.facets import read_ids

COST = "What did the flood cost?"
TOWN: list[Any] = [
    ("letter", "The flood cost the town nine boats."),
    ("minutes", "The flood cost the council two meetings."),
    ("memo", "The flood cost the mill a wheel."),
]


@pytest.fixture(scope="module")
def served(article_index: Path, embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of the bundled article and of three notes."""
    folder = tmp_path_factory.mktemp("narrowing")
    shutil.copytree(article_index, folder / "made")
    ingest_texts(TOWN, directory=folder / "made", embeddings=embeddings)
    with serve(folder / "made", embeddings, folder / "index") as running:
        yield running


def wait_for_chip(visitor: Visitor, words: str) -> None:
    visitor.page.wait_for_function(
        "words => (document.querySelector('#narrowed')?.innerText ?? '').includes(words)", arg=words
    )


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_one_document_is_asked_from_its_row(visit: Callable[..., Visitor], viewport: dict[str, int]) -> None:
    visitor = visit(viewport)
    page = visitor.page
    assert not page.is_visible("#narrowed")
    open_panel(visitor, "library")
    page.click("[data-ask-alone=minutes]")
    wait_for_chip(visitor, "alone")
    assert page.get_attribute("body", "data-panel") is None, "the library is closed"
    assert page.evaluate("document.activeElement === document.querySelector('#question textarea')")
    page.wait_for_function("document.querySelector('#source .document').dataset.document === 'minutes'")
    for _ in range(2):
        told = visitor.ask(COST).inner_text()
        assert "two meetings" in told and "nine boats" not in told and "wheel" not in told
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    reload(visitor)
    wait_for_chip(visitor, "alone")
    page.click("#narrowed [data-widen]")
    page.wait_for_selector("#narrowed .narrowed", state="detached")
    open_panel(visitor, "library")
    page.wait_for_function("!document.querySelector('#documents [data-ask-in]:checked')")
    page.keyboard.press("Escape")
    told = visitor.ask(COST).inner_text()
    assert "nine boats" in told or "wheel" in told


@browser_test
def test_several_are_ticked_by_keyboard_and_what_is_added_is_not_among_them(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    visitor = visit()
    page = visitor.page
    open_panel(visitor, "library")
    for name in ("memo", "letter"):
        page.focus(f"[data-ask-in={name}]")
        page.keyboard.press("Space")
    wait_for_chip(visitor, "in 2 of 4 documents")
    page.wait_for_timeout(2_000)
    assert page.locator("#documents [data-ask-in]:checked").count() == 2, "what the server says later undoes no tick"
    page.keyboard.press("Escape")
    told = visitor.ask(COST).inner_text()
    assert "two meetings" not in told and ("nine boats" in told or "wheel" in told)
    (tmp_path / "tides.txt").write_text("The flood cost the harbour forty ropes.\n", encoding="utf-8")
    visitor.add(tmp_path / "tides.txt")
    wait_for_chip(visitor, "in 2 of 5 documents")
    assert "ropes" not in visitor.ask(COST).inner_text()
    open_panel(visitor, "library")
    page.wait_for_function("document.querySelectorAll('#documents [data-ask-in]:checked').length === 2")
    page.uncheck("[data-ask-in=memo]")
    page.uncheck("[data-ask-in=letter]")
    page.wait_for_selector("#narrowed .narrowed", state="detached")


@browser_test
@pytest.mark.parametrize("comes_back", [False, True], ids=["at-once", "after-a-reload"])
def test_where_some_documents_do_not_answer_all_can_be_asked(visit: Callable[..., Visitor], comes_back: bool) -> None:
    visitor = visit()
    page = visitor.page
    open_panel(visitor, "library")
    page.click("[data-ask-alone=minutes]")
    wait_for_chip(visitor, "alone")
    declined = visitor.ask(ASKED)
    assert declined.locator("a.footnote").count() == 0
    assert "Only some documents were asked." in declined.inner_text()
    assert examine(visitor) == []
    if comes_back:
        reload(visitor)
        page.wait_for_selector("#chat .actions")
    page.click("#chat [data-act=widen]")
    page.wait_for_selector("#chat a.footnote")
    page.wait_for_selector("#question .submit-button")
    assert page.locator("#chat .asked").all_inner_texts() == [ASKED], "it takes the place of what was declined"
    page.wait_for_selector("#narrowed .narrowed", state="detached")
    open_panel(visitor, "library")
    page.wait_for_function("!document.querySelector('#documents [data-ask-in]:checked')")
    page.keyboard.press("Escape")
    assert visitor.ask(FAR).locator("[data-act=widen]").count() == 0, "where all were asked there are no others"
    assert page.locator("#chat [data-act=widen]").count() == 0


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_ticks_and_chip(visit: Callable[..., Visitor], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    visitor = visit(color_scheme=scheme)
    open_panel(visitor, "library")
    visitor.page.check("[data-ask-in=memo]")
    wait_for_chip(visitor, "alone")
    visitor.page.wait_for_timeout(300)
    for _ in range(2):
        found: dict[str, Any] = Axe().run(visitor.page).response
        assert len(found["passes"]) > 10, "it did look at the page"
        assert [each["id"] for each in found["violations"] if each["impact"] in ("serious", "critical")] == []
        visitor.page.keyboard.press("Escape")


@pytest.mark.parametrize("given", [None, 7, "memo", {"memo": 1}, [7], [["memo"]], [""], ["x" * 1_001], ["x"] * 1_001])
def test_what_a_browser_says_is_asked_is_read_as_ids_or_as_nothing(given: Any) -> None:
    assert read_ids(given) == ()
    assert read_ids(["memo", "letter", "memo"]) == ("memo", "letter")


def test_forged_ids_count_for_nothing_and_another_visitors_document_stays_theirs(served: Served) -> None:
    ada, eve = Forger(served.address), Forger(served.address)
    ada.send("begin")
    ada.send("add", [ada.upload("diary.txt", b"The flood cost Ada her violin.\n")])
    assert "violin" in json.dumps(ada.send("ask", COST)), "there is something to steal"
    eve.send("begin")
    for ids in (["diary"], ["diary", "no-such"], "diary", {"diary": 1}, [["diary"]], ["../diary"], ["memo"] * 1_001):
        shown = eve.send("narrow", data={"documents": ids})
        assert "failed" not in shown and "narrowed" not in json.dumps(shown.get("narrowed", "")), ids
        assert eve.mine["choices"]["documents"] == [], ids
        assert "violin" not in json.dumps(eve.send("ask", COST)), ids
    shown = eve.send("narrow", data={"documents": ["diary", "memo"]})
    assert eve.mine["choices"]["documents"] == ["memo"] and "diary" not in shown["narrowed"]
    told = json.dumps(eve.send("ask", "What did the flood cost the mill?"))
    assert "wheel" in told and "violin" not in told
    eve.mine["choices"]["documents"] = ["diary"]  # what the browser keeps is forged, too
    again = eve.again()
    assert "narrowed" not in again.send("begin").get("narrowed", "")
    assert "violin" not in json.dumps(again.send("ask", COST))


def test_all_are_asked_again_by_an_event_and_only_of_what_was_narrowed(served: Served) -> None:
    visitor = Forger(served.address)
    visitor.send("begin")
    visitor.send("narrow", data={"documents": ["memo"]})
    assert 'data-act=\\"widen' in json.dumps(visitor.send("ask", ASKED))
    again = visitor.send("retry", data={"wide": True})
    assert 'data-act=\\"widen' in json.dumps(again), "what no page sends widens nothing"
    shown = visitor.send("retry", data={"wide": "yes"})
    assert shown["narrowed"] == "" and visitor.mine["choices"]["documents"] == []
    assert "data-citation" in json.dumps(shown) and 'data-act=\\"widen' not in json.dumps(shown)
    everything = {"documents": ["hanoi-summit", "letter", "minutes", "memo"]}
    visitor.send("narrow", data=everything)
    assert "widen" not in json.dumps(visitor.send("ask", FAR)), "who asks all has no others to ask"


def test_a_title_in_the_chip_is_escaped() -> None:
    shown = render_narrowed({'"><img src=x>': "<img src=x onerror=window.pwned=1>"}, 2)
    assert "<img" not in shown and "&lt;img src=x onerror" in shown


def test_what_is_set_leaves_the_choice_alone_and_nobody_asks_what_is_gone(served: Served) -> None:
    visitor = Forger(served.address)
    visitor.send("begin")
    visitor.send("add", [visitor.upload("bread.txt", b"Sourdough should prove for twelve hours.\n")])
    assert "alone" in visitor.send("narrow", data={"documents": ["bread"]})["narrowed"]
    for event, data in (("choose", {"passages": 5, "abstain_below": 0.2}), ("reset_choices", {})):
        visitor.send(event, data=data)
        assert visitor.mine["choices"]["documents"] == ["bread"], event
    assert visitor.send("remove", data={"document": "bread"})["narrowed"] == ""
    assert "boats" in json.dumps(visitor.send("ask", "What did the flood cost the town?"))
