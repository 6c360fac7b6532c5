"""BEIR's folders (Thakur et al. 2021): queries.jsonl, corpus.jsonl and qrels/*.tsv.

A document that is judged relevant is gold evidence from its first character to its last. Grades are not kept: what is
above zero is relevant.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.errors import QuestionError
from rag.evaluation.formats.collect import collect_questions, make_document
from rag.evaluation.formats.json_files import read_lines, read_text
from rag.evaluation.formats.questions import QuestionSet
from rag.types import Document, Question, Span

SPLIT_OF_FILE = {"test": "report", "dev": "develop", "train": "develop"}


def read_beir(folder: Path) -> QuestionSet:
    """Read the queries that are judged, and the whole corpus, each document with its title on top.

    Queries of ``qrels/test.tsv`` are the split to report, those of train.tsv and dev.tsv the split to develop.
    """
    problems: list[str] = []
    documents: dict[str, Document] = {}
    for place, document in read_lines(folder / "corpus.jsonl", _read_document, problems):
        if documents.setdefault(document.id, document) is not document:
            problems.append(f"{place}: there is a document '{document.id}' before")
    queries: dict[str, tuple[str, str]] = {}
    for place, (name, text) in read_lines(folder / "queries.jsonl", _read_query, problems):
        if queries.setdefault(name, (place, text))[0] != place:
            problems.append(f"{place}: there is a query '{name}' before")
    found: dict[str, tuple[str, Question]] = {}
    for file in find_qrels(folder):
        for name, relevant in _read_judgements(file, queries, documents, problems).items():
            if name not in found:
                place, text = queries[name]
                evidence = tuple(Span(document.id, 0, len(document.text)) for document in relevant)
                split = SPLIT_OF_FILE.get(file.stem, "")
                found[name] = (place, Question(text, name, evidence=evidence, split=split))
    if not found and not problems:
        problems.append(f"{folder}: no judged query; expected: qrels/test.tsv with query-id, corpus-id and score")
    return collect_questions(found.values(), problems, "BEIR", documents)


def find_beir_files(folder: Path) -> list[Path]:
    """The files that make up the set."""
    return [folder / "queries.jsonl", folder / "corpus.jsonl", *find_qrels(folder)]


def find_qrels(folder: Path) -> list[Path]:
    """The files of judgements, that of the test queries first."""
    return sorted((folder / "qrels").glob("*.tsv"), key=lambda file: (file.stem != "test", file.name))


def _read_document(values: Any) -> Document:
    name, text = _read_named(values)
    title = values.get("title")
    title = title.strip() if isinstance(title, str) else ""
    whole = "\n\n".join(part for part in (title, text) if part.strip())
    # One without words stays known, so that a judgement of it is told apart from one of a document that is not there.
    return make_document(name, title, whole, f"corpus.jsonl: {name}")


def _read_query(values: Any) -> tuple[str, str]:
    name, text = _read_named(values)
    if not text.strip():
        raise QuestionError("'text' is empty")
    return name, text


def _read_named(values: Any) -> tuple[str, str]:
    name, text = (values.get("_id"), values.get("text")) if isinstance(values, dict) else (None, None)
    if isinstance(name, bool) or not isinstance(name, str | int) or not str(name).strip() or not isinstance(text, str):
        raise QuestionError("a line is a JSON object with '_id' and 'text'")
    return str(name), text


def _read_judgements(
    file: Path, queries: Mapping[str, Any], documents: Mapping[str, Document], problems: list[str]
) -> dict[str, list[Document]]:
    """The relevant documents by query; a query whose documents are all irrelevant is left out."""
    relevant: dict[str, list[Document]] = {}
    for place, (name, document, score) in _read_rows(file, problems):
        if score <= 0:
            continue
        if name not in queries:
            problems.append(f"{place}: no query '{name}' in queries.jsonl")
        elif document not in documents:
            problems.append(f"{place}: no document '{document}' in corpus.jsonl")
        elif not documents[document].text.strip():
            problems.append(
                f"{place}: the document '{document}' is judged relevant and has no words; take the line out"
            )
        elif documents[document] not in (known := relevant.setdefault(name, [])):
            known.append(documents[document])
    return relevant


def _read_rows(file: Path, problems: list[str]) -> Iterator[tuple[str, tuple[str, str, float]]]:
    for number, line in enumerate(read_text(file).split("\n"), start=1):
        cells = line.split("\t")
        if not line.strip() or (number == 1 and cells[0] == "query-id"):
            continue
        try:
            name, document, score = cells
            if math.isnan(grade := float(score)):
                raise ValueError
            yield f"{file}:{number}", (name, document, grade)
        except ValueError:
            problems.append(f"{file}:{number}: expected query-id, corpus-id and a number, with tabs between")
