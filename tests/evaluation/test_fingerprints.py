"""Answers that are kept are used again for the system that gave them, and for no other."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda

from rag.errors import UsageError
from rag.evaluation import evaluate, prepare_questions
from rag.evaluation.run.fingerprints import describe_system, read_fingerprint

TEXTS = {"mill": "Tomas Brandt built the mill in 1874."}
QUESTIONS = prepare_questions(
    [{"id": "who", "question": "Who built the mill?", "answers": ["Tomas Brandt"]}],
    TEXTS,
)
PREFIX = "By "


class Says:
    def __init__(self, name: str):
        self.name = name
        self.asked: list[str] = []
        self.calls = 0

    def __call__(self, question: str) -> str:
        self.asked.append(question)
        self.calls += 1
        return self.name

    def reply(self, question: str) -> str:
        return self.name


class Slotted:
    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __call__(self, question: str) -> str:
        return self.name


def name_builder(question: str) -> str:
    return "Tomas Brandt"


def name_nobody(question: str) -> str:
    return "Nobody"


helper: Callable[[str], str] = name_builder


def ask_helper(question: str) -> str:
    return PREFIX + helper(question)


@pytest.mark.parametrize(
    "make",
    [
        Says,
        Slotted,
        lambda name: Says(name).reply,
        lambda name: RunnableLambda(Says(name).reply),
        lambda name: RunnableLambda(Says(name)) | RunnableLambda(str),
        lambda name: {"answer": RunnableLambda(Says(name))} | RunnableLambda(dict),
    ],
)
def test_an_object_of_another_state_is_another_system(make: Callable[[str], Any], tmp_path: Path) -> None:
    first = evaluate(make("Tomas Brandt"), QUESTIONS, TEXTS, save=tmp_path)
    assert first.scores.rows[0].outcome == "correct"
    with pytest.raises(UsageError, match=r"system \(.* then, .* now\)"):
        evaluate(make("Nobody"), QUESTIONS, TEXTS, save=tmp_path)
    assert evaluate(make("Tomas Brandt"), QUESTIONS, TEXTS, save=tmp_path).reused == 1


def test_what_a_system_writes_as_it_is_asked_is_no_part_of_it(tmp_path: Path) -> None:
    system = Says("Tomas Brandt")
    evaluate(system, QUESTIONS, TEXTS, save=tmp_path)
    assert system.calls == 1 and evaluate(system, QUESTIONS, TEXTS, save=tmp_path).reused == 1


class Confused:
    """It writes names that are those of its own attributes, and not its attributes."""

    def __init__(self, name: str):
        self.name = name
        self.words = [name]
        self.seen: dict[str, int] = {}

    def __call__(self, question: str) -> str:
        words, other = [question], Says("")
        words.append(question)
        other.name = self.name
        other.name += self.name
        other.asked.append(question)
        self.seen[question] = 1
        return self.name


def test_what_it_writes_elsewhere_hides_nothing_of_its_own_state() -> None:
    assert describe_system(Confused("Brandt")) != describe_system(Confused("Nobody"))
    asked = Confused("Brandt")
    asked("When?")
    assert describe_system(asked) == describe_system(Confused("Brandt"))
    asked.words = ["Nobody"]
    assert describe_system(asked) != describe_system(Confused("Brandt"))


def test_values_and_functions_of_the_module_are_part_of_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    module, before = sys.modules[__name__], describe_system(ask_helper)
    assert before == describe_system(ask_helper)
    with monkeypatch.context() as changed:
        changed.setattr(module, "PREFIX", "Not by ")
        assert describe_system(ask_helper) != before
    with monkeypatch.context() as changed:
        changed.setattr(module, "helper", name_nobody)
        assert describe_system(ask_helper) != before
    with monkeypatch.context() as changed:
        changed.setattr(name_builder, "__code__", name_nobody.__code__)
        assert describe_system(ask_helper) != before
    assert describe_system(ask_helper) == before


PROGRAM = """
import helping
from rag.evaluation.run.fingerprints import read_fingerprint
class Asker:
    words = {"b", "a", "c"}
    def __call__(self, question): return helping.help_out(question)
print(read_fingerprint(Asker()).text)
"""


def test_another_process_knows_a_system_again_until_a_helper_is_edited(tmp_path: Path) -> None:
    def run(seed: str) -> str:
        path = {"PYTHONPATH": f"{Path(__file__).parents[2]}:{tmp_path}", "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-B", "-c", PROGRAM], env=path, capture_output=True, text=True, check=True
        )
        return done.stdout

    (tmp_path / "helping.py").write_text("def help_out(question): return 'In 1874.'\n")
    first, second = run("1"), run("2")
    (tmp_path / "helping.py").write_text("def help_out(question): return 'In 1911 or so.'\n")
    assert first == second != run("1")


def test_where_something_cannot_be_told_no_answer_is_used_again_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Opaque:
        def __init__(self, engine: Any):
            self.engine = engine

        def __call__(self, question: str) -> str:
            return "Tomas Brandt"

    system = Opaque(iter([1]))  # shows nothing of what it holds
    assert any("engine" in place for place in read_fingerprint(system).untold)
    evaluate(system, QUESTIONS, TEXTS, save=tmp_path)
    assert "cannot be told" in caplog.text and "system='NAME'" in caplog.text
    with pytest.raises(UsageError, match=r"1 answers .*engine.* cannot be told; ask anew \(fresh=True\)"):
        evaluate(system, QUESTIONS, TEXTS, save=tmp_path)
    assert evaluate(system, QUESTIONS, TEXTS, save=tmp_path, fresh=True).reused == 0
    for expected in (0, 1):
        assert evaluate(system, QUESTIONS, TEXTS, save=tmp_path / "named", system="opaque 1").reused == expected
    assert not read_fingerprint(Opaque(threading.Lock())).untold
