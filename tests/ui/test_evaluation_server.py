"""Question sets at a running server: run by whoever may, bounded, and each owner's alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from forging import Forger
from served import serving

from ui.web.page.evaluation_handlers import NOT_HERE
from ui.web.session import own_machine
from ui.web.session.run_folder import LONGEST_SET, MOST_QUESTIONS, MOST_SETS

ACCOUNTS = "ada:ada-password bob:bob-password"
SET = "\n".join(
    json.dumps({"question": words, "answers": answers})
    for words, answers in (
        ("What did Trump say on leaving the summit?", ["there are times when one has to walk away"]),
        ("How long should sourdough bread prove?", []),
    )
)
ODD: list[Any] = [None, True, 7, [], {}, "", "../../etc", "/etc/passwd", "x" * 100_000, "\x00", "page.json", "."]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def address(
    article_index: Path, embeddings: Any, runs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A server with passwords, whose operator lets its users run question sets."""
    given = {"uploads": tmp_path_factory.mktemp("uploads"), "runs": runs, "requests_per_minute": 0}
    with serving(article_index, embeddings, auth=ACCOUNTS, evaluation=True, **given) as address:
        yield address


def come(address: str, user: str = "ada") -> Forger:
    visitor = Forger(address, (user, f"{user}-password"))
    visitor.send("begin")
    return visitor


def act(visitor: Forger, **data: Any) -> str:
    shown = visitor.send("act_on_run", data=data)
    assert "failed" not in shown and "refused" not in shown, shown
    return str(shown["trials"])


def names_of(panel: str, kind: str = "run-remove") -> list[str]:
    return [part.split('"')[0] for part in panel.split(f'data-{kind}="')[1:]]


def run(visitor: Forger, **data: Any) -> str:
    """Run a set to its end; the last that the panel shows."""
    shown = visitor.send("run_set", data=data)
    assert "failed" not in shown, shown
    return str(shown["trials"])


def test_a_set_is_added_run_read_and_compared_and_is_nobody_elses(address: str, runs: Path) -> None:
    ada, bob = come(address), come(address, "bob")
    assert "Added the set mine" in act(ada, action="add", name="mine.jsonl", text=SET)
    first = run(ada, set="mine", limit=0)
    (name,) = names_of(first)
    assert name.startswith("mine-") and "2 questions" in first and "rightly declined 100.0" in first
    time.sleep(1.1)  # runs are named by the second
    second = run(ada, set="mine")
    assert len(names_of(second)) == 2
    report = act(ada, action="report", name=name)
    assert "sandbox srcdoc=" in report and "&lt;html" in report
    table = act(ada, action="compare", name=name, after=names_of(second)[0])
    assert 'class="compared"' in table
    assert "mine" not in act(bob, action="nothing"), "neither her sets nor her runs"
    for action in ("report", "compare", "remove"):
        assert "here no longer" in act(bob, action=action, name=name, after=names_of(second)[0])
    assert "no question set" in run(bob, set="mine") and "here no longer" in run(bob, resume=name)
    assert len(names_of(act(ada, action="remove", name=name))) == 1
    ada.send("forget")
    assert not [path for path in runs.rglob("*") if path.is_file()]


def test_sets_that_are_too_large_too_many_or_none_at_all_are_one_line(address: str, runs: Path) -> None:
    visitor = come(address)
    one = json.dumps({"question": "When?", "answers": ["1911"]}) + "\n"
    squad = {
        "version": "1",
        "data": [
            {
                "title": "T",
                "paragraphs": [
                    {
                        "context": "C",
                        "qas": [{"id": "1", "question": "Q?", "answers": [{"text": "C", "answer_start": 0}]}],
                    }
                ],
            }
        ],
    }
    bad = {
        "deep": "[" * 100_000,
        "no-json": "<script>window.pwned=1</script>",
        "slip": json.dumps({"question": "When?", "answer": "x"}),
        "empty": "",
        "squad": json.dumps(squad),
        "many": "".join(one.replace("When", f"When {n}") for n in range(MOST_QUESTIONS + 1)),
        "number": "7\n" * 10,
        "huge": "9" * 100_000,
    }
    for name, text in bad.items():
        said = act(visitor, action="add", name=f"{name}.jsonl", text=text)
        assert 'class="failure"' in said and "<script>" not in said and "Traceback" not in said, name
        assert f">{name} (" not in said, name
    odd: list[Any] = [None, 7, ["x"], "x" * (LONGEST_SET + 1)]
    for given in odd:
        assert 'class="failure"' in act(visitor, action="add", name="odd.jsonl", text=given)
    for name in ("../../evil.jsonl", "/etc/passwd", ".hidden", "a/b\\c.jsonl", "\x00", "x" * 300):
        act(visitor, action="add", name=name, text=one)
    sets = list(runs.rglob("*.jsonl"))
    assert sets and all(path.parent.name == "sets" for path in sets), "all in their own folder"
    for number in range(MOST_SETS + 1):
        said = act(visitor, action="add", name=f"set{number}", text=one)
    assert f"{MOST_SETS} sets are kept" in said
    visitor.send("forget")


def test_anything_at_all_is_taken_calmly(address: str) -> None:
    visitor = come(address)
    for value in ODD:
        for action in ("report", "compare", "remove", "add", value):
            said = act(visitor, action=action, name=value, after=value, text=value)
            assert "Traceback" not in said and "/etc" not in said.replace("etc-passwd", ""), (action, value)
        for data in ({"set": value, "limit": value, "resume": value}, value):
            shown = visitor.send("run_set", data=data)
            assert "failed" not in shown and "failure" in str(shown["trials"]), data
    visitor.send("stop_run")


def test_it_is_shut_to_visitors_unless_the_operator_opens_it(
    article_index: Path, embeddings: Any, tmp_path: Path
) -> None:
    given = {"uploads": tmp_path / "uploads", "runs": tmp_path / "runs", "requests_per_minute": 0}
    with serving(article_index, embeddings, auth=ACCOUNTS, **given) as address:
        visitor = come(address)
        for event, data in (
            ("open_evaluation", {}),
            ("run_set", {"set": "hanoi-summit", "limit": 1}),
            ("act_on_run", {"action": "add", "name": "mine", "text": SET}),
            ("act_on_run", {"action": "rated"}),
        ):
            shown = str(visitor.send(event, data=data)["trials"])
            assert NOT_HERE in shown and "<form" not in shown, event
        assert not (tmp_path / "runs").exists()
        assert 'data-open-panel="evaluation' not in str(visitor.config), "nor is there a button"


def test_behind_a_proxy_that_nobody_told_of_a_visitor_is_not_the_person_at_the_machine(
    article_index: Path, embeddings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_machine, "PACKAGE", "json")  # what runs models is an extra, which need not be there
    (tmp_path / "tides.gguf").write_bytes(b"GGUF")
    folders = {name: tmp_path / name for name in ("uploads", "runs")}
    with serving(article_index, embeddings, models=tmp_path, requests_per_minute=0, **folders) as address:
        near = Forger(address)
        near.send("begin")
        near.send("choose", data={"model": "tides"})
        assert near.mine["choices"]["model"] == "tides"
        assert "data-run-set" in str(near.send("open_evaluation", data={})["trials"])
        act(near, action="add", name="mine", text=SET)
        for name, value in (
            ("x-forwarded-for", "203.0.113.5"),
            ("via", "1.1 tunnel"),
            ("forwarded", "for=203.0.113.5"),
        ):
            far = Forger(address)
            far.client.headers[name] = value
            far.mine = {"choices": near.mine["choices"]}
            shown = far.send("begin")
            assert far.mine["choices"]["model"] == "" and "tides" not in str(shown["choices"]), name
            for event, data in (
                ("open_evaluation", {}),
                ("run_set", {"set": "mine"}),
                ("act_on_run", {"action": "rated"}),
            ):
                told = str(far.send(event, data=data)["trials"])
                assert NOT_HERE in told and "mine" not in told, (name, event)


def test_visitors_runs_have_a_size_that_they_never_pass(article_index: Path, embeddings: Any, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("uploads", "runs")}
    given = {"auth": ACCOUNTS, "evaluation": True, "max_storage_mb": 0.01, "requests_per_minute": 0}
    with serving(article_index, embeddings, **given, **folders) as address:
        visitor = come(address)
        assert "Added" in act(visitor, action="add", name="mine", text=SET)
        rows = "".join(json.dumps({"question": f"When was it, {n}?", "answers": ["1911"]}) + "\n" for n in range(300))
        assert "Added" in act(visitor, action="add", name="long", text=rows)
        assert "no room" in act(visitor, action="add", name="more", text=SET)
        assert "no room" in run(visitor, set="mine")
