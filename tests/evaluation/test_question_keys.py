"""What a question set may say: words that must be held, evidence of which one piece is enough, kinds, notes, documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.errors import QuestionError, QuestionSetError
from rag.evaluation import Unlocated, evaluate, load_answers, prepare_questions, read_question_set, score_answers
from rag.evaluation.formats.letters import find_letters, find_row
from rag.evaluation.formats.questions import parse_question, to_values
from rag.evaluation.metrics.cases import Case, find_cause, is_answerable, judge_outcome
from rag.evaluation.metrics.table import METRICS
from rag.types import Answer, Citation, Passage, Question, ScoredPassage, Span

FERRY = (
    "The ferry ran from May to October. It carried forty people and two carts. A ticket cost two pence.\n"
    "Fares | Adult | 2 pence\nThe ferry was closed in 1931, when the bridge opened; its inform-\nation board still stands."
)
TEXTS = {"ferry": FERRY}


def find(words: str) -> Span:
    start = FERRY.index(words)
    return Span("ferry", start, start + len(words))


def cite(*spans: Span, text: str = "x") -> Answer:
    passage = Passage(Span("ferry", 0, len(FERRY)), FERRY)
    notes = tuple(Citation(at, span, FERRY[span.start : span.end], passage) for at, span in enumerate(spans, 1))
    return Answer("?", text, id="q", citations=notes, passages=(ScoredPassage(passage, 1.0),))


def measure(name: str, question: Question, answer: Answer) -> Any:
    return METRICS[name].measure(Case(question, answer, TEXTS))


# must


def test_all_of_the_words_that_an_answer_must_hold_are_wanted() -> None:
    question = parse_question({"question": "When did it run?", "must": ["May", "October"], "answers": []})
    assert (question.answers, is_answerable(question)) == (None, True)
    for text, outcome, held in (("From May to October.", "correct", 1), ("In May.", "wrong", 0.5), ("No.", "wrong", 0)):
        assert judge_outcome(Case(question, Answer("?", text))) == outcome
        assert measure("contains", question, Answer("?", text)) == (outcome == "correct")
        assert measure("key_phrases", question, Answer("?", text)) == held
    assert measure("em", question, Answer("?", "May October")) is None, "there is no answer to be equal to"
    assert measure("key_phrases", question, Answer("?", "May", abstained=True)) == 0
    assert measure("needless_abstention", question, Answer("?", "", abstained=True)) == 1
    assert measure("abstained_correctly", question, Answer("?", "", abstained=True)) is None


# any


def test_one_piece_of_the_evidence_is_enough_where_any_is_said() -> None:
    pieces = (find("A ticket cost two pence."), find("Adult | 2 pence"))
    every, one = (Question("?", "q", evidence=pieces, any_evidence=which) for which in (False, True))
    answer = cite(pieces[1])
    assert measure("citation_recall", one, answer) == 1 > measure("citation_recall", every, answer)
    assert measure("citation_f1", one, answer) == 1 > measure("citation_f1", every, answer)
    assert measure("citation_precision", one, answer) == 1
    found = ScoredPassage(Passage(pieces[1], FERRY[pieces[1].start : pieces[1].end]), 1.0)
    retrieved = Answer("?", "x", passages=(found,))
    for name in ("recall@5", "ndcg@5", "span_recall@5", "span_iou@5"):
        assert measure(name, one, retrieved) == 1 > measure(name, every, retrieved), name
    assert find_cause(Case(one, answer, TEXTS)) == find_cause(Case(every, answer, TEXTS))


def test_what_is_short_enough_is_told_by_one_piece_where_one_is_enough() -> None:
    text = "a" * 3_000
    pieces = tuple(Span("long", start, start + 300) for start in (0, 500, 1_000, 1_500))
    answer = Answer(
        "?",
        "x",
        citations=tuple(
            Citation(at, piece, text[:300], Passage(piece, text[:300])) for at, piece in enumerate(pieces[:4], 1)
        ),
    )
    for enough, good in ((False, 1), (True, 0)):  # 1,200 characters: at most 3 x 1,200, or 3 x 300
        question = Question("?", "q", evidence=pieces, any_evidence=enough)
        assert METRICS["good"].measure(Case(question, answer, {"long": text})) == good


# kind, note, and back again


ROW = {
    "id": "fare",
    "question": "What did it cost?",
    "answers": ["two pence"],
    "must": ["two"],
    "evidence": [{"quote": "A ticket cost two pence."}],
    "any": True,
    "kind": "factoid",
    "note": "2 pence will do",
    "document": "ferry",
}


def test_a_question_is_written_as_it_is_read() -> None:
    question = parse_question(ROW)
    assert (question.kind, question.note, question.must, question.any_evidence) == (
        "factoid",
        "2 pence will do",
        ("two",),
        True,
    )
    assert parse_question(json.loads(json.dumps(to_values(question)))) == question


def test_there_are_figures_by_kind(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        ROW | {"id": "1"},
        ROW | {"id": "2", "kind": "list"},
        {"id": "3", "question": "Who?", "answers": [], "kind": "unanswerable"},
    ]
    outcome = evaluate(lambda text: "Two pence.", prepare_questions(rows, TEXTS), TEXTS, save=tmp_path)
    assert [part.name for part in outcome.scores.slices if part.kind == "kind"] == ["factoid", "list", "unanswerable"]
    assert outcome.scores.slice("kind", "factoid").scores["contains"].n == 1
    assert "\nkind " in outcome.table
    page = (tmp_path / "report.html").read_text()
    for words in ("Kinds and tags", "2 pence will do", "(must)", "factoid"):
        assert words in page


# document


def test_a_document_is_named_by_its_id_or_by_its_file() -> None:
    for name in ("ferry", "ferry-times.pdf", "/docs/ferry-times.pdf", "ferry-times"):
        (question,) = prepare_questions([ROW | {"document": name}], TEXTS, sources={"ferry": "/docs/ferry-times.pdf"})
        assert question.documents == ("ferry",)
        assert question.evidence == (find("A ticket cost two pence."),)
    with pytest.raises(QuestionSetError, match=r"no document 'mill\.pdf'; there are: ferry"):
        prepare_questions([ROW | {"document": "mill.pdf"}], TEXTS)


def test_a_file_name_that_two_documents_share_is_nobodys() -> None:
    sources = {"a": "/one/notes.md", "b": "/two/notes.md"}
    with pytest.raises(QuestionSetError, match=r"no document 'notes\.md'"):
        prepare_questions([{"question": "?", "document": "notes.md"}], dict.fromkeys(sources, "x"), sources=sources)
    (question,) = prepare_questions(
        [{"question": "?", "document": "/two/notes.md"}], dict.fromkeys(sources, "x"), sources=sources
    )
    assert question.documents == ("b",)


# Slips and contradictions.


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"answer": ["x"]}, "unknown key 'answer'; did you mean 'answers'?"),
        ({"evidences": []}, "did you mean 'evidence'?"),
        ({"evidence": [{"quotes": "x"}]}, "did you mean 'quote'?"),
        ({"tag": ["x"]}, "did you mean 'tags'?"),
        ({"answers": [], "evidence": [{"quote": "x"}]}, "'answers' is empty"),
        ({"answerable": False, "must": ["x"]}, "'answerable' is false, yet there is must"),
        ({"answerable": False, "evidence": [{"quote": "x"}]}, "yet there is evidence"),
        ({"document": "a", "documents": ["b"]}, "name different ones"),
        ({"any": "yes"}, "'any' must be true"),
        ({"kind": 3}, "'kind' must be a text"),
        ({"must": "two"}, "'must' must be a list"),
    ],
)
def test_slips_and_contradictions_are_told(values: dict[str, Any], words: str) -> None:
    with pytest.raises(QuestionError) as told:
        parse_question({"question": "Why?"} | values)
    assert words in str(told.value)


def test_keys_of_other_tools_are_let_be_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps({"question": "Why?", "before_reading": True, "source": 1}) + "\n")
    assert read_question_set(path).other_keys == {"before_reading": 1, "source": 1}
    assert parse_question({"question": "Why?", "answer": "x", "answers": ["x"]}).answers == ("x",), (
        "no slip: both are there"
    )


# Evidence as another extraction shows it.


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Fares Adult 2 pence", "Fares | Adult | 2 pence"),
        ("its information board still stands", "its inform-\nation board still stands"),
        (
            "The ferry was  closed in 1931 — when the bridge opened",
            "The ferry was closed in 1931, when the bridge opened",
        ),
        ("forty  people", "forty people"),
    ],
)
def test_evidence_is_located_by_letters_where_signs_differ(quote: str, found: str) -> None:
    (question,) = prepare_questions([{"question": "?", "evidence": [{"quote": quote}]}], TEXTS)
    assert question.evidence == (find(found),)


def test_a_row_is_located_by_its_values_where_the_text_names_its_columns() -> None:
    text = "Mills of 1874\nMill: Orrin; Built: 1874; Ground: rye, oats\nMill: Kyle; Built: 1861; Ground: oats"
    for quote, found in (
        ("Orrin | 1874 | rye, oats", "Orrin; Built: 1874; Ground: rye, oats"),
        ("Kyle,1861,oats", "Kyle; Built: 1861; Ground: oats"),
        ("Orrin\t1874\trye", "Orrin; Built: 1874; Ground: rye"),
    ):
        place = find_row(quote, text)
        assert place and text[slice(*place)] == found
    for other in ("Orrin | 1861 | oats", "1874 | Orrin | rye", "Orrin, 1874, rye", "Orrin | 1874", "Or | 187 | rye"):
        assert find_row(other, text) is None


def test_a_short_quote_is_no_part_of_a_word() -> None:
    assert not list(find_letters("art", "Two carts started."))
    assert list(find_letters("CARTS", "Two carts, carts.")) == [(4, 9), (11, 16)]
    assert list(find_letters("ﬁne", "It is fine.")) == [(6, 10)]


def test_evidence_that_is_nowhere_is_told_and_the_rest_goes_on() -> None:
    rows: list[dict[str, Any]] = [
        ROW | {"id": "kept"},
        ROW | {"id": "judged by its answer", "evidence": [{"quote": "a steamer"}]},
        {"id": "lost", "question": "?", "evidence": [{"quote": "a steamer"}]},
        {"id": "elsewhere", "question": "?", "document": "mill", "answers": ["x"]},
        {"id": "half", "question": "?", "evidence": [{"quote": "a steamer"}, {"quote": "forty people"}]},
    ]
    with pytest.raises(QuestionSetError, match="on_unlocated=print"):
        prepare_questions(rows, TEXTS)
    told: list[Unlocated] = []
    ready = prepare_questions(rows, TEXTS, on_unlocated=told.append)
    assert [(question.id, len(question.evidence)) for question in ready] == [
        ("kept", 1),
        ("judged by its answer", 0),
        ("half", 1),
    ]
    (found,) = told
    assert (len(found.problems), found.concerned, found.left_out, found.questions) == (4, 4, 2, 5)


def test_only_what_is_asked_has_to_be_there() -> None:
    rows = [ROW | {"split": "develop"}, ROW | {"id": "other", "document": "mill", "split": "report"}]
    assert [question.id for question in prepare_questions(rows, TEXTS, split="develop")] == ["fare"]


# Answers as other tools keep them.


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    ("asked", "said", "found"),
    [("user_input", "response", "retrieved_contexts"), ("input", "actual_output", "retrieval_context")],
)
def test_samples_of_other_tools_are_answers(tmp_path: Path, asked: str, said: str, found: str, whole: bool) -> None:
    questions = prepare_questions([ROW, {"id": "who", "question": "Who?", "answers": []}], TEXTS)
    rows: list[dict[str, Any]] = [
        {asked: "What did it  cost?", said: "Two pence.", found: ["not of theirs", "A ticket cost\ntwo pence."]},
        {asked: "Who?", said: "I cannot tell.", found: []},
        {asked: "Another question?", said: "x"},
    ]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows) if whole else "".join(f"{json.dumps(row)}\n" for row in rows))
    answers = load_answers(path, questions, TEXTS, lambda text: "cannot tell" in text)
    assert list(answers) == ["fare", "who"]
    scores = score_answers(list(answers.values()), questions, TEXTS).scores
    assert [row.outcome for row in scores.rows] == ["correct", "abstained"]
    assert (scores.slice("all").scores["mrr"].value, scores.slice("all").scores["good"].value) == (0.5, None)


def test_a_sample_without_words_is_told_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"user_input": "Who?", "response": "x"}\n{"response": "x"}\n')
    with pytest.raises(QuestionSetError, match=r"rows\.jsonl:2: a sample is"):
        load_answers(tmp_path / "rows.jsonl", [], TEXTS)
