"""Do the citations prove the sentences? ALCE's citation recall and precision (Gao et al. 2023), by any judge.

Whether a text entails a sentence is asked of a judge that is passed in: words in common, a model of entailment, a chat
model. Its name, and how often it agrees with people, stand beside the figures, because they are no better than it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rag.evaluation.metrics.cases import Case, find_markers
from rag.evaluation.metrics.metric import Metric, Value
from rag.types import Answer

MOST_ACCEPTED = 5
"""Accepted answers of a question that a judge is told: sets name a dozen ways to write one date."""

FindSentences = Callable[[str], Iterable[tuple[int, int]]]
"""Offsets of the sentences of a text."""


@dataclass(frozen=True)
class Judge:
    """Says whether a text entails a sentence; the same question is put to it only once.

    Attributes:
        name: how tables call it.
        function: from the text and the sentence to a probability in [0, 1], or to True or False.
        accuracy: how often it was right where people had decided, and on what; empty where nobody measured it.
        threshold: the probability from which it says yes.
        reads_questions: it understands words such as "the answer to that is", as a chat model does, and so can say
            whether an answer is right. It is asked no more than that and what ALCE's figures need, for it is slow.
        prompt: what a chat model is told; empty for other judges.
    """

    name: str
    function: Callable[[str, str], float]
    accuracy: str = ""
    threshold: float = 0.5
    reads_questions: bool = False
    prompt: str = field(default="", repr=False)
    verdicts: dict[tuple[str, str], bool] = field(default_factory=dict, repr=False, compare=False)

    def entails(self, premise: str, sentence: str) -> bool:
        """Whether the premise entails the sentence; a text of nothing entails nothing."""
        if not premise.strip() or not sentence.strip():
            return False
        asked = (premise, sentence)
        if asked not in self.verdicts:
            self.verdicts[asked] = float(self.function(premise, sentence)) >= self.threshold
        return self.verdicts[asked]

    @property
    def description(self) -> str:
        """Name and accuracy, for the line beside a figure."""
        return f"judged by {self.name} ({self.accuracy or 'accuracy not measured'})"


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence without its markers, the quotes that it cites, and whether all of its markers mean a citation."""

    text: str
    quotes: tuple[str, ...]
    in_range: bool = True


def build_judged_metrics(judge: Judge, find_sentences: FindSentences) -> tuple[Metric, ...]:
    """The metrics that need a judge, to be added to a table: ALCE's two, and whether answers say what gold ones say.

    That is compared sentence by sentence, or asked of a judge that reads questions.

    Args:
        judge: who decides.
        find_sentences: how answers that bring no sentences, and gold answers, are cut.
    """

    def recall(case: Case) -> Value:
        return None if case.answer.abstained else measure_recall(read_sentences(case.answer, find_sentences), judge)

    def precision(case: Case) -> Value:
        return None if case.answer.abstained else measure_precision(read_sentences(case.answer, find_sentences), judge)

    def compared(case: Case) -> tuple[float, float]:
        said = case.prediction
        pairs = [compare_sentences(said, gold, judge, find_sentences) for gold in case.gold_texts]
        return max(pairs, key=_harmonic)

    by = judge.description
    alce, checker = f"Gao et al. 2023 (ALCE); {by}", f"after Ru et al. 2024 (RAGChecker), by sentences; {by}"
    proof = (
        Metric(
            "alce_recall",
            recall,
            "all",
            "mean",
            "share of an answer's sentences that what they cite entails; over answers that did not abstain",
            alce,
        ),
        Metric(
            "alce_precision",
            precision,
            "all",
            "mean",
            "share of an answer's citations that their sentence needs, over answers that cite",
            alce,
        ),
    )
    if judge.reads_questions:
        definition = "the judge finds one of the accepted answers in the answer; 0 for an abstention"
        agrees = Metric(
            "judged_correct", lambda case: agrees_with_gold(case, judge), "with answers", "proportion", definition, by
        )
        return (*proof, agrees)
    return (
        *proof,
        Metric(
            "sentence_precision",
            lambda case: compared(case)[0],
            "with answers",
            "mean",
            "share of the answer's sentences that the gold answer entails; 0 for an abstention",
            checker,
        ),
        Metric(
            "sentence_recall",
            lambda case: compared(case)[1],
            "with answers",
            "mean",
            "share of the gold answer's sentences that the answer entails; 0 for an abstention",
            checker,
        ),
        Metric(
            "sentence_f1",
            lambda case: _harmonic(compared(case)),
            "with answers",
            "mean",
            "harmonic mean of the two, question by question",
            checker,
        ),
    )


def agrees_with_gold(case: Case, judge: Judge) -> float:
    """1 if the judge says that the answer gives one of the accepted answers to its question."""
    if case.answer.abstained or not case.prediction.strip():
        return 0.0
    question = case.question.text
    accepted = '"; or, which is as good: "'.join(case.gold_texts[:MOST_ACCEPTED])
    said = f"Question: {question}\nAnswer: {case.prediction}"
    return float(judge.entails(said, f'The answer to the question "{question}" is "{accepted}".'))


def measure_recall(sentences: Iterable[CitedSentence], judge: Judge) -> float | None:
    """The share of the sentences that cite, with no marker out of range, what together entails them; None for none."""
    found = [_is_proven(sentence, judge) for sentence in sentences]
    return sum(found) / len(found) if found else None


def measure_precision(sentences: Iterable[CitedSentence], judge: Judge) -> float | None:
    """The share of the citations that count; None where nothing is cited.

    One counts unless its sentence is not proven, or it alone does not entail the sentence and the rest without it do.
    """
    counted = []
    for sentence in sentences:
        proven = _is_proven(sentence, judge)
        for number, quote in enumerate(sentence.quotes):
            rest = " ".join((*sentence.quotes[:number], *sentence.quotes[number + 1 :]))
            needed = judge.entails(quote, sentence.text) or not judge.entails(rest, sentence.text)
            counted.append(proven and needed)
    return sum(counted) / len(counted) if counted else None


def compare_sentences(said: str, gold: str, judge: Judge, find_sentences: FindSentences) -> tuple[float, float]:
    """The share of the sentences said that the gold answer entails, and of the gold sentences that is said."""
    shares = []
    for one, other in ((said, gold), (gold, said)):
        sentences = [one[start:end] for start, end in find_sentences(one)]
        proven = sum(judge.entails(other, sentence) for sentence in sentences)
        shares.append(proven / len(sentences) if sentences else 0.0)
    return shares[0], shares[1]


def read_sentences(answer: Answer, find_sentences: FindSentences) -> tuple[CitedSentence, ...]:
    """The sentences of an answer with what they cite: those that it brings, else its text cut here.

    A marker belongs to the sentence whose last word stands before it: in "A. [1] B." the sentence A cites 1.
    """
    text, marks = _take_out_markers(answer)
    if answer.sentences:
        quotes = {citation.number: citation.quote for citation in answer.citations}
        return tuple(
            CitedSentence(
                _remove(answer, sentence.start, sentence.end) if answer.citations else sentence.text,
                tuple(quotes[number] for number in sentence.citations if number in quotes),
                all(number in quotes for number in sentence.citations)
                and not any(marker in sentence.text for marker in answer.unknown_markers),
            )
            for sentence in answer.sentences
        )
    bounds = list(find_sentences(text)) or ([(0, len(text))] if text.strip() else [])
    cited: list[list[str]] = [[] for _ in bounds]
    for at, quote in marks:
        last = len(text[:at].rstrip())
        owner = max((number for number, (start, _) in enumerate(bounds) if start < last), default=0)
        if bounds and quote not in cited[owner]:
            cited[owner].append(quote)
    return tuple(
        CitedSentence(
            text[start:end].strip(),
            tuple(quotes),
            not any(marker in text[start:end] for marker in answer.unknown_markers),
        )
        for (start, end), quotes in zip(bounds, cited, strict=True)
    )


def _is_proven(sentence: CitedSentence, judge: Judge) -> bool:
    return bool(sentence.quotes) and sentence.in_range and judge.entails(" ".join(sentence.quotes), sentence.text)


def _take_out_markers(answer: Answer) -> tuple[str, list[tuple[int, str]]]:
    """The text without markers, and for each marker where it stood in that text and the quote that it stands for."""
    quotes = {f"[{citation.number}]": citation.quote for citation in answer.citations}
    quotes_at = {place: citation.quote for citation in answer.citations for place in citation.markers}
    text, marks, done = "", [], 0
    for start, end in find_markers(answer):
        text += answer.text[done:start]
        marks.append((len(text), quotes_at.get((start, end)) or quotes.get(answer.text[start:end], "")))
        done = end
    return text + answer.text[done:], marks


def _remove(answer: Answer, start: int, end: int) -> str:
    """The words from ``start`` to ``end`` without the markers among them."""
    words = answer.text[start:end]
    for first, last in reversed(find_markers(answer)):
        if start <= first and last <= end:
            words = words[: first - start] + words[last - start :]
    return words.strip()


def _harmonic(pair: tuple[float, float]) -> float:
    return 2 * pair[0] * pair[1] / sum(pair) if sum(pair) else 0.0
