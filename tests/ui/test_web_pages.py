"""Web pages on the page: fetched where the operator wants it, replaced when asked for again, and nobody else's replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from forging import Forger
from made_web import PAGE, WebServer, give, move
from made_web import serving as serving_web
from playwright.sync_api import Browser
from served import serving
from ssrf_tricks import LITERAL, WRITTEN
from visiting import ASKED, NARROW, WIDE, Served, Visitor, browser_test, open_panel, serve, titles, visits

from rag.errors import UsageError
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings
from ui.web.library.uploads import Uploads

SAID = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def web() -> Iterator[WebServer]:
    with serving_web({"/tides": give(), "/moved": move("/tides")}) as server:
        yield server


def allowing(web: WebServer) -> dict[str, Any]:
    return {"web_pages": True, "web_hosts": f"127.0.0.1:{web.port}, *:{web.port}"}


def add(visitor: Forger, address: Any) -> str:
    """What is said of a page that is to be added."""
    return SAID.sub("", visitor.send("add_page", data={"address": address})["report"])


@pytest.fixture
def address(
    article_index: Path, embeddings: Any, tmp_path: Path, web: WebServer, request: pytest.FixtureRequest
) -> Iterator[str]:
    given = {"uploads": tmp_path / "uploads", **getattr(request, "param", {})}
    web.answers["/tides"] = give()
    web.asked.clear()
    with serving(article_index, embeddings, **allowing(web) | given) as address:
        yield address


def test_a_page_is_added_found_again_and_replaced(address: str, web: WebServer) -> None:
    visitor = Forger(address)
    visitor.send("begin")
    where = web.address("/tides")
    assert add(visitor, web.address("/moved")).startswith(f"Added {where} as “Tides”")
    assert add(visitor, where) == f"{where} is here already, unchanged."
    web.answers["/tides"] = give(PAGE.replace("noon", "midnight"))
    assert add(visitor, where).startswith("Replaced “Tides”")
    shown = visitor.send("reindex")
    assert "kept as it was indexed" in json.dumps(shown), "and not fetched again"
    assert len(web.asked) == 4


@pytest.mark.parametrize("address", [{"web_pages": False}], indirect=True)
def test_where_it_is_not_switched_on_nothing_is_fetched(address: str, web: WebServer) -> None:
    visitor = Forger(address)
    assert "Or a web page" not in json.dumps(visitor.client.get("/config").json()["components"])
    assert "web pages are not fetched here" in add(visitor, web.address("/tides")).lower()
    assert web.asked == []


def test_by_default_it_is_not_switched_on() -> None:
    assert read_settings().web_pages is False and read_settings(host="0.0.0.0").web_pages is False


@pytest.mark.parametrize("address", [{"web_hosts": "*"}], indirect=True)
def test_every_trick_is_refused_in_one_line(address: str, web: WebServer) -> None:
    addresses = [f"http://{host}:{web.port}/" for host in LITERAL.values()]
    addresses += [each.format(port=web.port) for each in WRITTEN.values()]
    for at in range(0, len(addresses), 6):  # a visitor of an address of its own for six: more would have to wait
        visitor = Forger(address)
        visitor.client.headers["X-Forwarded-For"] = f"198.51.100.{at}"
        for each in addresses[at : at + 6]:
            said = add(visitor, each)
            assert "not fetched" in said.lower() and "secret" not in said and len(said.splitlines()) == 1, each
    assert web.asked == []


def test_a_client_may_have_a_few_pages_fetched_in_a_minute(address: str, web: WebServer) -> None:
    visitor = Forger(address)
    said = [add(visitor, web.address(f"/absent/{number}")) for number in range(12)]
    assert "answered 404" in said[0] and "Too many web pages at once" in said[-1]
    assert len(web.asked) <= 8
    assert "walk" in json.dumps(visitor.send("ask", ASKED)), "and asking goes on"


@pytest.mark.parametrize("value", [None, 7, [], {}, "", "x" * 5_000, "http://"])
def test_what_is_no_address_is_said(address: str, value: Any) -> None:
    assert "not fetched" in add(Forger(address), value).lower()


def test_a_page_larger_than_a_file_may_be_is_refused(
    article_index: Path, embeddings: Any, tmp_path: Path, web: WebServer
) -> None:
    settings = read_settings(index=article_index, uploads=tmp_path, max_upload_mb=0.01, **allowing(web))
    uploads = Uploads(PassageIndex(article_index, embeddings), settings)
    web.answers["/large"] = give("word " * 5_000)
    with pytest.raises(Exception, match=r"more than 0\.01 MB"):
        uploads.library(uploads.issue()).add_page(web.address("/large"))


def test_hosts_that_are_written_wrongly_end_the_start(article_index: Path, embeddings: Any, tmp_path: Path) -> None:
    settings = read_settings(index=article_index, uploads=tmp_path, web_hosts="http://intranet")
    with pytest.raises(UsageError, match="FOOTNOTE_WEB_HOSTS"):
        Uploads(PassageIndex(article_index, embeddings), settings)


@pytest.mark.parametrize("address", [{"share_library": True}], indirect=True)
def test_a_page_that_somebody_else_added_is_not_replaced_unawares(address: str, web: WebServer) -> None:
    ada, bob = Forger(address), Forger(address)
    for visitor in (ada, bob):
        visitor.send("begin")
    where = web.address("/tides")
    assert add(ada, where).startswith("Added")
    assert "unchanged" in add(bob, where)
    web.answers["/tides"] = give(PAGE.replace("noon", "midnight"))
    assert "has changed since it was added by another browser" in add(bob, where)
    assert add(ada, where).startswith("Replaced")


# ---- in a browser ----


@pytest.fixture(scope="module")
def fetching(article_index: Path, embeddings: Any, tmp_path_factory: Any, web: WebServer) -> Iterator[Served]:
    with serve(article_index, embeddings, tmp_path_factory.mktemp("pages") / "index", **allowing(web)) as running:
        yield running


@pytest.fixture
def look(browser: Browser, fetching: Served) -> Iterator[Callable[..., Visitor]]:
    with visits(browser, fetching) as open_page:
        yield open_page


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_web_page_is_added_beside_files(
    look: Callable[..., Visitor], web: WebServer, viewport: dict[str, int], scheme: str
) -> None:
    web.answers["/tides"] = give()
    visitor = look(viewport, color_scheme=scheme)
    page = visitor.page
    open_panel(visitor, "library")
    assert page.get_by_label("Or a web page").is_visible()
    page.fill("#web-page", "not an address")
    page.click("[data-web-page] button")
    assert page.evaluate("!document.querySelector('#web-page').checkValidity()"), "the browser says so itself"
    page.fill("#web-page", web.address("/absent"))
    page.press("#web-page", "Enter")
    page.wait_for_selector("#report-too .failure")
    assert "answered 404" in page.inner_text("#report-too")
    page.wait_for_timeout(
        1_500
    )  # of one address so many a minute are fetched, and four of these tests may run within ten seconds
    page.fill("#web-page", web.address("/tides"))
    page.click("[data-web-page] button")
    page.wait_for_selector("#report-too .added")
    assert titles(visitor)[-1] == "Tides"
    assert page.evaluate("getSelection().toString()") == page.input_value("#web-page") == web.address("/tides")
    assert page.evaluate(
        "document.querySelector('#library').scrollWidth <= document.querySelector('#library').clientWidth"
    )
