"""What of a file's own words was kept, and what was left out, piece by piece and why: nothing is lost in silence.

A parser says what it leaves out and why. Besides, all words that a simple reading of the file finds are counted and
compared with those that were kept; what is missing and was left out for no stated reason is reported as such.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ingest.blocks import LeftOut, Parsed

MAX_PIECES = 100
"""Pieces reported for a file, the largest; the others are counted together, by reason."""

SAMPLE = 80
"""Characters of a piece that the report shows."""

FEW = 0.01
"""A smaller share of words that are missing for no stated reason are no piece of text: words hyphenated or joined anew."""

FLOOR = 0.5
FLOOR_OF_PAGES = 0.1
"""With a smaller share of the words kept, the report's line says so. Of a web page, most words are menus and teasers.

Measured: of article-extraction-benchmark's 181 pages, half keep less than .51, one in twenty less than .14, and 2 less than .1;
18 real PDFs, Word files, e-books and texts keep at least .91.
"""

HIDDEN, CONTENTS, DELETED, COMMENT, MENU, RUNNING_HEAD, PLACEHOLDER, MARKUP, UNEXPLAINED = (
    "hidden", "contents", "deleted", "comment", "menu", "running head", "placeholder", "markup", "other"
)  # fmt: skip
ATTACHMENT, FRAME, OTHER_FORM = "attachment", "frame", "other form"
"""Reasons, as the report gives them; what is missing for none that a parser states is ``UNEXPLAINED``."""

_CJK = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")
"""Of Chinese and Japanese, which write no spaces, a sign counts as a word."""

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]+")


def account_for(
    parsed: Parsed, own: Sequence[str], left_out: Iterable[tuple[str, str]] = (), rest: str = UNEXPLAINED
) -> Parsed:
    """Add to what was parsed how many words the file has, and which were left out for which reason.

    Args:
        parsed: what is kept.
        own: all texts of the file as a simple reading finds them, in pieces such as lines or paragraphs.
        left_out: reasons, and the texts that were left out for them.
        rest: the reason for what is missing besides.
    """
    head = (parsed.title, parsed.author, parsed.date)
    kept = Counter(_words(" ".join((*head, *(block.text for block in parsed.blocks)))))
    there = Counter(_words("\n".join(own)))
    words = there.total()
    pieces, known = [], list[str]()
    for reason, text in left_out:
        if found := _words(text):
            pieces.append(LeftOut(reason, len(found), _sample(text)))
            known += found
    missing = there - kept - Counter(known)
    if missing.total() > FEW * words:
        pieces += _find_missing(own, missing, rest)
    return replace(parsed, words=max(words, sum(piece.words for piece in pieces)), left_out=tuple(_gather(pieces)))


def join_accounts(parsed: Parsed, parts: Sequence[Parsed]) -> Parsed:
    """Add to what was parsed of a file with several parts what ``account_for`` found in each of them."""
    pieces = [piece for part in parts for piece in part.left_out]
    return replace(parsed, words=sum(part.words for part in parts), left_out=tuple(_gather(pieces)))


def find_unsaid(pieces: Iterable[str], said: Iterable[str]) -> list[str]:
    """Those of some pieces of text of which most words do not stand in what is said."""
    known = frozenset(_words(" ".join(said)))
    counted = ((piece, _words(piece)) for piece in pieces)
    return [piece for piece, words in counted if 2 * sum(word not in known for word in words) > len(words)]


def check_kept(parsed: Parsed, kind: str) -> str:
    """A note for the report where little of a file was kept, else empty."""
    kept = parsed.words - sum(piece.words for piece in parsed.left_out)
    if kept >= (FLOOR_OF_PAGES if kind in ("html", "mhtml") else FLOOR) * parsed.words:
        return ""
    return f"only {max(0, kept):,} of its {parsed.words:,} words were kept; see which were not with --explain"


def _find_missing(own: Iterable[str], missing: Counter[str], reason: str) -> Iterable[LeftOut]:
    """The pieces of which most words are missing; the other missing words are counted without a sample."""
    rest = missing.total()
    for piece in own:
        words = _words(piece)
        gone = Counter(words) & missing
        if words and 2 * gone.total() > len(words):
            missing = missing - gone
            rest -= gone.total()
            yield LeftOut(reason, gone.total(), _sample(piece))
    if rest:
        yield LeftOut(reason, rest, "")


def _gather(pieces: Sequence[LeftOut]) -> list[LeftOut]:
    """The largest pieces in their order, and behind them for each reason how many words the others have."""
    least = sorted((piece.words for piece in pieces), reverse=True)[:MAX_PIECES][-1:]
    shown = [piece for piece in pieces if piece.sample and piece.words >= least[0]][:MAX_PIECES]
    rest = Counter({piece.reason: 0 for piece in pieces})
    for piece in pieces:
        rest[piece.reason] += piece.words
    for piece in shown:
        rest[piece.reason] -= piece.words
    return shown + [LeftOut(reason, words, "") for reason, words in rest.items() if words]


def _words(text: str) -> list[str]:
    return _WORD.findall(text if text.isascii() else _UNSEEN.sub("", unicodedata.normalize("NFKC", text)))


def _sample(text: str) -> str:
    words = " ".join(text[: 10 * SAMPLE].split())
    return words if len(words) <= SAMPLE else words[:SAMPLE].rsplit(" ", 1)[0] + " …"
