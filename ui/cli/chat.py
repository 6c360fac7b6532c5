"""``footnote chat``: a conversation in the terminal."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.errors import FootnoteError
from rag.question import read_where, tell_reply
from rag.settings import read_settings
from rag.types import Answer, Question
from ui.cli.opening import build_chain_for
from ui.cli.options import documents_option, index_option, where_option

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable


@click.command()
@documents_option
@where_option
@click.option(
    "--all", "everything", is_flag=True, help="Show all of long lists and sections, not only their beginnings."
)
@index_option
def chat(documents: tuple[str, ...], where: tuple[str, ...], everything: bool, index: Path | None) -> None:
    """Talk in the terminal; an empty line or Ctrl-D ends it.

    After an answer that leaves something out, --all alone asks the last question again for all of it.
    """
    from ui.render.terminal import render_answer

    conditions = read_where(where)
    click.echo("loading the model …", err=True)
    chain = build_chain_for(read_settings(index=index))
    click.echo("Ask about your documents. An empty line ends the chat.", err=True)
    history: tuple[tuple[str, str], ...] = ()
    last: Question | None = None
    while True:
        try:
            text = click.prompt("\nYou", prompt_suffix=": ", default="", show_default=False, err=True)
        except click.Abort:
            break
        if not text.strip():
            break
        question = Question(text, history=history, documents=documents, everything=everything, where=conditions)
        if text.strip() == "--all" and last is not None:
            question = replace(last, everything=True)
            history = last.history
        try:
            answer = _ask(chain, question)
        except FootnoteError as error:
            click.echo(f"{error}", err=True)
            continue
        click.echo(f"\n{render_answer(answer, bold=sys.stdout.isatty())}")
        history, last = (*history, (question.text, tell_reply(answer))), question


def _ask(chain: Runnable[str | Question, Answer], question: Question) -> Answer:
    """The answer; what the reader found is shown, aside, while a slow chat model reads."""
    from rag.answer.writing import EVIDENCE
    from ui.render.terminal import render_answer

    last, is_shown = None, False
    for answer in chain.stream(question):
        if not is_shown and EVIDENCE in answer.notes:
            click.echo(f"\n{render_answer(answer)}", err=True)
            is_shown = True
        last = answer
    if last is None:
        raise FootnoteError("there is no answer; ask again")
    return last
