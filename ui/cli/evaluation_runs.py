"""How ``footnote evaluate`` comes to its answers: documents opened, questions asked, or saved answers read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.errors import UsageError
from rag.settings import Settings
from ui.cli.opening import build_chain_for, progress_bars

MOST_UNLOCATED = 0.25
"""The share of questions with evidence that is not there from which a set is refused: the documents are others, then.
Of the natural questions that were measured with, whose quotes another extraction made, it was an eighth."""

if TYPE_CHECKING:
    from rag.evaluation import Evaluation, Metric, QuestionSet, Unlocated
    from rag.index.passage_index import PassageIndex
    from rag.types import Question


def ask_all(
    settings: Settings,
    found: QuestionSet,
    opened: PassageIndex | None,
    asked: Sequence[Question],
    texts: Mapping[str, str],
    metrics: Mapping[str, Metric],
    depends: Mapping[str, Any],
    about: Mapping[str, Any],
    where: str,
    **kept: Any,
) -> Evaluation:
    """Ask, score, and keep the run where a folder is named, by the keywords of ``rag.evaluation.evaluate``.

    ``where`` says what is asked, for people.
    """
    from rag.evaluation import evaluate as evaluate_answers

    with progress_bars() as on_progress, open_documents(settings, found, opened, asked, on_progress) as searched:
        outcome = evaluate_answers(
            build_chain_for(settings, searched),
            asked,
            texts,
            metrics=metrics,
            settings=depends,
            about=about,
            on_progress=on_progress,
            system="footnote",
            **kept,
        )
    new, seconds = outcome.settings["asked"], outcome.settings["seconds"]
    if outcome.reused:
        click.echo(
            f"{outcome.reused} of {len(asked)} answers were in '{kept['save']}' already; --fresh asks all", err=True
        )
    click.echo(f"{new} questions asked in {seconds:.1f} s, of {where}", err=True)
    return outcome


@contextmanager
def open_documents(
    settings: Settings, found: QuestionSet, opened: PassageIndex | None, asked: Sequence[Question], on_progress: Any
) -> Iterator[PassageIndex]:
    """What is searched: the index, or a throw-away one of the documents that the question set brings."""
    if opened is not None:
        yield opened
        return
    from ingest.question_set_documents import index_documents
    from rag.index.embeddings import build_embeddings
    from rag.index.passage_index import PassageIndex

    # Where each question names its document, no other one is ever searched.
    named = {name for question in asked for name in question.documents}
    every = not all(question.documents for question in asked)
    needed = [document for name, document in found.documents.items() if every or name in named]
    embeddings = build_embeddings(settings)
    with tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True) as folder:
        index_documents(needed, directory=Path(folder), embeddings=embeddings, on_progress=on_progress)
        yield PassageIndex(Path(folder), embeddings)


@contextmanager
def open_files(
    settings: Settings,
    found: QuestionSet,
    documents: Path | None,
    questions: Path,
    split: str | None,
    limit: int | None = None,
    seed: int = 0,
) -> Iterator[PassageIndex | None]:
    """A throw-away index of the files that are asked, where these are named, or lie in 'documents' beside the questions.

    Of those beside them, no more are read than the questions that are asked need.
    """
    from rag.evaluation.run.selection import choose_sample

    beside = questions.parent / "documents"
    asked = choose_sample(found.questions, split=split, limit=limit, seed=seed)
    if documents:
        paths = [documents]
    elif not (paths := [] if found.documents else choose_files(beside, found.questions, asked)):
        yield None
        return
    from ingest.pipeline import ingest_paths
    from rag.index.embeddings import build_embeddings
    from rag.index.passage_index import PassageIndex

    embeddings = build_embeddings(settings)
    with tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True) as folder:
        with progress_bars() as on_progress:
            reports = ingest_paths(
                paths, directory=folder, embeddings=embeddings, settings=settings, on_progress=on_progress
            )
        added = sum(report.status == "added" for report in reports)
        click.echo(f"{added} files of '{documents or beside}' are asked, and nothing in the index", err=True)
        for report in reports:
            if report.status == "failed":
                click.echo(f"{report.source}: {report.reason}", err=True)
        yield PassageIndex(folder, embeddings)


def choose_files(folder: Path, questions: Sequence[Question], asked: Sequence[Question]) -> list[Path]:
    """The files of a folder that lies beside questions which are to be indexed: none where the questions name others.

    A question may name its document itself or in its evidence, by the name of its file, with or without its ending. All
    files are needed where a question that is asked names none to be searched: it is asked of all of them.
    """
    from rag.evaluation.run.selection import list_named

    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    by_name = {name: path for path in files for name in (path.stem, path.name)}
    named = {Path(name).name for question in questions for name in list_named(question)}
    if not files or (named and not named & set(by_name)):
        return []
    if not all(question.documents for question in asked):
        return [folder]
    wanted = {Path(name).name for question in asked for name in question.documents}
    return sorted({by_name[name] for name in wanted if name in by_name}) or [folder]


def describe_asked(opened: PassageIndex | None, found: QuestionSet, settings: Settings, *, files: bool) -> str:
    """What was asked, in words: files that were indexed for this run, the index, or the documents that a set brings."""
    if files:
        return "files"
    return (
        f"the index {settings.chroma_url or repr(str(settings.index))}" if opened else "documents that the set brings"
    )


def tell_unlocated(found: Unlocated, about: dict[str, Any], *, whatever: bool) -> None:
    """Say on stderr, and among the run's facts, what does not stand in the documents.

    Raises:
        QuestionSetError: that concerns so many questions that these seem not to be the documents which are meant.
    """
    from rag.evaluation.formats.json_files import MAX_PROBLEMS, raise_problems

    elsewhere = "; where the files lie that they name: --documents PATH" if found.unknown else ""
    if found.concerned > MOST_UNLOCATED * found.questions and not whatever:
        raise_problems(found.problems, hint=f"to go on without these: --skip-unlocated{elsewhere}")
    about["unlocated"] = {"pieces": len(found.problems), "questions": found.concerned, "left_out": found.left_out}
    for line in found.problems[:MAX_PROBLEMS]:
        click.echo(line, err=True)
    click.echo(
        f"{len(found.problems)} pieces of evidence, of {found.concerned} of {found.questions} questions, are not where "
        f"they should be, and do not count; {found.left_out} questions are left out for it{elsewhere}",
        err=True,
    )


def score_saved(
    answers: Path,
    asked: Sequence[Question],
    texts: Mapping[str, str],
    metrics: Mapping[str, Metric],
    depends: Mapping[str, Any],
    about: Mapping[str, Any],
    declines: Sequence[str],
) -> Evaluation:
    """Score the answers of a folder or a file; they keep the settings under which they were given."""
    from rag.evaluation import load_answers, load_depends, score_answers

    given = load_depends(answers, texts)
    found = load_answers(answers, asked, texts, declines)
    ready = [found[question.id] for question in asked if question.id in found]
    if not ready:
        raise UsageError(f"'{answers}' holds no answer to these questions; ask them with: --save {answers}")
    known = {**about, **(given or {"answers": str(answers)}), "question_set": depends["question_set"]}
    return score_answers(ready, asked, texts, metrics=metrics, settings=known)
