"""The embedded reader: answers by quoting, with a span model of its own. No key, no network, no chat model.

The seam for a better one is ``SentenceReader``: from a question and its passages to the sentences that answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

from rag.answer.abstention import format_refusal
from rag.english.leaning import leans
from rag.english.source import About, asks_about_source
from rag.reader.central_sentences import choose_central
from rag.reader.features import Candidate, find_best_spans, find_sentence_candidates, measure
from rag.reader.scoring import Scorers, load_scorers
from rag.reader.source_lines import find_source_line, read_passages
from rag.reader.span_reader import PassageReading, SpanReader
from rag.steps import Draft, QuotedSentence, Retrieved
from rag.types import Passage, ShortAnswer, Span

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


@dataclass(frozen=True, slots=True)
class Plenty:
    """How many sentences are quoted: ``most``, and none beyond a probability of ``enough`` that they hold the answer."""

    most: int
    enough: float


FEW = Plenty(4, 0.9)
LISTED = Plenty(6, 0.98)
"""For a question that wants all of something."""

LIST_BEGINS = 3
"""Sentences of one paragraph that make it a list, to a question for one."""

ASKING = 0.1
"""What is left of the score of a sentence with a question in it: it is like the question, and answers nothing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of the passages: the sentences that answer, best first, and its confidence in them.

    ``confidence`` is in [0, 1], and None where nothing estimates it: a summary is not right or wrong.
    ``short`` are the few words in the first of them that answer, where the reader marks any.
    """

    evidence: tuple[tuple[Span, Passage], ...]
    confidence: float | None
    short: ShortAnswer | None = None


SentenceReader = Callable[[Retrieved], Reading]


def build_answerer(reader: SentenceReader, *, abstain_below: float) -> Callable[[Retrieved], Draft]:
    """The embedded answerer: quotes what the reader found, or says that the documents do not answer.

    Args:
        reader: finds the sentences that answer, and says how sure it is.
        abstain_below: the confidence, in [0, 1], below which the answer is an abstention.
    """

    def answer(found: Retrieved) -> Draft:
        parts = found.parts or (found,)
        readings = [reader(part) if part.passages else Reading((), 0.0) for part in parts]
        told = [reading for reading in readings if is_told(reading, abstain_below)]
        # What answers two of several questions is quoted once.
        quotes = {quote.evidence: quote for reading in told for quote in quote_sentences(reading, found)}
        confidences = [reading.confidence for reading in told or readings if reading.confidence is not None]
        return Draft(
            found,
            tuple(quotes.values()),
            text="" if told else format_refusal(found.question.text, found.passages),
            short_answer=told[0].short if told else None,
            abstained=not told,
            confidence=round(min(confidences), 4) if confidences else None,
            model="embedded",
            notes=tuple(format_gaps(parts, readings, told)) if told else (),
        )

    return answer


def is_told(reading: Reading, abstain_below: float) -> bool:
    """Whether a reading is sure enough to be given as an answer."""
    return bool(reading.evidence) and (reading.confidence is None or reading.confidence >= abstain_below)


def quote_sentences(reading: Reading, found: Retrieved) -> Iterator[QuotedSentence]:
    """A reading's sentences, a paragraph for each document that speaks; of several, each is named.

    The sentences of a summary or a list stand apart: they were picked from all over, and do not follow on one another.
    """
    speaks = {scored.passage.title or scored.passage.span.document_id for scored in found.passages}
    last = None
    documents = list(dict.fromkeys(span.document_id for span, _ in reading.evidence))
    for span, home in sorted(reading.evidence, key=lambda piece: documents.index(piece[0].document_id)):
        begins = span.document_id != last
        last = span.document_id
        lead = f"“{home.title}”: " if begins and len(speaks) > 1 and home.title else ""
        yield QuotedSentence(
            passage_words(span, home), ((span, home),), begins or found.route in ("summary", "list"), lead
        )


def format_gaps(parts: Sequence[Retrieved], readings: Sequence[Reading], told: Sequence[Reading]) -> Iterator[str]:
    """A line for each of several questions that stays without an answer."""
    for part, reading in zip(parts, readings, strict=True):
        if reading not in told:
            yield f"On “{part.question.text}”: {format_refusal(part.question.text, part.passages)}"


def build_reader(embeddings: Embeddings, spans: SpanReader, scorers: Scorers | None = None) -> SentenceReader:
    """The sentence reader: scores every sentence of the passages by what the span model reads in it, and how its passage was found.

    Args:
        embeddings: for what is asked about a document as a whole, where no words are there to be matched.
        spans: the span model.
        scorers: weigh what is measured; the shipped ones if not given.
    """
    scorer = scorers or load_scorers()

    def read(found: Retrieved) -> Reading:
        import numpy as np

        candidates = find_sentence_candidates(found.passages)
        if found.route == "summary":
            central = choose_central(candidates, embeddings.embed_documents)
            return Reading(tuple((candidate.span, candidate.passage) for candidate in central), None)
        candidates = tuple(candidate for candidate in candidates if may_answer(candidate, found.standalone))
        if not candidates:
            return Reading((), 0.0)
        readings = read_passages(spans, found.standalone, found.passages)
        measured = measure(found.standalone, candidates, found.passages, readings)
        doubt = np.array([ASKING if "?" in candidate.text else 1.0 for candidate in candidates], dtype=np.float32)
        scores = scorer.sentence(measured.features) * doubt
        confidence = scorer.confidence(scores, measured)
        shares = (scorer.sentence.shares(measured.features) * doubt).tolist()
        if found.route == "list":
            listed = complete_lists(choose_sentences(candidates, shares, LISTED), candidates)
            return Reading(bring_context(listed, candidates), confidence)
        chosen = choose_sentences(candidates, shares)
        return Reading(bring_context(chosen, candidates), confidence, find_short_answer(chosen[0], readings))

    return read


def may_answer(candidate: Candidate, question: str) -> bool:
    """Whether a sentence may be quoted: a document's title and byline only where they may be what is asked for."""
    home, place = candidate.passage, (candidate.span.start, candidate.span.end)
    kinds = [kind for kind in get_args(About) if find_source_line(home, kind) == place]
    return not kinds or asks_about_source(question, home.title) in kinds


def find_short_answer(candidate: Candidate, readings: Sequence[PassageReading]) -> ShortAnswer | None:
    """The few words of a sentence that the span model marks; None where they are no part of it."""
    (best,) = find_best_spans([candidate], readings)
    if best.start == best.end:
        return None
    home = candidate.passage
    span = Span(home.span.document_id, home.span.start + best.start, home.span.start + best.end)
    return ShortAnswer(passage_words(span, home), span)


def choose_sentences(candidates: Sequence[Candidate], shares: Sequence[float], plenty: Plenty = FEW) -> list[Candidate]:
    """The likeliest sentences, best first, until together they are likely enough to hold the answer.

    A reader that is sure of one sentence shows that one; the less sure it is, the more it shows.
    """
    chosen: list[Candidate] = []
    likely = 0.0
    for at in sorted(range(len(candidates)), key=lambda at: (-shares[at], candidates[at].span)):
        if len(chosen) == plenty.most or likely >= plenty.enough:
            break
        likely += shares[at]
        if all(candidates[at].text != earlier.text for earlier in chosen):
            chosen.append(candidates[at])
    return chosen


def complete_lists(chosen: Sequence[Candidate], candidates: Sequence[Candidate]) -> list[Candidate]:
    """The chosen sentences in the order of the text; a paragraph that has many of them is a list, and told to its end."""
    paragraphs: list[list[Candidate]] = []
    for candidate in candidates:
        if paragraphs and is_next(paragraphs[-1][-1], candidate):
            paragraphs[-1].append(candidate)
        else:
            paragraphs.append([candidate])
    listed = set(chosen)
    for paragraph in paragraphs:
        places = [at for at, candidate in enumerate(paragraph) if candidate in listed]
        if len(places) >= LIST_BEGINS:
            listed.update(paragraph[places[0] :])
    return sorted(listed, key=lambda candidate: candidate.span)


def bring_context(chosen: Sequence[Candidate], candidates: Sequence[Candidate]) -> tuple[tuple[Span, Passage], ...]:
    """The spans to quote, best first: a sentence that leans on the one before it ("This ...", "He ...") brings that one.

    No words are quoted twice: what a wider quote holds already is left out, and quotes that meet become one.
    """
    before = {later: earlier for earlier, later in pairwise(candidates) if is_next(earlier, later)}
    quotes: list[tuple[Span, Passage]] = []
    for candidate in chosen:
        span, home = candidate.span, candidate.passage
        if candidate in before and leans(candidate.text):
            span = Span(span.document_id, before[candidate].span.start, span.end)
        met = [at for at, (other, _) in enumerate(quotes) if span.overlap(other)]
        bounds = [span, *(quotes[at][0] for at in met)]
        span = Span(span.document_id, min(each.start for each in bounds), max(each.end for each in bounds))
        place = min(met, default=len(quotes))
        quotes = [quote for at, quote in enumerate(quotes) if at not in met]
        quotes.insert(place, (span, home))
    return tuple(quotes)


def is_next(earlier: Candidate, later: Candidate) -> bool:
    """Whether one sentence follows another in the same paragraph of the same passage."""
    low, high = (candidate.span.end - candidate.passage.span.start for candidate in (earlier, later))
    between = earlier.passage.text[low : high - len(later.text)]
    return earlier.row == later.row and not between.strip() and "\n\n" not in between


def passage_words(span: Span, passage: Passage) -> str:
    """The words of a span that lies inside a passage."""
    return passage.text[span.start - passage.span.start : span.end - passage.span.start]
