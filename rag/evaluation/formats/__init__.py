"""Question sets of several formats. Each is recognised by what is in the file, not by its name.

| format | what is read |
|---|---|
| Footnote | JSON Lines, one object with ``question`` a line (``json_lines.py``) |
| SQuAD | JSON of SQuAD 1.1 or 2.0, with its paragraphs (``squad_json.py``) |
| Chroma | the CSV of Chroma's chunking evaluation, with its corpora (``chroma_csv.py``) |
| ragas | JSON Lines, one object with ``user_input`` a line (``ragas.py``) |
| BEIR | a folder of ``queries.jsonl``, ``corpus.jsonl`` and ``qrels/*.tsv`` (``beir.py``) |
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import QuestionSetError
from rag.evaluation.formats.beir import find_beir_files, read_beir
from rag.evaluation.formats.chroma_csv import QUESTIONS_FILE, find_corpora, read_chroma
from rag.evaluation.formats.evidence import resolve_evidence
from rag.evaluation.formats.json_files import MAX_PROBLEMS, raise_problems, read_bytes
from rag.evaluation.formats.json_lines import read_json_lines
from rag.evaluation.formats.questions import QuestionSet
from rag.evaluation.formats.ragas import read_ragas
from rag.evaluation.formats.squad_json import is_squad, read_squad

__all__ = ["load_questions", "questions_digest", "read_question_set"]


def load_questions(path: Path | str) -> QuestionSet:
    """Read a question set of any format that is known; evidence of a set that brings its documents is located.

    Raises:
        QuestionSetError: it cannot be read, or something in it is wrong; one ``FILE:LINE: what`` a line, all at once.
    """
    found = read_question_set(path)
    raise_problems(found.problems)
    if not found.documents:
        return found
    return replace(found, questions=resolve_evidence(found.questions, found.texts, found.places))


def read_question_set(path: Path | str, *, most_problems: int = MAX_PROBLEMS) -> QuestionSet:
    """Read a question set as far as it goes: what is wrong with single lines is in its ``problems``.

    Args:
        path: the file or the folder.
        most_problems: how many problems an error lists where no question can be read; the rest are counted.

    Raises:
        QuestionSetError: it cannot be read at all, or is of no known format.
    """
    path = Path(path)
    if path.is_dir():
        found, files = _read_folder(path)
    elif path.suffix.casefold() == ".csv":
        found, files = read_chroma(path), [path, *find_corpora(path)]
    else:
        found, files = _read_json(path), [path]
    if not found.questions:
        raise_problems(found.problems, most_problems)
        raise QuestionSetError(f"{path}: no questions; one JSON object a line is expected, or {_KNOWN}")
    return replace(found, digest=questions_digest(*files))


def questions_digest(*files: Path | str) -> str:
    """The sha256 of a question set's bytes; of several files, that of their digests."""
    digests = [hashlib.sha256(read_bytes(Path(file))).hexdigest() for file in files]
    return digests[0] if len(digests) == 1 else hashlib.sha256(" ".join(digests).encode()).hexdigest()


_KNOWN = "SQuAD's JSON, Chroma's CSV, ragas' JSON Lines, a BEIR folder"


def _read_folder(folder: Path) -> tuple[QuestionSet, Sequence[Path]]:
    if (folder / "queries.jsonl").is_file():
        return read_beir(folder), find_beir_files(folder)
    if (folder / QUESTIONS_FILE).is_file():
        return read_chroma(folder / QUESTIONS_FILE), [folder / QUESTIONS_FILE, *find_corpora(folder / QUESTIONS_FILE)]
    raise QuestionSetError(
        f"no question set in '{folder}'; a folder has BEIR's queries.jsonl, corpus.jsonl and qrels, "
        f"or Chroma's {QUESTIONS_FILE} and corpora"
    )


def _read_json(path: Path) -> QuestionSet:
    content = read_bytes(path)
    lines = [line for line in content.split(b"\n", 64) if line.strip()]
    first = _parse(lines[0]) if lines else None
    if isinstance(first, dict) and not is_squad(first):
        looks_like_ragas = "user_input" in first and "question" not in first
        return read_ragas(path) if looks_like_ragas else read_json_lines(path)
    whole = first if first is not None and len(lines) == 1 else _parse(content)
    return read_squad(path, whole) if is_squad(whole) else read_json_lines(path)


def _parse(content: bytes) -> Any:
    """The JSON value of some bytes; None where they are none."""
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
