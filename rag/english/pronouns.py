"""Follow-ups with what their pronoun stands for in its place: "How big was it?" after "Who owns Lake Ardo?". Pure.

Only where the question before is plainly about one thing: a wrong one in that place is worse than the pronoun.
"""

from __future__ import annotations

import re

from rag.english.exchanging import LINK
from rag.english.words import AUXILIARIES, DETERMINERS, POINTING, PREPOSITIONS, PRONOUNS, QUESTION_WORDS, TIMES, any_of

MOST_THING = 5
"""Words of a thing behind its article, at most."""

MOST_WORDS = 8
"""Words of a question "who did this?" or "is this a that?", at most: of a longer one it is not plain what it is about."""

_COPULAS = ("is", "are", "was", "were")
_ASKERS = "i you we one anybody anyone people someone somebody everyone there".split()
_BEYOND = {
    *AUXILIARIES,
    *QUESTION_WORDS,
    *PREPOSITIONS,
    *TIMES,
    *PRONOUNS,
    *POINTING,
    *_ASKERS,
    *"and or that not if than as up out off ever still also mean called located made done some any other".split(),
}
"""Words that are no part of a thing's name."""

_PRONOUN = re.compile(any_of(*PRONOUNS), re.IGNORECASE)
_IT = re.compile(r"\bits?\b", re.IGNORECASE)
_PERSON = ("he", "him", "his", "she", "her", "hers")
_GROUP = ("they", "them", "their", "theirs")
_STANDS_FOR_NOTHING = re.compile(
    r"\bit (?:(?:is|was) )?(?:possible|true|likely|clear|known|said|raining|necessary|allowed|mean)\b|"
    r"\b(?:wrote|written|published|author)\b|"  # that may be the document: "And who wrote it?"
    r"\bd(?:o|oes|id|one|oing) it(?=\W*$| (?:anyway|again|now|too|all|so|well|yet|in|on|at|for|with)\b)|"
    r"\bit (?:takes?|costs?)\b.* to\b|\b(?:take|cost|call|called) it\b|\bma(?:ke|kes|de) it (?:to|big)\b",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"\w+ed|due|open|shut|ready|over|free|available|held|born|built|taken|given|paid|written|found|worth"
)
"""What a thing may be, behind its name."""

_WHO = re.compile(r"(?:and |but |so )?who(?:se)? ", re.IGNORECASE)
_WHO_IS = re.compile(r"(?:and |but |so )?who (?:is|are|was|were) ", re.IGNORECASE)
_ENDS_SENTENCE = re.compile(r"[.?!]\s+\S")


def put_thing(text: str, before: str) -> str:
    """A follow-up with the thing that the question before was about in place of its pronoun; "" where that is not plain.

    He and she are only whom "Who was ...?" named, and they no one whom "Who ...?" asked for: those are in its answer.
    """
    body = text[LINK.match(text).end() :]  # type: ignore[union-attr]  # it matches nothing too
    # Of "why did they move it" it is the thing, whoever they are.
    pronoun = _IT.search(body) or _PRONOUN.search(body)
    if not pronoun or _STANDS_FOR_NOTHING.search(body):
        return ""
    thing, word = find_thing(before), pronoun.group().casefold()
    is_named = bool(thing) and thing.split()[0].casefold() not in DETERMINERS
    if (
        not thing
        or thing.casefold() in body.casefold()
        or (word in _PERSON and not (is_named and _WHO_IS.match(before)))
    ):
        return ""
    if word in ("hers", "theirs") or (word in _GROUP and _WHO.match(before) and not _WHO_IS.match(before)):
        return ""
    owns = word in ("its", "his", "their") or (word == "her" and body[pronoun.end() :].strip(" ?!."))
    mark = ("'" if thing.endswith("s") else "'s") if owns else ""
    return f"{body[: pronoun.start()]}{thing}{mark}{body[pronoun.end() :]}"


def find_thing(question: str) -> str:
    """The one thing that a question is plainly about, with its article: of "How big is Lake Ardo now?" "Lake Ardo"; "" where none is."""
    told = question[LINK.match(question).end() :].strip(" ?!.").split()  # type: ignore[union-attr]
    asked = [word.strip(",;:\"'“”()?!.").casefold() for word in told]
    if len(asked) < 3 or {*asked} & {*PRONOUNS} or _ENDS_SENTENCE.search(" ".join(told)):
        return ""
    place = _find_asked_of(told, asked)
    return " ".join(told[slice(*place)]).strip(',;:"“”') if place else ""


def _find_asked_of(told: list[str], asked: list[str]) -> tuple[int, int] | None:
    end = len(asked)
    verb = next((at for at, word in enumerate(asked) if word in AUXILIARIES), None)
    if verb is None:
        return _find_acted_on(told, asked)
    place = _find_phrase(told, asked, verb + 1)
    if place is None:
        return None
    is_last, length = place[1] == end, place[1] - place[0] - (asked[place[0]] in DETERMINERS)
    behind = "" if is_last else asked[place[1]]
    if is_last and length > 1 and asked[verb] in _COPULAS and _STATE.fullmatch(asked[-1]):  # "when is the hall open"
        place, length = (place[0], end - 1), length - 1
    if asked[verb] in _COPULAS:
        if verb == 0:  # "is it a bird"
            return place if behind in DETERMINERS and end <= MOST_WORDS and length <= 3 else None
        if verb == 1 and asked[0] in ("who", "what", "when", "where"):
            is_act = length == 1 and asked[place[0]].endswith("ing")  # "who is coming"
            if is_last and asked[0] in ("when", "where"):
                return place if length <= 2 else None
            return place if is_last and not is_act else None
        is_whole = is_last or behind in TIMES or behind in PREPOSITIONS
        return place if verb == 2 and asked[0] == "how" and is_whole else None
    if asked[0] not in QUESTION_WORDS or asked[verb] not in ("do", "does", "did"):
        return None
    if behind in ("do", "have", "has"):  # "how much debt does it have"
        return place
    return (place[0], place[1] - 1) if is_last and length > 1 else None  # the last word is what it does


def _find_acted_on(told: list[str], asked: list[str]) -> tuple[int, int] | None:
    """Of "who came up with it", "who sells it"."""
    if asked[0] != "who" or len(asked) > MOST_WORDS:
        return None
    start = next((at + 1 for at, word in enumerate(asked) if word in PREPOSITIONS), 2)
    place = _find_phrase(told, asked, start)
    return place if place and place[1] == len(asked) else None


def _find_phrase(told: list[str], asked: list[str], start: int) -> tuple[int, int] | None:
    """The words of a thing that begins there: an article, and what is no other kind of word, up to a comma."""
    if start >= len(asked):
        return None
    first = end = start + (asked[start] in DETERMINERS)
    while end < len(asked) and asked[end] not in _BEYOND and asked[end] not in DETERMINERS:
        end += 1
        if told[end - 1][-1] in ",;:":
            break
    return (start, end) if first < end <= first + MOST_THING else None
