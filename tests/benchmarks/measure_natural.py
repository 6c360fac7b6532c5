"""Are questions of people who had not seen the text declined where it does not answer them? Confidence on CANARD's dialogues.

python tests/benchmarks/measure_natural.py --data DIR [--develop]

In these dialogues (QuAC) one asks about a section that only the other can see, and is told "I don't know" where it does not
say. A library is all answers that were given about one subject; each of its questions is asked as a person rewrote it to
stand alone. The answers are short and out of their context, so this is harder than a document. Reported is the half of the
dialogues whose sha256 is odd.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from rag.errors import FootnoteError
from rag.evaluation.metrics.intervals import wilson_interval
from rag.index.bm25 import KeywordIndex
from rag.index.embeddings import build_embeddings
from rag.index.state import Hit
from rag.reader.nearness import build_nearness
from rag.reader.scoring import load_scorers
from rag.reader.span_reader import share_reader
from rag.reader.training.claims import Half
from rag.reader.training.dialogues import Dialogue, read_dialogues
from rag.reader.training.fitting import Found, measure_sentences
from rag.retrieve.hybrid import POOL, fuse
from rag.settings import read_settings
from rag.types import UNSURE_BELOW, Passage, Span

PASSAGES = 8
LENGTH = 800
"""Characters of a passage, about."""


def read_subjects(data: Path, half: Half) -> Iterator[tuple[list[Passage], list[tuple[str, bool]]]]:
    """For each subject its answers as passages, and its questions with whether they were answered."""
    subjects: defaultdict[str, list[Dialogue]] = defaultdict(list)
    for dialogue in read_dialogues(data, half):
        subjects[dialogue.subject].append(dialogue)
    for dialogues in subjects.values():
        passages: list[Passage] = []
        questions = []
        for dialogue in dialogues:
            questions += [(turn.rewrite, turn.is_answered) for turn in dialogue.turns if turn.answer is not None]
            for text in pack(dialogue.answers):
                at = passages[-1].span.end if passages else 0
                title = f"{dialogue.subject}, {dialogue.section}"
                passages.append(Passage(Span("answers", at, at + len(text)), text, title=title))
        if passages:
            yield passages, questions


def pack(answers: Sequence[str]) -> Iterator[str]:
    """Answers one after another as passages of about ``LENGTH`` characters."""
    text = ""
    for sentence in answers:
        if text and len(text) + len(sentence) > LENGTH:
            yield text
            text = ""
        text = f"{text} {sentence}".strip()
    if text:
        yield text


def rank(passages: Sequence[Passage], scores: Any) -> list[Hit]:
    """The best of the passages by a score."""
    return [Hit(passages[row], float(scores[row])) for row in np.argsort(-scores, kind="stable")[:POOL]]


def main(arguments: list[str] | None = None) -> None:
    """Print how well confidence tells answered from unanswered, and what the thresholds make of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--develop", action="store_true", help="the other half, which the reader learnt from")
    options = parser.parse_args(arguments)
    embeddings, judges, reader = build_embeddings(read_settings()), load_scorers(), share_reader()
    nearness = build_nearness(embeddings)
    sure: dict[bool, list[float]] = {True: [], False: []}
    subjects = list(read_subjects(options.data, "even" if options.develop else "odd"))
    for passages, questions in tqdm(subjects, unit="subject", file=sys.stderr, disable=None):
        texts = [f"{passage.title}\n{passage.text}" for passage in passages]
        vectors = np.asarray(embeddings.embed_documents(texts), dtype=np.float32)
        asked = np.asarray(embeddings.embed_documents([text for text, _ in questions]), dtype=np.float32)
        keywords = KeywordIndex.build([passage.id for passage in passages], texts)
        for (text, answered), vector in zip(questions, asked, strict=True):
            similar = rank(passages, vectors @ vector)
            worded = [hit for hit in rank(passages, keywords.scores(text)) if hit.score > 0]
            found = fuse(similar, worded)[:PASSAGES]
            readings = tuple(reader.read(text, [scored.passage.text for scored in found]))
            example = measure_sentences(Found(text, found, readings, ()), judges.passage, nearness)
            sure[answered].append(judges.confidence(judges.sentence(example.features), example.measured))
    yes, no = (np.array(sure[answered]) for answered in (True, False))
    above = (yes[:, None] > no[None, :]).mean() + (yes[:, None] == no[None, :]).mean() / 2
    print(f"{len(yes)} questions that were answered, {len(no)} that were not; area under the curve {100 * above:.1f}")
    for threshold in (read_settings().abstain_below, UNSURE_BELOW):
        print(f"  below {threshold}: unanswered {_share(no < threshold)}, answered {_share(yes < threshold)}")


def _share(below: Any) -> str:
    low, high = wilson_interval(int(below.sum()), len(below)) or (0.0, 1.0)
    return f"{100 * below.mean():.1f} % ({100 * low:.0f}-{100 * high:.0f})"


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_natural: {error}")
