"""What programs may call: the questions and documents of the command line, for ``gradio_client`` and plain HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from rag.english.intents import MAX_CHARACTERS
from rag.errors import FootnoteError, QuestionError
from rag.evaluation.formats.questions import parse_question
from rag.index.document_records import DocumentRecord
from rag.types import Question
from ui.render.json_lines import describe_document
from ui.render.redaction import file_name, hide_metadata, hide_places, hide_sources
from ui.web.page.payloads import LONGEST_NAME
from ui.web.security.rates import find_client
from ui.web.session.server_state import ServerState
from ui.web.session.turns import UNFORESEEN, bound_question

MOST_TURNS = 30
"""Of a conversation that comes with a question, the last ones; each of its words within a question's length."""

MOST_DOCUMENTS = 1_000
"""How many documents a question may be restricted to."""


def add_endpoints(shared: ServerState) -> None:
    """Add ``/ask`` and ``/documents`` to the page that is being laid out. They know nothing of what browsers added."""

    def ask(
        question: str,
        request: gr.Request,
        history: list[list[str]] | None = None,
        documents: list[str] | None = None,
        where: list[str] | None = None,
    ) -> dict[str, Any]:
        """Answer a question, after a conversation of [question, answer] pairs, from all documents or from those named.

        Of these, ``where`` chooses those whose metadata fit all of some conditions, such as "kind=memo" and "year>=2023".
        The reply is the object that ``footnote ask --json`` prints.
        """
        with calm_errors():
            asked = read_call(question, history, documents, where)
            with shared.question_line.place(owner=f"calls {find_client(request)}"):
                *_, answer = shared.chain.stream(asked)
            return hide_sources(answer.to_dict())

    def documents() -> list[dict[str, Any]]:
        """List the documents, each as ``footnote documents --json`` prints it, but for where its source lies."""
        with calm_errors():
            records = shared.index.documents()
            return [_describe(record) for record in records]

    # The line is ours, because it tells the browsers that stand in it too how long it is; Gradio's lets all through.
    gr.api(ask, api_name="ask", concurrency_limit=None)
    gr.api(documents, api_name="documents")


def _describe(record: DocumentRecord) -> dict[str, Any]:
    hidden = {"metadata": hide_metadata(dict(record.metadata))} if record.metadata else {}
    return describe_document(record) | {"source": file_name(record.source)} | hidden


def read_call(question: Any, history: Any, documents: Any, where: Any = None) -> Question:
    """The question of a call, its conversation within the bounds that a question's has.

    Raises:
        QuestionError: a value has another type, or is too long; one line says which.
    """
    if isinstance(question, str):
        question = bound_question(question)
    if isinstance(history, list):
        history = [_bound_turn(turn) for turn in history[-MOST_TURNS:]]
    if isinstance(documents, list):
        if not all(isinstance(name, str) and len(name) <= LONGEST_NAME for name in documents):
            raise QuestionError("'documents' must be a list of names")
        documents = list(dict.fromkeys(documents))
        if len(documents) > MOST_DOCUMENTS:
            raise QuestionError(f"'documents' names {len(documents):,}, the limit is {MOST_DOCUMENTS:,}")
    if where is not None and not (isinstance(where, list) and all(isinstance(each, str) for each in where)):
        raise QuestionError("'where' must be a list of conditions, such as kind=memo")
    given = {"question": question, "history": history, "documents": documents, "where": where}
    return parse_question({name: value for name, value in given.items() if value is not None})


def _bound_turn(turn: Any) -> Any:
    """A turn as it is answered with; of what is none, ``parse_question`` says so."""
    if not isinstance(turn, list) or len(turn) != 2:
        return None
    return [words[:MAX_CHARACTERS] if isinstance(words, str) else None for words in turn]


@contextmanager
def calm_errors() -> Iterator[None]:
    """Turns what goes wrong into one line for the caller; of what nobody foresaw only the log learns more."""
    try:
        yield
    except FootnoteError as error:
        raise gr.Error(hide_places(str(error)), print_exception=False) from None
    except Exception:
        logging.getLogger(__name__).exception("a call could not be answered")
        raise gr.Error(UNFORESEEN, print_exception=False) from None
