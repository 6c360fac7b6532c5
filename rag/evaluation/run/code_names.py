"""What the code of a function says: its instructions, the names that it reads of its module, and what it writes."""

from __future__ import annotations

import dis
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

OURS = ("rag", "ingest", "ui")
"""Footnote itself, whose version a report names."""

CHANGES = frozenset("append extend insert add update setdefault pop popitem remove discard clear appendleft".split())
"""Methods by which something that holds others is changed."""

COPIED = "=copied"


def read_code(code: CodeType) -> Iterator[str]:
    """The instructions of a function, the names in them, and their constants, those of inner functions included."""
    yield code.co_code.hex()
    yield " ".join(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from read_code(constant)
        elif isinstance(constant, frozenset):
            yield repr(sorted(map(repr, constant)))
        else:
            yield repr(constant)


def find_named(function: FunctionType, written: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What a function names of its module, and of other modules of the user, by name; ``written`` is left out."""
    found: dict[str, Any] = {}
    names = sorted({name for code in _walk(function.__code__) for name in code.co_names} - written)
    for name in names:
        if name not in function.__globals__:
            continue
        value = found[name] = function.__globals__[name]
        if isinstance(value, ModuleType) and is_own(value.__name__):
            inside = vars(value)
            found |= {f"{name}.{inner}": inside[inner] for inner in names if inner in inside and inner != name}
    return found


def find_written(function: Any) -> frozenset[str]:
    """What a function sets or changes itself, its records, such as what was asked: variables, and as ``.name`` attributes.

    Only what it plainly writes is found, and attributes only of its first parameter: whatever is overlooked makes a system
    another one after it was asked, which is told; what were found wrongly would hide a difference.
    """
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return frozenset()
    itself, written = (code.co_varnames[0] if code.co_argcount else ""), set[str]()
    for each in _walk(code):
        loaded: list[
            str
        ] = []  # variables of outer functions and of the module by their names, attributes with a dot before
        for step in dis.get_instructions(each):
            name = step.argval
            if step.opname in ("STORE_GLOBAL", "STORE_DEREF"):
                written.add(str(name))
            elif step.opname == "STORE_ATTR":
                twice = [f"={itself}", COPIED, f".{name}"]  # as in self.calls += 1
                if loaded[-1:] == twice[:1] or any(loaded[at : at + 3] == twice for at in range(len(loaded))):
                    written.add(f".{name}")
            elif step.opname == "COPY":
                loaded.append(COPIED)
            elif step.opname == "STORE_SUBSCR":
                written |= _name_holder(loaded[:-1], itself)
            elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
                if name in CHANGES:
                    written |= _name_holder(loaded, itself)
                loaded.append(f".{name}")
            elif isinstance(name, tuple):  # two steps that newer Pythons make one
                loaded += [f"={each}" for each in name]
            elif step.opname.startswith("LOAD_FAST") or name == itself:
                loaded.append(f"={name}")
            elif step.opname.startswith("LOAD_"):
                loaded.append(str(name))
    return frozenset(written)


def _name_holder(loaded: list[str], itself: str) -> set[str]:
    """What was loaded last, where that is an attribute of the first parameter, or a variable from outside of the function."""
    if not loaded or loaded[-1].startswith("="):
        return set()
    if loaded[-1].startswith("."):
        return {loaded[-1]} if loaded[-2:-1] == [f"={itself}"] else set()
    return {loaded[-1]}


@cache
def is_own(module: str | None) -> bool:
    """Whether a module is the user's: not Python's, not Footnote's, and of no package that is installed."""
    top = (module or "").partition(".")[0]
    if top in sys.stdlib_module_names and top != "__main__":
        return False
    if top in OURS or not top:
        return False
    file = getattr(sys.modules.get(module or ""), "__file__", None)
    if not isinstance(file, str):
        return top == "__main__"
    return not any(Path(file).is_relative_to(folder) for folder in _find_installed())


@cache
def _find_installed() -> tuple[str, ...]:
    return tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def _walk(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _walk(constant)
