"""Which sentences may answer a question at all, whatever is read in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import get_args

from rag.english.messages import names_mail
from rag.english.named_in_title import repeats_title
from rag.english.source import About, asks_for_references, find_asked_sources
from rag.english.terms import find_stems
from rag.english.unmarked_headings import is_run_in_heading, is_shouted_heading
from rag.reader.features import Candidate
from rag.reader.source_lines import find_source_line
from rag.reader.span_reader import BestSpan
from rag.retrieve.senders import is_head

IDLE = 0.1
"""What is left of the score of a sentence that is like the question and adds nothing."""


def shares_word(question: str, sentence: str) -> bool:
    """Whether a sentence has a word of the question that says what it is about."""
    return bool(set(find_stems(question)) & set(find_stems(sentence)))


def asks_the_same(question: str, sentence: str) -> bool:
    """Whether a sentence asks, with a word of the question in what it asks; one that it tells of may be what is wanted."""
    asked, mark, _ = sentence.rpartition("?")
    return bool(mark) and (shares_word(question, re.split(r'["“«]', asked)[-1]) or not find_stems(question))


def weigh(question: str, candidates: Sequence[Candidate], best: Sequence[BestSpan]) -> list[float]:
    """What is left of each sentence's score, in (0, 1]; ``best`` are the likeliest words in each."""
    return [IDLE if _adds_nothing(question, *each) else 1.0 for each in zip(candidates, best, strict=True)]


def _adds_nothing(question: str, candidate: Candidate, best: BestSpan) -> bool:
    """Whether a sentence asks what is asked, is a heading, or its likeliest words only say which document is asked about."""
    home = candidate.passage
    return (
        asks_the_same(question, candidate.text)
        or is_run_in_heading(home.text, *candidate.place)
        or (candidate.block is None and is_shouted_heading(home.text, *candidate.place))
        or repeats_title(question, home.text[best.start : best.end], home.title)
    )


def may_answer(candidate: Candidate, question: str) -> bool:
    """Whether a sentence may be quoted: a title, a byline, an entry of a reference list only where that may be asked for."""
    if candidate.block and candidate.block.kind == "reference" and not asks_for_references(question):
        return False
    if candidate.block and is_head(candidate.passage, candidate.block) and not names_mail(question):
        return False
    home, place = candidate.passage, (candidate.span.start, candidate.span.end)
    kinds = [kind for kind in get_args(About) if find_source_line(home, kind) == place]
    return not kinds or bool(set(find_asked_sources(question, home.title)) & set(kinds))
