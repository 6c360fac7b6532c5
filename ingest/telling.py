"""What whoever brings files in tells of them: metadata, for all of them or for each, added to what is kept already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rag.conditions import Metadata
from rag.errors import UsageError
from rag.index.metadata import OWN, read_metadata

Told: TypeAlias = Mapping[str, Any] | Callable[[str], Mapping[str, Any]]
"""Values by name for every source, or a function from a source's name, its absolute path or address, to those of it."""

TellMetadata: TypeAlias = Callable[[str, Metadata], Metadata]
"""From a source's name and what is kept of it to what is to be kept."""


def build_teller(told: Told | None) -> TellMetadata:
    """What merges metadata into those that are kept; None as a value takes its name out.

    Raises:
        UsageError: what is told for all cannot be kept; the function that is built raises it for one.
    """
    if told is None:
        return lambda source, kept: kept
    if callable(told):
        return lambda source, kept: _merge(kept, told(source), f"the metadata of '{source}'")
    _merge((), told, "the metadata")
    return lambda source, kept: _merge(kept, told, f"the metadata of '{source}'")


def _merge(kept: Metadata, told: object, what: str) -> Metadata:
    if not isinstance(told, Mapping):
        raise UsageError(f'{what} are a dictionary, as {{"kind": "memo"}}, not {type(told).__name__}')
    if own := [name for name in OWN if name in told]:
        raise UsageError(f"{what} cannot tell the {own[0]}, which is read from the file; use another name")
    merged = dict(kept) | dict(told)
    return read_metadata({name: value for name, value in merged.items() if value is not None}, what)
