"""The order in which the span model learns: batches of cut passages first, then whole ones, groups of them, and claims.

Most of a passage is far from the answer, and reading it costs as much as the rest. So the first examples are cut to the
sentences around the answer, which teaches twice as many questions in the same time; later ones are whole passages, and
groups of passages as retrieval returns them, of which one holds the answer or none does. Claims, each with a text that
supports it or does not, are mixed with those, and questions of dialogues.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.reader.training.squad_data import Dataset

GROUP = 8
"""Passages in a group; a batch has as many groups as make about the batch's number of passages."""

BatchKind = Literal["cut", "whole", "group", "claim", "dialogue"]


@dataclass(frozen=True, slots=True)
class Step:
    """One batch of the plan: rows of questions, and the seed of what is drawn for them."""

    kind: BatchKind
    rows: tuple[int, ...]
    seed: int


def plan_steps(
    dataset: Dataset,
    *,
    cut: int,
    whole: int,
    groups: int,
    claims: int = 0,
    dialogues: int = 0,
    batch: int = 32,
    seed: int = 0,
) -> list[Step]:
    """The whole training as a list of batches, the same for the same arguments.

    Args:
        dataset: what is learnt from.
        cut: how many questions are learnt on cut passages, first; more than there are: the set is passed over again.
        whole: how many are then learnt on whole passages, mixed with
        groups: how many on groups of passages, with
        claims: how many claims, and with
        dialogues: how many questions of dialogues.
        batch: passages in a batch; of dialogues, twice as many.
        seed: of all that is drawn.
    """
    chooser = random.Random(seed)

    def sort_into_batches(count: int, kind: BatchKind, size: int, lengths: Sequence[int]) -> list[Step]:
        rows: list[int] = []
        while len(rows) < count and lengths:
            order = list(range(len(lengths)))
            chooser.shuffle(order)
            rows += order[: count - len(rows)]
        steps = []
        for at in range(0, len(rows), size * 40):  # of like length inside a batch, of any length one after another
            shelf = sorted(rows[at : at + size * 40], key=lambda row: lengths[row])
            batches = [tuple(shelf[first : first + size]) for first in range(0, len(shelf), size)]
            chooser.shuffle(batches)
            steps += [Step(kind, batch, chooser.getrandbits(32)) for batch in batches]
        return steps

    asked = [len(dataset.paragraphs[question.paragraph].ids) for question in dataset.questions]
    claimed = [len(claim.evidence) for claim in dataset.claims]
    first = sort_into_batches(cut, "cut", batch, asked)
    later = sort_into_batches(whole, "whole", batch, asked)
    later += sort_into_batches(groups, "group", max(1, batch // GROUP), asked)
    later += sort_into_batches(claims, "claim", batch, claimed)
    told = [sum(map(len, told.answers)) for told in dataset.dialogues]
    later += sort_into_batches(dialogues, "dialogue", batch, told)
    chooser.shuffle(later)
    return first + later
