"""``footnote documents``: what is in the index."""

from __future__ import annotations

from pathlib import Path

import click

from rag.settings import read_settings
from ui.cli.opening import open_for_reading
from ui.cli.options import index_option, json_option
from ui.render.json_lines import describe_document, to_json


@click.command()
@index_option
@json_option
def documents(index: Path | None, as_json: bool) -> None:
    """List the documents of the index."""
    from ui.render.terminal import render_documents

    records = open_for_reading(read_settings(index=index)).documents()
    if as_json:
        for record in records:
            click.echo(to_json(describe_document(record)))
    elif records:
        click.echo(render_documents(records))
