"""The settings in a real browser: words in place of numbers, colours, the size of the text, chat models of this machine, reset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from visiting import ASKED, NARROW, WIDE, Served, Visitor, brightness, browser_test, open_panel, reload, serve

from rag.llm.local import process
from ui.web.session import own_machine

MODEL = "qwen2.5-1.5b-instruct-q4_k_m.gguf"


@pytest.fixture(scope="module")
def served(article_index: Path, embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page for the person at this machine, on which there are two chat models: one that is known, and one that is none."""
    models = tmp_path_factory.mktemp("models")
    (models / MODEL).write_bytes(b"GGUF and nothing else")
    (models / "tides.gguf").write_bytes(b"GGUF and nothing else")
    with serve(article_index, embeddings, tmp_path_factory.mktemp("served") / "index", models=models) as running:
        yield running


def paper(visitor: Visitor) -> float:
    """How bright the page is, from 0 to 1."""
    return brightness(visitor.page.evaluate("getComputedStyle(document.querySelector('#reading')).backgroundColor"))


def letters(visitor: Visitor) -> float:
    """Pixels of the source's letters."""
    return float(visitor.page.evaluate("parseFloat(getComputedStyle(document.querySelector('.document p')).fontSize)"))


@browser_test
def test_words_stand_for_numbers_which_are_behind_fine_tuning(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    open_panel(visitor, "settings")
    assert page.is_checked("#settings [name=manner][value='0.2']") and page.is_hidden("#set-threshold")
    page.check("#settings [name=manner][value='0.3']")
    page.wait_for_timeout(400)
    reload(visitor)
    open_panel(visitor, "settings")
    assert page.is_checked("#settings [name=manner][value='0.3']") and page.is_hidden("#set-threshold")
    page.click("#settings .fine summary")
    assert page.input_value("#set-threshold") == "0.3"
    page.fill("#set-threshold", "0.1")
    assert page.is_checked("#settings [name=manner][value='0.1']")
    page.fill("#set-threshold", "0.45")
    assert page.locator("#settings [name=manner]:checked").count() == 0
    page.wait_for_timeout(400)
    reload(visitor)
    open_panel(visitor, "settings")
    assert page.is_visible("#set-threshold"), "what no word stands for is shown"


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_and_size_are_kept_and_go_before_the_systems(visit: Callable[..., Visitor], scheme: str) -> None:
    visitor = visit(color_scheme=scheme)
    page = visitor.page
    was, size = paper(visitor), letters(visitor)
    open_panel(visitor, "settings")
    page.check(f"#settings [name=theme][value={'light' if scheme == 'dark' else 'dark'}]", force=True)
    page.check("#settings [name=size][value=larger]", force=True)
    assert (paper(visitor) > 0.5) != (was > 0.5) and letters(visitor) == pytest.approx(1.3 * size)
    reload(visitor)
    assert (paper(visitor) > 0.5) != (was > 0.5) and letters(visitor) == pytest.approx(1.3 * size)
    page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_timeout(200)
    assert (paper(visitor) > 0.5) != (was > 0.5), "the system changes nothing now"
    page.evaluate(
        "localStorage.setItem('footnote-theme', 'x\"><img>'); localStorage.setItem('footnote-size', 'constructor')"
    )
    reload(visitor)
    assert paper(visitor) == was and letters(visitor) == size, "what is no choice is none"


@browser_test
def test_reset_brings_back_what_was_at_first(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    size = letters(visitor)
    open_panel(visitor, "settings")
    page.check("#settings [name=manner][value='0.1']")
    page.check("#settings [name=size][value=large]", force=True)
    page.uncheck("#settings [name=keys]")
    page.wait_for_timeout(400)
    page.click("#settings [data-reset]")
    page.wait_for_selector("#settings .resetting:has-text('Done')")
    assert page.is_checked("#settings [name=manner][value='0.2']") and page.is_checked("#settings [name=keys]")
    assert page.is_checked("#settings [name=size][value='']") and letters(visitor) == size
    assert page.evaluate("document.activeElement.matches('[data-reset]')")
    reload(visitor)
    open_panel(visitor, "settings")
    assert page.is_checked("#settings [name=manner][value='0.2']")


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW, {"width": 320, "height": 568}], ids=["wide", "narrow", "small"])
def test_the_largest_text_fits_every_screen(visit: Callable[..., Visitor], viewport: dict[str, int]) -> None:
    visitor = visit(viewport)
    page = visitor.page
    page.evaluate("localStorage.setItem('footnote-size', 'larger')")
    reload(visitor)
    visitor.ask(ASKED)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    for selector in ("#question .submit-button", "[data-open-panel=settings]"):
        box = page.locator(selector).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= viewport["width"], selector
        assert box["y"] + box["height"] <= viewport["height"], selector
    open_panel(visitor, "settings")
    assert page.evaluate("(each => each.scrollWidth <= each.clientWidth)(document.querySelector('#settings'))")


@browser_test
def test_a_model_of_this_machine_is_chosen_and_where_it_does_not_load_the_document_is_quoted(
    visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (own_machine, process):
        monkeypatch.setattr(module, "PACKAGE", "json")  # what runs models is an extra, which need not be there
    visitor = visit()
    page = visitor.page
    open_panel(visitor, "settings")
    said = page.inner_text("#settings form")
    assert "qwen2.5-1.5b writes" in said and "1.7 GB of memory" in said and "tides writes" in said
    page.check("#settings [value='local:tides']")
    page.wait_for_selector("#status:has-text('local:tides writes')", state="attached")
    page.keyboard.press("Escape")
    answer = visitor.ask(ASKED)
    assert "walk" in answer.inner_text() and "cannot be loaded" in answer.inner_text()
    reload(visitor)
    page.wait_for_selector("#status:has-text('local:tides writes')")
    open_panel(visitor, "settings")
    assert page.is_checked("#settings [value='local:tides']")
    page.check("#settings [value=quotes]")
    page.wait_for_selector("#status:has-text('Offline')", state="attached")
