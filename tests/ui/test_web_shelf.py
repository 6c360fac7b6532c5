"""The library's table: columns that are sorted by a press, rows that are filtered by typing, cards on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from made_pdf import lines, made_pdf
from visiting import NARROW, Visitor, browser_test, open_panel, titles

SEEN = "tides storms herring cod ships fog ice gulls seals whales nets ropes".split()
HANOI = "The Hanoi summit: two leaders and no deal"


def add_three(visitor: Visitor, folder: Path) -> None:
    (folder / "tides.txt").write_text(
        "Tides\n\nSpring tides are highest two days after the new moon.\n", encoding="utf-8"
    )
    (folder / "bread.md").write_text("# Bread\n\nSourdough bread should prove for twelve hours.\n", encoding="utf-8")
    pages = [lines([f"The keeper wrote of {what} in a green book.", "Then it rained."], top=320) for what in SEEN]
    (folder / "book.pdf").write_bytes(made_pdf(pages, info="/Title (The green book) /Author (Ada Verhoeven)"))
    visitor.add(folder / "tides.txt", folder / "bread.md", folder / "book.pdf")


@browser_test
def test_documents_are_sorted_and_filtered(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    page = visitor.page
    add_three(visitor, tmp_path)
    open_panel(visitor, "library")
    sent = titles(visitor)
    assert sent[0] == HANOI and len(sent) == 4
    row = page.locator("#documents tr", has_text="The green book")
    told = {name: row.locator(f"td.{name}").inner_text() for name in ("kind", "pages", "added", "characters")}
    today = date.today()
    assert (told["kind"], told["pages"], told["added"]) == ("PDF", "12", f"{today.day} {today:%B %Y}")
    assert int(told["characters"].replace(",", "")) > 300 and "Ada Verhoeven" in row.inner_text()
    assert page.locator("#documents tr", has_text=HANOI).locator("td.kind").inner_text() == "Markdown"

    page.click("[data-sort=title]")
    assert titles(visitor) == sorted(sent, key=str.casefold)
    assert page.get_attribute("th.name", "aria-sort") == "ascending"
    page.click("[data-sort=title]")
    assert titles(visitor) == sorted(sent, key=str.casefold, reverse=True)
    page.click("[data-sort=title]")
    assert titles(visitor) == sent, "the third press undoes it"
    page.click("[data-sort=characters]")
    assert titles(visitor)[0] == HANOI, "the largest first"
    page.click("[data-sort=pages]")
    assert titles(visitor)[0] == "The green book"

    for typed, left in (("green", 1), ("ADA", 1), ("text", 1), ("markdown", 2), ("hanoi pdf", 0), ("", 4)):
        page.fill("#filter-documents", typed)
        page.wait_for_function(
            "n => document.querySelectorAll('#documents tbody tr:not([hidden])').length === n", arg=left
        )
        assert page.inner_text("#filtered") == (f"{left} of 4" if typed else "")

    page.fill("#filter-documents", "tides")
    page.click("#documents tr:not([hidden]) [data-remove]")
    page.wait_for_selector("#report-too .added")
    page.wait_for_function("document.querySelectorAll('#documents tbody tr').length === 3")
    assert page.inner_text("#filtered") == "0 of 3", "what was typed stays"
    page.fill("#filter-documents", "")
    assert titles(visitor)[0] == "The green book", "and how it was sorted"


@browser_test
def test_on_a_phone_the_words_to_sort_by_stand_where_the_rows_begin(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    visitor = visit(NARROW)
    add_three(visitor, tmp_path)
    open_panel(visitor, "library")
    left = "selector => [...document.querySelectorAll(selector)].map((each) => Math.round(each.getBoundingClientRect().left))"
    sorts = visitor.page.evaluate(left, "#documents [data-sort=title]")
    rows = visitor.page.evaluate(left, "#documents :is(td.name .title, td.kind)")
    assert len(rows) == 8 and {each - sorts[0] for each in rows} <= {-1, 0, 1}


@browser_test
def test_the_table_fits_a_phone(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit(NARROW)
    add_three(visitor, tmp_path)
    open_panel(visitor, "library")
    assert visitor.page.evaluate("document.querySelector('#library').scrollWidth <= window.innerWidth")
    words = """() => {
        const cell = [...document.querySelectorAll("#documents td.pages")].find((each) => each.textContent);
        const isNumberHidden = getComputedStyle(cell).fontSize === "0px";
        return isNumberHidden && getComputedStyle(cell, "::after").content.replaceAll('"', "");
    }"""
    assert visitor.page.evaluate(words) == "12 pages"
    visitor.page.click("[data-sort=pages]")
    assert titles(visitor)[0] == "The green book"
