"""The report on a run as one HTML page: nothing is fetched, no script runs, and the template escapes every word.

``render_html`` is a function from data to text. The words and their order are the template's
(``assets/report.html``), the looks the style sheet's (``assets/report.css``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from rag.evaluation.report.html_charts import list_charts
from rag.evaluation.report.html_figures import (
    LEGEND,
    choose_part,
    describe_run,
    list_all,
    list_headlines,
    list_outcome_names,
    list_outcomes,
    list_tags,
    show_share,
)
from rag.evaluation.report.html_links import link_figures, link_tags, list_tiles
from rag.evaluation.report.html_questions import (
    MAX_LISTED,
    MAX_NAME,
    MAX_SHOWN,
    clip,
    cut_markers,
    group_questions,
    is_exact,
    mark_gold,
    mark_quote,
)
from rag.evaluation.run.scoring import Scores, pair_answers
from rag.types import Answer, Question

if TYPE_CHECKING:
    from jinja2 import Template

ASSETS = Path(__file__).parent / "assets"

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What HTML does not allow in a text, half surrogate pairs among it: each becomes the replacement character."""


def render_html(
    questions: Sequence[Question],
    answers: Sequence[Answer],
    scores: Scores,
    settings: Mapping[str, Any] | None = None,
    *,
    texts: Mapping[str, str] | None = None,
    shown: int = MAX_SHOWN,
) -> str:
    """A run as one self-contained page.

    Args:
        questions: as they were scored, evidence located.
        answers: paired with them by id; a question without one is shown as failed.
        scores: what ``score`` returned for these.
        settings: what stands in the header: ``name``, ``date``, ``question_set``, ``judge`` and the like.
        texts: the documents' texts by id, for the words of the gold evidence and to check quotes; without them only
            the offsets are shown.
        shown: how many questions are shown in full. The page says how many it leaves out.
    """
    known = dict(settings or {})
    cases = pair_answers(questions, answers, texts or {}, scores.errors)
    part, beside = choose_part(scores)
    everything = scores.slice("all")
    outcomes = [row.outcome for row in scores.rows]
    columns, tags, more_tags = list_tags(scores)
    groups = group_questions(cases, scores.rows, scores.metrics, shown)
    page = _load_template().render(
        style=Markup((ASSETS / "report.css").read_text(encoding="utf-8")),
        title=str(known.get("name") or "Evaluation"),
        facts=describe_run(known),
        tiles=list_tiles(scores.rows),
        asked=len(questions),
        part=part,
        beside=beside,
        headlines=list_headlines(scores),
        outcome_names=list_outcome_names(scores),
        outcomes=list_outcomes(scores),
        legend=[pair for pair in LEGEND if pair[0] != "none" or "not judged" in outcomes],
        unjudged=everything.questions - sum(everything.answerable.values()) - sum(everything.unanswerable.values()),
        charts=list_charts(cases, scores),
        tag_columns=columns,
        tags=tags,
        more_tags=more_tags,
        all_figures=list_all(scores),
        groups=groups,
        figure_links=link_figures(cases, scores.rows, scores.metrics, part, groups),
        tag_links=link_tags(cases, [line.name for line in tags], groups),
        largest=max((group.count for group in groups if group.kind.wrong), default=1),
        shown=sum(len(group.entries) for group in groups),
    )
    return UNPRINTABLE.sub("\ufffd", page)


@cache
def _load_template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clip"] = clip
    functions = (cut_markers, is_exact, mark_gold, mark_quote, show_share)
    environment.globals |= {function.__name__: function for function in functions}
    environment.globals |= {"listed": MAX_LISTED, "longest_name": MAX_NAME}
    return environment.get_template("report.html")
