"""The README does not rot: its code runs, its verbs and its settings exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_of_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(block.strip().splitlines()) <= 10
    (tmp_path / "data").symlink_to(ROOT / "data")
    result = subprocess.run(
        [sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "Singapore" in result.stdout and "[1]" in result.stdout


def test_every_verb_is_in_the_readme_and_every_verb_of_the_readme_exists() -> None:
    from ui.cli import cli

    table = re.findall(r"^\| (`.*?) \|", README, re.MULTILINE)
    named = {verb for row in table for verb in re.findall(r"`(\w+)", row)}
    assert named == set(cli.commands)


def test_every_setting_that_the_readme_names_exists() -> None:
    from rag.settings import Settings

    named = set(re.findall(r"FOOTNOTE_([A-Z_]+)", README)) - {"DATASETS", "ARTICLES"}  # those two are the tests'
    assert named
    assert {name.casefold() for name in named} <= set(Settings.model_fields)
