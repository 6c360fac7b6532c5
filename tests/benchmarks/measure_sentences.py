"""The embedded answerer on one short text at a time: the right sentence, the right words, and knowing when neither is there.

python tests/benchmarks/measure_sentences.py --data DIR [--questions N]

Sets that nothing here was fitted on: QED (Natural Questions with the sentence and the words that answer), SelQA test
(which sentence of a section answers), CAsT and MultiRC (which sentences of a passage do; of CAsT's passages half answer
nothing), and SQuAD 2.0 dev (is it answered in this paragraph at all?). The sentence is the one that the answer's emphasised
words stand in.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ingest.split import split_document
from rag.answer.quoting import build_reader
from rag.answer.reading import Reading
from rag.errors import FootnoteError
from rag.evaluation.metrics.intervals import wilson_interval
from rag.evaluation.metrics.squad import f1_of
from rag.index.embeddings import build_embeddings, build_token_counter
from rag.reader.reranking import build_ranker
from rag.reader.span_reader import SpanReader
from rag.reader.training.squad_data import read_articles
from rag.reader.training.validation import measure_auc
from rag.settings import read_settings
from rag.steps import Retrieved
from rag.types import Document, Question, ScoredPassage, Span


@dataclass(frozen=True)
class Asked:
    """A question to one text: its gold sentences as offsets, and its accepted answers; neither where there is none."""

    question: str
    text: str
    gold: tuple[tuple[int, int], ...] = ()
    answers: tuple[str, ...] = ()


def read_qed(data: Path) -> Iterator[Asked]:
    for line in (data / "qed" / "qed-dev.jsonlines").read_text(encoding="utf-8").splitlines():
        example = json.loads(line)
        sentence = example["annotation"].get("selected_sentence")
        if sentence:
            answers = tuple(answer["string"] for group in example["original_nq_answers"] for answer in group)
            place = (sentence["start"], sentence["end"])
            yield Asked(example["question_text"], example["paragraph_text"], (place,), answers)


def read_selqa(data: Path) -> Iterator[Asked]:
    for example in json.loads((data / "selqa" / "selqa-ass-test.json").read_text(encoding="utf-8")):
        text, places = "", []
        for sentence in example["candidates"]:
            text += " " if text else ""
            places.append((len(text), len(text) + len(sentence)))
            text += sentence
        if example["answers"]:
            yield Asked(example["question"], text, tuple(places[row] for row in example["answers"]))


def read_marked(data: Path, name: str) -> Iterator[Asked]:
    with gzip.open(data / "evidence" / "measure_only" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for example in map(json.loads, lines):
            text, places = "", []
            for sentence in example["sentences"]:
                text += " " if text else ""
                places.append((len(text), len(text) + len(sentence)))
                text += sentence
            yield Asked(example["question"], text, tuple(places[row] for row in example["evidence"]))


def read_squad(data: Path) -> Iterator[Asked]:
    for article in read_articles(data / "squad" / "dev-v2.0.json"):
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                yield Asked(qa["question"], paragraph["context"], (), tuple(each["text"] for each in qa["answers"]))


def build_ask() -> Callable[[Asked], Reading]:
    """Ask a text as if it were the only document, cut and ranked as in the product."""
    embeddings, spans = build_embeddings(read_settings()), SpanReader()
    reader, rank, counter = build_reader(embeddings, spans), build_ranker(spans), build_token_counter(embeddings)

    def ask(asked: Asked) -> Reading:
        document = Document(id="text", title="", text=asked.text, source="", source_digest="")
        passages = [ScoredPassage(passage, 0.0) for passage in split_document(document, counter)]
        question = Question(asked.question)
        return reader(Retrieved(question, asked.question, rank(asked.question, passages)))

    return ask


def show(name: str, hits: list[bool]) -> None:
    low, high = wilson_interval(sum(hits), len(hits)) or (0.0, 1.0)
    print(f"  {name:44} {100 * sum(hits) / len(hits):5.1f} % ({100 * low:.1f}-{100 * high:.1f}) of {len(hits)}")


def is_right_sentence(reading: Reading, asked: Asked) -> bool:
    if not reading.evidence:
        return False
    place = reading.short.span if reading.short else reading.evidence[0][0]
    return any(place.overlap(Span("text", start, end)) for start, end in asked.gold)


def main(arguments: list[str] | None = None) -> None:
    """Print the figures of each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--questions", type=int, help="so many of each set, drawn by chance; else all")
    options = parser.parse_args(arguments)
    ask, below = build_ask(), read_settings().abstain_below

    def read(questions: Iterator[Asked]) -> list[tuple[Asked, Reading]]:
        drawn: list[Any] = list(questions)
        if options.questions and options.questions < len(drawn):
            drawn = random.Random(0).sample(drawn, options.questions)
        return [(asked, ask(asked)) for asked in tqdm(drawn, file=sys.stderr, disable=None)]

    for name, source in (("QED", read_qed), ("SelQA test", read_selqa)):
        print(name)
        readings = read(source(options.data))
        show("the right sentence first", [is_right_sentence(reading, asked) for asked, reading in readings])
        scores = [
            max(f1_of(reading.short.text if reading.short else "", answer) for answer in asked.answers)
            for asked, reading in readings
            if asked.answers
        ]
        if scores:
            print(f"  {'F1 of the emphasised words':44} {100 * sum(scores) / len(scores):5.1f} over {len(scores)}")
    for name in ("cast", "multirc"):
        print(name)
        readings = read(read_marked(options.data, name))
        answerable = [(reading, asked) for asked, reading in readings if asked.gold]
        show("the right sentence first", [is_right_sentence(*pair) for pair in answerable])
        if len(answerable) < len(readings):
            sure = np.array([reading.confidence or 0.0 for _, reading in readings])
            area = measure_auc(sure, np.array([bool(asked.gold) for asked, _ in readings]))
            print(f"  {'AUC of the confidence: is it answered at all?':44} {100 * area:5.1f} of {len(readings)}")
    print(f"SQuAD 2.0 dev, a paragraph is the library; declined below a confidence of {below}")
    declined = [
        (bool(asked.answers), (reading.confidence or 0.0) < below) for asked, reading in read(read_squad(options.data))
    ]
    show("unanswerable, and declined", [said for answerable, said in declined if not answerable])
    show("answerable, and declined", [said for answerable, said in declined if answerable])


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_sentences: {error}")
