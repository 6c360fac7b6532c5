"""The chain's steps: seen by name, replaced one by one; a LangChain retriever searched from end to end."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    BaseCallbackHandler,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import BaseTool
from langchain_core.tracers.base import BaseTracer
from langchain_core.tracers.schemas import Run

from rag.chain import build_chain
from rag.cite.checking import NOT_PROVEN
from rag.index.passage_index import PassageIndex
from rag.retrieve.hybrid import PassageRetriever
from rag.retrieve.langchain_retriever import make_passages
from rag.retrieve.ranking import rank
from rag.settings import read_settings
from rag.steps import Cited, Draft, QuotedSentence, Retrieved, Understood
from rag.types import Answer, Question, ScoredPassage, Span

STEPS = ["understand", "retrieve", "rank", "answer", "cite", "check"]
ASKED = "When did the mill burn down?"
TOLD = {
    "built": "The mill was built in 1874 by the Harrow brothers. It ground rye.",
    "burned": "The mill burned down in March 1911. Nobody was hurt.",
    "bridge": "The bridge has stood since 1931. Both towns paid for it.",
}
README = (Path(__file__).parents[2] / "rag" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def index(article_index: Path, embeddings: Any) -> PassageIndex:
    return PassageIndex(article_index, embeddings)


class Recorder(BaseTracer):
    """Keeps the tree of runs."""

    def __init__(self) -> None:
        super().__init__()
        self.roots: list[Run] = []

    def _persist_run(self, run: Run) -> None:
        self.roots.append(run)


class Shelf(BaseRetriever):
    """A retriever of a few notes, the last first; it tells how it was asked."""

    asked: list[str]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        self.asked.append(f"sync: {query}")
        return [Document(text, metadata={"source": f"notes/{name}.txt"}) for name, text in reversed(TOLD.items())]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        self.asked.append(f"async: {query}")
        return [Document(text, id=name) for name, text in TOLD.items()]


async def last_of(chain: Any, asked: str, config: Any = None) -> Answer:
    answers: list[Answer] = [answer async for answer in chain.astream(asked, config)]
    return answers[-1]


def call(chain: Any, way: str, asked: str, config: Any = None) -> Answer:
    """The chain's answer, asked in one of four ways."""
    match way:
        case "invoke":
            answer = chain.invoke(asked, config)
        case "stream":
            *_, answer = chain.stream(asked, config)
        case "ainvoke":
            answer = asyncio.run(chain.ainvoke(asked, config))
        case _:
            answer = asyncio.run(last_of(chain, asked, config))
    assert isinstance(answer, Answer)
    return answer


WAYS = ["invoke", "stream", "ainvoke", "astream"]


@pytest.mark.parametrize("way", WAYS)
def test_a_trace_has_every_step_by_name_with_the_question_in_and_the_result_out(chain: Any, way: str) -> None:
    recorder = Recorder()
    asked = "How did the summit in Hanoi end?"
    answer = call(chain, way, asked, {"callbacks": [recorder]})
    (root,) = recorder.roots
    assert root.name == "footnote" and root.outputs == {"output": answer}
    assert [run.name for run in root.child_runs] == STEPS
    went_in = [run.inputs["input"] for run in root.child_runs]
    came_out = [(run.outputs or {})["output"] for run in root.child_runs]
    assert went_in[0] == asked
    assert [type(value) for value in came_out] == [Understood, Retrieved, Retrieved, Draft, Cited, Answer]
    assert went_in[1:] == came_out[:-1]
    assert [went_in[1].question.text, went_in[3].question.text, went_in[5].found.question.text] == [asked] * 3


@pytest.mark.parametrize("way", ["invoke", "astream"])
def test_a_handler_is_told_the_question_when_a_step_begins(chain: Any, way: str) -> None:
    begun: dict[str, Any] = {}

    class Handler(BaseCallbackHandler):
        def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
            begun[kwargs["name"]] = inputs

    call(chain, way, "How did the summit end?", {"callbacks": [Handler()]})
    assert begun["understand"] == "How did the summit end?"
    assert isinstance(begun["retrieve"], Understood) and isinstance(begun["check"], Cited)


def test_small_talk_passes_through_the_steps(chain: Any) -> None:
    recorder = Recorder()
    answer = chain.invoke("thanks!", {"callbacks": [recorder]})
    assert [run.outputs for run in recorder.roots[0].child_runs] == [{"output": answer}] * len(STEPS)


def test_a_failing_step_is_named_in_the_trace(index: PassageIndex) -> None:
    def fail(found: Retrieved) -> Retrieved:
        raise RuntimeError("no power")

    for way in WAYS:
        recorder = Recorder()
        with pytest.raises(RuntimeError, match="no power"):
            call(build_chain(index, rank=fail), way, "How did the summit end?", {"callbacks": [recorder]})
        failed = [run.name for run in recorder.roots[0].child_runs if run.error]
        assert failed[0] == "rank" and "understand" not in failed


def test_schemas_are_given(chain: Any) -> None:
    assert chain.input_schema.model_validate("Why?").root == "Why?"
    asked = chain.input_schema.model_validate({"text": "Why?", "documents": ["d"]}).root
    assert asked == Question("Why?", documents=("d",))
    told = chain.get_input_jsonschema()
    assert {"type": "string"} in told["anyOf"] and "history" in told["$defs"]["Question"]["properties"]
    assert {"citations", "confidence", "abstained"} <= set(
        chain.get_output_jsonschema()["$defs"]["Answer"]["properties"]
    )
    answer = chain.invoke("How did the summit in Hanoi end?")
    assert chain.output_schema.model_validate(answer).root == answer


def test_it_is_a_tool_that_is_asked_in_text_and_tells_its_footnotes(chain: Any) -> None:
    tool = chain.as_tool(name="archive", description="Asks the archive.")
    assert isinstance(tool, BaseTool) and (tool.name, tool.description) == ("archive", "Asks the archive.")
    assert list(tool.args) == ["question"] and tool.args["question"]["type"] == "string"
    answer = chain.invoke("How did the summit in Hanoi end?")
    for told in (tool.invoke(answer.question), asyncio.run(tool.ainvoke(answer.question))):
        assert told.startswith(f"{answer.text}\n[1] ")
        assert all(citation.quote in told for citation in answer.citations)


class TestReplacing:
    def test_each_step_gives_way_to_another(self, index: PassageIndex) -> None:
        passages = (ScoredPassage(make_passages([Document(TOLD["burned"], id="burned")])[0][0], 0.5),)
        quote = QuotedSentence("Nobody was hurt.", ((Span("burned", 36, 52), passages[0].passage),))
        seen: list[str] = []

        def note(step: str, made: Any) -> Any:
            seen.append(step)
            return made

        chain = build_chain(
            index,
            understand=lambda asked: note("understand", Understood(Question(str(asked)), f"{asked}!")),
            retrieve=lambda asked: note("retrieve", Retrieved(asked.question, asked.standalone, passages)),
            rank=lambda found: note("rank", replace(found, notes=("Left as it was.",))),
            answer=lambda found: note("answer", Draft(found, (quote,), model="mine")),
            cite=lambda draft: note("cite", Cited(draft.found, Answer(draft.found.question.text, draft.model))),
            check=lambda cited: note("check", replace(cited.answer, notes=cited.found.notes)),
        )
        for way in WAYS:
            answer = call(chain, way, "Who was hurt?")
            assert (answer.question, answer.text, answer.notes) == ("Who was hurt?", "mine", ("Left as it was.",))
        assert seen == STEPS * len(WAYS)

    def test_a_runnable_will_do_for_a_step(self, index: PassageIndex, chain: Any) -> None:
        turned = build_chain(index, rank=RunnableLambda(lambda found: replace(found, passages=found.passages[::-1])))
        for way in WAYS:
            answer = call(turned, way, "How did the summit in Hanoi end?")
            assert len(answer.passages) == 8
            first, *_, last = [found.score for found in answer.passages]
            assert first < last, "the worst first"

    def test_an_answerer_that_writes_grows_and_is_checked(self, index: PassageIndex) -> None:
        def write(found: Retrieved) -> Iterator[Draft]:
            keys = {"k7qd": found.passages[0].passage}
            words = found.passages[0].passage.text.split(". ")[0].split("\n")[-1]
            yield Draft(found, reply=words[:20], keys=keys, is_final=False)
            yield Draft(found, reply=f"{words} [k7qd]. He sold it to 900 Martians [k7qd].", keys=keys)

        growing = list(build_chain(index, answer=write).stream("How did the summit in Hanoi end?"))
        answer = growing[-1]
        assert len(growing) == 3 and all(sentence.supported is None for sentence in growing[0].sentences)
        assert [sentence.supported for sentence in answer.sentences] == [True, False]
        assert (answer.model, answer.citations[0].number) == ("custom", 1)
        assert answer.seconds.total >= answer.seconds.retrieve > 0

    def test_a_task_that_is_cancelled_says_so(self, index: PassageIndex) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def wait(found: Retrieved) -> Iterator[Draft]:
            yield Draft(found, text="Wait ...", is_final=False)
            begun.set()
            go_on.wait(20)
            yield Draft(found, text="Done.")

        async def cancel() -> None:
            task = asyncio.create_task(last_of(build_chain(index, answer=wait), "How did the summit end?"))
            await asyncio.to_thread(begun.wait, 20)
            task.cancel()
            try:
                with pytest.raises(asyncio.CancelledError):
                    await task
            finally:
                go_on.set()

        asyncio.run(cancel())

    def test_what_another_answerer_cannot_prove_is_not_shown(self, index: PassageIndex) -> None:
        chain = build_chain(index, answer=lambda found: Draft(found, reply="The moon is made of 14 cheeses."))
        answer = chain.invoke("How did the summit in Hanoi end?")
        assert (answer.abstained, answer.text, answer.sentences) == (True, NOT_PROVEN, ())


class TestRetriever:
    def assert_proven(self, answer: Answer, told: dict[str, str]) -> None:
        assert answer.citations and not answer.abstained
        for citation in answer.citations:
            assert told[citation.span.document_id][citation.span.start : citation.span.end] == citation.quote
            for start, end in citation.markers:
                assert answer.text[start:end] == f"[{citation.number}]"

    @pytest.mark.parametrize("way", WAYS)
    def test_chroma_is_searched_and_its_documents_are_quoted(self, embeddings: Any, tmp_path: Path, way: str) -> None:
        from langchain_chroma import Chroma

        store = Chroma("notes", embeddings, persist_directory=str(tmp_path))
        store.add_texts(list(TOLD.values()), ids=list(TOLD), metadatas=[{"title": "Town"}] * len(TOLD))
        answer = call(build_chain(store.as_retriever(search_kwargs={"k": 2})), way, ASKED)
        assert "March 1911" in answer.text and answer.passages[0].passage.title == "Town"
        assert answer.citations[0].span.document_id == "burned" and len(answer.passages) == 2
        self.assert_proven(answer, TOLD)

    @pytest.mark.parametrize("way", WAYS)
    def test_one_of_ones_own_is_asked_in_its_own_way_and_seen_in_the_trace(self, way: str) -> None:
        shelf, recorder = Shelf(asked=[]), Recorder()
        answer = call(build_chain(shelf), way, ASKED, {"callbacks": [recorder]})
        assert shelf.asked == [f"{'async' if way.startswith('a') else 'sync'}: {ASKED}"]
        retrieve = recorder.roots[0].child_runs[1]
        assert [(run.name, run.run_type) for run in retrieve.child_runs] == [("Shelf", "retriever")]
        self.assert_proven(answer, {found.passage.span.document_id: found.passage.text for found in answer.passages})
        assert "March 1911" in answer.text
        assert all(found.passage.text in TOLD.values() for found in answer.passages)

    def test_it_may_take_the_place_of_an_indexs_search(self, index: PassageIndex) -> None:
        answer = build_chain(index, retrieve=Shelf(asked=[])).invoke(ASKED)
        assert "March 1911" in answer.text and {found.passage.text for found in answer.passages} == set(TOLD.values())

    def test_each_of_several_questions_is_searched_for(self) -> None:
        shelf = Shelf(asked=[])
        answer = build_chain(shelf).invoke("When did the mill burn down? Since which year has the bridge stood?")
        first, second = shelf.asked
        assert first == "sync: When did the mill burn down?"
        assert second.endswith("Since which year has the bridge stood?")
        assert "March 1911" in answer.text and "1931" in answer.text

    def test_only_the_documents_that_are_named_answer(self) -> None:
        chain = build_chain(Shelf(asked=[]), settings=read_settings(abstain_below=0.0))
        names = {found.passage.title: found.passage.span.document_id for found in chain.invoke(ASKED).passages}
        answer = chain.invoke(Question(ASKED, documents=(names["bridge.txt"],)))
        assert [found.passage.text for found in answer.passages] == [TOLD["bridge"]]

    def test_nothing_found_is_an_abstention(self) -> None:
        class Empty(BaseRetriever):
            def _get_relevant_documents(
                self, query: str, *, run_manager: CallbackManagerForRetrieverRun
            ) -> list[Document]:
                return [Document("  ")]

        answer = build_chain(Empty()).invoke(ASKED)
        assert answer.abstained and answer.passages == ()

    def test_nobody_says_that_the_library_is_empty(self) -> None:
        chain = build_chain(Shelf(asked=[]))
        assert "your documents" in chain.invoke("hello").text
        assert chain.invoke("Which documents do you have?").route != "library"
        assert chain.invoke("Summarise the text.").citations

    def test_footnotes_own_retriever_keeps_its_spans(self, index: PassageIndex, chain: Any) -> None:
        asked = "How did the summit in Hanoi end?"
        answer = build_chain(PassageRetriever(index=index)).invoke(asked)
        assert (answer.text, answer.citations) == ((own := chain.invoke(asked)).text, own.citations)

    def test_documents_are_told_apart_and_taken_once(self) -> None:
        same = {"source": "notes/town.txt"}
        documents = [Document("One.", metadata=same), Document("Two.", metadata=same), Document("One.", metadata=same)]
        passages = [passage for passage, _ in make_passages([*documents, Document(" \n")])]
        assert [passage.text for passage in passages] == ["One.", "Two."]
        assert len({passage.span.document_id for passage in passages}) == 2
        assert {passage.title for passage in passages} == {"town.txt"}

    def test_a_retrievers_own_scores_are_kept(self) -> None:
        class Scored(BaseRetriever):
            def _get_relevant_documents(
                self, query: str, *, run_manager: CallbackManagerForRetrieverRun
            ) -> list[Document]:
                return [Document(text, metadata={"relevance_score": 0.25}) for text in TOLD.values()]

        seen: list[Retrieved] = []

        def watch(found: Retrieved) -> Retrieved:
            seen.append(found)
            return rank(found, ranker=lambda question, passages: tuple(passages))

        build_chain(Scored(), rank=watch).invoke(ASKED)
        assert [found.score for found in seen[0].passages] == [0.25] * 3


def test_the_code_of_the_readme_runs_as_it_stands(
    article_index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index").symlink_to(article_index)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    printed = []
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(block, names)
        printed.append(capsys.readouterr().out)
    steps, retriever, reranker, answerer, library, filtered, texts, pickled, written, *rest = printed
    agent, route, shown, judged, compared, gated = rest
    assert shown == "" and "<sup>[1]</sup>" in names["answer"]._repr_html_()
    assert steps.split("\n")[1:7] == STEPS and "[1]" in steps
    assert "Span(document_id='mill-2', start=0, end=35) The mill burned down in March 1911." in retriever
    assert 0 < float(reranker) <= 1
    assert re.search(r"\[1\]$", answerer.strip())
    assert "2 documents> ['bridge']" in library and "[^1]: “The mill burned down in March 1911.”" in library
    assert filtered.splitlines()[0] == "['The council met on the flood in May.']" and "nine boats" in filtered
    assert filtered.splitlines()[-2:] == ["('letter',)", "2024"] and "{'kind': 'letter', 'year': 2024}" in filtered
    first, second = texts.splitlines()
    assert first == second and "[1]" in first
    assert re.match(r"\d{1,4} .*\[1\]", pickled)
    assert re.fullmatch(r"<Answer '.*', 1 citation>\n", written)
    assert "[1] The Hanoi summit" in agent and route.strip() and gated == ""
    assert judged.count("abstained\n") == 3 and re.search(r"^hit@5 .*n/a", judged, re.MULTILINE)
    assert compared.split()[:5] == ["shrug", "guess", "silent", "echo", "footnote"]


def test_ranking_keeps_as_many_as_are_wanted() -> None:
    passages = tuple(ScoredPassage(passage, 0.5) for passage, _ in make_passages([Document(t) for t in TOLD.values()]))
    found = Retrieved(Question("A?"), "A?", passages)
    assert rank(found, ranker=lambda question, given: tuple(given), count=2).passages == passages[:2]
    turned = partial(rank, ranker=lambda question, given: tuple(reversed(given)), count=2)
    both = turned(Retrieved(Question("A? B?"), "A? B?", passages, parts=(found, replace(found, passages=passages[:1]))))
    assert both.passages == (passages[2], passages[0])
