"""``footnote doctor``: is all well with Footnote and its index, and what else could write answers here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.errors import FootnoteError
from rag.settings import Settings, read_settings
from ui.cli.opening import find_directory
from ui.cli.options import index_option, json_option
from ui.render.json_lines import to_json

if TYPE_CHECKING:
    from rag.index.findings import Finding


@click.command()
@click.option("--deep", is_flag=True, help="Also embed a sample of passages anew and compare.")
@click.option("--sample", type=click.IntRange(1, 10_000), default=32, show_default=True, help="Size of that sample.")
@index_option
@json_option
def doctor(deep: bool, sample: int, index: Path | None, as_json: bool) -> None:
    """Examine what Footnote runs on, and the index; say what else could write answers here.

    One line a check; exit status 1 when one of them fails. A chat model that is set is asked for one word.
    """
    from rag.doctor import USABLE, examine_setup, find_usable
    from ui.render.terminal import visible

    settings = read_settings(index=index)
    checked: list[Finding] = []

    def show(finding: Finding) -> None:
        finding = replace(finding, detail=visible(finding.detail), advice=visible(finding.advice))
        click.echo(to_json(asdict(finding)) if as_json else render_finding(finding))
        if finding.check != USABLE:
            checked.append(finding)

    if deep:
        find_directory(settings)  # a server's index cannot be examined so: say it before anything is tried
    for findings in (examine_setup(settings), [_examine_reading()], _examine_place(settings, deep, sample)):
        for finding in findings:
            show(finding)
    for finding in find_usable(settings, os.environ):
        show(finding)
    bad = [finding for finding in checked if not finding.ok]
    if bad:
        raise FootnoteError(f"{len(bad)} of {len(checked)} checks failed; {bad[0].advice or bad[0].detail}")


def render_finding(finding: Finding) -> str:
    """One line: whether the check is passed, what was found, and what to do."""
    from ui.render.terminal import visible

    advice = f"; {finding.advice}" if finding.advice else ""
    return visible(f"{'ok ' if finding.ok else 'bad'}  {finding.check:10}  {finding.detail}{advice}")


def _examine_reading() -> Finding:
    """Whether what reads files is locked in; that a system cannot do it is no fault of Footnote's, and so no failure."""
    from ingest.sandbox.confined import describe_protections
    from rag.index.findings import Finding

    missing = describe_protections().missing
    if not missing:
        return Finding("reading", True, "files are read in a process that the system locks in")
    detail = f"this system cannot fully lock in what reads files ({', '.join(missing)})"
    return Finding("reading", True, detail, "run Footnote as a user of its own")


def _examine_place(settings: Settings, deep: bool, sample: int) -> Iterator[Finding]:
    """Examine the index in its folder, or see whether the server answers that holds it."""
    from ingest.mending import build_embed, name_splitting
    from rag.doctor import check_server
    from rag.errors import ModelError, NoIndexError
    from rag.index.embeddings import build_embeddings
    from rag.index.examination import examine_index
    from rag.index.findings import Finding
    from rag.index.generations import find_generations

    location = settings.location
    if not isinstance(location, Path):
        yield check_server(location)
        return
    splitting, embed = "", None
    if deep and find_generations(location):  # a wrong folder should be told before the model is loaded
        try:
            embeddings = build_embeddings(settings)
            splitting, embed = name_splitting(embeddings), build_embed(embeddings)
        except ModelError as error:
            what, _, advice = str(error).rpartition("; ")
            yield Finding("embeddings", False, what, advice)
    try:
        yield from examine_index(
            location, embedding_model=settings.embedding_model, splitting=splitting, embed=embed, sample=sample
        )
    except NoIndexError as error:
        what, _, advice = str(error).rpartition("; ")
        yield Finding("index", False, what, advice)
