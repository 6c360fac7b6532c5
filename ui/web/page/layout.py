"""What stands where on the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from ingest.loaders import ENDINGS
from ui.render.html import render
from ui.render.language import gettext
from ui.render.panels import render_library, render_library_head, render_status
from ui.render.source import render_opening
from ui.web.page.wording import Wordings, make_worded

ASSETS = Path(__file__).parents[1] / "assets"
SCRIPTS = (
    "language.js",
    "page.js",
    "joining.js",
    "following.js",
    "layers.js",
    "keeping.js",
    "conversations.js",
    "earlier.js",
    "choosing.js",
    "reading.js",
    "finding.js",
    "outline.js",
    "preview.js",
    "quote_sheet.js",
    "saving.js",
    "asking.js",
    "acting.js",
    "printing.js",
    "paper.js",
    "sheets.js",
    "thumbs.js",
    "picking.js",
    "linking.js",
    "choices.js",
    "panels.js",
    "shelf.js",
    "narrowing.js",
    "history.js",
    "exporting.js",
    "evaluation.js",
    "splitting.js",
)
"""Run in this order and as one, when the source column stands on the page."""

STYLES = (
    "page.css",
    "reading.css",
    "saving.css",
    "acting.css",
    "panels.css",
    "shelf.css",
    "evaluation.css",
    "paper.css",
    "history.css",
    "contrast.css",
    "printing.css",
)

ICON = ASSETS / "icon.svg"

BROWSERS_KEY = "footnote"
"""Gradio writes what the browser keeps with this key, which comes with the page: it hides nothing, and must not change."""

_frame = partial(render, "frame.html")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the page that events read or change.

    ``session`` is the server's; ``kept`` (the conversation) and ``mine`` (token and choices) are the browser's. The
    page's script keeps the conversation, with others, in the browser's database (``assets/keeping.js``).
    """

    session: gr.State
    kept: gr.BrowserState
    mine: gr.BrowserState
    status: gr.HTML
    chat: gr.Chatbot
    next: gr.HTML
    editing: gr.HTML
    narrowed: gr.HTML
    question: gr.Textbox
    upload: gr.UploadButton
    report: gr.HTML
    report_too: gr.HTML
    chooser: gr.HTML
    source: gr.HTML
    made: gr.JSON
    viewed: gr.JSON
    older: gr.JSON
    library: gr.HTML
    settings: gr.HTML
    evaluation: gr.HTML


def lay_out(
    chat_model: str, adding: Callable[[], str], hint: Callable[[], str], *, measures: bool = False
) -> tuple[Parts, Wordings]:
    """Make the parts of the page, inside of a ``gr.Blocks``; and what of them is said in other languages, too.

    Args:
        chat_model: the name of the model that writes the answers, empty where the embedded answerer quotes.
        adding: how to add and what may be added, as HTML.
        hint: the same in a few words.
        measures: whether question sets can be run.
    """
    wordings: Wordings = {}
    word, own = partial(make_worded, wordings), partial(_own_worded, wordings)
    parts: dict[str, Any] = {
        "session": gr.State(None),
        "kept": gr.JSON([], visible=False, elem_id="footnote-conversation"),
        "mine": gr.BrowserState({}, storage_key="footnote-mine", secret=BROWSERS_KEY),
    }
    with gr.Row(elem_id="room"):
        with gr.Column(elem_id="conversation", min_width=0):
            with gr.Row(elem_id="head"):
                own(partial(_frame, "masthead", measures=measures), elem_id="masthead")
                parts["status"] = own(partial(render_status, chat_model), elem_id="status")
            parts["chat"] = word(
                gr.Chatbot,
                lambda: {"label": gettext("Conversation"), "placeholder": _frame("welcome")},
                elem_id="chat",
                show_label=False,
                container=False,
                height="100%",
                autoscroll=False,  # the page's script does it, and keeps the question in sight
                buttons=[],
                layout="panel",
                group_consecutive_messages=False,
                latex_delimiters=[],
                feedback_options=None,
            )
            parts |= _lay_out_composer(wordings, hint)
        with gr.Column(elem_id="reading", min_width=0):
            with gr.Row(elem_id="shelf"):
                own(partial(_frame, "back"), elem_id="back")
                parts["chooser"] = own_html("", elem_id="document")
                own(partial(_frame, "tools"), elem_id="tools")
            parts["source"] = word(
                gr.HTML,
                lambda: {"value": render_opening()},
                elem_id="source",
                js_on_load=read_assets(SCRIPTS),
                apply_default_css=False,
            )
            own_html(_frame("announcer"))
            parts["made"] = gr.JSON(visible=False)
            parts["viewed"] = gr.JSON(visible=False)
            parts["older"] = gr.JSON(visible=False)
    with gr.Column(elem_id="history", elem_classes="drawer", min_width=0):
        own(partial(_frame, "history"))
    with gr.Column(elem_id="library", elem_classes="drawer", min_width=0):
        own(render_library_head)
        parts["library"] = own(partial(render_library, (), ()), elem_id="documents")
        parts["report_too"] = own_html("", elem_id="report-too")
        own(adding, elem_id="adding-more")
    with gr.Column(elem_id="settings", elem_classes="drawer", min_width=0):
        parts["settings"] = own_html("", elem_id="choices")
    with gr.Column(elem_id="evaluation", elem_classes="drawer", min_width=0):
        parts["evaluation"] = own(render_opening, elem_id="trials")
    return Parts(**parts), wordings


def _lay_out_composer(wordings: Wordings, hint: Callable[[], str]) -> dict[str, Any]:
    word, own = partial(make_worded, wordings), partial(_own_worded, wordings)
    parts: dict[str, Any] = {}
    with gr.Column(elem_id="composer", min_width=0):
        parts["next"] = own_html("", elem_id="next")
        parts["editing"] = own_html("", elem_id="editing")
        parts["narrowed"] = own_html("", elem_id="narrowed")
        parts["question"] = word(
            gr.Textbox,
            lambda: {
                "label": gettext("Your question"),
                "placeholder": gettext("Ask a question …"),
                "submit_btn": gettext("Ask"),
            },
            elem_id="question",
            show_label=False,
            container=False,
            max_lines=6,
            autofocus=True,
        )
        with gr.Row(elem_id="adding"):
            parts["upload"] = word(
                gr.UploadButton,
                lambda: {"label": gettext("Add a document")},
                elem_id="upload",
                file_types=sorted(ENDINGS),
                file_count="multiple",
                size="sm",
                scale=0,
                min_width=0,
            )
            parts["report"] = own(hint, elem_id="report")
            own(partial(_frame, "save"), elem_id="save")
            own(partial(_frame, "anew"), elem_id="anew")
    return parts


def read_assets(names: tuple[str, ...]) -> str:
    """The texts of some of the page's files, one after the other."""
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)


def _own_worded(wordings: Wordings, make: Callable[[], str], **place: Any) -> gr.HTML:
    return make_worded(wordings, own_html, lambda: {"value": make()}, **place)


def own_html(value: str, **place: Any) -> gr.HTML:
    """Our own, escaped HTML: no script of its own, and none of Gradio's styles for prose."""
    return gr.HTML(value, js_on_load=None, apply_default_css=False, **place)
