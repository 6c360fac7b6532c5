"""The page: what stands where, and which function answers which event. It holds no state; sessions do."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from ingest.loaders import KINDS
from rag.errors import DocumentError, FootnoteError
from rag.index import DocumentRecord
from ui.render import (
    render_document,
    render_empty_source,
    render_failure,
    render_progress,
    render_question,
    render_reports,
    render_status,
)
from ui.session import Session

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = ("page.js", "reading.js", "finding.js", "preview.js", "saving.js")
"""Run in this order and as one, when the source column stands on the page."""

STYLES = ("page.css", "reading.css", "saving.css")

BROWSERS_KEY = "footnote"
"""Gradio writes what the browser keeps with this key, which comes with the page: it hides nothing, and must not change."""

SOURCE_GONE = "the source is no longer here, or has changed since; the quotes of the answer are as they were"

EXAMPLES = 3
"""How many questions the page suggests."""

THREADS = 300
"""At most, for Gradio's events: each question that waits or is answered holds one, and there are to be some to spare."""

MASTHEAD = (
    '<h1>Footnote<sup aria-hidden="true">1</sup></h1>'
    '<button type="button" class="plain open" data-open-source>Read the source</button>'
)

BACK = (
    '<button type="button" class="plain back" data-close-source>'
    '<span aria-hidden="true">←</span> Back to the conversation</button>'
)

TOOLS = """
<div class="tools">
<div class="steps empty" role="group" aria-label="Footnotes of the answer">
<button type="button" data-step="-1" aria-label="Previous footnote" aria-keyshortcuts="p" title="Previous (p)">‹</button>
<span id="step-count"></span>
<button type="button" data-step="1" aria-label="Next footnote" aria-keyshortcuts="n" title="Next (n)">›</button>
</div>
<div class="find" role="search">
<input id="find" type="search" aria-label="Find in the document" aria-keyshortcuts="/" placeholder="Find in document"
 autocomplete="off" spellcheck="false" enterkeyhint="search"><kbd aria-hidden="true">/</kbd>
<span id="found" role="status"></span>
<button type="button" data-find="-1" aria-label="Previous place" title="Previous (Shift+Enter)">↑</button>
<button type="button" data-find="1" aria-label="Next place" title="Next (Enter)">↓</button>
</div>
</div>
"""

WELCOME = """
<div class="welcome">
<p class="welcome-title">What would you like to know?</p>
<p>Footnote answers from your documents and from nothing else. Each sentence of an answer carries a footnote to the
exact words that it rests on.</p>
</div>
"""

UPLOAD_HINT = '<p class="report hint">PDF, Word, web page, e-book, e-mail or text; seen by you alone</p>'

SAVE = """
<details>
<summary>Save</summary>
<div class="save-as" role="group" aria-label="Save the conversation as">
<button type="button" data-save="markdown">Markdown</button>
<button type="button" data-save="json">JSON</button>
</div>
</details>
<span id="saying" class="unseen" role="status" aria-live="polite"></span>
"""

HAND_OVER = "made => window.dispatchEvent(new CustomEvent('footnote-saved', { detail: made }))"
"""Gives a file that was made to the page's script, which lets the browser keep it."""

ANNOUNCER = '<p id="announcer" class="unseen" role="status" aria-live="polite"></p>'


def build_page(
    open_session: Callable[[], Session], chat_model: str, add_endpoints: Callable[[], None] = lambda: None
) -> gr.Blocks:
    """Lay out the page and wire its events.

    Args:
        open_session: makes what one browser owns; called whenever a browser opens the page.
        chat_model: the name of the model that writes the answers, empty where the embedded answerer quotes.
        add_endpoints: adds what programs may call.
    """
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True, delete_cache=(600, 600)) as page:
        session = gr.State(None, delete_callback=lambda ended: ended and ended.close())
        kept = gr.BrowserState([], storage_key="footnote-conversation", secret=BROWSERS_KEY)
        with gr.Row(elem_id="room"):
            with gr.Column(elem_id="conversation", min_width=0):
                with gr.Row(elem_id="head"):
                    _html(MASTHEAD, elem_id="masthead")
                    _html(render_status(chat_model), elem_id="status")
                chat = gr.Chatbot(
                    elem_id="chat",
                    label="Conversation",
                    show_label=False,
                    container=False,
                    height="100%",
                    autoscroll=False,  # the page's script does it, and keeps the question in sight
                    buttons=[],
                    layout="panel",
                    placeholder=WELCOME,
                    group_consecutive_messages=False,
                    latex_delimiters=[],
                    feedback_options=None,
                )
                with gr.Column(elem_id="composer", min_width=0):
                    question = gr.Textbox(
                        elem_id="question",
                        label="Your question",
                        show_label=False,
                        container=False,
                        placeholder="Ask a question …",
                        max_lines=6,
                        submit_btn="Ask",
                        autofocus=True,
                    )
                    with gr.Row(elem_id="adding"):
                        upload = gr.UploadButton(
                            "Add a document",
                            elem_id="upload",
                            file_types=sorted(KINDS),
                            file_count="multiple",
                            size="sm",
                            scale=0,
                            min_width=0,
                        )
                        report = _html(UPLOAD_HINT, elem_id="report")
                        _html(SAVE, elem_id="save")
                        restart = gr.Button("Start over", elem_id="restart", size="sm", scale=0, min_width=0)
            with gr.Column(elem_id="reading", min_width=0):
                with gr.Row(elem_id="shelf"):
                    _html(BACK, elem_id="back")
                    chooser = gr.Dropdown(
                        choices=[],
                        elem_id="document",
                        label="Document",
                        show_label=False,
                        container=False,
                        filterable=False,
                        interactive=True,
                    )
                    _html(TOOLS, elem_id="tools")
                source = gr.HTML(
                    render_empty_source(),
                    elem_id="source",
                    js_on_load=read_assets(SCRIPTS),
                    apply_default_css=False,
                )
                _html(ANNOUNCER)
                made = gr.JSON(visible=False)

        add_endpoints()
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

        def begin(before: Any) -> tuple[Any, ...]:
            opened = open_session()
            opened.restore(before)
            shown = _show(opened, _wanted_document(opened))
            examples = [{"text": text} for text in suggest(opened.documents())]
            return opened, _choices(opened), shown, gr.Chatbot(value=_messages(opened), examples=examples)

        def ask(text: str, opened: Session | None) -> Iterator[tuple[Any, ...]]:
            current = opened or open_session()
            if not text.strip():
                yield (gr.skip(),) * 6
                return
            busy: Any = gr.Textbox(value="", submit_btn=False, stop_btn="Stop")
            for _ in current.ask(text):
                yield _messages(current), busy, gr.skip(), gr.skip(), current, gr.skip()
                busy = gr.skip()
            wanted = _wanted_document(current)
            ready = gr.Textbox(submit_btn="Ask", stop_btn=False)
            yield _messages(current), ready, _show(current, wanted), _choices(current), current, current.keep()

        def ask_example(opened: Session | None, event: gr.SelectData) -> Iterator[tuple[Any, ...]]:
            yield from ask(str(event.value["text"]), opened)

        def stop(opened: Session | None) -> Any:
            if opened:
                opened.stop()  # what is asking then ends by itself
            return gr.Textbox(submit_btn="Ask", stop_btn=False)

        def start_over(opened: Session | None) -> tuple[Any, ...]:
            if opened:
                opened.start_over()
            return [], gr.Textbox(value="", submit_btn="Ask", stop_btn=False), []

        def add(files: Sequence[str] | None, opened: Session | None) -> Iterator[tuple[Any, ...]]:
            current = opened or open_session()
            locked = gr.UploadButton(interactive=False)
            for html, added in _add_files(current, [Path(file) for file in files or ()]):
                yield html, locked, _show(current, added) if added else gr.skip(), gr.skip(), current
            yield gr.skip(), gr.UploadButton(value=None, interactive=True), gr.skip(), _choices(current), current

        def choose(document_id: str, opened: Session | None) -> tuple[Any, ...]:
            current = opened or open_session()
            return _show(current, document_id), current

        def open_document(opened: Session | None, event: gr.EventData) -> tuple[Any, ...]:
            current = opened or open_session()
            return _show(current, str(event._data.get("document", ""))), _choices(current), current

        def save(opened: Session | None, before: Any, event: gr.EventData) -> dict[str, str]:
            current = opened or open_session()
            if not opened:  # the server was started anew since the page was opened; the browser has the conversation
                current.restore(before)
            return current.save(str(event._data.get("form", "")))

        page.load(begin, kept, [session, chooser, source, chat], **private)
        spoken = [chat, question, source, chooser, session, kept]
        # The session keeps the line of those who ask, and tells them its length; Gradio's own lets all through.
        question.submit(ask, [question, session], spoken, concurrency_limit=None, **private)
        chat.example_select(ask_example, session, spoken, concurrency_limit=None, **private)
        question.stop(stop, session, question, queue=False, **private)
        restart.click(start_over, session, [chat, question, kept], queue=False, **private)
        upload.upload(add, [upload, session], [report, upload, source, chooser, session], **private)
        chooser.input(choose, [chooser, session], [source, session], **private)
        # Who goes on while a document is still on its way may want another; by default that is not even asked for.
        opening = [source, chooser, session]
        source.open_document(open_document, session, opening, trigger_mode="multiple", **private)
        saved = source.save_conversation(save, [session, kept], made, **private)
        saved.then(None, made, None, js=HAND_OVER, **private)
    page.max_threads = THREADS
    page.queue(default_concurrency_limit=4)
    return page


def read_assets(names: Sequence[str]) -> str:
    """The texts of some of the page's files, one after the other."""
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)


def suggest(records: Sequence[DocumentRecord]) -> list[str]:
    """Questions to begin with: those written for the first document that has some, else ones that fit any."""
    written = _written_examples()
    for record in records:
        if record.id in written:
            return written[record.id][:EXAMPLES]
    if not records:
        return ["What can you do?"]
    return ["Which documents do you have?", f"Who wrote “{records[0].title}”?", "What can you do?"][:EXAMPLES]


@cache
def _written_examples() -> dict[str, list[str]]:
    loaded: dict[str, list[str]] = json.loads((ASSETS / "examples.json").read_text(encoding="utf-8"))
    return loaded


def _html(value: str, **place: Any) -> gr.HTML:
    """Our own, escaped HTML: no script of its own, and none of Gradio's styles for prose."""
    return gr.HTML(value, js_on_load=None, apply_default_css=False, **place)


def _messages(session: Session) -> list[dict[str, Any]]:
    return [
        {"role": role, "content": _html(html)}
        for turn in session.turns
        for role, html in (("user", render_question(turn.asked)), ("assistant", turn.html))
    ]


def _choices(session: Session) -> gr.Dropdown:
    choices = [(record.title or record.id, record.id) for record in session.documents()]
    return gr.Dropdown(choices=choices, value=session.shown[0] if session.shown else None, visible=bool(choices))


def _show(session: Session, document_id: str) -> Any:
    """The source column with a document; nothing is sent again that stands there already."""
    try:
        document = session.document(document_id)
    except DocumentError:
        session.shown = None
        return render_failure(SOURCE_GONE) if document_id else render_empty_source()
    except FootnoteError as error:
        session.shown = None
        return render_failure(str(error))
    if session.shown == (document.id, document.digest):
        return gr.skip()
    session.shown = (document.id, document.digest)
    return render_document(document)


def _wanted_document(session: Session) -> str:
    """The document to show beside the last answer: the one shown if it is cited or nothing is, else the first cited."""
    answer = session.turns[-1].answer if session.turns else None
    cited = [citation.span.document_id for citation in answer.citations] if answer else []
    known = [record.id for record in session.documents()]
    shown = session.shown[0] if session.shown else ""
    if shown in known and (shown in cited or not cited):
        return shown
    return next((name for name in [*cited, *known] if name in known), "")


def _add_files(session: Session, paths: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Add files in a thread of their own; yields what to report, and the document to show once there is one."""
    news: queue.Queue[tuple[str, int, int] | list[Any] | FootnoteError] = queue.Queue()

    def work() -> None:
        try:
            news.put(session.add_files(paths, lambda *step: news.put(step)))
        except FootnoteError as error:
            news.put(error)

    threading.Thread(target=work, daemon=True).start()
    yield render_progress("Reading", 0, 1), ""
    while isinstance(item := news.get(), tuple):
        yield render_progress(*item), ""
    if isinstance(item, FootnoteError):
        yield render_failure(str(item)), ""
        return
    titles = {record.id: record.title for record in session.documents()}
    added = [report.document for _, report in item if report.document]
    yield render_reports(item, titles.get), added[0] if added else ""
