"""``footnote ingest``: bring files into the index."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import click

from rag.errors import FootnoteError
from rag.settings import read_settings
from ui.cli.opening import progress_bars
from ui.cli.options import index_option, json_option
from ui.render.json_lines import to_json


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())  # as texts: an empty Path would be the current folder
@click.option("--rebuild", is_flag=True, help="Start the index afresh and read every known source again.")
@click.option("--prune", is_flag=True, help="Take out the documents whose files are gone from the named folders.")
@click.option("--explain", is_flag=True, help="List what of each file was left out, and why.")
@index_option
@json_option
def ingest(
    paths: tuple[str, ...], rebuild: bool, prune: bool, explain: bool, index: Path | None, as_json: bool
) -> None:
    """Bring files, and folders of files, into the index."""
    from ingest.loaders import READ
    from ingest.pipeline import ingest_paths
    from ingest.report import sum_up
    from rag.index.embeddings import build_embeddings
    from ui.render.terminal import render_left_out, render_report, render_totals

    if not paths and not rebuild:
        raise click.UsageError("name at least one file or folder")
    settings = read_settings(index=index)
    started = time.perf_counter()
    with progress_bars() as on_progress:
        reports = ingest_paths(
            paths,
            directory=settings.location,
            embeddings=build_embeddings(settings),
            settings=settings,
            on_progress=on_progress,
            on_wait=lambda: click.echo("another process is writing this index; waiting for it …", err=True),
            rebuild=rebuild,
            prune=prune,
        )
    for report in reports:
        click.echo(to_json(asdict(report) | {"words_kept": report.words_kept}) if as_json else render_report(report))
        if explain and not as_json:
            click.echo("".join(f"{line}\n" for line in render_left_out(report)), nl=False)
    failed = [report for report in reports if report.status == "failed"]
    if not any(report.document or report.status != "skipped" for report in reports):
        raise FootnoteError(f"no readable file among what was named; Footnote reads {READ}")
    click.echo(render_totals(sum_up(reports), time.perf_counter() - started), err=True)
    if failed:
        raise FootnoteError(f"{len(failed)} of {len(reports)} sources failed; the others are in the index")
