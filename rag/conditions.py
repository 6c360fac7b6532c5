"""What is known of a document beside its text, and what may be asked of it: a name, a comparison and values. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Value: TypeAlias = str | int | float | bool

Metadata: TypeAlias = tuple[tuple[str, Value], ...]
"""Values by name, in the order of their names: ``dict(document.metadata)`` is the dictionary."""

Sign = Literal["=", "!=", "<", "<=", ">", ">="]

_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """What a document's metadata must say: that the value of ``name`` is, or compares as, one of ``values``.

    Numbers are compared with numbers and texts with texts, letter by letter, so that days in the form 2024-05-01 compare as
    days. A document without the name fits ``!=`` and nothing else.
    """

    name: str
    sign: Sign
    values: tuple[Value, ...]

    def fits(self, metadata: Mapping[str, object]) -> bool:
        """Whether metadata, values by name, say so."""
        if self.name not in metadata:
            return self.sign == "!="
        found = metadata[self.name]
        if self.sign in ("=", "!="):
            return any(_is_kind(found, value) and found == value for value in self.values) == (self.sign == "=")
        order = _ORDERS[self.sign]
        return any(_is_kind(found, value) and order(found, value) for value in self.values)

    def __str__(self) -> str:
        """As it is typed; of several values each with "or" before it."""
        told = (str(value).lower() if isinstance(value, bool) else str(value) for value in self.values)
        return f"{self.name}{self.sign}{' or '.join(dict.fromkeys(told))}"


Where: TypeAlias = Mapping[str, Any] | Sequence[str | Condition] | str
"""What documents are chosen by: ``{"kind": "memo", "year": [2023, 2024]}``, or conditions as they are typed, ``"year>=2023"``."""


def _is_kind(found: object, value: Value) -> bool:
    """Whether two values can be compared; True is not 1."""
    if isinstance(found, bool) or isinstance(value, bool):
        return isinstance(found, bool) and isinstance(value, bool)
    return isinstance(found, str) == isinstance(value, str) and isinstance(found, str | int | float)
