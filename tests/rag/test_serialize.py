"""Answers as JSON: what is written reads back as it was, and what is wrong in a saved one is one line that says where."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_run import HOSTILE, RTL, make_run

from rag.answer_records import ANSWER
from rag.chain import build_chain
from rag.errors import QuestionError
from rag.index.passage_index import PassageIndex
from rag.serialize import parse_answer
from rag.types import Answer, Sentence, ShortAnswer, UnprovenSentence


def test_what_is_written_fits_the_schema_that_reads_it() -> None:
    for answer in make_run()[1]:
        written = json.dumps(answer.to_dict())
        assert ANSWER.validate_json(written, strict=True) == json.loads(written) | {
            "citations": [
                cited | {"markers": [tuple(marker) for marker in cited["markers"]]}
                for cited in json.loads(written)["citations"]
            ]
        }
        assert list(answer.to_dict()) == list(ANSWER.json_schema()["properties"])


def test_a_hundred_thousand_wrong_values_are_refused_at_the_first() -> None:
    started = time.perf_counter()
    with pytest.raises(QuestionError, match=r"'citations\[0\]"):
        parse_answer({"id": "a", "answer": "x", "citations": [{}] * 100_000})
    assert time.perf_counter() - started < 0.5


@given(
    st.text(), st.text(), st.booleans(), st.none() | st.floats(0, 1), st.none() | st.sampled_from([HOSTILE, RTL, "\ud800"])
)  # fmt: skip
def test_whatever_the_words_are_they_read_back(
    question: str, text: str, abstained: bool, confidence: float | None, error: str | None
) -> None:
    sentence = Sentence(text, 0, len(text), (1, 2), 0.5, True)
    unproven = (UnprovenSentence(text, "contradicted", question), UnprovenSentence(question))
    answer = Answer(question, text, id="a", sentences=(sentence,), unproven=unproven, abstained=abstained, confidence=confidence, error=error)  # fmt: skip
    assert parse_answer(json.loads(json.dumps(answer.to_dict()))) == answer


QUOTED = {"document": "d", "start": 0, "end": 1, "quote": "q", "number": 1}
SAID = {"text": "x", "start": 0, "end": 1}


def test_who_chose_a_citation_is_told_and_an_older_answer_says_the_model() -> None:
    told = parse_answer({"id": "a", "answer": "x", "citations": [QUOTED, QUOTED | {"origin": "found"}]})
    assert [citation.origin for citation in told.citations] == ["model", "found"]
    assert [cited["origin"] for cited in told.to_dict()["citations"]] == ["model", "found"]
    with pytest.raises(QuestionError, match=r"'citations\[0\]\.origin' must be one of: model, found"):
        parse_answer({"id": "a", "answer": "x", "citations": [QUOTED | {"origin": "guessed"}]})


def test_only_an_id_and_an_answer_are_needed() -> None:
    bare = parse_answer({"id": 7, "answer": "Monday"})
    assert (bare.id, bare.text, bare.abstained, bare.citations, bare.model) == ("7", "Monday", False, (), "unknown")
    assert parse_answer({"id": "a", "answer": " "}).abstained
    assert not parse_answer({"id": "a", "error": "it broke"}).abstained, "a failure is no abstention"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (None, "JSON object"),
        ([], "JSON object"),
        ({}, "'id'"),
        ({"id": True, "answer": "x"}, "'id'"),
        ({"id": " ", "answer": "x"}, "'id'"),
        ({"id": "a"}, "'answer' must be a text"),
        ({"id": "a", "answer": 3}, "'answer' must be a text"),
        ({"id": "a", "answer": "x", "schema_version": 99}, "another Footnote"),
        ({"id": "a", "answer": "x", "abstained": "no"}, "'abstained' must be"),
        ({"id": "a", "answer": "x", "citations": {}}, "'citations' must be a list"),
        ({"id": "a", "answer": "x", "citations": [3]}, r"'citations\[0\]' must be an object"),
        ({"id": "a", "answer": "x", "citations": [{}]}, r"'citations\[0\]\.document' is missing"),
        (
            {"id": "a", "answer": "x", "citations": [QUOTED | {"start": "0"}]},
            r"'citations\[0\]\.start' must be a whole",
        ),
        (
            {"id": "a", "answer": "x", "citations": [QUOTED, QUOTED | {"start": 3}]},
            r"'citations\[1\]': a span needs 0 <=",
        ),
        (
            {"id": "a", "answer": "x", "citations": [QUOTED | {"markers": [[1]]}]},
            r"'citations\[0\]\.markers\[0\]\[1\]'",
        ),
        ({"id": "a", "answer": "x", "citations": [QUOTED | {"quote": 3}]}, r"'citations\[0\]\.quote' must be a text"),
        ({"id": "a", "answer": "x", "sentences": [{"text": "x"}]}, r"'sentences\[0\]\.start' is missing"),
        ({"id": "a", "answer": "x", "short_answer": "x"}, "'short_answer' must be an object"),
        ({"id": "a", "answer": "x", "confidence": "high"}, "'confidence' must be a number"),
        ({"id": "a", "answer": "x", "seconds": [1]}, "'seconds' must be an object"),
        ({"id": "a", "answer": "x", "confidence": float("nan")}, "'confidence' must be a finite number"),
        ({"id": "a", "answer": "x", "confidence": 10**400}, "'confidence' must be a number in range"),
        ({"id": "a", "answer": "x", "route": "<b>"}, "'route' must be one of: passages"),
        ({"id": "a", "answer": "x", "route": ["list"]}, "'route' must be one of"),
        ({"id": "a", "answer": "x", "notes": "x"}, "'notes' must be a list"),
        ({"id": "a", "answer": "x", "unknown_markers": [{}]}, r"'unknown_markers\[0\]' must be a text"),
        (
            {"id": "a", "answer": "x", "citations": [QUOTED | {"status": 'x" onerror="'}]},
            r"'citations\[0\]\.status' must be one of: verbatim",
        ),
        (
            {"id": "a", "answer": "x", "citations": [QUOTED | {"page": "<b>"}]},
            r"'citations\[0\]\.page' must be a whole number",
        ),
        (
            {"id": "a", "answer": "x", "citations": [QUOTED | {"start": False}]},
            r"'citations\[0\]\.start' must be a whole",
        ),
        (
            {"id": "a", "answer": "x", "sentences": [SAID | {"supported": "yes"}]},
            r"'sentences\[0\]\.supported' must be true or false",
        ),
    ],
)
def test_what_is_no_answer_is_refused_in_one_line(values: Any, words: str) -> None:
    with pytest.raises(QuestionError, match=words) as told:
        parse_answer(values)
    assert "\n" not in str(told.value)


def test_short_answers_and_pages_read_back() -> None:
    _, answers = make_run()
    cited = next(answer for answer in answers if answer.citations)
    short = ShortAnswer(cited.citations[0].quote[:3], replace(cited.citations[0].span, end=cited.citations[0].span.start + 3))  # fmt: skip
    paged = replace(cited, short_answer=short, citations=(replace(cited.citations[0], page=12),))
    again = parse_answer(json.loads(json.dumps(paged.to_dict())))
    assert (again.short_answer, again.citations[0].page) == (short, 12)


def test_an_answer_to_a_plain_text_reads_back_as_it_was(article_index: Path, embeddings: Any) -> None:
    chain = build_chain(PassageIndex(article_index, embeddings))
    for asked in ("What is Sohae?", "What did the hotel cost?", "hello"):
        answer = chain.invoke(asked)
        again = Answer.from_dict(json.loads(json.dumps(answer.to_dict())))
        assert again == answer and again.to_dict() == answer.to_dict(), asked
        assert [each.passage.title for each in again.passages] == [each.passage.title for each in answer.passages]
