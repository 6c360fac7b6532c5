"""What people who know LangChain do with a chain: dictionaries and messages in, text out, wrapped models, other processes."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.language_models import BaseChatModel, FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.runnables.history import RunnableWithMessageHistory

from ingest import Library
from rag import PassageIndex, PassageRetriever, build_chain, to_text
from rag.chain.text import Grown
from rag.errors import QuestionError, UsageError
from rag.llm.chat_model import chat_model_name, find_context
from rag.llm.streaming import find_models, find_provider
from rag.question import read_question
from rag.settings import read_settings
from rag.turns import take_question
from rag.types import Answer, Question

SOHAE = "Where is the Sohae launch site?"
AGAIN = "What has started there?"


def read(asked: object) -> Question:
    return read_question(take_question(asked))


# ---- what goes in ----


def test_a_question_comes_as_text_as_a_dictionary_or_as_messages(chain: Any) -> None:
    wanted = chain.invoke(SOHAE)
    assert wanted.citations
    asked: list[Any] = [
        {"question": SOHAE},
        {"input": SOHAE},
        {"question": Question(SOHAE)},
        HumanMessage(SOHAE),
        [HumanMessage(SOHAE)],
        [SystemMessage("Be brief."), HumanMessage(SOHAE)],
        {"messages": [{"role": "user", "content": SOHAE}]},
        [("human", SOHAE)],
    ]
    assert [chain.invoke(each).text for each in asked] == [wanted.text] * len(asked)
    assert [answer.text for answer in chain.batch(asked[:2])] == [wanted.text] * 2
    assert list(chain.stream(asked[0]))[-1].text == wanted.text
    assert asyncio.run(chain.ainvoke(asked[4])).text == wanted.text


def test_messages_before_the_last_are_the_conversation(chain: Any) -> None:
    pairs = ((SOHAE, "In the north-west."), ("Who says so?", ""))
    told = [
        SystemMessage("Be brief."),
        HumanMessage(SOHAE),
        AIMessage("", tool_calls=[{"name": "x", "args": {}, "id": "1"}]),
        ToolMessage("found", tool_call_id="1"),
        AIMessage("In the north-west."),
        HumanMessage("Who says so?"),
    ]
    wanted = Question(AGAIN, history=pairs)
    assert read([*told, HumanMessage(AGAIN)]) == wanted
    assert read({"question": AGAIN, "history": told}) == read({"input": AGAIN, "chat_history": told}) == wanted
    assert read(Question(AGAIN, history=tuple(told))) == wanted  # type: ignore[arg-type]
    assert read({"question": AGAIN, "history": [list(pair) for pair in pairs]}) == wanted
    assert read({"messages": [*told, HumanMessage(AGAIN)], "documents": ["hanoi-summit"]}).documents == (
        "hanoi-summit",
    )
    assert chain.invoke([*told[:5], HumanMessage(AGAIN)]).text == chain.invoke(Question(AGAIN, history=pairs[:1])).text


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"question": SOHAE, "document": "x"}, "a question has no 'document'; its parts are: question, input"),
        ({"documents": ["x"]}, "the dictionary asks nothing"),
        ({}, "the dictionary asks nothing"),
        ({"question": 7}, "a question's text is a text, not int"),
        ({"question": SOHAE, "history": 7}, "history"),
        ([], "there is no message of a person"),
        ([AIMessage("Hello")], "there is no message of a person"),
        ([7], "these are no messages (int)"),
        ([HumanMessage("")], "the question is empty"),
        (7, "a question is a text or a Question, not int"),
        (b"x", "not bytes"),
    ],
)
def test_what_asks_nothing_is_told_in_one_line(chain: Any, asked: Any, words: str) -> None:
    with pytest.raises(QuestionError) as told:
        chain.invoke(asked)
    assert words in str(told.value) and "\n" not in str(told.value)


@pytest.mark.filterwarnings("ignore:.*deprecated.*")
def test_a_history_that_langchain_keeps_is_the_conversation(chain: Any) -> None:
    kept = InMemoryChatMessageHistory()
    asked = RunnableWithMessageHistory(
        chain | to_text, lambda session: kept, input_messages_key="question", history_messages_key="history"
    )
    config: Any = {"configurable": {"session_id": "1"}}
    first = asked.invoke({"question": SOHAE}, config)
    second = asked.invoke({"question": AGAIN}, config)
    assert [message.type for message in kept.messages] == ["human", "ai", "human", "ai"]
    assert second == chain.invoke(Question(AGAIN, history=((SOHAE, first),))).text


# ---- what comes out ----


def test_the_text_alone_comes_out_of_a_step_behind_the_chain(chain: Any) -> None:
    texts = chain | to_text
    whole = chain.invoke(SOHAE).text
    assert texts.invoke(SOHAE) == whole == "".join(texts.stream(SOHAE)) == asyncio.run(texts.ainvoke(SOHAE))

    async def gather() -> list[str]:
        return [piece async for piece in texts.astream(SOHAE)]

    assert "".join(asyncio.run(gather())) == whole


def test_events_tell_the_text_piece_by_piece_beside_whole_answers(article_index: Path, embeddings: Any) -> None:
    model = FakeListChatModel(responses=["The site of Sohae is in North Korea. [1]"])
    chain = build_chain(PassageIndex(article_index, embeddings), chat_model=model) | to_text

    async def gather() -> list[Any]:
        return [event async for event in chain.astream_events(SOHAE)]

    events = asyncio.run(gather())
    told = [each["data"]["chunk"] for each in events if (each["event"], each["name"]) == ("on_chain_stream", "text")]
    assert len(told) > 1 and all(isinstance(piece, str) for piece in told)
    (answer,) = [
        each["data"]["output"] for each in events if (each["event"], each["name"]) == ("on_chain_end", "check")
    ]
    assert isinstance(answer, Answer) and answer.text == "".join(told)
    assert {"understand", "retrieve", "rank", "answer", "cite", "check"} <= {each["name"] for each in events}


def test_words_that_are_taken_back_are_followed_by_the_whole() -> None:
    grown = Grown()
    assert [
        grown.take(text) for text in ("It bur", "It burned", "It burned", "It fell. [1]", "It fell. [1] Twice.")
    ] == [
        "It bur",
        "ned",
        "",
        "\n\nIt fell. [1]",
        " Twice.",
    ]


# ---- models ----


def fake() -> FakeListChatModel:
    return FakeListChatModel(responses=["The site of Sohae is in North Korea. [1]"])


def broken() -> BaseChatModel:
    class Broken(FakeListChatModel):
        def _call(self, *rest: Any, **named: Any) -> str:
            raise ConnectionError("down")

        def _stream(self, *rest: Any, **named: Any) -> Any:
            raise ConnectionError("down")

    return Broken(responses=["x"])


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (fake, "fakelist"),
        (lambda: fake().with_retry(), "fakelist"),
        (lambda: fake().bind(stop=["x"]), "fakelist"),
        (lambda: fake().with_fallbacks([fake()]), "fakelist"),
        (lambda: broken().with_fallbacks([fake()]), "broken"),
        (lambda: RunnableLambda(lambda messages: fake().invoke(messages), name="mine"), "mine"),
        (lambda: RunnableLambda(lambda messages: "The site of Sohae is in North Korea. [1]", name="mine"), "mine"),
    ],
)
def test_a_model_that_is_wrapped_writes_like_any_other(
    article_index: Path, embeddings: Any, build: Any, name: str
) -> None:
    answer = build_chain(PassageIndex(article_index, embeddings), chat_model=build()).invoke(SOHAE)
    wanted = build_chain(PassageIndex(article_index, embeddings), chat_model=fake()).invoke(SOHAE)
    assert answer.text == wanted.text
    assert name in (answer.fallback or answer.model)


def test_the_models_that_are_asked_are_found_in_their_wrappings() -> None:
    first, second = fake(), fake()
    wrapped = first.with_retry().with_fallbacks([second.bind(stop=["x"])])
    assert find_models(wrapped) == [first, second]
    assert find_models(RunnableLambda(lambda x: x)) == []
    assert find_context(read_settings(), wrapped) is None
    assert chat_model_name(read_settings(), wrapped) == "fakelist" == find_provider(first)
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="gpt-x", api_key="none")
    assert chat_model_name(read_settings(), model.with_retry()) == "openai:gpt-x"


def test_what_is_no_model_is_told_in_one_line(article_index: Path, embeddings: Any) -> None:
    with pytest.raises(UsageError, match="a chat model is one of LangChain, not str; or name one in the settings"):
        build_chain(PassageIndex(article_index, embeddings), chat_model="gpt-5")  # type: ignore[arg-type]


def test_no_private_method_of_langchain_is_called() -> None:
    root = Path(__file__).parents[2]
    for name in ("_get_ls_params", "_generate(messages", "_stream(messages", "._llm_type"):
        users = [path for path in (root / "rag").rglob("*.py") if name in path.read_text(encoding="utf-8")]
        assert users == [], name


# ---- several indexes, other processes ----


def test_a_retriever_searches_several_indexes_as_one(article_index: Path, embeddings: Any, tmp_path: Path) -> None:
    library = Library(tmp_path / "index", embeddings)
    library.add_texts([("mill", "The mill at Sohae burned down in 1911.", {"kind": "note"})])
    both = [PassageIndex(article_index, embeddings), library.index]
    found = PassageRetriever(index=both, k=5).invoke("Sohae")
    assert {document.metadata["document"] for document in found} == {"hanoi-summit", "mill"}
    (only,) = PassageRetriever(index=tuple(both), where="kind=note").invoke("Sohae")
    assert only.metadata["kind"] == "note"
    with pytest.raises(UsageError, match="there is no index to search"):
        PassageRetriever(index=[]).invoke("Sohae")


def test_a_chain_an_index_and_a_library_go_to_other_processes(
    article_index: Path, embeddings: Any, chain: Any, tmp_path: Path
) -> None:
    own = build_chain(PassageIndex(article_index, embeddings), settings=read_settings(passages=3))
    question = Question(SOHAE, where={})
    (tmp_path / "sent").write_bytes(pickle.dumps((own, question)))
    code = (
        "import pickle, sys, pathlib\n"
        "chain, question = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "sys.stdout.buffer.write(pickle.dumps(chain.invoke(question)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "sent")], capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
    answer, here = pickle.loads(done.stdout), own.invoke(question)
    assert (answer.text, answer.citations) == (here.text, here.citations)
    library = pickle.loads(pickle.dumps(Library(article_index, embeddings)))
    assert [record.id for record in library.documents()] == ["hanoi-summit"]
    assert library.search("Sohae", count=1)[0].passage.span.document_id == "hanoi-summit"
