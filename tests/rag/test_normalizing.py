"""How questions are put: several in one, capitals, length, mistyped words."""

from __future__ import annotations

import re

import pytest

from rag.english.normalizing import LONGEST, MOST_QUESTIONS, PLAIN, Vocabulary, calm, mend, shorten, split_questions
from rag.english.terms import find_terms


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Who dug it?", ["Who dug it?"]),
        ("who dug it", ["who dug it"]),
        ("Who dug it? When was that?", ["Who dug it?", "When was that?"]),
        ("I read of a harbour. Who dug it? And why?", ["I read of a harbour. Who dug it?", "And why?"]),
        ("Who dug it? When was it? I need to know.", ["Who dug it?", "When was it? I need to know."]),
        ("The harbour is old. Who dug it?", ["The harbour is old. Who dug it?"]),
        ("Who dug the harbour and when was it opened?", ["Who dug the harbour?", "when was it opened?"]),
        ("who dug it, and why did they", ["who dug it?", "why did they?"]),
        ("What do ships and boats carry?", ["What do ships and boats carry?"]),
        ("What is said about when and how it sank?", ["What is said about when and how it sank?"]),
        ("Explain who dug it and when it was opened.", ["Explain who dug it and when it was opened."]),
        ("A? B? C? D? E? F?", ["A?", "B?", "C?", "D? E? F?"]),
        ("Is it true?!", ["Is it true?!"]),
    ],
)
def test_several_questions_in_one_are_told_apart(text: str, parts: list[str]) -> None:
    assert list(split_questions(text)) == parts
    assert len(parts) <= MOST_QUESTIONS


@pytest.mark.parametrize(
    ("text", "calmed"),
    [
        ("WHO DUG THE HARBOUR?", "Who dug the harbour?"),
        ("NATO?", "NATO?"),
        ("Who left NATO?", "Who left NATO?"),
        ("为什么 失败", "为什么 失败"),
    ],
)
def test_only_a_question_all_in_capitals_is_lowered(text: str, calmed: str) -> None:
    assert calm(text) == calmed


def test_what_asks_is_kept_of_a_long_question() -> None:
    story = "I went to the harbour and saw many ships there. " * 30
    assert shorten("Who dug it?") == "Who dug it?"
    assert shorten(f"{story} Who dug the harbour? {story}") == "Who dug the harbour?"
    kept = shorten(f"Tell me of the mill. {story} It burned.")
    assert kept == "Tell me of the mill. It burned."
    long = f"Who dug the harbour that {'lies and ' * 30}stays there?"
    assert PLAIN < len(long) <= LONGEST and shorten(long) == long, "one long sentence is all question"
    assert len(shorten("word " * 400)) <= LONGEST and len(shorten("x" * 4_000)) <= LONGEST


TEXT = "Harini Madhusudan writes of sanctions, of the summit in Hanoi and of Tongchang-ri."
COMMON = {"sanctions", "summit", "summer", "hanoi", "sanction", "senate"}


def vocabulary(text: str = TEXT) -> Vocabulary:
    words = {find_terms([word])[0][0]: word for word in re.findall(r"\w+", text) if len(word) > 3}
    return Vocabulary([list(words), []], words.get, lambda word: word.casefold() in COMMON)


@pytest.mark.parametrize(
    ("asked", "read", "changed"),
    [
        ("What does Madhusudhan write?", "What does Madhusudan write?", ["Madhusudhan"]),
        ("What does madhusdan's text say?", "What does Madhusudan's text say?", ["madhusdan"]),
        ("Which sanctiosn fell at the summti?", "Which sanctions fell at the summit?", ["sanctiosn", "summti"]),
        ("Where is Tongchagn-ri?", "Where is Tongchang-ri?", ["Tongchagn"]),
        ("What happened in summer?", "What happened in summer?", []),
        ("What did Kissinger say?", "What did Kissinger say?", []),
        ("Where is Hano?", "Where is Hanoi?", ["Hano"]),
        ("Who is Xi?", "Who is Xi?", []),
        ("谁写的？", "谁写的？", []),
        ("?", "?", []),
    ],
)
def test_a_mistyped_word_is_read_as_the_documents_have_it(asked: str, read: str, changed: list[str]) -> None:
    text, changes = mend(asked, vocabulary())
    assert text == read
    assert [typed for typed, _ in changes] == changed


def test_a_common_word_is_never_changed_and_nothing_is_without_documents() -> None:
    assert mend("What did the senate say?", vocabulary("The senats met."))[1] == ()
    assert mend("What does Madhusudhan write?", Vocabulary([], lambda term: None, lambda word: False))[1] == ()


def test_a_word_that_a_known_one_begins_with_is_short_for_that() -> None:
    known = vocabulary("A posture unlike PostgreSQL.")
    assert mend("is it faster than postgres", known) == ("is it faster than PostgreSQL", (("postgres", "PostgreSQL"),))
    assert mend("is it postg", known)[1] == (), "too little is typed of it"
