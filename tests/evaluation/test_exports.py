"""A run in the forms of other tools: they read it, and come to the figures that are given here."""

from __future__ import annotations

import json
import random
from pathlib import Path
from statistics import fmean

import ir_measures
import pytest
from made_run import DOCUMENT, FROZE, TEXTS, make_hostile_run, make_run

from rag.errors import UsageError
from rag.evaluation.formats import load_questions
from rag.evaluation.metrics.cases import Case
from rag.evaluation.metrics.table import choose_metrics
from rag.evaluation.report.exports import EXPORTS, export_run
from rag.types import Answer, Evidence, Passage, Question, ScoredPassage, ShortAnswer, Span

ODD_IDS = [
    "a b",
    "a_b",
    "a\tb",
    "a\nb",
    "a\u2028b",
    "a%20b",
    " ",
    "\u00a0",
    "é🌉",
    "\x00",
    "\x1c",
    "Q0",
    "#1",
    '"',
    "\ud800",
]
"""Ids that are all different, and that columns parted by white space would take for one another."""

PAGES = {
    "rye bread": "".join(f"Loaf {at:02}. " for at in range(40)),
    "rye_bread": "".join("Crumbs, " for _ in range(40)),
}
SIZE = 8
"""Characters of a passage of these pages."""

THEIRS = {
    "hit@1": ir_measures.Success @ 1,
    "hit@5": ir_measures.Success @ 5,
    "mrr": ir_measures.RR,
    "ndcg@5": ir_measures.nDCG @ 5,
    "ndcg@10": ir_measures.nDCG @ 10,
    "recall@5": ir_measures.R @ 5,
}


def retrieve(question: Question, *spans: Span) -> Answer:
    passages = tuple(
        ScoredPassage(Passage(span, PAGES[span.document_id][span.start : span.end]), 0.5) for span in spans
    )
    return Answer(question.text, "Rye.", id=question.id, passages=passages)


def make_random_run(seed: int) -> tuple[list[Question], list[Answer]]:
    """Passages that partition two documents, retrieved at random; the evidence lies across them."""
    rng = random.Random(seed)
    passages = [Span(name, at, at + SIZE) for name, text in PAGES.items() for at in range(0, len(text) - SIZE, SIZE)]
    questions, answers = [], []
    for name in [*ODD_IDS, *(f"q{at}" for at in range(60))]:
        starts = [(rng.choice(list(PAGES)), rng.randrange(200)) for _ in range(rng.randrange(1, 4))]
        gold = tuple(Span(page, start, start + rng.randrange(1, 30)) for page, start in starts)
        questions.append(Question("Which loaf?", name, evidence=gold))
        found = rng.sample(passages, rng.randrange(13))
        near = [span for span in passages if any(span.overlap(piece) for piece in gold) and span not in found]
        found[rng.randrange(len(found) + 1) : 0] = near[: rng.randrange(3)]
        answers.append(retrieve(questions[-1], *found))
    return questions, answers


def export(folder: Path, name: str, run: tuple[list[Question], list[Answer]], texts: dict[str, str]) -> dict[str, str]:
    """The files of one form, by name."""
    written = export_run(folder, [name], *run, texts)
    return {path.name: path.read_bytes().decode("utf-8") for path in written}


@pytest.mark.parametrize("seed", range(3))
def test_trec_tools_come_to_our_figures(tmp_path: Path, seed: int) -> None:
    run = make_random_run(seed)
    export_run(tmp_path, ["trec"], *run, PAGES)
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels.trec")))
    scored = list(ir_measures.read_trec_run(str(tmp_path / "run.trec")))
    assert len({judged.query_id for judged in qrels}) == len(run[0]), "no question is taken for another"
    theirs = ir_measures.calc_aggregate(THEIRS.values(), qrels, scored)
    cases = [Case(question, answer, PAGES) for question, answer in zip(*run, strict=True)]
    assert any(0 < sum(case.relevant) < case.relevant_total for case in cases)
    for name, metric in choose_metrics(list(THEIRS)).items():
        ours = fmean(as_number(metric.measure(case)) for case in cases)
        # Every question counts, as with trec_eval -c: one for which nothing was retrieved scores 0.
        assert theirs[THEIRS[name]] == pytest.approx(ours, abs=1e-9), name
        assert 0 < ours < 1, name


def as_number(value: float | tuple[float, float] | None) -> float:
    assert not isinstance(value, tuple), "a metric of ranks is one number a question"
    return value or 0.0


def test_trec_figures_over_documents_rank_a_document_where_its_first_passage_is(tmp_path: Path) -> None:
    asked = [Question("?", name, evidence=(Span("rye_bread", 0, 320),)) for name in ("one two", "one_two")]
    bread = [Span("rye bread", at, at + SIZE) for at in (8, 0)]
    crumbs = [Span("rye_bread", at, at + SIZE) for at in (16, 24)]
    answers = [retrieve(asked[0], *bread, *crumbs), retrieve(asked[1], crumbs[0], *bread, crumbs[1])]
    files = export(tmp_path, "trec-documents", (asked, answers), PAGES)
    assert [line.split()[:4] for line in files["documents.run.trec"].splitlines()] == [
        ["one%20two", "Q0", "rye%20bread", "1"],
        ["one%20two", "Q0", "rye_bread", "2"],
        ["one_two", "Q0", "rye_bread", "1"],
        ["one_two", "Q0", "rye%20bread", "2"],
    ]
    qrels = ir_measures.read_trec_qrels(str(tmp_path / "documents.qrels.trec"))
    run = ir_measures.read_trec_run(str(tmp_path / "documents.run.trec"))
    figures = {figure.query_id: figure.value for figure in ir_measures.iter_calc([ir_measures.RR], qrels, run)}
    assert figures == {"one%20two": 0.5, "one_two": 1.0}


def test_what_was_not_retrieved_is_judged_so_that_it_is_missed(tmp_path: Path) -> None:
    asked = Question("?", "q", evidence=(Span("rye bread", 0, 4), Span("rye bread", 100, 104)))
    without = Question("Nothing is known of its evidence?", "u")
    broken = Question("?", "gone", evidence=(Span("rye bread", 0, 4),))
    answers = [retrieve(asked, Span("rye bread", 0, 8)), retrieve(without, Span("rye bread", 0, 8))]
    files = export(tmp_path, "trec", ([asked, without, broken], answers), PAGES)
    assert files["run.trec"] == "q Q0 rye%20bread:0-8 1 1.000000 footnote\n"
    assert files["qrels.trec"].splitlines() == [
        "q 0 rye%20bread:0-8 1",
        "q 0 missed-0:rye%20bread:100-104 1",
        "gone 0 missed-0:rye%20bread:0-4 1",
    ]


def test_squad_predictions_are_empty_where_nothing_was_answered_and_carry_no_markers(tmp_path: Path) -> None:
    questions, answers = make_run()
    questions.append(Question("Was it ever asked?", "never answered", answers=("no",)))
    short = Answer("?", "It froze in January. [1]", id="short", short_answer=ShortAnswer("January", FROZE))
    values = json.loads(export(tmp_path, "squad", (questions, [*answers, short]), TEXTS)["predictions.json"])
    assert list(values) == [question.id for question in questions], "every question, and no other"
    assert {name for name, text in values.items() if not text} == {"too shy", "modest", "broken", "never answered"}
    assert values["right"].strip() == "It froze in January."
    assert values["guess"] == "Eight."
    questions.append(Question("When?", "short"))
    values = json.loads(export(tmp_path, "squad", (questions, [short]), TEXTS)["predictions.json"])
    assert values["short"] == "January"


def test_ids_are_kept_as_they_are_where_the_form_is_json(tmp_path: Path) -> None:
    questions = [Question("Which loaf?", name, answers=("Rye",)) for name in ODD_IDS]
    run = (questions, [retrieve(question) for question in questions])
    assert list(json.loads(export(tmp_path, "squad", run, PAGES)["predictions.json"])) == ODD_IDS
    lines = export(tmp_path, "ragas", run, PAGES)["ragas.jsonl"].split("\n")
    assert [json.loads(line)["id"] for line in lines[:-1]] == ODD_IDS and lines[-1] == ""


def test_ragas_samples_hold_what_was_said_found_and_wanted(tmp_path: Path) -> None:
    samples = {
        sample["id"]: sample
        for sample in map(json.loads, export(tmp_path, "ragas", make_run(), TEXTS)["ragas.jsonl"].splitlines())
    }
    assert samples["astray"] == {
        "id": "astray",
        "user_input": "What about astray?",
        "response": "May. ",
        "retrieved_contexts": ["The harbour froze in January.", "The boats stayed where they were until March."],
        "reference": "March",
        "reference_contexts": ["The boats stayed where they were until March."],
    }
    assert set(samples["broken"]) == {"id", "user_input", "reference", "reference_contexts"}, "a failure says nothing"
    assert set(samples["modest"]) == {"id", "user_input", "response", "retrieved_contexts"}


def test_exported_ragas_samples_load_again(tmp_path: Path) -> None:
    questions, answers = make_run()
    blank = Question("Evidence of white space?", "blank", evidence=(Span("harbour", DOCUMENT.index(" "), 4), FROZE))
    foreign = Question("Evidence of a text that is not here?", "foreign", evidence=(Span("lost", 0, 4),))
    hostile, replies = make_hostile_run()
    asked = [*questions, blank, foreign, *hostile]
    export_run(tmp_path, ["ragas"], asked, [*answers, *replies], TEXTS)
    found = load_questions(tmp_path / "ragas.jsonl")
    assert found.format == "ragas"
    assert [(question.id, question.text) for question in found.questions] == [
        (question.id, question.text) for question in asked
    ]
    assert [question.answers for question in found.questions] == [
        (question.answers or ())[:1] or None for question in asked
    ]
    loaded = {question.id: question.evidence for question in found.questions}
    assert loaded["right"] == loaded["blank"] == (Evidence("The harbour froze in January."),)
    assert loaded["foreign"] == loaded["modest"] == ()


@pytest.mark.parametrize("name", EXPORTS)
def test_every_form_writes_a_run_without_questions_and_one_full_of_hostile_text(tmp_path: Path, name: str) -> None:
    assert all(text in ("", "{}\n") for text in export(tmp_path, name, ([], []), {}).values())
    run = make_hostile_run()
    files = export(tmp_path, name, run, TEXTS)
    assert all(text.endswith("\n") or not text for text in files.values())
    assert any("pwned" in text for text in files.values())
    if name.startswith("trec"):
        for text in files.values():
            columns = {len(line.split()) for line in text.split("\n") if line}
            assert columns in ({4}, {6}, set()), "white space parts columns, and nothing else"


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        export_run(tmp_path / "taken", ["squad"], *make_run(), TEXTS)
    assert "taken" in str(caught.value) and "\n" not in str(caught.value)
