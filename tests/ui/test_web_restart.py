"""The server ends and comes back while a page is open: it says so, and nothing of the conversation or the library is lost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from visiting import ASTRAL_NOTE, ELEPHANT, ROOT, WIDE, Visitor, browser_test, in_a_loop, titles

from rag.errors import PortInUseError
from ui.web.server import open_socket

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def find_free_port() -> int:
    for port in range(7870, 7970):
        try:
            open_socket("127.0.0.1", port).close()
        except PortInUseError:
            continue
        return port
    pytest.fail("no port is free")


@contextmanager
def serving(index: Path, uploads: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """A server in a process of its own, as people start it."""
    command = [sys.executable, "-m", "ui", "serve", "--index", str(index), "--port", str(port), "--no-open"]
    environment = os.environ | {"FOOTNOTE_UPLOADS": str(uploads)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process:
        assert process.stderr
        said = next(line for line in process.stderr if re.search("http://|Error", line))
        assert str(port) in said
        threading.Thread(target=process.stderr.read, daemon=True).start()
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


@browser_test
def test_a_restart_is_said_and_the_next_question_works(
    browser: Browser,
    article_index: Path,
    tmp_path: Path,
) -> None:
    port, uploads = find_free_port(), tmp_path / "uploads"
    (tmp_path / "stars.md").write_text(ASTRAL_NOTE, encoding="utf-8")
    page = browser.new_context(viewport=WIDE, reduced_motion="reduce").new_page()  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    visitor = Visitor(page, f"http://127.0.0.1:{port}")
    with serving(article_index, uploads, port):
        page.goto(visitor.address)
        page.wait_for_selector("#source .document")
        visitor.add(tmp_path / "stars.md")
        visitor.ask(ELEPHANT)
        before = page.locator("#chat .words").inner_text()
    page.fill("#question textarea", "What has North Korea started at Sohae?")
    page.press("#question textarea", "Enter")
    page.wait_for_selector(".toast-body")
    assert "Connection to the server was lost" in page.inner_text(".toast-body")
    assert page.input_value("#question textarea") == "What has North Korea started at Sohae?", "what was typed stays"
    with serving(article_index, uploads, port):
        page.wait_for_event("load")  # Gradio's script loads the page anew as soon as the server is there
        page.wait_for_selector("#chat .words")
        assert page.locator("#chat .words").inner_text() == before
        assert page.locator("a.footnote.gone").count() == 0 and len(titles(visitor)) == 2
        page.wait_for_function("document.querySelector('#question textarea').value.includes('Sohae')")
        page.press("#question textarea", "Enter")
        page.wait_for_function("document.querySelectorAll('#chat .asked').length === 2")
        page.wait_for_selector("#question .submit-button")
        assert "Sohae" in page.locator("#chat .words").last.inner_text()
        assert "six tonnes" in visitor.ask(ELEPHANT).inner_text()
    page.context.close()
    assert [folder for folder in uploads.iterdir() if folder.is_dir()], "and they are kept for the next time"
    assert not list(uploads.rglob("*.md"))


@browser_test
def test_a_session_that_the_server_has_forgotten_is_made_anew_of_what_the_browser_kept(
    browser: Browser,
    article_index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after an hour's sleep: the page is not loaded anew, and its session is gone."""
    import threading as threads

    from rag.index.embeddings import build_embeddings
    from rag.index.passage_index import PassageIndex
    from rag.settings import read_settings
    from ui.web.page.handlers import Handlers
    from ui.web.server import build_app, build_server

    real = Handlers.find_or_open
    monkeypatch.setattr(Handlers, "find_or_open", lambda self, session, *known: real(self, None, *known))
    settings = read_settings(index=article_index, uploads=tmp_path / "uploads")
    index = PassageIndex(article_index, build_embeddings(settings))
    app = in_a_loop(lambda: build_app(settings, index))
    with open_socket("127.0.0.1", 0) as listener:
        server = build_server(app)
        thread = threads.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        page = browser.new_context(viewport=WIDE, reduced_motion="reduce").new_page()  # type: ignore[arg-type]
        visitor = Visitor(page, f"http://127.0.0.1:{listener.getsockname()[1]}")
        page.goto(visitor.address)
        page.wait_for_selector("#source .document")
        (tmp_path / "stars.md").write_text(ASTRAL_NOTE, encoding="utf-8")
        visitor.add(tmp_path / "stars.md")
        assert "six tonnes" in visitor.ask(ELEPHANT).inner_text()
        visitor.ask("What has North Korea started at Sohae?")
        assert page.locator("#chat .asked").count() == 2, "the first one is still there"
        page.locator("#chat [data-act=undo]:visible").click()
        page.wait_for_function("document.querySelectorAll('#chat .asked').length === 1")
        page.context.close()
        server.should_exit = True
        thread.join(30)
