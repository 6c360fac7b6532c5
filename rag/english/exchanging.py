"""Follow-ups that are a part of the question before with something else in its place: "And in Rome?", "and tin?", "when?". Pure."""

from __future__ import annotations

import re

from rag.english.wanted_words import SUPERLATIVES
from rag.english.words import AUXILIARIES, DETERMINERS, POINTING, PREPOSITIONS, PRONOUNS, QUESTION_WORDS, TIMES

LINK = re.compile(r"(?:(?:and|but|or|then|what about|how about|what of)\b[ ,]*)*", re.IGNORECASE)
MOST_PHRASE = 6
"""Words of a phrase that stands for a whole question."""

MOST_THING = 4
"""Words of a thing that takes the place of another."""

_NO_THING = {
    *AUXILIARIES,
    *QUESTION_WORDS,
    *PREPOSITIONS,
    *PRONOUNS,
    *POINTING,
    *TIMES,
    *"there then others other else same one ones more so not yes no ok okay thanks all both either i you we me us him again".split(),
}
_ENDS_THING = {*AUXILIARIES, *QUESTION_WORDS, *PREPOSITIONS, *TIMES, *"and or that i you we they".split()}
_ALIKE = re.compile(r"(?=.*[^\W\d_])(?:.*\d.*|[A-Z].*|\w+[-_./]\w.*)")
"""A name: it has a capital or a figure, or a sign within it."""

_END = rf"(?:{'|'.join(sorted(SUPERLATIVES, key=len, reverse=True))})"
_AN_END = re.compile(rf"\b{_END}\b", re.IGNORECASE)
_OTHER_END = re.compile(
    rf"{LINK.pattern}(?:(?:which|what|who)(?: ones?| of (?:them|these|those))? (?:is|are|was|were|has|have|had) )?(?:the )?"
    rf"(?P<end>{_END})(?: ones?)?\W*",
    re.IGNORECASE,
)
_ENDS_OF_MANY = re.compile(rf"(?:.*\b)?(?:top \d+|{_END} \d+|\d+)(?: {_END})? (?P<things>\w[\w ]*)", re.IGNORECASE)

_ASKED_AGAIN = re.compile(r"(?:and |but |so )?(when|where|why|how)(?: (?:is|was) (?:that|it))?\W*", re.IGNORECASE)
_DONE_BY_WHOM = re.compile(r"who ((?:\w+ly )?\w+ed) (?!by\b|in\b|on\b|at\b|to\b|for\b|with\b)(.+)", re.IGNORECASE)


def exchange(text: str, before: str) -> str | None:
    """A follow-up that is but a part of a question, as the question before with that part; None where it is none."""
    return (
        exchange_superlative(text, before)
        or exchange_phrase(text, before)
        or exchange_thing(text, before)
        or exchange_question_word(text, before)
    )


def exchange_superlative(text: str, before: str) -> str | None:
    """The question before, asked for another end: "And the cheapest?", "Which one is the cheapest?" after "Which tea is the dearest?".

    Of the "five dearest teas" one is asked for then. None where either of the questions names no end.
    """
    other, told = _OTHER_END.fullmatch(text.strip()), _AN_END.search(before)
    if not other or not told:
        return None
    before = before.rstrip(" ?!.")
    if many := _ENDS_OF_MANY.fullmatch(before):
        return f"which of the {many['things']} is the {other['end']}?"
    return f"{before[: told.start()]}{other['end']}{before[told.end() :]}?"


def exchange_phrase(text: str, before: str) -> str | None:
    """The question before, with the phrase that is all of this one in place of its own: "And in Rome?" after "Who met in Oslo?".

    None where the text is no phrase with a preposition, or the question before has none with the same one.
    """
    words = text[LINK.match(text).end() :].rstrip(" ?!.").split()  # type: ignore[union-attr]  # it matches nothing too
    folded = [word.casefold() for word in words]
    told = before.rstrip(" ?!.").split()
    asked = [word.casefold() for word in told]
    if not 1 < len(words) <= MOST_PHRASE or folded[0] not in PREPOSITIONS or folded[0] not in asked:
        return None
    if any(word in AUXILIARIES or word in QUESTION_WORDS for word in folded):
        return None
    start = len(asked) - 1 - asked[::-1].index(folded[0])
    ends = (PREPOSITIONS - set(folded)) | set(AUXILIARIES)
    end = next((at for at in range(start + 1, len(asked)) if asked[at] in ends), len(asked))
    if end == start + 1:  # "What is it for?"
        return None
    return f"{' '.join([*told[:start], *words, *told[end:]])}?"


def exchange_thing(text: str, before: str) -> str | None:
    """The question before with the thing that is all of this one in place of its own: "And Rome?" after "Who met in Oslo?".

    Its own is what has an article where this has one; else the only name in it; else what is counted, or does something. None
    where the text is no thing behind "and", or it is not plain in whose place it stands.
    """
    link = LINK.match(text)
    assert link  # it matches nothing too
    words = text[link.end() :].rstrip(" ?!.").split()
    told = before.rstrip(" ?!.").split()
    asked = [word.casefold().strip(",;") for word in told]
    plain = {re.split("['’]", word.casefold())[0] for word in words}
    if not link.group() or not 0 < len(words) <= MOST_THING or plain & _NO_THING:
        return None
    has_article = words[0].casefold() in DETERMINERS
    place = (_find_determined(asked, len(words)) if has_article else None) or _find_bare(told, asked)
    if not place:
        return None
    is_end = has_article and _AN_END.fullmatch(" ".join(words[1:]))  # "the cheapest" is one of them
    words += told[place[0] + 1 : place[1]] if is_end else []
    return f"{' '.join([*told[: place[0]], *words, *told[place[1] :]])}?"


def exchange_question_word(text: str, before: str) -> str | None:
    """The question before, asked for another thing: "Why?" after "When did it close?"; None where it cannot be put so."""
    asked = _ASKED_AGAIN.fullmatch(text.strip())
    told = before.rstrip(" ?!.").split()
    if not asked or len(told) < 3:
        return None
    word = asked[1].capitalize()
    first, second = (each.casefold() for each in told[:2])
    if first in ("when", "where", "why", "how") and second in AUXILIARIES:
        return f"{word} {' '.join(told[1:])}?"
    if first in AUXILIARIES and word != "How":
        return f"{word} {first} {' '.join(told[1:])}?"
    if done := _DONE_BY_WHOM.fullmatch(" ".join(told)):
        return f"{word} was {done[2]} {done[1]}?"
    return None


def _find_determined(asked: list[str], length: int) -> tuple[int, int] | None:
    start = next((at for at, word in enumerate(asked) if at and word in DETERMINERS), None)
    if start is None:
        last = len(asked) - 1
        return (last, last + 1) if asked[-1] in ("it", "them") else None
    end = next((at for at in range(start + 1, len(asked)) if asked[at] in _ENDS_THING), len(asked))
    # Of "when is the office closed" not all behind the article is the thing.
    has_verb_behind = (
        asked[0] in ("when", "where", "why", "how")
        or asked[0] in AUXILIARIES
        or {*asked[:start]} & {"do", "does", "did"}
    )
    end = min(end, start + length) if has_verb_behind else end
    return start, end + (end < len(asked) and asked[end].isdecimal())  # "a Kestrel 11"


def _find_bare(told: list[str], asked: list[str]) -> tuple[int, int] | None:
    names = [
        at for at in range(1, len(told)) if _ALIKE.fullmatch(told[at].strip(",;\"'“”")) and asked[at] not in _NO_THING
    ]
    if names:
        end = names[-1] + 1 + (names[-1] + 1 < len(told) and told[names[-1] + 1].isdecimal())  # "Windows 11"
        return (names[0], end) if names[-1] - names[0] == len(names) - 1 else None
    start = next(
        (at + 1 for at, word in enumerate(asked[:-1]) if word in ("many", "much") or (not at and word == "which")), None
    )
    if start is not None:
        end = next((at for at in range(start, len(asked)) if asked[at] in _ENDS_THING), len(asked))
        return (start, end) if start < end else None
    doing = next((at + 1 for at, word in enumerate(asked[1:-1], 1) if word in ("do", "does", "did")), None)
    if doing is not None and asked[doing] not in _NO_THING | DETERMINERS:
        return doing, doing + 1  # "why do cats purr"
    last = max((at + 1 for at, word in enumerate(asked) if word in PREPOSITIONS), default=0)
    if 0 < len(asked) - last <= 2 and last and asked[last] not in _NO_THING | DETERMINERS:
        return last, len(asked)  # "what is the fee for adults"
    is_act = len(asked) == 3 and asked[0] == "who" and not {*asked[1:]} & _NO_THING
    return (2, 3) if is_act else None  # "who sells copper"
