"""The benchmark that counts refusals: it tells the right ones from those of files in which others find words."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest
from made_containers import make_zip

FIXTURES = Path(__file__).parents[1] / "fixtures" / "documents"


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the modules of tests/benchmarks importable."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))


def test_each_file_is_judged_by_what_other_means_find_in_it(tmp_path: Path) -> None:
    from count_refusals import judge_files

    for name in ("password.pdf", "scanned.pdf", "chromium.pdf"):
        shutil.copy(FIXTURES / name, tmp_path / name)
    (tmp_path / "page.html.gz").write_bytes(gzip.compress(b"<h1>Tides</h1><p>High water at noon.</p>"))
    (tmp_path / "head.eml").write_text("From: Ada <ada@example.org>\nTo: Bo <bo@example.org>\n\n")
    (tmp_path / "empty.md").write_text(" ")
    (tmp_path / "parts.zip").write_bytes(make_zip({"a.md": "# A\n\nWords.", "b.pdf": "no"}))
    (tmp_path / "link.md").symlink_to(tmp_path / "empty.md")
    (tmp_path / "code.py").write_text("x = 1")
    found = {outcome.name: outcome for outcome in judge_files(tmp_path, [])}
    assert {name: outcome.state for name, outcome in found.items()} == {
        "password.pdf": "no words",
        "scanned.pdf": "no words",
        "chromium.pdf": "read",
        "page.html.gz": "read",
        "head.eml": "refused",
        "empty.md": "no words",
        "parts.zip/a.md": "read",
        "parts.zip/b.pdf": "no words",
    }
    assert found["head.eml"].others > 0 and found["chromium.pdf"].words > 100


def test_a_parser_s_slip_is_no_refusal() -> None:
    from count_refusals import Outcome

    line = "cannot be read as pdf (KeyError); the file may be damaged"
    assert Outcome("a.pdf", "pdf", line, others=3).state == "crashed"
    assert Outcome("a.pdf", "pdf", "takes more than 60 seconds to read; split it into smaller files").state == "crashed"
