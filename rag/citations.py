"""Citations: from claims or a chat model's reply to an answer's text with numbered markers, sentences and quotes. Pure.

Two ways lead here. The embedded answerer brings claims with their evidence (``compose_answer``). A chat model writes
prose that cites passages by evidence keys: ``read_reply`` finds the keys, ``compose_reply`` turns each into the exact
sentence that supports the words before it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.prompts import KEY_SHAPE
from rag.sentences import find_sentences
from rag.support import SUPPORTED, find_best_sentence, find_words, judge_quote, measure_support
from rag.types import Citation, Passage, Sentence, Span, Status


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer, and the spans of the passages that prove it."""

    text: str
    evidence: tuple[tuple[Span, Passage], ...]


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's text with its sentences and citations."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A chat model's reply without its keys: where they stood, and the markers that stand for nothing.

    ``marks`` holds an offset into ``text`` and a key each. Unknown markers stay in the text, in square brackets.
    """

    text: str
    marks: tuple[tuple[int, str], ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Proof:
    """A span that is to be cited at ``at`` by the sentence of that number."""

    at: int
    sentence: int
    span: Span
    passage: Passage
    status: Status


def compose_answer(claims: Sequence[Claim]) -> Composed:
    """Join claims into a text; each is followed by markers ``[n]``, numbered in order of first mention.

    Raises:
        ValueError: a span does not lie inside its passage.
    """
    bounds: list[tuple[int, int]] = []
    proofs: list[_Proof] = []
    at = 0
    for number, claim in enumerate(claims):
        bounds.append((at, at + len(claim.text)))
        proofs += [_Proof(bounds[-1][1], number, span, passage, "verbatim") for span, passage in claim.evidence]
        at = bounds[-1][1] + 1
    composed = _compose(" ".join(claim.text for claim in claims), bounds, proofs)
    return replace(composed, sentences=tuple(replace(each, support=1.0, supported=True) for each in composed.sentences))


def compose_reply(reply: Reply, passages: Mapping[str, Passage]) -> Composed:
    """Turn each key into the sentence of its passage that best supports the words before the key.

    Args:
        reply: what ``read_reply`` found.
        passages: what each key stands for.
    """
    bounds = find_sentences(reply.text)
    proofs: list[_Proof] = []
    since: dict[int, int] = {}
    for at, key in reply.marks if bounds else ():
        owner = _find_owner(at, bounds, reply.text)
        start, end = bounds[owner]
        # Of a sentence with several keys, each proves the words since the one before it.
        last = proofs[-1].at if proofs and proofs[-1].at == at else since.get(owner, start)
        clause = reply.text[since.get(owner, start) if last == at else last : at]
        if proofs and proofs[-1].at != at:
            since[owner] = at
        claim = clause if len(find_words(clause)) >= 3 else reply.text[start:end]
        passage = passages[key]
        low, high = find_best_sentence(claim, passage.text)
        span = Span(passage.span.document_id, passage.span.start + low, passage.span.start + high)
        proofs.append(_Proof(at, owner, span, passage, judge_quote(claim, passage.text[low:high])))
    composed = _compose(reply.text, bounds, proofs)
    judged = (
        _judge(sentence, reply.text[start:end], [proof for proof in proofs if proof.sentence == number])
        for number, (sentence, (start, end)) in enumerate(zip(composed.sentences, bounds, strict=True))
    )
    return replace(composed, sentences=tuple(judged))
