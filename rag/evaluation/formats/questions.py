"""Questions and question sets: JSON objects in, frozen ``Question`` objects out, and back again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.errors import QuestionError
from rag.evaluation.formats.evidence import parse_evidence
from rag.evaluation.formats.json_files import check_keys
from rag.question import read_where, tell_where
from rag.types import Document, Evidence, Question, Span

SPLITS = ("develop", "report")
"""Tune on the first, report the second."""


KEYS = (
    *("id", "question", "history", "documents", "document", "answers", "answerable", "must", "evidence", "any"),
    *("tags", "kind", "note", "split", "where"),
)
"""What the object of a question may hold; other keys are let be, but for slips."""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """What a file or a folder of questions holds, whatever its format.

    Attributes:
        questions: in the order of the file, each with an id of its own.
        places: how a message names each question, such as ``FILE:LINE``.
        format: what it was recognised as.
        digest: the sha256 of what was read, so that figures of different sets are told apart.
        documents: those that the set brings, by id, verbatim, because its offsets refer to them; empty for a set that
            is asked of documents which are in an index.
        per_question: whether each question is meant for the one document that it names, and says nothing of the others.
        problems: what is wrong with the file, one ``FILE:LINE: what`` each.
        other_keys: keys that mean nothing here, and how many questions have each.
    """

    questions: tuple[Question, ...]
    places: tuple[str, ...]
    format: str
    digest: str = ""
    documents: Mapping[str, Document] = field(default_factory=dict, repr=False)
    per_question: bool = False
    problems: tuple[str, ...] = ()
    other_keys: Mapping[str, int] = field(default_factory=dict)

    @property
    def texts(self) -> dict[str, str]:
        """The texts of the documents that the set brings."""
        return {name: document.text for name, document in self.documents.items()}


def parse_question(values: Any) -> Question:
    """A question from the JSON object of one line; ``id`` stays empty where it is absent.

    Raises:
        QuestionError: the object has another shape; one line says which key and why.
    """
    if not isinstance(values, dict):
        raise QuestionError("a question is a JSON object with the key 'question'")
    check_keys(values, KEYS)
    documents, must = _parse_documents(values), _parse_texts(values, "must") or ()
    evidence = parse_evidence(values, documents)
    return Question(
        text=_parse_words(values),
        id=_parse_id(values),
        history=_parse_history(values),
        documents=documents,
        answers=_parse_answers(values, must, evidence),
        evidence=evidence,
        tags=_parse_texts(values, "tags") or (),
        split=_parse_split(values),
        must=must,
        any_evidence=_parse_any(values),
        kind=_parse_text(values, "kind"),
        note=_parse_text(values, "note"),
        where=read_where(values["where"] if values.get("where") is not None else ()),
    )


def to_values(question: Question) -> dict[str, Any]:
    """A question as the JSON object that ``parse_question`` reads."""
    evidence = [
        {"quote": piece.quote, "document": piece.document}
        if isinstance(piece, Evidence)
        else {"document": piece.document_id, "start": piece.start, "end": piece.end}
        for piece in question.evidence
    ]
    values: dict[str, Any] = {
        "id": question.id,
        "question": question.text,
        "answers": None if question.answers is None else list(question.answers),
        "evidence": evidence,
        "history": [list(turn) for turn in question.history],
        "documents": list(question.documents),
        "tags": list(question.tags),
        "split": question.split,
        "must": list(question.must),
        "any": question.any_evidence or None,
        "kind": question.kind,
        "note": question.note,
        "where": tell_where(read_where(question.where)),
    }
    return {key: value for key, value in values.items() if value not in (None, "", []) or key == "answers"}


def content_id(values: Any) -> str:
    """An id made of a JSON value: the same however its line is spaced and its keys are ordered."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def choose_split(name: str) -> str:
    """The split of a question of a set that has none: by the sha256 of its id, even to develop, odd to report."""
    return SPLITS[int(hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest(), 16) % 2]


def _parse_words(values: Mapping[str, Any]) -> str:
    words = values.get("question")
    if not isinstance(words, str) or not words.strip():
        raise QuestionError("'question' must be a text that is not empty")
    return words


def _parse_id(values: Mapping[str, Any]) -> str:
    name = values.get("id")
    if name is None:
        return ""
    if isinstance(name, bool) or not isinstance(name, str | int) or not str(name).strip():
        raise QuestionError("'id' must be a text that is not empty")
    return str(name)


def _parse_history(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    turns = values.get("history")
    if turns is None:
        return ()
    fits = isinstance(turns, list) and all(
        isinstance(turn, list) and len(turn) == 2 and all(isinstance(text, str) for text in turn) for turn in turns
    )
    if not fits:
        raise QuestionError("'history' must be a list of pairs [question, answer]")
    return tuple((asked, answered) for asked, answered in turns)


def _parse_documents(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The documents that are asked: ``documents``, or the one that ``document`` names by its id or its file's name."""
    documents, document = _parse_texts(values, "documents") or (), _parse_text(values, "document")
    if document and documents not in ((), (document,)):
        raise QuestionError("'document' and 'documents' name different ones; leave one of the keys out")
    return (document,) if document else documents


def _parse_answers(
    values: Mapping[str, Any], must: tuple[str, ...], evidence: Sequence[Evidence | Span]
) -> tuple[str, ...] | None:
    """Accepted answers: none at all where abstaining is right, None where nothing is known but what they must hold."""
    answers = _parse_texts(values, "answers")
    answerable = values.get("answerable")
    if answerable is not None and not isinstance(answerable, bool):
        raise QuestionError("'answerable' must be true or false")
    if answerable is False and answers:
        raise QuestionError("'answerable' is false, yet there are answers")
    if answerable is True and answers == ():
        raise QuestionError("'answerable' is true, yet 'answers' is empty; leave 'answers' out where it is unknown")
    if answerable is False and (must or evidence):
        raise QuestionError(f"'answerable' is false, yet there is {'evidence' if evidence else 'must'}")
    if answers == () and evidence and not must:
        raise QuestionError(
            "'answers' is empty, which says that the documents do not answer, yet there is evidence; "
            "leave 'answers' out where it is unknown"
        )
    return () if answerable is False else None if must and not answers else answers


def _parse_any(values: Mapping[str, Any]) -> bool:
    found = values.get("any")
    if found is not None and not isinstance(found, bool):
        raise QuestionError("'any' must be true (one piece of the evidence is enough) or false")
    return bool(found)


def _parse_text(values: Mapping[str, Any], key: str) -> str:
    text = values.get(key)
    if text is not None and not isinstance(text, str):
        raise QuestionError(f"'{key}' must be a text")
    return (text or "").strip()


def _parse_split(values: Mapping[str, Any]) -> str:
    split = values.get("split")
    if split is None or split == "":
        return ""
    if split not in SPLITS:
        raise QuestionError(f"'split' must be {' or '.join(SPLITS)}, not {json.dumps(split)[:40]}")
    return str(split)


def _parse_texts(values: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    texts = values.get(key)
    if texts is None:
        return None
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise QuestionError(f"'{key}' must be a list of texts that are not empty")
    return tuple(texts)
