"""Whose a library, a rating and a conversation are: a user's, whatever browser they sit at; and what all share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from forging import Forger
from served import serving
from visiting import ASKED, ROOT

BREAD = b"Sourdough bread should prove for twelve hours before it is baked.\n"
NEWER = b"Sourdough bread should prove for ten hours before it is baked.\n"
ADA, BOB = ("ada", "correct-horse"), ("bob", "hunter2-and-more")
ACCOUNTS = "ada:correct-horse bob:hunter2-and-more"


@pytest.fixture(scope="module")
def guarded_uploads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guarded")


@pytest.fixture(scope="module")
def guarded(article_index: Path, embeddings: Any, guarded_uploads: Path) -> Iterator[str]:
    with serving(article_index, embeddings, auth=ACCOUNTS, uploads=guarded_uploads) as address:
        yield address


def titles(shown: dict[str, Any]) -> list[str]:
    return re.findall(r'data-read="([^"]+)"', shown["documents"])


def begin(address: str, account: tuple[str, str] | None = None, **known: Any) -> tuple[Forger, dict[str, Any]]:
    visitor = Forger(address, account, **known)
    return visitor, visitor.send("begin")


def add(visitor: Forger, name: str, content: bytes) -> dict[str, Any]:
    return visitor.send("add", [visitor.upload(name, content)])


# ---- users ----


def test_two_browsers_of_a_user_see_one_library_and_two_users_of_a_browser_do_not(
    guarded: str, guarded_uploads: Path
) -> None:
    ada, _ = begin(guarded, ADA)
    assert "Added" in add(ada, "bread.txt", BREAD)["report"]
    _, elsewhere = begin(guarded, ADA)
    assert titles(elsewhere) == ["hanoi-summit", "bread"]
    bob, at_her_browser = begin(guarded, BOB, kept=ada.kept, mine=ada.mine)
    assert titles(at_her_browser) == ["hanoi-summit"]
    assert "twelve" not in json.dumps(bob.send("ask", "How long should sourdough bread prove?"))
    for user in ("ada", "bob"):
        assert not [path for path in guarded_uploads.rglob("*") if user in path.name]


def test_what_a_browser_kept_for_one_user_is_not_shown_to_the_next(guarded: str) -> None:
    ada, _ = begin(guarded, ADA)
    ada.send("ask", ASKED)
    ada.send("choose", data={"quotes": True, "passages": 3, "abstain_below": 0.5})
    again, shown = begin(guarded, ADA, kept=ada.kept, mine=ada.mine)
    assert ASKED in json.dumps(shown["chat"]["value"]) and 'value="3"' in shown["choices"]
    bob, shown = begin(guarded, BOB, kept=ada.kept, mine=ada.mine)
    assert shown["chat"]["value"] == [] and 'value="3"' not in shown["choices"] and "report" not in shown
    for event, data in (("act", {"action": "undo"}), ("retry", {}), ("save", {"form": "json"})):
        assert ASKED not in json.dumps(bob.send(event, data=data))
    forged = [turn | {"signature": ""} for turn in ada.kept]
    _, shown = begin(guarded, ADA, kept=forged, mine=ada.mine)
    assert shown["chat"]["value"] == [] and again.kept


def test_a_rating_is_the_users_wherever_they_sit(guarded: str, guarded_uploads: Path) -> None:
    ada, _ = begin(guarded, ADA)
    shown = ada.send("ask", ASKED)
    turn = re.findall(r'data-act="good" data-turn="(\w+)"', shown["chat"][-1]["content"][0]["value"])[0]
    for verdict in ("good", "answer-wrong"):
        visitor, _ = begin(guarded, ADA, kept=ada.kept)
        visitor.send("act", data={"action": verdict, "turn": turn})
    lines = (guarded_uploads / "feedback.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 and "answer-wrong" in lines[0] and '"ada"' not in lines[0]
    begin(guarded, BOB)[0].send("forget")
    assert len((guarded_uploads / "feedback.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    begin(guarded, ADA)[0].send("forget")
    assert (guarded_uploads / "feedback.jsonl").read_text(encoding="utf-8") == ""


def test_who_sees_what_is_added_is_said(guarded: str) -> None:
    visitor, _ = begin(guarded, ADA)
    said = json.dumps(visitor.client.get("/config").json())
    assert "Seen by you alone, wherever you log in." in said and "pasted text up to 2 MB" in said


# ---- a library of all ----


@pytest.fixture
def common(article_index: Path, embeddings: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    given = {"auth": request.param} if request.param else {}
    with serving(article_index, embeddings, share_library=True, uploads=tmp_path / "uploads", **given) as address:
        yield address


@pytest.mark.parametrize(
    ("common", "accounts", "who"),
    [("", (None, None), "another browser"), (ACCOUNTS, (ADA, BOB), "ada")],
    indirect=["common"],
    ids=["browsers", "users"],
)
def test_what_somebody_else_added_is_replaced_and_removed_only_after_a_yes(
    common: str, accounts: tuple[Any, Any], who: str
) -> None:
    ada, _ = begin(common, accounts[0])
    bob, _ = begin(common, accounts[1])
    add(ada, "bread.txt", BREAD)
    shown = begin(common, accounts[1], mine=bob.mine)[1]["documents"]
    assert re.search(rf"added by {who} on \d+ \w+ 20\d\d", shown)
    assert "added by you on " in begin(common, accounts[0], mine=ada.mine)[1]["documents"]

    report = add(bob, "bread.txt", NEWER)["report"]
    assert "was not added: a document of that name is here already" in report and f"added by {who} on " in report
    (held,) = re.findall(r'data-replace="(\w+)"', report)
    source = begin(common, accounts[0])[0].send("open_document", data={"document": "bread"})["source"]
    assert "twelve hours" in source, "nothing has changed yet"
    for forger, name in ((ada, held), (bob, "0" * 32), (bob, ["x"]), (begin(common, accounts[1])[0], held)):
        assert "here no longer" in forger.send("replace", data={"held": name})["report"]
    assert "Replaced" in bob.send("replace", data={"held": held})["report"]
    assert "ten hours" in begin(common, accounts[0])[0].send("open_document", data={"document": "bread"})["source"]
    assert "here no longer" in bob.send("replace", data={"held": held})["report"], "once"

    asked = ada.send("remove", data={"document": "bread"})["report"]
    assert "was added by" in asked and "data-sure" in asked
    for sure in ("yes", 1, None):
        assert "data-sure" in ada.send("remove", data={"document": "bread", "sure": sure})["report"]
    assert titles(begin(common, accounts[0])[1]) == ["hanoi-summit", "bread"]
    assert "Removed" in ada.send("remove", data={"document": "bread", "sure": True})["report"]
    assert titles(begin(common, accounts[0])[1]) == ["hanoi-summit"]


@pytest.mark.parametrize("common", [""], indirect=True)
def test_ones_own_document_is_replaced_and_removed_without_a_word(common: str) -> None:
    ada, _ = begin(common)
    add(ada, "bread.txt", BREAD)
    assert "Replaced" in add(ada, "bread.txt", NEWER)["report"]
    assert "Removed" in ada.send("remove", data={"document": "bread"})["report"]


# ---- places of this machine ----


@contextmanager
def all_words(article_index: Path, embeddings: Any, uploads: Path) -> Iterator[list[str]]:
    """Everything that a browser gets while it does all that can be done."""
    with serving(article_index, embeddings, uploads=uploads) as address:
        visitor, shown = begin(address)
        words = [json.dumps(shown)]
        words += [json.dumps(visitor.send("ask", question)) for question in (ASKED, "???", "x" * 5_000)]
        words += [json.dumps(add(visitor, name, BREAD)) for name in ("bread.txt", "again.txt", "no.pdf", "no.zip")]
        words.append(json.dumps(visitor.send("paste", data={"title": "a/b", "text": "It burned down in 1911."})))
        words += [json.dumps(visitor.send("save", data={"form": form})) for form in ("json", "markdown")]
        for document in ("bread", "nowhere", "/etc/passwd"):
            for event in ("open_document", "remove"):
                words.append(json.dumps(visitor.send(event, data={"document": document})))
        words += [json.dumps(visitor.send("reindex")), json.dumps(visitor.send("call", ASKED, None, ["x"]))]
        words += [json.dumps(visitor.send("call", ASKED, None, None)), json.dumps(visitor.send("documents"))]
        for path in uploads.rglob("CURRENT"):
            path.write_text("nowhere")
        words += [json.dumps(visitor.again().send("begin")), json.dumps(visitor.send("ask", ASKED))]
        words += [json.dumps(visitor.send("reindex")), json.dumps(add(visitor, "more.txt", NEWER))]
        yield words


def test_no_browser_and_no_program_learns_where_anything_lies(
    article_index: Path, embeddings: Any, tmp_path: Path
) -> None:
    with all_words(article_index, embeddings, tmp_path / "uploads") as words:
        for said in words:
            for place in (str(tmp_path), str(article_index), str(Path.home()), str(ROOT), "articles/"):
                assert place not in said, said[:2_000]
        assert len(words) > 20 and any("hanoi-summit.md" in said for said in words)
