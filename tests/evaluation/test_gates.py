"""Gates and JUnit: a build stops where a figure is on the wrong side of its bound, and the file is XML whatever is in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_run import HOSTILE, RTL, TEXTS, make_run

from rag.errors import UsageError
from rag.evaluation import find_failures, parse_gate, render_junit, score
from rag.types import Answer, Question


@pytest.mark.parametrize(
    ("words", "shown", "bound"),
    [
        ("contains>=0.8", "contains >= 80.0 %", 0.8),
        ("contains >= 80%", "contains >= 80.0 %", 0.8),
        ("  em>.5 ", "em > 50.0 %", 0.5),
        ("false_answer<=5 %", "false_answer <= 5.0 %", 0.05),
        ("hit@20>=.9", "hit@20 >= 90.0 %", 0.9),
        ("crag>-0.5", None, -0.5),
        ("seconds_p95<2.5", "seconds_p95 < 2.500 s", 2.5),
    ],
)
def test_gates_are_read_as_people_write_them(words: str, shown: str | None, bound: float) -> None:
    gate = parse_gate(words)
    assert gate.bound == pytest.approx(bound)
    assert shown is None or str(gate) == shown


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "cannot read the gate ''"),
        ("contains", "write it as"),
        ("contains=0.8", "write it as"),
        ("contains==0.8", "write it as"),
        ("contains>=", "write it as"),
        ("contains>=high", "write it as"),
        ("contains>=1e3", "write it as"),
        ("contains>=nan", "write it as"),
        ("contains>=80", r"did you mean contains>=80%\?"),
        ("contains>=800", "lies between 0 and 1$"),
        ("contains>=-1", "lies between 0 and 1$"),
        ("seconds_p95<50%", "leave out the %"),
        ("contians>=0.8", "contains"),
        ("hit@0>=0.8", "hit@0"),
    ],
)
def test_a_slip_in_a_gate_is_told_with_what_was_meant(words: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as raised:
        parse_gate(words)
    assert "\n" not in str(raised.value)


@given(st.text(max_size=30))
def test_no_words_make_the_reader_of_gates_stumble(words: str) -> None:
    try:
        gate = parse_gate(words)
    except UsageError as error:
        assert words in str(error) or len(words.split()) > 0
    else:
        assert parse_gate(f"{gate.metric.name}{gate.sign}{gate.bound}") == gate


def test_a_gate_holds_the_figure_itself_against_its_bound() -> None:
    questions, answers = make_run()
    scores = score(answers, questions, TEXTS)
    value = scores.slice("all").scores["contains"].value
    assert value is not None and 0 < value < 1
    for sign, passes in ((">=", True), ("<=", True), (">", False), ("<", False)):
        gate = replace(parse_gate("contains>=0.5"), sign=sign, bound=value)
        assert (gate.find_failure(scores) is None) == passes
    (why,) = find_failures([parse_gate("contains>=1")], scores).values()
    assert why.startswith("contains is ") and "required: contains >= 100.0 %" in why


def test_a_figure_over_nothing_passes_no_gate() -> None:
    scores = score([Answer("?", "x", id="a")], [Question("?", "a")], {})
    for words in ("contains>=0", "contains<=1", "false_answer<=1"):
        assert parse_gate(words).find_failure(scores) is not None


def test_junit_counts_what_went_wrong_and_skips_what_cannot_be_judged() -> None:
    questions, answers = make_run()
    scores = score(answers, questions, TEXTS)
    (asked,) = ElementTree.fromstring(render_junit(questions, answers, scores).encode()).findall("testsuite")
    causes = [row.cause for row in scores.rows]
    assert int(asked.get("tests", "")) == len(questions) == len(asked.findall("testcase"))
    assert int(asked.get("errors", "")) == causes.count("error") == len(asked.findall("testcase/error")) == 1
    assert int(asked.get("skipped", "")) == causes.count("not judged") == len(asked.findall("testcase/skipped"))
    wrong = [cause for cause in causes if cause not in ("right", "error", "not judged")]
    assert [found.get("type") for found in asked.iter("failure")] == wrong
    assert float(asked.get("time", "")) == pytest.approx(0.25 * len(answers), abs=0.3)


@pytest.mark.parametrize(("gate", "failures"), [("em>=0", "0"), ("em>=1", "1")])
def test_where_there_are_gates_these_alone_pass_or_fail_a_build(gate: str, failures: str) -> None:
    questions, answers = make_run()
    scores = score(answers, questions, TEXTS)
    root = ElementTree.fromstring(render_junit(questions, answers, scores, [parse_gate(gate)]).encode())
    asked, gates = root.findall("testsuite")
    assert (asked.get("failures"), asked.get("errors"), gates.get("failures")) == ("0", "0", failures)
    told = [case.findtext("system-out", "").split("\n")[0] for case in asked.iter("testcase")]
    assert [cause or "right" for cause in told] == [
        "right" if row.cause in ("right", "not judged") else row.cause for row in scores.rows
    ], "what went wrong is told all the same"


@given(st.text() | st.sampled_from([HOSTILE, RTL, "]]>", "\x00\x1b\x0b", "\ud800 \ufffe", "<!ENTITY x 'y'>&x;"]))
def test_junit_is_xml_whatever_is_in_it(text: str) -> None:
    question = Question(text or "?", f"id {text}", answers=(text, "no"))
    answers = [Answer(text, text, id=question.id, error=None)]
    for given_answers in (answers, [], [Answer(text, "", id=question.id, error=text or "it broke")]):
        written = render_junit([question], given_answers, score(given_answers, [question], {}))
        root = ElementTree.fromstring(written.encode("utf-8"))
        (case,) = root.iter("testcase")
        assert case.get("name", "").startswith("id ")
        assert [child.tag for child in case] in ([], ["failure"], ["error"])


def test_junit_is_written_as_utf_8(tmp_path: Path) -> None:
    question = Question("Où ça ? 磨坊 🌉", "a", answers=("là",))
    answers = [Answer(question.text, "ici", id="a")]
    path = tmp_path / "junit.xml"
    path.write_text(render_junit([question], answers, score(answers, [question], {})), encoding="utf-8")
    assert question.text in (ElementTree.parse(path).find(".//failure").text or "")  # type: ignore[union-attr]
