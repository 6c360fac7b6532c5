"""A run kept in a folder: what was asked, the answers as they came, and the figures.

    run.json          what the answers depend on: the question set, the documents, the settings
    questions.jsonl   the questions as they were asked, with their gold data
    answers.jsonl     an answer a line, appended as it comes
    scores.json       the figures; written last
    report.html       the same for people

A run that was ended half-way is taken up again: the questions that have a line in ``answers.jsonl`` are not asked.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from rag.errors import QuestionError, QuestionSetError, UsageError
from rag.evaluation.formats.json_files import raise_problems, read_lines, render_names
from rag.evaluation.formats.questions import to_values
from rag.evaluation.run.figures import FILE as SCORES
from rag.evaluation.run.figures import to_dict
from rag.evaluation.run.replies import Declines
from rag.evaluation.run.samples import is_samples, read_samples, refuse_slip
from rag.evaluation.run.scoring import Scores
from rag.serialize import parse_answer
from rag.types import SCHEMA_VERSION, Answer, Question, text_digest

RUN, QUESTIONS, ANSWERS, REPORT = "run.json", "questions.jsonl", "answers.jsonl", "report.html"

SHOWN = 64
"""Characters of a value that a message shows; of a longer one, such as a digest, the beginning."""

Done = Mapping[str, Answer]
"""Answers by question id."""


@contextmanager
def open_run(
    directory: Path | str,
    questions: Sequence[Question],
    depends: Mapping[str, Any],
    *,
    fresh: bool = False,
    retry_failed: bool = False,
) -> Iterator[tuple[Done, Callable[[Answer], None]]]:
    """Begin a run in a folder, or take one up again: the answers that are there, and what appends another.

    Args:
        directory: made if absent.
        questions: what is to be asked.
        depends: what answers depend on, by name; JSON values. A run goes on only where all of it is as it was.
        fresh: throw away the answers that are there, whatever they depended on.
        retry_failed: leave out the answers that are failures, so that these questions are asked again.

    Raises:
        UsageError: the folder cannot be written, another process is writing it, or it holds a run that depends on
            something else; one line says what differs.
        QuestionSetError: its answers cannot be read, or are answers to other questions.
    """
    folder = make_folder(directory)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UsageError(f"another process is writing the run in '{folder}'; name another --save DIR") from None
    try:
        if fresh:
            for name in (ANSWERS, RUN):
                (folder / name).unlink(missing_ok=True)
        _check_run(folder, json.loads(json.dumps(depends)))
        done = load_answers(folder, questions)
        if retry_failed:
            done = {name: answer for name, answer in done.items() if answer.error is None}
        write_whole(folder / RUN, _dump_pretty({"schema_version": SCHEMA_VERSION, "depends": dict(depends)}))
        write_whole(folder / QUESTIONS, "".join(f"{_dump(to_values(question))}\n" for question in questions))
        with (folder / ANSWERS).open("ab", buffering=0) as file:
            yield done, lambda answer: _append(file, answer)
    finally:
        lock.release()


def load_answers(
    path: Path | str,
    questions: Sequence[Question],
    texts: Mapping[str, str] | None = None,
    declines: Declines | None = None,
) -> dict[str, Answer]:
    """The answers of a run's folder, or of a file, by question id; where a question has two, the last.

    A last line that was torn, because the run was killed while it was written, is taken out of the file.

    Args:
        path: the folder; or a file of Footnote's answers, or of samples as ragas and deepeval have them (``samples.py``).
        questions: those that were asked.
        texts: the documents' texts by id, in which the contexts of samples are located.
        declines: tells whether the words of a sample's response decline to answer.

    Raises:
        QuestionSetError: they cannot be read, or they are answers to other questions than those of the same id.
    """
    path = Path(path)
    file = path / ANSWERS if path.is_dir() else path
    if path.is_dir() and not file.exists():
        return {}
    if not path.is_dir() and is_samples(file):
        return read_samples(file, questions, texts, declines)
    _mend_end(file)
    texts = {question.id: question.text for question in questions}
    problems: list[str] = []

    def parse(values: Any) -> Answer:
        refuse_slip(values)
        answer = parse_answer(values)
        asked = texts.get(answer.id, answer.question)
        if answer.question and " ".join(answer.question.split()) != " ".join(asked.split()):
            raise QuestionError(
                f"'{answer.id}' is an answer to another question; use the set that was asked, or another folder"
            )
        return answer if answer.question else replace(answer, question=asked)

    answers = {answer.id: answer for _, answer in read_lines(file, parse, problems)}
    raise_problems(problems)
    return answers


def load_depends(path: Path | str, texts: Mapping[str, str]) -> dict[str, Any]:
    """What the answers of a folder depended on; empty where that was not written down, as for a file of answers.

    Raises:
        UsageError: the documents are no longer those that were asked, so that offsets do not hold.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError(
            f"there is no '{path}'; answers are a folder that evaluate --save wrote, or a file of rows with a response"
        )
    depends = _read_depends(path) if (path / RUN).exists() else {}
    before, now = depends.pop("documents", None), digest_texts(texts)
    if before not in (None, now):
        raise UsageError(
            f"the answers in '{path}' are about other documents ({_show(before)} then, {_show(now)} now); "
            "use the index that was asked, or ask again with another --save DIR"
        )
    return depends


def digest_texts(texts: Mapping[str, str]) -> str:
    """One digest of all documents."""
    return text_digest(" ".join(f"{name}:{text_digest(texts[name])}" for name in sorted(texts)))


def save_run(
    directory: Path | str,
    questions: Sequence[Question],
    answers: Sequence[Answer],
    scores: Scores,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Write questions, answers and figures into a folder, each file whole or not at all; what was there is replaced.

    Raises:
        UsageError: the folder cannot be made or written.
    """
    folder = make_folder(directory)
    write_whole(folder / QUESTIONS, "".join(f"{_dump(to_values(question))}\n" for question in questions))
    write_whole(folder / ANSWERS, "".join(f"{_dump(answer.to_dict())}\n" for answer in answers))
    save_scores(folder, scores, settings)


def save_scores(directory: Path | str, scores: Scores, settings: Mapping[str, Any] | None = None) -> None:
    """Write the figures of a run into its folder. Raises UsageError where it cannot be written."""
    write_whole(Path(directory) / SCORES, _dump_pretty(to_dict(scores, settings)))


def make_folder(directory: Path | str) -> Path:
    """The folder of a run, made if absent; to be called before hours of asking, not after.

    Raises:
        UsageError: it cannot be made or written.
    """
    folder = Path(directory)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UsageError(
            f"cannot save a run in '{folder}': {error.strerror or error}; name another --save DIR"
        ) from None
    return folder


def write_whole(path: Path, text: str) -> None:
    """Replace a file at once: whoever reads it, or a kill, finds the old one or the new one.

    Raises:
        UsageError: it cannot be written.
    """
    # Half a surrogate pair, which UTF-8 cannot carry, becomes the backslash escape that JSON has for it.
    content = text.encode("utf-8", "backslashreplace")
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot write '{path}': {error.strerror or error}") from None


def _check_run(folder: Path, depends: Mapping[str, Any]) -> None:
    """Refuse to go on with a run that depended on something else."""
    if not (folder / RUN).exists():
        if (folder / ANSWERS).exists():
            raise UsageError(
                f"'{folder}' holds answers and no {RUN}; score them with --answers DIR, or name another --save DIR"
            )
        return
    before = _read_depends(folder)
    names = [name for name in {**before, **depends} if before.get(name) != depends.get(name)]
    if names:
        told = [
            f"{name.replace('_', ' ')} ({_show(before.get(name))} then, {_show(depends.get(name))} now)"
            for name in names
        ]
        raise UsageError(
            f"the run in '{folder}' cannot go on, these differ: {render_names(told)}; "
            "set them back, throw its answers away (fresh, --fresh), or name another --save DIR"
        )


def _read_depends(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / RUN).read_bytes())["depends"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"cannot read '{folder / RUN}' ({error}); name another --save DIR") from None


def _show(value: Any) -> str:
    return "none" if value is None else str(value) if len(str(value)) < SHOWN else f"{str(value)[:24]}…"


def _append(file: BinaryIO, answer: Answer) -> None:
    """One write for the whole line, with nothing kept back: a kill finds it there, or not."""
    line = f"{_dump(answer.to_dict())}\n".encode("utf-8", "backslashreplace")
    try:
        if file.write(line) < len(line):
            raise OSError(errno.ENOSPC, "no space left on the device")
    except OSError as error:
        raise UsageError(
            f"cannot write '{file.name}': {error.strerror or error}; what is there is kept, the same command goes on"
        ) from None


def _mend_end(file: Path) -> None:
    """Take out a last line that was torn; end one that is whole."""
    try:
        content = file.read_bytes()
        if not content or content.endswith(b"\n"):
            return
        start = content.rfind(b"\n") + 1
        try:
            parse_answer(json.loads(content[start:]))
        except (ValueError, RecursionError, QuestionError):
            with file.open("r+b") as opened:
                opened.truncate(start)
        else:
            with file.open("ab") as opened:
                opened.write(b"\n")
    except OSError as error:
        raise QuestionSetError(f"cannot read '{file}': {error.strerror or error}") from None


def _dump(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _dump_pretty(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"
