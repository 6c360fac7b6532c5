"""Many questions at once, by threads and by tasks, are answered as each alone is."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rag.chain import build_chain
from rag.index.passage_index import PassageIndex
from rag.types import Answer

QUESTIONS = Path(__file__).parents[2] / "data" / "questions" / "hanoi-summit.jsonl"
THREADS, TASKS = 8, 200


@pytest.fixture(scope="module")
def asked() -> list[str]:
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines[:40]]


def told(answer: Answer) -> dict[str, Any]:
    """An answer without the time it took."""
    return {name: value for name, value in answer.to_dict().items() if name != "seconds"}


def test_forty_questions_on_threads_and_two_hundred_tasks(
    article_index: Path, embeddings: Any, asked: list[str]
) -> None:
    alone = build_chain(PassageIndex(article_index, embeddings))
    expected = {question: told(alone.invoke(question)) for question in asked}
    chain = build_chain(PassageIndex(article_index, embeddings))
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(chain.invoke, asked))
    assert [told(answer) for answer in answers] == [expected[question] for question in asked]
    many = [asked[number % len(asked)] for number in range(TASKS)]

    async def ask_all() -> list[Answer]:
        return await asyncio.gather(*(chain.ainvoke(question) for question in many))

    answers = asyncio.run(ask_all())
    assert [told(answer) for answer in answers] == [expected[question] for question in many]
