"""The whole way with a chat model that really writes; opt-in, since it takes minutes: pytest -m model, after make local-model."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from platformdirs import user_cache_path
from visiting import wait_until

from rag.chain import build_chain
from rag.index.passage_index import PassageIndex
from rag.llm.local.process import find_process
from rag.llm.local.table import find_open_model
from rag.settings import Settings, read_settings
from rag.types import Answer

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

ASKED = "Which country moved closer to the United States?"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def settings(article_index: Path) -> Iterator[Settings]:
    """Settings under which the model of FOOTNOTE_MODEL_FILE writes, or the one that make local-model brought."""
    known = find_open_model("qwen2.5-coder-1.5b")
    assert known
    told = os.environ.get("FOOTNOTE_MODEL_FILE")
    path = Path(told) if told else user_cache_path("footnote") / "models" / known.file
    if not path.is_file() or find_spec("xllamacpp") is None:
        pytest.skip("there is no local model; get one with: make local-model")
    settings = read_settings(chat_model=f"local:{path}", index=article_index)
    yield settings
    find_process(path, path.stem, 6_000).stop()


def assert_proven(answer: Answer, index: PassageIndex) -> None:
    """Somebody wrote it, and every footnote quotes the document to the letter."""
    assert answer.text and not answer.error
    for citation in answer.citations:
        text = index.document(citation.span.document_id).text
        assert citation.quote == text[citation.span.start : citation.span.end]
    for sentence in answer.sentences:
        assert answer.text[sentence.start : sentence.end] == sentence.text
        assert sentence.supported in (True, None) or sentence.reason


def test_an_answer_grows_and_is_proven(settings: Settings, embeddings: object) -> None:
    index = PassageIndex(settings.index, embeddings)  # type: ignore[arg-type]
    seen = list(build_chain(index, settings=settings).stream(ASKED))
    assert len(seen) > 3, "it is shown while it is written"
    assert_proven(seen[-1], index)
    assert seen[-1].model.startswith("local:") and seen[-1].fallback is None, seen[-1].fallback
    assert "Vietnam" in seen[-1].text and any(sentence.supported for sentence in seen[-1].sentences)


def test_the_command_asks_it(settings: Settings) -> None:
    environment = {**os.environ, "FOOTNOTE_CHAT_MODEL": settings.chat_model, "FOOTNOTE_INDEX": str(settings.index)}
    asked = subprocess.run(
        [sys.executable, "-m", "ui", "ask", ASKED, "--json"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        timeout=800,
    )
    assert asked.returncode == 0, asked.stderr.decode()
    told = json.loads(asked.stdout)
    assert told["model"] == settings.chat_model and told["citations"], told["fallback"]


def test_a_program_asks_it_through_the_page(settings: Settings, tmp_path: Path) -> None:
    from gradio_client import Client

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {**os.environ, "FOOTNOTE_CHAT_MODEL": settings.chat_model, "FOOTNOTE_UPLOADS": str(tmp_path)}
    command = [sys.executable, "-m", "ui", "serve", "--index", str(settings.index), "--port", port]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: answers_health(port), 400)  # a busy machine loads slowly
            told = Client(f"http://127.0.0.1:{port}", verbose=False).predict(ASKED, None, None, api_name="/ask")
        finally:
            server.terminate()
    assert told["model"] == settings.chat_model and told["citations"], told["fallback"]


def answers_health(port: str) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).is_success
    except httpx.TransportError:
        return False
