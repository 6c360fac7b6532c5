"""All conversations that a browser keeps are saved as one Markdown file, which says what the server's own would, and does nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from visiting import ASKED, NEAR, Visitor, browser_test, open_panel

HOSTILE = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](http://evil.example/z) `a` http://evil.example &lt; 1. #h"

FILL = """([values]) => new Promise((done) => {
  const request = indexedDB.open("footnote", 1);
  request.onsuccess = () => {
    const store = request.result.transaction("conversations", "readwrite").objectStore("conversations");
    for (const value of values) store.put(value);
    store.transaction.oncomplete = () => done(request.result.close());
  };
})"""
"""Puts conversations into the browser's database, whatever they hold."""


def save_all(visitor: Visitor, folder: Path) -> str:
    """Save all conversations as a person does, and give the file's text."""
    open_panel(visitor, "history")
    with visitor.page.expect_download() as begun:
        visitor.page.click("[data-save-all]")
    assert begun.value.suggested_filename == f"footnote-all-{date.today().isoformat()}.md"
    begun.value.save_as(folder / "all.md")
    assert "footnote-all-" in visitor.page.inner_text("#removed"), "and it is said"
    return (folder / "all.md").read_text(encoding="utf-8")


def save_one(visitor: Visitor, folder: Path) -> str:
    with visitor.page.expect_download() as begun:
        visitor.page.click("#history [data-save=markdown]")
    begun.value.save_as(folder / "one.md")
    return (folder / "one.md").read_text(encoding="utf-8")


def lines_of(text: str) -> list[str]:
    """What the answers say and the footnotes, without heads of the file and what only a server can tell."""
    body = text.split("\n---\n")[0].split("\n") + [line for line in text.split("\n") if line.startswith("[^")]
    kept = [line.lstrip("#> ").strip() for line in body]
    left_out = (
        r"$|A conversation with|Conversations with|Saved on|The closest passage|- |(Ein )?Gespräche? mit|Gespeichert"
    )
    return sorted({line for line in kept if not re.match(left_out, line)})


@browser_test
def test_one_conversation_reads_as_the_server_writes_it(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    for question in (ASKED, NEAR, "Summarise the document", "What has North Korea started at Sohae?"):
        visitor.ask(question)
    told = save_all(visitor, tmp_path)
    own, servers = lines_of(told), lines_of(save_one(visitor, tmp_path))
    assert len([line for line in servers if line.startswith("[^")]) > 3, "there is something to compare"
    assert own == servers


@browser_test
def test_what_is_saved_is_headed_in_the_language_of_the_page(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit(locale="de-DE")
    for question in (ASKED, "Summarise the document"):
        visitor.ask(question)
    told = save_all(visitor, tmp_path)
    one = save_one(visitor, tmp_path)
    assert lines_of(told) == lines_of(one)
    assert told.startswith("# Gespräche mit Footnote\n\nGespeichert am ")
    assert one.startswith("# Ein Gespräch mit Footnote\n\nGespeichert am ") and "\n\nDokumente:\n\n" in one
    for text in (told, one):
        assert "> Hinweis: " in text and ", Zeichen " in text and "\\(wörtlich)" in text.replace("(", "\\(")
        assert re.findall(r"Note:|characters \d|verbatim|Saved on|with Footnote", text) == []


@browser_test
def test_all_are_in_one_file_and_no_footnote_has_the_number_of_another(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    visitor = visit()
    visitor.ask(ASKED)
    open_panel(visitor, "history")
    visitor.page.click("#history [data-new-conversation]")
    visitor.page.wait_for_selector("#chat .example")
    visitor.ask("What has North Korea started at Sohae?")
    told = save_all(visitor, tmp_path)
    assert len(re.findall(r"(?m)^## ", told)) == 2 == len(re.findall(r"(?m)^### ", told))
    defined = re.findall(r"(?m)^\[\^(\d+)\]: ", told)
    assert len(defined) >= 2 and defined == [str(number) for number in range(1, len(defined) + 1)]
    assert set(re.findall(r"\[\^(\d+)\](?!:)", told)) == set(defined)


@browser_test
def test_nothing_that_somebody_wrote_is_active_and_what_cannot_be_read_is_told(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    visitor = visit()
    citation: dict[str, Any] = {
        "number": 1,
        "title": HOSTILE,
        "heading": HOSTILE,
        "page": None,
        "quote": f"{HOSTILE}\n\n{HOSTILE}",
    }
    citation |= {"start": 1, "end": 9, "status": HOSTILE, "origin": "cited", "markers": [[0, 1]]}
    answer: dict[str, Any] = {
        "answer": f"😀 {HOSTILE}\n\n[^1]: {HOSTILE}\ud800",
        "citations": [citation],
        "sentences": [],
        "unknown_markers": ["[9]", HOSTILE],
    }
    answer["unproven"] = [{"text": f"\n# {HOSTILE}"}, {"text": 7}, {}]
    answer |= {"notes": [HOSTILE, f"\n# {HOSTILE}"], "fallback": None, "error": HOSTILE, "seconds": {"total": 1}}
    texts = [
        json.dumps({"turn": f"{number:012x}", "asked": HOSTILE, "answer": answer}, separators=(",", ":"))
        for number in (1,)
    ]
    texts += [
        '{"turn":"00000000000a","asked":7}',
        '{"turn":"00000000000b","answer":{"citations":{}',
        '{"turn":"00000000000c"',
    ]
    turns: list[Any] = [{"turn": text, "signature": ""} for text in texts]
    values: list[dict[str, Any]] = [
        {"id": "a" * 16, "title": f"{HOSTILE}\n# {HOSTILE}", "owner": "", "changed": 1, "turns": turns}
    ]
    visitor.page.evaluate(FILL, [values])
    told = save_all(visitor, tmp_path)
    assert told.count("could not be read any more") == 3
    assert "\\<img src" in told
    bare = re.sub(r"\\.", "", told)
    assert re.findall(r"[<>`]\w|\]\(|https?:|javascript:|&lt;|\w\.example", bare) == []
    assert re.findall(r"(?m)^#+ ", bare) == ["# ", "## ", "### "], "no heading but the file's own"
    assert re.findall(r"(?m)^\[\^\d+\]:", bare) == ["[^1]:"], "no footnote but the answer's own"
