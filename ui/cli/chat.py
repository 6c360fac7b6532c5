"""``footnote chat``: a conversation in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.errors import FootnoteError
from rag.question import tell_reply
from rag.settings import read_settings
from rag.types import Answer, Question
from ui.cli.opening import build_chain_for
from ui.cli.options import documents_option, index_option

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable


@click.command()
@documents_option
@index_option
def chat(documents: tuple[str, ...], index: Path | None) -> None:
    """Talk in the terminal; an empty line or Ctrl-D ends it."""
    from ui.render.terminal import render_answer

    click.echo("loading the model …", err=True)
    chain = build_chain_for(read_settings(index=index))
    click.echo("Ask about your documents. An empty line ends the chat.", err=True)
    history: tuple[tuple[str, str], ...] = ()
    while True:
        try:
            text = click.prompt("\nYou", prompt_suffix=": ", default="", show_default=False, err=True)
        except click.Abort:
            break
        if not text.strip():
            break
        try:
            answer = _ask(chain, Question(text, history=history, documents=documents))
        except FootnoteError as error:
            click.echo(f"{error}", err=True)
            continue
        click.echo(f"\n{render_answer(answer, bold=sys.stdout.isatty())}")
        history = (*history, (text, tell_reply(answer)))


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
