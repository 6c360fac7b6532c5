"""``footnote repair``: mend an index that is damaged."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.errors import FootnoteError
from rag.settings import read_settings
from ui.cli.opening import find_directory
from ui.cli.options import index_option, json_option
from ui.render.json_lines import to_json

if TYPE_CHECKING:
    from rag.index.repair import Repair


@click.command()
@index_option
@json_option
def repair(index: Path | None, as_json: bool) -> None:
    """Mend a damaged index from its last whole state, or from what is left of it and from the sources."""
    from ingest.mending import mend_index
    from rag.index.embeddings import build_embeddings
    from ui.render.terminal import visible

    settings = read_settings(index=index)
    directory = find_directory(settings)
    if not directory.is_dir():
        raise FootnoteError(f"no index at '{directory}'; create one with: footnote ingest PATH")
    done = mend_index(
        directory,
        build_embeddings(settings),
        settings,
        lambda: click.echo("another process is writing this index; waiting for it …", err=True),
    )
    for outcome in done.outcomes:
        line = f"{outcome.fate:10}  {outcome.document}" + (f"  ({outcome.reason})" if outcome.reason else "")
        click.echo(to_json(asdict(outcome)) if as_json else visible(line))
    click.echo(render_repair(done), err=True)
    lost = [outcome for outcome in done.outcomes if outcome.fate == "lost"]
    if lost:
        raise FootnoteError(f"{len(lost)} of {len(done.outcomes)} documents are lost; each is named above")


def render_repair(done: Repair) -> str:
    """One line that says what was done."""
    aside = f"; the broken one is kept as {done.broken.name}" if done.broken else ""
    aside += f" ({done.note})" if done.note else ""
    match done.done:
        case "nothing":
            return f"the index is whole (generation {done.generation}): nothing to mend"
        case "went back":
            return f"the index is generation {done.generation} again, which is whole{aside}"
        case _:
            return f"the index was built anew as generation {done.generation}{aside}"
