"""``footnote doctor`` and ``footnote repair``: is all well with Footnote, and what becomes of an index that is not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.errors import FootnoteError, SourceError, UsageError
from rag.settings import Settings, read_settings
from rag.types import Document, Passage
from ui.cli.options import index_option, json_option, to_json

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from rag.index.checks import Embed
    from rag.index.document_records import DocumentRecord
    from rag.index.findings import Finding
    from rag.index.repair import Repair
    from rag.index.salvage import ReadAgain


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

    settings = read_settings(index=index)
    checked: list[Finding] = []

    def show(finding: Finding) -> None:
        finding = replace(finding, detail=_visible(finding.detail), advice=_visible(finding.advice))
        click.echo(to_json(asdict(finding)) if as_json else render_finding(finding))
        if finding.check != USABLE:
            checked.append(finding)

    if deep:
        _find_directory(settings)  # a server's index cannot be examined so: say it before anything is tried
    for findings in (examine_setup(settings), [_examine_reading()], _examine_place(settings, deep, sample)):
        for finding in findings:
            show(finding)
    for finding in find_usable(settings, os.environ):
        show(finding)
    bad = [finding for finding in checked if not finding.ok]
    if bad:
        raise FootnoteError(f"{len(bad)} of {len(checked)} checks failed; {bad[0].advice or bad[0].detail}")


@click.command()
@index_option
@json_option
def repair(index: Path | None, as_json: bool) -> None:
    """Mend a damaged index from its last whole state, or from what is left of it and from the sources."""
    from rag.index.embeddings import build_embeddings

    settings = read_settings(index=index)
    directory = _find_directory(settings)
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
        click.echo(to_json(asdict(outcome)) if as_json else _visible(line))
    click.echo(render_repair(done), err=True)
    lost = [outcome for outcome in done.outcomes if outcome.fate == "lost"]
    if lost:
        raise FootnoteError(f"{len(lost)} of {len(done.outcomes)} documents are lost; each is named above")


def mend_index(
    directory: Path, embeddings: Embeddings, settings: Settings, on_wait: Callable[[], None] | None = None
) -> Repair:
    """Mend the index in a directory, reading its sources again where nothing else is left. Raises as ``repair_index``."""
    from rag.index.repair import repair_index

    with ExitStack() as stack:
        return repair_index(
            directory,
            embeddings,
            splitting=_splitting(embeddings),
            embed=_build_embed(embeddings),
            read_again=_build_reading(embeddings, stack),
            timeout=settings.lock_timeout,
            on_wait=on_wait,
        )


def render_finding(finding: Finding) -> str:
    """One line: whether the check is passed, what was found, and what to do."""
    advice = f"; {finding.advice}" if finding.advice else ""
    return _visible(f"{'ok ' if finding.ok else 'bad'}  {finding.check:10}  {finding.detail}{advice}")


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
            splitting, embed = _splitting(embeddings), _build_embed(embeddings)
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


def _build_embed(embeddings: Any) -> Embed:
    from ingest.split import embedding_texts
    from rag.index.embeddings import build_token_counter

    count_tokens = build_token_counter(embeddings)

    def embed(passages: Sequence[Passage]) -> list[list[float]]:
        vectors: list[list[float]] = embeddings.embed_documents(embedding_texts(passages, count_tokens))
        return vectors

    return embed


def _build_reading(embeddings: Any, stack: ExitStack) -> ReadAgain:
    """What reads a document's source again; the process that parses ends with ``stack``."""
    from ingest.document_building import Prepared, Preparer
    from ingest.sandbox.confined import parsing

    parse_one = stack.enter_context(parsing())

    def read_again(record: DocumentRecord) -> tuple[Document, Sequence[Passage]]:
        preparer = Preparer([record], {}, (), embeddings, parse_one, True)
        prepared = preparer.prepare(Path(record.source))
        if not isinstance(prepared, Prepared):
            raise SourceError(prepared.reason)
        return prepared.document, prepared.passages

    return read_again


def _splitting(embeddings: Any) -> str:
    from ingest.pipeline import splitting_name
    from ingest.split import MAX_TOKENS
    from rag.index.embeddings import token_limit

    return splitting_name(min(MAX_TOKENS, token_limit(embeddings)))


def _find_directory(settings: Settings) -> Path:
    if getattr(settings, "chroma_url", "") and "index" not in settings.model_fields_set:
        raise UsageError("this is for an index in a folder; name it with --index (FOOTNOTE_CHROMA_URL names a server)")
    return settings.index


def _visible(line: str) -> str:
    from ui.render.terminal import visible

    return visible(line)
