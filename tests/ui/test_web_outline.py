"""The headings of a document in its text view: a choice that jumps to one of them, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from visiting import NARROW, WIDE, Visitor, browser_test

PARTS = ["The tides", "The boats", "<img src=x onerror=window.pwned=1>", "The weather"]
TOP = """number => {
  const heading = document.querySelectorAll("#source .document :is(h2, h3)")[number];
  const frame = heading.closest("#source").getBoundingClientRect();
  return heading.getBoundingClientRect().top - frame.top;
}"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A long text under headings, one of which is meant badly."""
    parts = [
        f"## {part}\n\n" + f"A line about it that goes on for a while, number {at}. " * 60
        for at, part in enumerate(PARTS)
    ]
    path = tmp_path / "book.md"
    path.write_text("# The green book\n\nIt begins.\n\n" + "\n\n".join(parts) + "\n\nThe end.\n", encoding="utf-8")
    return path


def open_text(visitor: Visitor) -> None:
    if visitor.page.is_visible("[data-open-source]"):
        visitor.page.click("[data-open-source]")
    visitor.page.wait_for_selector("#outline:not([hidden])")


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_heading_is_jumped_to(visit: Callable[..., Visitor], viewport: dict[str, int], book: Path) -> None:
    visitor = visit(viewport)
    page = visitor.page
    visitor.add(book)
    page.wait_for_function("document.querySelector('#source .document').dataset.document === 'book'")
    open_text(visitor)
    told = page.locator("#outline option").all_inner_texts()
    assert told[0] == "Outline" and "The boats" in "".join(told) and len(told) >= 4
    number = next(at for at, words in enumerate(told) if "The boats" in words) - 1
    assert page.evaluate(TOP, number) > 300, "it is out of sight, or far down"
    page.select_option("#outline", str(number))
    page.wait_for_function(f"number => Math.abs(({TOP})(number) - 20) < 30", arg=number)
    page.wait_for_timeout(300)
    assert page.input_value("#outline") == str(number), "it tells where the text stands"
    page.focus("#outline")
    page.keyboard.press("ArrowUp")
    page.wait_for_function(f"number => Math.abs(({TOP})(number) - 20) < 30", arg=number - 1)
    assert page.evaluate("document.activeElement.id") == "outline"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.evaluate("document.querySelector('#source .document').parentElement.parentElement.scrollTo(0, 0)")


@browser_test
def test_a_text_without_headings_has_no_outline(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    (tmp_path / "plain.txt").write_text("The tide turned at noon and nobody saw it.\n", encoding="utf-8")
    visitor.add(tmp_path / "plain.txt")
    visitor.page.wait_for_function("document.querySelector('#source .document').dataset.document === 'plain'")
    visitor.page.wait_for_timeout(200)
    assert not visitor.page.is_visible("#outline")
