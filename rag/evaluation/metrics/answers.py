"""What an answer says, measured against the gold answers: by words, by characters cited, and by both together."""

from __future__ import annotations

from rag.evaluation.metrics.cases import Case, find_held, holds_gold_answer, is_answerable
from rag.evaluation.metrics.squad import count_words, exact_match_of, f1_of

READABLE = 600
"""Characters of quotes that a person reads willingly; where the evidence is longer, three times as many as that has."""


def good(case: Case) -> float:
    """1 for an answer whose first quote is evidence, half of whose quotes are, and which is short enough to be read."""
    right, gold = case.quotes_evidence, case.wanted_characters
    told = sum(span.end - span.start for span in case.cited)
    return float(right[:1] == (True,) and 2 * sum(right) >= len(right) and told <= max(READABLE, 3 * gold))


def first_quote(case: Case) -> float:
    """1 if the first quote is gold evidence."""
    return float(case.quotes_evidence[:1] == (True,))


def quote_precision(case: Case) -> float | None:
    """Quotes that are gold evidence / quotes; not defined where nothing is quoted."""
    right = case.quotes_evidence
    return sum(right) / len(right) if right else None


def exact_match(case: Case) -> float:
    """The best exact match over the gold answers."""
    return max(exact_match_of(case.prediction, gold) for gold in case.gold_texts)


def f1(case: Case) -> float:
    """The best F1 over the gold answers."""
    return max(f1_of(case.prediction, gold) for gold in case.gold_texts)


def contains(case: Case) -> float:
    """1 if the answer's text holds some gold answer, or all that it must hold: whole words, one after another."""
    return float(holds_gold_answer(case))


def key_phrases(case: Case) -> float:
    """The share of the wanted phrases that stand in the answer's text; of gold answers one is enough. 0 if it abstains."""
    if case.answer.abstained:
        return 0.0
    if case.question.must:
        held = find_held(case, case.question.must)
        return sum(held) / len(held)
    return float(holds_gold_answer(case))


def word_recall(case: Case) -> float:
    """The share of a gold answer's words that the answer has too, the best over the gold answers."""
    return max(measure_overlap(case.prediction, gold)[1] for gold in case.gold_texts)


def measure_overlap(prediction: str, gold: str) -> tuple[float, float]:
    """Precision and recall over the words of SQuAD's normal form; both empty: 1, one empty: 0."""
    shared, said, wanted = count_words(prediction, gold)
    if not said or not wanted:
        return (1.0, 1.0) if said == wanted else (0.0, 0.0)
    return shared / said, shared / wanted


def crag_score(case: Case) -> float:
    """+1 for a correct answer, 0 for an abstention, -1 for a wrong answer."""
    return {"correct": 1.0, "abstained": 0.0}.get(case.outcome, -1.0)


def citation_hit(case: Case) -> float:
    """1 if any cited quote shares a character with gold evidence."""
    return float(case.citing[0] > 0)


def citation_precision(case: Case) -> float | None:
    """Characters of the cited quotes that are gold evidence / characters cited; not defined where nothing is cited."""
    shared, cited, _ = case.citing
    return shared / cited if cited else None


def citation_recall(case: Case) -> float:
    """Characters of gold evidence that are cited / characters of gold evidence; of the best piece where one is enough."""
    return case.cited_share


def citation_f1(case: Case) -> float:
    """The harmonic mean of citation precision and recall; 0 where nothing is cited."""
    shared, cited, _ = case.citing
    return _harmonic(shared / cited, case.cited_share) if cited else 0.0


def joint_f1(case: Case) -> float:
    """F1 of answer and citation together: their precisions and their recalls multiplied (Yang et al. 2018).

    Of several gold answers, the one that gives most counts.
    """
    shared, cited, _ = case.citing
    if not shared:
        return 0.0
    overlaps = [measure_overlap(case.prediction, text) for text in case.gold_texts]
    return max(_harmonic(precision * shared / cited, recall * case.cited_share) for precision, recall in overlaps)


def quote_validity(case: Case) -> tuple[int, int]:
    """How many citations quote their document's text exactly, of how many."""
    # The lengths are compared too, because a slice that reaches beyond the text is cut short in silence.
    good = sum(
        len(citation.quote) == citation.span.end - citation.span.start
        and case.texts.get(citation.span.document_id, "").startswith(citation.quote, citation.span.start)
        for citation in case.answer.citations
    )
    return good, len(case.answer.citations)


def abstained(case: Case) -> float:
    """1 for an abstention."""
    return float(case.outcome == "abstained")


def answered(case: Case) -> float:
    """1 for an answer, 0 for an abstention."""
    return 1.0 - abstained(case)


def abstention_precision(case: Case) -> tuple[int, int]:
    """Right abstentions, of all abstentions."""
    made = case.outcome == "abstained"
    return int(made and not is_answerable(case.question)), int(made)


def abstention_f1(case: Case) -> tuple[int, int]:
    """Twice the right abstentions, of those made and those due together."""
    made, due = case.outcome == "abstained", not is_answerable(case.question)
    return 2 * int(made and due), int(made) + int(due)


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
