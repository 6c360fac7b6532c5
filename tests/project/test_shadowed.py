"""A folder of one's own that is called as a package of Footnote is: the command works beside it, or says so in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = "import sys; from ui.__main__ import main; sys.argv = ['footnote', *sys.argv[1:]]; main()"
"""What the installed command does, whose folder of packages comes first."""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(folder / "home"), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", ["rag", "ingest"])
def test_another_package_of_that_name_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    done = run(tmp_path, "-m", "ui", "documents")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        f"footnote: another '{name}' is imported, '{tmp_path / name}'; run the 'footnote' command"
    )
    assert done.stderr.count("\n") == 1
    done = run(tmp_path, "-P", "-c", COMMAND, "settings")
    assert done.returncode == 0, "the installed command does not look into the current folder"
    assert "FOOTNOTE_INDEX" in done.stdout


def test_a_module_of_that_name_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "rag.py").write_text("")
    done = run(tmp_path, "-m", "ui", "documents")
    assert done.returncode == 1 and "another 'rag' is imported" in done.stderr and done.stderr.count("\n") == 1


def test_a_folder_that_is_no_package_is_in_nobodys_way(tmp_path: Path) -> None:
    for name in ("rag", "ingest", "ui"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text("Mine.")
    done = run(tmp_path, "-m", "ui", "settings")
    assert done.returncode == 0, done.stderr
    done = run(tmp_path, "-c", "from rag import build_chain; from ingest import Library; print(Library.__name__)")
    assert done.stdout == "Library\n", done.stderr


def test_a_script_beside_a_package_of_that_name_runs_with_the_option_that_the_manual_names(tmp_path: Path) -> None:
    (tmp_path / "rag").mkdir()
    (tmp_path / "rag" / "__init__.py").write_text("")
    (tmp_path / "script.py").write_text("from rag import Question\nprint(Question('Who?').text)\n")
    assert "ImportError" in run(tmp_path, "script.py").stderr
    assert run(tmp_path, "-P", "script.py").stdout == "Who?\n"
    assert "python -P" in (ROOT / "rag" / "README.md").read_text(encoding="utf-8")
