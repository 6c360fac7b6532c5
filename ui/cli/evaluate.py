"""``footnote evaluate``: ask a question set and score the answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.errors import UsageError
from rag.settings import Settings, read_settings
from ui.cli.evaluation_runs import (
    ask_all,
    describe_asked,
    open_files,
    score_saved,
    tell_unlocated,
)
from ui.cli.opening import open_for_reading, open_index
from ui.cli.options import index_option, json_option
from ui.render.json_lines import to_json
from ui.render.run_facts import describe_settings, read_texts

if TYPE_CHECKING:
    from rag.evaluation import Evaluation, Gate, Metric
    from rag.evaluation.metrics.entailment import Judge

PATH = click.Path(path_type=Path)
JUDGES = ("reader", "words")

READER_ACCURACY = "balanced accuracy 75 % on chat models' answers, 69 % on WiCE's test claims, 86 % on FEVER's odd half"
"""Measured by tests/benchmarks/measure_judge.py, at the threshold used here."""

WORDS_SUPPORT = 0.6
"""The weighted share of a sentence's words from which shared words count as entailment."""

VERDICTS = "verdicts.jsonl"
"""The file in a run's folder that keeps what a chat model judged, since it is slow, and may be paid for."""

EXPORTS = ("squad", "ragas", "trec", "trec-documents")


@click.command()
@click.argument("questions", type=PATH)
@click.option("--save", type=PATH, metavar="DIR", help="Keep the run here; one that was ended half-way goes on.")
@click.option("--answers", type=PATH, metavar="DIR", help="Score the answers saved there; nothing is asked.")
@click.option("--metrics", metavar="A,B", help="Only these figures; hit@20 and the like are made as they are named.")
@click.option(
    "--require", "required", multiple=True, metavar="'NAME>=VALUE'", help="Exit 1 unless the figure is that; .8 or 80%."
)
@click.option("--junit", type=PATH, metavar="FILE", help="Write JUnit XML for a build server.")
@click.option(
    "--export", "exports", multiple=True, type=click.Choice(EXPORTS), help="Also write this form into --save."
)
@click.option(
    "--judge",
    metavar="|".join((*JUDGES, "MODEL")),
    help="Also the figures that need one: do citations prove sentences? A chat model also says what is right.",
)
@click.option("--split", type=click.Choice(["develop", "report"]), help="Only the questions of this split.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only a sample of N questions.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which sample that is.")
@click.option("--fresh", is_flag=True, help="Throw away the answers that are in --save, and ask all.")
@click.option("--retry-failed", is_flag=True, help="Ask again what failed in --save.")
@click.option(
    "--skip-unlocated",
    is_flag=True,
    help="Go on, however much of the evidence does not stand in the documents.",
)
@click.option(
    "--declines",
    multiple=True,
    metavar="WORDS",
    help="In --answers of another system: a reply with these words declines.",
)
@click.option(
    "--documents",
    type=PATH,
    metavar="PATH",
    help="Ask these files, and nothing in the index; else 'documents' beside them.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Questions asked at a time.")
@click.option("--document", metavar="ID", help="Ask this document, whatever documents the questions name.")
@click.option("--evidence", type=PATH, metavar="FILE", help="Offsets of the evidence in that document.")
@click.option("--whole", is_flag=True, help="Search all paragraphs of a SQuAD set for each question, not only its own.")
@index_option
@json_option
def evaluate(
    questions: Path,
    save: Path | None,
    answers: Path | None,
    metrics: str | None,
    required: tuple[str, ...],
    junit: Path | None,
    exports: tuple[str, ...],
    judge: str | None,
    split: str | None,
    limit: int | None,
    seed: int,
    jobs: int,
    document: str | None,
    evidence: Path | None,
    whole: bool,
    fresh: bool,
    retry_failed: bool,
    skip_unlocated: bool,
    declines: tuple[str, ...],
    documents: Path | None,
    index: Path | None,
    as_json: bool,
) -> None:
    """Ask a question set and measure the answers.

    QUESTIONS is a file of JSON Lines, SQuAD's JSON, Chroma's questions_df.csv, ragas' JSON Lines or a BEIR folder. A
    set that brings its documents, in itself or as files in a folder 'documents' beside it, is asked of these, and of
    nothing in the index. --answers also takes a file of another system's answers, as ragas and deepeval keep them.
    """
    from rag.evaluation import make_folder, parse_gate, prepare_questions, read_question_set

    settings = read_settings(index=index)
    gates = [parse_gate(words) for words in required]  # a slip should be told before the models are loaded
    chosen = choose_figures(metrics, gates)
    about: dict[str, Any] = {"name": questions.name}
    if judge:
        judged, told = build_judged(judge, settings, save or answers)
        chosen |= judged
        about |= told
    if exports and not save:
        raise UsageError("--export writes into the folder of the run; add: --save DIR")
    found = read_question_set(questions)
    if save:
        make_folder(save)
    if junit:
        make_folder(junit.parent)
    with open_files(settings, found, documents, questions, split, limit, seed) as files:
        opened = files or (None if found.documents else open_for_reading(settings) if answers else open_index(settings))
        texts = read_texts(opened) if opened else found.texts
        asked = prepare_questions(
            found,
            texts,
            document=document,
            evidence=evidence,
            split=split,
            limit=limit,
            seed=seed,
            whole=whole,
            sources={record.id: record.source for record in opened.documents()} if opened else None,
            on_unlocated=partial(tell_unlocated, about=about, whatever=skip_unlocated),
        )
        depends = describe_settings(settings, found, document=document, whole=whole)
        if answers:
            outcome = score_saved(answers, asked, texts, chosen, depends, about, declines)
            if save and save.resolve() == answers.resolve():
                outcome.save_figures(save)
            elif save:
                outcome.save(save)
        else:
            kept = {"save": save, "jobs": jobs, "fresh": fresh, "retry_failed": retry_failed}
            where = describe_asked(opened, found, settings, files=files is not None)
            outcome = ask_all(settings, found, opened, asked, texts, chosen, depends, about, where, **kept)
    finish(outcome, gates, junit=junit, save=save, exports=exports, as_json=as_json)


def choose_figures(names: str | None, gates: Sequence[Gate]) -> dict[str, Metric]:
    """The metrics to compute: those named, or all, and those of the gates."""
    from rag.evaluation import METRICS, choose_metrics

    chosen = dict(METRICS)
    if names is not None:
        chosen = choose_metrics([name.strip() for name in names.split(",") if name.strip()])
        if not chosen:
            raise UsageError("--metrics names no figure; see the README, or leave it out for all")
    return chosen | {gate.metric.name: gate.metric for gate in gates}


def finish(
    outcome: Evaluation,
    gates: Sequence[Gate],
    *,
    junit: Path | None,
    save: Path | None,
    exports: Sequence[str],
    as_json: bool,
) -> None:
    """Show the figures, write what was asked for, and hold the gates."""
    from rag.evaluation import export_run, find_failures, render_junit, write_whole

    failures = find_failures(gates, outcome.scores)
    told = [{"gate": str(gate), "passed": gate not in failures} for gate in gates]
    click.echo(to_json(outcome.to_dict() | ({"gates": told} if told else {})) if as_json else outcome.table)
    if save and exports:
        export_run(save, exports, outcome.questions, outcome.answers, outcome.texts)
    if junit:
        write_whole(junit, render_junit(outcome.questions, outcome.answers, outcome.scores, gates))
    for why in failures.values():
        click.echo(f"footnote: {why}", err=True)
    if failures:
        raise click.exceptions.Exit(1)


def build_judged(name: str, settings: Settings, folder: Path | None) -> tuple[dict[str, Metric], dict[str, Any]]:
    """The figures that need a judge, by name, and what a report says of the judge.

    Args:
        name: one of ``JUDGES``, or a chat model as FOOTNOTE_CHAT_MODEL names it.
        settings: where the chat model is, apart from its name.
        folder: that of the run, where a chat model's verdicts are kept.
    """
    from rag.english.sentences import find_sentences
    from rag.evaluation.metrics.entailment import build_judged_metrics

    judge = _build_judge(name) if name in JUDGES else build_chat_judge(name, settings, folder)
    metrics = {metric.name: metric for metric in build_judged_metrics(judge, find_sentences)}
    told = {"name": judge.name, "accuracy": judge.accuracy or "not measured"}
    return metrics, {"judge": told | ({"prompt": judge.prompt} if judge.prompt else {})}


def build_chat_judge(name: str, settings: Settings, folder: Path | None = None) -> Judge:
    """A chat model as a judge; its verdicts are kept in the folder, where there is one.

    Raises:
        UsageError: the name is that of no judge and of no chat model.
        ModelError: the model cannot be set up.
    """
    from rag.evaluation.metrics.entailment import Judge
    from rag.evaluation.run.verdicts import keep_verdicts
    from rag.llm.chat_model import build_chat_model, find_timeout
    from rag.llm.grading import PROMPT, build_grader

    if ":" not in name and not settings.chat_base_url:
        known = ", ".join(JUDGES)
        raise UsageError(f"no judge is called '{name}'; there are {known}, or name a chat model: provider:model")
    told = settings.model_copy(update={"chat_model": name})
    model = build_chat_model(told)
    assert model is not None
    grade = build_grader(model, name=name, timeout=find_timeout(told))
    kept = keep_verdicts(grade, folder / VERDICTS, depends=f"{name}\n{PROMPT}") if folder else grade
    return Judge(name, kept, reads_questions=True, prompt=PROMPT)


def _build_judge(name: str) -> Judge:
    from rag.cite.judging import SUPPORTED, build_support_estimator
    from rag.cite.support import CitedClaim, measure_support
    from rag.evaluation.metrics.entailment import Judge
    from rag.types import Passage, Span

    if name == "words":
        return Judge("shared words", lambda text, said: measure_support(said, [text]), threshold=WORDS_SUPPORT)
    from rag.reader.span_reader import share_reader

    estimate = build_support_estimator(share_reader(read_settings().engine).judge)

    def judge(text: str, said: str) -> float:
        return estimate([CitedClaim(said, (), (Passage(Span("evidence", 0, max(1, len(text))), text),))])[0].support

    return Judge("the reader's judge of support", judge, READER_ACCURACY, SUPPORTED)
