"""What a chat model means by a marker: which passages it names, in whatever brackets, raised or bare. Pure.

A number is a key only where it stands as one: alone in brackets, raised behind a word, or by itself after the end of a
sentence. A year, an amount, an exponent, the number of a list's item stay what they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

KEY_SHAPE = re.compile(r"(?=\w*[2-9])[bcdfghjkmnpqrstvwxz][bcdfghjkmnpqrstvwxz2-9]{2,5}", re.IGNORECASE)
"""What an opaque key looks like, or one that was copied badly: no word does."""

LONGEST_QUOTE = 1_000
"""Characters of a quote inside a marker."""

LONGEST_RANGE = 10
"""Passages that ``[1-9]`` names at most; more than that is no citation."""

OPEN, CLOSE, QUOTES = r"\[【［〔", r"\]】］〕", '"“”„«»'
_OTHER_OPEN, _OTHER_CLOSE = "(（{｛<⟨〈《「『⟦", ")）}｝>⟩〉》」』⟧"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LABEL = r"(?:passages?|sources?|keys?|evidence|references?|refs?|citations?|documents?|excerpts?|see)\b"
_OPAQUE = r"(?=[^\W_]*\d)[^\W\d_][^\W_]{2,11}(?!\w)"
_ITEM = rf"(?:\d{{1,3}}(?!\w)|{_OPAQUE})"
TOKEN = re.compile(
    rf"""
    ^[ ]{{0,3}}(?P<fence>`{{3,}}+(?=[^`\n]*$)|~{{3,}}+)[^\n]*(?:\n(?s:.*?)^[ ]{{0,3}}(?P=fence)[`~]*+[ \t]*$|(?s:.*)\Z)
    | (?<!`)(?P<ticks>`{{1,3}}+)(?!`)[^\n]{{0,500}}?(?<!`)(?P=ticks)(?!`)
    | (?P<open>(?<!`)`{{1,3}}+(?!`))(?=[^\n]{{0,500}}\Z)
    | [{OPEN}](?P<quoting>\w{{1,12}})[ \t:,]{{0,3}}[{QUOTES}](?P<quote>[^{OPEN}{CLOSE}{QUOTES}\n]{{1,{LONGEST_QUOTE}}})[{QUOTES}]\s?[{CLOSE}]
    | \[\[(?P<double>[^{OPEN}{CLOSE}\n]{{1,120}}(?:\][ ,;]{{0,2}}\[[^{OPEN}{CLOSE}\n]{{1,60}}){{0,9}})\]\]
    | [(（][ ]?(?i:{_LABEL}[ :#]{{0,3}})?[{OPEN}](?P<within>[^{OPEN}{CLOSE}\n]{{1,60}}(?:[{CLOSE}][ ,;]{{0,2}}[{OPEN}][^{OPEN}{CLOSE}\n]{{1,60}}){{0,9}})[{CLOSE}][ ]?[)）]
    | [{OPEN}](?P<inner>[^{OPEN}{CLOSE}\n]{{1,120}})[{CLOSE}]
    | <sup>[ ]?[{OPEN}]?(?P<sup>[^<>{OPEN}{CLOSE}\n]{{1,40}})[{CLOSE}]?[ ]?</sup>
    | [{_OTHER_OPEN}](?P<round>[^{_OTHER_OPEN}{_OTHER_CLOSE}{OPEN}{CLOSE}\n]{{1,60}})[{_OTHER_CLOSE}]
    | (?:(?<=[^\W\d_]{{2}})|(?<=[.!?…,;:"”’»)\]。！？]))(?P<raised>[{_RAISED}]{{1,3}}(?:[,˒][ ]?[{_RAISED}]{{1,3}}){{0,9}})
    | (?P<circled>[①-⑳]{{1,9}})
    | \b(?P<called>[Pp]assage)[ ](?P<mention>{_ITEM})(?![.,%°]?\d)
    | (?<=[.!?…。！？"”’»)*_])[ \t]+(?P<bare>(?i:{_LABEL}[ ]?[:#]?[ ]?)?{_ITEM}(?:(?:[,;&]|[ ]and\b)?[ ]{_ITEM}){{0,9}})\.?[ \t]*+$
    | (?<=\S)[ \t]+(?P<opaque>{_OPAQUE}(?:(?:[,;&]|[ ]and\b)?[ ]{_OPAQUE}){{0,9}})(?=\.?[ \t]*+$)
    """,
    re.VERBOSE | re.MULTILINE,
)
"""Code in a fence or a line, a code mark that may yet be closed, and all that may cite."""

UNKNOWN_MARKER = re.compile(r"\[\w{1,7}\]")
SEPARATOR = re.compile(r"(?:[\s,;|/&、，；˒\[\]【】［］〔〕]|\band\b)+")
_LABELS = re.compile(rf"{_LABEL}[\s:#]*", re.IGNORECASE)
_PLACES = re.compile(r"\b(?:pages?|pp?\.|lines?|sections?|paragraphs?|§)\s*\d+(?:\s?[-–]\s?\d+)?", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,3}(?:[-–]\d{1,3})?")
_ENDS_CLAUSE = re.compile(r"[ \t]*(?:[.,;:!?。，；！？…]|$|[\[【(（{<])", re.MULTILINE)
_ABBREVIATION = re.compile(
    r"\b(?:(?i:nos?|figs?|vols?|chap|ch|arts?|secs?|eqs?|approx|ca|cf|pp?|pt|ver|rev|tab|cl|par)|[^\W\d_]|[A-Z][a-z]{1,3})\.\Z"
)
_POWER = re.compile(
    r"(?:\b(?:[kcmdµn]?m|ft|in|mi|yd|sec|rad|log|ln|sin|cos|tan|chi|dm)|met(?:re|er)s?|miles?|feet|foot|inch(?:es)?|yards?|seconds?)\Z",
    re.IGNORECASE,
)
"""Words behind which a raised figure is an exponent."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What a token means: the keys that it names, and the unknown markers shown for it.

    ``kept`` are words of its own that stay in the prose, and end with what cites.
    """

    keys: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    kept: str = ""


def name_keys(keys: Collection[str]) -> dict[str, str]:
    """The key that each name stands for: itself in any case, and its place where no key is a number."""
    named = {key.casefold(): key for key in keys}
    if any(key.isdecimal() for key in keys):
        return named
    return {str(place): key for place, key in enumerate(keys, start=1)} | named


def read_marker(found: re.Match[str], known: Mapping[str, str]) -> Marker:
    """What one of ``TOKEN``'s matches means; an empty marker where it is prose or code.

    Args:
        found: the match, in the whole of the text.
        known: what ``name_keys`` makes of the keys.
    """
    if found["mention"]:
        return _read_mention(found, known)
    if found["bare"] or found["opaque"]:
        return _read_bare(found, known)
    if found["raised"] or found["circled"]:
        return _read_raised(found, known)
    return _read_brackets(found, known)


def _read_brackets(found: re.Match[str], known: Mapping[str, str]) -> Marker:
    inner = found["quoting"] or found["double"] or found["within"] or found["inner"] or found["sup"] or found["round"]
    if not inner:
        return Marker()
    is_square = not (found["round"] or found["sup"])
    words = inner.split("†")[0].strip()
    headed = re.match(r"[^\w\s]?(\d{1,3}): (?=[^\W\d])", words) if is_square else None
    parts = [headed[1]] if headed else _split(_PLACES.sub("", _LABELS.sub("", words)))
    named, others = _look_up(parts, known)
    made_up = [part for part in others if _NUMBER.fullmatch(part) or KEY_SHAPE.fullmatch(part)]
    if len(made_up) < len(others):
        # Words beside an opaque key ("see k, page 2") say no more than the key does. Without one they are prose, and so
        # are words around a number.
        folded = {part.casefold() for part in parts}
        named = [key for key in named if not key.isdecimal() and key.casefold() in folded]
        made_up = []
    if others and not (is_square and (named or made_up)):
        return Marker()
    is_number = any(part[:1].isdecimal() for part in parts)
    if found["round"] and is_number and not _stands_as_key(found, words):
        return Marker()
    return Marker(tuple(named), tuple(f"[{part}]" for part in made_up))


def _stands_as_key(found: re.Match[str], words: str) -> bool:
    """Whether a number in round brackets is no item's number and no amount: it ends a clause, or is called a passage."""
    text, start = found.string, found.start()
    before = text[max(0, start - 60) : start].rpartition("\n")[2]
    is_called = _LABELS.match(words) or _ENDS_CLAUSE.match(text, found.end())
    return bool(before.strip() and not before[-1].isalnum() and is_called)


def _read_raised(found: re.Match[str], known: Mapping[str, str]) -> Marker:
    text, start = found.string, found.start()
    if found["circled"] and not (text[max(0, start - 1) : start].isalnum() or _stands_as_key(found, "")):
        return Marker()
    if _POWER.search(text, max(0, start - 12), start):
        return Marker()
    parts = []
    for run in re.split(r"[,˒ ]+", found.group()):
        digits = [unicodedata.normalize("NFKC", sign) for sign in run]
        number = "".join(digits)
        parts += [number] if number in known and found["raised"] else digits
    named, others = _look_up(parts, known)
    return Marker() if others else Marker(tuple(named))


def _read_mention(found: re.Match[str], known: Mapping[str, str]) -> Marker:
    """A passage that the prose speaks of: "as passage 2 says". Its number stays, since it may be part of a sentence."""
    key = known.get(found["mention"].casefold())
    if key is None:
        return Marker()
    return Marker((key,), kept=found.group() if found["mention"].isdecimal() else found["called"])


def _read_bare(found: re.Match[str], known: Mapping[str, str]) -> Marker:
    words = found["bare"] or found["opaque"]
    named, others = _look_up(_split(_LABELS.sub("", words)), known)
    if others:
        return Marker()
    before = found.string[max(0, found.start() - 20) : found.start()]
    is_apart = found["opaque"] or _LABELS.match(words) or not _ABBREVIATION.search(before)
    return Marker(tuple(named)) if is_apart else Marker()


def _split(words: str) -> list[str]:
    parts = (part.strip("^@#`'\"*_:.") for part in SEPARATOR.split(words))
    return [unicodedata.normalize("NFKC", part) for part in parts if part]


def _look_up(parts: Collection[str], known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The keys that parts name, and the parts that name none."""
    named: dict[str, None] = {}
    others = []
    for part in parts:
        first, dash, last = part.casefold().replace("–", "-").partition("-")
        is_range = dash and first.isdecimal() and last.isdecimal() and 0 <= int(last) - int(first) < LONGEST_RANGE
        names = [str(number) for number in range(int(first), int(last) + 1)] if is_range else [part.casefold()]
        if all(name in known for name in names):
            named |= dict.fromkeys(known[name] for name in names)
        else:
            others.append(part)
    return list(named), others
