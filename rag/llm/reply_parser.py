"""Reading what a chat model writes: evidence keys, quotes and made-up markers are found, and taken out of the prose. Pure.

However a reply arrives, it reads the same, and in time linear in its length.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rag.llm.prompts import CANNOT_ANSWER, KEY_SHAPE


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """A chat model's reply without its keys: where they stood, and the markers that stand for nothing.

    ``marks`` holds an offset into ``text`` and a key each; ``quotes`` the number of a mark in it, and the words that the
    model gave with its key as the passage's own. Unknown markers stay in the text, in square brackets.
    """

    text: str
    marks: tuple[tuple[int, str], ...]
    unknown: tuple[str, ...]
    quotes: tuple[tuple[int, str], ...] = ()


LONGEST_QUOTE = 1_000
"""Characters of a quote inside a marker."""

MOST_HALVES = 200
"""Markers never closed that are taken from the end, one after another."""

_OPEN, _CLOSE, _QUOTES = r"\[【［〔", r"\]】］〕", '"“”„«»'
_TOKEN = re.compile(
    rf"""
    ^[ ]{{0,3}}(?P<fence>`{{3,}}+(?=[^`\n]*$)|~{{3,}}+)[^\n]*(?:\n(?s:.*?)^[ ]{{0,3}}(?P=fence)[`~]*+[ \t]*$|(?s:.*)\Z)
    | (?<!`)(?P<ticks>`{{1,3}}+)(?!`)[^\n]{{0,500}}?(?<!`)(?P=ticks)(?!`)
    | (?P<open>(?<!`)`{{1,3}}+(?!`))(?=[^\n]{{0,500}}\Z)
    | [{_OPEN}](?P<quoting>\w{{2,12}})[ \t:,]{{0,3}}[{_QUOTES}](?P<quote>[^{_OPEN}{_CLOSE}{_QUOTES}\n]{{1,{LONGEST_QUOTE}}})[{_QUOTES}]\s?[{_CLOSE}]
    | \[\[(?P<double>[^{_OPEN}{_CLOSE}\n]{{1,120}}(?:\][ ,;]{{0,2}}\[[^{_OPEN}{_CLOSE}\n]{{1,60}}){{0,9}})\]\]
    | [{_OPEN}](?P<inner>[^{_OPEN}{_CLOSE}\n]{{1,120}})[{_CLOSE}]
    | [(（](?P<round>[^(){_OPEN}{_CLOSE}（）\n]{{1,60}})[)）]
    """,
    re.VERBOSE | re.MULTILINE,
)
"""Fenced code, code in a line, a code mark that may yet be closed, and what stands in brackets."""

_HALF_MARKER = re.compile(
    rf"(?:\[\[[^{_OPEN}{_CLOSE}\n]{{0,120}}(?:\][ ,;]{{0,2}}\[[^{_OPEN}{_CLOSE}\n]{{0,60}}){{0,9}}\]?|\[?[{_OPEN}][^{_OPEN}{_CLOSE}\n]{{0,120}}|"
    rf"[{_OPEN}]\w{{2,12}}[ \t:,]{{0,3}}[{_QUOTES}][^{_OPEN}{_CLOSE}\n]{{0,{LONGEST_QUOTE + 2}}})\Z"
)
_LABEL = re.compile(r"(?:passages?|sources?|keys?|evidence|references?|refs?|see)\b[\s:#]*", re.IGNORECASE)
_SEPARATOR = re.compile(r"(?:[\s,;|/&、，；\[\]]|\band\b)+")
UNKNOWN_MARKER = re.compile(r"\[\w{1,7}\]")
_NUMBER = re.compile(r"\d{1,3}(?:[-–]\d{1,3})?")
_SOURCES = re.compile(
    r"[\s#*_>-]*(?:sources?|references?|citations?|footnotes|bibliography|works cited)(?: used| cited)?"
    r"(?P<mark>[\s*_]*[:：]?[\s*_]*)(?P<rest>.*)",
    re.IGNORECASE,
)
_THOUGHT = re.compile(r"<think>(?:.*?</think>|.*\Z)", re.DOTALL)
_ENTRY = re.compile(rf"\s*(?:[-*•+]\s|\d+[.)]|[{_OPEN}(<^]|https?://)")


def read_reply(text: str, keys: Collection[str], *, finished: bool = True) -> ParsedReply:
    """Find the evidence keys in a chat model's reply.

    Accepted are ``[k]``, ``[k1, k2]``, ``[k1][k2]``, ``[[k]]``, full-width brackets and ``(k)``, with or without a
    word such as "passage" before the key, and ``[k "words"]``. Code is left alone. A list of sources at the end is left out. Numbers
    that the model made up, and keys that nobody gave it, are unknown markers; years and words in brackets are prose.

    Takes time linear in the text, and depends on nothing but the text so far: however it arrives, it reads the same.

    Args:
        text: the reply, or as much of it as there is.
        keys: the evidence keys that were given to the model.
        finished: whether this is all. If not, a marker or piece of code begun at the end is held back.
    """
    known = {key.casefold(): key for key in keys}
    text = _cut_sources(text.strip(), known)
    text = _cut_halves(text, known, finished)
    pieces: list[str] = []
    marks: list[tuple[int, str]] = []
    unknown: list[str] = []
    quotes: list[tuple[int, str]] = []
    length = at = 0

    def add(piece: str) -> None:
        nonlocal length
        if marks and marks[-1][0] == length and piece[:1].isalnum():
            piece = f" {piece}"
        pieces.append(piece)
        length += len(piece)

    for found in _TOKEN.finditer(text):
        at_end = found["ticks"] and found.end() == len(
            text
        )  # more ticks may follow, and then it is another piece of code
        if not finished and (found["open"] or at_end or (found["fence"] and "\n" not in found.group())):
            text = _cut_halves(text[: found.start()], known, False)
            break
        named, made_up = _read_marker(found, known)
        if not named and not made_up:
            continue
        before = _cut_halves(text[at : found.start()], known, True)  # "[k1 [k2]": the first was begun, and given up
        add(before.rstrip(" \t") if named else before)
        if found["quote"] and named:
            quotes.append((len(marks), found["quote"]))
        marks += [(length, key) for key in named]
        for marker in made_up:
            add(marker)
        unknown += made_up
        at = found.end()
    add(text[at:])
    whole = "".join(pieces).rstrip()
    if not unknown or not whole.endswith(unknown[-1]):
        whole = _cut_halves(whole, known, True).rstrip()
    return ParsedReply(whole, tuple((min(at, len(whole)), key) for at, key in marks), tuple(unknown), tuple(quotes))


def declines(reply: str) -> bool:
    """Whether the abstention constant stands in the reply, in whatever case, or with other strokes between its words."""
    return CANNOT_ANSWER.casefold() in reply.casefold() or CANNOT_ANSWER in re.sub("[_ ‑–]", "-", reply)


def cut_thought(reply: str) -> str:
    """What a model says after thinking aloud, as small open models do; nothing while it is still thinking."""
    reply = reply.lstrip()
    if "<think>".startswith(reply[:7]):
        return _THOUGHT.sub("", reply, count=1).lstrip() if len(reply) > 6 else ""
    return reply


def _read_marker(found: re.Match[str], known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The known keys in a bracket, and its unknown markers as they are shown; both empty where it is prose or code."""
    inner = found["quoting"] or found["double"] or found["inner"] or found["round"]
    if not inner:
        return [], []
    parts = [part.strip("^@#`'\"*_:") for part in _SEPARATOR.split(_LABEL.sub("", inner.split("†")[0].strip()))]
    parts = [part for part in parts if part]
    named = list(dict.fromkeys(known[part.casefold()] for part in parts if part.casefold() in known))
    others = [part for part in parts if part.casefold() not in known]
    made_up = [part for part in others if _NUMBER.fullmatch(part) or KEY_SHAPE.fullmatch(part)]
    if len(made_up) < len(others):
        # Words beside a known key ("see k, page 2") say no more than the key does; without one they are prose.
        made_up = []
    if others and (found["round"] or not (named or made_up)):
        return [], []
    return named, [f"[{part}]" for part in made_up]


def _cut_sources(text: str, known: Mapping[str, str]) -> str:
    """The text without a list of sources at its end: a line that says so, and nothing but entries after it."""
    end = len(text)
    cut = end
    while end > 0:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end]
        head = _SOURCES.fullmatch(line) if len(line) <= 500 else None
        if head and (":" in head["mark"] or "：" in head["mark"] or not head["rest"]):
            if not head["rest"] or _is_entry(head["rest"], known):
                cut = start
        elif line.strip() and not _is_entry(line, known):
            break
        end = start - 1
    return text[:cut].rstrip() if text[:cut].strip() else text


def _is_entry(line: str, known: Mapping[str, str]) -> bool:
    return bool(_ENTRY.match(line)) or any(word in known for word in re.findall(r"\w+", line[:500].casefold()))


def _cut_halves(text: str, known: Mapping[str, str], finished: bool) -> str:
    """The text without markers at its end that are not closed: yet, or if it is finished, without those that name a key."""
    for _ in range(MOST_HALVES):
        half = _HALF_MARKER.search(text, max(0, len(text) - LONGEST_QUOTE - 20))
        if not half or (finished and not _is_half_key(half.group(), known)):
            break
        text = text[: half.start()]
    return text


def _is_half_key(half: str, known: Mapping[str, str]) -> bool:
    """Whether a bracket that the model never closed was going to cite."""
    parts = [part for part in _SEPARATOR.split(half.lstrip("[【［〔").casefold()) if part]
    words = re.findall(r"\w+", half.casefold())
    return not parts or any(word in known for word in words) or any(key.startswith(parts[-1]) for key in known)
