"""Who wrote a paper, as the lines between its title and its first words say it: names, which nothing but marks and places follow.

A wrong author is worse than none. So a line counts only where all of it are names, and where what stands around them is what
stands around authors: marks of their places, an address, a university, other authors, an abstract.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.formats.pdf.paragraphs import Paragraph

HEAD_PARAGRAPHS = 16
"""Authors are looked for among so many paragraphs below the title."""

NEAR = 3
"""Within so many paragraphs below a name stands what shows that it is an author's."""

MOST_NAMES = 60

PROSE = 300
"""Characters of a paragraph that is text, unless it says where many people work."""

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_MARKS = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹*∗⋆†‡§¶#$]+(?:\s*,\s*(?=[⁰¹²³⁴⁵⁶⁷⁸⁹*∗⋆†‡§¶#$]))?")
_ADDRESS = re.compile(r"\S*@\S+")
_TITLES = re.compile(r"(?:Dr|Prof|Mr|Mrs|Ms)\.? ")
_BETWEEN = re.compile(r"\s*[,;·•]\s*(?:and\s|&)?\s*|\s+(?:and|&)\s+")
_LETTERS = r"[^\W\d_´`¨ˆ˜¸'’-]"
_WORD = rf"(?:[´`¨ˆ˜]?(?=[^\W\d_a-zß-ÿ]){_LETTERS}(?:{_LETTERS}|[´`¨ˆ˜¸'’-])*)"
_INITIAL = r"(?:(?:[A-ZÀ-Þ][a-z]?\.-?){1,3})"
_PARTICLE = r"(?:d['’]|de|del|della|di|da|dos|du|van|von|der|den|ter|ten|la|le|al|bin|ibn|el|y|e|zu|Jr\.?|II|III)"
_NAME = re.compile(
    rf"(?:{_WORD}|{_INITIAL})(?: (?:{_WORD}|{_INITIAL}|{_PARTICLE})){{1,4}}|{_INITIAL}{_WORD}(?: (?:{_WORD}|{_PARTICLE})){{0,3}}"
)
_UNFINISHED = re.compile(rf"(?:[,;&]|\band|{_INITIAL}| (?:de|del|van|von|der|den|di|da|la|Van|De|Von))$")
_PLACES = frozenset(
    "university universität université universiteit universidad universidade università college school institute institut "
    "instituto department dept departamento faculty laboratory laboratories lab labs centre center hospital academy "
    "corporation inc ltd gmbh foundation association observatory ministry division research".split()
)
_NO_NAMES = _PLACES | frozenset(
    "a an the of for in on at to by with from and or its our this that as is are how what why when toward towards using "
    "abstract summary introduction keywords contents overview background references appendix chapter section part table "
    "figure note notes report reports paper papers working journal proceedings conference workshop symposium volume vol issue "
    "version draft edition guide manual handbook policy plan agreement statement letter committee team council group board "
    "office agency authority company director manager editor editors professor student fellow member president secretary "
    "january february march july september october november december monday tuesday wednesday "
    "thursday friday saturday sunday usa uk germany france china italy spain india japan canada city state street road "
    "avenue box united national international federal public science sciences engineering technology technologies "
    "computer computing data information system systems software security analysis management method methods model models "
    "program project service services document documents questions answers problems terms conditions general special new "
    "first second third final annual quarterly open free all your my".split()
)
_BEGINS = re.compile(r"(?i)(?:abstract|summary|introduction|overview|preface|keywords|(?:\d|I)\.? introduction)\b")


def find_people(paragraphs: Sequence[Paragraph], start: int) -> tuple[list[str], list[int]]:
    """The authors below a title, in their order, and the paragraphs that hold nothing but their names.

    Args:
        paragraphs: of the whole document.
        start: the first one below the title.
    """
    found: list[str] = []
    used: list[int] = []
    size = 0.0
    for at in range(start, min(start + HEAD_PARAGRAPHS, len(paragraphs))):
        paragraph = paragraphs[at]
        if paragraph.page != 1 or _BEGINS.match(paragraph.text):
            break
        if paragraph.kind not in ("text", "row") or (size and abs(paragraph.size - size) > 0.06 * size):
            continue
        lines = _lines_of(paragraphs, at)
        names, count = read_names(lines)
        if not names or not _are_authors(paragraphs, at, lines, names, count):
            parts = _split_names(" ".join(lines))
            is_other = len(paragraph.text) > PROSE or 2 * sum(map(is_name, parts)) > len(parts)
            if is_other and not _names_place(paragraph.text):
                break  # a text, or names that cannot be told apart: who comes after it is nobody, or not all
            continue
        found += [name for name in names if name not in found]
        size = paragraph.size
        if count == len(paragraph.lines) and not _MARKS.search(paragraph.text) and "@" not in paragraph.text:
            used.append(at)
    return found[:MOST_NAMES], used


def _lines_of(paragraphs: Sequence[Paragraph], at: int) -> list[str]:
    """The lines of a paragraph; where the last one breaks off within a name, those of the next in its letters, too."""
    lines = [line.text.replace("; ,", ",") for line in paragraphs[at].lines[:12]]
    for other in paragraphs[at + 1 : at + 1 + NEAR]:
        if not _breaks_off(lines[-1]):
            break
        if other.page == 1 and abs(other.size - paragraphs[at].size) < 0.06 * other.size:
            lines += [line.text for line in other.lines[:12]]
    return lines


def _breaks_off(line: str) -> bool:
    """Whether a line of names ends within one, or with a sign that another follows."""
    bare = " ".join(_MARKS.sub(" ", line).split()).replace(" ,", ",")
    parts = _split_names(bare)
    if not parts or not all(map(_may_be_name, parts)):
        return False
    is_marked = any(mark in line for mark in _RAISED) and not any(mark in line[-4:] for mark in _RAISED)
    return bool(_UNFINISHED.search(bare)) or len(parts[-1].split()) == 1 or is_marked


def read_names(lines: Sequence[str]) -> tuple[list[str], int]:
    """The names that the first of some lines are, and how many lines these are."""
    names: list[str] = []
    count, held = 0, ""
    for at, line in enumerate(lines, 1):
        bare = " ".join(_ADDRESS.sub("", _MARKS.sub(" ", line)).split()).replace(" ,", ",")
        joined = f"{held} {bare}".strip()
        parts = _split_names(joined)
        if at < len(lines) and _breaks_off(line) and parts and all(map(_may_be_name, parts)):
            held = joined
            continue
        if not parts or not all(map(is_name, parts)):
            parts = _split_names(held)  # what comes next may be a place
            return (names + parts, at - 1) if parts and all(map(is_name, parts)) else (names, count)
        names, held, count = names + parts, "", at
    return names, count


def _split_names(line: str) -> list[str]:
    parts = (_TITLES.sub("", part.strip(" ,;")).strip() for part in _BETWEEN.split(line))
    return [part for part in parts if part and part not in ("and", "&")]


def is_name(text: str) -> bool:
    """Whether words are a person's name: capitalised, none of them one that stands in other lines of a head."""
    words = text.removesuffix(" Jr").removesuffix(" Jr.").split()
    if len(words) < 2 and "." not in text:
        return False
    if not _NAME.fullmatch(text) or any(map(_is_other, words)):
        return False
    whole = [word for word in words if len(word.strip(".")) > 2]
    if len(words[-1].strip(".")) < 2 or words[-1].casefold() in ("van", "de", "von", "der"):
        return False  # the rest stands elsewhere
    if len(words) > 3 and all(len(word.strip(".")) > 1 and word[0].isupper() for word in words):
        return False  # the names of two people without a sign between them, as likely as not
    return bool(whole) and not all(word.isupper() for word in whole)


def _is_other(word: str) -> bool:
    """Whether a word, that is no initial, is none of a name."""
    return len(word.strip(".")) > 1 and word.casefold().strip(".") in _NO_NAMES


def _may_be_name(text: str) -> bool:
    """Whether words are a name or the beginning of one that goes on in the next line."""
    words = text.split()
    return is_name(text) or (len(words) < 3 and all(word[:1].isupper() and not _is_other(word) for word in words))


def _are_authors(
    paragraphs: Sequence[Paragraph], at: int, lines: Sequence[str], names: Sequence[str], count: int
) -> bool:
    """Whether what stands with names and below them is what stands with those of authors."""
    own = " ".join(lines[:count])
    if _ADDRESS.search(own) or any(mark in own for mark in _RAISED):
        return True
    below = [" ".join(lines[count:])]
    for other in paragraphs[at + 1 : at + 1 + HEAD_PARAGRAPHS]:
        is_more = other.page == 1 and abs(other.size - paragraphs[at].size) < 0.06 * other.size
        if _has_letters(other.text) and not (is_more and read_names(_lines_of([other], 0))[0]):
            below.append(other.text if other.page == 1 else "")
    for text in below[: 1 + NEAR]:
        if _names_place(text):
            return True
        if _BEGINS.match(text):
            return len(names) > 1
        if len(text) > PROSE:
            return False
    return False


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _names_place(text: str) -> bool:
    """Whether a paragraph says where people work, or how they are reached."""
    words = {word.casefold() for word in re.findall(r"[^\W\d_]+", text[:PROSE])}
    return "@" in text[:PROSE] or (bool(words & _PLACES) and (len(text) < PROSE or text[:1] in f"{_RAISED}1*"))
