"""``footnote ingest``: bring files and web pages into the index, once or as they change."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.conditions import Value
from rag.errors import FootnoteError
from rag.settings import Settings, read_settings
from ui.cli.opening import progress_bars
from ui.cli.options import index_option, json_option, metadata_option, read_told
from ui.render.json_lines import to_json

if TYPE_CHECKING:
    from ingest.embedding import Progress
    from ingest.report import SourceReport

Ingest = Callable[[Sequence[str], bool, "Progress | None"], "list[SourceReport]"]


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())  # as texts: an empty Path would be the current folder
@click.option("--rebuild", is_flag=True, help="Start the index afresh and read every known source again.")
@click.option("--prune", is_flag=True, help="Take out the documents whose files are gone from the named folders.")
@click.option("--watch", is_flag=True, help="Keep the index as the named folders are, until Ctrl-C; a line an event.")
@click.option("--explain", is_flag=True, help="List what of each file was left out, and why.")
@metadata_option
@index_option
@json_option
def ingest(
    paths: tuple[str, ...],
    rebuild: bool,
    prune: bool,
    watch: bool,
    explain: bool,
    meta: tuple[str, ...],
    index: Path | None,
    as_json: bool,
) -> None:
    """Bring files, folders of files, and web pages (https://...) into the index."""
    from ingest.loaders import READ
    from ingest.report import sum_up
    from ui.render.terminal import render_left_out, render_report, render_totals

    if not paths and not rebuild:
        raise click.UsageError("name at least one file, folder or web address")
    if watch and (rebuild or not all(Path(path).is_dir() for path in paths)):
        raise click.UsageError("--watch is for folders, and not for --rebuild")
    settings = read_settings(index=index)
    run = _build_ingest(settings, rebuild, read_told(meta))

    def show(report: SourceReport) -> None:
        click.echo(to_json(asdict(report) | {"words_kept": report.words_kept}) if as_json else render_report(report))
        if explain and not as_json:
            click.echo("".join(f"{line}\n" for line in render_left_out(report)), nl=False)

    if watch:
        _watch(paths, run, show, prune)
        return
    started = time.perf_counter()
    with progress_bars() as on_progress:
        reports = run(paths, prune, on_progress)
    for report in reports:
        show(report)
    failed = [report for report in reports if report.status == "failed"]
    if not any(report.document or report.status != "skipped" for report in reports):
        raise FootnoteError(f"no readable file among what was named; Footnote reads {READ}")
    click.echo(render_totals(sum_up(reports), time.perf_counter() - started), err=True)
    if failed:
        others = "; the others are in the index" if len(failed) < len(reports) else ""
        raise FootnoteError(f"{len(failed)} of {len(reports)} sources failed{others}")


def _build_ingest(settings: Settings, rebuild: bool, told: dict[str, Value | None] | None) -> Ingest:
    """What brings sources into the index, the model loaded once; whether those that are gone are taken out is said each time."""
    from ingest.pipeline import ingest_paths
    from rag.index.embeddings import build_embeddings

    embeddings = build_embeddings(settings)

    def run(paths: Sequence[str], prune: bool, on_progress: Progress | None = None) -> list[SourceReport]:
        return ingest_paths(
            paths,
            directory=settings.location,
            embeddings=embeddings,
            settings=settings,
            on_progress=on_progress,
            on_wait=lambda: click.echo("another process is writing this index; waiting for it …", err=True),
            rebuild=rebuild,
            prune=prune,
            metadata=told,
        )

    return run


def _watch(paths: Sequence[str], run: Ingest, show: Callable[[SourceReport], None], prune: bool) -> None:
    """Keep the index as folders are, until somebody ends it."""
    from ingest.watching import Changes, watch_folders

    def handle(changes: Changes) -> None:
        if changes.gone and prune:
            reports = run(paths, True, None)
        elif changes.ready:
            reports = run(changes.ready, False, None)
        else:
            reports = []
        for report in reports:
            if report.status not in ("unchanged", "skipped"):
                show(report)

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what is being written is dropped
    click.echo(f"watching {', '.join(paths)} (Ctrl-C ends it)", err=True)
    try:
        watch_folders([Path(path) for path in paths], handle, lambda line: click.echo(f"footnote: {line}", err=True))
    except KeyboardInterrupt:
        click.echo("no longer watching; the index is as the last line says", err=True)
    finally:
        signal.signal(signal.SIGTERM, before)
