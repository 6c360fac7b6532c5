"""Evidence looked up for what a chat model did not cite, or cited wrongly: by the real judge, among the passages it was given."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import pytest

from rag.cite.attribution import MOST_PASSAGES, MOST_PLACES, MOST_SENTENCES, find_evidence
from rag.cite.checking import NOT_PROVEN, check
from rag.cite.citing import cite
from rag.cite.judging import Judgement, build_support_estimator
from rag.cite.support import CitedClaim
from rag.llm.prompts import number_passages
from rag.reader.span_reader import SpanReader
from rag.steps import Draft, Retrieved, Written
from rag.types import Answer, Passage, Question, ScoredPassage, Span

SUPPORT = build_support_estimator(SpanReader().judge)
TEXTS = (
    "The mill was built in 1874 by the Harrow brothers. It burned down in March 1911. Nobody was hurt, but 1,200 sacks of "
    "flour were lost.",
    "The bridge has stood since 1931. Both towns paid for it. A toll was taken until 1950.",
    "Ship: Aurora; Crew: 14; Port: Bergen\nShip: Borealis; Crew: 22; Port: Narvik\nShip: Corona; Crew: 9; Port: Molde",
)
DOCUMENT = "\n\n".join(TEXTS)


def passages() -> tuple[Passage, ...]:
    starts = [DOCUMENT.index(text) for text in TEXTS]
    return tuple(
        Passage(Span("town", start, start + len(text)), text, "The town")
        for start, text in zip(starts, TEXTS, strict=True)
    )


def answer(reply: str) -> Answer:
    """What becomes of a model's reply."""
    found = Retrieved(Question("What happened?"), "What happened?", tuple(ScoredPassage(p, 0.5) for p in passages()))
    *_, last = check(cite(Draft(found, reply=reply, keys=number_passages(passages()), model="m")), estimate=SUPPORT)
    for number, citation in enumerate(last.citations, start=1):
        assert citation.number == number
        assert citation.quote == DOCUMENT[citation.span.start : citation.span.end]
        assert all(last.text[start:end] == f"[{number}]" for start, end in citation.markers)
    for sentence in last.sentences:
        assert last.text[sentence.start : sentence.end] == sentence.text
    return last


def test_sentences_without_keys_get_the_sentence_that_supports_them() -> None:
    told = answer("The mill burned down in March 1911. Both towns paid for the bridge.")
    assert told.text == "The mill burned down in March 1911. [1] Both towns paid for the bridge. [2]"
    assert [(citation.quote, citation.origin) for citation in told.citations] == [
        ("It burned down in March 1911.", "found"),
        ("Both towns paid for it.", "found"),
    ]
    assert all(sentence.supported and sentence.support for sentence in told.sentences)


def test_a_row_of_a_table_is_quoted_alone() -> None:
    told = answer("The ship Borealis of Narvik has a crew of 22.")
    assert [citation.quote for citation in told.citations] == ["Ship: Borealis; Crew: 22; Port: Narvik"]


def test_a_claim_that_puts_two_sentences_together_gets_both() -> None:
    told = answer("The Harrow brothers built the mill in 1874, and it burned down in March 1911.")
    assert [citation.quote for citation in told.citations] == [
        "The mill was built in 1874 by the Harrow brothers.",
        "It burned down in March 1911.",
    ]


def test_what_the_model_cites_rightly_stays_the_models() -> None:
    told = answer("The mill burned down in March 1911 [1]. Both towns paid for the bridge.")
    assert told.text == "The mill burned down in March 1911 [1]. Both towns paid for the bridge. [2]"
    assert [citation.origin for citation in told.citations] == ["model", "found"]


@pytest.mark.parametrize("wrong", ["[2]", "[3]", "[2][3]", "(Passage 3)"])
def test_a_wrong_number_is_caught_and_the_right_passage_takes_its_place(wrong: str) -> None:
    told = answer(f"The mill burned down in March 1911 {wrong}.")
    assert [(citation.quote, citation.origin) for citation in told.citations] == [
        ("It burned down in March 1911.", "found")
    ]


@pytest.mark.parametrize(
    "claim",
    [
        "The bridge has not stood since 1931 [1].",
        "Both Harrow brothers paid for the bridge [1].",
        "A toll was never taken [1].",
    ],
)
def test_what_a_model_cited_is_replaced_only_beyond_doubt(claim: str) -> None:
    told = answer(f"The mill burned down in March 1911 [1]. {claim}")
    assert told.sentences[-1].supported is False and told.citations[-1].origin == "model"


def test_passages_named_at_the_end_stand_behind_the_sentences_they_support() -> None:
    told = answer("The mill burned down in March 1911.\n\nSources: [1], [2]")
    assert told.text == "The mill burned down in March 1911. [1]"


def test_what_nothing_supports_stays_and_is_marked() -> None:
    told = answer("The mill burned down in March 1911. It was then sold to a bank in Leeds. Nobody knows why.")
    assert [sentence.supported for sentence in told.sentences] == [True, False, False]
    assert [sentence.verdict for sentence in told.sentences] == ["supported", "not found", "not found"]
    assert told.sentences[1].reason == "Nothing in the passages that were found supports it."
    assert "sold to a bank in Leeds. Nobody knows why." in told.text and len(told.citations) == 1


@pytest.mark.parametrize(
    "claim",
    ["The mill burned down in March 1912.", "The bridge cost 40 sacks of flour.", "Ship Aurora has a crew of 22."],
)
def test_a_figure_that_no_passage_has_or_that_stands_elsewhere_is_not_found(claim: str) -> None:
    told = answer(f"Both towns paid for the bridge [2]. {claim}")
    assert told.sentences[-1].supported is False and told.sentences[-1].citations == ()


def test_an_answer_falls_away_only_where_nothing_in_it_is_supported() -> None:
    told = answer("The keeper sold it to a bank in Leeds. Nobody knows why.")
    assert (told.abstained, told.text, told.citations, told.fallback) == (True, NOT_PROVEN, (), None)


def test_nothing_is_put_into_code() -> None:
    reply = "The mill burned down in March 1911.\n\n```\nThe mill was built in 1874 by the Harrow brothers.\n```"
    told = answer(reply)
    assert told.text == reply.replace("1911.", "1911. [1]")


def test_a_footnote_stands_in_the_last_cell_of_a_row() -> None:
    told = answer("| The mill burned down in March 1911 |")
    assert told.text == "| The mill burned down in March 1911 [1]|"


def test_the_judge_is_asked_twice_and_of_a_bounded_number() -> None:
    asked: list[int] = []

    def estimate(claims: Sequence[CitedClaim]) -> list[Judgement]:
        asked.append(len(claims))
        return [Judgement(0.9, "supported")] * len(claims)

    ids = count()
    text = "The mill burned down in March 1911. " * 40
    many = tuple(Passage(Span(f"d{next(ids)}", 0, len(text)), text) for _ in range(300))
    reply = "The mill burned down in March 1911.\n" * 200
    bounds = tuple((at, at + 35) for at in range(0, len(reply), 36))
    found = find_evidence(Written(reply, bounds, (), (), many), range(200), estimate)
    assert len(found) == MOST_SENTENCES
    assert asked == [MOST_SENTENCES * MOST_PASSAGES, MOST_SENTENCES * MOST_PLACES]


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("The library opens at nine.", True),
        ("The museum has a café.", False),
        ("The harbour freezes.", False),
    ],
)
def test_what_is_denied_after_the_claims_own_words_does_not_speak_against_it(claim: str, supported: bool) -> None:
    """The model names the other passage; what takes its place must be beyond doubt."""
    texts = (
        "The library opens at nine, so nobody need wait in the cold.",
        "The museum does not have a café. Nobody says that the harbour freezes.",
    )
    given = [Passage(Span(f"town-{number}", 0, len(text)), text) for number, text in enumerate(texts)]
    found = Retrieved(Question("What?"), "What?", tuple(ScoredPassage(passage, 0.5) for passage in given))
    wrong = 2 if "library" in claim else 1
    draft = Draft(found, reply=claim.replace(".", f" [{wrong}]."), keys=number_passages(given), model="m")
    *_, last = check(cite(draft), estimate=SUPPORT)
    assert [citation.quote for citation in last.citations] == ([texts[0]] if supported else [])
    assert bool(last.unproven) is not supported
