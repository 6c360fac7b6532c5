"""The list of sources that a chat model puts at the end of its reply: found, read for keys, and left out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rag.llm.reply_markers import CLOSE, OPEN, SEPARATOR

LONGEST_LINE = 500
"""Characters of a line that may say that sources follow, or name one."""

_WORDS = r"sources?|references?|citations?|footnotes|bibliography|works cited|cited passages?|passages? (?:used|cited)"
_HEAD = re.compile(rf"[\s#*_>-]*(?:{_WORDS})(?: used| cited)?(?P<mark>[\s*_]*[:：]?[\s*_]*)(?P<rest>.*)", re.IGNORECASE)
_BEGINNINGS = (
    *("sources", "source", "references", "reference", "citations", "citation", "footnotes", "bibliography"),
    *("works cited", "cited passages", "passages used", "passage used", "passages cited", "passage cited"),
)
_ENTRY = re.compile(rf"\s*(?:[-*•+]\s|\d+[.)]|[{OPEN}(<^]|https?://)")
_DEFINITION = re.compile(rf"\s*[{OPEN}]\^?\w{{1,12}}[{CLOSE}]:(?:\s|\Z)")
_BRACKETED = re.compile(rf"[{OPEN}(（]\^?([^{OPEN}{CLOSE}()（）\n]{{1,60}})[{CLOSE})）]")
_CALLED = re.compile(r"\b(?:passages?|sources?|references?)[ #]{0,2}(\d{1,3})\b", re.IGNORECASE)
_LABEL = re.compile(r"(?:passages?|sources?|references?|keys?)\b[\s:#]*", re.IGNORECASE)


def cut_sources(text: str, known: Mapping[str, str], *, finished: bool = True) -> tuple[str, tuple[str, ...]]:
    """The text without the list of sources at its end, and the keys that this names.

    Such a list is a line that says so with nothing but entries after it, or lines that say what a footnote stands for. A
    text that is nothing else stays as it is.

    Args:
        text: a reply, or as much of it as there is.
        known: the key that each name in small letters stands for.
        finished: whether this is all. If not, a last line that may become the beginning of such a list is left out too.
    """
    end = cut = len(text)
    only_definitions = is_last = True
    while end > 0:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end]
        grows = is_last and not finished
        head = _HEAD.fullmatch(line) if len(line) <= LONGEST_LINE else None
        if head and (head["mark"].strip(" \t*_") or not head["rest"]):
            if not head["rest"] or grows or _is_entry(head["rest"], known):
                cut = start
        elif grows and _may_begin(line):
            cut = start
        elif line.strip() and not grows and not _is_entry(line, known):
            break
        if only_definitions and _DEFINITION.match(line):
            cut = start
        elif line.strip():
            only_definitions = False
        is_last = is_last and not line.strip()
        end = start - 1
    if not text[:cut].strip():
        return text, ()
    keys = dict.fromkeys(key for line in text[cut:].splitlines() for key in _find_keys(line, known))
    return text[:cut].rstrip(), tuple(keys)


def _may_begin(line: str) -> bool:
    """Whether a line that still grows may say that sources follow."""
    words = line.lstrip(" \t#*_>-").casefold()
    return bool(line.strip()) and len(words) < 20 and any(each.startswith(words.rstrip(" *_")) for each in _BEGINNINGS)


def _is_entry(line: str, known: Mapping[str, str]) -> bool:
    return (
        bool(_ENTRY.match(line))
        or any(word in known and not word.isdecimal() for word in re.findall(r"\w+", line[:LONGEST_LINE].casefold()))
        or bool(_read_plain(line, known))
    )


def _find_keys(line: str, known: Mapping[str, str]) -> Iterator[str]:
    """The keys that a line of the list names: in brackets, called passages, opaque ones, or where there is nothing else."""
    line = line[:LONGEST_LINE]
    named = [part for inner in _BRACKETED.findall(line) for part in SEPARATOR.split(inner.casefold())]
    named += _CALLED.findall(line)
    named += [word for word in re.findall(r"\w+", line.casefold()) if not word.isdecimal()]
    head = _HEAD.fullmatch(line)
    named += _read_plain(head["rest"] if head else line, known)
    yield from (known[name.strip("^ ")] for name in named if name.strip("^ ") in known)


def _read_plain(line: str, known: Mapping[str, str]) -> list[str]:
    """The names on a line that holds nothing but keys; empty for any other."""
    parts = [part.strip(".*_-• ") for part in SEPARATOR.split(_LABEL.sub("", line).casefold())]
    parts = [part for part in parts if part]
    return parts if parts and all(part in known for part in parts) else []
