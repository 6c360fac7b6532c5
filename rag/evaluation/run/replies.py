"""What a system replied, as an ``Answer``: a text, a message, a dictionary, or the samples that other tools keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rag.errors import UsageError
from rag.evaluation.formats.evidence import locate_context
from rag.evaluation.formats.json_files import render_names
from rag.evaluation.formats.letters import keep_letters
from rag.serialize import parse_answer
from rag.types import Answer, Citation, Passage, Question, ScoredPassage, Span

TEXT_KEYS = ("answer", "response", "actual_output", "output", "result", "text", "content")
"""Under which of these a dictionary has the words of a reply, the first that is there."""

CONTEXT_KEYS = (
    *("contexts", "retrieved_contexts", "retrieval_context", "source_documents", "context", "documents", "passages"),
)
"""Under which of these it has what was retrieved: texts, or documents of LangChain."""

NOWHERE = "(not in the documents)"
"""Stands for the document of a passage whose words stand in none: it has a rank, and no evidence."""

Declines = Callable[[str], bool] | str | Sequence[str]
"""Tells whether the words of a reply decline to answer; or words by which it does, whatever their case and spacing."""

LEAD = re.compile(
    r"\s*(?:\[[^\]\n]{1,80}\][ :.]*|[^\S\n]*(?:\d{1,3}[.):]\s+)|(?:[A-Za-z_ ]{2,20}:[^\n]{0,200}|---+|<[^>\n]{1,200}>)\n)"
)
"""What a system may set before a context's own words: "Source: x" or the like as a line of its own, "[1]", "1."."""

MOST_LEADS = 4
"""How many of these are looked past."""


class MisfitError(UsageError):
    """A reply of a kind that cannot be read; the next one would be no other."""


class WiringError(UsageError):
    """What was given beside the system is wrong: no answer is to blame, and the next one would fare no better."""


def require_cited(answers: Iterable[Answer], texts: Mapping[str, str]) -> None:
    """Refuse answers whose citations cannot be checked. Raises WiringError where the text of a cited document is missing."""
    for answer in answers:
        for citation in answer.citations:
            name = citation.span.document_id
            if name not in texts and name != NOWHERE:
                held = f"they have: {render_names(list(texts))}" if texts else "there are none"
                raise WiringError(
                    f"the answer to '{answer.question:.60}' cites the document '{name}', which is not in the texts; "
                    f"{held}; give {{id: text}} of all documents that are asked"
                )


def tell_unfound(answers: Iterable[Answer]) -> str:
    """How many of the contexts that were given as mere texts stand in no document, in words; empty where all do."""
    places = [scored.passage.span.document_id for answer in answers for scored in answer.passages]
    lost = places.count(NOWHERE)
    if not lost:
        return ""
    return f"{lost} of {len(places)} contexts stand in no document, and count as nothing found; give them verbatim"


def read_declines(declines: Declines | None) -> Callable[[str], bool]:
    """A function that tells whether words decline to answer; nothing declines where None is given.

    Raises:
        UsageError: it is neither words nor a function.
    """
    if declines is None:
        return lambda text: False
    if callable(declines):
        return declines
    phrases = [declines] if isinstance(declines, str) else declines
    if not isinstance(phrases, Sequence | set | frozenset) or not all(isinstance(phrase, str) for phrase in phrases):
        raise UsageError(
            f"declines is words such as 'I cannot tell', or a function of a reply's text, not {type(declines).__name__}"
        )
    wanted = [" ".join(phrase.split()).casefold() for phrase in phrases if phrase.strip()]
    return lambda text: any(phrase in " ".join(text.split()).casefold() for phrase in wanted)


class ReplyReader:
    """Reads replies to questions about some documents.

    Args:
        texts: the documents' texts by id, in which passages that come as mere texts are located.
        declines: whether the words of a reply decline to answer; without it, only those of no words do. An ``Answer``
            says itself whether it declines, and so does a dictionary with ``abstained``.
    """

    def __init__(self, texts: Mapping[str, str] | None = None, declines: Declines | None = None):
        self._texts = texts or {}
        self._knows_texts = texts is not None
        self._decides = read_declines(declines)
        self._letters = cache(lambda name: keep_letters(self._texts[name]))

    def _declines(self, text: str) -> bool:
        try:
            return bool(self._decides(text))
        except Exception as error:  # it may be anybody's
            name = getattr(self._decides, "__qualname__", type(self._decides).__name__)
            told = f"declines ({name}) fails at the reply {text!r:.60} ({type(error).__name__}: {error})"
            raise WiringError(f"{told}; mend it") from error

    def read(self, question: Question, reply: object) -> Answer:
        """The reply as an answer to the question.

        Raises:
            MisfitError: it is of no kind that can be read.
            WiringError: it cites a document whose text is missing, or ``declines`` fails.
        """
        answer = self._read(question, reply)
        if self._knows_texts:
            require_cited([answer], self._texts)
        return answer

    def _read(self, question: Question, reply: object) -> Answer:
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
        if "schema_version" in reply or any(isinstance(cited, Mapping) for cited in _as_list(reply.get("citations"))):
            return parse_answer({**reply, "id": question.id or "1"})  # as Footnote itself writes answers
        if "messages" in reply and not any(
            key in reply for key in TEXT_KEYS
        ):  # an agent's state, which ends with its reply
            reply = {**reply, "answer": next((last for last in _as_list(reply["messages"])[-1:]), None)}
        text = next((reply[key] for key in TEXT_KEYS if reply.get(key) is not None), None)
        told = text if isinstance(text, str) else _read_turn(text)
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
            [quote for quote in _as_list(reply.get("citations")) if isinstance(quote, str) and quote.strip()],
        )

    def _build(
        self,
        question: Question,
        text: str,
        contexts: Iterable[Any] = (),
        abstained: bool | None = None,
        quotes: Sequence[str] = (),
    ) -> Answer:
        if abstained is None:
            abstained = not text.strip() or self._declines(text)
        found = [self._find_passage(context, question) for context in contexts]
        passages = tuple(ScoredPassage(passage, 1 / rank) for rank, passage in enumerate(filter(None, found), start=1))
        cited = tuple(self._cite(number, quote, question) for number, quote in enumerate(quotes, start=1))
        return Answer(question.text, text, abstained=abstained, citations=cited, passages=passages, model="function")

    def _cite(self, number: int, quote: str, question: Question) -> Citation:
        """A quote as a citation of the document that it stands in; one that stands in none is unverified."""
        span = self._locate(quote, question)
        if span is None:
            nowhere = Span(NOWHERE, 0, len(quote))
            return Citation(number, nowhere, quote, Passage(nowhere, quote), status="unverified")
        shown = self._texts[span.document_id][span.start : span.end]
        return Citation(number, span, shown, Passage(span, shown))

    def _locate(self, text: str, question: Question) -> Span | None:
        """Where words stand in the documents: as they are, else without what the system has set before them."""
        named = [name for name in question.documents if name in self._texts] or list(self._texts)
        for _ in range(MOST_LEADS + 1):
            if not text.strip() or (span := locate_context(text, self._texts, named, self._letters)):
                return span if text.strip() else None
            if not (lead := LEAD.match(text)):
                return None
            text = text[lead.end() :].strip()
        return None

    def _find_passage(self, context: Any, question: Question) -> Passage | None:
        text = _read_context(context)
        if text is None and context is not None:
            raise MisfitError(
                f"a context is {type(context).__name__}, which is no text, document or dictionary with 'text'; "
                "give a flat list of texts"
            )
        if not text or not text.strip():
            return None
        match getattr(context, "metadata", context):
            case {"document": str(name), "start": int(start), "end": int(end)} if end - start == len(text):
                return Passage(Span(name, start, end), text)
        return Passage(self._locate(text, question) or Span(NOWHERE, 0, len(text)), text)


def _read_message(reply: object) -> str | None:
    """The words of a chat model's message, whose content is a text or a list of blocks; None where it is no message."""
    content = getattr(reply, "content", None)
    if isinstance(content, str) or not isinstance(content, list):
        return content if isinstance(content, str) else None
    texts = [
        block if isinstance(block, str) else block.get("text") for block in content if isinstance(block, str | dict)
    ]
    return "".join(text for text in texts if isinstance(text, str))


def _read_turn(turn: object) -> str | None:
    """The words of a turn of a conversation: a message of LangChain, or an object with its role and content."""
    if isinstance(turn, Mapping):
        turn = _Content(turn.get("content"))
    if isinstance(turn, tuple) and len(turn) == 2:
        turn = _Content(turn[1])
    return _read_message(turn)


@dataclass(frozen=True, slots=True)
class _Content:
    content: object


def _as_list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _read_context(context: Any) -> str | None:
    """The words of what was retrieved: a text, a document of LangChain, or a dictionary with the words of one."""
    if isinstance(context, str):
        return context
    if isinstance(context, Mapping):
        found = next((context[key] for key in ("text", "page_content", "content") if key in context), None)
    else:
        found = getattr(context, "page_content", None)
    return found if isinstance(found, str) else None
