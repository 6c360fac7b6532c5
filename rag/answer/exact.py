"""Answers that nobody had to read for: what was found exactly, quoted as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rag.answer.abstention import ABSTENTION
from rag.steps import Answerer, Draft, Exact, Retrieved

SURE = 0.9
"""How sure it is of what is found exactly: every word of such a question is accounted for. Of the generated questions (``python
tests/benchmarks/measure_lookups.py --seed 2 --rows 60``) all are right; of natural ones too few are answered so to tell more."""

GUESSED = 0.3
"""How sure it is of what only means something like what is asked for: little enough for a doubt. Set by hand."""


def draft_exact(found: Retrieved) -> Draft | None:
    """The answer to a question for which something was found exactly; None for any other."""
    return _draft(found, found.exact) if found.exact else None


def draft_section(found: Retrieved) -> Draft | None:
    """What a section has whose name means what is asked; None where there is none."""
    return _draft(found, found.section) if found.section else None


def _draft(found: Retrieved, exact: Exact) -> Draft:
    return Draft(
        replace(found, route="exact"),
        exact.quotes,
        text="" if exact.quotes else f"{ABSTENTION} {exact.told}" if exact.declined else exact.told,
        short_answer=exact.short,
        abstained=exact.declined,
        confidence=None if exact.declined else GUESSED if exact.is_guess else SURE,
        model="embedded",
        notes=exact.notes,
        left_out=exact.left_out,
    )


def prefer_exact(answerer: Answerer) -> Answerer:
    """An answerer that is asked only where nothing was found exactly; a chat model counts no rows."""

    def answer(found: Retrieved) -> Draft | Iterator[Draft]:
        return draft_exact(found) or answerer(found)

    return answer
