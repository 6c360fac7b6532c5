"""``footnote ask``: answer a question, or many, one a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from rag.conditions import Condition
from rag.errors import FootnoteError, QuestionError
from rag.settings import read_settings
from rag.types import Answer, Question
from ui.cli.opening import build_chain_for
from ui.cli.options import documents_option, index_option, json_option, where_option
from ui.render.json_lines import to_json

MAX_LINE = 1_000_000
"""Bytes of one line; history makes lines long, but a longer one is a document."""


@click.command()
@click.argument("question")
@documents_option
@where_option
@click.option("--all", "everything", is_flag=True, help="Show all of a long list or section, not only its beginning.")
@click.option("--explain", is_flag=True, help="Also show what was searched and how it scored.")
@index_option
@json_option
def ask(
    question: str,
    documents: tuple[str, ...],
    where: tuple[str, ...],
    everything: bool,
    explain: bool,
    index: Path | None,
    as_json: bool,
) -> None:
    """Answer a question; ``-`` answers one question a line from standard input."""
    from rag.question import read_question, read_where
    from ui.render.terminal import render_answer

    settings, conditions = read_settings(index=index), read_where(where)
    if question != "-":
        read_question(question)  # a question that cannot be asked should not wait for the models
    chain = build_chain_for(settings)

    def render(answer: Answer) -> str:
        return (
            to_json(answer.to_dict()) if as_json else render_answer(answer, explain=explain, bold=sys.stdout.isatty())
        )

    if question != "-":
        asked = Question(question, documents=documents, everything=everything, where=conditions)
        click.echo(render(chain.invoke(asked)))
        return
    bad = 0
    for outcome in answer_lines(sys.stdin.buffer, chain, documents, conditions, everything=everything):
        if isinstance(outcome, Answer):
            click.echo(render(outcome) if as_json else f"{render(outcome)}\n")
        else:
            bad += 1
            click.echo(
                to_json({"id": outcome.id, "error": outcome.reason}) if as_json else f"error: {outcome.reason}\n"
            )
        sys.stdout.flush()
    if bad:
        raise FootnoteError(f"{bad} lines could not be answered; each is marked in the output")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be answered, and why."""

    id: str
    reason: str


def answer_lines(
    lines: Iterable[bytes],
    chain: Any,
    documents: Sequence[str] = (),
    where: Sequence[Condition] = (),
    *,
    everything: bool = False,
) -> Iterator[Answer | BadLine]:
    """One answer for each line that is not empty, in order; what cannot be answered is a ``BadLine``."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        question: Question | None = None
        try:
            question = read_line(line)
            if documents:
                question = replace(question, documents=tuple(documents))
            question = replace(question, everything=everything or question.everything, where=where or question.where)
            yield chain.invoke(question)
        except FootnoteError as error:
            yield BadLine(question.id if question else "", f"line {number}: {error}")


def read_line(line: bytes) -> Question:
    """A question from a line: a JSON object with ``question``, or plain text.

    Raises:
        QuestionError: the line is too long, is not UTF-8, or is an object of another shape.
    """
    from rag.evaluation.formats.questions import parse_question

    if len(line) > MAX_LINE:
        raise QuestionError(f"a line of {len(line):,} bytes; the limit is {MAX_LINE:,}")
    try:
        text = line.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise QuestionError("the line is not UTF-8 text") from None
    if not text.startswith("{"):
        return Question(text)
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise QuestionError("the line starts like a JSON object and is none") from None
    return parse_question(values)
