"""Intents: small talk, questions about the library, wishes for a summary or a list."""

from __future__ import annotations

import re

from rag.english.source import WRITING, fold_question
from rag.english.words import NUMBERS

MAX_CHARACTERS = 4_000
"""The longest question that is answered; a longer one is a document."""

_GREETING = r"(?:hi|hello|hey|howdy|greetings|good (?:morning|afternoon|evening|day))(?: there| footnote| all)?"
_THANKS = r"(?:many thanks|thanks|thank you|thx|cheers|ta)(?:,? (?:a lot|so much|very much|again|footnote))*"
_PRAISE = r"(?:ok(?:ay)?|great|cool|nice|perfect|got it|i see|awesome|good|well done|very good|excellent)"
_FAREWELL = r"(?:bye|goodbye|good ?bye|good night|see you(?: later)?|farewell)"
_US = r"(?:you|footnote)"
_ABILITY = (  # by its name or "you": whatever else "this" is, a document may tell
    rf"(?:so )?(?:what (?:can|do) {_US} do|what can {_US} (?:help|answer|tell me)(?: me)?(?: with| about)?|who are you|"
    rf"what (?:are you|is footnote)|how (?:do|does|can) {_US} (?:work|help(?: me)?)|how (?:do|can) i use {_US}|"
    rf"(?:can you )?help(?: me)?|what (?:can|should) i ask {_US}|how are you(?: today)?)"
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

_WHOLE = (
    rf"(?:this|the|that|it|these|those|all|my|your|everything)(?: (?:whole|entire|full|uploaded))?(?: {WRITING}s?)?"
)
_POINTS = (
    r"(?:points?|ideas?|arguments?|messages?|topics?|themes?|takeaways?|take-aways?|findings?|claims?|conclusions?)"
)
_SUMMARY = re.compile(
    rf"(?:(?:please|can you|could you|would you|give(?: me| us)?|write(?: me)?|i (?:want|need|would like)|make) )*"
    rf"(?:(?:an?|the) )?(?:(?:short|brief|quick|concise|general) )?(?:"
    rf"(?:summari[sz]e|sum up|outline|summary|overview|gist|tl;?dr|abstract)(?:(?: of| about)? {_WHOLE})?|"
    rf"(?:what(?:'s| is| are) )?(?:the )?(?:(?:\d+|{'|'.join(NUMBERS)}) )?(?:main|key|central|most important|principal|core) {_POINTS}"
    rf"(?: (?:of|in|from|made in) {_WHOLE}| here| made)?|"
    rf"what(?:'s| is| are| does| do)? {_WHOLE} (?:all |mainly |mostly )?(?:about|say|discuss|cover|deal with)|"
    rf"what(?:'s| is) {_WHOLE} in (?:short|brief|a nutshell)|sum {_WHOLE} up"
    rf")(?:,? (?:up|please|briefly|for me|in (?:short|brief|a few (?:words|sentences)|one paragraph|(?:\w+ ){{1,3}}(?:words?|sentences?|points?|lines?|bullets?))))*"
)

_LIST = re.compile(
    r"(?:(?:please|can you|could you|would you|i (?:want|need) (?:you to )?) )*(?:(?:list|enumerate|itemi[sz]e)\b|"
    r"(?:name|give|tell|show|mention|find)(?: me)? (?:all|every|each)\b|(?:what|which|who) (?:are|were) all\b|"
    r"(?:give|make|write)(?: me)? a list\b|"
    r"how many (?:different |other )?(?:arguments|cases|examples|kinds|points|reasons|sorts|things|topics|types|ways)\b)"
)


def find_small_talk(text: str) -> str | None:
    """Which kind of small talk this is (``greeting``, ``thanks``, ...), or None for a question to the documents."""
    plain = fold_question(text)
    return next((kind for kind, pattern in _SMALL_TALK if pattern.fullmatch(plain)), None)


def asks_about_library(text: str) -> bool:
    """Whether the question is about which documents there are."""
    return _LIBRARY.fullmatch(fold_question(text)) is not None


def asks_for_summary(text: str) -> bool:
    """Whether the question is about documents as a whole, and not about something in them."""
    return _SUMMARY.fullmatch(fold_question(text)) is not None


def asks_for_list(text: str) -> bool:
    """Whether the question wants all of something, from wherever it stands, or so many that one has to see them to count."""
    return _LIST.match(fold_question(text)) is not None
