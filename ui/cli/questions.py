"""The verbs for question sets: ``questions check`` finds all that is wrong with one, ``questions draft`` begins one."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.errors import FootnoteError, IndexUnavailable, ModelError
from rag.settings import Settings, read_settings
from ui.cli.opening import open_for_reading
from ui.cli.options import index_option, json_option
from ui.render.json_lines import to_json

if TYPE_CHECKING:
    from rag.evaluation import QuestionSet
    from rag.types import Document, Question

PATH = click.Path(path_type=Path)
EVERY = sys.maxsize
"""Of the problems of a file, when it is checked."""


@click.group()
def questions() -> None:
    """Check and draft question sets."""


@questions.command()
@click.argument("file", type=PATH)
@click.option("--document", metavar="ID", help="Check against this document, whatever documents the questions name.")
@click.option("--evidence", type=PATH, metavar="FILE", help="Offsets of the evidence in that document.")
@index_option
@json_option
def check(file: Path, document: str | None, evidence: Path | None, index: Path | None, as_json: bool) -> None:
    """Tell all that is wrong with a question set, or count what is in it.

    Evidence is looked for in the documents that the set brings, in itself or as files in a folder 'documents' beside it,
    else in those of the index. Exits with 2 where something is wrong.
    """
    from rag.evaluation import prepare_questions, read_question_set
    from rag.evaluation.formats.json_files import raise_problems
    from ui.cli.evaluation_runs import open_files
    from ui.render.run_facts import read_texts

    found = read_question_set(file, most_problems=EVERY)
    settings, sources = read_settings(index=index), dict[str, str]()
    texts = found.texts
    with open_files(settings, found, None, file, None) as opened:
        if not texts and (document or any(question.evidence or question.documents for question in found.questions)):
            try:
                opened = opened or open_for_reading(settings)
            except IndexUnavailable:  # then what is wrong with the lines can be told nevertheless
                raise_problems(found.problems, EVERY)
                raise
            texts, sources = read_texts(opened), {record.id: record.source for record in opened.documents()}
    ready = prepare_questions(found, texts, document=document, evidence=evidence, most_problems=EVERY, sources=sources)
    counts = count_questions(found, ready)
    if as_json:
        click.echo(to_json(counts))
        return
    for name, value in counts.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {count:,}" for key, count in value.items())
        click.echo(f"{name.replace('_', ' '):12}  {value if isinstance(value, str) else f'{value:,}'}".rstrip())


@questions.command()
@click.argument("document")
@click.option("-n", "count", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many, at most.")
@index_option
def draft(document: str, count: int, index: Path | None) -> None:
    """Draft questions about a document, with their evidence, as JSON Lines on standard output.

    The configured chat model writes them; without one, they are made by rules from sentences with names, numbers and
    dates. All have the tag "draft": read each one, and take the tag away, before you measure with it.
    """
    from rag.english.sentences import find_sentences
    from rag.evaluation.formats.drafts import draft_by_rules, write_drafts

    settings = read_settings(index=index)
    source = open_for_reading(settings).document(document)
    sentences = find_sentences(source.text)
    made = (
        draft_with_model(settings, source, sentences, count)
        if settings.uses_chat_model
        else draft_by_rules(source, sentences, count)
    )
    if not made:
        raise FootnoteError(f"no question could be drafted from '{document}'")
    click.echo(write_drafts(made), nl=False)
    click.echo(f"{len(made)} drafts, not yet read by a person", err=True)


def count_questions(found: QuestionSet, ready: Sequence[Question]) -> dict[str, str | int | dict[str, int]]:
    """What is in a question set: how many questions, of which kind, by split and by tag."""
    kinds = Counter(
        "with answers" if question.answers or question.must else "open" if question.answers is None else "unanswerable"
        for question in ready
    )
    return {
        "format": found.format,
        "digest": found.digest,
        "questions": len(ready),
        "documents": len(found.documents),
        "answers": dict(kinds),
        "with_evidence": sum(bool(question.evidence) for question in ready),
        "follow_ups": sum(bool(question.history) for question in ready),
        "kinds": _count(question.kind for question in ready if question.kind),
        "splits": _count(question.split or "none" for question in ready),
        "tags": _count(tag for question in ready for tag in question.tags),
        "other_keys": dict(sorted(found.other_keys.items())),
    }


def draft_with_model(
    settings: Settings, document: Document, sentences: Sequence[tuple[int, int]], count: int
) -> list[Question]:
    """Drafts by the chat model; what it wrote and cannot be used is told on stderr."""
    from rag.evaluation.formats.drafts import draft_by_model
    from rag.llm.chat_model import build_chat_model
    from rag.llm.streaming import stream_text

    model = build_chat_model(settings)
    assert model is not None
    from langchain_core.messages import HumanMessage

    def write(prompt: str) -> str:
        try:
            return "".join(stream_text(model, [HumanMessage(prompt)], timeout=settings.chat_timeout))
        except ModelError as error:
            raise ModelError(f"the chat model could not draft questions: {error}") from None

    made, thrown = [], Counter[str]()
    for question, why in draft_by_model(document, sentences, count, write):
        if question is None:
            thrown[why] += 1
        else:
            made.append(question)
    for why, times in thrown.items():
        click.echo(f"thrown away {times} x: {why}", err=True)
    return made


def _count(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
