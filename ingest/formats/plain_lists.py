"""Lists of a plain text: lines or paragraphs that begin with a bullet each, or with one number after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.formats.wrapped_lines import is_wrapped

_SIGN = re.compile(r"(?P<indent>[^\S\n]*)(?P<sign>[-*•·+]|\(?(?P<number>[0-9]{1,3}|[A-Za-z])[.)])[^\S\n]+(?=\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph, or a part of one; ``depth`` is in how many other items an item lies."""

    text: str
    is_item: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True)
class _Sign:
    """The sign of an item: how far it is indented, its form ("-", "(1)"), and which it is; bullets have no number."""

    indent: int
    form: str
    number: int

    def leads_to(self, other: _Sign | None) -> bool:
        """Whether another is the next of the same list."""
        step = 1 if self.number else 0
        same = other is not None and (self.indent, self.form) == (other.indent, other.form)
        return same and other is not None and other.number - self.number == step


def split_lists(paragraphs: Sequence[str], is_heading: Sequence[bool]) -> Iterator[tuple[int, Piece]]:
    """The paragraphs, those that hold several items cut into these, each with the number of the paragraph it is of."""
    parts = [
        (at, lines)
        for at, (paragraph, heads) in enumerate(zip(paragraphs, is_heading, strict=True))
        for lines in ([paragraph] if heads else _cut(paragraph))
    ]
    signs = [None if is_heading[at] else _read_sign(text) for at, text in parts]
    open_at: list[int] = []
    for (at, text), sign, is_item in zip(parts, signs, _find_items(signs), strict=True):
        if sign is None or not is_item:
            open_at = []
            yield at, Piece(text)
            continue
        open_at = [*(indent for indent in open_at if indent < sign.indent), sign.indent]
        words = text if sign.number else _SIGN.sub("- ", text, count=1)
        yield at, Piece(words.lstrip(), is_item=True, depth=len(open_at) - 1)


def _find_items(signs: Sequence[_Sign | None]) -> list[bool]:
    """Which signs have another of their list beside them, but for deeper ones: a sign alone may be a dash, or a clause's number."""
    found = [False] * len(signs)
    last: dict[int, int] = {}
    for at, sign in enumerate(signs):
        last = {indent: place for indent, place in last.items() if sign and indent <= sign.indent}
        before = last.get(sign.indent) if sign else None
        if sign and before is not None and (one := signs[before]) and one.leads_to(sign):
            found[before] = found[at] = True
        if sign:
            last[sign.indent] = at
    return found


def _cut(paragraph: str) -> list[str]:
    """A paragraph before each of its lines that begins an item."""
    lines = paragraph.split("\n")
    signs = [_read_sign(line) for line in lines]
    if all(signs) and is_wrapped([_SIGN.sub("", line, count=1) for line in lines]):
        return [paragraph]  # a comment of a program, whose lines all begin with a star
    signed = [at for at, sign in enumerate(signs) if sign]
    begins = {at for at, is_item in zip(signed, _find_items([signs[at] for at in signed]), strict=True) if is_item}
    parts: list[list[str]] = []
    for at, line in enumerate(lines):
        if not parts or at in begins:
            parts.append([])
        parts[-1].append(line)
    return ["\n".join(part) for part in parts]


def _read_sign(text: str) -> _Sign | None:
    found = _SIGN.match(text)
    if not found:
        return None
    written = found["number"] or ""
    number = int(written) if written.isdecimal() else ord(written.casefold()) - 96 if written else 0
    kind = "1" if written.isdecimal() else "a" if written else ""
    return _Sign(
        len(found["indent"].expandtabs()), found["sign"].replace(written, kind) if written else found["sign"], number
    )
