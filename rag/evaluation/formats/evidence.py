"""Gold evidence: where in a document the words stand that answer a question, by quotation or by offsets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from rag.errors import QuestionError, QuestionSetError
from rag.evaluation.formats.json_files import check_keys, raise_problems, read_lines, render_names
from rag.evaluation.formats.letters import Letters, find_letters, find_row, keep_letters
from rag.types import Evidence, Question, Span, text_digest

SHOWN_QUOTE = 60
"""Characters of a quote that a message shows."""


def parse_evidence(values: Mapping[str, Any], documents: Sequence[str]) -> tuple[Evidence | Span, ...]:
    """The ``evidence`` of a question's JSON object; offsets win over a quote that stands beside them.

    Args:
        values: the question's object.
        documents: the documents that the question names; a single one is that of evidence which names none.

    Raises:
        QuestionError: the value has another shape.
    """
    pieces = values.get("evidence")
    if pieces is None:
        return ()
    if not isinstance(pieces, list) or not all(isinstance(piece, dict) for piece in pieces):
        raise QuestionError("'evidence' must be a list of objects with 'quote', or 'start' and 'end'")
    return tuple(_parse_piece(piece, documents) for piece in pieces)


def resolve_evidence(
    questions: Sequence[Question], texts: Mapping[str, str], places: Sequence[str] | None = None
) -> tuple[Question, ...]:
    """The questions with all their evidence as spans of ``texts`` (document id to text).

    A quote is looked for as it stands, then with white space folded, then by letters and digits alone, then as a row of
    a table; where it stands twice, the first place counts.

    Args:
        questions: as loaded.
        texts: the documents' texts.
        places: how a message names each question, such as ``FILE:LINE``; its id if not given.

    Raises:
        QuestionSetError: a document is unknown, a quote is not found, or offsets are out of range; all of them, one a
            line.
    """
    resolved, problems, _ = locate_evidence(questions, texts, places)
    raise_problems(problems)
    return resolved


def locate_evidence(
    questions: Sequence[Question], texts: Mapping[str, str], places: Sequence[str] | None = None
) -> tuple[tuple[Question, ...], list[str], frozenset[str]]:
    """As ``resolve_evidence``, but the problems are returned, and evidence that is not there is left out.

    Returns:
        The questions, the problems, and the ids of the questions that can be asked no more, or not be judged: a
        document is unknown, or nothing is left of all that was known about the answer.
    """
    problems: list[str] = []
    resolved: list[Question] = []
    lost: set[str] = set()
    letters = cache(lambda name: keep_letters(texts[name]))
    for question, place in zip(questions, places or [question.id for question in questions], strict=True):
        unknown = [f"{place}: {_unknown(name, texts)}" for name in question.documents if name not in texts]
        spans: list[Span] = []
        missing: list[str] = []
        for evidence in question.evidence:
            if unknown and isinstance(evidence, Evidence) and evidence.document is None:
                continue  # where it should stand is not there, and it must not be found elsewhere
            try:
                spans.append(_locate(evidence, texts, question.documents, letters))
            except QuestionError as error:
                missing.append(f"{place}: {error}")
        problems += [*unknown, *missing]
        if unknown or (missing and not spans and not question.answers and not question.must):
            lost.add(question.id)
        resolved.append(replace(question, evidence=tuple(spans)))
    return tuple(resolved), problems, frozenset(lost)


def load_evidence(path: Path | str, document_id: str, text: str) -> dict[str, tuple[Span, ...]]:
    """Read a file of offsets, ``{"id", "start", "end", "digest"}`` a line; a question may have several lines.

    Args:
        path: the file; an empty one says that nothing is known about evidence.
        document_id: the document that the offsets are for.
        text: its text, whose sha256 each line's ``digest`` must be.

    Returns:
        The spans by question id.

    Raises:
        QuestionSetError: the file cannot be read, has bad lines, or belongs to another text.
    """
    path, digest = Path(path), text_digest(text)
    problems: list[str] = []
    evidence: dict[str, tuple[Span, ...]] = {}
    foreign: list[str] = []
    for place, (name, span, claimed) in read_lines(path, lambda values: _parse_offsets(values, document_id), problems):
        if claimed != digest:
            foreign.append(claimed)
        elif span.end > len(text):
            problems.append(f"{place}: {_beyond(span, text)}")
        else:
            evidence[name] = (*evidence.get(name, ()), span)
    if foreign:
        problems.insert(
            0,
            f"{path}: {len(foreign)} lines are for a text with the digest {foreign[0][:12]}…, but that of "
            f"'{document_id}' is {digest[:12]}…; use the document that the offsets were made for",
        )
    raise_problems(problems)
    return evidence


def replace_evidence(
    questions: Sequence[Question], evidence: Mapping[str, tuple[Span, ...]], path: Path | str
) -> tuple[Question, ...]:
    """The questions with the evidence of a file in place of their own; one that it leaves out has none.

    Raises:
        QuestionSetError: the file speaks of questions that are not there.
    """
    known = {question.id for question in questions}
    if strangers := [name for name in evidence if name not in known]:
        raise QuestionSetError(f"{path}: these ids are not in the question set: {render_names(strangers)}")
    return tuple(replace(question, evidence=evidence.get(question.id, ())) for question in questions)


def locate_quote(quote: str, text: str) -> tuple[int, int] | None:
    """Where a quote stands in a text: exactly if it does, else with any white space taken for any other.

    Where it does not, ``find_letters`` may yet find it.
    """
    start = text.find(quote)
    if start >= 0:
        return start, start + len(quote)
    folded = re.search(r"\s+".join(re.escape(word) for word in quote.split()), text)
    return folded.span() if folded else None


def locate_context(
    text: str, texts: Mapping[str, str], documents: Iterable[str], letters: Callable[[str], Letters]
) -> Span | None:
    """Where words stand in the first of some documents that has them, by letters alone only where none has them as they are.

    Args:
        text: the words.
        texts: the documents' texts by id.
        documents: the ids of those that are searched.
        letters: those of a document's text, by its id.
    """
    names = list(documents)
    for name in names:
        if place := locate_quote(text, texts[name]):
            return Span(name, *place)
    for name in names:
        found = next(find_letters(text, texts[name], letters(name)), None) or find_row(text, texts[name])
        if found:
            return Span(name, *found)
    return None


def _locate(
    evidence: Evidence | Span, texts: Mapping[str, str], documents: Sequence[str], letters: Callable[[str], Letters]
) -> Span:
    """The span of one piece of evidence, or a QuestionError saying why there is none."""
    if isinstance(evidence, Span):
        if evidence.document_id not in texts:
            raise QuestionError(_unknown(evidence.document_id, texts))
        if evidence.end > len(texts[evidence.document_id]):
            raise QuestionError(_beyond(evidence, texts[evidence.document_id]))
        return evidence
    if evidence.document is not None and evidence.document not in texts:
        raise QuestionError(_unknown(evidence.document, texts))
    named = [evidence.document] if evidence.document is not None else [name for name in documents if name in texts]
    searched: Iterable[str] = named or texts
    if found := locate_context(evidence.quote, texts, searched, letters):
        return found
    shown = " ".join(evidence.quote.split())
    shown = shown if len(shown) <= SHOWN_QUOTE else shown[: SHOWN_QUOTE - 1] + "…"
    raise QuestionError(f'the quote "{shown}" does not stand in {render_names(list(searched))}')


def _parse_piece(piece: Mapping[str, Any], documents: Sequence[str]) -> Evidence | Span:
    check_keys(piece, ("quote", "document", "start", "end"))
    document = piece.get("document")
    if document is not None and not (isinstance(document, str) and document):
        raise QuestionError("'document' of evidence must be the id of a document")
    if piece.get("start") is not None or piece.get("end") is not None:
        if document is None and len(documents) == 1:
            document = documents[0]
        if document is None:
            raise QuestionError("evidence by offsets needs 'document'")
        return _parse_span(document, piece)
    quote = piece.get("quote")
    if not isinstance(quote, str) or not quote.strip():
        raise QuestionError("each of 'evidence' needs a 'quote' that is not empty, or 'start' and 'end'")
    return Evidence(quote, document)


def _parse_span(document: str, values: Mapping[str, Any]) -> Span:
    start, end = values.get("start"), values.get("end")
    for place in (start, end):
        if isinstance(place, bool) or not isinstance(place, int):
            raise QuestionError("'start' and 'end' of evidence must be whole numbers")
    assert isinstance(start, int) and isinstance(end, int)
    if not 0 <= start < end:
        raise QuestionError(f"evidence needs 0 <= start < end, not {start}:{end}")
    return Span(document, start, end)


def _parse_offsets(values: Any, document: str) -> tuple[str, Span, str]:
    """One line of a file of offsets: question id, span, digest of the text."""
    if not isinstance(values, dict):
        raise QuestionError("a line is a JSON object with 'id', 'start', 'end' and 'digest'")
    name, digest = values.get("id"), values.get("digest")
    if isinstance(name, bool) or not isinstance(name, str | int) or not isinstance(digest, str):
        raise QuestionError("'id' and 'digest' must be texts")
    return str(name), _parse_span(document, values), digest


def _unknown(name: str, texts: Mapping[str, str]) -> str:
    return f"no document '{name}'; there are: {render_names(list(texts))}"


def _beyond(span: Span, text: str) -> str:
    return f"evidence {span.start}:{span.end} reaches beyond the {len(text)} characters of '{span.document_id}'"
