"""``footnote evaluate`` and ``footnote compare`` as a person and a build server use them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import QUESTIONS

from rag import testing as api
from rag.evaluation import load_scores
from ui.cli.main import main

ROOT = Path(__file__).parents[2]
MILLS = (
    "The mill at Orrin was built in 1874 by two brothers. It burnt down in May 1911, and nobody rebuilt it.",
    "The mill at Kyle ground oats until the war. Its wheel weighed fourteen tonnes.",
)
ASKED = (
    (0, "When was the mill at Orrin built?", "1874"),
    (0, "Who built the mill at Orrin?", "two brothers"),
    (0, "What did the roof cost?", None),
    (1, "How much did the wheel of the mill at Kyle weigh?", "fourteen tonnes"),
    (1, "Until when did the mill at Kyle grind oats?", "the war"),
    (1, "Who was the last miller?", None),
)

Told = tuple[int, str, str]
Command = Callable[..., Told]


@pytest.fixture
def footnote(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process: its exit code, standard output and error."""

    def run(*arguments: object) -> Told:
        monkeypatch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return int(ended.value.code or 0), out, err

    return run


def assert_one_line(told: Told, status: int, *words: str) -> None:
    code, out, err = told
    assert (code, out, len(err.strip().splitlines())) == (status, "", 1), told
    for word in words:
        assert word in err, err


@pytest.fixture
def mills(tmp_path: Path) -> Path:
    """A question set in SQuAD's form, which brings its documents."""
    paragraphs: list[dict[str, Any]] = [{"context": text, "qas": []} for text in MILLS]
    for number, (place, question, answer) in enumerate(ASKED):
        found = [{"text": answer, "answer_start": MILLS[place].index(answer)}] if answer else []
        asked = {"id": f"m{number}", "question": question, "answers": found, "is_impossible": not answer}
        paragraphs[place]["qas"].append(asked)
    path = tmp_path / "mills.json"
    path.write_text(json.dumps({"version": "v2.0", "data": [{"title": "Mills", "paragraphs": paragraphs}]}))
    return path


def read_ids(run: Path, name: str = "questions.jsonl") -> list[str]:
    return [json.loads(line)["id"] for line in (run / name).read_text(encoding="utf-8").splitlines()]


def test_a_set_that_brings_its_documents_needs_no_index(footnote: Command, mills: Path, tmp_path: Path) -> None:
    code, table, told = footnote("evaluate", mills, "--save", tmp_path / "run", "--index", tmp_path / "none")
    assert code == 0 and "6 questions asked in" in told
    for words in ("answerable", "contains", "citation_hit", "false_answer", "quote_validity"):
        assert words in table
    assert sorted(file.name for file in (tmp_path / "run").iterdir() if not file.name.startswith(".")) == [
        "answers.jsonl", "questions.jsonl", "report.html", "run.json", "scores.json",
    ]  # fmt: skip
    for line in (tmp_path / "run" / "answers.jsonl").read_text().splitlines():
        answer = json.loads(line)
        place = ASKED[int(answer["id"][1:])][0]
        for citation in answer["citations"]:
            assert MILLS[place][citation["start"] : citation["end"]] == citation["quote"], "its own paragraph is asked"
        for passage in answer["passages"]:
            assert passage["text"] in MILLS[place]


def test_whole_searches_every_paragraph(footnote: Command, mills: Path, tmp_path: Path) -> None:
    def count_documents(*options: object) -> set[int]:
        run = tmp_path / f"run{len(options)}"
        assert footnote("evaluate", mills, "--save", run, *options)[0] == 0
        answers = [json.loads(line) for line in (run / "answers.jsonl").read_text().splitlines()]
        return {len({passage["document"] for passage in answer["passages"]}) for answer in answers}

    assert (count_documents(), count_documents("--whole")) == ({1}, {2})


def test_json_is_for_machines(footnote: Command, mills: Path) -> None:
    code, out, _ = footnote("evaluate", mills, "--json", "--metrics", "contains, hit@20", "--require", "em>=0")
    found = json.loads(out)
    assert code == 0
    assert [metric["name"] for metric in found["metrics"]] == ["contains", "hit@20", "em"]
    assert found["gates"] == [{"gate": "em >= 0.0 %", "passed": True}]
    assert len(found["questions"]) == 6


def test_a_run_that_was_killed_goes_on_where_it_was(footnote: Command, article_index: Path, tmp_path: Path) -> None:
    command = ["evaluate", str(QUESTIONS), "--save", str(tmp_path), "--index", str(article_index), "--limit", "16"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ui", *command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while process.poll() is None and not ((tmp_path / "answers.jsonl").exists() and len(read_whole(tmp_path)) >= 4):
        time.sleep(0.005)
    process.kill()
    _, stderr = process.communicate()
    assert process.returncode == -signal.SIGKILL, stderr
    before = read_whole(tmp_path)
    assert 4 <= len(before) < 16 and not (tmp_path / "scores.json").exists()

    code, _, told = footnote(*command, "--jobs", "2")
    assert code == 0
    assert f"{len(before)} of 16 answers were in '{tmp_path}' already" in told
    assert f"{16 - len(before)} questions asked in" in told
    after = read_whole(tmp_path)
    assert after[: len(before)] == before, "what was answered stays as it was"
    assert sorted(read_ids(tmp_path, "answers.jsonl")) == sorted(read_ids(tmp_path))

    fresh = tmp_path / "at-once"
    assert footnote("evaluate", QUESTIONS, "--save", fresh, "--index", article_index, "--limit", 16)[0] == 0
    resumed, at_once = load_scores(tmp_path), load_scores(fresh)
    timeless = [metric.name for metric in resumed.metrics if metric.kind != "quantile"]
    for one, other in zip(resumed.rows, at_once.rows, strict=True):
        # What is asked beside others may be computed in other blocks: the last digit of a confidence is not the same.
        for name in timeless:
            assert one.values[name] == pytest.approx(other.values[name], abs=2e-3), name

    # No difference is found between a run and itself, asked twice.
    code, table, told = footnote("compare", fresh, tmp_path, "--metrics", "contains,em,citation_hit")
    assert (code, told) == (0, "")
    assert "16" in table


def read_whole(run: Path) -> list[str]:
    """The answers that were written whole."""
    return [line for line in (run / "answers.jsonl").read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]  # fmt: skip


def test_samples_are_the_same_again_and_lie_in_one_another(footnote: Command, mills: Path, tmp_path: Path) -> None:
    def sample(limit: int, seed: int) -> list[str]:
        run = tmp_path / f"{limit}-{seed}"
        assert footnote("evaluate", mills, "--save", run, "--limit", limit, "--seed", seed, "--metrics", "em")[0] == 0
        return read_ids(run)

    assert len(sample(3, 1)) == 3
    assert set(sample(2, 1)) < set(sample(4, 1))
    assert len({tuple(sample(3, seed)) for seed in range(6)}) > 1
    again = read_ids(tmp_path / "3-1")
    (tmp_path / "3-1" / "questions.jsonl").unlink()
    assert sample(3, 1) == again


def test_answers_that_are_saved_are_scored_without_asking(footnote: Command, mills: Path, tmp_path: Path) -> None:
    run, other = tmp_path / "run", tmp_path / "other"
    assert footnote("evaluate", mills, "--save", run)[0] == 0
    kept = (run / "answers.jsonl").read_bytes()
    code, table, told = footnote("evaluate", mills, "--answers", run, "--save", other, "--metrics", "hit@20,f1")
    assert (code, told) == (0, "") and "hit@20" in table
    assert [metric.name for metric in load_scores(other).metrics] == ["hit@20", "f1"]
    assert (run / "answers.jsonl").read_bytes() == kept

    # Anybody's replies: an id and a text are enough; a question without one counts as failed.
    replies = tmp_path / "replies.jsonl"
    replies.write_text('{"id": "m0", "answer": "In 1874."}\n{"id": "m2", "answer": ""}\n')
    code, out, _ = footnote("evaluate", mills, "--answers", replies, "--json", "--metrics", "contains,failed")
    found = json.loads(out)
    assert code == 0
    assert [row["outcome"] for row in found["questions"]] == [
        "correct", "failed", "abstained", "failed", "failed", "failed",
    ]  # fmt: skip

    replies.write_text('{"id": "other", "answer": "x"}\n')
    assert_one_line(footnote("evaluate", mills, "--answers", replies), 2, "holds no answer to these questions")
    assert_one_line(footnote("evaluate", mills, "--answers", tmp_path / "none"), 2, "there is no ")


@pytest.mark.parametrize(("judge", "name"), [("reader", "the reader's judge of support"), ("words", "shared words")])
def test_a_judge_says_whether_citations_prove_sentences(
    footnote: Command, mills: Path, tmp_path: Path, judge: str, name: str
) -> None:
    run = tmp_path / "run"
    assert footnote("evaluate", mills, "--save", run)[0] == 0
    code, out, err = footnote("evaluate", mills, "--answers", run, "--save", run, "--judge", judge, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    sources = {metric["name"]: metric["source"] for metric in found["metrics"]}
    assert f"judged by {name} (" in sources["alce_recall"] and f"judged by {name} (" in sources["alce_precision"]
    quoted = [row["values"] for row in found["questions"] if row["outcome"] in ("correct", "wrong")]
    assert quoted and all(row["alce_recall"] == row["alce_precision"] == 1 for row in quoted), (
        "a quotation proves itself"
    )
    page = (run / "report.html").read_text(encoding="utf-8")
    assert name in page.replace("&#x27;", "'").replace("&#39;", "'")


def test_a_chat_model_judges_what_is_proven_and_right_and_its_verdicts_are_kept(
    footnote: Command, mills: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    assert footnote("evaluate", mills, "--save", run)[0] == 0
    with api.serve(api.say("yes")) as server:
        monkeypatch.setenv("FOOTNOTE_CHAT_BASE_URL", server.url)
        judging = ("evaluate", mills, "--answers", run, "--save", run, "--judge", "openai:m", "--json")
        code, out, err = footnote(*judging)
        found, asked = json.loads(out), len(server.requests)
        assert (code, err) == (0, "") and asked
        assert footnote(*judging)[1] == out and len(server.requests) == asked, "what was judged is not asked again"
    judge = found["settings"]["judge"]
    assert judge["name"] == "openai:m" and "yes or no" in judge["prompt"]
    given = [row["values"] for row in found["questions"] if row["outcome"] in ("correct", "wrong")]
    assert given and all(row["alce_recall"] == row["judged_correct"] == 1 for row in given)
    monkeypatch.delenv("FOOTNOTE_CHAT_BASE_URL")
    assert_one_line(footnote("evaluate", mills, "--judge", "nobody"), 2, "no judge is called 'nobody'", "reader, words")


def test_a_judge_that_talks_is_told_in_one_line(
    footnote: Command, mills: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    assert footnote("evaluate", mills, "--save", run)[0] == 0
    with api.serve(api.say("It depends on what is meant.")) as server:
        monkeypatch.setenv("FOOTNOTE_CHAT_BASE_URL", server.url)
        told = footnote("evaluate", mills, "--answers", run, "--judge", "openai:m")
    assert_one_line(told, 1, "the judge openai:m replies with neither yes nor no; name another model")


def test_gates_stop_a_build_and_say_why(footnote: Command, mills: Path, tmp_path: Path) -> None:
    junit = tmp_path / "build" / "junit.xml"
    code, table, told = footnote(
        "evaluate", mills, "--require", "quote_validity>=100%", "--require", "contains>=0", "--junit", junit
    )
    assert code == 0 and "footnote:" not in told and table
    suites = {suite.get("name"): suite for suite in ElementTree.parse(junit).getroot()}
    assert (suites["questions"].get("tests"), suites["gates"].get("failures")) == ("6", "0")

    code, table, told = footnote("evaluate", mills, "--require", "failed>0", "--require", "em>=0", "--junit", junit)
    assert code == 1 and table, "the figures are shown all the same"
    assert [line for line in told.splitlines() if line.startswith("footnote:")] == [
        "footnote: failed is 0.0 (0.0 to 39.0)  n 6, required: failed > 0.0 %"
    ]
    suites = {suite.get("name"): suite for suite in ElementTree.parse(junit).getroot()}
    assert (suites["gates"].get("tests"), suites["gates"].get("failures")) == ("2", "1")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--require", "contains>=80"], ["did you mean contains>=80%?"]),
        (["--require", "contians>=0.8"], ["contians", "contains"]),
        (["--metrics", "bleu"], ["bleu", "contains"]),
        (["--metrics", " , "], ["--metrics names no figure"]),
        (["--export", "squad"], ["--save DIR"]),
        (["--limit", "0"], ["--limit"]),
        (["--split", "test"], ["--split"]),
        (["--jobs", "0"], ["--jobs"]),
        (["--split", "report"], ["report"]),
        (["--junit", "/proc/x/y.xml"], ["/proc/x"]),
        (["--save", "/proc/x"], ["/proc/x", "another --save DIR"]),
    ],
)
def test_slips_are_told_before_anything_is_asked(
    footnote: Command, mills: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], words: list[str]
) -> None:
    monkeypatch.setattr("ui.cli.evaluate.ask_all", lambda *_, **__: pytest.fail("asked"))
    code, out, err = footnote("evaluate", mills, *options)
    assert (code, out) == (2, ""), err
    assert len([line for line in err.splitlines() if line.startswith(("footnote:", "Error:"))]) == 1
    for word in words:
        assert word in err, err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["no such file", "set.jsonl"]),
        (b"", ["no questions"]),
        (b"\xff\xfe\x00", ["set.jsonl"]),
        (b"{}\n", ["set.jsonl:1"]),
        (b'{"question": "?", "evidence": [{"quote": "never said"}]}\n', ["never said"]),
        (b"PK\x03\x04", ["set.jsonl"]),
    ],
)
def test_a_set_that_cannot_be_read_is_told_by_its_place(
    footnote: Command, article_index: Path, tmp_path: Path, content: bytes | None, words: list[str]
) -> None:
    path = tmp_path / "set.jsonl"
    if content is not None:
        path.write_bytes(content)
    code, out, err = footnote("evaluate", path, "--index", article_index)
    assert (code, out) == (2, ""), err
    for word in words:
        assert word in err.casefold() or word in err, err


def test_an_index_that_is_not_there_is_one_line(footnote: Command, tmp_path: Path) -> None:
    assert_one_line(footnote("evaluate", QUESTIONS, "--index", tmp_path), 1, "footnote ingest")


def test_a_run_can_be_written_in_the_forms_of_others(footnote: Command, mills: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    forms = [part for form in ("squad", "ragas", "trec", "trec-documents") for part in ("--export", form)]
    before = {"answers.jsonl", "questions.jsonl", "report.html", "run.json", "scores.json"}
    assert footnote("evaluate", mills, "--save", run, *forms)[0] == 0
    written = {file.name for file in run.iterdir() if not file.name.startswith(".")} - before
    assert len(written) >= 5, written
    predictions = next(json.loads((run / name).read_text()) for name in written if "predictions" in name)
    assert set(predictions) == {f"m{number}" for number in range(6)}


def test_compare_finds_what_became_worse_and_says_so_in_one_line(
    footnote: Command, article_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    options = ("--split", "report", "--limit", 40, "--index", article_index)
    assert footnote("evaluate", QUESTIONS, "--save", before, *options)[0] == 0
    monkeypatch.setenv("FOOTNOTE_ABSTAIN_BELOW", "1")
    assert footnote("evaluate", QUESTIONS, "--save", after, *options)[0] == 0

    code, table, told = footnote("compare", before, after)
    assert code == 1 and len(told.splitlines()) == 1
    assert "contains" in told and "worse by more than the margin" in told and "regression" in table
    code, _, told = footnote("compare", before, after, "--margin", "1")
    assert (code, told) == (0, ""), "a margin as wide as the scale stops nothing"
    code, out, _ = footnote("compare", before, after, "--margin", "contains=100%", "--metrics", "contains", "--json")
    assert code == 0 and json.loads(out)["changes"][0]["metric"] == "contains"
    for arguments, words in (
        (("--margin", "much"), "cannot read the margin"),
        (("--margin", "bleu=1"), "no figure 'bleu'"),
        (("--margin=-1",), "must not be negative"),
        (("--metrics", "bleu"), "bleu"),
    ):
        assert_one_line(footnote("compare", before, after, *arguments), 2, words)
    assert_one_line(footnote("compare", before, tmp_path / "none"), 2, "no figures at")


def test_a_folder_of_another_run_is_refused(
    footnote: Command, mills: Path, article_index: Path, tmp_path: Path
) -> None:
    assert footnote("evaluate", mills, "--save", tmp_path)[0] == 0
    kept = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    told = footnote("evaluate", QUESTIONS, "--save", tmp_path, "--index", article_index)
    assert told[0] == 2 and "cannot go on, these differ: " in told[2]
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == kept


def test_an_interruption_keeps_what_was_answered(mills: Path, article_index: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ui", "evaluate", str(QUESTIONS), "--save", str(tmp_path), "--index", str(article_index)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ},
    )  # fmt: skip
    while process.poll() is None and not ((tmp_path / "answers.jsonl").exists() and len(read_whole(tmp_path)) >= 5):
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert err.decode().strip().splitlines() == ["footnote: stopped"]
    assert len(read_whole(tmp_path)) >= 5


@pytest.fixture
def natural(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Questions of two kinds that name files in a folder beside them, and an index that nobody has made."""
    monkeypatch.setenv("FOOTNOTE_INDEX", str(tmp_path / "no-index"))
    (tmp_path / "documents").mkdir()
    for name, text in zip(("Orrin Mill.txt", "kyle.md"), MILLS, strict=True):
        (tmp_path / "documents" / name).write_text(text)
    rows: list[dict[str, Any]] = [
        {"document": "Orrin Mill.txt", "question": "When was the mill at Orrin built?", "answers": ["1874"]}
        | {"evidence": [{"quote": "was built in | 1874 | by two brothers"}], "kind": "factoid"},
        {
            "document": "kyle.md",
            "question": "How much did the wheel weigh?",
            "must": ["fourteen", "tonnes"],
            "answers": [],
        }
        | {"evidence": [{"quote": "Its wheel weighed four-\nteen tonnes"}], "kind": "table"},
        {"document": "Orrin Mill.txt", "question": "What did the roof cost?", "answers": [], "kind": "unanswerable"},
        {"document": "kyle.md", "question": "Until when did it grind oats?", "answers": ["the war"]},
        {"document": "kyle.md", "question": "Who was the last miller?", "answers": []},
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text(
        "".join(json.dumps({"id": str(at), "split": "develop"} | row) + "\n" for at, row in enumerate(rows))
    )
    return path


def test_a_set_with_its_files_beside_it_is_asked_of_these(footnote: Command, natural: Path) -> None:
    folder = natural.parent / "run"
    code, out, err = footnote("evaluate", natural, "--split", "develop", "--save", folder)
    assert code == 0, err
    assert "2 files of" in err and "nothing in the index" in err
    assert not (natural.parent / "no-index").exists()
    figures = [line.split()[0] for line in out.splitlines()[1:4]]
    assert figures == ["good", "first_quote", "quote_precision"] and "\nkind " in out and "\nfactoid " in out
    assert load_scores(folder).rows[0].document == "orrin-mill"

    code, out, err = footnote("evaluate", natural, "--split", "develop", "--save", folder, "--retry-failed")
    assert code == 0 and "5 of 5 answers were in" in err and "5 of 5 answers were there already" in out
    code, out, err = footnote("evaluate", natural, "--split", "develop", "--save", folder, "--fresh")
    assert code == 0 and "5 questions asked" in err and "were there already" not in out
    code, out, _ = footnote("questions", "check", natural)
    assert code == 0 and "factoid 1" in out


def test_a_set_that_names_no_documents_is_asked_of_all_that_lie_beside_it(footnote: Command, natural: Path) -> None:
    samples = [
        {"user_input": "When was the mill at Orrin built?", "reference": "1874"}
        | {"reference_contexts": ["was built in | 1874 | by two brothers"]},
        {"user_input": "How much did the wheel weigh?", "reference": "fourteen tonnes"}
        | {"reference_contexts": ["Its wheel weighed fourteen tonnes"]},
    ]
    natural.write_text("".join(json.dumps(sample) + "\n" for sample in samples))
    code, out, err = footnote("evaluate", natural)
    assert code == 0, err
    assert "2 files of" in err and "hit@5" in out


def test_rows_of_another_tool_are_judged_as_they_are(footnote: Command, natural: Path) -> None:
    rows = [
        {"user_input": "When was the mill at Orrin built?", "response": "In 1874.", "retrieved_contexts": [MILLS[0]]},
        {"user_input": "What did the roof cost?", "response": "I'm sorry,  no IDEA.", "retrieved_contexts": []},
    ]
    path = natural.parent / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, out, err = footnote("evaluate", natural, "--answers", path, "--declines", "no idea", "--json")
    assert code == 0, err
    told = {row["id"]: row for row in json.loads(out)["questions"]}
    assert [told[name]["outcome"] for name in "012"] == ["correct", "failed", "abstained"]
    assert (told["0"]["values"]["hit@1"], told["0"]["values"]["good"]) == (1, None)


def test_evidence_that_is_nowhere_is_counted_and_not_fatal_for_the_rest(footnote: Command, natural: Path) -> None:
    lines = natural.read_text().splitlines()
    natural.write_text("\n".join([lines[0].replace("two brothers", "three brothers"), *lines[1:]]) + "\n")
    rows = natural.parent / "rows.jsonl"
    rows.write_text('{"user_input": "When was the mill at Orrin built?", "response": "In 1874."}\n')
    code, out, err = footnote("evaluate", natural, "--answers", rows, "--json")
    assert code == 0 and "questions.jsonl:1: the quote" in err and "1 pieces of evidence, of 1 of 5 questions" in err
    assert json.loads(out)["settings"]["unlocated"] == {"pieces": 1, "questions": 1, "left_out": 0}

    natural.write_text(
        "\n".join([lines[0].replace("two brothers", "three brothers"), lines[1].replace("teen", "ty")]) + "\n"
    )
    code, out, err = footnote("evaluate", natural, "--answers", rows)
    assert code == 2 and "--skip-unlocated" in err
    code, out, err = footnote("evaluate", natural, "--answers", rows, "--skip-unlocated")
    assert code == 0 and "2 pieces of evidence, of 2 of 2 questions" in err
