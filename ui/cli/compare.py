"""``footnote compare``: is the second of two saved runs worse than the first?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.english.numbers import format_count
from rag.errors import FootnoteError, UsageError
from ui.cli.options import json_option
from ui.render.json_lines import to_json

if TYPE_CHECKING:
    from rag.evaluation import Scores

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("before", type=PATH)
@click.argument("after", type=PATH)
@click.argument("more", type=PATH, nargs=-1)
@click.option(
    "--margin",
    "margins",
    multiple=True,
    metavar="[NAME=]VALUE",
    help="How much worse is still fine: for a figure, or for all but seconds (0.01).",
)
@click.option("--metrics", metavar="A,B", help="Only these figures.")
@json_option
def compare(
    before: Path, after: Path, more: tuple[Path, ...], margins: tuple[str, ...], metrics: str | None, as_json: bool
) -> None:
    """Compare two saved runs, question by question: is the second one worse?

    BEFORE and AFTER are folders that evaluate --save wrote. Exits with 1 only where a figure's whole 95 % interval of
    the difference is worse than the margin, so that noise stops no build. With MORE folders, each is compared with the
    first, in one table, and nothing is gated.
    """
    from rag.evaluation import compare as compare_scores
    from rag.evaluation import compare_systems, load_scores

    if more:
        if margins:
            raise UsageError("--margin gates two runs; leave it out to compare more than two")
        names = [name.strip() for name in metrics.split(",") if name.strip()] if metrics else None
        table = compare_systems({name: load_scores(path) for name, path in name_runs([before, after, *more])}, names)
        click.echo(to_json(table.to_dict()) if as_json else table.table)
        return
    first, second = load_scores(before), load_scores(after)
    if metrics:
        first, second = keep_figures(first, metrics, before), keep_figures(second, metrics, after)
    found = compare_scores(first, second, read_margins(margins, first))
    click.echo(to_json(found.to_dict()) if as_json else found.table)
    if names := [change.metric for change in found.regressions]:
        told = format_count(len(names), "figure is", "figures are")
        raise FootnoteError(f"{told} worse by more than the margin, over all of the interval: {', '.join(names)}")


def name_runs(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """A name for each run: its folder's, or all of its path where two folders are called the same."""
    names = [path.resolve().name for path in paths]
    shown = names if len(set(names)) == len(names) else [str(path) for path in paths]
    if len(set(shown)) < len(shown):
        raise UsageError("the same run is named twice; name each folder once")
    return list(zip(shown, paths, strict=True))


def keep_figures(scores: Scores, names: str, path: Path) -> Scores:
    """The scores with these metrics only."""
    from rag.evaluation import choose_metrics

    table = {metric.name: metric for metric in scores.metrics}
    wanted = choose_metrics([name.strip() for name in names.split(",") if name.strip()])
    if missing := [name for name in wanted if name not in table]:
        raise UsageError(f"'{path}' has no figure '{missing[0]}'; there are: {', '.join(table)}")
    return replace(scores, metrics=tuple(wanted.values()))


def read_margins(words: Sequence[str], scores: Scores) -> float | dict[str, float]:
    """The margins of ``[NAME=]VALUE``: one for everything but seconds, and those of single figures."""
    default, named = 0.01, {}
    table = {metric.name: metric for metric in scores.metrics}
    for word in words:
        name, _, number = word.rpartition("=")
        try:
            value = float(number.rstrip("% ")) / (100 if number.rstrip().endswith("%") else 1)
        except ValueError:
            raise UsageError(f"cannot read the margin '{word}'; write it as 0.02, or as contains=0.02") from None
        if not 0 <= value < float("inf"):
            raise UsageError(f"the margin '{word}' must not be negative")
        if not name:
            default = value
        elif name.strip() in table:
            named[name.strip()] = value
        else:
            raise UsageError(f"no figure '{name.strip()}' in the runs; there are: {', '.join(table)}")
    if not named:
        return default
    return {name: default for name, metric in table.items() if metric.kind != "quantile"} | named
