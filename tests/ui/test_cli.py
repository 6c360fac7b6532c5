"""The command as a person and a script use it: its output and its exit codes, four times in a real process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from in_process import Ended, run_command

ROOT = Path(__file__).parents[2]
ASKED = "Who asked for the meeting to be postponed?"


def start_process(*arguments: object, **environment: str) -> Ended:
    """Run the command in a process of its own."""
    result = subprocess.run(
        [sys.executable, "-m", "ui", *map(str, arguments)],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )
    return Ended(result.returncode, result.stdout, result.stderr)


def lines(result: Ended) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.decode().splitlines()]


def assert_one_line(result: Ended, status: int, *words: str) -> None:
    """The command failed with this status and said so in one line, without a traceback."""
    message = result.stderr.decode().strip()
    assert result.returncode == status, message
    assert "Traceback" not in message
    assert len(message.splitlines()) == 1, message
    for word in words:
        assert word in message, message


def test_bare_shows_help_and_exits_2() -> None:
    result = run_command()
    assert result.returncode == 2
    assert b"Usage" in result.stdout and b"ingest" in result.stdout


def test_version() -> None:
    result = start_process("--version")
    assert result.returncode == 0
    assert result.stdout.decode().startswith("footnote, version ")


def test_the_whole_way_from_files_to_an_answer(tmp_path: Path) -> None:
    page = tmp_path / "notes" / "kettles.md"
    page.parent.mkdir()
    page.write_text("# Kettles\n\nA copper kettle holds two litres. It was made in Leeds in 1901.\n")
    (page.parent / "photo.xyz").write_bytes(b"\x00\x01")
    index = tmp_path / "index"

    first = run_command("ingest", page.parent, "--index", index, "--json")
    assert first.returncode == 0, first.stderr
    by_status = {line["status"]: line for line in lines(first)}
    assert by_status["added"]["document"] == "kettles" and by_status["added"]["passages"] == 1
    assert "xyz" in by_status["skipped"]["reason"]
    wanted = {
        "source",
        "document",
        "status",
        "reason",
        "passages",
        "characters",
        "pages",
        "pages_without_text",
        "seconds",
        "words",
        "words_kept",
        "left_out",
    }
    assert wanted | {"schema_version"} == set(by_status["added"])

    again = run_command("ingest", page, "--index", index, "--json")
    assert [line["status"] for line in lines(again)] == ["unchanged"]

    listed = lines(run_command("documents", "--index", index, "--json"))
    assert [line["document"] for line in listed] == ["kettles"]
    assert listed[0]["title"] == "Kettles" and listed[0]["source"] == str(page)

    shown = run_command("show", "kettles", "--index", index).stdout.decode()
    (whole,) = lines(run_command("show", "kettles", "--json", "--index", index))
    assert whole["text"] == shown and whole["document"] == "kettles" and whole["schema_version"] == 1
    assert [shown[heading["start"] : heading["end"]] for heading in whole["headings"]] == ["Kettles"]
    assert whole["blocks"] == [] and whole["page_starts"] == []
    answer = lines(run_command("ask", "How much does the kettle hold?", "--index", index, "--json"))[0]
    assert "two litres" in answer["answer"] and not answer["abstained"]
    for citation in answer["citations"]:
        assert shown[citation["start"] : citation["end"]] == citation["quote"]

    page.write_text("# Kettles\n\nAn iron kettle holds nine litres.\n")
    replaced = lines(run_command("ingest", page, "--index", index, "--json"))
    assert [line["status"] for line in replaced] == ["replaced"]
    found = lines(run_command("search", "copper", "--index", index, "--json"))
    assert all("copper" not in line["text"] for line in found)

    removed = run_command("remove", "kettles", "--index", index)
    assert removed.returncode == 0
    assert run_command("documents", "--index", index).stdout == b""


def test_ask_prints_the_answer_with_its_footnotes(article_index: Path) -> None:
    result = start_process("ask", ASKED, "--index", article_index, "--explain")
    printed = result.stdout.decode()
    assert result.returncode == 0
    assert "[1]" in printed and "characters" in printed and "confidence" in printed
    assert result.stderr == b""


def test_ask_reads_lines_in_order_and_marks_bad_ones(article_index: Path) -> None:
    given = [
        ASKED.encode(),
        b"",
        json.dumps(
            {"id": "b", "question": "And in what year?", "history": [["When was Hanoi?", "In February."]]}
        ).encode(),
        b'{"id": "broken", "question": ',
        b"\xff\xfe not text",
        json.dumps({"id": "d", "question": ASKED, "documents": ["atlantis"]}).encode(),
        b"x" * 5_000,
        b"hi",
    ]
    result = run_command("ask", "-", "--index", article_index, "--json", stdin=b"\n".join(given))
    printed = lines(result)
    assert result.returncode == 1
    assert len(printed) == 7
    assert [bool(line.get("error")) for line in printed] == [False, False, True, True, True, True, False]
    assert printed[1]["id"] == "b"
    assert "atlantis" in printed[4]["error"] and "line 6" in printed[4]["error"]
    assert printed[6]["route"] == "small_talk"
    assert b"Traceback" not in result.stderr


def test_a_line_of_ten_megabytes_is_one_error(article_index: Path) -> None:
    given = b"y" * 10_000_000 + b"\n" + ASKED.encode()
    result = run_command("ask", "-", "--index", article_index, "--json", stdin=given)
    printed = lines(result)
    assert result.returncode == 1
    assert "10,000,000 bytes" in printed[0]["error"] or "10,000,001 bytes" in printed[0]["error"]
    assert printed[1]["citations"]


def test_no_index(tmp_path: Path) -> None:
    assert_one_line(run_command("ask", ASKED, "--index", tmp_path / "absent"), 1, "no index at", "footnote ingest PATH")


@pytest.mark.parametrize("asked", ["", "   ", "?", "\x07\x1b"])
def test_an_empty_question(article_index: Path, asked: str) -> None:
    assert_one_line(run_command("ask", asked, "--index", article_index), 2, "empty")


def test_a_question_of_100_000_characters(article_index: Path) -> None:
    assert_one_line(run_command("ask", "why " * 25_000, "--index", article_index), 2, "99,999 characters", "4,000")


def test_control_characters_in_a_question_do_no_harm(article_index: Path) -> None:
    result = run_command("ask", "Where did\x1b[31m they\x07 first meet?", "--index", article_index)
    assert result.returncode == 0
    assert b"\x1b" not in result.stdout


def test_a_folder_without_readable_files(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert_one_line(run_command("ingest", tmp_path / "empty", "--index", tmp_path / "index"), 1, "no readable file")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = run_command("ingest", tmp_path / "absent.txt", "--index", tmp_path / "index")
    assert b"1 of 1 sources failed" in result.stderr and b"the others" not in result.stderr
    assert result.returncode == 1
    assert b"absent.txt" in result.stdout and b"Traceback" not in result.stderr


def test_a_bad_file_never_stops_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A good page about bees and their honey.\n")
    (tmp_path / "b.txt").write_bytes(b"\x00\x01\x02\x03" * 500)
    (tmp_path / "c.txt").write_bytes("Ein Brief über Käse aus München, später auch über Öl.\n".encode("latin-1"))
    (tmp_path / "d.txt").write_bytes(b"")
    result = run_command("ingest", tmp_path, "--index", tmp_path / "index", "--json")
    statuses = {Path(line["source"]).name: line["status"] for line in lines(result) if "source" in line}
    assert statuses == {"a.txt": "added", "b.txt": "failed", "c.txt": "added", "d.txt": "failed"}
    assert result.returncode == 1
    assert "Käse aus München" in run_command("show", "c", "--index", tmp_path / "index").stdout.decode()


def test_an_index_of_another_model(article_index: Path) -> None:
    from rag.index.embeddings import find_model_path
    from rag.settings import read_settings

    other = find_model_path(read_settings())
    result = run_command("ask", ASKED, "--index", article_index, FOOTNOTE_EMBEDDING_MODEL=other)
    assert_one_line(result, 1, "embedding model", "footnote ingest --rebuild")


def test_an_index_of_an_older_footnote_answers_and_says_what_makes_it_better(
    index_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.reading_rules.READING_RULES", "1000")
    result = run_command("ask", ASKED, "--index", index_copy)
    assert result.returncode == 0 and b"[1]" in result.stdout
    assert b"an older Footnote" in result.stderr and b"footnote ingest --rebuild" in result.stderr
    assert run_command("ingest", "--rebuild", "--index", index_copy).returncode == 0
    assert run_command("ask", ASKED, "--index", index_copy).stderr == b""


def test_rebuilding_takes_an_index_to_another_model(index_copy: Path) -> None:
    from rag.index.embeddings import find_model_path
    from rag.settings import read_settings

    other = find_model_path(read_settings())
    rebuilt = run_command("ingest", "--rebuild", "--index", index_copy, "--json", FOOTNOTE_EMBEDDING_MODEL=other)
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert run_command("ask", ASKED, "--index", index_copy, FOOTNOTE_EMBEDDING_MODEL=other).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "atlantis"), ("no document 'atlantis'", "footnote documents")),
        (("remove", "atlantis"), ("no document 'atlantis'",)),
        (("ask", ASKED, "--document", "atlantis"), ("no document 'atlantis'",)),
    ],
)
def test_an_unknown_document(index_copy: Path, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert_one_line(run_command(*arguments, "--index", index_copy), 1, *words)


@pytest.mark.parametrize(
    "arguments", [("ask",), ("ingest",), ("search", "x", "-k", "0"), ("serve", "--port", "99999"), ("dance",)]
)
def test_wrong_usage_exits_2(arguments: tuple[str, ...]) -> None:
    result = run_command(*arguments)
    assert result.returncode == 2
    assert b"Traceback" not in result.stderr


def test_a_setting_that_does_not_fit_names_its_variable() -> None:
    assert_one_line(run_command("settings", FOOTNOTE_PASSAGES="many"), 2, "FOOTNOTE_PASSAGES")


def test_settings_show_where_each_value_comes_from_and_no_key() -> None:
    result = run_command("settings", "--index", "here", FOOTNOTE_CHAT_API_KEY="hunter2", FOOTNOTE_PASSAGES="5")
    printed = result.stdout.decode()
    assert "hunter2" not in printed
    by_name = {line.split()[0]: line for line in printed.splitlines()}
    assert "FOOTNOTE_PASSAGES" in by_name["FOOTNOTE_PASSAGES"][30:]
    assert "command line" in by_name["FOOTNOTE_INDEX"]
    assert "default" in by_name["FOOTNOTE_PORT"]


def test_the_default_index_is_built_of_the_bundled_article(tmp_path: Path) -> None:
    result = start_process("documents", "--json", XDG_DATA_HOME=str(tmp_path))
    assert [line["document"] for line in lines(result)] == ["hanoi-summit"]


def test_an_index_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A good page about bees and their honey.\n")
    (tmp_path / "file").write_text("not a folder")
    assert_one_line(
        run_command("ingest", tmp_path / "a.txt", "--index", tmp_path / "file"), 1, "cannot write the index"
    )


def test_the_rest_of_a_long_list_is_had_in_the_chat(tmp_path: Path) -> None:
    (tmp_path / "parts.csv").write_text("Part,Price\n" + "".join(f"P-{at},{at}.50\n" for at in range(30)))
    assert run_command("ingest", tmp_path / "parts.csv", "--index", tmp_path / "index").returncode == 0
    asked = b"Which parts are there?\n--all\n\n"
    result = run_command("chat", "--index", tmp_path / "index", stdin=asked)
    first, rest = result.stdout.decode().split("show them with: --all")
    assert "[20]" in first and "[30]" not in first
    assert "[30]" in rest and "left out" not in rest


def test_chat_in_the_terminal(article_index: Path) -> None:
    result = run_command("chat", "--index", article_index, stdin=f"{ASKED}\n?!\nthanks\n\n".encode())
    printed = result.stdout.decode()
    assert result.returncode == 0
    assert "advisers" in printed and "welcome" in printed
    assert b"empty" in result.stderr and b"Traceback" not in result.stderr


def test_output_that_is_cut_short_is_no_error(article_index: Path) -> None:
    command = f"{sys.executable} -m ui show hanoi-summit --index {article_index} | head -c 10"
    result = subprocess.run(["bash", "-c", command], capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert len(result.stdout) == 10
    assert b"Traceback" not in result.stderr
