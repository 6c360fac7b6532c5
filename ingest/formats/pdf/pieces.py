"""From letters to pieces of text: words in one style on one baseline, upright, from the page's top left corner down."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median

from ingest.decoding import normalise
from ingest.formats.pdf.grids import Grid
from ingest.formats.pdf.letters import Letter, Style
from ingest.formats.pdf.painted import Box

GAP = 0.8
"""A gap of so many ems ends a piece: it may lie between two columns or two cells.

LaTeX sets columns 10 points apart, of which .9 em are left white; the words of justified narrow columns stand up to .8 em
apart. On the ICDAR 2013 files, of PDFium's lines of five words or more .818 stayed whole at .65, .825 at .8, .833 at .9
(tests/benchmarks/compare_pdf_extraction.py), but .9 joins LaTeX's columns."""

HYPHEN = "\ufffe"
"""A hyphen of which it is sure that it is there for the line's end alone."""

RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Ligatures, and the shapes that Arabic letters take by their place in a word: the letters that they stand for.
_SHAPES = re.compile(r"[\ufb00-\ufb06\ufb13-\ufb17\ufb1d-\ufdff\ufe70-\ufefc]+")
# The bullets of symbol fonts have no meaning in Unicode, and those of other shapes none that a round one has not.
_BULLETS = str.maketrans(dict.fromkeys("\uf095\uf0b7\uf0a7\uf0a8\uf0d8\uf0fc\uf06e\uf0b2\u25cf\u25cb\u25aa\u25e6\u2219\u25a0\u25fc\u25fe\u25c6\u25b6\u25ba\u27a2\u27a4\u2756", "•"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """Words on one baseline; ``base`` is that baseline, ``top`` and ``bottom`` are the letters' extent, in points.

    ``order`` is the place of its first letter in the file.
    """

    text: str
    left: float
    right: float
    top: float
    bottom: float
    base: float
    size: float
    bold: bool
    order: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """How a page is turned so that it can be read: by so many quarters to the right; ``paper`` is the page's box."""

    quarter: int
    paper: Box

    def place(self, box: Box) -> tuple[float, float, float, float]:
        """Left, right, top and bottom of a box on the turned page, from its top left corner."""
        left, bottom, right, top = box
        edge_left, edge_bottom, edge_right, edge_top = self.paper
        if self.quarter == 0:
            return left - edge_left, right - edge_left, edge_top - top, edge_top - bottom
        if self.quarter == 1:
            return bottom - edge_bottom, top - edge_bottom, left - edge_left, right - edge_left
        if self.quarter == 2:
            return edge_right - right, edge_right - left, bottom - edge_bottom, top - edge_bottom
        return edge_top - top, edge_top - bottom, edge_right - right, edge_right - left

    def base(self, letter: Letter) -> float:
        """How far down the turned page a letter's baseline is."""
        return self.place((letter.x, letter.y, letter.x, letter.y))[3]


def find_turn(letters: Sequence[Letter], paper: Box) -> Turn:
    """The turn that sets most letters upright."""
    quarters = [letter.style.quarter for letter in letters if letter.text != " "]
    return Turn(max(set(quarters), key=quarters.count, default=0) or 0, paper)


def to_pieces(letters: Sequence[Letter], turn: Turn, grids: Sequence[Grid] = ()) -> tuple[list[Piece], list[str]]:
    """The pieces of a page, none of them across the lines of a grid, and the words that stand at an angle to most."""
    upright = [letter for letter in letters if letter.style.quarter == turn.quarter]
    pieces = [piece for run in _runs(upright, turn, grids) if (piece := _to_piece(run)) is not None]
    if sum(letter.style.invisible for letter in upright) * 2 > len(upright):
        pieces = _of_one_size(pieces)
    turned = "".join(
        ("\n" if letter.breaks else "") + letter.text for letter in letters if letter.style.quarter != turn.quarter
    )
    return pieces, [" ".join(mend(line).split()) for line in turned.split("\n") if line.strip()]


def mend(text: str) -> str:
    """Ligatures and bullets as plain characters, spaces and unseen characters as everywhere in Footnote."""
    text = _SHAPES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text.translate(_BULLETS))
    # What is painted is there to be read, so a soft hyphen within a line is a hyphen; ``normalise`` would delete it.
    seen = text.rstrip()
    end = HYPHEN if seen.endswith("\u00ad") else ""
    words = seen.removesuffix("\u00ad").replace("\u00ad", "-") + end
    return normalise(words + text[len(seen) :].replace("\t", " "))


def _of_one_size(pieces: Sequence[Piece]) -> list[Piece]:
    """A scan's words have the sizes that a program has guessed, line by line: those that are near are the same."""
    usual = median(piece.size for piece in pieces for _ in piece.text) if pieces else 0.0
    return [replace(piece, size=usual) if abs(piece.size - usual) < 0.25 * usual else piece for piece in pieces]


@dataclass(slots=True)
class _Placed:
    text: str
    left: float
    right: float
    top: float
    bottom: float
    base: float
    style: Style
    order: int
    breaks: bool


def _place(letters: Iterable[Letter], turn: Turn) -> Iterator[_Placed]:
    """Letters at their places on the turned page, in the file's order."""
    if turn.quarter:
        for order, letter in enumerate(letters):
            place = turn.place(letter.box)
            yield _Placed(letter.text, *place, turn.base(letter), letter.style, order, letter.breaks)
        return
    edge_left, _, _, edge_top = turn.paper
    for order, letter in enumerate(letters):  # nearly every page: the same, without a call for each letter
        left, bottom, right, top = letter.box
        yield _Placed(
            letter.text, left - edge_left, right - edge_left, edge_top - top, edge_top - bottom, edge_top - letter.y,
            letter.style, order, letter.breaks,
        )  # fmt: skip


def _weave(letters: Iterable[_Placed]) -> Iterator[_Placed]:
    """Letters in the file's order, but objects of text that have their places between each other's letters as one.

    Some programs paint the point of a number, or every other letter of a word, as a text of its own.
    """
    line: list[_Placed] = []
    for _, group in groupby(letters, key=lambda placed: id(placed.style)):
        new = list(group)
        if line and (woven := _weave_two(line, new)):
            line = woven
        else:
            yield from line
            line = new
    yield from line


def _weave_two(line: list[_Placed], new: list[_Placed]) -> list[_Placed] | None:
    """Two objects as one from left to right; None where they stand side by side, over each other or on two lines."""
    first, other = line[0], new[0]
    size = first.style.size
    if abs(size - other.style.size) > 0.05 * size or abs(first.base - other.base) > 0.1 * size:
        return None
    if first.style.bold != other.style.bold:
        return None
    seen = [[placed for placed in part if placed.text != " "] for part in (line, new)]
    if not all(seen) or RIGHT_TO_LEFT.search("".join(placed.text for part in seen for placed in part)):
        return None
    middles = [sorted((placed.left + placed.right) / 2 for placed in part) for part in seen]
    if middles[0][-1] <= middles[1][0] or middles[1][-1] <= middles[0][0]:
        return None
    ordered = sorted((*seen[0], *seen[1]), key=lambda placed: placed.left)
    if any(before.right - after.left > 0.3 * (before.right - before.left) for before, after in pairwise(ordered)):
        return None
    spaces = [placed for placed in (*line, *new) if placed.text == " "]
    woven = ordered[:1]
    for before, after in pairwise(ordered):
        if after.left - before.right > 0.1 * size:  # a space between letters that touch stood before others
            woven += [space for space in spaces if before.right - 0.5 <= space.left <= after.left + 0.5][:1]
        woven.append(after)
    return [replace(placed, breaks=placed.breaks and placed is ordered[0]) for placed in woven]


def _runs(letters: Iterable[Letter], turn: Turn, grids: Sequence[Grid]) -> Iterator[list[_Placed]]:
    """Letters that follow each other on a baseline, in one size and weight, with no gap or line in between."""
    run: list[_Placed] = []
    for placed in _weave(_place(letters, turn)):
        if placed.text == " ":
            if run and not placed.breaks:
                run.append(placed)
            continue
        if run and (placed.breaks or not _goes_on(run, placed, grids)):
            yield run
            run = []
        run.append(placed)
    if run:
        yield run


def _goes_on(run: list[_Placed], new: _Placed, grids: Sequence[Grid]) -> bool:
    last = run[-1]
    if last.text == " ":
        last = next(placed for placed in reversed(run) if placed.text != " ")
    size, other = last.style.size, new.style.size
    larger, smaller = (size, other) if size >= other else (other, size)
    if larger - smaller > 0.05 * larger or last.style.bold != new.style.bold:
        return False
    if new.left - last.right > GAP * smaller or last.left - new.right > GAP * smaller:
        return False
    if abs(last.base - new.base) > 0.1 * larger:
        return False
    if run[-1] is last and new.left - last.right < 0.1 * larger:
        return True  # within a word
    return not any(grid.parts(last.left, new.right, new.base - 0.3 * larger) for grid in grids)


def _to_piece(run: list[_Placed]) -> Piece | None:
    while run and run[-1].text == " ":
        run.pop()
    if not run:
        return None
    text = "".join(placed.text for placed in run)
    if RIGHT_TO_LEFT.search(text):
        text = _in_reading_order(run)
    text = mend(text)
    if not text.strip():
        return None
    seen = [placed for placed in run if placed.text != " "]
    bases = sorted(placed.base for placed in seen)
    return Piece(
        text,
        min(placed.left for placed in seen),
        max(placed.right for placed in seen),
        min(placed.top for placed in seen),
        max(placed.bottom for placed in seen),
        bases[len(bases) // 2],
        seen[0].style.size,
        seen[0].style.bold,
        seen[0].order,
    )


def _in_reading_order(run: list[_Placed]) -> str:
    """The text of a line that is wholly or partly written from right to left.

    Files hold such letters in the order of the eye or of the tongue; so they are laid out by their places first.
    """
    clusters: list[list[_Placed]] = []
    for placed in sorted((placed for placed in run if placed.text != " "), key=lambda found: found.left + found.right):
        same = clusters and abs(clusters[-1][-1].left - placed.left) < 0.1 and abs(clusters[-1][-1].right - placed.right) < 0.1  # fmt: skip
        mark = clusters and unicodedata.combining(placed.text) and placed.left < clusters[-1][0].right
        if same or mark:
            clusters[-1].append(placed)
        else:
            clusters.append([placed])
    visual: list[str] = []
    spaces = [(placed.left + placed.right) / 2 for placed in run if placed.text == " "]
    for at, cluster in enumerate(clusters):
        if at:
            before, after = clusters[at - 1][0].right, cluster[0].left
            wide = after - before > 0.2 * cluster[0].style.size
            if wide or any(before - 0.5 <= space <= after + 0.5 for space in spaces):
                visual.append(" ")
        visual.append("".join(placed.text for placed in cluster))
    return _read_backwards(visual)


def _read_backwards(visual: list[str]) -> str:
    """Parts in the order of the eye as a text in the order of the tongue: a small part of the bidirectional algorithm."""
    kinds = ["R" if RIGHT_TO_LEFT.search(part) else "L" if part.isalnum() else "N" for part in visual]
    base = "R" if kinds.count("R") >= kinds.count("L") else "L"
    runs: list[tuple[str, list[str]]] = []
    for at, (part, kind) in enumerate(zip(visual, kinds, strict=True)):
        if kind == "N":  # between two of a kind it is of that kind, else of the line's
            before = next((found for found in reversed(kinds[:at]) if found != "N"), base)
            after = next((found for found in kinds[at + 1 :] if found != "N"), base)
            kind = before if before == after else base
        if runs and runs[-1][0] == kind:
            runs[-1][1].append(part)
        else:
            runs.append((kind, [part]))
    texts = ["".join(reversed(parts) if kind == "R" else parts) for kind, parts in runs]
    mirrored = str.maketrans("()[]{}«»<>", ")(][}{»«><")
    texts = [text.translate(mirrored) if kind == "R" else text for text, (kind, _) in zip(texts, runs, strict=True)]
    return "".join(reversed(texts) if base == "R" else texts)
