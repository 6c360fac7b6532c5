"""JSON Lines files whose problems are all told at once, each as ``FILE:LINE: what``."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from rag.errors import QuestionError, QuestionSetError

MAX_PROBLEMS = 20
"""Problems of one file that are shown; the rest are counted."""

SLIP = 0.8
"""How alike two keys are, by difflib, to be a slip: "answer" and "answers" are .92, "evidences" and "evidence" .94."""

Parsed = TypeVar("Parsed")


def read_lines(path: Path, parse: Callable[[Any], Parsed], problems: list[str]) -> Iterator[tuple[str, Parsed]]:
    """Parse each line that is not blank: its place, ``FILE:LINE``, and what ``parse`` makes of its JSON value.

    A line that is not JSON, or that ``parse`` refuses with a QuestionError, is added to ``problems`` instead.

    Raises:
        QuestionSetError: the file cannot be read.
    """
    # Split at line feeds only: a JSON string may hold U+2028 and its like, which str.splitlines would cut at.
    for number, line in enumerate(read_bytes(path).split(b"\n"), start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            yield place, parse(json.loads(line.decode("utf-8-sig")))
        except QuestionError as error:
            problems.append(f"{place}: {error}")
        except UnicodeDecodeError:
            problems.append(f"{place}: not UTF-8 text")
        except (ValueError, RecursionError) as error:
            problems.append(f"{place}: not JSON ({getattr(error, 'msg', None) or 'nested too deeply, or too long'})")


def check_keys(values: Mapping[str, Any], known: Sequence[str]) -> None:
    """Refuse a key that is a slip for another one, whose value would be overlooked; other unknown keys are let be.

    Raises:
        QuestionError: one is; the message says which is meant.
    """
    absent = [key for key in known if key not in values]
    for key in values:
        if key not in known and (near := difflib.get_close_matches(str(key), absent, 1, SLIP)):
            raise QuestionError(f"unknown key '{key}'; did you mean '{near[0]}'?")


def raise_problems(problems: Sequence[str], most: int = MAX_PROBLEMS, hint: str = "") -> None:
    """Raise all problems of a file as one error, if there are any; past the first twenty they are only counted.

    Raises:
        QuestionSetError: there are problems.
    """
    if problems:
        more = len(problems) - most
        told = [*problems[:most], *([f"... and {more} more"] if more > 0 else []), *([hint] if hint else [])]
        raise QuestionSetError("\n".join(told))


def read_text(path: Path) -> str:
    """The text of a file that comes with a question set, with line ends as one line feed each.

    Raises:
        QuestionSetError: the file cannot be read, or is not UTF-8.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise QuestionSetError(f"{path}: not UTF-8 text") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_bytes(path: Path) -> bytes:
    """The bytes of a question set or of its evidence.

    Raises:
        QuestionSetError: the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise QuestionSetError(f"cannot read '{path}': {error.strerror or error}") from None


def render_names(names: Sequence[str], most: int = 5) -> str:
    """The first few names of a list, for a message."""
    more = len(names) - most
    return (", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")) or "none"
