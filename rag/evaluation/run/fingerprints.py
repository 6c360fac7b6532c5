"""By what a system is known again, so that the answers of one are never taken for those of another."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from inspect import getattr_static
from types import CodeType
from typing import Any

DEEPEST = 6
"""How far into a system it is looked: a chain of functions that call functions."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def describe_system(system: Any) -> str:
    """A system's name and a digest of what can be seen of it: the code of its functions, the settings of its parts.

    The same program gives the same in the next process. What it reads from elsewhere, such as a prompt in a file or a
    model on a server, cannot be seen: for that a system is given a name of its own.
    """
    digest = hashlib.sha256("\n".join(_walk(system, 0)).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_find_name(system)} {digest[:12]}"


def _find_name(system: Any) -> str:
    return str(getattr(system, "__qualname__", None) or type(system).__qualname__).replace("<locals>.", "")


def _walk(value: Any, depth: int) -> Iterable[str]:
    yield f"{type(value).__module__}.{type(value).__qualname__}"
    if depth > DEEPEST:
        return
    if isinstance(value, functools.partial):
        yield from _walk_all([value.func, *value.args, *value.keywords.items()], depth)
    elif isinstance(value, Mapping):
        yield from _walk_all(list(value.items()), depth)
    elif isinstance(value, list | tuple):
        yield from _walk_all(value, depth)
    elif isinstance(code := getattr(value, "__code__", None), CodeType):
        cells = [held for cell in value.__closure__ or () if not isinstance(held := _open(cell), list | dict | set)]
        yield str(value.__qualname__)
        yield from _walk_code(code)
        yield from _walk_all([value.__defaults__, value.__kwdefaults__, *cells, *_find_owner(value)], depth)
    elif isinstance(steps := getattr(value, "steps", None), list):
        yield from _walk_all(steps, depth)
    elif callable(function := getattr(value, "func", None)):
        yield from _walk(function, depth + 1)
    elif getattr_static(type(value), "__repr__", None) is not getattr_static(object, "__repr__"):
        with suppress(Exception):  # what is somebody's own may fail to show itself
            yield _ADDRESS.sub("", repr(value))
    elif isinstance(code := getattr(getattr_static(type(value), "__call__", None), "__code__", None), CodeType):
        yield from _walk_code(code)


def _walk_all(values: Iterable[Any], depth: int) -> Iterable[str]:
    for value in values:
        yield from _walk(value, depth + 1)


def _walk_code(code: CodeType) -> Iterable[str]:
    yield code.co_code.hex()
    yield " ".join(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _walk_code(constant)
        elif isinstance(constant, frozenset):
            yield repr(sorted(map(repr, constant)))
        else:
            yield repr(constant)


def _find_owner(value: Any) -> list[Any]:
    owner = getattr(value, "__self__", None)
    return [] if owner is None else [owner]


def _open(cell: Any) -> Any:
    """What a variable of an outer function holds. Lists and the like are left out there: they change as questions are asked."""
    try:
        return cell.cell_contents
    except ValueError:
        return None
