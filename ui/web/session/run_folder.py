"""Question sets and runs as files, of one person: kept, listed, read, compared, removed.

All that is measured is ``rag.evaluation``'s; a run's folder is the one that ``footnote evaluate --save`` writes.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.errors import UsageError
from ui.render.evaluation_panel import RunRow, SetRow
from ui.render.language import format_number, gettext, mark

MOST_SETS, MOST_RUNS = 20, 30
"""That are kept; of runs the oldest go."""

MOST_QUESTIONS = 5_000
LONGEST_SET = 4_000_000
"""Questions of a set, and characters of its file."""

FIGURES = {
    "good": mark("acceptable"),
    "first_quote": mark("first quote is evidence"),
    "abstained_correctly": mark("rightly declined"),
}
"""Of all figures those that tell one run from another at a glance."""

MADE, ANSWERS, SCORES, REPORT = "page.json", "answers.jsonl", "scores.json", "report.html"
_NAME = re.compile(r"[\w-][\w.-]{0,79}")


class RunFolder:
    """The sets and runs that lie in a folder, which is made when something is kept."""

    def __init__(self, path: Path):
        self.path = path

    # ---- sets ----

    def list_sets(self) -> list[SetRow]:
        """The sets that can be run: what came with Footnote, then what they brought."""
        return [SetRow(name, _count_lines(path)) for name, path in self.find_sets().items()]

    def add_set(self, name: str, text: str) -> str:
        """Keep a question set, given as JSON Lines; its name.

        Raises:
            UsageError: it is too large, or there are too many.
            QuestionSetError: it cannot be read; all that is wrong, with its lines.
        """
        from rag.evaluation import read_question_set

        if len(text) > LONGEST_SET:
            raise UsageError(
                gettext(
                    "the set is larger than %(limit)s MB; give a part, or run footnote evaluate",
                    limit=f"{LONGEST_SET / 1e6:g}",
                )
            )
        stem = re.sub(r"[^\w-]+", "-", re.sub(r"\.\w{1,6}$", "", name)).strip("-")[:60] or "questions"
        folder = self.path / "sets"
        kept = set(folder.glob("*.jsonl")) if folder.is_dir() else set()
        path = folder / f"{stem}.jsonl"
        if len(kept | {path}) > MOST_SETS:
            raise UsageError(gettext("%(limit)s sets are kept here already; remove one first", limit=MOST_SETS))
        trial = folder / "new" / path.name
        trial.parent.mkdir(parents=True, exist_ok=True)
        try:
            trial.write_text(text, encoding="utf-8", errors="replace")
            found = read_question_set(trial)
            if found.documents:
                raise UsageError(gettext("the set brings documents of its own; such a set is run by footnote evaluate"))
            if len(found.questions) > MOST_QUESTIONS:
                raise UsageError(
                    gettext(
                        "the set has more than %(limit)s questions; give a part of it",
                        limit=format_number(MOST_QUESTIONS),
                    )
                )
            trial.replace(path)
        finally:
            trial.unlink(missing_ok=True)
        return path.stem

    def remove_set(self, name: str) -> None:
        """Remove a set that was brought; any other name does nothing."""
        if _NAME.fullmatch(name):
            (self.path / "sets" / f"{name}.jsonl").unlink(missing_ok=True)

    def find_sets(self) -> dict[str, Path]:
        """The files of the sets, by their names."""
        paths = [path for path in sorted(_find_bundled().glob("*.jsonl")) if "." not in path.stem]
        paths += sorted((self.path / "sets").glob("*.jsonl"))
        return {path.stem: path for path in paths}

    # ---- runs ----

    def list_runs(self) -> list[RunRow]:
        """The runs, the newest first."""
        folders = [path.parent for path in self.path.glob(f"*/{MADE}")]
        folders.sort(key=lambda folder: folder.name[-15:], reverse=True)
        return [_read_row(each) for each in folders]

    def read_report(self, name: str) -> str:
        """The page of a run. Raises UsageError where there is none."""
        try:
            return (self.find_run(name) / REPORT).read_text(encoding="utf-8")
        except OSError:
            raise UsageError(gettext("this run has no report yet; go on with it first")) from None

    def compare(self, before: str, after: str) -> str:
        """Two runs beside each other, as a table of text.

        Raises:
            UsageError: one of them is not there, or has no figures, or they are of other questions.
        """
        from rag.evaluation import compare, load_scores

        if before == after:
            raise UsageError(gettext("these are the same run; choose two"))
        folders = [self.find_run(name) for name in (before, after)]
        if not all((folder / SCORES).is_file() for folder in folders):
            raise UsageError(gettext("a run that was stopped has no figures yet; go on with it first"))
        return compare(load_scores(folders[0]), load_scores(folders[1])).table

    def remove_run(self, name: str) -> None:
        """Remove a run. Raises UsageError where there is none."""
        shutil.rmtree(self.find_run(name), ignore_errors=True)

    def find_run(self, name: str) -> Path:
        """The folder of a run. Raises UsageError where there is none."""
        folder = self.path / name
        if not _NAME.fullmatch(name) or not (folder / MADE).is_file():
            raise UsageError(gettext("that run is here no longer"))
        return folder

    def read_made(self, name: str) -> dict[str, Any]:
        """Of which set a run is, and of how many of its questions. Raises UsageError where there is no such run."""
        return _read_made(self.find_run(name))

    def prune(self) -> None:
        """Remove the oldest runs where there are too many."""
        for row in self.list_runs()[MOST_RUNS:]:
            shutil.rmtree(self.path / row.name, ignore_errors=True)


def _find_bundled() -> Path:
    package = Path(__file__).parents[2]
    installed = package / "questions"
    return installed if installed.is_dir() else package.parent / "data" / "questions"


def _read_made(folder: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        made = json.loads((folder / MADE).read_text(encoding="utf-8"))
        return made if isinstance(made, dict) else {}
    return {}


def _count_lines(path: Path) -> int:
    try:
        return sum(1 for line in path.read_bytes().splitlines() if line.strip())
    except OSError:
        return 0


def _read_row(folder: Path) -> RunRow:
    try:
        return _read_whole(folder, (folder / SCORES).stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return RunRow(folder.name, _count_lines(folder / ANSWERS), is_whole=False)


@lru_cache(maxsize=500)
def _read_whole(folder: Path, changed: int) -> RunRow:
    """The row of a run that has figures; ``changed`` is when they were written. Raises whatever they are not fit for."""
    from rag.evaluation import METRICS, Score
    from rag.evaluation.run.scoring import render_score

    values = json.loads((folder / SCORES).read_bytes())
    part = next(each for each in values["slices"] if each["kind"] == "all")
    scores = {score["metric"]: Score(**score) for score in part["scores"]}
    shown = [(words, render_score(METRICS[name], scores[name])) for name, words in FIGURES.items() if name in scores]
    return RunRow(folder.name, int(part["questions"]), is_whole=True, figures=tuple(shown))


def measure_folder(path: Path) -> int:
    """Bytes of all files in a folder; 0 where there is none."""
    total = 0
    for each in path.rglob("*"):
        with suppress(OSError):
            total += each.stat().st_size if each.is_file() else 0
    return total
