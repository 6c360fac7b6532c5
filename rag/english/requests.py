"""What is wanted beside an answer: a summary of so many sentences or of one document, anything on a topic, new words."""

from __future__ import annotations

import re
from typing import Literal

from rag.english.source import WRITING, fold_question
from rag.english.words import NUMBERS, QUESTION_WORDS

Task = Literal["translate", "rephrase", "judge", "write"]
"""What is asked of a document that its own words cannot give: another language, other words, an opinion, a new text."""

MOST_WANTED = 20
"""Sentences of a summary that are given at most, however many are asked for."""

_PLEASE = (
    r"(?:(?:please|can you|could you|would you|will you|kindly|now|i (?:want|need|would like|'d like) you to|"
    r"help me(?: to)?|try to) )*"
)
_THING = rf"(?:(?:this|that|the|it|them|these|those|everything|all|your|my)\b|(?:\w+ ){{0,3}}(?:{WRITING}|answer|paragraph|sentence|section|quote)s?\b)"
_DOCUMENT = rf"(?:{WRITING}|manual|guide|handbook|policy|minutes|memo|contract|agreement|charter|study|paper|syllabus)"
"""What a document may be called where it is asked what it says of something."""

_LANGUAGE = (
    r"(?:arabic|chinese|mandarin|czech|danish|dutch|english|finnish|french|german|greek|hebrew|hindi|hungarian|indonesian|"
    r"italian|japanese|korean|latin|norwegian|persian|polish|portuguese|romanian|russian|spanish|swedish|tamil|turkish|"
    r"ukrainian|urdu|vietnamese)"
)
_TASKS: tuple[tuple[Task, re.Pattern[str]], ...] = (
    ("translate", re.compile(rf"{_PLEASE}translate (?:{_THING}|(?:.+ )?(?:in)?to {_LANGUAGE}\b).*")),
    ("translate", re.compile(rf"{_PLEASE}(?:say|write|answer|give|put|tell)\b.* in {_LANGUAGE}")),
    (
        "rephrase",
        re.compile(
            rf"{_PLEASE}(?:rephrase|paraphrase|reword|rewrite|simplify|shorten|proofread|edit|improve) {_THING}.*|"
            rf"{_PLEASE}(?:explain|say|put|tell|describe)\b.* (?:in (?:simple|simpler|plain|other|your own|layman's) (?:words|terms|english|language)"
            r"|like i'?a?m (?:five|5|ten|10|a child)|to a (?:child|five-year-old|beginner|layman))"
        ),
    ),
    (
        "judge",
        re.compile(
            r"(?:so )?(?:do|did|would) you (?:think|agree|believe|like|recommend)\b.*|what (?:do|would) you (?:think|say|make|recommend)\b.*|"
            r"what(?:'s| is) your (?:opinion|view|take)\b.*|in your (?:opinion|view)\b.*|"
            rf"is (?:the |this |its )?(?:author|writer|{WRITING}|argument|analysis) (?:right|wrong|correct|true|biased|credible|convincing|good|reliable)"
        ),
    ),
    (
        "write",
        re.compile(
            rf"{_PLEASE}(?:write|compose|draft|make|create|generate) (?:me |us )?(?:an? |some |the )?(?:\w+ ){{0,2}}"
            r"(?:poem|song|story|e-?mail|letter|tweet|post|essay|speech|quiz|joke|headline|press release|presentation|slides|code|script|haiku)s?\b.*"
        ),
    ),
)

_WANTED = re.compile(
    rf"\b(?P<count>\d{{1,2}}|{'|'.join(NUMBERS[1:])})\s+(?:\w+ ){{0,2}}?(?:sentences?|points?|bullets?|lines?|ideas?|takeaways?|findings?|arguments?|facts?)\b"
)

_NAMED_SUMMARY = re.compile(
    rf"{_PLEASE}(?:(?:give(?: me| us)?|write(?: me)?|make|i (?:want|need)) )?(?:(?:an?|the) )?(?:(?:short|brief|quick) )?"
    r"(?:summari[sz]e|sum up|summary of|overview of|outline(?: of)?|gist of|what(?:'s| is) (?=.+ about$))\s*"
    r"(?P<name>.+?)(?: about)?(?:,? (?:please|briefly|for me|in (?:short|brief|(?:\w+ ){1,3}(?:words?|sentences?|points?|lines?))))*"
)
_TOPIC = re.compile(
    rf"(?:{_PLEASE}(?:tell me|say|show me|give me|find|is there|are there|do you have|have you got|what is there)(?: something| anything| more| everything)? (?:about|on|regarding|concerning)|"
    rf"(?:is|are) there (?:something|anything) (?:about|on|regarding)|anything (?:about|on)|"
    rf"what (?:does|do|did) (?:it|this|that|they|he|she|the text|(?:the |this |that )?{_DOCUMENT}s?|(?:the )?(?:author|writer)s?) "
    rf"(?:say|tell|write|mention|state|report)(?: us| me| here)? (?:about|on|of|regarding|concerning)|"
    rf"what (?:is|are|has been|was) (?:said|written|told|mentioned)(?: here)? (?:about|on|of|regarding)|"
    rf"what(?:'s| is| are| do we (?:know|learn)| can you (?:say|tell me)) (?:said |written |known |told )?(?:here )?about|"
    rf"what about|how about) (?P<topic>.+)"
)
_NO_TOPIC = re.compile(
    rf"(?:it|this|that|them|him|her|these|those|you|me|(?:the |this )?{WRITING}s?)(?: (?:all|too|then|here))?|"
    rf"(?:{'|'.join(QUESTION_WORDS)}|if)\b.*"
)
"""What is no topic: what only points, and a question within the question."""


def find_task(question: str) -> Task | None:
    """What a question wants that quoting cannot do, or None."""
    plain = fold_question(question)
    return next((task for task, pattern in _TASKS if pattern.fullmatch(plain)), None)


def find_wanted_count(question: str) -> int | None:
    """How many sentences or points a question asks for, 20 at most; None where it names no number."""
    found = _WANTED.search(fold_question(question))
    if not found:
        return None
    count = int(found["count"]) if found["count"].isdigit() else NUMBERS.index(found["count"])
    return min(count, MOST_WANTED) or None


def find_summarised(question: str) -> str | None:
    """What a question wants a summary of, as it calls that: a document's name, or something told in one; else None."""
    found = _NAMED_SUMMARY.fullmatch(fold_question(question))
    return found["name"] if found and not _NO_TOPIC.fullmatch(found["name"]) else None


def find_topic(question: str) -> str | None:
    """What a question wants to hear anything about, without asking anything of it; None for any other question."""
    found = _TOPIC.fullmatch(fold_question(question))
    return found["topic"] if found and not _NO_TOPIC.fullmatch(found["topic"]) else None
