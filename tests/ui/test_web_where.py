"""Documents are chosen by their metadata on the page: in the settings, said at the head, kept, and never trusted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from forging import Forger
from gradio_client.exceptions import AppError
from served import connect
from visiting import NARROW, WIDE, Served, Visitor, browser_test, open_panel, reload, serve

from ingest import ingest_texts
from rag.index.document_records import DocumentRecord
from ui.web.session.facets import MOST_FACETS, MOST_VALUES, find_facets, keep_offered, make_conditions, read_pairs

COST = "What did the flood cost?"
HOSTILE = "<img src=x onerror=window.pwned=1>"
TOWN: list[Any] = [
    (
        "letter",
        "The flood cost the town nine boats.",
        {"kind": "letter", "year": 2024, "source": "/home/ada/box/7.txt"},
    ),
    ("minutes", "The flood cost the council two meetings.", {"kind": "minutes", "year": 2023, "by": HOSTILE}),
    ("memo", "The flood cost the mill a wheel.", {"kind": "memo", "year": 2023}),
]


@pytest.fixture(scope="module")
def served(article_index: Path, embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of the bundled article and of three notes with metadata."""
    folder = tmp_path_factory.mktemp("where")
    shutil.copytree(article_index, folder / "made")
    ingest_texts(TOWN, directory=folder / "made", embeddings=embeddings)
    with serve(folder / "made", embeddings, folder / "index") as running:
        yield running


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_one_kind_of_documents_is_asked_and_the_page_says_so(
    visit: Callable[..., Visitor], viewport: dict[str, int]
) -> None:
    visitor = visit(viewport)
    page = visitor.page
    assert "only where" not in page.inner_text("#status")
    open_panel(visitor, "settings")
    page.select_option("[data-where=kind]", "minutes")
    page.wait_for_function("document.querySelector('#status').innerText.includes('kind is minutes')")
    page.keyboard.press("Escape")
    told = visitor.ask(COST).inner_text()
    assert "two meetings" in told and "nine boats" not in told
    assert "Asked of 1 of 4 documents: those with kind=minutes." in told
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    reload(visitor)
    page.wait_for_function("document.querySelector('#status').innerText.includes('kind is minutes')")
    open_panel(visitor, "settings")
    assert page.input_value("[data-where=kind]") == "minutes"
    page.select_option("[data-where=year]", "2024")
    page.wait_for_function("document.querySelector('#status').innerText.includes('year is 2024')")
    page.keyboard.press("Escape")
    assert "No document fits kind=minutes and year=2024" in visitor.ask(COST).inner_text()
    open_panel(visitor, "settings")
    for name in ("kind", "year"):
        page.select_option(f"[data-where={name}]", "")
    page.wait_for_function("!document.querySelector('#status').innerText.includes('only where')")
    page.keyboard.press("Escape")
    assert "Asked of" not in visitor.ask(COST).inner_text()


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_choices(visit: Callable[..., Visitor], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    visitor = visit(NARROW, color_scheme=scheme)
    open_panel(visitor, "settings")
    visitor.page.locator("[data-where=kind]").scroll_into_view_if_needed()
    visitor.page.select_option("[data-where=kind]", "minutes")
    visitor.page.wait_for_timeout(300)
    found: dict[str, Any] = Axe().run(visitor.page).response
    assert len(found["passes"]) > 10, "it did look at the page"
    assert [each["id"] for each in found["violations"] if each["impact"] in ("serious", "critical")] == []


def test_only_names_that_part_the_documents_are_offered() -> None:
    def record(place: int, **metadata: Any) -> DocumentRecord:
        return DocumentRecord(f"d{place}", "", "", "", "", "", "", 1, 1, metadata=tuple(sorted(metadata.items())))

    records = [
        record(number, same=1, path=f"/tmp/{number % 2}/x", number=number, odd=number % 2 == 1, half=number % 2 / 2)
        for number in range(MOST_VALUES + 1)
    ]
    assert [facet.name for facet in find_facets(records)] == ["half", "odd"]
    half, odd = find_facets(records)
    assert (half.values, odd.values) == ((("0.0", 21), ("0.5", 20)), (("false", 21), ("true", 20)))
    (condition,) = make_conditions((("odd", "true"),))
    assert sum(condition.fits(dict(each.metadata)) for each in records) == 20
    assert find_facets([record(1, a="x"), record(2)])[0].values == (("x", 1),)
    assert find_facets([record(1, a="x" * 101), record(2)]) == () == find_facets([])
    assert len(find_facets([record(1, **{f"n{name}": 1 for name in range(30)}), record(2)])) == MOST_FACETS
    assert keep_offered((("odd", "true"), ("odd", "false"), ("gone", "1")), [odd]) == (("odd", "false"),)


@pytest.mark.parametrize(
    "given",
    [None, 7, "kind", {"kind": "memo"}, [["kind"]], [["kind", 7]], [["kind", "x" * 101]], [["a", "b"]] * 9, [7], [[]]],
)
def test_what_a_browser_says_was_chosen_is_read_as_pairs_or_as_nothing(given: Any) -> None:
    assert read_pairs(given) == ()
    assert read_pairs([["kind", "memo"]]) == (("kind", "memo"),)


def test_what_is_not_offered_cannot_be_chosen_and_metadata_is_escaped(served: Served) -> None:
    visitor = Forger(served.address)
    shown = visitor.send("begin")["choices"]
    assert HOSTILE not in json.dumps(shown) and "&lt;img src=x" in shown
    assert "/home/ada" not in json.dumps(shown)
    for where in ([["source", "/home/ada/box/7.txt"]], [["kind", HOSTILE]], [["title", "letter"]], {"kind": "memo"}):
        chosen = visitor.send("choose", data={"quotes": True, "passages": 8, "abstain_below": 0.2, "where": where})
        assert "only where" not in chosen["status"], where
        assert "Asked of" not in json.dumps(visitor.send("ask", COST)), where
    chosen = visitor.send("choose", data={"passages": 8, "abstain_below": 0.2, "where": [["by", HOSTILE]]})
    assert "only where" in chosen["status"] and HOSTILE not in chosen["status"]


def test_programs_choose_documents_and_are_not_told_where_a_file_lay(served: Served) -> None:
    client = connect(served.address)
    answer = client.predict(COST, None, None, ["kind=letter"], api_name="/ask")
    assert "nine boats" in answer["answer"]
    assert answer["citations"][0]["metadata"] == {"kind": "letter", "source": "7.txt", "year": 2024}
    listed = {row["document"]: row.get("metadata") for row in client.predict(api_name="/documents")}
    assert listed["letter"]["source"] == "7.txt"
    assert "nine boats" in client.predict(COST, None, None, ["year>2023"], api_name="/ask")["answer"]
    for where in (["kind"], ["kind=x"], ["knid=memo"], ["a=1"] * 200, [7]):
        with pytest.raises(AppError) as told:
            client.predict(COST, None, None, where, api_name="/ask")
        assert "\n" not in str(told.value) and len(str(told.value)) < 400


def test_a_saved_conversation_tells_no_place_either(served: Served) -> None:
    visitor = Forger(served.address)
    visitor.send("begin")
    visitor.send("ask", "What did the flood cost the town?")
    saved = visitor.send("save", data={"form": "json"})
    assert '"kind": "letter"' in json.dumps(saved).replace("\\", "")
    assert "/home/ada" not in json.dumps(saved)
    assert "/home/ada" not in json.dumps(visitor.kept), "nor does what the browser keeps"
