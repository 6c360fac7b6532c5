"""The wheel works outside the checkout: everything it needs is in it, the bundled article too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_answers_about_the_bundled_article_away_from_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-cache-dir"]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(ROOT)], check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("footnote-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "installed")
    assert {name.split("/")[0] for name in names} == {"rag", "ingest", "ui", wheel.name.split("-py3")[0] + ".dist-info"}
    for needed in (
        "rag/py.typed",
        "rag/reader/weights.json",
        "rag/reader/span_model.safetensors",
        "rag/reader/span_model.json",
        "ui/render/templates/messages.html",
        "ui/web/assets/page.css",
    ):
        assert needed in names
    assert not any("training" in name for name in names), "what makes the models stays in the repository"
    (tmp_path / "elsewhere").mkdir()
    result = subprocess.run(
        [sys.executable, "-m", "ui", "ask", "Where is the Sohae launch site?", "--json"],
        cwd=tmp_path / "elsewhere",
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "XDG_DATA_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["citations"][0]["document"] == "hanoi-summit"
    documents = next((tmp_path / "home").rglob("documents.jsonl")).read_text(encoding="utf-8")
    assert str(tmp_path / "installed" / "ui" / "articles") in documents, "its own copy of the article was read"
