"""Which mail a question is about: the one that it names by its subject, its sender, its readers, its day or its words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.english.identifiers import find_days
from rag.english.messages import MAIL_WORDS, HeadField, MessageQuestion
from rag.english.terms import find_terms, is_content, stem_all
from rag.english.words import MONTHS
from rag.retrieve.senders import is_head, read_columns
from rag.types import Block, Passage, ShortAnswer, Span

NAMED = 0.5
"""The share of what a question says of a mail, at least, that the mail's head or its words have."""

IN_HEAD, IN_WORDS = 1.0, 0.6
"""What a word of the question counts that stands in a mail's head, and one that stands in its words."""

WORDS = 4_000
"""Characters of a mail's own words that are looked at for those of a question."""

_MONTH = re.compile(rf"\b({'|'.join(MONTHS)})\b", re.IGNORECASE)
_BY = re.compile(
    r"\b(?:from|by) (?!the\b)((?:[^\W\d_][\w'’.@-]*)(?: (?!to\b|on\b|about\b|of\b|in\b|at\b|sent\b|dated\b)[^\W\d_][\w'’.-]*)?)"
)
_TO = re.compile(r"\bto (?!the\b)([^\W\d_][\w'’.@-]*)")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one mail: its row, the values in it by their names, and the beginning of the words below it."""

    passage: Passage
    row: Block
    columns: Mapping[str, str]
    words: str

    @property
    def title(self) -> str:
        """The document's title: mostly the subject."""
        return self.passage.title


def find_heads(passages: Sequence[Passage]) -> list[Head]:
    """The heads of the mails that a document holds, in order; ``passages`` are all of its."""
    text = "".join(passage.text for passage in passages)
    places = [
        (passage, block)
        for passage in passages
        for block in passage.blocks
        if is_head(passage, block) and block.start >= passage.span.start and block.end <= passage.span.end
    ]
    ends = [*(block.start for _, block in places), len(text)][1:]
    return [
        Head(passage, row, read_columns(passage, row), text[row.end : min(end, row.end + WORDS)])
        for (passage, row), end in zip(places, ends, strict=True)
    ]


def choose_heads(asked: MessageQuestion, heads: Sequence[Head]) -> list[Head]:
    """The mails that a question names, those alike well; all where it names none, and none where it names another."""
    days = find_days(asked.topic)
    of_days = {term for day in days for term in _find_mail_terms(day.isoformat())}
    wanted = set(_find_mail_terms(f"{asked.topic} {asked.who}")) - of_days
    sender = _find_mail_terms(asked.who or " ".join(_BY.findall(asked.topic)))
    readers = _find_mail_terms(" ".join(_TO.findall(asked.topic)))
    fitting = [
        head
        for head in heads
        if _has_all(head, sender, ("From",))
        and _has_all(head, readers, ("To", "Cc"))
        and days <= find_days(f"{head.columns.get('Date', '')} {head.columns.get('Sent', '')}")
    ]
    if not wanted:
        return fitting
    scores = [_score(head, wanted) for head in fitting]
    best = max(scores, default=0.0)
    return [head for head, score in zip(fitting, scores, strict=True) if score >= best] if best >= NAMED else []


def find_value(head: Head, field: HeadField) -> tuple[Span, ShortAnswer] | None:
    """Where a value of a head stands, with the name of its column, and the value; None where the head has none."""
    names = ("Date", "Sent") if field == "Date" else (field,)
    for (name, start, end), column in zip(head.row.cells, head.columns, strict=False):
        if column in names and head.columns[column]:
            document = head.passage.span.document_id
            return Span(document, name, end), ShortAnswer(head.columns[column], Span(document, start, end))
    return None


def _score(head: Head, wanted: set[str]) -> float:
    told = set(_find_mail_terms(f"{' '.join(head.columns.values())} {head.title}"))
    below = set(_find_mail_terms(head.words))
    return sum(IN_HEAD if term in told else IN_WORDS if term in below else 0.0 for term in wanted) / len(wanted)


def _has_all(head: Head, terms: Sequence[str], fields: Sequence[str]) -> bool:
    return set(terms) <= set(_find_mail_terms(" ".join(head.columns.get(field, "") for field in fields)))


def _find_mail_terms(text: str) -> list[str]:
    """The words of a text that say which mail is meant; months and days in one form, whatever they are written in."""
    dated = "".join(f" {day.day} {MONTHS[day.month - 1]} {day.year}" for day in sorted(find_days(text)))
    plain = _MONTH.sub(lambda found: found[0][:3], re.sub(r"\b0(\d)\b", r"\1", f"{text}{dated}"))
    return [term for term in find_terms([plain])[0] if is_content(term) and term not in stem_all(MAIL_WORDS)]
