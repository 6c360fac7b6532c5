"""Follow-ups: whether a question leans on what was said before, and what it means by that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import dropwhile

from rag.english.exchanging import LINK, MOST_PHRASE, exchange
from rag.english.intents import MAX_CHARACTERS
from rag.english.pronouns import put_thing
from rag.english.source import WRITING
from rag.english.terms import find_terms, is_content
from rag.english.words import (
    AUXILIARIES,
    MONTHS,
    NUMBERS,
    POINTING,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    WEEKDAYS,
    any_of,
)
from rag.types import Question

_PRONOUN = re.compile(any_of(*PRONOUNS), re.IGNORECASE)
_NAME = re.compile(r"(?<=\s)[A-Z][\w'’-]+")
_POINTING = re.compile(
    # "that" and "there" point back at the end of a phrase, and elsewhere are only grammar.
    r"\b(?:of|after|before|about|like|for|by|with|from|on|in|at|to|than|despite|beyond|is|was|are|were|does|do|did|"
    rf"would|could|can|will|mean|means) {any_of(*POINTING)}(?! (?:of|which|who))|\b(?:this|these|those) (?!{WRITING})\w+|"
    r"\b(?:there|then|this|that|these|those)(?=\s*(?:$|[?!.,;]))|\b(?:which|what|the (?:first|second|last|other|next)) ones?\b|"
    r"\bthe (?:former|latter|others?|same|pair)\b|\b(?:else|too|as well|instead)(?=\s*(?:$|[?!.]))|\b(?:what|who|where) else\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"(?:and|but|or|so|then|also|what about|how about|what of|why not|why so|how so|how come|really|which one|who else|"
    r"what else|anything else|any other|where else|when else|in what way|for what|by whom|with whom|to whom|since when|"
    r"until when|why|how|when|where|who)\b",
    re.IGNORECASE,
)
_OWN_THING = re.compile(
    r"(?:(?:and|but|so|or) )?(?:(?:what|how) about|if (?:the|an?|my|our|someone|somebody)|when (?:an?|someone)) "
    r"(?P<said>[^,]+), (?P<asked>.+)",
    re.IGNORECASE,
)
"""A question that first names what it then asks about: "What about my old lamps, can I return them?"."""

_COMPUTED = ("Computed from ", "Counted: ", "Compared by ")
"""How lines begin that say what was done with rows: what stands there in capitals is no name."""

_WORD = r"(?:[A-Z]\.(?=\s)|[A-Z](?:[\w'’-]|\.(?=\w))*)"
_FULL_NAME = re.compile(rf"{_WORD}(?: (?:(?:of|the|and|de|von|van|for) )*(?:{_WORD}|\d+)){{0,5}}")
TOPICS = 4
FADING, OPENING = 0.8, 2.0
"""What a name's weight is multiplied by with each turn that has passed, and what is added for one that opened the talk."""

SAYS_LITTLE = 1
"""Content words that a follow-up may have and still be nothing without the question before it."""

_MARKER = re.compile(r" ?\[\d+\]")

SHORT_ANSWER = 60
SHORT, SAYS_ENOUGH = 5, 3
"""A question of at most so many words that opens like a continuation is taken for one, unless so many are content words."""


def make_standalone(question: Question) -> str:
    """The question so that it can be understood without what was said before.

    A follow-up gets the names that the talk is about; where it says next to nothing of its own, the question before it
    as well. One that stands alone already is left as it is. It is never longer than a question may be: what would not
    fit beside the question's own words is left out.
    """
    text = question.text
    if not question.history or not is_follow_up(text):
        return text
    if (whole := exchange(text, question.history[-1][0])) and not points_back(whole):
        return whole
    if (key := _find_row_key(question.history[-1][1])) and (whole := _ask_of_row(text, question.history[-1][0], key)):
        return whole
    if whole := put_thing(text, _read_alone(question.history)):
        return whole[:MAX_CHARACTERS]
    topics = find_topics(question.history)
    if len(_content_terms(text)) <= SAYS_LITTLE or not topics:
        before, answer = question.history[-1][0], _MARKER.sub("", question.history[-1][1])
        # A short answer names what "he" or "there" is; a long one would drown the question.
        context = f"{before} {answer}" if len(answer) <= SHORT_ANSWER else before
        room = max(0, MAX_CHARACTERS - len(text) - 1)
        text = f"{' '.join(context.split())[:room]} {text}"[-MAX_CHARACTERS:].lstrip()
    missing: list[str] = []
    said, room = text.casefold(), MAX_CHARACTERS - len(text) - len(" ()")
    for name in topics:
        if len(missing) == TOPICS:
            break
        if name.casefold() not in said and len(name) + 2 <= room:
            missing.append(name)
            said += f" {name.casefold()}"
            room -= len(name) + 2
    return f"{text} ({', '.join(missing)})" if missing else text


def _read_alone(history: Sequence[tuple[str, str]]) -> str:
    """The question before, with what its own pronoun stood for where that was plain."""
    asked, told = history[-1][0], history[:-1]
    return (told and put_thing(asked, _read_alone(told))) or asked


def _ask_of_row(text: str, before: str, key: str) -> str:
    """A follow-up on what one row told: of the same thing ("Who maintains it?"), or the same of another ("And imp?"); else "".

    ``before`` is what was asked for that row, and ``key`` the thing that it is about.
    """
    phrase = text[LINK.match(text).end() :].strip(" ?!.")  # type: ignore[union-attr]  # it matches nothing too
    words, pronoun = phrase.casefold().split(), _PRONOUN.search(text)
    asks = bool(words) and words[0] in (*QUESTION_WORDS, *AUXILIARIES)
    if asks and pronoun and _content_terms(text) and len(text) + len(key) + 3 <= MAX_CHARACTERS:
        return text if key.casefold() in text.casefold() else f"{text} ({key})"
    named = re.compile(rf"(?<!\w){re.escape(key)}(?!\w)", re.IGNORECASE)
    is_name = (
        0 < len(words) <= MOST_PHRASE and not pronoun and not {*words} & {*QUESTION_WORDS, *AUXILIARIES, *PREPOSITIONS}
    )
    place = named if named.search(before) else _PRONOUN
    if is_name and place.search(before) and len(before) + len(phrase) < MAX_CHARACTERS:
        return f"{place.sub(lambda _: phrase, before, count=1).rstrip(' ?!.')}?"
    return ""


def _find_row_key(answer: str) -> str:
    """What the row is about that an answer quotes, if that is all that it does: the value of its first column."""
    lines = answer.strip().split("\n\n", 1)
    row = lines[-1] if lines[0].startswith(_COMPUTED) else answer.strip()
    cells = re.sub(r" \[\d+\]$", "", row).split("; ")
    if len(cells) < 2 or "\n" in row or not all(": " in cell for cell in cells):
        return ""
    return cells[0].partition(": ")[2].strip()[:SHORT_ANSWER]


def holds_question_before(question: Question, standalone: str) -> bool:
    """Whether what a follow-up was made to read as is the question before and, behind it, the follow-up."""
    before = " ".join(question.history[-1][0].split()) if question.history else ""
    return bool(before) and standalone.startswith(f"{before} ") and question.text in standalone[len(before) :]


def find_own_words(question: Question, standalone: str) -> str:
    """What a follow-up says itself, without what the talk before was found to add; all of any other question."""
    return question.text if question.history and question.text in standalone else standalone


def find_topics(history: Sequence[tuple[str, str]]) -> list[str]:
    """The names in a conversation, those first that it is most about: said often, lately, or in its first question."""
    capitals = [[*_find_capitals(asked), *_find_capitals(_drop_labels(answer))] for asked, answer in history]
    opening = list(_find_capitals(history[0][0]))
    words = {word for names in (*capitals, opening) for name in names for word in name}
    told = zip(words, find_terms(list(words)), strict=True)
    content = {
        word
        for word, terms in told
        if word in MONTHS or (any(map(is_content, terms)) and word not in WEEKDAYS and word.casefold() not in NUMBERS)
    }  # May is a name here
    weights: Counter[str] = Counter()
    for age, names in enumerate(reversed(capitals)):
        for name in _name(names, content):
            weights[name] += FADING**age  # type: ignore[assignment]  # Counter is typed for whole numbers
    for name in _name(opening, content):
        weights[name] += OPENING  # type: ignore[assignment]
    return [name for name, _ in weights.most_common()]


def _drop_labels(answer: str) -> str:
    """An answer without the names of columns in the rows that it quotes, and without the line that says what was computed."""
    kept = []
    for line in answer.split("\n"):
        cells = line.split("; ")
        if len(cells) > 1 and all(": " in cell for cell in cells):
            kept.append("; ".join(cell.rpartition(": ")[2] for cell in cells))
        elif not line.startswith(_COMPUTED):
            kept.append(line)
    return "\n".join(kept)


def _find_capitals(text: str) -> Iterator[list[str]]:
    """What stands in capitals, and may be names: the words of each."""
    for found in _FULL_NAME.finditer(text):
        if text[max(0, found.start() - 2) : found.start()].rstrip()[-1:].isdigit():  # a unit: "10 MB"
            continue
        name = found.group().rstrip(".'’-")
        yield (name[:-2] if name.endswith(("'s", "’s")) else name).split()


def _name(capitals: Sequence[Sequence[str]], content: Collection[str]) -> Iterator[str]:
    for words in capitals:
        name = " ".join(dropwhile(lambda word: word not in content, words))
        if any(map(str.isalpha, name)):  # else a number, or a capital at the start of a sentence, and no name
            yield name


def _content_terms(text: str) -> list[str]:
    return [term for term in find_terms([text])[0] if is_content(term)]


def points_back(text: str) -> bool:
    """Whether a question speaks of something that was named before; a pronoun after a name of its own is taken to mean that."""
    own = _OWN_THING.fullmatch(text)
    if own and not _PRONOUN.search(own["said"]) and not _POINTING.search(own["said"]):
        return False
    pronoun = _PRONOUN.search(text)
    leans = pronoun is not None and not _NAME.search(text, 0, pronoun.start())
    return leans or bool(_POINTING.search(text))


def is_follow_up(text: str) -> bool:
    """Whether a question leans on the one before: it points back, or is only the start of one."""
    words = text.split()
    continues = bool(_CONTINUES.match(text)) and len(words) <= SHORT and len(_content_terms(text)) < SAYS_ENOUGH
    return points_back(text) or continues or len(words) <= 2
