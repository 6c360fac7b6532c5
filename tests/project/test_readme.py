"""The README does not rot: its code runs, its verbs and its settings exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


FIRST, SECOND, *_ = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_python_of_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    assert len(FIRST.strip().splitlines()) <= 10
    (tmp_path / "data").symlink_to(ROOT / "data")
    printed = run(FIRST, tmp_path)
    assert "Singapore" in printed and "[1]" in printed


def test_a_figure_of_ones_own_is_measured_as_the_readme_says(tmp_path: Path) -> None:
    lines = ['{"question": "When did it rise?", "answers": ["Monday"]}', '{"question": "Who paid?", "answers": []}']
    (tmp_path / "questions.jsonl").write_text("\n".join(lines))
    printed = run(SECOND, tmp_path)
    assert re.search(r"^brief +all +100\.0 .* n 2$", printed, re.MULTILINE), printed
    assert re.search(r"^contains +with answers +100\.0 .* n 1$", printed, re.MULTILINE), printed


def run(code: str, folder: Path) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_every_verb_is_in_the_readme_and_every_verb_of_the_readme_exists() -> None:
    from ui.cli.main import cli

    table = re.findall(r"^\| (`.*?) \|", README, re.MULTILINE)
    named = {verb for row in table for verb in re.findall(r"`(\w+)", row)}
    assert named == set(cli.commands)


def test_every_setting_that_the_readme_names_exists() -> None:
    from rag.settings import Settings

    named = set(re.findall(r"FOOTNOTE_([A-Z_]+)", README)) - {"DATASETS", "ARTICLES"}  # those two are the tests'
    assert named
    assert {name.casefold() for name in named} <= set(Settings.model_fields)
