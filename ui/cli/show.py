"""``footnote show``: a document's text."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rag.settings import read_settings
from ui.cli.opening import open_for_reading
from ui.cli.options import index_option


@click.command()
@click.argument("document")
@index_option
def show(document: str, index: Path | None) -> None:
    """Print a document's cleaned text, exactly; all offsets refer to it."""
    sys.stdout.write(open_for_reading(read_settings(index=index)).document(document).text)
