"""Reading what a chat model writes: evidence keys, quotes and made-up markers are found, and taken out of the prose. Pure.

However a reply arrives, it reads the same, and in time linear in its length.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rag.llm.prompts import CANNOT_ANSWER
from rag.llm.reply_markers import CLOSE, LONGEST_QUOTE, OPEN, QUOTES, SEPARATOR, TOKEN, name_keys, read_marker
from rag.llm.source_lists import cut_sources


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """A chat model's reply without its keys: where they stood, and the markers that stand for nothing.

    ``marks`` holds an offset into ``text`` and a key each; ``quotes`` the number of a mark in it, and the words that the
    model gave with its key as the passage's own. Unknown markers stay in the text, in square brackets. ``listed`` are the
    keys in a list of sources at the end, which is left out of the text.
    """

    text: str
    marks: tuple[tuple[int, str], ...]
    unknown: tuple[str, ...]
    quotes: tuple[tuple[int, str], ...] = ()
    listed: tuple[str, ...] = ()


MOST_HALVES = 200
"""Markers never closed that are taken from the end, one after another."""

LONGEST_UNDECIDED = 200
"""Characters at the end of a growing reply that are looked at for what may yet become a marker."""

_HALF_MARKER = re.compile(
    rf"(?:\[\[[^{OPEN}{CLOSE}\n]{{0,120}}(?:\][ ,;]{{0,2}}\[[^{OPEN}{CLOSE}\n]{{0,60}}){{0,9}}\]?|\[?[{OPEN}][^{OPEN}{CLOSE}\n]{{0,120}}|"
    rf"[{OPEN}]\w{{1,12}}[ \t:,]{{0,3}}[{QUOTES}][^{OPEN}{CLOSE}{QUOTES}\n]{{0,{LONGEST_QUOTE}}}[{QUOTES}]?\s?)\Z"
)
_UNDECIDED = re.compile(
    r"(?:[ \t]*[(（{｛<⟨〈《「『⟦][^(){}<>\[\]\n]{0,60}[)）}｝>⟩〉》」』⟧]?|[(（][ ]?(?:[^\W\d_]{1,10}[ :#]{0,3})?[\[【［〔][^()（）\n]{0,120}|<sup>[^<>\n]{0,45}(?:</?[a-z]{0,4})?|"
    r"[⁰¹²³⁴-⁹①-⑳][⁰¹²³⁴-⁹①-⑳,˒ ]{0,40}|"
    r"(?<=[.!?…。！？\"”’»)*_])[ \t]+[^\W\d_]{0,10}[ ]?[:#]?[ ]?|"
    r"(?:[ \t]+(?:and[ ])?(?=[^\W_]*\d)[^\W_]{1,13}[,;&]?){1,10}\.?[ \t]*)\Z"
)
"""What may yet become a marker: brackets whose next sign tells, raised figures, the first word after a sentence, figures."""

_LAST_WORD = re.compile(r"[ \t]+(\w{1,12})\Z")
_LABELLED = re.compile(
    r"(?<=[.!?…。！？\"”’»)*_])[ \t]+(?:sources?|references?|citations?|evidence)[ \t]*:[ \t]*\Z", re.IGNORECASE
)
_THOUGHT = re.compile(r"<think>(?:.*?</think>|.*\Z)", re.DOTALL)


def read_reply(text: str, keys: Collection[str], *, finished: bool = True) -> ParsedReply:
    """Find the evidence keys in a chat model's reply, wherever it puts them.

    Accepted are ``[k]``, ``[k1, k2]``, ``[1-3]``, ``[[k]]``, ``[^k]`` and other brackets, with or without a word such as
    "passage" before the key; ``[k "words"]``; raised figures; a key by itself after the end of a sentence; and those of a
    list of sources at the end, which is left out. Code is left alone. A number that is no key stands for the passage of
    that place, where no key is a number. Other numbers in square brackets, and keys that nobody gave, are unknown
    markers; years, amounts and words in brackets are prose.

    Takes time linear in the text, and depends on nothing but the text so far: however it arrives, it reads the same.

    Args:
        text: the reply, or as much of it as there is.
        keys: the evidence keys that were given to the model, in the order of the passages.
        finished: whether this is all. If not, what may become a marker, code or a list of sources is held back.
    """
    known = name_keys(keys)
    text, listed = cut_sources(text.strip(), known, finished=finished)
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

    for found in TOKEN.finditer(text):
        at_end = found["ticks"] and found.end() == len(
            text
        )  # more ticks may follow, and then it is another piece of code
        if not finished and (found["open"] or at_end or (found["fence"] and "\n" not in found.group())):
            text = _cut_halves(text[: found.start()], known, False)
            break
        marker = read_marker(found, known)
        if not marker.keys and not marker.unknown:
            continue
        # "[k1 [k2]": the first was begun, and given up
        before = _cut_halves(text[at : found.start()], known, True)
        if marker.keys:
            before = f"{before}{marker.kept}" if marker.kept else _LABELLED.sub("", before, count=1).rstrip(" \t")
        add(before)
        if found["quote"] and marker.keys:
            quotes.append((len(marks), found["quote"]))
        marks += [(length, key) for key in marker.keys]
        for shown in marker.unknown:
            add(shown)
        unknown += marker.unknown
        at = found.end()
    add(text[at:])
    whole = "".join(pieces).rstrip()
    if not unknown or not whole.endswith(unknown[-1]):
        whole = _cut_halves(whole, known, True).rstrip()
    return ParsedReply(
        whole, tuple((min(at, len(whole)), key) for at, key in marks), tuple(unknown), tuple(quotes), listed
    )


def declines(reply: str) -> bool:
    """Whether the abstention constant stands in the reply, in whatever case, or with other strokes between its words."""
    return CANNOT_ANSWER.casefold() in reply.casefold() or CANNOT_ANSWER in re.sub("[_ ‑–]", "-", reply)


def cut_thought(reply: str) -> str:
    """What a model says after thinking aloud, as small open models do; nothing while it is still thinking."""
    reply = reply.lstrip()
    if "<think>".startswith(reply[:7]):
        return _THOUGHT.sub("", reply, count=1).lstrip() if len(reply) > 6 else ""
    return reply


def find_code(text: str) -> tuple[tuple[int, int], ...]:
    """Where code stands in a text, in fences or in a line, as half-open offsets."""
    return tuple(found.span() for found in TOKEN.finditer(text) if found["fence"] or found["ticks"])


def _cut_halves(text: str, known: Mapping[str, str], finished: bool) -> str:
    """The text without markers at its end that are not closed: yet, or if it is finished, without those that name a key."""
    for _ in range(MOST_HALVES):
        half = _HALF_MARKER.search(text, max(0, len(text) - LONGEST_QUOTE - 20))
        if finished and half and not _is_half_key(half.group(), known):
            break
        if not finished:
            half = half or _find_undecided(text, known)
        if not half:
            break
        text = text[: half.start()]
    return text


def _find_undecided(text: str, known: Mapping[str, str]) -> re.Match[str] | None:
    """What at the end of a growing text may yet become a marker, be it the first letters of a key."""
    from_ = max(0, len(text) - LONGEST_UNDECIDED)
    word = _LAST_WORD.search(text, from_)
    if word and any(key.startswith(word[1].casefold()) for key in known):
        return word
    return _UNDECIDED.search(text, from_)


def _is_half_key(half: str, known: Mapping[str, str]) -> bool:
    """Whether a bracket that the model never closed was going to cite."""
    parts = [part for part in SEPARATOR.split(half.lstrip("[【［〔").casefold()) if part]
    words = re.findall(r"\w+", half.casefold())
    return not parts or any(word in known for word in words) or any(key.startswith(parts[-1]) for key in known)
