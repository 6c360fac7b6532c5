"""Words with small pieces in them that are not words: footnotes inside plain text or inside a chat model's Markdown.

The pieces are held out of the text by private-use characters while it is escaped or rendered, and put back after, so
that nothing in the text can forge or break one. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

OPEN, CLOSE = "\ue000", "\ue001"
PIECE = re.compile(f"{OPEN}(\\d+){CLOSE}")

_BRACKETED = re.compile(r"\[[^\[\]\n]{1,40}\]")
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff]")
_GAP = re.compile(r"(?<=[^\s\-*+#>|]) +$")

Piece = tuple[int, int, str]
"""Offsets of the characters that a piece stands for, and what is put there."""

Held = tuple[str, str]
"""The characters that a piece stands for, and what is put there."""


def make_showable(text: str) -> str:
    """Text that HTML and JSON can carry, one for one: control characters and lone surrogates become visible symbols.

    So do overrides of direction, which would turn the number of a footnote round: honest text needs none.
    """
    return _UNSHOWABLE.sub(lambda found: " " if found.group().isspace() else "\ufffd", text)


def hold_pieces(text: str, pieces: Sequence[Piece]) -> tuple[str, list[Held]]:
    """Put a placeholder where each piece belongs; its number is its place in the list.

    A marker in brackets moves close to the word before it. Of two pieces that overlap, the later one is left out.
    """
    text = make_showable(text).replace(OPEN, "\ufffd").replace(CLOSE, "\ufffd")
    held, at = "", 0
    kept: list[Held] = []
    for start, end, html in sorted(pieces):
        if start < at or end > len(text):
            continue
        # The gap before a marker goes, unless what stands there is a line break or a sign of Markdown's.
        before = _GAP.sub("", text[at:start]) if text.startswith("[", start) else text[at:start]
        held += f"{before}{OPEN}{len(kept)}{CLOSE}"
        kept.append((text[start:end], html))
        at = end
    return held + text[at:], kept


def find_markers(text: str, markers: Iterable[str]) -> Iterator[re.Match[str]]:
    """Where a text has any of some markers in square brackets: it is read once, however many there are."""
    wanted = frozenset(markers)
    return (found for found in _BRACKETED.finditer(text) if found.group() in wanted)
