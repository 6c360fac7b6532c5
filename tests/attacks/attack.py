"""What an attack is, and the list of all: each is a function that gets a site to attack, and counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attacks.results import Kind, Tally

if TYPE_CHECKING:
    from attacks.serving import Site

Run = Callable[["Site"], Tally]

ATTACKS: list[Attack] = []
"""All attacks, in the order in which their modules were imported."""


class CannotTry(Exception):
    """This machine lacks what an attack needs: a tool, or a right."""


@dataclass(frozen=True, slots=True)
class Attack:
    """A row to be: ``item`` is the kind of hole, ``seconds`` when the attacker gives up."""

    kind: Kind
    item: int
    group: str
    name: str
    seconds: float
    run: Run


def attack(item: int, name: str, *, seconds: float = 180, kind: Kind = "attack") -> Callable[[Run], Run]:
    """Put a function on the list of attacks."""

    def put(run: Run) -> Run:
        ATTACKS.append(Attack(kind, item, run.__module__.rpartition(".")[2], name, seconds, run))
        return run

    return put


def normal_use(name: str, *, seconds: float = 180) -> Callable[[Run], Run]:
    """Put a function on the list as something that people do, and that has to go well."""
    return attack(0, name, seconds=seconds, kind="normal")
