"""A library of all in real browsers: whose a document is, and the yes before it goes; and a kept conversation gone bad."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from served import serving
from visiting import ASKED, NARROW, WIDE, Served, Visitor, browser_test, open_panel, titles, visits

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

BREAD = "Sourdough bread should prove for twelve hours before it is baked.\n"


@pytest.fixture
def visit_all(
    browser: Browser, article_index: Path, embeddings: Any, tmp_path: Path
) -> Iterator[Callable[..., Visitor]]:
    """Opens the page of a server whose library is everybody's."""
    with serving(article_index, embeddings, share_library=True, uploads=tmp_path / "uploads") as address:
        served = Served(address, article_index, embeddings, None, tmp_path, tmp_path)  # type: ignore[arg-type]
        with visits(browser, served) as open_page:
            yield open_page


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write_file(text: str) -> Path:
        path = tmp_path / "bread.txt"
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_somebody_elses_document_is_replaced_and_removed_by_a_second_press(
    visit_all: Callable[..., Visitor], write: Callable[[str], Path], viewport: dict[str, int]
) -> None:
    ada, bob = visit_all(), visit_all(viewport)
    ada.add(write(BREAD))
    page = bob.page
    said = bob.add(write(BREAD.replace("twelve", "ten")), status="skipped")
    assert "was not added" in said and "added by another browser on" in said
    page.click("#report [data-replace]")
    page.wait_for_selector("#report .replaced")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    ada.page.reload()
    ada.page.wait_for_selector("#source .document", state="attached")
    open_panel(ada, "library")
    assert "added by another browser on" in ada.page.inner_text("#documents")
    ada.page.click("#documents [data-remove]")
    ada.page.wait_for_selector("#report-too [data-sure]")
    assert "was added by another browser on" in ada.page.inner_text("#report-too") and len(titles(ada)) == 2
    ada.page.click("#report-too [data-sure]")
    ada.page.wait_for_selector("#report-too .added:has-text('Removed')")
    assert len(titles(ada)) == 1
    ada.complaints = [line for line in ada.complaints if "abort" not in line and "errored out" not in line]


@browser_test
@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer["citations"][0].update(status='x" onmouseover="window.pwned=1'),
        lambda answer: answer["citations"][0].update(number='1"><img src=x onerror=window.pwned=1>'),
        lambda answer: answer.update(route='"><script>window.pwned=1</script>'),
    ],
    ids=["status", "number", "route"],
)
def test_what_a_kept_conversation_says_does_not_act_and_the_page_works(
    visit: Callable[..., Visitor], change: Callable[[Any], object]
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.ask(ASKED)

    def forge(route: Route) -> None:
        body: Any = route.request.post_data_json
        if len(body["data"]) == 2:  # the page is opened
            turn = json.loads(body["data"][0][0]["turn"])
            change(turn["answer"])
            body["data"][0][0]["turn"] = json.dumps(turn)
        route.continue_(post_data=json.dumps(body))

    page.route("**/gradio_api/queue/join*", forge)
    page.reload()
    page.wait_for_selector("#report .report:has-text('was set aside')")
    assert page.locator("#chat .asked").count() == 0
    answer = visitor.ask(ASKED)
    answer.locator("a.footnote").first.hover()
    assert "walk" in answer.inner_text() and page.locator("#chat .asked").count() == 1
    visitor.complaints = [line for line in visitor.complaints if "abort" not in line and "errored out" not in line]
