"""Options that mean the same for every verb that has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from rag.conditions import Value
from rag.errors import UsageError

index_option = click.option("--index", type=click.Path(path_type=Path), help="Folder of the index.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
documents_option = click.option("--document", "documents", multiple=True, metavar="ID", help="Ask only this document.")
where_option = click.option(
    "--where",
    multiple=True,
    metavar="CONDITION",
    help="Only documents whose metadata fit: kind=memo, 'year>=2023', also != < <= >; one name twice with =: either value.",
)
metadata_option = click.option(
    "--meta", multiple=True, metavar="NAME=VALUE", help="Keep this with every named source; NAME= takes it out again."
)


def read_told(told: Sequence[str]) -> dict[str, Value | None] | None:
    """Metadata as typed, by name; None for a value that is to go, and for nothing told at all.

    A value is a number or a truth value where it is written as Python or JSON writes that, so that 007 stays a text.
    Raises UsageError for what is no NAME=VALUE, and for a name that is told twice.
    """
    found: dict[str, Value | None] = {}
    for each in told:
        name, sign, text = (part.strip() for part in each.partition("="))
        if not sign or not name:
            raise UsageError(f"--meta '{each[:60]}' is no NAME=VALUE, such as kind=memo")
        if name in found:
            raise UsageError(f"--meta tells '{name[:60]}' twice; a name has one value")
        found[name] = _read_told_value(text) if text else None
    return found or None


def _read_told_value(text: str) -> Value:
    from rag.question import read_typed

    spelled = {"true": True, "false": False}
    if text in spelled:
        return spelled[text]
    return next((value for value in read_typed(text) if not isinstance(value, str) and str(value) == text), text)
