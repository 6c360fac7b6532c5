"""How an answer is put together: several documents, several questions, words stressed, questions badly typed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.cite.citations import compose_answer
from rag.index.passage_index import PassageIndex
from rag.retrieve.whole_documents import NOTICES
from rag.settings import read_settings
from rag.steps import QuotedSentence
from rag.types import UNSURE_BELOW, Answer, Passage, ShortAnswer, Span
from ui.render.emphasis import find_short_place
from ui.render.messages import find_marks, render_answer
from ui.render.terminal import render_answer as render_for_terminal

REPORT = """# The bridge report

The bridge at Arden is 300 metres long. It was built in 1910 by Ida Moor. Two lorries fell from it in a storm.
The toll house was pulled down when the motorway opened.
"""
SURVEY = """# Survey of Arden

Arden lies on the river Wend and has a market. The bridge at Arden is 320 metres long. The church has no tower.
"""


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> Any:
    folder = tmp_path_factory.mktemp("library")
    for name, text in (("report.md", REPORT), ("survey.md", SURVEY)):
        (folder / name).write_text(text, encoding="utf-8")
    settings = read_settings(index=folder / "index")
    ingest_paths([folder / "report.md", folder / "survey.md"], directory=folder / "index", embeddings=embeddings)
    return build_chain(PassageIndex(folder / "index", embeddings), settings=settings)


def test_two_documents_that_disagree_are_both_shown_and_named(chain: Any) -> None:
    answer = chain.invoke("How long is the bridge at Arden?")
    paragraphs = answer.text.split("\n\n")
    assert {paragraph.split("”: ")[0] for paragraph in paragraphs} == {"“The bridge report", "“Survey of Arden"}
    assert "300 metres" in answer.text and "320 metres" in answer.text
    assert {citation.span.document_id for citation in answer.citations} == {"report", "survey"}
    for sentence in answer.sentences:
        assert answer.text[sentence.start : sentence.end] == sentence.text and sentence.citations
        assert "”:" not in sentence.text, "who speaks is no part of what is proven"


def test_an_answer_from_one_document_of_several_says_which(chain: Any) -> None:
    answer = chain.invoke("Who built the bridge at Arden?")
    assert answer.text.startswith("“The bridge report”: ") and "Ida Moor" in answer.text
    assert answer.short_answer and answer.short_answer.text == "Ida Moor"


def test_several_questions_are_answered_one_by_one(chain: Any) -> None:
    answer = chain.invoke("Who built the bridge at Arden? How much did the tower cost? Which river does Arden lie on?")
    assert "Ida Moor" in answer.text and "river Wend" in answer.text and not answer.abstained
    assert answer.text.index("Ida Moor") < answer.text.index("river Wend")
    (gap,) = answer.notes
    assert gap.startswith("On “How much did the tower cost?”: The documents do not answer this")
    assert answer.short_answer.text == "Ida Moor"
    assert gap in render_for_terminal(answer, width=1_000) and "notice" in render_answer(answer, "a1")
    assert answer.to_dict()["notes"] == [gap]


def test_several_questions_without_any_answer_are_one_refusal(chain: Any) -> None:
    answer = chain.invoke("How much did the tower cost? Which king slept there?")
    assert answer.abstained and answer.citations == () and answer.notes == () and answer.passages


def test_what_answers_two_questions_is_quoted_once(chain: Any) -> None:
    answer = chain.invoke("Who built the bridge at Arden? When was the bridge at Arden built?")
    quotes = [citation.quote for citation in answer.citations]
    assert len(quotes) == len(set(quotes)) and sum("Ida Moor" in quote for quote in quotes) == 1
    assert answer.text.count("Ida Moor") == 1


def test_a_list_is_sentences_apart_in_the_texts_own_order(chain: Any) -> None:
    answer = chain.invoke("List everything that is known about the bridge at Arden.")
    assert answer.route == "list" and len(answer.citations) > 1
    for document in ("report", "survey"):
        starts = [citation.span.start for citation in answer.citations if citation.span.document_id == document]
        assert starts == sorted(starts)
    quotes = [citation.quote for citation in answer.citations]
    paragraphs = answer.text.split("\n\n")
    assert [sum(quote in paragraph for quote in quotes) for paragraph in paragraphs] == [1] * len(quotes)
    assert NOTICES["list"] in render_answer(answer, "a1") and NOTICES["list"] in render_for_terminal(answer, width=400)


@pytest.mark.parametrize(
    "asked", ["WHO BUILT THE BRIDGE AT ARDEN?", "who built the bridge at arden", "Who built the brigde at Ardenn ?"]
)
def test_a_question_badly_typed_is_answered_all_the_same(chain: Any, asked: str) -> None:
    answer = chain.invoke(asked)
    assert answer.short_answer and answer.short_answer.text == "Ida Moor"
    assert answer.question == asked
    expected = ["Read “brigde” as “bridge”.", "Read “Ardenn” as “Arden”."] if "brigde" in asked else []
    assert list(answer.notes) == expected


def test_of_a_long_question_it_is_said_what_was_read(chain: Any) -> None:
    story = "Last year we went to the coast and looked at many towns. " * 20
    answer = chain.invoke(f"{story}Who built the bridge at Arden?")
    assert answer.short_answer and answer.short_answer.text == "Ida Moor"
    (note,) = answer.notes
    assert note.endswith("“Who built the bridge at Arden?”")


@pytest.mark.parametrize("asked", ["谁建了这座桥？", "Кто построил мост?", "من بنى الجسر؟", "🙂🙂🙂 a", "ß" * 4_000])
def test_what_an_english_model_cannot_read_is_declined(chain: Any, asked: str) -> None:
    answer = chain.invoke(asked)
    assert answer.abstained and answer.passages and answer.confidence < 0.2


HOME = Passage(Span("d", 100, 160), "The mill was built by Ada Quill of Leeds. It burned in 1902.")


def answered(short: str | None, *quotes: str) -> Answer:
    claims = []
    for quote in quotes:
        at = 100 + HOME.text.index(quote)
        claims.append(QuotedSentence(quote, ((Span("d", at, at + len(quote)), HOME),), lead="“D”: "))
    composed = compose_answer(claims)
    at = 100 + HOME.text.index(short or "The")
    return Answer(
        "?",
        composed.text,
        short_answer=ShortAnswer(short, Span("d", at, at + len(short))) if short else None,
        sentences=composed.sentences,
        citations=composed.citations,
    )


MILL, FIRE = "The mill was built by Ada Quill of Leeds.", "It burned in 1902."


@pytest.mark.parametrize(
    ("short", "quotes", "stressed"),
    [
        ("Ada Quill", [MILL], "Ada Quill"),
        ("Ada Quill", [FIRE, MILL], "Ada Quill"),
        ("1902", [MILL, FIRE], "1902"),
        ("1902", [f"{MILL} {FIRE}"], "1902"),
        (None, [MILL], None),
        ("It burned in 1902", [FIRE], None),
        ("1902", [MILL], None),
    ],
)
def test_the_short_answer_is_found_in_the_sentence_that_quotes_it(
    short: str | None, quotes: list[str], stressed: str | None
) -> None:
    answer = answered(short, *quotes)
    place = find_short_place(answer)
    assert (place and answer.text[slice(*place)]) == stressed
    html = render_answer(answer, "a1")
    assert (f'<strong class="short">{stressed}</strong>' in html) == (stressed is not None)
    assert ("<strong" in html) == (stressed is not None)
    plain = render_for_terminal(answer, width=30)
    bold = render_for_terminal(answer, width=30, bold=True)
    assert "\x1b" not in plain
    assert bold.replace("\x1b[1m", "").replace("\x1b[22m", "").split() == plain.split()
    if stressed:
        assert bold.split("\x1b[1m")[1].split("\x1b[22m")[0].split() == stressed.split()


def test_an_answer_in_doubt_stresses_no_words() -> None:
    answer = answered("1902", MILL, FIRE)
    sure, unsure = (replace(answer, confidence=value) for value in (UNSURE_BELOW, UNSURE_BELOW - 0.01))
    assert '<strong class="short">1902</strong>' in render_answer(sure, "a1") and find_marks(sure)["short"]
    assert "<strong" not in render_answer(unsure, "a1") and not find_marks(unsure)["short"]
    assert "\x1b[1m" not in render_for_terminal(unsure, bold=True)


def test_marks_for_bold_type_cannot_be_forged() -> None:
    home = Passage(Span("d", 0, 30), "It is \ue000Ada\ue001 who came here.")
    composed = compose_answer([QuotedSentence(home.text, ((Span("d", 0, len(home.text)), home),))])
    answer = Answer("?", composed.text, sentences=composed.sentences, citations=composed.citations)
    assert "\x1b" not in render_for_terminal(answer, bold=True)


def test_spaces_around_stressed_words_stay(chain: Any) -> None:
    html = render_answer(chain.invoke("Who built the bridge at Arden?"), "a1")
    assert 'by <strong class="short">Ida Moor</strong>.' in html
