"""Questions that mean one version of a document: the latest, the one of a year, version 2; or ask which is the newer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.english.source import WRITING, fold_question

_THINGS = rf"(?:{WRITING}|version|edition|revision|policy|manual|guide|handbook|contract|agreement|file|one|copy|release|issue)s?"
_NEWEST = r"latest|newest|current|most recent|up[ -]to[ -]date|newer|most current|last"
_OLDEST = r"oldest|earliest|original|first|older"
_NOW = re.compile(
    r"\b(?:current|currently|latest|newest|most recent|now|nowadays|today|at present|present-day|up[ -]to[ -]date|as of today|in force)\b"
)
_FIRST = re.compile(r"\b(?:original|originally|oldest)\b")
_BEFORE = re.compile(r"\b(?:previous|previously|formerly|former|older|earlier)\b")
_YEAR = re.compile(
    r"\b(?:in|of|for|from|during|since|as of)(?: the)?(?: year)? ((?:19|20)\d{2})\b(?![\d.,-]\d)|\bthe ((?:19|20)\d{2}) (?:version|edition|"
    + WRITING
    + r"|policy|manual|guide|handbook)\b"
)
_NUMBER = re.compile(r"\b(?:version|revision|edition|v) ?(\d+(?:\.\d+)*)\b")
_WHICH = re.compile(
    rf"(?:which|what)(?: (?:one|{_THINGS}))?(?: of (?:the two|these|them|the {_THINGS}))?(?:'s| is| are| was)(?: the)? (?P<end>{_NEWEST}|{_OLDEST})(?: {_THINGS})?(?: of .+)?|"
    rf"(?:which|what)(?:'s| is) the (?P<other>{_NEWEST}|{_OLDEST}) {_THINGS}(?: of .+)?"
)


@dataclass(frozen=True, slots=True)
class VersionWish:
    """Which version a question means: of a year, of a number, or by its place.

    ``place`` counts them, the oldest first (0 is that one, -1 the newest, -2 the one before it). ``rest`` is the question without the words that say so; ``asks_which`` tells that it wants to know which version that is.
    """

    rest: str
    year: int = 0
    number: tuple[int, ...] = ()
    place: int | None = None
    asks_which: bool = False


def read_version(question: str) -> VersionWish | None:
    """Which version of a document a question means, if it means one."""
    plain = fold_question(question)
    if found := _WHICH.fullmatch(plain):
        word = found["end"] or found["other"]
        return VersionWish(question, place=-1 if re.fullmatch(_NEWEST, word) else 0, asks_which=True)
    if found := _NUMBER.search(plain):
        return VersionWish(_cut(question, found[0]), number=tuple(map(int, found[1].split("."))))
    if found := _YEAR.search(plain):
        return VersionWish(_cut(question, found[0]) if found[1] else question, year=int(found[1] or found[2]))
    for pattern, place in ((_NOW, -1), (_FIRST, 0), (_BEFORE, -2)):
        if found := pattern.search(plain):
            return VersionWish(_cut(question, found[0]), place=place)
    return None


def _cut(question: str, words: str) -> str:
    cut = re.sub(rf",? ?\b{re.escape(words)}\b", "", question, flags=re.IGNORECASE)
    return " ".join(cut.split())
