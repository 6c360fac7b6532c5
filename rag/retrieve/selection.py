"""What was selected of things alike, and what can be computed of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from rag.english.quantities import Comparable, Quantity, read_column
from rag.retrieve.matching import Match
from rag.retrieve.records import Collection, Record

MEAN_STEP = Decimal("0.001")
"""What a mean is rounded to."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a question wants of a collection.

    ``records`` are those to be shown, ``label`` the field that decided or is asked for ("" for none), and ``among`` how
    many were looked at. ``amount`` is what was computed or counted, ``verb`` how. ``groups`` are the values that were
    compared, each with how many records have it and the mean of those. ``is_guess`` says that the things may be others than
    the question calls them. ``sign`` is 1 where the largest come first, and -1 where the smallest do.
    """

    match: Match
    records: tuple[Record, ...]
    among: int
    label: str = ""
    amount: Quantity | None = None
    verb: str = ""
    compared: tuple[str, ...] = ()
    groups: tuple[tuple[str, int, Quantity], ...] = ()
    is_guess: bool = False
    sign: int = 0

    @property
    def collection(self) -> Collection:
        """What was selected from."""
        return self.match.collection


def find_columns(matched: Match) -> dict[str, list[Quantity | None]]:
    """The fields whose values can be compared: numbers of one unit, or days."""
    collection = matched.collection
    columns = {}
    for label in collection.labels:
        fields = collection.column(label)
        values = [collection.read(field) if field else "" for field in fields]
        if column := read_column(values):
            columns[label] = column
    return columns


def compute_mean(numbers: Sequence[Decimal]) -> Decimal:
    """The mean of numbers, rounded."""
    mean = sum(numbers, Decimal()) / len(numbers)
    return Decimal(f"{mean.quantize(MEAN_STEP, ROUND_HALF_UP).normalize():f}")


def read_number(amount: Comparable) -> Decimal:
    """The number that an amount is, where it is no day."""
    assert isinstance(amount, Decimal)
    return amount
