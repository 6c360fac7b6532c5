"""The chain's last step: is each sentence supported by what it cites?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.cite.support import SUPPORTED, CitedClaim, SupportEstimator, find_words
from rag.llm.reply_parser import UNKNOWN_MARKER
from rag.steps import Cited
from rag.types import Answer, Citation, Sentence

CHECKING = "Checking each sentence …"
"""What is noted beside an answer that is written, and not yet checked."""

NOT_PROVEN = (
    "I found no proof: nothing that the chat model wrote is supported by the words it cites, so it is not shown."
)
"""What is said where a chat model's answer falls away as a whole."""


def check(cited: Cited, *, estimate: SupportEstimator) -> Iterator[Answer]:
    """Judge each sentence of a finished answer by what it cites; where none is supported, the answer is an abstention.

    A growing answer passes as it is. Sentences that are quotes prove themselves.

    Args:
        cited: an answer with its footnotes.
        estimate: how likely it is that what a sentence cites supports it; asked once, for all sentences that cite.
    """
    answer = cited.answer
    if not cited.is_final or not cited.claims:
        yield answer
        return
    yield replace(answer, notes=(*answer.notes, CHECKING))
    sentences = judge_sentences(cited.claims, answer.sentences, answer.citations, estimate)
    if any(sentence.supported for sentence in sentences):
        answer = replace(answer, sentences=sentences)
    else:
        answer = replace(answer, text=NOT_PROVEN, sentences=(), citations=(), abstained=True)
    yield replace(answer, seconds=cited.found.measure_seconds())


def judge_sentences(
    claims: Sequence[str], sentences: Sequence[Sentence], citations: Sequence[Citation], estimate: SupportEstimator
) -> tuple[Sentence, ...]:
    """The sentences of an answer, each with the probability that what it cites supports it.

    Args:
        claims: the words of each sentence, without footnotes.
        sentences: those of the answer.
        citations: its footnotes.
        estimate: how likely it is that what a sentence cites supports it.
    """
    footnotes = {citation.number: citation for citation in citations}
    words = [UNKNOWN_MARKER.sub("", claim).strip() for claim in claims]
    cited = {}
    for number, sentence in enumerate(sentences):
        if own := [footnotes[note] for note in sentence.citations]:
            passages = {citation.passage.id: citation.passage for citation in own}
            quotes = tuple(citation.quote for citation in own)
            cited[number] = CitedClaim(words[number], quotes, tuple(passages.values()))
    supports = dict(zip(cited, estimate(list(cited.values())), strict=True))
    judged = []
    for number, (sentence, claim) in enumerate(zip(sentences, claims, strict=True)):
        # A sentence that cites nothing is not supported, unless it claims nothing either.
        support = supports.get(number, None if _claims_nothing(claim) else 0.0)
        if not find_words(words[number]):
            support = None  # a key alone, or signs, claim nothing that could be supported
        supported = None if support is None else support >= SUPPORTED
        judged.append(replace(sentence, support=support, supported=supported))
    return tuple(judged)


def _claims_nothing(words: str) -> bool:
    return len(find_words(words)) < 2 or words.endswith((":", "?"))
