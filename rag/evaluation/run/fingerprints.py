"""By what a system is known again, so that the answers of one are never taken for those of another.

Read are the code of its functions, what they hold and what they name of their module, and the state of its objects. What
the asked code writes itself, such as a list of what was asked, is its record and no part of it.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import getattr_static
from typing import Any

from rag.errors import UsageError
from rag.evaluation.run.code_names import find_named, find_written, is_own, read_code

DEEPEST = 16
"""How far into a system it is looked: a chain of functions that call functions."""

MOST = 100_000
"""How many values are looked at; an index in memory has more, and is not read."""

SHOWN = 3
"""How many of the places that cannot be told a message names."""

PLAIN = (type(None), bool, int, float, complex, str, bytes, bytearray, type(...), range, slice)
PLAIN_ROOMS = ("datetime", "decimal", "fractions", "pathlib", "uuid", "enum", "zoneinfo")

OPEN_ROOMS = ("langchain", "langgraph")
"""Libraries whose objects are made of a user's parts: their state is read, whatever they show of themselves."""

PASSING_ROOMS = ("threading", "_thread", "logging", "asyncio", "concurrent", "contextvars", "_contextvars", "weakref")
"""Objects of these say nothing about answers."""

_log = logging.getLogger(__name__)

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """``text`` is a system's name and a digest of what can be seen of it; ``untold`` are places where that is not all."""

    text: str
    untold: tuple[str, ...]

    def refuse_reuse(self, folder: object, kept: int) -> None:
        """Where not all can be told, say so before a run that is kept, and use no answers again.

        Args:
            folder: that of the run; None where it is not kept.
            kept: how many answers are in it already.

        Raises:
            UsageError: there are some, and whose they are cannot be told.
        """
        if folder is None or not self.untold:
            return
        more = f" and {len(self.untold) - SHOWN} more" if len(self.untold) > SHOWN else ""
        why = f"{', '.join(self.untold[:SHOWN])}{more} cannot be told"
        if kept:
            raise UsageError(
                f"whether the {kept} answers in '{folder}' are this system's is not known, because {why}; ask anew "
                "(fresh=True), or keep them under a name of your own from the first run on: system='NAME VERSION'"
            )
        _log.warning("by its code alone the system is not known again, because %s; to go on later: system='NAME'", why)


def read_fingerprint(system: Any) -> Fingerprint:
    """By what a system is known again, and what of it cannot be told.

    The same program gives the same in the next process. What it reads from elsewhere, such as a prompt in a file or a
    model on a server, cannot be seen: for that a system is given a name of its own.
    """
    reader, name = _Reader(), _find_name(system)
    reader.read(system, name, 0)
    digest = hashlib.sha256("\n".join(reader.parts).encode("utf-8", "surrogatepass")).hexdigest()
    return Fingerprint(f"{name} {digest[:12]}", tuple(dict.fromkeys(reader.untold)))


def describe_system(system: Any) -> str:
    """A system's name and a digest of what can be seen of it."""
    return read_fingerprint(system).text


def _find_name(system: Any) -> str:
    return str(getattr(system, "__qualname__", None) or type(system).__qualname__).replace("<locals>.", "")


class _Reader:
    """Walks through a system, each value once, and writes down what it sees."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.untold: list[str] = []
        self._seen: dict[int, tuple[int, Any]] = {}  # the values too, so that no id is given to another one

    def read(self, value: Any, place: str, depth: int) -> None:
        kind = type(value)
        self.parts.append(f"{kind.__module__}.{kind.__qualname__}")
        if isinstance(value, PLAIN) or kind.__module__.partition(".")[0] in PLAIN_ROOMS:
            self.parts.append(repr(value))
        elif isinstance(value, re.Pattern):
            self.parts.append(f"{value.pattern!r} {value.flags}")
        elif id(value) in self._seen:
            self.parts.append(f"again {self._seen[id(value)][0]}")
        elif depth > DEEPEST or len(self._seen) > MOST:
            self.untold.append(f"'{place}' (too large)")
        else:
            self._seen[id(value)] = len(self._seen), value
            self._open(value, place, depth + 1)

    def _open(self, value: Any, place: str, depth: int) -> None:
        if isinstance(value, functools.partial):
            self._read_all({"func": value.func, "args": value.args, "keywords": value.keywords}, place, depth)
        elif isinstance(value, Mapping):
            for number, (key, held) in enumerate(value.items()):
                self.read(key, f"{place}[{number}]", depth)
                self.read(held, f"{place}[{key!r:.20}]", depth)
        elif isinstance(value, list | tuple):
            self._read_all(dict(enumerate(value)), place, depth)
        elif isinstance(value, set | frozenset):
            self.parts += sorted(_ADDRESS.sub("", repr(held)) for held in value)
        elif isinstance(value, types.MethodType):
            self.read(value.__func__, place, depth)
            self._read_object(value.__self__, place, depth, find_written(value.__func__))
        elif isinstance(value, types.FunctionType):
            self._read_function(value, place, depth)
        elif isinstance(value, types.ModuleType):
            self.parts.append(value.__name__)
        elif isinstance(value, types.BuiltinFunctionType):
            self.parts.append(value.__qualname__)
            if not isinstance(value.__self__, types.ModuleType | None):
                self.read(value.__self__, place, depth)
        elif isinstance(value, type):
            self._read_class(value, place, depth)
        elif isinstance(wrapped := getattr(value, "__wrapped__", None), types.FunctionType):
            self.read(wrapped, place, depth)
        elif isinstance(value, property | classmethod | staticmethod):
            inside = (value.fget, value.fset) if isinstance(value, property) else (value.__func__,)
            self._read_all(dict(enumerate(inside)), place, depth)
        else:
            self._read_object(value, place, depth, find_written(getattr_static(type(value), "__call__", None)))

    def _read_all(self, values: Mapping[Any, Any], place: str, depth: int) -> None:
        for name, held in values.items():
            self.parts.append(str(name))
            self.read(held, f"{place}.{name}" if isinstance(name, str) else f"{place}[{name}]", depth)

    def _read_function(self, function: types.FunctionType, place: str, depth: int) -> None:
        self.parts.append(function.__qualname__)
        self.parts += read_code(function.__code__)
        written, closure = find_written(function), function.__closure__ or ()
        held = {
            name: content
            for name, cell in zip(function.__code__.co_freevars, closure, strict=True)
            if name not in written and (content := _look_into(cell)) is not _EMPTY
        }
        self._read_all({"defaults": function.__defaults__, "keywords": function.__kwdefaults__}, place, depth)
        self._read_all(held, place, depth)
        if is_own(function.__module__):
            self._read_all(find_named(function, written), place, depth)

    def _read_class(self, kind: type, place: str, depth: int) -> None:
        """A class by its name; one of the user's own modules by what stands in it, its own bases included."""
        self.parts.append(f"{kind.__module__}.{kind.__qualname__}")
        for each in kind.__mro__ if is_own(kind.__module__) else ():
            if is_own(each.__module__):
                inside = {name: held for name, held in vars(each).items() if _is_told_in_class(name, held)}
                self._read_all(dict(sorted(inside.items())), place, depth)

    def _read_object(self, value: Any, place: str, depth: int, written: frozenset[str]) -> None:
        kind = type(value)
        room = kind.__module__.partition(".")[0]
        if kind is object:  # it stands for nothing but itself
            return
        if isinstance(value, type | types.ModuleType | types.FunctionType):
            self.read(value, place, depth)
        elif is_own(kind.__module__):
            self.read(kind, kind.__qualname__, depth)
            self._read_state(value, place, depth, written)
        elif room in PASSING_ROOMS:
            return
        elif isinstance(steps := getattr(value, "steps", None), list):
            self.read(steps, place, depth)
        elif callable(getattr(value, "func", None)) or callable(getattr(value, "afunc", None)):
            parts = {name: getattr(value, name, None) for name in ("func", "afunc")}
            self._read_all(parts, place, depth)
        elif room.startswith(OPEN_ROOMS):
            self._read_state(value, place, depth, written)
        elif callable(
            show := getattr(value, "tobytes", None)
        ):  # an array, which shows the first and last of its numbers
            self.parts.append(hashlib.sha256(show()).hexdigest())
        elif getattr_static(kind, "__repr__") is not getattr_static(object, "__repr__"):
            self.parts.append(_show(value))
        elif room == "rag":
            if isinstance(function := getattr_static(kind, "__call__", None), types.FunctionType):
                self.parts += read_code(function.__code__)
        else:
            self.untold.append(f"'{place}' ({kind.__module__}.{kind.__qualname__})")

    def _read_state(self, value: Any, place: str, depth: int, written: frozenset[str]) -> None:
        """The attributes of an object, but for what its own code writes as it is asked, and what it has only kept for later."""
        kind, state = type(value), dict[str, Any]()
        slots = [name for each in kind.__mro__ for name in _as_names(vars(each).get("__slots__", ()))]
        state |= {name: getattr(value, name) for name in slots if name[:2] != "__" and hasattr(value, name)}
        state |= getattr(value, "__dict__", {})
        state |= getattr(value, "__pydantic_private__", None) or {}
        is_library = not is_own(kind.__module__)
        kept = {
            name: held
            for name, held in state.items()
            if f".{name}" not in written
            and not isinstance(getattr(kind, name, None), functools.cached_property)
            and not (is_library and "client" in name)  # a model's connection, of which its other fields say what it is
        }
        self._read_all(dict(sorted(kept.items())), place, depth)


_EMPTY = object()

_UNTOLD_IN_CLASS = {"__dict__", "__weakref__", "__doc__", "__module__", "__firstlineno__", "__static_attributes__"}


def _is_told_in_class(name: str, held: Any) -> bool:
    """Whether what stands in a class is its code or its settings, and not what Python or pydantic makes of them."""
    if name in _UNTOLD_IN_CLASS or name.startswith(("__pydantic", "_abc_")) or name == "__slots__":
        return False
    told: tuple[type, ...] = (*PLAIN, types.FunctionType, property, classmethod, staticmethod, list, tuple, dict, set)
    return isinstance(held, told)


def _look_into(cell: Any) -> Any:
    """What a variable of an outer function holds."""
    try:
        return cell.cell_contents
    except ValueError:
        return _EMPTY


def _as_names(slots: str | Iterable[str]) -> list[str]:
    return [slots] if isinstance(slots, str) else list(slots)


def _show(value: Any, show: Callable[[Any], str] = repr) -> str:
    try:
        return _ADDRESS.sub("", show(value))
    except Exception:  # what is somebody's own may fail to show itself
        return "cannot show itself"
