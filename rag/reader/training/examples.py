"""What the span model learns from: questions, claims and dialogues as tokens of passages, cut, whole or in groups."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log

from rag.index.bm25 import KeywordIndex
from rag.reader.span_model import MOST_QUESTION_TOKENS, MOST_TOKENS
from rag.reader.training.plan import GROUP, Step
from rag.reader.training.squad_data import Dataset, EncodedClaim, EncodedQuestion, EncodedTurn, Paragraph

CUTS = (48, 64, 96, 128)
"""How many passage tokens are left when a passage is cut; one of these by chance."""

GROUP_CUT = 160
BLANK = 0.08
"""How often an answerable question gets sentences, or a group of passages, without its answer."""

UNPUNCTUATED = 0.2
"""How often a question loses its question mark."""

MOST_ALTERED = 3
"""Tokens of a question that are taken away or exchanged at most, where any are."""

NEIGHBOURS = 12
MOST_CLAIM_TOKENS = 128
QUESTION_MARK = 1029

DIALOGUE_SIZES = (120, 200, 320)
"""Tokens of a passage that is packed of a dialogue's answers, at most; one of these by chance."""

WITH_TITLE = 0.5
"""How often such a passage begins with the title."""

WITHOUT_ANSWER = 0.3
"""How often its answer is left out of it."""


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """A question with one passage's tokens, and the places of its answer among them; none: it is not here.

    Or a claim in the question's place, and whether the passage supports it. The question of one that is not ``certain``
    was altered: what is right is for a teacher to say.
    """

    question: tuple[int, ...]
    passage: tuple[int, ...]
    places: tuple[tuple[int, int], ...]
    supported: bool = False
    certain: bool = True


class ExampleBuilder:
    """Makes the examples of a step.

    Args:
        dataset: what is learnt from.
        altered: how often the question over a single passage loses a word or gets another one.
    """

    def __init__(self, dataset: Dataset, altered: float = 0.0):
        self._dataset = dataset
        self._altered = altered
        counts = Counter(token for paragraph in dataset.paragraphs for token in set(paragraph.ids))
        total = len(dataset.paragraphs)
        self._rarity = {token: log(1 + total / count) for token, count in counts.items()}
        self._indexes: dict[int, KeywordIndex] = {}
        self._asked: dict[int, list[int]] = {}
        for row, question in enumerate(dataset.questions):
            self._asked.setdefault(question.article, []).append(row)

    def examples(self, step: Step) -> list[list[TrainingExample]]:
        """One list for each row of the step: its example, or those of its group."""
        chooser = random.Random(step.seed)
        if step.kind == "claim":
            claims = [self._dataset.claims[row] for row in step.rows]
            return [[_cut_claim(claim)] for claim in claims]
        if step.kind == "dialogue":
            size = chooser.choice(DIALOGUE_SIZES)
            return [self._dialogue(self._dataset.dialogues[row], chooser, size) for row in step.rows]
        questions = [self._dataset.questions[row] for row in step.rows]
        if step.kind == "group":
            return [self._group(asked, chooser) for asked in questions]
        if step.kind == "cut":  # one size for a batch, so that little of it is padding
            size = chooser.choice(CUTS)
            singles = [self._single(asked, chooser, size) for asked in questions]
        else:
            room = MOST_TOKENS - 3 - MOST_QUESTION_TOKENS
            singles = [self._single(asked, chooser, room, 0.0) for asked in questions]
        return [[self._alter(example, asked, chooser)] for example, asked in zip(singles, questions, strict=True)]

    def _single(
        self, asked: EncodedQuestion, chooser: random.Random, size: int, blank: float = BLANK
    ) -> TrainingExample:
        paragraph = self._dataset.paragraphs[asked.paragraph]
        question = _spoken(asked, chooser)
        held = _sentences_of(paragraph, asked.places)
        if held and len(held) < len(paragraph.sentences) and chooser.random() < blank:
            bare = [number for number in range(len(paragraph.sentences)) if number not in held]
            middle = max(bare, key=lambda number: self._likeness(asked, paragraph, number))
            low, high = paragraph.sentences[middle]
            return TrainingExample(question, paragraph.ids[low : min(high, low + size)], ())
        middle = held[0] if held else self._likest(asked, paragraph)
        return _cut(question, paragraph, asked.places, middle, size, chooser)

    def _alter(self, example: TrainingExample, asked: EncodedQuestion, chooser: random.Random) -> TrainingExample:
        """Now and then, the example with a token of its question gone or exchanged for one of another question."""
        if chooser.random() >= self._altered:
            return example
        question = list(example.question)
        for _ in range(chooser.randint(1, MOST_ALTERED)):
            at = chooser.randrange(len(question))
            other = self._dataset.questions[chooser.choice(self._asked[asked.article])].ids
            question[at : at + 1] = [chooser.choice(other)] if chooser.random() < 0.7 else []
            if not question:
                return example
        return replace(example, question=tuple(question), certain=False)

    def _group(self, asked: EncodedQuestion, chooser: random.Random) -> list[TrainingExample]:
        """The question over its own paragraph and neighbours that look right and do not hold the answer's text."""
        own = self._dataset.paragraphs[asked.paragraph]
        question = _spoken(asked, chooser)
        held = _sentences_of(own, asked.places)
        others = self.find_neighbours(asked)
        examples = [
            _cut(question, own, asked.places, held[0] if held else self._likest(asked, own), GROUP_CUT, chooser)
        ]
        if len(others) >= GROUP and chooser.random() < BLANK:
            examples = []
        for number in others[: GROUP - len(examples)]:
            paragraph = self._dataset.paragraphs[number]
            examples.append(_cut(question, paragraph, (), self._likest(asked, paragraph), GROUP_CUT, chooser))
        return examples

    def _dialogue(self, told: EncodedTurn, chooser: random.Random, size: int) -> list[TrainingExample]:
        """The question over what its dialogue tells, where its answer stands or not, and over what another one tells."""
        question = _ask(chooser.choice(told.questions), chooser)
        own, texts = told.own, list(told.answers)
        if own is not None and chooser.random() < WITHOUT_ANSWER:
            del texts[own]
            own = None
        other = chooser.choice(self._dataset.dialogues)
        examples = [_pack(question, other.title, other.answers, None, size, chooser)]
        return [_pack(question, told.title, texts, own, size, chooser), *examples] if texts else examples

    def find_neighbours(self, asked: EncodedQuestion) -> list[int]:
        """Other paragraphs of a question's article that lack its answer's text, those most like the question first."""
        rows = self._dataset.articles[asked.article]
        if asked.article not in self._indexes:
            texts = [self._dataset.paragraphs[row].text for row in rows]
            self._indexes[asked.article] = KeywordIndex.build([str(row) for row in rows], texts)
        scores = self._indexes[asked.article].scores(asked.text)
        best = [rows[int(at)] for at in (-scores).argsort(kind="stable")[:NEIGHBOURS]]
        answers = [answer.casefold() for answer in asked.answers]
        return [
            row
            for row in best
            if row != asked.paragraph
            and not any(answer in self._dataset.paragraphs[row].text.casefold() for answer in answers)
        ]

    def _likest(self, asked: EncodedQuestion, paragraph: Paragraph) -> int:
        return max(range(len(paragraph.sentences)), key=lambda number: self._likeness(asked, paragraph, number))

    def _likeness(self, asked: EncodedQuestion, paragraph: Paragraph, sentence: int) -> float:
        low, high = paragraph.sentences[sentence]
        shared = set(asked.ids) & set(paragraph.ids[low:high])
        return sum(self._rarity.get(token, 0.0) for token in shared)


def _cut_claim(claim: EncodedClaim) -> TrainingExample:
    statement = claim.ids[:MOST_CLAIM_TOKENS]
    return TrainingExample(statement, claim.evidence[: MOST_TOKENS - 3 - len(statement)], (), claim.supported)


def _pack(
    question: tuple[int, ...],
    title: tuple[int, ...],
    texts: Sequence[tuple[int, ...]],
    own: int | None,
    size: int,
    chooser: random.Random,
) -> TrainingExample:
    """A dialogue's answers around one of them, the question's own or any, as one passage of ``size`` tokens at most.

    Right is every word of the own answer: it is a sentence, and nobody marked which of its words say it. As one place it
    would teach to mark whole sentences.
    """
    first = last = chooser.randrange(len(texts)) if own is None else own
    room = size - len(texts[first])
    while growing := [at for at in (first - 1, last + 1) if 0 <= at < len(texts) and len(texts[at]) <= room]:
        at = chooser.choice(growing)
        first, last, room = min(first, at), max(last, at), room - len(texts[at])
    head = title if chooser.random() < WITH_TITLE else ()
    told = (*head, *(token for text in texts[first : last + 1] for token in text))[
        : MOST_TOKENS - 3 - MOST_QUESTION_TOKENS
    ]
    if own is None:
        return TrainingExample(question, told, ())
    start = len(head) + sum(map(len, texts[first:own]))
    return TrainingExample(
        question, told, tuple((at, at + 1) for at in range(start, min(start + len(texts[own]), len(told))))
    )


def _spoken(asked: EncodedQuestion, chooser: random.Random) -> tuple[int, ...]:
    return _ask(asked.ids, chooser)


def _ask(ids: tuple[int, ...], chooser: random.Random) -> tuple[int, ...]:
    ids = ids[:MOST_QUESTION_TOKENS]
    return ids[:-1] if ids[-1:] == (QUESTION_MARK,) and chooser.random() < UNPUNCTUATED else ids


def _sentences_of(paragraph: Paragraph, places: Sequence[tuple[int, int]]) -> list[int]:
    """The numbers of the sentences in which answers begin, in order."""
    return [
        number
        for number, (low, high) in enumerate(paragraph.sentences)
        if any(low <= start < high for start, _ in places)
    ]


def _cut(
    question: tuple[int, ...],
    paragraph: Paragraph,
    places: Sequence[tuple[int, int]],
    middle: int,
    size: int,
    chooser: random.Random,
) -> TrainingExample:
    """Sentences around one, grown before or after it by chance, ``size`` tokens at most."""
    first = last = middle
    sentences = paragraph.sentences
    while True:
        room = size - (sentences[last][1] - sentences[first][0])
        growing = list(_growth(sentences, first, last, room))
        if not growing:
            break
        first, last = chooser.choice(growing)
    low, high = sentences[first][0], min(sentences[last][1], sentences[first][0] + size)
    if first == last and places:  # a sentence longer than fits is cut where the answer stays inside
        inside = next((place for place in places if sentences[first][0] <= place[0] < sentences[first][1]), None)
        if inside and inside[1] > high:
            low, high = max(sentences[first][0], inside[1] - size), inside[1]
    kept = tuple((start - low, end - low) for start, end in places if low <= start and end <= high)
    return TrainingExample(question, paragraph.ids[low:high], kept)


def _growth(sentences: Sequence[tuple[int, int]], first: int, last: int, room: int) -> Iterator[tuple[int, int]]:
    if first > 0 and sentences[first][0] - sentences[first - 1][0] <= room:
        yield first - 1, last
    if last + 1 < len(sentences) and sentences[last + 1][1] - sentences[last][1] <= room:
        yield first, last + 1
