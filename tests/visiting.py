"""A person's browser at the page, and the page served to it: what the tests of the page share."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.chain import build_chain
from rag.errors import ModelError
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings
from rag.types import Answer, Citation, Passage, Question, Seconds, ShortAnswer, Span

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

ROOT = Path(__file__).parents[1]
CHROMIUM = next((found for name in ("chromium-headless-shell", "chromium") if (found := shutil.which(name))), "")
"""The one that can have no windows takes two thirds of the other's time on the processor."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ASKED = "What did Trump say on leaving the summit?"
FAR = "How long should sourdough bread prove before baking?"
NEAR = "What did the joint communique say about human rights?"
"""Refused as well, but for a passage that has most of its words."""
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 390, "height": 844}
ASTRAL_NOTE = (
    "# Star notes\n\n🌹🌹🌹 Roses open in 𝔐arch 🌹. The 🐘 elephant called Tusker weighs six tonnes 🐘. 🌟 End.\n"
)
ELEPHANT = "What does the elephant called Tusker weigh?"
"""Answered by ``ASTRAL_NOTE``."""

browser_test = pytest.mark.browser


class ScriptedChain:
    """The real chain, but for a few questions whose answers are written here, to bring about states at will."""

    def __init__(self, real: Any, index: PassageIndex):
        self.real = real
        self.index = index
        self.release = threading.Event()

    def stream(self, question: Question) -> Iterator[Answer]:
        scripts: dict[str, Callable[[Question], Iterator[Answer]]] = {
            "nested": self._nested,
            "prose": self._prose,
            "slow": self._slow,
            "broken": self._broken,
            "bug": self._bug,
        }
        script = self._quick if question.text.startswith("quick") else scripts.get(question.text, self.real.stream)
        yield from script(question)

    def invoke(self, question: Question) -> Answer:
        *_, whole = self.stream(question)
        return whole

    def _quick(self, question: Question) -> Iterator[Answer]:
        """An answer that takes no time, and more lines than a small screen has."""
        document = self.index.document("hanoi-summit")
        start = document.text.index("walk away")
        span = Span(document.id, start, start + 40)
        home = Passage(span, document.quote(span), title=document.title)
        text = f"An answer to {question.text}. [1]\n\n" + "And more words, which fill the page. " * 12
        at = text.index("[1]")
        citation = Citation(1, span, document.quote(span), home, ((at, at + 3),))
        yield Answer(question.text, text, citations=(citation,), seconds=Seconds(total=0.1))

    def _nested(self, question: Question) -> Iterator[Answer]:
        """Four spans: one inside another, two that overlap, one that runs over a paragraph's end; and a short answer."""
        document = self.index.document("hanoi-summit")
        start = document.text.index("Donald Trump met Kim")
        end = document.text.index("Polite words") + 30
        spans = [(start, start + 80), (start + 20, start + 40), (start + 60, start + 120), (end - 60, end)]
        text = "Nested. " + " ".join(f"[{number}]" for number in range(1, 5))
        citations = []
        for number, (first, last) in enumerate(spans, start=1):
            span = Span(document.id, first, last)
            at = text.index(f"[{number}]")
            home = Passage(span, document.quote(span))
            citations.append(Citation(number, span, document.quote(span), home, ((at, at + 3),)))
        short = ShortAnswer("x", Span(document.id, start + 30, start + 50))
        yield Answer(question.text, text, citations=tuple(citations), short_answer=short)

    def _prose(self, question: Question) -> Iterator[Answer]:
        text = "**Bold** words ![x](http://evil.example/x.png) <img src=x onerror=window.pwned=1> [9]"
        yield Answer(question.text, text[:8], model="openai:test")
        yield Answer(question.text, text, model="openai:test", unknown_markers=("[9]",), fallback="The model is slow.")

    def _slow(self, question: Question) -> Iterator[Answer]:
        yield Answer(question.text, "The first words", model="openai:test")
        self.release.wait(30)
        yield Answer(question.text, "The first words and the last.", model="openai:test")

    def _broken(self, question: Question) -> Iterator[Answer]:
        yield from ()
        raise ModelError("the model is gone <script>window.pwned=1</script>")

    def _bug(self, question: Question) -> Iterator[Answer]:
        yield Answer(question.text, "Half an answer", model="openai:test")
        raise ZeroDivisionError("secret details")


@dataclass
class Served:
    """A running server, and what it was made of."""

    address: str
    index_directory: Path
    embeddings: Any
    chain: ScriptedChain
    received: Path
    uploads: Path


def in_a_loop(build: Callable[[], Any]) -> Any:
    """What a function builds while an event loop runs: Gradio makes locks, and leaves a loop behind for each otherwise."""

    async def run() -> Any:
        return build()

    try:
        asyncio.get_running_loop()  # Playwright's, where a browser has been started
    except RuntimeError:
        return asyncio.run(run())
    return build()


@contextmanager
def serve(article_index: Path, embeddings: Any, directory: Path, **given: Any) -> Iterator[Served]:
    from ui.web.server import build_app, build_server, open_socket

    shutil.copytree(article_index, directory)
    uploads = directory.parent / "uploads"
    settings = read_settings(index=directory, port=0, max_upload_mb=0.5, uploads=uploads, **given)
    index = PassageIndex(directory, embeddings)
    chain = ScriptedChain(build_chain(index, settings=settings), index)
    with open_socket(settings.host, 0) as listener:
        app = in_a_loop(lambda: build_app(settings, index, chain=chain))
        received = Path(os.environ["GRADIO_TEMP_DIR"])
        server = build_server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        wait_until(lambda: server.started)
        yield Served(address, directory, embeddings, chain, received, uploads)
        chain.release.set()
        server.should_exit = True
        thread.join(30)
    assert not thread.is_alive()
    assert not received.parent.exists(), "everything that was uploaded goes with the server"


@contextmanager
def launch() -> Iterator[Browser]:
    if not CHROMIUM:
        reason = "no Chromium; install it with: apt-get install chromium-headless-shell"
        if os.environ.get("FOOTNOTE_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@dataclass
class Visitor:
    """One person's browser at the page, and what it asked of the network and complained of."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def dismiss(self, dialog: Dialog) -> None:
        """Nothing here should open a dialog: it is complained of, and closed."""
        self.complaints.append("dialog")
        dialog.dismiss()

    def ask(self, question: str) -> Any:
        """Ask, and wait for the whole answer; gives its element."""
        before = self.page.locator("#chat .asked").count()
        self.page.fill("#question textarea", question)
        self.page.press("#question textarea", "Enter")
        self.page.wait_for_function("n => document.querySelectorAll('#chat .asked').length > n", arg=before)
        self.page.wait_for_selector("#question .submit-button")
        return self.page.locator("#chat .bot-row").last

    def add(self, *files: Path, status: str = "added") -> str:
        """Upload files, wait until one of them is reported with a status, and give the whole report."""
        self.page.set_input_files("#adding input[type=file]", list(files))
        self.page.wait_for_selector(f"#report .{status}")
        self.page.wait_for_selector("#upload:not([disabled])")
        return self.page.inner_text("#report")

    def edit(self, which: int = 0) -> None:
        """Press Edit under a question, the first for 0; again where the page was just being drawn, and the press was lost."""
        for left in (2, 1, 0):
            self.page.locator("#chat [data-act=edit]").nth(which).click()
            with suppress(Exception) if left else nullcontext():
                self.page.wait_for_selector("#editing .editing", timeout=8_000)
                return

    def marked(self, number: int) -> str:
        """The words of the source that carry a number."""
        return "".join(self.page.locator(f'#source mark[data-citation~="{number}"]').all_text_contents())

    def shown(self) -> str | None:
        """The document in the source column."""
        return self.page.get_attribute("#source .document", "data-document")


@contextmanager
def visits(browser: Browser, served: Served) -> Iterator[Callable[..., Visitor]]:
    """Opens the page in a browser of its own; none of them may call elsewhere or complain."""
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def open_page(viewport: dict[str, int] = WIDE, **options: Any) -> Visitor:
        still = {"reduced_motion": "reduce"} | options
        context = browser.new_context(viewport=viewport, **still)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        visitor = Visitor(page, served.address)
        visitors.append(visitor)
        context.on("request", lambda request: visitor.requests.append(request.url))
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on("dialog", visitor.dismiss)
        page.on("console", lambda line: visitor.complaints.append(line.text) if line.type == "error" else None)
        page.goto(served.address)
        page.wait_for_selector("#source .document", state="attached")
        return visitor

    yield open_page
    try:
        for visitor in visitors:
            assert [url for url in visitor.requests if not url.startswith((served.address, "data:", "blob:"))] == []
            assert visitor.complaints == []
            assert visitor.page.evaluate("window.pwned") is None
    finally:
        for context in contexts:
            context.close()


def reload(visitor: Visitor) -> None:
    """Load the page anew in the same browser."""
    visitor.page.reload()
    visitor.page.wait_for_selector("#source .document", state="attached")
    # Gradio's script complains of what was still under way, such as suggestions, when the page was left.
    visitor.complaints = [line for line in visitor.complaints if not re.search("abort|errored out", line)]


def open_panel(visitor: Visitor, name: str) -> None:
    """Open the library, or the settings."""
    visitor.page.click(f"[data-open-panel={name}]")
    visitor.page.wait_for_selector(f"#{name} [data-close-panel]", state="visible")


def titles(visitor: Visitor) -> list[str]:
    """The titles that the library panel lists."""
    return visitor.page.locator("#documents .title").all_text_contents()


def wait_until(ready: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something that happens in another thread."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def is_in_view(page: Page, selector: str) -> bool:
    """Whether an element lies inside the visible part of the source column."""
    page.wait_for_timeout(300)
    return bool(
        page.evaluate(
            """selector => {
                const box = document.querySelector(selector).getBoundingClientRect();
                const frame = document.querySelector("#source").getBoundingClientRect();
                return box.top >= frame.top && box.bottom <= frame.bottom;
            }""",
            selector,
        )
    )


def brightness(colour: str) -> float:
    """Relative luminance of a CSS ``rgb()`` colour, as WCAG 2.2 defines it."""
    values = [float(value) / 255 for value in re.findall(r"[\d.]+", colour)[:3]]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
