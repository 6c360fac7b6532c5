"""The page: what stands where, and which function answers which event. It holds no state; sessions do."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import FootnoteError
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

MASTHEAD = """
<div class="masthead">
  <h1>Footnote<sup aria-hidden="true">1</sup></h1>
  <p class="tagline">Ask your documents. Every sentence of an answer is footnoted to the exact words.</p>
</div>
"""
WELCOME = """
<div class="welcome">
  <p class="welcome-title">What would you like to know?</p>
  <p>Answers come from the document beside this conversation, and from nothing else. Follow a footnote
  to see the words it rests on.</p>
</div>
"""


def build_page(open_session: Callable[[], Session], chat_model: str) -> gr.Blocks:
    """Lay out the page and wire its events.

    Args:
        open_session: makes what one browser owns; called once for each that opens the page.
        chat_model: the name of the model that writes the answers, empty where the embedded answerer quotes.
    """
    first = open_session()
    records = first.documents()
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True, delete_cache=(600, 600)) as page:
        session = gr.State(None, delete_callback=lambda ended: ended and ended.close())
        with gr.Row(elem_id="room"):
            with gr.Column(elem_id="conversation", min_width=0):
                with gr.Row(elem_id="head"):
                    gr.HTML(MASTHEAD, js_on_load=None, elem_id="masthead")
                    gr.HTML(render_status(chat_model), js_on_load=None, elem_id="status")
                chat = gr.Chatbot(
                    elem_id="chat",
                    show_label=False,
                    label="Conversation",
                    container=False,
                    height="100%",
                    buttons=[],
                    layout="panel",
                    placeholder=WELCOME,
                    examples=[{"text": text} for text in find_examples(records)],
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
                        placeholder="Ask about the document",
                        lines=1,
                        max_lines=6,
                        submit_btn="Ask",
                        stop_btn=False,
                        autofocus=True,
                    )
                    with gr.Row(elem_id="adding"):
                        upload = gr.UploadButton(
                            "Add a document",
                            elem_id="upload",
                            file_types=[".txt", ".md"],
                            file_count="multiple",
                            size="sm",
                            scale=0,
                            min_width=0,
                        )
                        report = gr.HTML(UPLOAD_HINT, js_on_load=None, elem_id="report")
            with gr.Column(elem_id="reading", min_width=0):
                with gr.Row(elem_id="shelf"):
                    gr.HTML(BACK, js_on_load=None, elem_id="back")
                    chooser = gr.Dropdown(
                        choices=[], elem_id="document", label="Document", container=False, show_label=False,
                        filterable=False, interactive=True,
                    )
                source = gr.HTML(
                    render_empty_source(),
                    elem_id="source",
                    js_on_load=(ASSETS / "page.js").read_text(encoding="utf-8"),
                    apply_default_css=False,
                )
        ...
    return page
