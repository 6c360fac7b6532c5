"""What programs may call: the questions and documents of the command line, for ``gradio_client`` and plain HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from rag.errors import FootnoteError
from rag.evaluation.questions import parse_question
from ui.options import describe_document
from ui.session import Shared

UNFORESEEN = "something went wrong that was not foreseen; ask again, or ask differently"


def add_endpoints(shared: Shared) -> None:
    """Add ``/ask`` and ``/documents`` to the page that is being laid out. They know nothing of what browsers added."""

    def ask(
        question: str, history: list[list[str]] | None = None, documents: list[str] | None = None
    ) -> dict[str, Any]:
        """Answer a question, after a conversation of [question, answer] pairs, from all documents or from those named.

        The reply is the object that ``footnote ask --json`` prints.
        """
        given = {"question": question, "history": history, "documents": documents}
        with calm_errors():
            asked = parse_question({name: value for name, value in given.items() if value is not None})
            with shared.line.place():
                *_, answer = shared.chain.stream(asked)
            return dict(answer.to_dict())

    def documents() -> list[dict[str, Any]]:
        """List the documents, each as ``footnote documents --json`` prints it."""
        with calm_errors():
            return [describe_document(record) for record in shared.index.documents()]

    # The line is ours, because it tells the browsers that stand in it too how long it is; Gradio's lets all through.
    gr.api(ask, api_name="ask", concurrency_limit=None)
    gr.api(documents, api_name="documents")


@contextmanager
def calm_errors() -> Iterator[None]:
    """Turns what goes wrong into one line for the caller; of what nobody foresaw only the log learns more."""
    try:
        yield
    except FootnoteError as error:
        raise gr.Error(str(error), print_exception=False) from None
    except Exception:
        logging.getLogger(__name__).exception("a call could not be answered")
        raise gr.Error(UNFORESEEN, print_exception=False) from None
