"""Asking an index, where each quote of the answer has to be what stands there."""

from __future__ import annotations

from typing import Any

from rag.chain import build_chain
from rag.index.passage_index import PassageIndex
from rag.types import Answer, Question


def ask(index: PassageIndex, document: str, text: str, **more: Any) -> Answer:
    """The answer of one document, by its id, or of all for ""; ``more`` are other fields of the question."""
    answer: Answer = build_chain(index).invoke(Question(text, documents=(document,) if document else (), **more))
    for citation in answer.citations:
        whole = index.document(citation.span.document_id).text
        assert whole[citation.span.start : citation.span.end] == citation.quote
    return answer
