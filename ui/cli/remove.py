"""``footnote remove``: take a document out of the index."""

from __future__ import annotations

from pathlib import Path

import click

from rag.settings import read_settings
from ui.cli.options import index_option, json_option
from ui.render.json_lines import to_json


@click.command()
@click.argument("document")
@index_option
@json_option
def remove(document: str, index: Path | None, as_json: bool) -> None:
    """Take a document out of the index."""
    from ingest.pipeline import remove_document
    from rag.index.embeddings import build_embeddings

    settings = read_settings(index=index)
    remove_document(document, directory=settings.location, embeddings=build_embeddings(settings), settings=settings)
    click.echo(to_json({"document": document, "status": "removed"}) if as_json else f"removed  {document}")
