"""``footnote search``: the passages that fit a question best, without an answer."""

from __future__ import annotations

from pathlib import Path

import click

from rag.settings import read_settings
from ui.cli.opening import open_index
from ui.cli.options import documents_option, index_option, json_option, where_option
from ui.render.json_lines import to_json


@click.command()
@click.argument("question")
@click.option("-k", "count", type=click.IntRange(1, 100), help="How many passages.")
@documents_option
@where_option
@index_option
@json_option
def search(
    question: str,
    count: int | None,
    documents: tuple[str, ...],
    where: tuple[str, ...],
    index: Path | None,
    as_json: bool,
) -> None:
    """Show the passages that fit a question best."""
    from rag.index.metadata import require_documents
    from rag.question import read_question, read_where
    from rag.reader.reranking import build_ranker
    from rag.reader.span_reader import share_reader
    from rag.retrieve.hybrid import find_passages
    from ui.render.terminal import render_passages

    settings = read_settings(index=index)
    text, conditions = read_question(question).text, read_where(where)
    opened = open_index(settings)
    if conditions:  # what fits nothing is a slip, more often than not
        require_documents([each for each in opened.documents() if not documents or each.id in documents], conditions)
    found = find_passages(text, [opened], count=count or settings.passages, documents=documents, where=conditions)
    found = build_ranker(share_reader(settings.engine))(text, found)
    if as_json:
        for scored in found:
            span = scored.passage.span
            place = {"document": span.document_id, "start": span.start, "end": span.end, "score": scored.score}
            told = {"heading": scored.passage.heading, "metadata": dict(scored.passage.metadata)}
            click.echo(to_json(place | told | {"text": scored.passage.text}))
    else:
        click.echo(render_passages(found))
