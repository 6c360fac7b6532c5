"""Pieces that stand in a row: raised figures put to their words, neighbours joined."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from ingest.formats.pdf.grids import Grid
from ingest.formats.pdf.letters import PICTURE
from ingest.formats.pdf.pieces import GAP, HYPHEN, RIGHT_TO_LEFT, Piece
from ingest.formats.superscripts import raise_digits

WORD_GAP = 0.12
"""A gap of so many ems between two pieces is a space."""

LABEL_GAP = 3.5
"""A bullet or number so many ems in front of words is that of an item."""

_FIGURES = re.compile(r"[+−-]?\d[\d, ]*")
_LABEL = re.compile(r"[•‣⁃–—*·-]|\(?[0-9]{1,3}[.)]|\(?[A-Za-z][.)]|[0-9]+(?:\.[0-9]+)*\.?|[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_WIDE = "\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_WIDE_BOTH = re.compile(rf"[{_WIDE}] [{_WIDE}]")


_ADDRESS = re.compile(r"(?:https?:(?=//)|www\.)\S*[/._=&?#-]$|[\w.+-]@$")
_NUMBER = re.compile(r"[0-9][-‐]$|[^\W_]–$")
_AFTER_NUMBER = re.compile(r"[0-9]|(?!(?:and|or|to)\b)[^\W\d_]")


def goes_on(before: str, after: str) -> bool:
    """Whether a line ends within an address or behind a number's hyphen, "206–" over "3500" and "12-" over "month", not a word."""
    is_number = _NUMBER.search(before) and _AFTER_NUMBER.match(after) and (after[0].isdigit() or before[-1] != "–")
    return bool(is_number or _ADDRESS.search(before))


def join_words(before: str, after: str) -> str:
    """Two runs of words with a space between them, unless both sides are of a script that has none."""
    joined = f"{before} {after}"
    at = len(before)
    return before + after if _WIDE_BOTH.fullmatch(joined[at - 1 : at + 2]) else joined


def is_label(text: str) -> bool:
    """Whether words are no more than what stands in front of an item: a bullet, its number or letter."""
    return bool(_LABEL.fullmatch(text.strip()))


def group_rows(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces by their baselines, from top to bottom, each row from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda found: found.base):
        near = rows and piece.base - rows[-1][-1].base <= 0.22 * min(piece.size, rows[-1][-1].size)
        if near and piece.base - rows[-1][0].base <= 0.4 * piece.size:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda found: found.left) for row in rows]


def find_segments(pieces: Sequence[Piece], grids: Sequence[Grid] = ()) -> list[Piece]:
    """Pieces with all that follows them without a gap or the line of a grid, raised figures among it; small pictures go."""
    found = [
        segment
        for row in group_rows(_with_raised(pieces))
        for part in _split_row(row, grids)
        for segment in join_row(part, GAP)
    ]
    bare = (_without_pictures(segment) if PICTURE in segment.text else segment for segment in found)
    return [segment for segment in bare if segment.text]


def _without_pictures(segment: Piece) -> Piece:
    return replace(segment, text=" ".join(segment.text.replace(PICTURE, " ").split()))


def _split_row(row: Sequence[Piece], grids: Sequence[Grid]) -> list[list[Piece]]:
    """The pieces of a row that no line of a grid stands between."""
    parts = [[row[0]]]
    for before, piece in pairwise(row):
        middle = piece.base - 0.3 * piece.size
        if any(grid.parts(before.left, piece.right, middle) for grid in grids):
            parts.append([])
        parts[-1].append(piece)
    return parts


def _with_raised(pieces: Sequence[Piece]) -> list[Piece]:
    """Small raised figures become part of the word before them, or of the words that they stand in front of."""
    ordered = sorted(pieces, key=lambda found: found.base)
    whole: dict[int, Piece] = dict(enumerate(ordered))
    for at, small in enumerate(ordered):
        if len(small.text) > 6 or not _FIGURES.fullmatch(small.text):
            if len(small.text) <= 3 and small.text.isalpha():
                whole[at] = _on_its_line(small, ordered, at)
            continue
        hosts = []
        for other in range(at + 1, len(ordered)):  # what it is raised over has a lower baseline
            big = whole.get(other)
            if ordered[other].base - small.base > 12 + ordered[other].size:
                break
            if big is None or small.size > 0.85 * big.size or not 0.12 <= (big.base - small.base) / big.size <= 0.75:
                continue
            after, before = (small.left - big.right) / big.size, (big.left - small.right) / big.size
            if -0.15 <= after <= 0.35:
                hosts.append((abs(after), other, True))
            elif -0.15 <= before <= 1.2:
                hosts.append((1 + abs(before), other, False))
        if hosts:
            _, other, follows = min(hosts)
            big, figures = whole[other], re.sub(r"[^, ]+", lambda found: raise_digits(found[0]), small.text.strip())
            whole[other] = widen(replace(big, text=big.text + figures if follows else f"{figures} {big.text}"), small)
            del whole[at]
    return list(whole.values())


def _on_its_line(small: Piece, ordered: Sequence[Piece], at: int) -> Piece:
    """A letter that is set higher or lower than the word that it touches, on that word's baseline."""
    for other in (*ordered[max(0, at - 12) : at], *ordered[at + 1 : at + 13]):
        shift = abs(other.base - small.base) / other.size
        touches = min(abs(small.left - other.right), abs(other.left - small.right)) < 0.4 * other.size
        if 0.05 < shift < 0.5 and touches and len(other.text) > len(small.text):
            return replace(small, base=other.base)
    return small


def widen(piece: Piece, other: Piece) -> Piece:
    """A piece that takes up the place of another one too."""
    return replace(
        piece,
        left=min(piece.left, other.left),
        right=max(piece.right, other.right),
        top=min(piece.top, other.top),
        bottom=max(piece.bottom, other.bottom),
        order=min(piece.order, other.order),
    )


def join_row(row: Sequence[Piece], gap: float) -> list[Piece]:
    """Neighbours in a row as one piece where less than ``gap`` ems lie between them."""
    joined: list[Piece] = []
    for piece in row:
        last = joined[-1] if joined else None
        if last is None or piece.left - last.right > gap * min(piece.size, last.size):
            joined.append(piece)
            continue
        first, second = (piece, last) if _is_turned(piece, last) else (last, piece)
        apart = piece.left - last.right > WORD_GAP * max(piece.size, last.size)
        before = first.text.removesuffix(HYPHEN) + "-" if first.text.endswith(HYPHEN) else first.text
        text = join_words(before, second.text) if apart else before + second.text
        # The words of most letters say what the whole looks like.
        look, rest = (last, piece) if len(last.text) >= len(piece.text) else (piece, last)
        bold = last.bold and piece.bold
        joined[-1] = widen(replace(look, text=text, bold=bold), rest)
    return joined


def _is_turned(piece: Piece, last: Piece) -> bool:
    return bool(RIGHT_TO_LEFT.search(piece.text) and RIGHT_TO_LEFT.search(last.text))


def join_whole(row: Sequence[Piece]) -> Piece:
    """A row as one piece, whatever the gaps in it."""
    return join_row(row, float("inf"))[0]
