"""A run as JUnit XML, which build servers show: a test case for each question, and one for each gate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from rag.evaluation.run.scoring import Row, Scores
from rag.evaluation.run.thresholds import Gate, find_failures
from rag.types import Answer, Question

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot carry in any way."""


def render_junit(
    questions: Sequence[Question], answers: Sequence[Answer], scores: Scores, gates: Sequence[Gate] = ()
) -> str:
    """The XML text.

    A question that was not answered as it should is a failure, named by what went wrong; one that broke is an error;
    one without gold answers is skipped. Where there are gates, these alone decide whether the build passes: what went
    wrong with a question stands in its output then, and fails nothing.
    """
    by_id = {answer.id: answer for answer in answers}
    root = Element("testsuites", name="footnote")
    suite = SubElement(root, "testsuite", name="questions")
    for question, row in zip(questions, scores.rows, strict=True):
        _add_question(suite, question, by_id.get(question.id), row, scores.errors, gated=bool(gates))
    _count(suite)
    if gates:
        suite, failures = SubElement(root, "testsuite", name="gates"), find_failures(gates, scores)
        for gate in gates:
            case = SubElement(suite, "testcase", classname="gates", name=_clean(str(gate)), time="0")
            if gate in failures:
                SubElement(case, "failure", message=_clean(failures[gate]), type="gate")
        _count(suite)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add_question(
    suite: Element, question: Question, answer: Answer | None, row: Row, errors: Mapping[str, str], *, gated: bool
) -> None:
    seconds = answer.seconds.total if answer else 0.0
    name = f"{question.id}: {' '.join(question.text.split())}"
    case = SubElement(suite, "testcase", classname="questions", name=_clean(name), time=f"{seconds:.3f}")
    if row.cause == "right":
        return
    if row.cause == "not judged":
        SubElement(case, "skipped", message="no gold answer to judge it by")
        return
    if gated:
        told = SubElement(case, "system-out")
    elif row.cause == "error":
        told = SubElement(case, "error", message=_clean(errors.get(question.id, "")), type=row.cause)
    else:
        told = SubElement(case, "failure", message=row.cause, type=row.cause)
    gold = "\n".join(question.must or question.answers or ["none: the documents do not say"])
    error = errors.get(question.id)
    said = f"({error})" if error else "" if answer is None else "(abstained)" if answer.abstained else answer.text
    cause = f"{row.cause}\n" if gated else ""
    told.text = _clean(f"{cause}question: {question.text}\ngold: {gold}\nanswer: {said}")


def _count(suite: Element) -> None:
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(1 for _ in suite.iter(tag))))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in suite.iter('testcase')):.3f}")


def _clean(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)
