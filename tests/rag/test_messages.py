"""What is asked of mails and chats: heads, what one person said, who asked; and how messages are read and quoted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import Runnable

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.english.messages import read_message_question, read_name
from rag.english.speech import retell, says_no, says_nothing
from rag.english.things import find_missing_things, find_things
from rag.index.passage_index import PassageIndex
from rag.reader.features import find_sentence_candidates
from rag.reader.replies import measure_relevance
from rag.reader.retelling import tell
from rag.retrieve.senders import find_said, find_sender
from rag.types import Answer, Passage, Question, ScoredPassage

CHAT = """\
[04/02/2025, 09:01:12] Olga: Who brings the ladder on Saturday?
[04/02/2025, 09:02:40] Nils: not me, ours is at my brother's
[04/02/2025, 09:03:02] Rosa: I'll take mine along
[04/02/2025, 09:04:30] Olga: And the kettle?
[04/02/2025, 09:05:11] Sami: I can do that
[04/02/2025, 09:20:45] Rosa: we start at half past seven, the tide is high at nine
[04/02/2025, 09:21:10] Nils: ok
"""
MAIL = """\
From: Olga Brandt <olga@quay.example>
To: Nils Quist <nils@quay.example>
Cc: Rosa Lind <rosa@quay.example>
Subject: Re: Paint for the hull
Date: Tue, 4 Feb 2025 10:22:00 +0000

We should wait. The yard is closed until March.

On Mon, 3 Feb 2025 at 09:10, Nils Quist <nils@quay.example> wrote:
> I want to paint the hull in February. The green paint costs 80 euros.
>
> On Sun, 2 Feb 2025 at 17:45, Sami Holm <sami@quay.example> wrote:
>> The hull has lost its paint at the bow.
"""
INVITATION = """\
From: Rosa Lind <rosa@quay.example>
To: Olga Brandt <olga@quay.example>
Subject: Summer party
Date: Fri, 6 Jun 2025 08:00:00 +0000

The party is on the old ferry. Bring a lamp.
"""


def build(folder: Path, embeddings: Any, **texts: str) -> tuple[PassageIndex, Runnable[Any, Answer]]:
    for name, text in texts.items():
        ending = "eml" if text.startswith("From") else "txt"
        (folder / f"{name}.{ending}").write_text(text, encoding="utf-8")
    ingest_paths([folder], directory=folder / "index", embeddings=embeddings)
    index = PassageIndex(folder / "index", embeddings)
    return index, build_chain(index)


@pytest.fixture(scope="module")
def chat(embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[PassageIndex, Runnable[Any, Answer]]:
    return build(tmp_path_factory.mktemp("chat"), embeddings, chat=CHAT)


@pytest.fixture(scope="module")
def mail(embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[PassageIndex, Runnable[Any, Answer]]:
    return build(tmp_path_factory.mktemp("mail"), embeddings, mail=MAIL)


def read_quotes(answer: Answer) -> list[str]:
    return [citation.quote for citation in answer.citations]


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Who will bring the ladder?", "Rosa: I'll take mine along"),
        ("Who brings the kettle?", "Sami: I can do that"),
        ("When do they start?", "Rosa: we start at half past seven, the tide is high at nine"),
    ],
)
def test_a_reply_answers_what_was_asked_before_it(
    chat: tuple[PassageIndex, Runnable[Any, Answer]], question: str, quote: str
) -> None:
    answer = chat[1].invoke(question)
    assert read_quotes(answer)[0] == quote, "one message, with its sender, and no other in it"
    assert not answer.abstained


def test_who_does_it_is_named_by_their_name(chat: tuple[PassageIndex, Runnable[Any, Answer]]) -> None:
    short = chat[1].invoke("Who will bring the ladder?").short_answer
    assert short is not None
    assert short.text == "Rosa"


def test_what_nobody_brings_is_said_to_be_missing(chat: tuple[PassageIndex, Runnable[Any, Answer]]) -> None:
    assert chat[1].invoke("Who will bring the tent?").abstained


@pytest.mark.parametrize(
    ("question", "quotes"),
    [
        ("What did Nils say?", ["Nils: not me, ours is at my brother's", "Nils: ok"]),
        ("What did Nils say about the ladder?", ["Nils: not me, ours is at my brother's"]),
        ("What did Rosa write about the tide?", ["Rosa: we start at half past seven, the tide is high at nine"]),
        ("Who asked about the kettle?", ["Olga: And the kettle?"]),
        ("Who mentioned the tide?", ["Rosa: we start at half past seven, the tide is high at nine"]),
        ("What was the last message?", ["Nils: ok"]),
        ("What was Rosa's first message?", ["Rosa: I'll take mine along"]),
        ("When did Sami write?", ["[04/02/2025, 09:05:11] Sami: I can do that"]),
    ],
)
def test_what_one_person_said_is_quoted_and_nothing_of_the_others(
    chat: tuple[PassageIndex, Runnable[Any, Answer]], question: str, quotes: list[str]
) -> None:
    answer = chat[1].invoke(question)
    assert read_quotes(answer) == quotes
    text = "".join(passage.text for passage in chat[0].passages("chat"))
    assert all(text[each.span.start : each.span.end] == each.quote for each in answer.citations)


def test_layers_of_mails_are_no_messages_of_a_chat(embeddings: Any, tmp_path: Path) -> None:
    _, chain = build(tmp_path, embeddings, chat=CHAT, mail=MAIL)
    assert chain.invoke("How many messages are in the chat?").text.startswith("7 messages: ")
    assert chain.invoke("How many mails are there?").text.startswith("Counted: 1 row.")


def test_a_short_question_after_one_about_messages_is_no_part_of_it(
    chat: tuple[PassageIndex, Runnable[Any, Answer]],
) -> None:
    before = "What did Nils say about the ladder?"
    answer = chat[1].invoke(Question("Who is the chair?", history=((before, chat[1].invoke(before).text),)))
    assert answer.standalone_question.startswith(before)
    assert answer.route == "passages"
    assert answer.abstained or (answer.confidence is not None and answer.confidence < 0.4)


def test_messages_are_counted_and_quoted(chat: tuple[PassageIndex, Runnable[Any, Answer]]) -> None:
    answer = chat[1].invoke("How many messages did Rosa send?")
    assert answer.text.startswith("2 messages from Rosa: ")
    assert len(answer.citations) == 2
    assert chat[1].invoke("How many messages are there?").text.startswith("7 messages: ")
    everybody = chat[1].invoke("Who took part in the chat?")
    assert [quote.split(":")[0] for quote in read_quotes(everybody)] == ["Olga", "Nils", "Rosa", "Sami"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What did Rosa say about the engine?", "Rosa does not mention “the engine” here."),
        ("What did Karl say about the ladder?", "Nobody called “Karl” writes here."),
    ],
)
def test_what_nobody_said_is_declined(
    chat: tuple[PassageIndex, Runnable[Any, Answer]], question: str, said: str
) -> None:
    answer = chat[1].invoke(question)
    assert answer.abstained
    assert said in answer.text


@pytest.mark.parametrize(
    ("question", "quote", "short"),
    [
        ("Who is the email from?", "From: Olga Brandt <olga@quay.example>", "Olga Brandt <olga@quay.example>"),
        ("Who sent it?", "From: Olga Brandt <olga@quay.example>", "Olga Brandt <olga@quay.example>"),
        ("Who is it addressed to?", "To: Nils Quist <nils@quay.example>", "Nils Quist <nils@quay.example>"),
        ("Who was copied?", "Cc: Rosa Lind <rosa@quay.example>", "Rosa Lind <rosa@quay.example>"),
        ("When was it sent?", "Date: Tue, 4 Feb 2025 10:22:00 +0000", "Tue, 4 Feb 2025 10:22:00 +0000"),
        ("What is the subject?", "Subject: Re: Paint for the hull", "Re: Paint for the hull"),
    ],
)
def test_a_head_is_asked_for(
    mail: tuple[PassageIndex, Runnable[Any, Answer]], question: str, quote: str, short: str
) -> None:
    answer = mail[1].invoke(question)
    assert read_quotes(answer) == [quote]
    assert answer.short_answer is not None
    assert answer.short_answer.text == short


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What did Olga write?", "Olga Brandt: We should wait. The yard is closed until March. [1]"),
        (
            "What did Nils Quist say?",
            "Nils Quist: I want to paint the hull in February. The green paint costs 80 euros. [1]",
        ),
        ("What did Sami write about the hull?", "Sami Holm: The hull has lost its paint at the bow. [1]"),
    ],
)
def test_what_one_person_wrote_is_told_without_the_layers(
    mail: tuple[PassageIndex, Runnable[Any, Answer]], question: str, text: str
) -> None:
    assert mail[1].invoke(question).text == text


def test_a_quote_from_a_layer_names_its_sender(mail: tuple[PassageIndex, Runnable[Any, Answer]]) -> None:
    answer = mail[1].invoke("How much does the green paint cost?")
    assert answer.text == f"Nils Quist: {read_quotes(answer)[0]} [1]"
    assert "80 euros" in read_quotes(answer)[0]
    assert not any("lost its paint" in quote or "wait" in quote for quote in read_quotes(answer))


def test_of_several_mails_the_one_that_is_named_answers(embeddings: Any, tmp_path: Path) -> None:
    _, chain = build(tmp_path, embeddings, mail=MAIL, party=INVITATION)
    named = {
        "Who sent the email about the party?": ["From: Rosa Lind <rosa@quay.example>"],
        "What is the subject of the email from Olga?": ["Subject: Re: Paint for the hull"],
        "Who sent the mail of 6 June 2025?": ["From: Rosa Lind <rosa@quay.example>"],
        "When did Rosa send the mail?": ["Date: Fri, 6 Jun 2025 08:00:00 +0000"],
    }
    assert {question: read_quotes(chain.invoke(question)) for question in named} == named
    for absent in ("about the lawn mower", "of 7 June 2025", "from Karl"):
        assert chain.invoke(f"What is the subject of the email {absent}?").abstained
    assert len(read_quotes(chain.invoke("Who sent the email?"))) == 2, "each may be meant"
    assert "“Summer party”: From: Rosa" in chain.invoke("Who sent the email?").text
    assert "no “Cc”" in chain.invoke("Who was copied on the email about the party?").text


def test_without_a_mail_such_questions_are_those_of_any_text(embeddings: Any, tmp_path: Path) -> None:
    prose = "# The kettle\n\nBy Ada Quill, 2 May 2014\n\nThe inspector said that the kettle leaks.\n"
    _, chain = build(tmp_path, embeddings, prose=prose)
    assert read_quotes(chain.invoke("Who wrote it?")) == ["By Ada Quill, 2 May 2014"]
    assert read_quotes(chain.invoke("What did the inspector say about the kettle?")) == [
        "The inspector said that the kettle leaks."
    ]


@pytest.mark.parametrize(
    ("question", "wants", "field", "who", "topic"),
    [
        ("who sent the mail about the roof", "head", "From", "", " about the roof"),
        ("When did Olga send it?", "head", "Date", "olga", ""),
        ("Cc?", "head", "Cc", "", ""),
        ("What was Olga's answer?", "said", "From", "olga", ""),
        ("what does the email from Olga say?", "said", "From", "olga", ""),
        ("What did Olga reply about the roof in the chat?", "said", "From", "olga", "the roof"),
        ("how many messages are from Olga", "count", "From", "olga", ""),
    ],
)
def test_what_a_question_asks_of_messages(question: str, wants: str, field: str, who: str, topic: str) -> None:
    asked = read_message_question(question)
    assert asked is not None
    assert (asked.wants, asked.field, asked.who, asked.topic) == (wants, field, who, topic)


@pytest.mark.parametrize(
    "question", ["When did the course end?", "Who was the first president?", "What is the price?", "Who won?", "?"]
)
def test_other_questions_ask_nothing_of_messages(question: str) -> None:
    assert read_message_question(question) is None


def test_messages_are_read_as_others_tell_them() -> None:
    def read(sender: str, words: str) -> str:
        return "".join(text for text, *_ in retell(sender, words))

    assert read("Rosa", "I'll take mine along") == "Rosa will take Rosa's along."
    assert read("Olga", "Who brings it?") == "Olga asked: Who brings it?"
    assert read("Nils", "the tide is high") == "Nils: the tide is high."
    words = "Then I'm late, ask my brother"
    assert "".join(words[start:end] for _, start, end in retell("Nils", words)) == words, "nothing said is left out"
    assert says_no("no, sorry")
    assert not says_no("Nothing is easier")


@pytest.mark.parametrize(
    ("message", "refuses", "is_pleasant"),
    [
        ("I lent mine to Lea", True, False),
        ("ours is at the garage", True, False),
        ("I can't, sorry", True, False),
        ("ours is in the shed, I'll take it", False, False),
        ("no problem, I will", False, False),
        ("me!", False, False),
        ("thanks, see you all there", False, True),
        ("ok", False, True),
    ],
)
def test_an_offer_is_told_from_a_refusal_and_from_thanks(message: str, refuses: bool, is_pleasant: bool) -> None:
    assert says_no(message) == refuses
    assert says_nothing(message) == is_pleasant


def test_what_is_read_is_carried_back_to_the_passage(
    chat: tuple[PassageIndex, Runnable[Any, Answer]], mail: tuple[PassageIndex, Runnable[Any, Answer]]
) -> None:
    for index, name in ((chat[0], "chat"), (mail[0], "mail")):
        for passage in index.passages(name):
            pieces = tell(passage)
            assert all(passage.text[piece.start : piece.end] == piece.text for piece in pieces if piece.is_verbatim)
            assert all(0 <= piece.start <= piece.end <= len(passage.text) for piece in pieces)


def test_a_message_is_a_candidate_of_its_own(chat: tuple[PassageIndex, Runnable[Any, Answer]]) -> None:
    passages = [ScoredPassage(passage, 1.0) for passage in chat[0].passages("chat")]
    candidates = find_sentence_candidates(passages)
    assert [candidate.text for candidate in candidates] == [line.split("] ")[1] for line in CHAT.splitlines()]
    relevant = measure_relevance("Who will bring the ladder?", candidates)
    assert relevant.index(max(relevant[2:])) == 2, "the reply to the question about it"


def test_a_long_log_carries_what_was_said_before_each_passage(embeddings: Any, tmp_path: Path) -> None:
    lines = [
        f"[{9 + at // 60:02d}:{at % 60:02d}] {'Olga' if at % 2 else 'Nils'}: this is message number {at}"
        for at in range(60)
    ]
    index, _ = build(tmp_path, embeddings, log="\n".join(lines))
    first, *others = index.passages("log")
    assert first.heading == ""
    assert len(others) > 1
    for before, passage in zip((first, *others), others, strict=False):
        assert passage.heading == f"{before.text.rstrip().splitlines()[-1].split('] ')[1]}"


def test_a_long_mail_says_in_each_passage_whose_words_it_has(embeddings: Any, tmp_path: Path) -> None:
    text = MAIL.replace("We should wait.", "We should wait and see what the yard says. " * 40)
    index, _ = build(tmp_path, embeddings, mail=text)
    passages: tuple[Passage, ...] = index.passages("mail")
    own = [passage for passage in passages[1:] if "what the yard says" in passage.text]
    assert own
    assert {find_sender(passage, passage.span.start) for passage in own} == {"Olga Brandt"}
    assert {each.sender for each in find_said(passages)} == {"Olga Brandt", "Nils Quist", "Sami Holm"}


def test_names_and_things() -> None:
    assert read_name('"Olga Brandt" <olga@quay.example>') == "Olga Brandt"
    assert read_name("<olga@quay.example>") == "olga@quay.example"
    assert find_things("Who brings the gas cooker?") == ["cooker"]
    assert find_missing_things("Who brings the tent?", ["I bring the ladder"]) == ["tent"]
    assert find_missing_things("Who brings the ladders?", ["I bring the ladder"]) == []
