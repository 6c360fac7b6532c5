"""A running server whose events get what no browser would send: nothing comes of it but a line, and no trace in the log."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from forging import Forger
from gradio_client.exceptions import AppError
from served import connect, serving
from visiting import ASKED

from rag.evaluation.formats.questions import parse_question
from ui.web.page.history_handlers import SET_ASIDE

FILE = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}, "is_stream": True}
DEEP: Any = json.loads("[" * 15 + "]" * 15)
ODD: list[Any] = [None, True, 7, -1, 1e308, "", "x" * 100_000, "\x00\u202e", [], {}, [None], [[1]], {"a": DEEP}, DEEP]
ODD += [10**400, {"path": 7}, {"text": {"text": 1}}, {"__class__": "x"}, ["replace", [], "x"]]
EVENTS = (
    "act",
    "save",
    "open_document",
    "choose_document",
    "open_conversation",
    "dismiss",
    "paste",
    "add_page",
    "replace",
    "remove",
    "choose",
    "narrow",
    "ask_example",
    "ask_suggested",
    "ask_about",
    "retry",
    "run_set",
    "act_on_run",
    "reset_choices",
    "show_earlier",
    "view_page",
    "cite",
    "link_passage",
    "open_passage",
)
AT_ONCE = 4
"""Visits that send at the same time: Gradio looks into its queue every 0.05 s, so that one alone mostly waits for that."""

FIELDS = (
    "action",
    "turn",
    "form",
    "document",
    "documents",
    "title",
    "text",
    "address",
    "held",
    "set",
    "limit",
    "resume",
    "name",
    "after",
    "sure",
    "all",
    "wide",
    "quotes",
    "model",
    "kept",
    "passages",
    "abstain_below",
    "where",
    "turns",
    "page",
    "width",
    "spans",
    "ticket",
    "number",
    "link",
    "words",
    "start",
    "end",
    "last",
)


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def address(article_index: Path, embeddings: Any, uploads: Path) -> Iterator[str]:
    given = {"uploads": uploads, "requests_per_minute": 0, "session_memory_mb": 8}
    with serving(article_index, embeddings, **given) as address:
        yield address


@pytest.fixture
def visitor(address: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[Forger]:
    """Somebody who has asked one question; nothing that they send may leave a trace of an error."""
    forger = Forger(address)
    forger.send("begin")
    assert "walk" in told(forger.send("ask", ASKED))
    yield forger
    assert "Traceback" not in capfd.readouterr().err
    assert not [record for record in caplog.records if record.exc_info]


def forge(kept: list[dict[str, str]], change: Callable[[dict[str, Any]], object]) -> list[dict[str, str]]:
    """A kept conversation with something changed in its first turn."""
    values = json.loads(kept[0]["turn"])
    change(values)
    return [kept[0] | {"turn": json.dumps(values)}, *kept[1:]]


def asked(shown: dict[str, Any]) -> int:
    """How many questions the conversation shows."""
    chat = shown["chat"]
    return len(chat if isinstance(chat, list) else chat["value"]) // 2


def told(shown: dict[str, Any]) -> str:
    """The conversation as HTML."""
    chat = shown["chat"]
    return "".join(
        part["value"] for each in (chat if isinstance(chat, list) else chat["value"]) for part in each["content"]
    )


# ---- anything at all ----


def test_each_event_takes_any_value_calmly(visitor: Forger) -> None:
    values = [*ODD, *(dict.fromkeys(FIELDS, value) for value in ODD), {"value": {"text": [1]}, "index": 0}]

    def send_all(event: str) -> None:
        forger = visitor.again()
        forger.send("begin")
        for data in values:
            shown = forger.send(event, data=data)
            assert "failed" not in shown and shown.get("refused") in (None, 400), (event, data, shown)
            assert "/etc/passwd" not in json.dumps(shown), (event, data)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(send_all, EVENTS))


def test_each_input_takes_any_value_calmly(visitor: Forger) -> None:
    for event in ("ask", "add"):
        for value in ODD:
            shown = visitor.send(event, value)
            assert "not foreseen" not in json.dumps(shown), (event, value)
            if "failed" in shown:
                assert "could not be read" in shown["failed"]["error"], (event, value, shown)
        assert "walk" in told(visitor.send("ask", ASKED)), "and it goes on"


def test_what_the_browser_keeps_may_be_anything(visitor: Forger) -> None:
    known = {"kept": visitor.kept, "mine": visitor.mine}
    values = [*ODD, *([value] for value in ODD)]
    values += [{"token": value, "owner": value, "choices": value} for value in ODD]
    for name, value in itertools.product(known, values):
        forger = Forger(visitor.address, **(known | {name: value}), config=visitor.config)
        shown = forger.send("begin")
        assert "failed" not in shown and shown.get("refused") in (None, 400), (name, value, shown)
        assert "refused" in shown or "hanoi" in json.dumps(shown["documents"]), (name, value)


# ---- kept turns ----


FORGERIES: tuple[Callable[[Any], object], ...] = (
    lambda values: values.update(digests={"x": FILE}),
    lambda values: values.update(digests=FILE),
    lambda values: values["answer"].update(notes=[FILE]),
    lambda values: values["answer"]["citations"][0].update(status='x" onmouseover="alert(1)'),
    lambda values: values["answer"]["citations"][0].update(number='1"><img src=x onerror=alert(1)>'),
    lambda values: values["answer"].update(answer="x" * 2_000_000),
    lambda values: values.update(asked="x" * 4_001),
)


def test_a_forged_turn_is_set_aside_with_one_line_and_the_page_works(visitor: Forger) -> None:
    for number, change in enumerate(FORGERIES):
        forger = Forger(visitor.address, kept=forge(visitor.kept, change), mine=visitor.mine)
        shown = forger.send("begin")
        assert SET_ASIDE in shown["report"] and "chat" in shown, number
        assert "walk" in told(forger.send("ask", ASKED)) and len(forger.kept) == 1, number
        for event in ("undo", "edit", "good"):
            shown = forger.send("act", data={"action": event, "turn": "0" * 12})
            assert not re.search(r'"path"|onerror|onmouseover|FileData', json.dumps(shown)), number


def test_an_honest_conversation_comes_back_without_a_word(visitor: Forger) -> None:
    shown = visitor.again().send("begin")
    assert asked(shown) == 1 and "report" not in shown


def test_words_that_nobody_signed_are_shown_as_words_and_cannot_be_rated(visitor: Forger, uploads: Path) -> None:
    words = '<img src=x onerror=alert(1)> **[1]** "quoted"'
    kept = forge(visitor.kept, lambda values: values["answer"].update(answer=words, sentences=[], citations=[]))
    forger = Forger(visitor.address, kept=kept, mine=visitor.mine)
    shown = told(forger.send("begin"))
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown and "<img" not in shown
    assert 'data-act="good"' not in shown
    (turn,) = re.findall(r'data-act="edit" data-turn="(\w+)"', shown)
    forger.send("act", data={"action": "good", "turn": turn})
    assert not rows(uploads, "onerror")


def rows(uploads: Path, words: str) -> list[dict[str, Any]]:
    path = uploads / "feedback.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if words in line]


def test_an_answer_of_this_server_is_rated_once_however_often_the_page_is_loaded(
    visitor: Forger, uploads: Path
) -> None:
    visitor.send("ask", "Where did the two leaders first meet?")
    for verdict in ("good", "answer-wrong", "evidence-wrong"):
        visitor = visitor.again()
        shown = told(visitor.send("begin"))
        turn = re.findall(r'data-act="good" data-turn="(\w+)"', shown)[-1]
        visitor.send("act", data={"action": verdict, "turn": turn})
        (line,) = rows(uploads, "two leaders first meet")
        assert parse_question(line).tags == ("feedback", verdict)
    other = Forger(visitor.address, kept=visitor.kept)
    shown = told(other.send("begin"))
    assert 'data-act="good"' not in shown, "what was answered for one browser is not another's to rate"


def test_of_thirty_one_turns_thirty_are_held(visitor: Forger) -> None:
    for number in range(30):
        shown = visitor.send("ask", f"{ASKED} {number}")
    assert len(visitor.kept) == 30 and asked(shown) == 30
    assert asked(visitor.again().send("begin")) == 30
    shown = visitor.send("ask", "Why did he say that?")
    assert asked(shown) == 30 and "walk" in told(shown)


# ---- questions ----


def test_a_question_that_is_too_long_is_refused_and_shown_clipped(visitor: Forger) -> None:
    shown = told(visitor.send("ask", "why " * 25_000))
    assert "99,999 characters, the limit is 4,000" in shown and len(shown) < 10_000
    assert len(visitor.kept) == 1, "and not kept"
    assert told(visitor.send("ask", f"  {ASKED}{' ' * 10_000}")).count("walk away") >= 2, "white space is no length"


BEYOND_BOUNDS: tuple[tuple[Any, Any, Any, str], ...] = (
    ("why " * 2_000, None, None, "7,999 characters, the limit is 4,000"),
    ({"a": 1}, None, None, "question"),
    (ASKED, [["a"]], None, "history"),
    (ASKED, [["a", {"b": 1}]], None, "history"),
    (ASKED, [7], None, "history"),
    (ASKED, None, [f"d{number}" for number in range(1_001)], "1,001, the limit is 1,000"),
    (ASKED, None, ["x" * 301], "documents"),
    (ASKED, None, [["hanoi-summit"]], "documents"),
)


def test_a_call_beyond_the_bounds_is_one_calm_line(address: str) -> None:
    client = connect(address)
    for question, history, documents, words in BEYOND_BOUNDS:
        with pytest.raises(AppError, match=words):
            client.predict(question, history, documents, api_name="/ask")


def test_a_call_with_a_long_conversation_and_the_same_document_often_is_answered_in_time(address: str) -> None:
    history = [["q " * 1_000, "a " * 1_500] for _ in range(40)]
    started = time.monotonic()
    answer = connect(address).predict(ASKED, history[:50], ["hanoi-summit"] * 5_000, api_name="/ask")
    assert answer["citations"] and time.monotonic() - started < 30


# ---- memory ----


def test_visits_that_are_forgotten_are_made_anew_of_what_their_browsers_kept(visitor: Forger) -> None:
    def fill(values: dict[str, Any]) -> None:
        values["answer"] |= {"answer": "The quick brown fox. " * 1_500, "sentences": [], "citations": []}

    large = [turn for turn in forge(visitor.kept, fill) for _ in range(25)]
    for _ in range(8):  # each takes more than half of what all may have
        forger = Forger(visitor.address, kept=large)
        assert asked(forger.send("begin")) == 25
    shown = visitor.send("ask", "Why did he say that?")
    assert asked(shown) == 2 and len(visitor.kept) == 2
