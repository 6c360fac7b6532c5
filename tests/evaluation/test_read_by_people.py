"""Sentences of a chat model that people read: drawn without our marks, and our marks counted against their verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.errors import UsageError


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the modules of tests/benchmarks importable."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))


def record(name: str, **answer: Any) -> dict[str, Any]:
    told = {"standalone_question": "What?", "fallback": None, "sentences": [], "unproven": [], **answer}
    return {"id": name, "document": "mill", "reply": "something", "answer": told}


SHOWN = record(
    "shown",
    sentences=[
        {"text": "It burned [1] in 1911 [2][3].", "verdict": "supported"},
        {"text": "Nobody knows why.", "verdict": "not found"},
        {"text": "Well:", "verdict": None},
    ],
)
REPLACED = record(
    "replaced",
    fallback="nothing is proven",
    sentences=[{"text": "A quote of ours. [1]", "verdict": None}],
    unproven=[{"text": "It was sold.", "verdict": "contradicted"}],
)
QUOTED = record("quoted", sentences=[{"text": "Never.", "verdict": "supported"}]) | {"reply": ""}
RECORDS = [SHOWN, REPLACED, QUOTED]


def test_what_is_drawn_does_not_tell_what_we_made_of_it(tmp_path: Path) -> None:
    from read_by_people import draw

    assert draw(RECORDS, tmp_path / "a.jsonl", many=100, seed=1) == 3
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["sentence"] for row in rows] == ["It was sold.", "It burned in 1911.", "Nobody knows why."]
    assert all(set(row) == set("id number document question sentence supported".split()) for row in rows)
    with pytest.raises(UsageError, match="is there already"):
        draw(RECORDS, tmp_path / "a.jsonl", many=100, seed=1)
    drawn = [tmp_path / f"{name}.jsonl" for name in "bcd"]
    for path, seed in zip(drawn, (1, 1, 5), strict=True):
        draw(RECORDS, path, many=2, seed=seed)
    one, same, other = (path.read_text(encoding="utf-8") for path in drawn)
    assert one == same != other and len(one.splitlines()) == 2


def test_marks_are_counted_against_verdicts() -> None:
    from read_by_people import count_verdicts

    def say(name: str, number: int, sentence: str, supported: bool | None) -> dict[str, Any]:
        return {"id": name, "number": number, "sentence": sentence, "supported": supported}

    verdicts = [
        say("shown", 0, "It burned in 1911.", False),
        say("shown", 1, "Nobody knows why.", None),
        say("replaced", 0, "It was sold.", True),
    ]
    told = {"read": 3, "untold": 1, "wrongly proven": 1, "wrongly doubted": 1, "proven": 1, "doubted": 2}
    assert count_verdicts(RECORDS, verdicts) == told
    right = [verdicts[0] | {"supported": True}, verdicts[2] | {"supported": False}]
    assert count_verdicts(RECORDS, right)["wrongly proven"] == count_verdicts(RECORDS, right)["wrongly doubted"] == 0
    with pytest.raises(UsageError, match="no sentence 0 of 'shown'"):
        count_verdicts(RECORDS, [verdicts[0] | {"sentence": "It burned in 1912."}])
