"""Scores as a plain-text table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rag.evaluation.metrics.cases import CAUSES, OUTCOMES
from rag.evaluation.metrics.metric import Metric
from rag.evaluation.metrics.table import METRICS
from rag.evaluation.metrics.writing import CHAT_MODEL
from rag.evaluation.run.scoring import Score, Scores, Slice, render_score

HEADLINES = (
    "good first_quote quote_precision contains key_phrases f1 crag hit@1 hit@5 mrr citation_hit citation_precision citation_recall quote_validity false_answer "
    "needless_abstention aurc ece failed seconds_p50"
).split()
"""What the table shows of a run that has all of Footnote's own figures; thirty lines are read by nobody."""

KIND_METRICS = ("good", "first_quote", "quote_precision", "abstained_correctly", "needless_abstention")
"""What the table by kind of question shows."""

TAG_METRICS = ("good", "contains", "hit@5", "abstained_correctly", "needless_abstention")
"""What the table by tag shows; its few questions make more figures more noise."""

SHOWN_ERRORS = 5


def render_table(scores: Scores, *, reused: int = 0, warning: str = "") -> str:
    """The main figures by split, each with its 95 % interval and n; what became of the questions; the kinds and tags.

    ``reused`` is how many answers had been given before this run; ``warning`` is what figures suffer from.
    """
    parts = list_parts(scores)
    splits = [part for part in parts if part.kind == "split"]
    # What is tuned and what is reported, mixed, is no figure to read first.
    columns = splits if sum(part.questions for part in splits) == scores.slice("all").questions else parts
    shown = _choose_shown(scores.metrics, columns)
    left = len(scores.metrics) - len(shown)
    blocks = [
        render_columns(shown, [(part.name, part) for part in columns]),
        _render_outcomes(parts),
        _render_causes(parts),
        _render_tags("kind", [part for part in scores.slices if part.kind == "kind"]),
        _render_tags("tag", [part for part in scores.slices if part.kind == "tag"]),
        _render_errors(scores.errors),
        "Figures are per cent, with a 95 % interval (Wilson; bootstrap for means and seconds) and the number\n"
        "counted. A failure gets the worst value. 'n/a' is 0 of 0."
        + (f" {left} more are in --save and --json." if left else ""),
        warning and f"Beware: {warning}.",
        _render_reused(reused, scores.slice("all").questions),
    ]
    return "\n\n".join(block.rstrip() for block in blocks if block)


def _choose_shown(metrics: Sequence[Metric], columns: Sequence[Slice]) -> list[Metric]:
    """All where they were chosen by name; else the headlines, what is said of chat models, and what is not Footnote's own."""
    names = {metric.name for metric in metrics}
    if not set(METRICS) <= names:
        return list(metrics)
    asked = {each.name for each in CHAT_MODEL if any(part.scores[each.name].value is not None for part in columns)}
    return [metric for metric in metrics if metric.name in asked.union(HEADLINES) or metric.name not in METRICS]


def list_parts(scores: Scores) -> list[Slice]:
    """The splits and everything; the latter is left out where it is the same as the only split."""
    splits = [part for part in scores.slices if part.kind == "split"]
    everything = scores.slice("all")
    return splits if [part.questions for part in splits] == [everything.questions] else [*splits, everything]


def render_columns(metrics: Iterable[Metric], columns: Sequence[tuple[str, Slice]]) -> str:
    """A table of one line a metric and one column a slice; also for two systems side by side."""
    lines = [["", "over", *(f"{name} ({part.questions})" for name, part in columns)]]
    lines += [
        [metric.name, metric.over, *(render_score(metric, part.scores[metric.name]) for _, part in columns)]
        for metric in metrics
    ]
    return align(lines)


def _render_outcomes(parts: Sequence[Slice]) -> str:
    lines = [["questions", "", *OUTCOMES]]
    for part in parts:
        for kind, counts in (("answerable", part.answerable), ("unanswerable", part.unanswerable)):
            lines.append([part.name, kind, *(str(counts[outcome]) for outcome in OUTCOMES)])
    return align(lines)


def _render_causes(parts: Sequence[Slice]) -> str:
    """How many questions went wrong at which step; nothing where none did."""
    causes = [cause for cause in CAUSES if cause not in ("right", "not judged")]
    lines = [[cause, *(str(part.causes[cause]) for part in parts)] for cause in causes]
    lines = [line for line in lines if any(count != "0" for count in line[1:])]
    return align([["what went wrong", *(part.name for part in parts)], *lines]) if lines else ""


def _render_reused(reused: int, questions: int) -> str:
    if not reused:
        return ""
    return f"{reused} of {questions} answers were there already; with fresh=True (--fresh) all are asked for again."


def _render_tags(kind: str, parts: Sequence[Slice]) -> str:
    names = [name for name in (KIND_METRICS if kind == "kind" else TAG_METRICS) if parts and name in parts[0].scores]
    if not names:
        return ""
    heads = [name.partition("_") for name in names]  # in two lines, or the columns are wider than their figures
    lines = [[kind, "", *(first + line for first, line, _ in heads)], ["", "questions", *(rest for *_, rest in heads)]]
    for part in parts:
        lines.append([part.name, str(part.questions), *(_render_tag_score(part.scores[name]) for name in names)])
    return align(lines)


def _render_tag_score(score: Score) -> str:
    if score.value is None:
        return "-"
    if score.low is None or score.high is None:
        return f"{100 * score.value:.0f}"
    return f"{100 * score.value:.0f} ({100 * score.low:.0f}–{100 * score.high:.0f})"


def _render_errors(errors: Mapping[str, str]) -> str:
    if not errors:
        return ""
    lines = [f"{len(errors)} failed:", *(f"  {name}: {why}" for name, why in list(errors.items())[:SHOWN_ERRORS])]
    return "\n".join([*lines, *(["  ..."] if len(errors) > SHOWN_ERRORS else [])])


def align(lines: Sequence[Sequence[str]]) -> str:
    """Cells as columns of a plain-text table."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
