"""Which messages of a chat are about what a question asks: by their own words, and by those of what they reply to.

"I'll bring it" answers for whatever was asked for last. The span model reads a whole passage and takes it for an answer to any
such question; what is left of its score elsewhere is told here. The numbers were set by hand, on generated chats
(``tests/benchmarks/measure_messages.py --seed 1``): no real chat has been measured.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.english.speech import asks_who_does, retell, says_no, says_nothing
from rag.english.terms import find_terms, is_content
from rag.english.things import find_missing_things, find_things
from rag.reader.features import FEATURES, SPAN_SCALE, Candidate, Measured
from rag.reader.span_reader import SpanReader
from rag.retrieve.senders import find_opening, find_sender
from rag.types import Passage

NEARNESS = FEATURES.index("nearness")

REACH = 3
"""Messages before one among which the question that it answers is looked for."""

FADING = 0.8
"""What the words of a question count for the second message after it, and again for each one further on."""

REREAD = 12
"""Messages that are read again, each by itself."""

ASIDE = 0.2
"""What is left at least of the score of a message that is about something else."""

THING = 3.0
"""How much more than another word of the question the thing weighs that it asks about."""

REFUSING = 0.3
"""What is left of the score of a message that says no, where it is asked who does something."""

MISSING = 0.3
"""What is left of the confidence where no message names the thing that a question asks about."""


def measure_relevance(question: str, candidates: Sequence[Candidate]) -> list[float]:
    """What is left of each candidate's score, in (0, 1]: all of it where it is no message.

    A message has the words of the question that it replies to as well as its own; a word weighs the more, the fewer have it.
    """
    asked = {term for term in find_terms([question])[0] if is_content(term)}
    is_said = [is_message(candidate) for candidate in candidates]
    if not asked or not any(is_said):
        return [1.0] * len(candidates)
    own = [asked & set(terms) for terms in find_terms([candidate.text for candidate in candidates])]
    counts = Counter(term for terms, said in zip(own, is_said, strict=True) if said for term in terms)
    things = {term for terms in find_terms(find_things(question)) for term in terms}
    weights = {
        term: math.log(1 + sum(is_said) / count) * (THING if term in things else 1.0) for term, count in counts.items()
    }
    totals = []
    for at, terms in enumerate(own):
        asking = find_question(at, candidates)
        others = own[asking] - terms if asking is not None else set[str]()
        fading = FADING ** (at - asking - 1) if asking is not None else 0.0
        totals.append(sum(weights.get(term, 0.0) for term in terms) + fading * sum(weights[term] for term in others))
    most = max(total for total, said in zip(totals, is_said, strict=True) if said)
    wants_doer = asks_who_does(question)
    return [
        max(ASIDE, total / most if most else 1.0) * (_weigh_offer(read_said(each)[1]) if wants_doer else 1.0)
        if is_message(each)
        else 1.0
        for total, each in zip(totals, candidates, strict=True)
    ]


def _weigh_offer(message: str) -> float:
    """What is left of a message's score where it is asked who does something, in (0, 1]."""
    return REFUSING if says_no(message) else ASIDE if says_nothing(message) else 1.0


def measure_doubt(question: str, passages: Sequence[Passage]) -> float:
    """What is left of the confidence in an answer from a chat, in (0, 1]: less where nobody in it names the thing asked about."""
    told = [f"{passage.title}\n{passage.heading}\n{passage.text}" for passage in passages]
    return MISSING if find_missing_things(question, told) else 1.0


def is_message(candidate: Candidate) -> bool:
    """Whether a candidate is a message of a chat, or one that a mail quotes."""
    return candidate.block is not None and candidate.block.kind == "message"


def reread(
    spans: SpanReader, question: str, candidates: Sequence[Candidate], relevant: Sequence[float], measured: Measured
) -> Measured:
    """What is measured, with the likeliest messages read again: each beside the question that it replies to, and nothing else.

    In a whole passage the model takes "I'll bring it" to be said of anything.
    """
    likely = sorted(
        (
            at
            for at, each in enumerate(candidates)
            if is_message(each) and relevant[at] > ASIDE and "?" not in each.text
        ),
        key=lambda at: -relevant[at],
    )[:REREAD]
    if not likely:
        return measured
    replies, asked = [], [find_question(at, candidates) for at in likely]
    for at, asking in zip(likely, asked, strict=True):
        before = (
            _tell(candidates[asking]) if asking is not None else candidates[at].passage.heading.rsplit(" > ", 1)[-1]
        )
        replies.append((before, _tell(candidates[at])))
    readings = spans.read(question, [f"{before}\n{reply}" for before, reply in replies])
    features = measured.features.copy()
    for at, asking, (before, _), reading in zip(likely, asked, replies, readings, strict=True):
        margin = reading.best_span(len(before)).score - reading.nowhere - float(measured.misfits[at])
        features[at, 0] = max(features[at, 0], SPAN_SCALE * margin)
        if asking is not None:  # it is about what that is about
            features[at, NEARNESS] = max(features[at, NEARNESS], features[asking, NEARNESS])
    features[:, 1] = features[:, 0] - features[:, 0].max()
    return replace(measured, features=features)


def find_question(at: int, candidates: Sequence[Candidate]) -> int | None:
    """Which of the messages before one asks what it may answer; None where none does, or where it asks itself."""
    if "?" in candidates[at].text or not is_message(candidates[at]):
        return None
    row = candidates[at].row
    before = range(at - 1, max(-1, at - 1 - REACH), -1)
    return next((each for each in before if candidates[each].row == row and "?" in candidates[each].text), None)


def read_said(candidate: Candidate) -> tuple[str, str]:
    """The sender of a message, empty where the passage does not tell, and what of its words the candidate has."""
    home, start = candidate.passage, candidate.span.start
    words = find_opening(home, candidate.block)[1] if candidate.block else start
    return find_sender(home, start), candidate.text[max(0, words - start) :]


def _tell(candidate: Candidate) -> str:
    """A message as it is read, with its sender."""
    sender, words = read_said(candidate)
    return "".join(text for text, *_ in retell(sender, words)) if sender else words
