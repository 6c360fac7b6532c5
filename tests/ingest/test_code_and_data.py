"""Source code, logs, JSON and notebooks: lines as they are, records as rows, cells as text and code."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.source_code import STRETCH, parse_code
from ingest.loaders import KINDS
from ingest.parse import parse
from rag.errors import SourceError

PROGRAM = '"""Kettles."""\n\nimport time\n\n\ndef boil(water):\n    time.sleep(1)\n\n    return water\n\n\nclass Lid:\n    pass\n'


def texts(content: str, kind: str) -> list[str]:
    return [block.text for block in parse(content.encode(), KINDS[kind]).blocks]


def test_a_program_keeps_its_lines_and_its_functions_whole() -> None:
    assert texts(PROGRAM, ".py") == [
        '"""Kettles."""',
        "import time",
        "def boil(water):\n    time.sleep(1)\n\n    return water",
        "class Lid:\n    pass",
    ]
    assert {block.kind for block in parse(PROGRAM.encode(), "code").blocks} == {"code"}


def test_a_log_is_cut_at_the_ends_of_lines() -> None:
    lines = [f"2024-05-01 12:00:{number % 60:02d} kettle {number} boiled" for number in range(500)]
    found = texts("\n".join(lines), ".log")
    assert "\n".join(found).split("\n") == lines
    assert max(map(len, found)) <= STRETCH + len(lines[0])


@given(st.text(alphabet="ab \t\n", max_size=200))
def test_no_line_of_code_is_lost(text: str) -> None:
    found = "\n".join(block.text for block in parse_code(text).blocks)
    assert found.split() == text.split()


def test_records_of_json_are_rows() -> None:
    made = [
        {"name": "Ada", "born": 1815, "tags": ["a", "b"], "ok": True},
        {"name": "Alan", "died": None, "at": {"city": "Leeds"}},
    ]
    assert texts(json.dumps(made), ".json") == [
        "name: Ada; born: 1815; tags: a, b; ok: true",
        "name: Alan; died: null",
        "2 › at › city: Leeds",
    ]
    assert texts("\n".join(map(json.dumps, made)), ".jsonl") == texts(json.dumps(made), ".json")


def test_other_values_of_json_are_told_with_their_path() -> None:
    made = {"server": {"port": 80, "hosts": ["a", "b"]}, "rules": [{"id": 1}, [2, [3]]]}
    assert texts(json.dumps(made), ".json") == [
        "server › port: 80",
        "server › hosts: a, b",
        "id: 1",
        "rules 2 1: 2",
        "rules 2 2: 3",
    ]


def test_what_is_no_json_is_read_as_it_is() -> None:
    assert texts('{\n  // the port\n  "port": 80,\n}\n', ".json") == ['{\n  // the port\n  "port": 80,\n}']


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 400 + "1" + "]" * 400])
def test_json_without_end_is_refused_or_told_in_a_line(text: str) -> None:
    started = time.perf_counter()
    try:
        assert texts(text, ".json")
    except SourceError as error:
        assert "nested too deeply" in str(error)
    assert time.perf_counter() - started < 10


NOTEBOOK = {
    "nbformat": 4,
    "metadata": {"title": "Tides"},
    "cells": [
        {"cell_type": "markdown", "source": ["# The gauge\n", "\n", "It *rises*."]},
        {
            "cell_type": "code",
            "source": "read()",
            "outputs": [
                {"output_type": "stream", "text": ["7.1 m\n"]},
                {"output_type": "execute_result", "data": {"text/plain": "7.1", "image/png": "AAAA"}},
                {"output_type": "error", "traceback": ["boom"]},
                {"output_type": "stream", "text": "x" * 10_000},
            ],
        },
        {"cell_type": "raw", "source": "As it is."},
        "no cell",
    ],
}


def test_a_notebook_is_its_texts_its_code_and_what_it_printed() -> None:
    read = parse(json.dumps(NOTEBOOK).encode(), "notebook")
    assert read.title == "Tides"
    assert [(block.text[:20], block.level, block.kind) for block in read.blocks] == [
        ("The gauge", 1, "text"),
        ("It rises.", 0, "text"),
        ("read()", 0, "code"),
        ("7.1 m", 0, "code"),
        ("7.1", 0, "code"),
        ("x" * 20, 0, "code"),
        ("As it is.", 0, "text"),
    ]
    assert len(read.blocks[5].text) < 2_100


def test_an_old_notebook_has_its_cells_in_sheets() -> None:
    made = {
        "worksheets": [
            {"cells": [{"cell_type": "heading", "level": 2, "source": "A"}, {"cell_type": "code", "input": "b"}]}
        ]
    }
    assert texts(json.dumps(made), ".ipynb") == ["A", "b"]


@pytest.mark.parametrize("text", ["[", "{}", '{"cells": 3}', '{"cells": {"a": 1}}', "[" * 100_000, "3", '"x"'])
def test_what_is_no_notebook_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(SourceError) as error:
        texts(text, ".ipynb")
    assert "\n" not in str(error.value)


def test_a_tag_that_a_text_speaks_of_hides_nothing() -> None:
    text = "- the page stands in a <noscript> and is lost\n- this one <script>let secret = 1</script>\n"
    read = [block.text for block in parse(text.encode(), "markdown").blocks]
    assert read == ["- the page stands in a <noscript> and is lost", "- this one"]
