"""What is asked: the folder 'documents' beside a question set, or the index; the terminal says which."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from rag.evaluation import Unlocated, prepare_questions
from ui.cli.main import main

MILL = "The mill at Orrin was built in 1874 by two brothers. It burnt down in May 1911, and nobody rebuilt it."
FERRY = "The ferry at Kyle carried forty people. Its last voyage was on a Sunday in 1931."
BUILT: dict[str, Any] = {"id": "built", "question": "When was the mill at Orrin built?", "answers": ["1874"]}
VOYAGE: dict[str, Any] = {"id": "last", "question": "When was the last voyage of the ferry?", "answers": ["1931"]}
NOWHERE: dict[str, Any] = {"id": "roof", "question": "What did the roof cost?", "answers": []}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "mill.txt").write_text(MILL)
    (tmp_path / "documents" / "ferry.txt").write_text(FERRY)
    return tmp_path


@pytest.fixture
def told(folder: Path, article_index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(rows: list[dict[str, Any]], *options: object) -> tuple[int, str, str]:
        path = folder / "questions.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        monkeypatch.setattr(
            sys, "argv", ["footnote", "evaluate", *map(str, [path, "--index", article_index, *options])]
        )
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


@pytest.mark.parametrize(
    ("rows", "files"),
    [
        ([BUILT | {"document": "mill.txt"}, VOYAGE | {"document": "ferry.txt"}, NOWHERE], 2),
        ([BUILT | {"evidence": [{"quote": "built in 1874", "document": "mill.txt"}]}, VOYAGE, NOWHERE], 2),
        ([BUILT | {"document": "mill"}], 1),
    ],
)
def test_the_folder_beside_the_questions_is_asked_however_they_name_it(
    told: Any, rows: list[dict[str, Any]], files: int
) -> None:
    code, out, err = told(rows, "--json")
    assert code == 0 and f"{files} files of" in err and "nothing in the index" in err, err
    assert all(row["outcome"] == "correct" for row in json.loads(out)["questions"] if row["id"] != "roof")


def test_a_set_about_other_documents_says_that_the_index_is_asked(told: Any, article_index: Path) -> None:
    code, _, err = told([{"question": "Who met in Hanoi?", "document": "hanoi-summit"}], "--metrics", "failed")
    assert code == 0 and f" s, of the index '{article_index}'" in err


def test_a_name_that_is_not_there_leads_to_the_folder_that_may_have_it(told: Any) -> None:
    code, _, err = told([BUILT | {"document": "bridge.txt"}])
    assert code == 2 and "no document 'bridge.txt'; there are: hanoi-summit" in err and "--documents PATH" in err


def test_of_a_sample_only_its_documents_are_read_and_only_its_evidence_is_checked(told: Any, folder: Path) -> None:
    rows = [
        {"id": str(number), "question": f"When {number}?", "document": name, "evidence": [{"quote": "nowhere at all"}]}
        for number, name in enumerate(["mill.txt", "ferry.txt"] * 4)
    ]
    seen: list[Unlocated] = []
    with pytest.raises(Exception, match="nowhere at all"):  # all of the sample is lost
        prepare_questions(rows, {"mill": MILL, "ferry": FERRY}, limit=1, on_unlocated=seen.append,
                          sources={"mill": "mill.txt", "ferry": "ferry.txt"})  # fmt: skip
    assert [(found.questions, len(found.problems)) for found in seen] == [(1, 1)]
    code, _, err = told([BUILT | {"document": "mill.txt"}, VOYAGE | {"document": "ferry.txt"}], "--limit", 1)
    assert code == 0 and "1 files of" in err, err
