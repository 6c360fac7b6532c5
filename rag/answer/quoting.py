"""The embedded reader: answers by quoting, with a span model of its own. No key, no network, no chat model.

The seam for a better one is ``SentenceReader``: from a question and its passages to the sentences that answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.answer.abstention import ABSTENTION, find_missing_words, format_refusal, format_task_refusal
from rag.answer.composing import LISTED, choose_answer, choose_sentences, join_sentences, passage_words
from rag.answer.document_heads import state_head
from rag.answer.exact import draft_exact, draft_section
from rag.answer.moving_on import moves_on, repeats, weigh_beside
from rag.answer.quotable import may_answer, shares_word, weigh
from rag.answer.reading import Reading, SentenceReader
from rag.answer.short_answers import find_elliptic, find_short_answer, is_wide, name_sender
from rag.answer.whole_lists import quote_lists_whole
from rag.cite.naming import name_documents
from rag.english.follow_ups import find_own_words
from rag.english.foreign import find_shared_names, find_shared_words
from rag.english.requests import find_summarised, find_task, find_topic, find_wanted_count
from rag.english.speech import asks_who_does
from rag.english.units import note_units
from rag.reader.central_sentences import choose_central, choose_topical, is_topic_named
from rag.reader.defining import score_sentences
from rag.reader.features import Candidate, find_best_spans, find_sentence_candidates, measure
from rag.reader.lacking import is_thing_absent, leave_named_items, tell_lacking
from rag.reader.lookups import FEW, Looked, find_asked_value, find_labelled, look_up, pick_row
from rag.reader.nearness import build_nearness
from rag.reader.replies import is_message, measure_doubt, measure_relevance, reread
from rag.reader.scoring import Scorers, load_scorers
from rag.reader.source_lines import read_passages
from rag.reader.span_reader import SpanReader
from rag.retrieve.senders import begins_with, find_sender
from rag.steps import Draft, QuotedSentence, Retrieved
from rag.types import UNSURE_BELOW

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


ASKED_VALUE, NAMED = 0.9, 0.3
"""How sure it is at least that a row answers which alone has what the question names, where the question also names a column
of it; and that a row or paragraph does which alone has it. Of the first kind all 288 were right in generated tables
(``measure_lookups.py --seed 2``: by code and by person). The second is told with a doubt: a question may want of it what it
does not say."""

DOUBTFUL = 0.29
"""How sure it is at most, so that it is told with a doubt, where it reads a language that it has not learnt, or nothing that was
found has a word of the thing that a question asks about."""

VERSION = 0.1
"""How sure it is at least that a sentence answers which the question shares a word with, in the one version of a document that
the question means, for it to be told with a doubt. Set by hand, on two versions of one policy."""

ELLIPTIC = 0.6
"""How sure it is at least of those of whom a sentence says what it denies of others: every word of the question is accounted for.
Set by hand."""

SHORT = 4
"""Letters of a word from which on its absence tells that a row does not have what is asked for."""


def build_answerer(reader: SentenceReader, *, abstain_below: float) -> Callable[[Retrieved], Draft]:
    """The embedded answerer: quotes what the reader found, or says that the documents do not answer.

    Args:
        reader: finds the sentences that answer, and says how sure it is.
        abstain_below: the confidence, in [0, 1], below which the answer is an abstention.
    """

    def answer(found: Retrieved) -> Draft:
        if task := find_task(found.question.text):
            return Draft(found, text=format_task_refusal(task), abstained=True, model="embedded")
        parts = found.parts or (found,)
        exact = {part.question.text: drafted for part in parts if (drafted := draft_exact(part))}
        read = [part for part in parts if part.question.text not in exact]
        readings = [
            quote_lists_whole(reader(part), part.going_on) if part.passages else Reading((), 0.0) for part in read
        ]
        by_section = {
            part.question.text: drafted
            for part, reading in zip(read, readings, strict=True)
            if not is_told(reading, max(abstain_below, UNSURE_BELOW)) and (drafted := draft_section(part))
        }
        if by_section and not found.parts:
            return by_section[found.question.text]
        exact |= by_section
        readings = [each for part, each in zip(read, readings, strict=True) if part.question.text not in by_section]
        read = [part for part in read if part.question.text not in by_section]
        told = [reading for reading in readings if is_told(reading, abstain_below)]
        # What answers two of several questions is quoted once.
        quotes = {quote.evidence: quote for drafted in exact.values() for quote in drafted.quotes}
        quotes |= {quote.evidence: quote for reading in told for quote in quote_sentences(reading, found)}
        confidences = [reading.confidence for reading in told or readings if reading.confidence is not None]
        said = [drafted.text for drafted in exact.values() if drafted.text]
        refusal = " ".join(said) or refuse(found, *readings[:1])
        units = {note_units(found.standalone, quote.text) for quote in list(quotes.values())[:1]} - {""}
        gaps = (*said, *format_gaps(read, readings, told), *(each.note for each in told if each.note), *units)
        return Draft(
            found,
            tuple(quotes.values()),
            text="" if quotes else refusal,
            short_answer=told[0].short if told else None,
            abstained=not quotes and all(drafted.abstained for drafted in exact.values()),
            confidence=round(min(confidences), 4) if confidences else None,
            model="embedded",
            notes=gaps if quotes else (),
            left_out=sum(drafted.left_out for drafted in exact.values()),
        )

    return answer


def is_told(reading: Reading, abstain_below: float) -> bool:
    """Whether a reading is sure enough to be given as an answer."""
    return bool(reading.evidence) and (reading.confidence is None or reading.confidence >= abstain_below)


def quote_sentences(reading: Reading, found: Retrieved) -> Iterator[QuotedSentence]:
    """A reading's sentences, a paragraph for each document that speaks; of several, each is named, and so are senders.

    The sentences of a summary or a list stand apart: they were picked from all over, and do not follow on one another.
    """
    names = name_documents([*(scored.passage for scored in found.passages), *(home for _, home in reading.evidence)])
    last, speaker = None, ""
    documents = list(dict.fromkeys(span.document_id for span, _ in reading.evidence))
    for span, home in sorted(reading.evidence, key=lambda piece: documents.index(piece[0].document_id)):
        begins = span.document_id != last
        last = span.document_id
        lead = f"“{names[span.document_id]}”: " if begins and len(names) > 1 and home.title else ""
        words, sender = passage_words(span, home), find_sender(home, span.start)
        speaks_anew = sender != speaker or begins
        if sender and speaks_anew and not begins_with(words, sender):
            lead += f"{sender}: "
        speaker = sender
        yield QuotedSentence(words, ((span, home),), speaks_anew or found.route in ("summary", "list"), lead)


def refuse(found: Retrieved, reading: Reading | None = None) -> str:
    """The refusal of a question: by what the reader saw, or by words that stand nowhere."""
    if reading and reading.refusal:
        return f"{ABSTENTION} {reading.refusal}"
    return format_refusal(found.question.text, found.passages)


def format_gaps(parts: Sequence[Retrieved], readings: Sequence[Reading], told: Sequence[Reading]) -> Iterator[str]:
    """A line for each of several questions that stays without an answer."""
    for part, reading in zip(parts, readings, strict=True):
        if reading not in told:
            yield f"On “{part.question.text}”: {refuse(part, reading)}"


def build_reader(embeddings: Embeddings, spans: SpanReader, scorers: Scorers | None = None) -> SentenceReader:
    """The sentence reader: scores every sentence of the passages by what the span model reads in it, and how its passage was found.

    Args:
        embeddings: tell how near each sentence is to the question, and what stands for a document as a whole.
        spans: the span model.
        scorers: weigh what is measured; the shipped ones if not given.
    """
    scorer, nearness = scorers or load_scorers(), build_nearness(embeddings)

    def read(found: Retrieved) -> Reading:
        reading = read_once(found)
        if not repeats(reading, found):
            return reading
        other = read_once(replace(found, standalone=found.question.text), reading)
        return other if moves_on(other, reading, found) else reading

    def read_once(found: Retrieved, told: Reading | None = None) -> Reading:
        import numpy as np

        candidates = find_sentence_candidates(found.passages)
        if found.route == "summary":
            count = find_wanted_count(found.question.text)
            telling = tuple(candidate for candidate in candidates if may_answer(candidate, found.standalone))
            central = choose_central(telling or candidates, embeddings.embed_documents, most=count)
            return Reading(tuple((candidate.span, candidate.passage) for candidate in central), None)
        if stated := state_head(found):
            return stated
        candidates = tuple(candidate for candidate in candidates if may_answer(candidate, found.standalone))
        looked = look_up(found.standalone, candidates)
        if not (candidates := leave_named_items(found.standalone, looked.candidates)):
            return Reading((), 0.0)
        readings = read_passages(spans, found.standalone, found.passages)
        measured = measure(found.standalone, candidates, found.passages, readings, nearness)
        relevant = measure_relevance(found.standalone, candidates)
        measured = reread(spans, found.standalone, candidates, relevant, measured)
        texts = [each.text for each in candidates]
        own_weights = weigh(found.standalone, candidates, find_best_spans(candidates, readings))
        weights = np.array(own_weights, np.float32) * np.array(relevant, np.float32)
        weights *= np.array(weigh_beside(candidates, told), np.float32) if told else 1.0
        scores = score_sentences(scorer.sentence, measured.features, found.standalone, texts, weights).clip(max=1.0)
        confidence = scorer.confidence(scores, measured)
        if found.route == "list":
            listed = sorted(choose_sentences(candidates, scores.tolist(), LISTED), key=lambda each: each.span)
            return Reading(join_sentences(listed, candidates), confidence)
        if topic := find_topic(found.question.text) or find_summarised(found.question.text):
            topical = choose_topical(topic, candidates, embeddings.embed_documents)
            if topical:
                sure = NAMED if is_topic_named(topic, topical) else 0.0
                return Reading(join_sentences(topical, candidates), max(confidence, sure))
        own = find_own_words(found.question, found.standalone)
        if picked := pick_row(found.standalone, own, looked):
            row, value = picked
            sure = max(confidence, ASKED_VALUE if value else NAMED)
            return Reading(((row.span, row.passage),), sure, value)
        if labelled := find_labelled(found.standalone, candidates):
            line, value = labelled
            return Reading(join_sentences([line], candidates), max(confidence, ASKED_VALUE), value)
        if elliptic := find_elliptic(found.standalone, candidates):
            candidate, others = elliptic
            return Reading(join_sentences([candidate], candidates), max(confidence, ELLIPTIC), others)
        if lacking := tell_lacking(own, found.passages, looked, embeddings.embed_documents):
            return Reading((), 0.0, refusal=lacking)
        if confidence < NAMED and (lone := find_lone_row(found, looked)):
            return Reading(((lone.span, lone.passage),), NAMED)
        if find_shared_words(found.standalone):
            confidence = min(confidence, DOUBTFUL)  # it was fitted to English, and says nothing of another language
        if confidence < NAMED and (few := find_carriers(found.standalone, candidates)):
            chosen = sorted(few, key=lambda each: -scores[candidates.index(each)])[:1]
            return Reading(join_sentences(chosen, candidates), NAMED)
        chosen = choose_answer(found.standalone, candidates, scores.tolist())
        if is_thing_absent(own, found.passages):
            confidence = min(confidence, DOUBTFUL)
        if is_message(chosen[0]):
            confidence *= measure_doubt(found.standalone, [scored.passage for scored in found.passages])
        value = find_asked_value(found.standalone, chosen[0], looked.named.get(chosen[0], ()))
        short = value or (None if is_wide(chosen[0]) else find_short_answer(chosen[0], candidates, readings, own))
        if short is None and is_message(chosen[0]) and asks_who_does(found.standalone):
            short = name_sender(chosen[0])
        is_meant = found.is_narrowed and confidence >= VERSION and shares_word(found.standalone, chosen[0].text)
        if looked.is_exact or looked.names_alone(chosen[0]) or is_meant:
            confidence = max(confidence, NAMED)
        return Reading(join_sentences(chosen, candidates), confidence, short)

    return read


def find_lone_row(found: Retrieved, looked: Looked) -> Candidate | None:
    """The one row whose key a question names, where the passages have all of its other words too: one cell of it may answer."""
    keyed = [row for row, named in looked.named.items() if 0 in named]
    is_told = len(looked.named) == 1 and not any(find_missing_words(found.standalone, found.passages, telling=SHORT))
    return keyed[0] if keyed and is_told else None


def find_carriers(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """What has all names that a question shares with a text in another language, if few have."""
    names = find_shared_names(question)
    having = [each for each in candidates if all(re.search(rf"\b{name}\b", each.text) for name in names)]
    if words := find_shared_words(question):  # the span model reads no other language; the words themselves have to do
        counts = [len(set(words) & set(re.findall(r"\w+", each.text.casefold()))) for each in candidates]
        having, names = (
            [each for each, count in zip(candidates, counts, strict=True) if count == max(counts) > 1],
            words,
        )
    return having if names and len(having) <= FEW else []
