"""What a system replied, as an ``Answer``: a text, a message, a dictionary, or the samples that other tools keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from rag.errors import UsageError
from rag.evaluation.formats.evidence import locate_context
from rag.evaluation.formats.letters import keep_letters
from rag.serialize import parse_answer
from rag.types import Answer, Passage, Question, ScoredPassage, Span

TEXT_KEYS = ("answer", "response", "actual_output", "output", "result", "text", "content")
"""Under which of these a dictionary has the words of a reply, the first that is there."""

CONTEXT_KEYS = (
    *("contexts", "retrieved_contexts", "retrieval_context", "source_documents", "context", "documents", "passages"),
)
"""Under which of these it has what was retrieved: texts, or documents of LangChain."""

NOWHERE = "(not in the documents)"
"""Stands for the document of a passage whose words stand in none: it has a rank, and no evidence."""

Declines = Callable[[str], bool]
"""Tells whether the words of a reply decline to answer."""


class MisfitError(UsageError):
    """A reply of a kind that cannot be read; the next one would be no other."""


class ReplyReader:
    """Reads replies to questions about some documents.

    Args:
        texts: the documents' texts by id, in which passages that come as mere texts are located.
        declines: whether the words of a reply decline to answer; without it, only those of no words do. An ``Answer``
            says itself whether it declines, and so does a dictionary with ``abstained``.
    """

    def __init__(self, texts: Mapping[str, str] | None = None, declines: Declines | None = None):
        self._texts = texts or {}
        self._declines = declines or (lambda text: False)
        self._letters = cache(lambda name: keep_letters(self._texts[name]))

    def read(self, question: Question, reply: object) -> Answer:
        """The reply as an answer to the question. Raises MisfitError where it is of no kind that can be read."""
        if isinstance(reply, Answer):
            return reply
        if reply is None or isinstance(reply, str):
            return self._build(question, reply or "")
        if isinstance(reply, Mapping):
            return self._read_mapping(question, reply)
        if (text := _read_message(reply)) is not None:
            return self._build(question, text)
        if isinstance(reply, list) and reply and all(hasattr(item, "page_content") for item in reply):
            return self._build(question, "", reply)  # a retriever: what it finds can be judged, and it says nothing
        raise MisfitError(
            f"the system returned {type(reply).__name__}, which is no Answer, text, message or dictionary; "
            "return the text"
        )

    def _read_mapping(self, question: Question, reply: Mapping[Any, Any]) -> Answer:
        if "citations" in reply or "schema_version" in reply:  # as Footnote itself writes answers
            return parse_answer({**reply, "id": question.id or "1"})
        text = next((reply[key] for key in TEXT_KEYS if reply.get(key) is not None), None)
        told = text if isinstance(text, str) else _read_message(text)
        if told is None and not any(key in reply for key in TEXT_KEYS):
            raise MisfitError(
                f"the system returned a dictionary with {', '.join(map(str, list(reply)[:8])) or 'nothing'}, and no "
                f"words of an answer; they are expected under one of: {', '.join(TEXT_KEYS)}"
            )
        contexts = next((reply[key] for key in CONTEXT_KEYS if reply.get(key) is not None), ())
        contexts = [contexts] if isinstance(contexts, str) else contexts
        abstained = reply.get("abstained")
        return self._build(
            question,
            told or "",
            contexts if isinstance(contexts, Iterable) else (),
            abstained if isinstance(abstained, bool) else None,
        )

    def _build(
        self, question: Question, text: str, contexts: Iterable[Any] = (), abstained: bool | None = None
    ) -> Answer:
        if abstained is None:
            abstained = not text.strip() or self._declines(text)
        found = [self._find_passage(context, question) for context in contexts]
        passages = tuple(ScoredPassage(passage, 1 / rank) for rank, passage in enumerate(filter(None, found), start=1))
        return Answer(question.text, text, abstained=abstained, passages=passages, model="function")

    def _find_passage(self, context: Any, question: Question) -> Passage | None:
        text = _read_context(context)
        if not text or not text.strip():
            return None
        match getattr(context, "metadata", context):
            case {"document": str(name), "start": int(start), "end": int(end)} if end - start == len(text):
                return Passage(Span(name, start, end), text)
        named = [name for name in question.documents if name in self._texts]
        span = locate_context(text, self._texts, named or self._texts, self._letters)
        return Passage(span or Span(NOWHERE, 0, len(text)), text)


def _read_message(reply: object) -> str | None:
    """The words of a chat model's message, whose content is a text or a list of blocks; None where it is no message."""
    content = getattr(reply, "content", None)
    if isinstance(content, str) or not isinstance(content, list):
        return content if isinstance(content, str) else None
    texts = [
        block if isinstance(block, str) else block.get("text") for block in content if isinstance(block, str | dict)
    ]
    return "".join(text for text in texts if isinstance(text, str))


def _read_context(context: Any) -> str | None:
    """The words of what was retrieved: a text, a document of LangChain, or a dictionary with the words of one."""
    if isinstance(context, str):
        return context
    if isinstance(context, Mapping):
        found = next((context[key] for key in ("text", "page_content", "content") if key in context), None)
    else:
        found = getattr(context, "page_content", None)
    return found if isinstance(found, str) else None
