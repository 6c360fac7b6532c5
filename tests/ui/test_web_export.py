"""Saving the conversation as a file that proves itself, and copying an answer, in a real browser."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from visiting import ASKED, ASTRAL_NOTE, NARROW, NEAR, WIDE, Served, Visitor, browser_test, wait_until

ROOT = Path(__file__).parents[2]


def save(visitor: Visitor, form: str, folder: Path) -> Path:
    """Save the conversation as a person does, and give the file."""
    visitor.page.click("#save summary")
    with visitor.page.expect_download() as begun:
        visitor.page.click(f"[data-save={form}]")
    path = folder / begun.value.suggested_filename
    begun.value.save_as(path)
    return path


def verify(path: Path, index: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ui", "verify", "--json", "--index", str(index), str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_conversation_is_saved_as_json_that_verifies_and_as_markdown(
    visit: Callable[..., Visitor],
    served: Served,
    tmp_path: Path,
    viewport: dict[str, int],
) -> None:
    visitor = visit(viewport)
    assert not visitor.page.is_visible("#save"), "there is nothing to save yet"
    visitor.ask(ASKED)
    visitor.ask(NEAR)
    visitor.ask("What has North Korea started at Sohae?")
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    path = save(visitor, "json", tmp_path)
    assert path.name == f"footnote-{date.today().isoformat()}.json"
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert [turn["question"] for turn in saved["turns"]] == [ASKED, NEAR, "What has North Korea started at Sohae?"]
    assert [record["document"] for record in saved["documents"]] == ["hanoi-summit"]
    result = verify(path, served.index_directory)
    assert result.returncode == 0, result.stderr
    checks = [json.loads(line) for line in result.stdout.splitlines()]
    assert checks and {check["status"] for check in checks} == {"stands"}

    path = save(visitor, "markdown", tmp_path)
    assert path.name == f"footnote-{date.today().isoformat()}.md"
    text = path.read_text(encoding="utf-8")
    assert f"## {ASKED}" in text and "The closest passage:" in text
    used = re.findall(r"\[\^(\d+)\](?!:)", text)
    assert used == re.findall(r"^\[\^(\d+)\]:", text, re.MULTILINE) == [str(at) for at, _ in enumerate(checks, start=1)]
    wait_until(lambda: visitor.page.text_content("#saying") == f"Saved as {path.name}")
    assert not visitor.page.is_visible("[data-save]"), "the choice closes"
    assert str(served.index_directory.parent) not in text + json.dumps(saved)


@browser_test
def test_what_is_saved_after_a_reload_is_the_same_and_after_starting_over_nothing(
    visit: Callable[..., Visitor],
    tmp_path: Path,
) -> None:
    visitor = visit()
    visitor.ask(ASKED)
    before = save(visitor, "markdown", tmp_path).read_text(encoding="utf-8")
    visitor.page.reload()
    visitor.page.wait_for_selector("#chat .asked")
    assert save(visitor, "markdown", tmp_path).read_text(encoding="utf-8") == before
    visitor.page.click("#restart")
    visitor.page.wait_for_selector("#save", state="hidden")


@browser_test
def test_saving_is_reached_and_left_by_keyboard(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.ask(ASKED)
    page = visitor.page
    page.focus("#upload")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#save summary')"):
            break
    else:
        pytest.fail("no Save in the order of the Tab key")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-save=json]", state="visible")
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-save=json]", state="hidden")
    assert page.evaluate("document.activeElement.matches('#save summary')")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_download() as begun:
        page.keyboard.press("Enter")
    assert begun.value.suggested_filename.endswith(".json")
    page.keyboard.press("Enter")
    page.click("#chat .asked")
    page.wait_for_selector("[data-save=json]", state="hidden")


@browser_test
def test_a_failure_alone_is_nothing_to_save(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.ask("broken")
    visitor.page.click("#save summary")
    visitor.page.click("[data-save=json]")
    visitor.page.wait_for_function("document.getElementById('saying').textContent.includes('no answer')")


@browser_test
@pytest.mark.parametrize("has_clipboard", [True, False], ids=["clipboard", "the-older-way"])
def test_an_answer_is_copied_with_its_footnotes(
    visit: Callable[..., Visitor],
    tmp_path: Path,
    has_clipboard: bool,
) -> None:
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    (tmp_path / "stars.md").write_text(ASTRAL_NOTE, encoding="utf-8")
    visitor.add(tmp_path / "stars.md")
    answer = visitor.ask("What does the elephant called Tusker weigh?")
    if not has_clipboard:
        visitor.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    button = answer.locator("[data-copy]")
    assert button.get_attribute("aria-label") == "Copy the answer with its footnotes"
    button.click()
    visitor.page.wait_for_function("document.getElementById('saying').textContent === 'Copied'")
    assert button.inner_text() == "Copied"
    copied: Any = visitor.page.evaluate("navigator.clipboard.readText()")
    words = "The 🐘 elephant called Tusker weighs six tonnes 🐘."
    assert f"{words} [1]\n\n[1] “{words}”\n    Star notes, characters" in copied
    visitor.page.wait_for_function("document.querySelector('[data-copy]').textContent === 'Copy'")


@browser_test
def test_a_growing_answer_offers_no_copy(visit: Callable[..., Visitor], served: Served) -> None:
    visitor = visit()
    served.chain.release.clear()
    visitor.page.fill("#question textarea", "slow")
    visitor.page.press("#question textarea", "Enter")
    visitor.page.wait_for_selector("text=The first words")
    assert visitor.page.locator("[data-copy]").count() == 0
    served.chain.release.set()
    visitor.page.wait_for_selector("text=and the last")
