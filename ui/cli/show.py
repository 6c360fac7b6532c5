"""``footnote show``: a document's text."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rag.settings import read_settings
from ui.cli.opening import open_for_reading
from ui.cli.options import index_option
from ui.render.json_lines import describe_structure, to_json


@click.command()
@click.argument("document")
@click.option("--json", "as_json", is_flag=True, help="Print its text, headings, pages, lists and tables as JSON.")
@index_option
def show(document: str, as_json: bool, index: Path | None) -> None:
    """Print a document's cleaned text, exactly; all offsets refer to it."""
    found = open_for_reading(read_settings(index=index)).document(document)
    if as_json:
        click.echo(to_json(describe_structure(found)))
    else:
        sys.stdout.write(found.text)
