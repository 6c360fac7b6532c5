"""Questions about whole documents, by a chat model: read in full where that fits, else in parts; cited all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import testing as api
from rag.answer.excerpts import build_excerpter
from rag.answer.map_reduce import MOST_PARTS, fit_notes, part_passages
from rag.answer.quoting import build_answerer, build_reader
from rag.answer.writing import EVIDENCE, SLOW_NOTES, SLOW_READING, build_writer
from rag.chain import build_chain
from rag.index.passage_index import PassageIndex
from rag.llm.chat_model import build_chat_model
from rag.llm.prompts import CANNOT_ANSWER, count_passage_tokens, format_part
from rag.llm.prompts import count_tokens as count
from rag.reader.span_reader import share_reader
from rag.settings import read_settings
from rag.types import Answer, Passage, Question, Span

SUMMARISE = "Summarise the document."
SMALL = 1_500
"""Tokens of a window that the article does not fit into."""

FIRST = re.compile(r"^[^\n]{30,}?[.!?](?=\s|$)", re.MULTILINE)


def take_notes(exchange: api.Exchange) -> None:
    """Note the first sentence of each passage; of notes, repeat the first line of each."""
    if exchange.request_.passages:
        found = {key: FIRST.search(text) for key, text in exchange.request_.passages.items()}
        exchange.send_reply("\n".join(f"{first.group()} [{key}]" for key, first in found.items() if first))
    else:
        notes = re.findall(r"<notes \d+>\n(.*?)\n", exchange.request_.prompt)
        exchange.send_reply(" ".join(notes))


@pytest.fixture(scope="module")
def index(article_index: Path, embeddings: Any) -> PassageIndex:
    return PassageIndex(article_index, embeddings)


@pytest.fixture
def server() -> Iterator[api.OpenAIServer]:
    with api.serve(take_notes) as running:
        yield running


def ask(index: PassageIndex, server: api.OpenAIServer, question: str = SUMMARISE, context: int = 0) -> list[Answer]:
    settings = read_settings(
        chat_base_url=server.url, chat_model="test-model", chat_timeout=15.0, chat_context=context or None
    )
    return list(build_chain(index, settings=settings).stream(Question(question)))


def assert_proven(answer: Answer, index: PassageIndex) -> None:
    assert answer.citations and not answer.abstained and answer.fallback is None
    for citation in answer.citations:
        text = index.document(citation.span.document_id).text
        assert citation.quote == text[citation.span.start : citation.span.end]
        assert citation.status == "verbatim"
    assert all(sentence.supported for sentence in answer.sentences)


@pytest.mark.parametrize("question", [SUMMARISE, "List all the reasons that are given."])
def test_what_fits_the_window_is_read_in_full(index: PassageIndex, server: api.OpenAIServer, question: str) -> None:
    answer = ask(index, server, question, context=30_000)[-1]
    assert_proven(answer, index)
    (record,) = index.documents()
    assert len(server.requests[-1].passages) == len(answer.passages) == record.passages
    assert answer.route in ("summary", "list")
    assert answer.notes == (f"Read in full: {record.passages} passages.",)


def test_what_does_not_fit_is_read_in_parts_and_every_prompt_fits(
    index: PassageIndex, server: api.OpenAIServer
) -> None:
    snapshots = ask(index, server, context=SMALL)
    answer = snapshots[-1]
    assert_proven(answer, index)
    *parts, merge = server.requests
    (record,) = index.documents()
    assert sum(len(request.passages) for request in parts) == record.passages
    assert len({key for request in parts for key in request.passages}) == record.passages
    assert not merge.passages and "<notes 1>" in merge.prompt
    assert all(len(str(request.body["messages"])) / 4 < SMALL for request in server.requests)
    stages = [snapshot.notes[-1] for snapshot in snapshots if not snapshot.text]
    assert stages[: len(parts)] == [f"Reading part {number} of {len(parts)} …" for number in range(1, len(parts) + 1)]
    assert answer.notes == (f"Read in {len(parts)} parts, and answered from notes on them.",)
    assert answer.usage is not None and answer.usage.output_tokens == 30 * len(server.requests)


def test_a_part_that_has_nothing_is_left_out(index: PassageIndex, server: api.OpenAIServer) -> None:
    server.behaviour = api.one_after_another(api.say(CANNOT_ANSWER), take_notes)
    answer = ask(index, server, context=SMALL)[-1]
    assert_proven(answer, index)
    assert CANNOT_ANSWER not in server.requests[-1].prompt


def test_where_no_part_has_anything_the_passages_that_stand_for_it_are_asked(
    index: PassageIndex, server: api.OpenAIServer
) -> None:
    server.behaviour = api.say(CANNOT_ANSWER)
    answer = ask(index, server, context=SMALL)[-1]
    assert answer.abstained and answer.passages and server.requests[-1].passages


def test_a_model_that_fails_on_the_way_is_stood_in_for(index: PassageIndex, server: api.OpenAIServer) -> None:
    server.behaviour = api.one_after_another(take_notes, api.refuse_key)
    answer = ask(index, server, context=SMALL)[-1]
    assert answer.model == "embedded" and answer.citations
    assert answer.fallback is not None and "refused the key" in answer.fallback
    assert answer.usage is not None and answer.usage.output_tokens == 30


def test_notes_that_cite_nothing_rest_on_any_passage_of_their_part(
    index: PassageIndex, server: api.OpenAIServer
) -> None:
    server.behaviour = api.say("The summit in Hanoi ended without a deal.")
    answer = ask(index, server, context=SMALL)[-1]
    assert answer.fallback is None and [sentence.supported for sentence in answer.sentences] == [True]
    (citation,) = answer.citations
    text = index.document(citation.span.document_id).text
    assert citation.origin == "found" and citation.quote == text[citation.span.start : citation.span.end]


def test_what_has_too_many_parts_is_answered_from_the_passages_that_stand_for_it(
    index: PassageIndex, server: api.OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.answer.map_reduce.MOST_PARTS", 1)
    answer = ask(index, server, context=SMALL)[-1]
    assert_proven(answer, index)
    assert len(server.requests) == 1 and "Too long to be read as a whole" in answer.notes[0]


def test_reading_ends_in_time_and_says_how_far_it_came(
    index: PassageIndex, server: api.OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.answer.map_reduce.READING_SECONDS", 0.0)
    answer = ask(index, server, context=SMALL)[-1]
    assert_proven(answer, index)
    assert len(server.requests) == 2 and "<notes 1>" in server.requests[-1].prompt
    assert re.fullmatch(r"Only 1 of \d+ parts were read in 0 minutes; the answer is from these\.", answer.notes[0])


def ask_slow(index: PassageIndex, server: api.OpenAIServer) -> list[Answer]:
    """All snapshots of a summary by a model that counts as slow."""
    settings = read_settings(chat_base_url=server.url, chat_model="test-model")
    model = build_chat_model(settings)
    assert model is not None
    spans = share_reader()
    quoting = build_answerer(build_reader(index.embeddings, spans), abstain_below=settings.abstain_below)
    writer = build_writer(model, fallback=quoting, model_name="slow", timeout=15.0, excerpts=build_excerpter(spans))
    return list(build_chain(index, settings=settings, answer=writer).stream(Question(SUMMARISE)))


def test_a_slow_model_reads_small_parts_while_what_was_found_is_shown(
    index: PassageIndex, server: api.OpenAIServer
) -> None:
    *growing, answer = ask_slow(index, server)
    assert_proven(answer, index)
    assert EVIDENCE not in answer.notes and EVIDENCE in growing[0].notes and growing[0].citations
    reading = [snapshot for snapshot in growing if any("Reading part" in note for note in snapshot.notes)]
    assert len(reading) > 1 and all(snapshot.citations == growing[0].citations for snapshot in reading)
    assert all(len(str(request.body["messages"])) / 4 < SLOW_READING for request in server.requests)


def test_a_slow_model_that_does_not_end_its_notes_is_interrupted_after_a_sentence(
    index: PassageIndex, server: api.OpenAIServer
) -> None:
    server.behaviour = api.say("The summit in Hanoi ended without a deal. " * 100)
    ask_slow(index, server)
    notes = re.findall(r"<notes \d+>\n(.*?)\n</notes", server.requests[-1].prompt)
    assert len(notes) > 1
    assert all(len(note) <= SLOW_NOTES + 10 and note.endswith("deal.") for note in notes)


def test_other_questions_are_not_read_for_in_full(index: PassageIndex, server: api.OpenAIServer) -> None:
    server.behaviour = api.echo
    answer = ask(index, server, "Who asked for the meeting to be postponed?", context=30_000)[-1]
    assert answer.notes == () and len(answer.passages) == 8


def make_passages(sizes: list[int], headings: str) -> dict[str, Passage]:
    start, made = 0, {}
    for number, (size, heading) in enumerate(zip(sizes, headings, strict=True)):
        made[f"k{number}"] = Passage(Span("town", start, start + size), "x" * size, "Town", heading)
        start += size
    return made


def test_parts_hold_all_passages_in_order_and_fit() -> None:
    keyed = make_passages([400] * 20, "AAAAABBBBBCCCCCDDDDD")
    parts = part_passages(keyed, SUMMARISE, 1_500)
    assert [key for part in parts for key in part] == list(keyed)
    assert 1 < len(parts) <= MOST_PARTS
    assert all(count(format_part(SUMMARISE, part)) <= 1_500 for part in parts)


def test_parts_end_before_a_heading_where_one_is_near() -> None:
    keyed = make_passages([400] * 8, "AAAABBBB")
    room = count(format_part(SUMMARISE, {})) + 5 * count_passage_tokens(keyed["k0"]) + 5
    assert [
        "".join(passage.heading for passage in part.values()) for part in part_passages(keyed, SUMMARISE, room)
    ] == [
        "AAAA",
        "BBBB",
    ]


def test_a_passage_that_fits_nowhere_is_a_part_of_its_own() -> None:
    keyed = make_passages([400, 9_000, 400], "AAA")
    assert [list(part) for part in part_passages(keyed, SUMMARISE, 900)] == [["k0"], ["k1"], ["k2"]]


def test_notes_are_cut_at_the_end_of_a_sentence() -> None:
    long = "It burned down [k7qd]. " * 200
    fitted = fit_notes([long, "Short [k7qd]."], 1_000)
    assert fitted[1] == "Short [k7qd]."
    assert len(fitted[0]) <= 800 and fitted[0].endswith("[k7qd].")
