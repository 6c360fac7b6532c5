"""``footnote verify``: do the citations of saved answers still stand?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from rag.settings import read_settings
from ui.cli.opening import open_for_reading
from ui.cli.options import index_option, json_option
from ui.render.json_lines import to_json


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@index_option
@json_option
def verify(file: Path, index: Path | None, as_json: bool) -> None:
    """Check the citations of saved answers against the documents as they are now.

    FILE is a conversation that the page saved as JSON, or lines of `footnote ask --json`; `-` reads standard input.
    Each citation stands, has moved, is changed (the document is there, the quote is not) or gone (no such document);
    exit status 1 when one is changed or gone.
    """
    from ui.cli.citation_checks import check_answers, load_answers, render_check, render_counts

    answers = load_answers(file)
    checks = []
    for check in check_answers(answers, open_for_reading(read_settings(index=index))):
        checks.append(check)
        click.echo(to_json(asdict(check)) if as_json else render_check(check))
    click.echo(render_counts(checks, len(answers)), err=True)
    if any(check.status in ("changed", "gone") for check in checks):
        click.get_current_context().exit(1)
