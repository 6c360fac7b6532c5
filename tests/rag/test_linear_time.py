"""Time that grows with a text and no faster, whatever the text: what runs on strangers' words outside the reader process.

Each function is timed on hostile texts and on such four times as long, in processor time, which other processes on the
machine do not lengthen. Linear work takes four times as long, quadratic work sixteen times.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from markupsafe import Markup

from ingest.blocks import Block, Parsed
from ingest.clean import assemble
from ingest.decoding import decode, normalise
from ingest.split import split_document
from rag.cite.checking import judge_sentences
from rag.cite.citations import compose_written, read_proofs
from rag.cite.claim_features import measure_claims
from rag.cite.judging import Judgement, find_invented
from rag.cite.quote_matching import find_quotations, find_quote
from rag.cite.support import CitedClaim, find_words, judge_quote
from rag.english.follow_ups import find_topics, is_follow_up, make_standalone
from rag.english.intents import (
    MAX_CHARACTERS,
    asks_about_library,
    asks_for_list,
    asks_for_summary,
    find_small_talk,
)
from rag.english.normalizing import Vocabulary, mend, shorten, split_questions
from rag.english.references import strip_references
from rag.english.sentences import find_sentences
from rag.english.source import asks_about_source, asks_for_references
from rag.english.terms import find_terms
from rag.errors import QuestionError, SourceError
from rag.index.embeddings import build_token_counter
from rag.llm.prompts import format_prompt, repeats_rules
from rag.llm.reply_parser import cut_thought, declines, read_reply
from rag.masking import mask_addresses
from rag.question import MOST_TURNS, read_question
from rag.types import Answer, Document, Passage, Question, ScoredPassage, Seconds, Sentence, Span
from ui.render.html import LONGEST_MARKDOWN, put_pieces, render_markdown
from ui.render.markers import find_markers, hold_pieces, make_showable
from ui.render.messages import render_answer
from ui.render.transcript import escape_markdown, render_json, render_plain
from ui.render.transcript import render_markdown as render_transcript

LONG = 200_000
"""Characters of the longest texts, unless a function is never given as many."""

REPLY = 120_000
"""Characters after which a chat model is stopped."""

FACTOR, ALLOWANCE = 9, 0.4
"""Four times the text may take so many times as long, and so many seconds of processor time more."""

SIGNS = (
    "“",
    "`",
    "'",
    '"',
    "(",
    "[",
    "[1]",
    "[[",
    "**a",
    "_",
    "|",
    "- a\n",
    "> ",
    "#",
    "<",
    "&",
    "\\",
    "@",
    "-",
    "://",
)
WORDS = (
    "he ",
    "Ab ",
    "A. ",
    "a.",
    "1.",
    "a. ",
    "Mr. ",
    "“a. ",
    "!A",
    "p.m.The ",
    "p.m . Tom ",
    "漢。",
    "and of ",
    "no. 1, ",
)
SPACES = (" ", "\n", " \n", "\r\n", "\t", "\u00a0", "\u2028", "\x1c")
ODD = ("\u0301", "\u200d", "🦉", "\ud800", "\x00", "\ue000", "1", "x")
ALL = SIGNS + WORDS + SPACES + ODD

KEYS = [f"{a}{b}{c}{d}" for a in "bcdfghjkmn" for b in "2345678" for c in "bcdfghjkmn" for d in "2345678"]


def repeat(unit: str, length: int) -> str:
    return (unit * (length // len(unit) + 1))[:length]


def measure(function: Callable[[str], object], text: str) -> float:
    started = time.thread_time()
    function(text)
    return time.thread_time() - started


def assert_linear(function: Callable[[str], object], units: Iterable[str], length: int) -> None:
    function("A few words to begin with. ")  # what is loaded or compiled at first
    gc.disable()  # the objects of all other tests are none of this function's work
    try:
        for unit in units:
            short = measure(function, repeat(unit, length // 4))
            long = measure(function, repeat(unit, length))
            if long > FACTOR * short + ALLOWANCE:  # once more: a single figure may be a machine's hiccup
                short = max(short, measure(function, repeat(unit, length // 4)))
                long = min(long, measure(function, repeat(unit, length)))
            assert long <= FACTOR * short + ALLOWANCE, f"{unit!r}: {short:.2f} s, four times as long {long:.2f} s"
    finally:
        gc.enable()


def place(text: str) -> Passage:
    return Passage(Span("d", 0, max(1, len(text))), text, "Title", "Heading")


PASSAGE = place("A copper kettle holds two litres of water. It was made in Leeds. ")


def tell(text: str) -> Answer:
    """A chat model's answer of these words, with every sentence in doubt and a mark of its own making in many."""
    ends = range(40, len(text), 40)
    sentences = tuple(Sentence(text[end - 40 : end], end - 40, end, (), 0.1, False) for end in ends)
    found = (ScoredPassage(PASSAGE, 1.0),)
    return Answer(
        "q", text, model="m", sentences=sentences, passages=found, unknown_markers=("[1]",), seconds=Seconds(1, 1, 2)
    )


def read_and_cite(text: str) -> None:
    written = read_proofs(read_reply(text, ["b3kd"]), {"b3kd": PASSAGE})
    composed = compose_written(written)
    judge_sentences(
        written.claims,
        composed.sentences,
        composed.citations,
        lambda claims: [Judgement(0.5, "not found", "because")] * len(claims),
    )


ON_DOCUMENTS: dict[str, Callable[[str], object]] = {
    "find_sentences": find_sentences,
    "normalise": normalise,
    "decode": lambda text: decode(f"a{text}".encode("utf-8", "replace")),
    "assemble": lambda text: assemble(Parsed((Block(text, 1), Block(text))), "stem"),
    "find_terms": lambda text: find_terms([text]),
    "mask_addresses": mask_addresses,
}


@pytest.mark.parametrize("name", ON_DOCUMENTS)
def test_what_reads_documents(name: str) -> None:
    def run(text: str) -> None:
        with suppress(SourceError):  # what is no text is told quickly, too
            ON_DOCUMENTS[name](text)

    assert_linear(run, ALL, LONG)


def test_sentences_of_a_megabyte_take_seconds() -> None:
    """A text of opening quotation marks took minutes, and all others who were using the server waited."""
    for unit in ("“", "`", "U.S. ", "漢", "x"):
        assert measure(find_sentences, repeat(unit, 1_000_000)) < 30, unit


def test_splitting_a_document(embeddings: Any) -> None:
    count = build_token_counter(embeddings)

    def split(text: str) -> None:
        split_document(Document("d", "T", text, "s", "0"), count)

    assert_linear(
        split, ("“", "`", "(", "- a\n", "he ", "A. ", "a. ", "“a. ", "漢。", " ", "\n", "\u0301", "x", "1"), LONG
    )


ON_REPLIES: dict[str, Callable[[str], object]] = {
    "read_reply": lambda text: read_reply(text, ["b3kd"]),
    "read_reply, unfinished": lambda text: read_reply(text, ["b3kd"], finished=False),
    "compose_written": read_and_cite,
    "cut_thought": lambda text: cut_thought(f"<think>{text}"),
    "declines": declines,
    "repeats_rules": repeats_rules,
    "find_words": find_words.__wrapped__,
    "find_quotations": find_quotations,
    "find_quote": lambda text: find_quote.__wrapped__(text, PASSAGE.text),
    "find_invented": lambda text: find_invented(CitedClaim(text, (), (PASSAGE,))),
    "measure_claims": lambda text: measure_claims([CitedClaim(text, (), (PASSAGE,))], lambda pairs: [0.5] * len(pairs)),
    "strip_references": strip_references,
    "judge_quote": lambda text: judge_quote(text, PASSAGE.text),
    "make_showable": make_showable,
    "put_pieces": lambda text: put_pieces(
        *hold_pieces(text, [(at, at + 1, "<b>") for at in range(0, len(text) - 1, 9)])
    ),
    "render_markdown": lambda text: render_markdown(*hold_pieces(text, [])),
    "escape_markdown": escape_markdown,
    "transcript": lambda text: render_transcript([(text, tell(text))], [], date(2020, 1, 2)),
    "transcript as JSON": lambda text: render_json([(text, tell(text))], [], date(2020, 1, 2)),
    "transcript of one answer": lambda text: render_plain(tell(text)),
}
MARKED = (
    "Word x [b3kd] ",
    "Word x [b3kd]. ",
    "[b3kd]",
    "[b3kd][b9zz]",
    '[b3kd "a ',
    "Sources:\n- [1]\n",
    "```\n",
    "[b9zz] ",
)


@pytest.mark.parametrize("name", ON_REPLIES)
def test_what_reads_and_shows_replies(name: str) -> None:
    assert_linear(ON_REPLIES[name], (*ALL, *MARKED), REPLY)


@pytest.mark.parametrize(
    "name", ["read_reply", "compose_written", "transcript of one answer", "find_markers", "transcript", "page"]
)
def test_replies_in_which_each_marker_is_another(name: str) -> None:
    """The text is read once for all of them, not once for each."""

    def run(length: str) -> None:
        text = " ".join(f"[{key}]" for key in KEYS[: len(length)])
        unknown = read_reply(text, ["b3kd"]).unknown
        answer = Answer("q", text, model="m", unknown_markers=unknown, seconds=Seconds(1, 1, 2), passages=())
        match name:
            case "transcript of one answer":
                render_plain(answer)
            case "transcript":
                render_transcript([("q", answer)], [], date(2020, 1, 2))
            case "page":
                render_answer(answer, "a")
            case "find_markers":
                assert len(list(find_markers(text, unknown))) == len(unknown)
            case _:
                ON_REPLIES[name](text)

    assert_linear(run, ["x"], len(KEYS))


def test_an_endless_answer_is_shown_as_it_is_written() -> None:
    long = "**a** [1] <b>\n\n" * (LONGEST_MARKDOWN // 10)
    shown = render_markdown(*hold_pieces(long, [(6, 9, Markup("<sup>1</sup>"))]))
    assert shown.startswith('<p dir="auto">**a** <sup>1</sup> &lt;b&gt;</p><p dir="auto">**a** [1] &lt;b&gt;</p>')
    assert "<strong>" not in shown
    assert "<strong>a</strong>" in render_markdown("**a**", [])


VOCABULARY = Vocabulary([{"kettl"}], lambda term: term, lambda word: False)
ON_QUESTIONS: dict[str, Callable[[str], object]] = {
    "find_small_talk": find_small_talk,
    "asks_about_library": asks_about_library,
    "asks_about_source": asks_about_source,
    "asks_for_references": asks_for_references,
    "asks_for_list": asks_for_list,
    "asks_for_summary": asks_for_summary,
    "is_follow_up": is_follow_up,
    "split_questions": split_questions,
    "shorten": shorten,
    "mend": lambda text: mend(text, VOCABULARY),
    "make_standalone": lambda text: make_standalone(Question(text, history=((text, text),) * MOST_TURNS)),
    "make_standalone, short": lambda text: make_standalone(Question("Why?", history=((text, text),) * MOST_TURNS)),
    "find_topics": lambda text: find_topics(((text, text),) * MOST_TURNS),
    "format_prompt": lambda text: format_prompt(
        Question(text, history=((text, text),) * MOST_TURNS), text, [ScoredPassage(PASSAGE, 1.0)]
    ),
}
ASKED = (
    "when published ", "when article published ", "date else when ", "who wrote ", "article ", "by whom ", "name of the ",
    "hi, ", "good ", "ok thanks ", "what can you do ", "please ", "can you list ", "summary of the whole ", "the main ",
    "what about it ", "this, ", "is that ", "which ones ", "Kim of the ", "O'N-", "Ab’s ", "U.S. of ", "who is and when is ",
)  # fmt: skip


@pytest.mark.parametrize("name", ON_QUESTIONS)
def test_what_reads_a_question_takes_a_moment_at_its_longest(name: str) -> None:
    ON_QUESTIONS[name]("Why did the kettle boil?")
    for unit in (*ALL, *ASKED):
        text = repeat(unit, MAX_CHARACTERS)
        seconds = min(measure(ON_QUESTIONS[name], text), measure(ON_QUESTIONS[name], text))
        assert seconds < 1, f"{unit!r}: {seconds:.2f} s"


@pytest.mark.parametrize("unit", [*SPACES, *ODD, "he ", "Ab "])
def test_a_question_of_megabytes_is_cut_to_length_or_refused_at_once(unit: str) -> None:
    text = repeat(unit, 5_000_000)
    started = time.thread_time()
    kept = read_question(Question("And what did he say?", history=((text, text),) * 1_000, documents=("d",) * 100_000))
    assert len(make_standalone(kept)) <= MAX_CHARACTERS
    with pytest.raises(QuestionError):
        read_question(text)
    assert time.thread_time() - started < 5
