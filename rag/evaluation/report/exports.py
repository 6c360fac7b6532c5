"""A run in the forms that other tools read: SQuAD's predictions, ragas' samples, TREC's run and judgements."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rag.evaluation.metrics.cases import Case, plain_text, predicted_text
from rag.evaluation.run.saved import make_folder, write_whole
from rag.evaluation.run.scoring import pair_answers
from rag.types import Answer, Question, Span


def export_run(
    directory: Path | str,
    names: Sequence[str],
    questions: Sequence[Question],
    answers: Sequence[Answer],
    texts: Mapping[str, str],
) -> list[Path]:
    """Write a run into a folder in the forms of these names, which are keys of ``EXPORTS``.

    Returns:
        The files that were written.

    Raises:
        UsageError: the folder cannot be written.
    """
    folder, written = make_folder(directory), []
    cases = pair_answers(questions, answers, texts)
    for name in names:
        for file, text in EXPORTS[name](cases).items():
            write_whole(folder / file, text)
            written.append(folder / file)
    return written


def render_squad(cases: Sequence[Case]) -> dict[str, str]:
    """``predictions.json``: what the official script scores, the text by question id, empty for an abstention."""
    values = {case.question.id: "" if case.answer.error else predicted_text(case.answer) for case in cases}
    return {"predictions.json": json.dumps(values, ensure_ascii=False, indent=1) + "\n"}


def render_ragas(cases: Sequence[Case]) -> dict[str, str]:
    """``ragas.jsonl``: a sample of one turn a line, with what was retrieved and what should have been."""
    return {"ragas.jsonl": "".join(json.dumps(_to_sample(case), ensure_ascii=False) + "\n" for case in cases)}


def render_trec(cases: Sequence[Case]) -> dict[str, str]:
    """``run.trec`` and ``qrels.trec`` over passages, so that trec_eval gives the figures that are given here.

    A passage is relevant where it overlaps gold evidence; evidence that no retrieved passage touches counts as one
    relevant passage that was not found.
    """
    run, judged = [], []
    for case in cases:
        if not case.gold:
            continue
        name, found = _write_name(case.question.id), [scored.passage.span for scored in case.answer.passages]
        for rank, span in enumerate(found, start=1):
            # The order is what counts; trec_eval breaks ties of the scores in its own way.
            run.append(f"{name} Q0 {_write_place(span)} {rank} {1 / rank:.6f} footnote")
        relevant = [span for span, fits in zip(found, case.relevant, strict=True) if fits]
        missed = [piece for piece in case.gold if not any(span.overlap(piece) for span in found)]
        judged += [f"{name} 0 {_write_place(span)} 1" for span in relevant]
        judged += [f"{name} 0 missed-{at}:{_write_place(span)} 1" for at, span in enumerate(missed)]
    return {"run.trec": _join(run), "qrels.trec": _join(judged)}


def render_trec_documents(cases: Sequence[Case]) -> dict[str, str]:
    """``documents.run.trec`` and ``documents.qrels.trec``, as BEIR scores: a document is where its first passage is."""
    run, judged = [], []
    for case in cases:
        if not case.gold:
            continue
        name = _write_name(case.question.id)
        found = dict.fromkeys(scored.passage.span.document_id for scored in case.answer.passages)
        for rank, document in enumerate(found, start=1):
            run.append(f"{name} Q0 {_write_name(document)} {rank} {1 / rank:.6f} footnote")
        judged += [
            f"{name} 0 {_write_name(document)} 1" for document in dict.fromkeys(s.document_id for s in case.gold)
        ]
    return {"documents.run.trec": _join(run), "documents.qrels.trec": _join(judged)}


EXPORTS: Mapping[str, Callable[[Sequence[Case]], dict[str, str]]] = {
    "squad": render_squad,
    "ragas": render_ragas,
    "trec": render_trec,
    "trec-documents": render_trec_documents,
}
"""Every form by name: from the cases of a run to the texts of files by their names."""


def _to_sample(case: Case) -> dict[str, Any]:
    question, answer = case.question, case.answer
    sample: dict[str, Any] = {"id": question.id, "user_input": question.text}
    if not answer.error:
        sample |= {
            "response": plain_text(answer),
            "retrieved_contexts": [scored.passage.text for scored in answer.passages],
        }
    if question.answers:
        sample["reference"] = question.answers[0]
    contexts = [
        case.texts[span.document_id][span.start : span.end] for span in case.gold if span.document_id in case.texts
    ]
    if contexts := [text for text in contexts if text.strip()]:
        sample["reference_contexts"] = contexts
    return sample


def _write_place(span: Span) -> str:
    return f"{_write_name(span.document_id)}:{span.start}-{span.end}"


def _write_name(name: str) -> str:
    """A name without what parts TREC's columns: as in an address, so that no two become one ("a b" is not "a_b")."""
    return re.sub(r"[\s\0%]", lambda sign: quote(sign[0]), name)


def _join(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
