"""The chain's last step: is each sentence supported by what it cites?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from rag.cite.attribution import FoundEvidence, find_evidence
from rag.cite.citations import Composed, compose_written
from rag.cite.judging import (
    NOT_SETTLED,
    NOTHING_FOUND,
    RESTATED,
    SUPPORTED,
    VERDICT_SUPPORTED,
    Judgement,
    SupportEstimator,
)
from rag.cite.support import CitedClaim, find_telling_words, find_words
from rag.english.replying import echoes, is_verdict, restates
from rag.llm.reply_markers import UNKNOWN_MARKER
from rag.steps import Cited, Retrieved, Written
from rag.types import Answer, Citation, Sentence, UnprovenSentence

CHECKING = "Checking each sentence …"
"""What is noted beside an answer that is written, and not yet checked."""

NOT_PROVEN = "I found no proof: nothing that the chat model wrote is supported by the passages it was given."
"""What is said where a chat model's answer falls away as a whole."""

UNFOUND = Judgement(0.0, "not found", NOTHING_FOUND)
"""What is made of a sentence that cites nothing."""


def check(
    cited: Cited, *, estimate: SupportEstimator, stand_in: Callable[[Retrieved], Answer] | None = None
) -> Iterator[Answer]:
    """Judge each sentence of a finished answer by what it cites, and look up evidence for one that this does not support.

    What is found takes the place of what does not support the sentence. Where no sentence is supported, another answer
    stands in, or the answer is an abstention; what was written is told beside it. A growing answer passes as it is. Sentences that are quotes prove themselves.

    Args:
        cited: an answer with its footnotes.
        estimate: how likely it is that what a sentence cites supports it; asked for all sentences at once.
        stand_in: answers where nothing that was written is proven; nobody if None.
    """
    answer, written = cited.answer, cited.written
    if not cited.is_final or written is None or not written.bounds:
        yield judge_unquoted(answer, estimate) if cited.is_final and written is None else answer
        return
    yield replace(answer, notes=(*answer.notes, CHECKING))
    question = answer.standalone_question
    asked = tuple(part.standalone for part in cited.found.parts) or (question,)
    sentences = judge_sentences(written.claims, answer.sentences, answer.citations, estimate, question, asked)
    doubted = [
        number
        for number, sentence in enumerate(sentences)
        if sentence.supported is False and sentence.reason != RESTATED
    ]
    evidence = {
        number: found
        for number, found in find_evidence(written, doubted, estimate, asked).items()
        if found.support >= VERDICT_SUPPORTED or not _sounds_asked(written.claims[number], question)
    }
    if evidence:
        _, composed = put_evidence(written, sentences, evidence)
        sentences = composed.sentences
        answer = replace(answer, text=composed.text, citations=composed.citations)
    if any(sentence.supported for sentence in sentences):
        answer = replace(answer, sentences=sentences)
    elif stand_in is not None:
        reason = (
            f"nothing that {answer.model} wrote is proven by the passages it was given; the embedded answer stands in"
        )
        unproven = _set_aside(written.claims, sentences)
        answer = replace(stand_in(cited.found), fallback=reason, usage=answer.usage, unproven=unproven)
    else:
        unproven = _set_aside(written.claims, sentences)
        answer = replace(answer, text=NOT_PROVEN, sentences=(), citations=(), abstained=True, unproven=unproven)
    yield replace(answer, seconds=cited.found.measure_seconds())


def judge_unquoted(answer: Answer, estimate: SupportEstimator) -> Answer:
    """The sentences of an answerer that cites for itself, where they are not the words that they cite."""
    open_ones = {
        number: sentence
        for number, sentence in enumerate(answer.sentences)
        if sentence.supported is None and sentence.citations
    }
    if not open_ones:
        return answer
    footnotes = {citation.number: citation for citation in answer.citations}
    places = [place for citation in answer.citations for place in citation.markers]
    claims = []
    for sentence in open_ones.values():
        own = [footnotes[number] for number in sentence.citations]
        passages = {citation.passage.id: citation.passage for citation in own}
        end = min((low for low, high in places if sentence.start <= low and high <= sentence.end), default=sentence.end)
        quotes = tuple(citation.quote for citation in own)
        claims.append(CitedClaim(answer.text[sentence.start : end].strip(), quotes, tuple(passages.values())))
    judged = dict(zip(open_ones, estimate(claims), strict=True))
    sentences = (
        _tell(each, judged[number]) if number in judged else each for number, each in enumerate(answer.sentences)
    )
    return replace(answer, sentences=tuple(sentences))


def put_evidence(
    written: Written, judged: Sequence[Sentence], evidence: Mapping[int, FoundEvidence]
) -> tuple[Written, Composed]:
    """Cite what was found for some sentences in place of what they cite.

    Args:
        written: what a chat model wrote, with what it cites.
        judged: its sentences, as far as they are supported.
        evidence: what was found, by the number of the sentence.
    """
    kept = [proof for proof in written.proofs if proof.sentence not in evidence]
    kept += [proof for found in evidence.values() for proof in found.proofs]
    written = replace(written, proofs=tuple(sorted(kept, key=lambda proof: proof.at)))
    composed = compose_written(written)
    sentences = []
    for number, (sentence, before) in enumerate(zip(composed.sentences, judged, strict=True)):
        judgement = Judgement(evidence[number].support, "supported") if number in evidence else _recall(before)
        sentences.append(_tell(sentence, judgement))
    return written, replace(composed, sentences=tuple(sentences))


def judge_sentences(
    claims: Sequence[str],
    sentences: Sequence[Sentence],
    citations: Sequence[Citation],
    estimate: SupportEstimator,
    question: str = "",
    asked: Sequence[str] = (),
) -> tuple[Sentence, ...]:
    """The sentences of an answer, each with the probability that what it cites supports it.

    Args:
        claims: the words of each sentence, without footnotes.
        sentences: those of the answer.
        citations: its footnotes.
        estimate: how likely it is that what a sentence cites supports it.
        question: what they answer; a sentence that only says this again proves nothing.
        asked: the same, or each of several questions: a sentence of a few words is judged as an answer to one.
    """
    footnotes = {citation.number: citation for citation in citations}
    words = [UNKNOWN_MARKER.sub("", claim).strip() for claim in claims]
    cited = {}
    for number, sentence in enumerate(sentences):
        if own := [footnotes[note] for note in sentence.citations]:
            passages = {citation.passage.id: citation.passage for citation in own}
            quotes = tuple(citation.quote for citation in own)
            cited[number] = CitedClaim(words[number], quotes, tuple(passages.values()), tuple(asked))
    found = dict(zip(cited, estimate(list(cited.values())), strict=True))
    judged = []
    for number, (sentence, claim) in enumerate(zip(sentences, claims, strict=True)):
        # A sentence that cites nothing is not supported, unless it claims nothing either.
        judgement = found.get(number, None if _claims_nothing(claim) else UNFOUND)
        if not find_words(words[number]):
            judgement = None  # a key alone, or signs, claim nothing that could be supported
        elif judgement is not None and restates(words[number], question):
            judgement = Judgement(0.0, "not found", RESTATED)
        elif judgement is not None and _sounds_asked(words[number], question):
            judgement = judgement if judgement.support >= VERDICT_SUPPORTED else _doubt(judgement)
        judged.append(_tell(sentence, judgement))
    return tuple(judged)


def _set_aside(claims: Sequence[str], judged: Sequence[Sentence]) -> tuple[UnprovenSentence, ...]:
    """What was written, sentence by sentence and without its footnotes, with what was made of it."""
    told = zip(claims, judged, strict=True)
    return tuple(UnprovenSentence(claim.strip(), each.verdict, each.reason) for claim, each in told)


def _tell(sentence: Sentence, judgement: Judgement | None) -> Sentence:
    """The sentence with what was made of it; None where it claims nothing."""
    if judgement is None:
        return sentence
    support, verdict, reason = judgement.support, judgement.verdict, judgement.reason
    return replace(sentence, support=support, supported=judgement.supported, verdict=verdict, reason=reason)


def _sounds_asked(claim: str, question: str) -> bool:
    """Whether a sentence has the question's own words, by which its evidence was found: sharing them tells little."""
    return is_verdict(claim) or echoes(claim, question)


def _doubt(judgement: Judgement) -> Judgement:
    """What is made of such a sentence that shares words with what it cites, and no more. Below the threshold, in the same order.

    That the opposite stands there is not said of it: the judge mistakes one answer to what was asked for the other.
    """
    if judgement.verdict == "not found":
        return judgement
    support = round(judgement.support * SUPPORTED, 4) if judgement.supported else judgement.support
    return Judgement(support, "not found", NOT_SETTLED)


def _recall(sentence: Sentence) -> Judgement | None:
    """What was made of a sentence."""
    if sentence.support is None or sentence.verdict is None:
        return None
    return Judgement(sentence.support, sentence.verdict, sentence.reason)


def _claims_nothing(words: str) -> bool:
    return (len(find_words(words)) < 2 and not find_telling_words(words)) or words.endswith((":", "?"))
