"""The whole chain with chat models: many questions at once, tokens of every call, and a local model of transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from rag import testing as api
from rag.chain import build_chain
from rag.cite.judging import NOT_SETTLED
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings
from rag.types import Answer, Question, Usage

QUESTIONS = (
    "Who asked for the meeting to be postponed?",
    "Where did the two leaders first meet?",
    "What is Sohae?",
    "Who wrote it?",
)


@pytest.fixture(scope="module")
def index(article_index: Path, embeddings: Any) -> PassageIndex:
    return PassageIndex(article_index, embeddings)


def test_32_questions_at_once_are_each_answered_from_their_own_passages(index: PassageIndex) -> None:
    with api.serve(api.echo) as server:
        settings = read_settings(chat_base_url=server.url, chat_model="test-model", chat_timeout=60.0)
        chain = build_chain(index, settings=settings)
        questions = [Question(QUESTIONS[number % 4], id=str(number)) for number in range(32)]
        answers = chain.batch(questions, config={"max_concurrency": 32})  # type: ignore[arg-type]
        assert len(server.requests) == 32
    assert [answer.id for answer in answers] == [question.id for question in questions]
    for question, answer in zip(questions, answers, strict=True):
        assert answer.question == question.text and answer.fallback is None and answer.citations
        given = {scored.passage.id for scored in answer.passages}
        assert all(citation.passage.id in given for citation in answer.citations)
        assert answer.text == answers[int(question.id) % 4].text


def test_the_tokens_of_a_rewritten_question_count(index: PassageIndex) -> None:
    with api.serve(api.echo) as server:
        chain = build_chain(index, settings=read_settings(chat_base_url=server.url, chat_model="test-model"))
        first = chain.invoke(Question(QUESTIONS[0]))
        follow_up = chain.invoke(Question("And why?", history=((QUESTIONS[0], first.text),)))
    assert first.usage == Usage(700, 30) and follow_up.usage == Usage(1_400, 60)


def test_without_a_chat_model_there_are_no_tokens(chain: Any) -> None:
    assert chain.invoke(QUESTIONS[0]).usage is None


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model of transformers with random weights: it writes letters without sense, through the real path."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-model")
    words = ["<s>", "</s>", "<unk>", *(chr(code) for code in range(32, 127)), "\n"]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.decoder = decoders.Fuse()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="</s>"
    )
    fast.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: "
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=32_000,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def test_a_local_model_of_transformers_is_asked_and_what_it_babbles_is_no_answer(
    index: PassageIndex, tiny_model: Path
) -> None:
    settings = read_settings(chat_model=f"huggingface:{tiny_model}", chat_max_tokens=60, chat_timeout=60.0)
    answer = build_chain(index, settings=settings).invoke(QUESTIONS[0])
    wrote = f"nothing that huggingface:{tiny_model} wrote is proven by the passages it was given; the embedded answer stands in"
    alone = build_chain(index, settings=read_settings()).invoke(QUESTIONS[0])
    assert (answer.fallback, answer.model) == (wrote, "embedded")
    assert (answer.text, answer.citations, answer.sentences) == (alone.text, alone.citations, alone.sentences)


def write(index: PassageIndex, question: str, reply: str) -> Answer:
    """What becomes of a reply."""
    return build_chain(index, settings=read_settings(), chat_model=FakeListChatModel(responses=[reply])).invoke(
        question
    )


def test_a_yes_that_only_shares_words_with_what_it_cites_is_not_proven(index: PassageIndex) -> None:
    said = "Trump left the summit with the remark that there are times when one has to walk away."
    answer = write(
        index, "Did Trump leave with a joint declaration?", f"Yes, Trump left with a joint declaration [1]. {said}"
    )
    first, second = answer.sentences
    assert (first.verdict, first.reason, second.verdict) == ("not found", NOT_SETTLED, "supported"), answer.text


def test_a_reply_that_only_says_the_question_again_is_replaced_by_a_quote(index: PassageIndex) -> None:
    answer = write(index, QUESTIONS[0], "The meeting was asked to be postponed [1].")
    assert answer.fallback and answer.model == "embedded" and answer.citations


def test_a_model_that_says_the_same_for_ever_is_cut_short(index: PassageIndex) -> None:
    said = "Sohae is North Korea's launch site for long-range rockets [1]. "
    answer = write(index, "What is Sohae?", said * 80)
    assert len(answer.sentences) == 1 and answer.fallback is None and answer.citations
