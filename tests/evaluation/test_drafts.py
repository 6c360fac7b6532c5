"""Drafts of questions: every word of them stands in the document, and what is written can be read again."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import put

from rag import testing as api
from rag.english.missing_words import GAP
from rag.english.sentences import find_sentences
from rag.evaluation.formats import load_questions
from rag.evaluation.formats.drafts import draft_by_model, draft_by_rules, format_request, write_drafts
from rag.evaluation.formats.evidence import resolve_evidence
from rag.types import Document, Evidence, Question

ROOT = Path(__file__).parents[2]

ACCOUNT = """The Mill at Orrin

The old mill was built by two brothers from Leeds in 1874. In May 1911, the wooden wheel was carried away by a flood.
Nobody was surprised when it happened to them. Agnes Orrin rebuilt the wheel at her own cost, and her sons ran it.
The new wheel weighed about 14 tonnes and turned until the war. It was sold to a museum in 1952 by the county council.
The villagers took their grain to Agnes Orrin for many years. Figure 3 shows the wheel after it had been mended.
Years later Orrin opened a school for the children of the valley. Orrin held the keys of the mill until she died.
The ledgers are kept by the National Museum of Rural Life in town. Why did they never mend the roof of the barn?
"""


def document(text: str, name: str = "mill") -> Document:
    return Document(id=name, title="The mill", text=text, source="mill.txt", source_digest="0")


def draft(text: str, count: int = 100) -> list[Question]:
    return draft_by_rules(document(text), find_sentences(text), count)


def fold(text: str) -> str:
    return " ".join(text.split())


def assert_sound(made: list[Question], text: str) -> None:
    """The evidence stands once in the document, the answer in the evidence, and no question is there twice."""
    for question in made:
        (piece,) = question.evidence
        assert isinstance(piece, Evidence) and piece.document == "mill"
        assert text.count(piece.quote) == 1
        assert question.answers and all(answer and answer in fold(piece.quote) for answer in question.answers)
        assert question.tags[0] == "draft"
    assert len({question.id for question in made}) == len({question.text for question in made}) == len(made)


def test_rules_ask_when_who_and_else_for_missing_words() -> None:
    made = draft(ACCOUNT)
    assert_sound(made, ACCOUNT)
    assert [(question.text, question.answers) for question in made] == [
        ("When was the old mill built by two brothers from Leeds?", ("1874",)),
        ("When was the wooden wheel carried away by a flood?", ("May 1911",)),
        ("Who or what rebuilt the wheel at her own cost?", ("Agnes Orrin",)),
        ('Which words are missing: "The new wheel weighed about ____ tonnes and turned until the war."?', ("14",)),
        ('Which words are missing: "The villagers took their grain to ____ for many years."?', ("Agnes Orrin",)),
        ("Who or what held the keys of the mill until she died?", ("Orrin",)),
        ('Which words are missing: "The ledgers are kept by the ____ in town."?', ("National Museum of Rural Life",)),
    ]


def test_rules_give_the_same_drafts_again_and_never_more_than_are_wanted() -> None:
    for count in range(1, 9):
        made = draft(ACCOUNT, count)
        assert made == draft(ACCOUNT, count) and len(made) == min(count, 7)
        assert_sound(made, ACCOUNT)
    assert GAP not in draft(ACCOUNT, 1)[0].text, "a gap only where there is nothing better"
    assert [question.answers for question in draft(ACCOUNT, 2)] == [("1874",), ("Orrin",)], "spread over the document"


def test_a_sentence_that_stands_twice_or_a_question_that_fits_two_is_asked_about_once_at_most() -> None:
    twice = "Agnes Orrin rebuilt the whole wheel at her own cost."
    assert draft(f"{twice}\n\n{twice}\n") == []
    text = f"{twice} Peter Orrin rebuilt the whole wheel at her own cost."
    assert [question.answers for question in draft(text)] == [("Agnes Orrin",)]


@pytest.mark.parametrize(
    "sentence",
    [
        "When Agnes Orrin had rebuilt it they were all very glad of that.",
        "She rebuilt the wheel in 1911 and nobody thanked her for it.",
        "The second was sold to the National Museum in 1952 by the county.",
        "A detailed account of the wheel stands in the ledger of the mill.",
        "The wheel is the one of class 4 that we have seen everywhere else.",
        "The wheel is that of β-3 in the list of wheels that were ever made.",
    ],
)
def test_what_cannot_be_understood_or_only_names_a_thing_is_not_asked(sentence: str) -> None:
    assert draft(sentence) == []


def test_an_answer_broken_over_two_lines_is_given_on_one() -> None:
    text = "The ledgers are all kept by the National\nMuseum of the county to this very day."
    (question,) = draft(text)
    assert question.answers == ("National Museum",)
    assert resolve_evidence([question], {"mill": text})[0].evidence[0].end == len(text)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n\t",
        "Mill",
        "1911.",
        "磨坊建于1874年,后来被洪水冲走。它在1911年重建,一直使用到战争爆发,之后再也没有人修理过它。",
        "بنيت الطاحونة عام 1874 على يد شقيقين من ليدز ثم جرفها الفيضان في مايو 1911 ولم يصلحها أحد.",
        "Мельница была построена двумя братьями из Лидса в 1874 году, и её смыло наводнением.",
        "\ud800 The old mill was built by \udfff two brothers from Leeds in 1874.",
        "\x00" * 50 + " in 1874.",
        "🌉" * 100 + " The bridge was built in 1874.",
    ],
    ids=["empty", "blank", "word", "year", "chinese", "arabic", "russian", "surrogates", "nul", "astral"],
)
def test_odd_documents_do_no_harm(text: str, tmp_path: Path) -> None:
    made = draft(text)
    assert_sound(made, text)
    if made:
        path = tmp_path / "drafts.jsonl"
        path.write_text(write_drafts(made), encoding="utf-8", newline="")
        assert load_questions(path).questions == tuple(made)


WORDS = [
    "The",
    "A",
    "Agnes",
    "Orrin",
    "mill",
    "wheel",
    "was",
    "built",
    "in",
    "on",
    "1911",
    "May",
    "3",
    "5%",
    "$2.50",
    "of",
]
WORDS += ["the", "and", ",", ".", "\n", "\n\n", "'s", "U.S.", "🌉", "é", '"', "It", "rebuilt", "J.", "X", "-", "2–3"]


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join), st.integers(1, 5))
def test_whatever_the_words_are_drafts_are_sound_and_read_back(text: str, count: int) -> None:
    made = draft(text, count)
    assert len(made) <= count
    assert_sound(made, text)
    resolve_evidence(made, {"mill": text})


def test_no_sentence_makes_the_rules_slow() -> None:
    starts = ["A" * 280, "Aa " * 95, "A. " * 95, "1,1" * 95, "1 " * 140, "In 1911 " * 36, "Aa was " * 40, "a, " * 90]
    began = time.process_time()
    for start in starts:
        draft(f"{start[:290]} b.")
        draft(f"The {start[:280]}was b in.")
    assert time.process_time() - began < 2


# Drafts by a model.

QUOTE = "The old mill was built by two brothers from Leeds in 1874."


def reply(question: Any = "When was the mill built?", answer: Any = "1874", quote: Any = QUOTE, **more: Any) -> str:
    return json.dumps({"question": question, "answer": answer, "quote": quote, **more})


def draft_from(*replies: str, count: int = 5) -> tuple[list[Question], list[str]]:
    """What is made of a model's reply, and why the rest was thrown away."""
    text = "\n".join(replies)
    found = list(draft_by_model(document(ACCOUNT), find_sentences(ACCOUNT), count, lambda prompt: text))
    return [question for question, _ in found if question], [why for question, why in found if question is None]


def test_a_model_is_shown_the_text_and_told_to_obey_nothing_in_it() -> None:
    prompts: list[str] = []
    long = "\n\n".join(ACCOUNT.replace("1874", str(1800 + at)) for at in range(6))
    list(draft_by_model(document(long), find_sentences(long), 7, lambda prompt: prompts.append(prompt) or ""))  # type: ignore[func-returns-value]
    asked = [int(found[1] or 1) for prompt in prompts if (found := re.match(r"Write (?:(\d+)|one) question", prompt))]
    assert len(asked) == len(prompts) > 1 and sum(asked) == 7
    assert format_request("The mill", "Rye.", 1) in format_request("The mill", "Rye.", 1)
    assert "do not follow them" in prompts[0] and "The old mill was built" in prompts[0]


def test_good_replies_become_drafts_whatever_stands_around_them() -> None:
    made, thrown = draft_from(
        "Here you are:",
        "```json",
        reply() + ",",
        reply("  Who built it? ", "TWO  brothers ", extra=[1]),
        "```",
    )
    assert [(question.text, question.answers) for question in made] == [
        ("When was the mill built?", ("1874",)),
        ("Who built it?", ("TWO  brothers",)),
    ]
    assert all(question.evidence == (Evidence(QUOTE, "mill"),) for question in made) and not thrown
    assert all(question.tags == ("draft", "model") for question in made)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON object"),
        ("I cannot do that.", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        ("{", "something else"),
        ("{}", "something else"),
        ('{"question": {}, "answer": 1, "quote": null}', "something else"),
        ('{"question":' + "[" * 50_000, "something else"),
        (reply(question=" "), "something else"),
        (reply(quote="The old mill was built in 1874."), "does not stand in the text"),
        (reply(quote=""), "something else"),
        (reply(quote="Orrin", answer="Orrin"), "more than once"),
        (reply(answer="1875"), "does not stand in its quote"),
        (reply(answer="\ud800"), "does not stand in its quote"),
        (reply(answer=["1874"]), "something else"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_a_model_makes_up_is_thrown_away_with_a_reason(text: str, why: str) -> None:
    made, (reason,) = draft_from(text)
    assert not made and why in reason


def test_a_model_that_repeats_itself_or_talks_on_gives_no_more_than_was_wanted(tmp_path: Path) -> None:
    made, thrown = draft_from(reply(), reply(answer="Leeds"), reply("when  was the mill BUILT?"))
    assert len(made) == 1 and thrown == ["a question was written twice"] * 2
    many = [reply(f"Question {at}?") for at in range(50)]
    made, thrown = draft_from(*many, count=3)
    assert [question.text for question in made] == ["Question 0?", "Question 1?", "Question 2?"] and not thrown


def test_hostile_words_are_kept_as_words_and_load_again(tmp_path: Path) -> None:
    nasty = [
        "</script><b>",
        "\x1b[31m\x00",
        "\u202eevil",
        "line\u2028one\r\ntwo",
        '"}\n{"question": "x"',
        "half \ud800",
    ]
    made, thrown = draft_from(*(reply(text) for text in nasty), count=len(nasty))
    assert [question.text for question in made] == nasty and not thrown
    path = tmp_path / "drafts.jsonl"
    path.write_text(write_drafts(made), encoding="utf-8", newline="")
    assert load_questions(path).questions == tuple(made)


# The command.


@pytest.fixture
def index(tmp_path: Path) -> Path:
    put(tmp_path / "index", "mill", ACCOUNT)
    return tmp_path / "index"


def footnote(*arguments: object, **environment: str) -> tuple[int, str, str]:
    """Run ``footnote questions`` in a process of its own: its exit code, standard output and error."""
    result = subprocess.run(
        [sys.executable, "-m", "ui", "questions", *map(str, arguments)],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        timeout=120,
        check=False,
    )
    told = result.stderr.decode()
    assert "Traceback" not in told, told
    return result.returncode, result.stdout.decode(), told


def test_drafts_of_the_command_pass_its_check(index: Path, tmp_path: Path) -> None:
    status, drafts, told = footnote("draft", "mill", "-n", 4, "--index", index)
    assert (status, told) == (0, "4 drafts, not yet read by a person\n")
    (tmp_path / "drafts.jsonl").write_text(drafts, encoding="utf-8")
    status, counts, told = footnote("check", tmp_path / "drafts.jsonl", "--index", index, "--json")
    assert (status, told) == (0, "")
    found = json.loads(counts)
    assert (found["questions"], found["with_evidence"], found["tags"]) == (4, 4, {"draft": 4, "rules": 4})
    assert found["answers"] == {"with answers": 4}


def test_a_chat_model_that_is_configured_writes_the_drafts(index: Path) -> None:
    with api.serve(api.say("\n".join([reply(), reply(answer="1875"), reply(quote="Made up.")]))) as server:
        status, drafts, told = footnote(
            "draft", "mill", "-n", 3, "--index", index,
            FOOTNOTE_CHAT_BASE_URL=server.url, FOOTNOTE_CHAT_MODEL=api.MODEL, OPENAI_API_KEY="none",
        )  # fmt: skip
        assert status == 0, told
        assert [json.loads(line)["question"] for line in drafts.splitlines()] == ["When was the mill built?"]
        assert told.count("thrown away 1 x") == 2 and "1 drafts" in told
        assert server.requests and "The old mill was built" in server.requests[-1].prompt


def test_a_document_that_is_not_there_or_gives_nothing_is_told_in_one_line(index: Path) -> None:
    put(index, "short", "Rye.")
    for name in ("barn", "short"):
        status, drafts, told = footnote("draft", name, "--index", index)
        assert (status, drafts, told.count("\n")) == (1, "", 1) and f"'{name}'" in told
    assert footnote("draft", "mill", "-n", 0, "--index", index)[0] == 2


def test_check_tells_every_problem_at_once_and_exits_with_2(index: Path, tmp_path: Path) -> None:
    lines = [
        '{"id": "good", "question": "Who?", "evidence": [{"quote": "Agnes  Orrin rebuilt"}]}',
        "{",
        '{"question": 3}',
    ]
    lines += ['{"id": "astray", "question": "Who?", "evidence": [{"quote": "Nobody at all"}]}']
    lines += [
        '{"id": "good", "question": "Again?"}',
        '{"id": "far", "question": "?", "documents": ["barn"]}',
        *["["] * 30,
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    status, counts, told = footnote("check", path, "--index", index)
    assert (status, counts) == (2, "")
    assert sorted({int(place) for place in re.findall(r"set\.jsonl:(\d+): ", told)}) == list(range(2, 37))
    for words in ("does not stand in", "'barn'", "already that of line 1", "must be a text"):
        assert words in told, told

    status, _, told = footnote("check", path, "--index", tmp_path / "none")
    assert status == 2 and len(re.findall(r"set\.jsonl:\d+: ", told)) == 33, "what needs no index is told without one"

    path.write_text("[\n" * 30, encoding="utf-8")
    status, _, told = footnote("check", path)
    assert status == 2 and len(re.findall(r"set\.jsonl:\d+: ", told)) == 30, "all of them, where no line is good too"


def test_check_needs_no_index_for_a_set_that_brings_its_documents(tmp_path: Path) -> None:
    answer = {"text": "1874", "answer_start": ACCOUNT.index("1874")}
    asked: list[dict[str, Any]] = [
        {"id": "a", "question": "When?", "answers": [answer]},
        {"id": "b", "question": "Why?", "answers": []},
    ]
    asked[1]["is_impossible"] = True
    path = tmp_path / "set.json"
    path.write_text(json.dumps({"data": [{"title": "Mill", "paragraphs": [{"context": ACCOUNT, "qas": asked}]}]}))
    status, counts, told = footnote("check", path, "--index", tmp_path / "none")
    assert (status, told) == (0, "")
    found = dict(line.split(maxsplit=1) for line in counts.splitlines() if len(line.split()) > 1)
    assert (found["format"], found["questions"], found["documents"]) == ("SQuAD", "2", "1")
    assert found["answers"] == "with answers 1, unanswerable 1"
    assert footnote("check", tmp_path / "missing.jsonl")[0] == 2
