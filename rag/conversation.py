"""What the words around a question mean: the history, small talk, and questions about the library itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import dropwhile
from typing import Literal

from rag.index import DocumentRecord
from rag.keyword import QUESTION_WORDS, find_terms
from rag.types import Question

MAX_CHARACTERS = 4_000
"""The longest question that is answered; a longer one is a document."""

_GREETING = r"(?:hi|hello|hey|howdy|greetings|good (?:morning|afternoon|evening|day))(?: there| footnote| all)?"
_THANKS = r"(?:many thanks|thanks|thank you|thx|cheers|ta)(?: (?:a lot|so much|very much|again|footnote))*"
_PRAISE = r"(?:ok(?:ay)?|great|cool|nice|perfect|got it|i see|awesome|good|well done|very good|excellent)"
_FAREWELL = r"(?:bye|goodbye|good ?bye|good night|see you(?: later)?|farewell)"
_ABILITY = (
    r"(?:(?:so )?(?:what (?:can|do) you do|what can you (?:help|answer|tell me)(?: me)?(?: with| about)?|who are you|"
    r"what are you|what is this|what is footnote|how (?:do|does|can) (?:you|this|footnote|i use (?:you|this)) ?(?:work)?|"
    r"how can you help(?: me)?|can you help(?: me)?|help(?: me)?|what (?:can|should) i ask(?: you)?|how are you(?: today)?))"
)
_SMALL_TALK: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"(?:(?:{_GREETING}|{_PRAISE})[,!. ]+)*{pattern}"))
    for kind, pattern in (
        ("ability", _ABILITY),
        ("thanks", _THANKS),
        ("farewell", _FAREWELL),
        ("greeting", _GREETING),
        ("praise", _PRAISE),
    )
)
_THINGS = r"(?:documents?|articles?|files?|sources?|texts?)"
_LIBRARY = re.compile(
    rf"(?:(?:which|what|how many) {_THINGS} (?:do you (?:have|know)|have you (?:got|read|indexed)|can you (?:read|search|see)|"
    rf"are (?:there|you using|indexed|loaded|available|known|in (?:the|your) (?:library|index)))(?: here| now)?|"
    rf"(?:please )?(?:list|show)(?: me)? (?:all |the |all the |your |all your )?{_THINGS}|"
    rf"what(?:'s| is) in (?:the|your) (?:library|index)|what do you know about\?*|what (?:have you read|do you know))"
)

_WRITING = (
    r"(?:article|document|commentary|comment|piece|text|essay|paper|report|story|column|op-ed|page|analysis|post)"
)
_APPEARED = r"(?:written|published|appear(?:ed|s)?|dated?|posted|released|come out|came out|carry|carries|bear|bears)"
_WHEN = r"\b(?:when|what date|what day|which date|which day{})\b"
_About = Literal["author", "date", "title"]
_SOURCE: tuple[tuple[_About, tuple[str, ...]], ...] = (  # in each what stands one after the other, whatever is between
    # What "the author" thinks is a question about the text; who the author is, one about the source.
    ("author", (r"\bwho(?:'s| is| was| are| were) the (?:author|writer)",)),
    ("author", (r"\bwho (?:wrote|penned|authored|composed)\b", rf"\b(?:{_WRITING}|this|it)\b")),
    ("author", (r"\bname of (?:the |its |this )?(?:author|writer)\b|\bauthor'?s? name\b|\bby\s?line\b|^author$",)),
    ("author", (rf"\b{_WRITING}\b", r"\b(?:written|authored|penned) by\b")),
    ("author", (rf"\bwhose {_WRITING}\b",)),
    ("author", (r"\bby whom\b", rf"\b{_WRITING}\b")),
    (
        "date",
        (
            _WHEN.format("|what year|what month|which year|how old|how recent"),
            rf"\b{_WRITING}\b",
            rf"\b(?:{_APPEARED}|old)\b",
        ),
    ),
    ("date", (_WHEN.format(""), rf"\b{_APPEARED}\b", rf"\b{_WRITING}\b")),
    ("date", (rf"\bpublication date\b|\bdate (?:of|on) (?:the |this )?{_WRITING}\b|\b{_WRITING} (?:was )?dated\b",)),
    ("title", (rf"\b(?:title|headline)\b|\bwhat(?:'s| is) (?:the |this )?{_WRITING} called\b",)),
    ("title", (rf"\bname of (?:the |this )?{_WRITING}\b",)),
)

_WHOLE = (
    rf"(?:this|the|that|it|these|those|all|my|your|everything)(?: (?:whole|entire|full|uploaded))?(?: {_WRITING}s?)?"
)
_POINTS = (
    r"(?:points?|ideas?|arguments?|messages?|topics?|themes?|takeaways?|take-aways?|findings?|claims?|conclusions?)"
)
_SUMMARY = re.compile(
    rf"(?:(?:please|can you|could you|would you|give(?: me| us)?|write(?: me)?|i (?:want|need|would like)|make) )*"
    rf"(?:(?:an?|the) )?(?:(?:short|brief|quick|concise|general) )?(?:"
    rf"(?:summari[sz]e|sum up|outline|summary|overview|gist|tl;?dr|abstract)(?:(?: of| about)? {_WHOLE})?|"
    rf"(?:what(?:'s| is| are) )?(?:the )?(?:main|key|central|most important|principal|core) {_POINTS}"
    rf"(?: (?:of|in|from|made in) {_WHOLE}| here| made)?|"
    rf"what(?:'s| is| are| does| do)? {_WHOLE} (?:all |mainly |mostly )?(?:about|say|discuss|cover|deal with)|"
    rf"what(?:'s| is) {_WHOLE} in (?:short|brief|a nutshell)|sum {_WHOLE} up"
    rf")(?:,? (?:up|please|briefly|for me|in (?:short|brief|a few (?:words|sentences)|one paragraph|\w+ (?:words|sentences|points))))*"
)

_LIST = re.compile(
    r"(?:(?:please|can you|could you|would you|i (?:want|need) (?:you to )?) )*(?:(?:list|enumerate|itemi[sz]e)\b|"
    r"(?:name|give|tell|show|mention|find)(?: me)? (?:all|every|each)\b|(?:what|which|who) (?:are|were) all\b|"
    r"(?:give|make|write)(?: me)? a list\b|"
    r"how many (?:different |other )?(?:arguments|cases|examples|kinds|points|reasons|sorts|things|topics|types|ways)\b)"
)

_PRONOUN = re.compile(r"\b(?:he|him|his|she|her|hers|it|its|they|them|their|theirs)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=\s)[A-Z][\w'’-]+")
_POINTING = re.compile(
    # "that" and "there" point back at the end of a phrase, and elsewhere are only grammar.
    r"\b(?:of|after|before|about|like|for|by|with|from|on|in|at|to|than|despite|beyond|is|was|are|were|does|do|did|"
    r"would|could|can|will|mean|means) (?:this|that|these|those)\b(?! (?:of|which|who))|\b(?:this|these|those) (?!"
    + _WRITING
    + r")\w+|"
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
_WORD = r"(?:[A-Z]\.(?=\s)|[A-Z](?:[\w'’-]|\.(?=\w))*)"
_FULL_NAME = re.compile(rf"{_WORD}(?: (?:(?:of|the|and|de|von|van|for) )*(?:{_WORD}|\d+)){{0,5}}")
TOPICS = 4
FADING, OPENING = 0.8, 2.0
"""What a name's weight is multiplied by with each turn that has passed, and what is added for one that opened the talk."""

SAYS_LITTLE = 1
"""Content words that a follow-up may have and still be nothing without the question before it."""

SHORT_ANSWER = 60
SHORT, SAYS_ENOUGH = 5, 3
"""A question of at most so many words that opens like a continuation is taken for one, unless so many are content words."""


def find_small_talk(text: str) -> str | None:
    """Which kind of small talk this is (``greeting``, ``thanks``, ...), or None for a question to the documents."""
    plain = _plain(text)
    return next((kind for kind, pattern in _SMALL_TALK if pattern.fullmatch(plain)), None)


def asks_about_library(text: str) -> bool:
    """Whether the question is about which documents there are."""
    return _LIBRARY.fullmatch(_plain(text)) is not None


def asks_for_summary(text: str) -> bool:
    """Whether the question is about documents as a whole, and not about something in them."""
    return _SUMMARY.fullmatch(_plain(text)) is not None


def asks_for_list(text: str) -> bool:
    """Whether the question wants all of something, from wherever it stands, or so many that one has to see them to count."""
    return _LIST.match(_plain(text)) is not None


def asks_about_source(text: str) -> Literal["author", "date", "title"] | None:
    """Whether the question is about a document as such: who wrote it, when it appeared, what it is called."""
    plain = _plain(text)
    return next((about for about, parts in _SOURCE if _stand_in_order(parts, plain)), None)


def _stand_in_order(parts: Sequence[str], text: str) -> bool:
    """Whether patterns stand in a text one after the other. The first place of each will do, so it is read but once."""
    at = 0
    for part in parts:
        found = re.compile(part).search(text, at)
        if not found:
            return False
        at = found.end()
    return True


def make_standalone(question: Question) -> str:
    """The question so that it can be understood without what was said before.

    A follow-up gets the names that the talk is about; where it says next to nothing of its own, the question before it
    as well. One that stands alone already is left as it is. It is never longer than a question may be: what would not
    fit beside the question's own words is left out.
    """
    text = question.text
    if not question.history or not is_follow_up(text):
        return text
    topics = find_topics(question.history)
    if len(_content_terms(text)) <= SAYS_LITTLE or not topics:
        before, answer = question.history[-1]
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


def find_topics(history: Sequence[tuple[str, str]]) -> list[str]:
    """The names in a conversation, those first that it is most about: said often, lately, or in its first question."""
    capitals = [[*_find_capitals(asked), *_find_capitals(answer)] for asked, answer in history]
    opening = list(_find_capitals(history[0][0]))
    words = {word for names in (*capitals, opening) for name in names for word in name}
    content = {word for word, terms in zip(words, find_terms(list(words)), strict=True) if set(terms) - QUESTION_WORDS}
    weights: Counter[str] = Counter()
    for age, names in enumerate(reversed(capitals)):
        for name in _name(names, content):
            weights[name] += FADING**age  # type: ignore[assignment]  # Counter is typed for whole numbers
    for name in _name(opening, content):
        weights[name] += OPENING  # type: ignore[assignment]
    return [name for name, _ in weights.most_common()]


def _find_capitals(text: str) -> Iterator[list[str]]:
    """What stands in capitals, and may be names: the words of each."""
    for found in _FULL_NAME.finditer(text):
        name = found.group().rstrip(".'’-")
        yield (name[:-2] if name.endswith(("'s", "’s")) else name).split()


def _name(capitals: Sequence[Sequence[str]], content: Collection[str]) -> Iterator[str]:
    for words in capitals:
        name = " ".join(dropwhile(lambda word: word not in content, words))
        if name:  # else a capital at the start of a sentence, and no name
            yield name


def _content_terms(text: str) -> list[str]:
    return [term for term in find_terms([text])[0] if term not in QUESTION_WORDS]


def is_follow_up(text: str) -> bool:
    """Whether a question leans on the one before: it points back with a pronoun, or is only the start of one.

    A pronoun after a name of the same question is taken to mean that name.
    """
    words = text.split()
    pronoun = _PRONOUN.search(text)
    leans = pronoun is not None and not _NAME.search(text, 0, pronoun.start())
    continues = bool(_CONTINUES.match(text)) and len(words) <= SHORT and len(_content_terms(text)) < SAYS_ENOUGH
    return leans or bool(_POINTING.search(text)) or continues or len(words) <= 2


def format_small_talk(kind: str, records: Sequence[DocumentRecord]) -> str:
    """A short, plain reply to small talk."""
    match kind:
        case "thanks":
            return "You are welcome. Ask on whenever you like."
        case "farewell":
            return "Goodbye. The footnotes will be here when you come back."
        case "praise":
            return "Good. Ask on whenever you like."
    about = f" Ask me anything about {_titles(records)}." if records else " No document has been added yet."
    if kind == "greeting":
        return f"Hello.{about}"
    return (
        "I answer questions about your documents, and every sentence of an answer carries a footnote that points at "
        f"the exact words it comes from. When the documents do not say, I tell you so.{about}"
    )


def format_library(records: Sequence[DocumentRecord]) -> str:
    """The list of documents, a line each."""
    if not records:
        return "There is no document in the library yet. Add one to ask about it."
    lines = []
    for record in records[:50]:
        by = f" by {record.author}" if record.author else ""
        dated = f" ({record.date})" if record.date else ""
        lines.append(f"- {record.title}{by}{dated}")
    if len(records) > 50:
        lines.append(f"- and {len(records) - 50} more")
    noun = "document" if len(records) == 1 else "documents"
    return "\n".join([f"The library holds {len(records)} {noun}:", *lines])


def _titles(records: Sequence[DocumentRecord]) -> str:
    if len(records) == 1:
        return f"“{records[0].title}”"
    return f"the {len(records)} documents in the library"


def _plain(text: str) -> str:
    folded = text.casefold().replace("’", "'")
    return re.sub(r"\s+", " ", folded).strip(" \t.!?…,;:)(\"'")
