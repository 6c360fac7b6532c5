"""Follow-ups that would get the answer before once more: what stands beside it may be what is asked for. Pure.

A follow-up of few words is read behind the question before, which finds that one's answer again. Read by itself, beside the
sentences that were told, it may find the next one: "Can I bring a dog?", "What happens if I do?".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.composing import passage_words
from rag.answer.reading import Reading
from rag.english.follow_ups import holds_question_before
from rag.reader.features import Candidate
from rag.steps import Retrieved
from rag.types import Passage, Span

NEAR = 400
"""Characters between what was told and what stands beside it, at most."""

GAIN, LEAST = 1.6, 0.2
"""What a sentence's score gains that stands there; and how sure it is at least that such a one is told in place of the answer
before. Set by hand, on 87 follow-ups of two strangers and of natural questions' develop split."""


def repeats(reading: Reading, found: Retrieved) -> bool:
    """Whether a follow-up that was read behind the question before gets a sentence that was told for that."""
    if not reading.evidence or not holds_question_before(found.question, found.standalone):
        return False
    return _is_told(*reading.evidence[0], found)


def weigh_beside(candidates: Sequence[Candidate], told: Reading) -> list[float]:
    """What each sentence's score gains by standing beside what was told."""
    return [GAIN if _is_beside(each.span, told) else 1.0 for each in candidates]


def moves_on(reading: Reading, before: Reading, found: Retrieved) -> bool:
    """Whether a reading tells what stands beside the answer before, and was not told yet; surely enough."""
    if not reading.evidence or (reading.confidence or 0.0) < LEAST:
        return False
    return _is_beside(reading.evidence[0][0], before) and not _is_told(*reading.evidence[0], found)


def _is_told(span: Span, home: Passage, found: Retrieved) -> bool:
    return _squeeze(passage_words(span, home)) in _squeeze(found.question.history[-1][1])


def _is_beside(span: Span, told: Reading) -> bool:
    own = told.evidence[0][0]
    gap = max(span.start - own.end, own.start - span.end)
    return span.document_id == own.document_id and 0 <= gap <= NEAR


def _squeeze(text: str) -> str:
    return re.sub(r"\[\d+\]|\W+", "", text)
