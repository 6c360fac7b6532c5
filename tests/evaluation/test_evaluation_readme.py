"""The manual on measuring answers holds: its two examples run as they stand, and it names every metric and every room."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rag.evaluation import METRICS

ROOM = Path(__file__).parents[2] / "rag" / "evaluation"
MANUAL = (ROOM / "README.md").read_text(encoding="utf-8")
QUESTIONS = '{"question": "When did it rise?", "answers": ["Monday"]}\n{"question": "Who paid?", "answers": []}\n'


def test_a_metric_and_a_format_of_ones_own_take_ten_lines_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("questions.jsonl").write_text(QUESTIONS)
    names: dict[str, Any] = {}
    metric, form = re.findall(r"```python\n(.*?)```", MANUAL, re.DOTALL)
    for code in (metric, form):
        assert len([line for line in code.splitlines() if line.strip()]) <= 10
    exec(compile(metric, "metric", "exec", dont_inherit=True), names)
    printed = capsys.readouterr().out
    assert re.search(r"^brief +all +100\.0 .* n 2$", printed, re.MULTILINE), printed
    assert re.search(r"^contains +with wording +100\.0 .* n 1$", printed, re.MULTILINE), printed
    exec(compile(form, "format", "exec", dont_inherit=True), names)
    assert re.search(r"^contains +with wording +100\.0 .* n 1$", capsys.readouterr().out, re.MULTILINE)


def test_every_metric_and_every_room_is_named() -> None:
    named = {re.sub(r"@.*", "", name) for name in re.findall(r"`([a-z_0-9]+(?:@k)?)`", MANUAL)}
    assert {re.sub(r"@.*", "", name) for name in METRICS} <= named
    rooms = set(re.findall(r"^\| `(\w+)/`", MANUAL, re.MULTILINE))
    assert rooms == {path.parent.name for path in ROOM.glob("*/__init__.py")}
