"""Anthropic's own citations of documents, against a real local server that speaks its protocol: they become ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rag import testing as api
from rag.chain import build_chain
from rag.index.passage_index import PassageIndex
from rag.llm.streaming import ChunkReader
from rag.settings import read_settings
from rag.types import Answer, Question, Usage

pytest.importorskip("langchain_anthropic")

ASKED = "Who asked for the meeting to be postponed?"


def send_events(exchange: api.Exchange, blocks: list[tuple[str, list[tuple[int, str]]]]) -> None:
    """A reply of text blocks, each with its citations: numbers of documents and the text cited."""
    start: dict[str, Any] = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "m",
        "stop_reason": None,
    }
    events: list[dict[str, Any]] = [
        {
            "type": "message_start",
            "message": start | {"stop_sequence": None, "usage": {"input_tokens": 0, "output_tokens": 0}},
        }
    ]
    for index, (text, cited) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}})
        deltas: list[dict[str, Any]] = [
            {"type": "text_delta", "text": text[at : at + 9]} for at in range(0, len(text), 9)
        ]
        for number, words in cited:
            place = {"document_index": number, "document_title": "x", "start_char_index": 0, "end_char_index": 1}
            deltas.append(
                {"type": "citations_delta", "citation": {"type": "char_location", "cited_text": words, **place}}
            )
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    usage = {"input_tokens": 900, "output_tokens": 40}
    events.append(
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage}
    )
    events.append({"type": "message_stop"})
    body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    exchange.send_bytes(200, body.encode(), "text/event-stream")


def documents_of(request: api.Request) -> list[dict[str, Any]]:
    return [block for block in request.body["messages"][-1]["content"] if block["type"] == "document"]


def cite_first_sentences(exchange: api.Exchange) -> None:
    """Say the last sentence of each of two documents, joined by words without a citation."""
    found = [
        (number, document["source"]["data"].rstrip().split(". ")[-1])
        for number, document in enumerate(documents_of(exchange.request_))
    ]
    (first, one), (second, other) = found[:2]
    send_events(exchange, [(one, [(first, one)]), ("\n\n", []), (other, [(second, other + "\n")])])


def ask(index: PassageIndex, behaviour: api.Behaviour, text: str = ASKED) -> tuple[Answer, api.OpenAIServer]:
    with api.serve(behaviour) as server:
        settings = read_settings(
            chat_model="anthropic:claude-test",
            chat_base_url=server.url.removesuffix("/v1"),
            chat_api_key="sk-secret",
            chat_timeout=15.0,
        )
        return build_chain(index, settings=settings).invoke(Question(text)), server


@pytest.fixture(scope="module")
def index(article_index: Any, embeddings: Any) -> PassageIndex:
    return PassageIndex(article_index, embeddings)


def test_documents_are_given_to_be_cited_and_what_is_cited_becomes_footnotes(index: PassageIndex) -> None:
    answer, server = ask(index, cite_first_sentences)
    documents = documents_of(server.requests[0])
    assert all(document["citations"] == {"enabled": True} for document in documents)
    assert [document["source"]["data"] for document in documents] == [
        scored.passage.text.strip() for scored in answer.passages
    ]
    assert answer.fallback is None and answer.model == "anthropic:claude-test"
    assert [citation.number for citation in answer.citations] == [1, 2]
    for citation in answer.citations:
        text = index.document(citation.span.document_id).text
        assert citation.quote == text[citation.span.start : citation.span.end]
        assert citation.status == "verbatim"
    assert [sentence.supported for sentence in answer.sentences] == [True, True]
    assert answer.usage == Usage(900, 40)


def test_cited_text_that_no_document_holds_is_not_shown(index: PassageIndex) -> None:
    def lie(exchange: api.Exchange) -> None:
        send_events(
            exchange, [("The keeper asked for it to be sold.", [(0, "The keeper asked for it to be sold to Leeds.")])]
        )

    answer, _ = ask(index, lie)
    assert "sold" not in answer.text and answer.fallback is not None
    assert all(citation.status == "verbatim" for citation in answer.citations), "the embedded answer stands in"


def test_a_refusal_of_the_key_is_said_without_it(index: PassageIndex) -> None:
    answer, _ = ask(index, api.refuse_key)
    assert answer.fallback is not None and "refused the key (401)" in answer.fallback
    assert "sk-secret" not in json.dumps(answer.to_dict()) and answer.citations


class Chunk:
    def __init__(self, content: Any, usage: dict[str, int] | None = None):
        self.content, self.usage_metadata = content, usage


def block(index: int, text: str = "", *cited: tuple[object, object]) -> Chunk:
    citations = [{"document_index": number, "cited_text": words} for number, words in cited]
    return Chunk([{"type": "text", "text": text, "index": index, "citations": citations}])


def test_the_markers_of_a_block_follow_its_text() -> None:
    reader = ChunkReader(("k7qd", "m4tz"))
    chunks = [
        block(0, "It "),
        block(0, "", (0, "It [really]\n“burned”.")),
        block(0, "burned"),
        block(1, "."),
        block(1, "", (1, "")),
    ]
    text = "".join(reader.read(chunk) for chunk in chunks) + reader.close()
    assert text == 'It burned [k7qd "It really burned ."]. [m4tz]'


def test_numbers_of_no_document_are_left_out() -> None:
    reader = ChunkReader(("k7qd",))
    odd = [block(0, "It burned", (7, "x"), (-1, "x"), ("0", "x"), (None, "x"))]
    assert "".join(reader.read(chunk) for chunk in odd) + reader.close() == "It burned"


def test_text_of_any_kind_of_chunk_is_read_and_tokens_are_summed() -> None:
    reader = ChunkReader()
    chunks = [Chunk("a", {"input_tokens": 5, "output_tokens": 1}), Chunk(["b", {"type": "thinking", "thinking": "?"}])]
    chunks.append(Chunk([{"type": "text", "text": "c"}], {"input_tokens": 0, "output_tokens": 2}))
    assert "".join(reader.read(chunk) for chunk in chunks) + reader.close() == "abc"
    assert reader.usage == Usage(5, 3)
