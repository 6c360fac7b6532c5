"""What stands out in an answer's text: the few words that answer, and the sentences that nothing proves."""

from __future__ import annotations

from rag.types import Answer, Sentence, ShortAnswer
from ui.render.language import mark

LONGEST_EMPHASIS = 0.8
"""The share of a quote's characters up to which words in it are set in bold."""

UNEXPLAINED = mark("What it cites does not support it.")
"""Why a sentence is not proven, where an older Footnote judged it."""


def find_short(answer: Answer) -> ShortAnswer | None:
    """The short answer, for showing: an answer that is likelier wrong than right does not insist on its few words."""
    return None if answer.unsure else answer.short_answer


def find_short_place(answer: Answer) -> tuple[int, int] | None:
    """Where the short answer stands in the answer's text, as offsets.

    None unless a sentence there quotes it, and none where it is nearly all of that sentence: then nothing would stand out.
    """
    short = find_short(answer)
    if short is None:
        return None
    by_number = {citation.number: citation for citation in answer.citations}
    for sentence in answer.sentences:
        for citation in (by_number[number] for number in sentence.citations if number in by_number):
            is_inside = citation.span.overlap(short.span) == short.span.end - short.span.start
            is_part = len(short.text) < LONGEST_EMPHASIS * len(citation.quote)
            if is_inside and is_part and answer.text.startswith(citation.quote, sentence.start):
                start = sentence.start + short.span.start - citation.span.start
                return start, start + len(short.text)
    return None


def find_unproven(answer: Answer) -> tuple[Sentence, ...]:
    """The sentences that what they cite does not support; none while the answer is still growing."""
    is_finished = answer.seconds.total > 0
    return tuple(sentence for sentence in answer.sentences if sentence.supported is False and is_finished)
