"""Questions that are made of a document's sentences, checked by asking them, and chosen from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer.suggestions import SURE, Suggestion, check_candidates, choose, find_candidates
from rag.types import Answer, Citation, Document, Heading, Passage, Question, Span


def make_document(text: str, outline: tuple[Heading, ...] = (), title: str = "Harbours") -> Document:
    return Document("harbours", title, text, "harbours.txt", "0" * 64, outline=outline)


def ask_of(text: str, title: str = "Harbours") -> list[str]:
    return [candidate.text for candidate in find_candidates(make_document(text, title=title))]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Port Ellis was abandoned because its channel had silted up.", "Why was Port Ellis abandoned?"),
        ("The old pier collapsed mainly due to a storm.", "Why did the old pier collapse?"),
        ("The ferry captains had in fact asked for a rest because they were tired.", "Why had the ferry captains asked for a rest?"),
        ("Amber beads are polished by rubbing them with chalk.", "How are amber beads polished?"),
        ("The Northern Bridge was opened in 1901.", "When was the Northern Bridge opened?"),
        ("In 1901, the Northern Bridge was opened, and people cheered.", "When was the Northern Bridge opened?"),
        ("In May 1901 Edda Marsh became mayor of Port Ellis.", "When did Edda Marsh become mayor of Port Ellis?"),
        ("Edda Marsh resigned on 4 June 1910.", "When did Edda Marsh resign?"),
        ("The Tide Clock was designed by Edda Marsh.", "Who designed the Tide Clock?"),
        ("The Harbour Song was written by Edda Marsh.", "Who wrote the Harbour Song?"),
        ("Port Ellis lies on the North Coast.", "Where does Port Ellis lie?"),
        ("The Tide Clock is located in Port Ellis.", "Where is the Tide Clock located?"),
        ("Port Ellis is known for smoked eel.", "What is Port Ellis known for?"),
        ("Port Ellis has two lighthouses.", "How many lighthouses does Port Ellis have?"),
        ("Port Ellis has a population of 3,000.", "What is the population of Port Ellis?"),
        ("The town council refused to sell the old pier.", "What did the town council refuse to do?"),
        ("The catch of eels depends on the tide.", "What does the catch of eels depend on?"),
        ("The largest ship in Port Ellis is the Petrel.", "What is the largest ship in Port Ellis?"),
        ("A dolphin (or post) is a mooring post that stands alone.", "What is a dolphin?"),
        ("Edda Marsh is a harbour engineer from the north.", "Who is Edda Marsh?"),
        ("The plan of Edda Marsh, an engineer, was praised.", "Who was Edda Marsh?"),
        ("The rules come from the Harbour Masters Union (HMU).", "What does HMU stand for?"),
    ],
)  # fmt: skip
def test_a_plain_sentence_gives_a_question(sentence: str, question: str) -> None:
    assert question in ask_of(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "He was elected in 1901 because he was kind.",
        "This was built in 1901.",
        "It was built in 1901.",
        "The latter was closed because of a storm.",
        "The man said the pier was closed because of a storm.",
        "The pier designed by Edda Marsh opened in 1901.",
        "The pier was closed in 1901.",  # which pier, one who has not read the text asks
        "Nearby are the Eel House and the Rope Walk.",
        "The vase that Edda Marsh owned was broken in 1901.",
        '"The Northern Bridge was opened in 1901."',
        "The Northern Bridge was <b>opened</b> in 1901.",
        "The delay was mainly due to a storm.",
        "Port Ellis is also a parish.",
        "the northern bridge 1901 closed",
        "Le pont du nord fut ouvert en 1901.",
        "桥于1901年开放。",
        "The Northern Bridge was opened in 1901",  # a heading or a caption, with no full stop
        "The Northern Bridge was " + "very " * 40 + "old in 1901.",
    ],
)
def test_a_sentence_that_is_not_understood_gives_none(sentence: str) -> None:
    assert ask_of(sentence) == []


def test_only_names_keep_their_capitals() -> None:
    text = "Seaweed soup was invented in 1901. We like seaweed soup. Petrel House was closed in 1902. The petrel came."
    assert ask_of(text) == ["When was seaweed soup invented?", "When was Petrel House closed?"]


def test_what_the_title_names_is_known() -> None:
    assert ask_of("The pier was closed in 1901.", title="A pier in the north") == ["When was the pier closed?"]


def test_a_question_knows_its_sentence_and_is_asked_once() -> None:
    text = "Rain fell all day.\n\nPort Ellis was founded in 1702. Port Ellis was founded in 1703."
    (found,) = find_candidates(make_document(text))
    assert make_document(text).quote(found.span) == "Port Ellis was founded in 1702."


def test_headings_are_the_last_resort() -> None:
    parts = ["Harbours", "Who pays for it?", "The price of eels", "Introduction", "Going home", "What comes next"]
    text = "".join(f"{part}\n\nSome words.\n\n" for part in parts) + "Port Ellis was founded in 1702."
    outline = tuple(Heading(text.index(part), text.index(part) + len(part), 1) for part in parts)
    found = find_candidates(make_document(text, outline))
    assert [candidate.text for candidate in found] == [
        "When was Port Ellis founded?",
        "Who pays for it?",
        "What is said about the price of eels?",
        "What comes next?",
    ]
    assert make_document(text).quote(found[1].span).startswith("Who pays for it?\n\nSome words.")


def test_candidates_come_from_all_over_the_document() -> None:
    names = ["Alder", "Birch", "Cedar", "Elder", "Hazel", "Maple", "Olive", "Rowan"]
    crowd = " ".join(f"{name} House was closed in 1901." for name in names)
    text = f"{crowd}\n\n{'Nothing of note is told here. ' * 200}\n\nThe Last House was closed in 1902."
    assert "When was the Last House closed?" in ask_of(text)[:2]


PIECES = [*"The Ann is was in 1901 because , . ( ) by a of and had <b> é".split(), "\n\n", "\u2028"]


@given(st.text(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_any_text_is_borne(text: str) -> None:
    outline = (Heading(0, len(text), 1),) if text else ()
    for candidate in find_candidates(make_document(text, outline)):
        assert candidate.span.document_id == "harbours"
        assert 0 <= candidate.span.start < candidate.span.end <= len(text)
        assert candidate.text.endswith("?")
        assert candidate.text.splitlines() == [candidate.text]
        assert candidate.text == " ".join(candidate.text.split())


def place(start: int, document: str = "harbours") -> Span:
    return Span(document, start, start + 10)


def answer_at(span: Span, confidence: float | None = 0.9, abstained: bool = False) -> Answer:
    passage = Passage(span, "x" * (span.end - span.start))
    citations = () if abstained else (Citation(1, span, passage.text, passage),)
    return Answer("?", "x [1]", citations=citations, abstained=abstained, confidence=confidence)


@pytest.mark.parametrize(
    ("answer", "is_kept"),
    [
        (answer_at(place(0)), True),
        (answer_at(place(9), SURE), True),
        (answer_at(place(0), SURE - 0.01), False),
        (answer_at(place(0), None), False),
        (answer_at(place(10)), False),
        (answer_at(place(0, "another")), False),
        (answer_at(place(0), abstained=True), False),
    ],
)
def test_only_what_is_surely_answered_from_its_own_sentence_is_kept(answer: Answer, is_kept: bool) -> None:
    asked: list[Question] = []

    def ask(question: Question) -> Answer:
        asked.append(question)
        return answer

    candidate = Suggestion("Who?", place(0))
    assert check_candidates([candidate], ask) == [candidate] * is_kept
    assert asked == [Question("Who?", documents=("harbours",))]


def test_no_more_is_asked_than_is_needed() -> None:
    candidates = [Suggestion(f"Who is {number}?", place(20 * number)) for number in range(30)]
    asked: list[str] = []

    def ask_with(confidence: float) -> Callable[[Question], Answer]:
        def ask(question: Question) -> Answer:
            asked.append(question.text)
            return answer_at(place(20 * (len(asked) - 1)), confidence)

        return ask

    assert check_candidates(candidates, ask_with(0.9), wanted=2) == candidates[:2]
    assert len(asked) == 2
    asked.clear()
    assert check_candidates(candidates, ask_with(0.1), tries=5) == []
    assert len(asked) == 5
    asked.clear()
    assert check_candidates(candidates, ask_with(0.9), goes_on=lambda: len(asked) < 3) == candidates[:3]
    assert check_candidates(candidates, ask_with(0.9), goes_on=lambda: False) == []


def test_what_is_suggested_is_new_and_near() -> None:
    far, near, other = (
        Suggestion("When was it?", place(0)),
        Suggestion("Who was it?", place(500)),
        Suggestion("Why?", place(0, "another")),
    )
    assert choose([far, near, other], [], []) == ["When was it?", "Who was it?", "Why?"]
    assert choose([far, near, other], [], [], count=1) == ["When was it?"]
    assert choose([other, far, near], [], [place(450)]) == ["Who was it?", "When was it?", "Why?"]
    assert choose([far, near, other], ["who WAS it"], []) == ["When was it?", "Why?"]
    assert choose([far, near, other], [], [place(505)]) == ["When was it?", "Why?"]
    assert choose([far, far], [], []) == ["When was it?"]
    assert choose([], ["Who?"], [place(0)]) == []
