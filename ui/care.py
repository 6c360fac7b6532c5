"""``footnote doctor`` and ``footnote repair``: is the index whole, and what becomes of one that is not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.errors import FootnoteError, SourceError, UsageError
from rag.settings import Settings, read_settings
from rag.types import Document, Passage
from ui.options import index_option, json_option, to_json

if TYPE_CHECKING:
    from rag.examination import Embed, Finding
    from rag.records import DocumentRecord
    from rag.repair import ReadAgain, Repair


@click.command()
@click.option("--deep", is_flag=True, help="Also embed a sample of passages anew and compare.")
@click.option("--sample", type=click.IntRange(1, 10_000), default=32, show_default=True, help="Size of that sample.")
@index_option
@json_option
def doctor(deep: bool, sample: int, index: Path | None, as_json: bool) -> None:
    """Examine the index: one line a check. Exit status 1 when one of them fails."""
    from rag.doctor import examine_index

    settings = read_settings(index=index)
    directory = _find_directory(settings)
    splitting, embed = "", None
    if deep:
        from rag.generations import find_generations
        from rag.models import build_embeddings

        if find_generations(directory):  # a wrong folder should be told before the model is loaded
            embeddings = build_embeddings(settings)
            splitting, embed = _splitting(embeddings), _build_embed(embeddings)
    findings = examine_index(
        directory, embedding_model=settings.embedding_model, splitting=splitting, embed=embed, sample=sample
    )
    for finding in findings:
        click.echo(to_json(asdict(finding)) if as_json else render_finding(finding))
    bad = [finding for finding in findings if not finding.ok]
    if bad:
        raise FootnoteError(f"{len(bad)} of {len(findings)} checks failed; {bad[0].advice}")


@click.command()
@index_option
@json_option
def repair(index: Path | None, as_json: bool) -> None:
    """Mend a damaged index from its last whole state, or from what is left of it and from the sources."""
    from rag.models import build_embeddings
    from rag.repair import repair_index

    settings = read_settings(index=index)
    directory = _find_directory(settings)
    if not directory.is_dir():
        raise FootnoteError(f"no index at '{directory}'; create one with: footnote ingest PATH")
    embeddings = build_embeddings(settings)
    with ExitStack() as stack:
        done = repair_index(
            directory,
            embeddings,
            splitting=_splitting(embeddings),
            embed=_build_embed(embeddings),
            read_again=_build_reading(embeddings, stack),
            timeout=settings.lock_timeout,
            on_wait=lambda: click.echo("another process is writing this index; waiting for it …", err=True),
        )
    for outcome in done.outcomes:
        line = f"{outcome.fate:10}  {outcome.document}" + (f"  ({outcome.reason})" if outcome.reason else "")
        click.echo(to_json(asdict(outcome)) if as_json else _visible(line))
    click.echo(render_repair(done), err=True)
    lost = [outcome for outcome in done.outcomes if outcome.fate == "lost"]
    if lost:
        raise FootnoteError(f"{len(lost)} of {len(done.outcomes)} documents are lost; each is named above")


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


def _build_embed(embeddings: Any) -> Embed:
    from ingest.split import embedding_texts
    from rag.models import build_token_counter

    count_tokens = build_token_counter(embeddings)

    def embed(passages: Sequence[Passage]) -> list[list[float]]:
        vectors: list[list[float]] = embeddings.embed_documents(embedding_texts(passages, count_tokens))
        return vectors

    return embed


def _build_reading(embeddings: Any, stack: ExitStack) -> ReadAgain:
    """What reads a document's source again; the process that parses ends with ``stack``."""
    from ingest.confined import parsing
    from ingest.prepare import Prepared, Preparer

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
    from rag.models import token_limit

    return splitting_name(min(MAX_TOKENS, token_limit(embeddings)))


def _find_directory(settings: Settings) -> Path:
    if getattr(settings, "chroma_url", "") and "index" not in settings.model_fields_set:
        raise UsageError("this is for an index in a folder; name it with --index (FOOTNOTE_CHROMA_URL names a server)")
    return settings.index


def _visible(line: str) -> str:
    from ui.terminal import visible

    return visible(line)
