"""The panel in which question sets are run, in a real browser: progress, Stop, going on, the report, two runs compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from visiting import ASKED, NARROW, WIDE, Served, Visitor, browser_test, open_panel, reload, serve


@pytest.fixture(scope="module")
def served(article_index: Path, embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page for the person at this machine, whose runs lie in a folder of the test's."""
    folder = tmp_path_factory.mktemp("served")
    with serve(article_index, embeddings, folder / "index", runs=folder / "runs") as running:
        yield running


@pytest.fixture(autouse=True)
def _no_runs(served: Served) -> Iterator[None]:
    yield
    for path in sorted((served.index_directory.parent / "runs").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def choose(visitor: Visitor, name: str, limit: int = 0) -> None:
    visitor.page.select_option("#trials [name=set]", name)
    if limit:
        visitor.page.fill("#trials [name=limit]", str(limit))
    visitor.page.click("#trials form[data-run-set] button")


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_bundled_set_is_run_and_its_report_read(visit: Callable[..., Visitor], viewport: dict[str, int]) -> None:
    visitor = visit(viewport)
    page = visitor.page
    assert page.locator("#trials form").count() == 0, "nothing of it is there before it is opened"
    if viewport == NARROW:
        open_panel(visitor, "settings")
        page.click("#settings [data-open-panel=evaluation]")
    else:
        page.click(".places [data-open-panel=evaluation]")
    page.wait_for_selector("#trials form")
    choose(visitor, "hanoi-summit", 4)
    page.wait_for_selector("#trials progress")
    page.wait_for_selector("#trials .runs li", timeout=90_000)
    assert "4 questions" in page.inner_text("#trials .runs") and "acceptable" in page.inner_text("#trials .runs")
    page.click("#trials [data-run-report]")
    frame = page.frame_locator("#trials .run-report")
    frame.locator("h1").wait_for()
    said = frame.locator("body").inner_text()
    assert "hanoi-summit" in said and "failed 0 %" in said, "all were answered"
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.click("#evaluation [data-close-panel]")
    page.wait_for_selector("#evaluation", state="hidden")
    page.go_back()
    page.wait_for_url("about:blank")


@browser_test
def test_a_run_is_stopped_found_again_and_goes_on(visit: Callable[..., Visitor], served: Served) -> None:
    visitor = visit()
    page = visitor.page
    page.click(".places [data-open-panel=evaluation]")
    page.wait_for_selector("#trials form")
    choose(visitor, "hanoi-summit", 60)
    page.wait_for_function("document.querySelector('#trials progress')?.value >= 2")
    reload(visitor)
    page.click(".places [data-open-panel=evaluation]")
    page.wait_for_selector("#trials progress")  # it goes on while nobody looks
    page.focus("[data-run-stop]")
    page.wait_for_timeout(1200)  # the panel is drawn anew meanwhile
    page.keyboard.press("Enter")
    page.wait_for_selector("#trials:has-text('Stopped after')")
    assert "stopped after" in page.inner_text("#trials .runs")
    (made,) = served.index_directory.parent.glob("runs/own/hanoi-summit-*/page.json")
    answers = made.with_name("answers.jsonl")
    before = len(answers.read_text(encoding="utf-8").splitlines())
    page.click("[data-run-resume]")
    page.wait_for_selector("#trials .runs:has-text('60 questions')", timeout=120_000)
    assert 2 <= before < len(answers.read_text(encoding="utf-8").splitlines()) == 60, "none was asked twice"


@browser_test
def test_two_runs_are_compared_and_rated_answers_become_a_set(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    page = visitor.page
    visitor.ask(ASKED)
    page.click("#chat .thumb:not(.down)")
    page.wait_for_selector("#chat .thanks")
    page.click(".places [data-open-panel=evaluation]")
    page.click("#trials [data-take-rated]")
    page.wait_for_selector("#trials:has-text('Added the set rated-answers: 1 question from')")
    for number in (1, 2):
        choose(visitor, "rated-answers")
        page.wait_for_function("n => document.querySelectorAll('#trials .runs li').length === n", arg=number)
        page.wait_for_timeout(1100)  # runs are named by the second
    page.click("#trials form[data-run-compare] button")
    page.wait_for_selector("#trials .compared")
    assert "good" in page.inner_text("#trials .compared")
    page.locator("#trials [data-run-remove]").first.click()
    page.wait_for_function("document.querySelectorAll('#trials .runs li').length === 1")
    bad = tmp_path / "bad.jsonl"
    bad.write_text("<img src=x onerror=window.pwned=1>\n", encoding="utf-8")
    page.set_input_files("[data-add-set]", bad)
    page.wait_for_selector("#trials .failure:has-text('not JSON')")
    assert str(tmp_path) not in page.content()
