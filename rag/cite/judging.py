"""Is a claim supported by what it cites, not found there, or contradicted? Fitted on people's verdicts on real sentences."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rag.cite.claim_features import FEATURES, ReadSupport, measure_claims
from rag.cite.quote_matching import find_quotations, find_quote
from rag.cite.short_claims import ReadAnswers, judge_short
from rag.cite.support import (
    CitedClaim,
    find_codes_of_letters,
    find_missing_words,
    find_numbers,
    find_plain_words,
    find_telling_words,
    find_words,
)
from rag.english.references import strip_references
from rag.english.replying import is_verdict
from rag.english.sentences import FINISHED
from rag.types import Verdict

JUDGE_FILE = Path(__file__).with_name("judge.json")
"""The fitted weights; ``tests/benchmarks/measure_judge.py --fit`` writes them and says what on."""

SUPPORTED = 0.5
"""A sentence that is supported with at least this probability counts as supported. The fitted bias puts the threshold that is
best for all sets alike here."""

CONTRADICTED = 0.7
"""From this probability, a sentence that is not supported counts as contradicted. A wrong "it says otherwise" is worse than a
"not found": of claims that texts say nothing of, 1 to 13 in 100 are so called on the sets fitted on, and 4 to 28 from 0.5."""

PLAINLY_READ = 2.5
"""Log odds of the head from which it says the same in other words. Below, a claim of which a text has names and numbers and no
other word is not supported: those tell who and when, and not what. On the develop parts that is so of 0 of 305 supported
sentences of chat models' answers that were kept, and of 3 of 66 others; of FEVER's, of 7 of 188, and of 3 of 27."""

VERDICT_SUPPORTED = 0.85
"""The same for a sentence that answers yes or no. It says the question's own words again, and the text was found by these, so
that sharing them tells little: of a small model's wrong ones (develop part of the natural questions) the likeliest had 0.84."""

NOT_SETTLED = "What it cites does not settle what was asked."
ANOTHER_ANSWER = "What it cites has these words, and does not answer the question with them."
RESTATED = "It only says again what was asked."
NOTHING_FOUND = "Nothing in the passages that were found supports it."
"""Why a sentence without a footnote is not proven."""

MOST_NAMED = 4
"""Words that are named as missing, at most."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a claim's evidence makes of it: the probability of support in [0, 1], the verdict, and why, in one line."""

    support: float
    verdict: Verdict
    reason: str = ""

    @property
    def supported(self) -> bool:
        """Whether the claim counts as proven."""
        return self.verdict == "supported"


_READ = tuple(FEATURES.index(name) for name in ("head", "head_best"))

SupportEstimator = Callable[[Sequence[CitedClaim]], Sequence[Judgement]]
"""Judges each claim by what it cites."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression: the probability sigmoid(bias + weights . features)."""

    weights: tuple[float, ...]
    bias: float

    def __call__(self, features: Sequence[float]) -> float:
        """The probability, in [0, 1], of one row of features."""
        odds = self.bias + sum(weight * value for weight, value in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


@dataclass(frozen=True, slots=True)
class FittedJudge:
    """``support``: is a claim supported? ``contradiction``: of one that is not, is the opposite said?"""

    support: Logistic
    contradiction: Logistic


@cache
def load_judge() -> FittedJudge:
    """The weights that ship with the package."""
    values = json.loads(JUDGE_FILE.read_text(encoding="utf-8"))

    def logistic(fitted: Mapping[str, float]) -> Logistic:
        return Logistic(tuple(float(fitted.get(name, 0.0)) for name in FEATURES), float(fitted["bias"]))

    return FittedJudge(logistic(values["support"]), logistic(values["contradiction"]))


def build_support_estimator(read: ReadSupport, read_answers: ReadAnswers | None = None) -> SupportEstimator:
    """The judgement by words, names, numbers, negation and the reader's head together.

    A few words that stand in what they cite are judged by whether they answer the question, where that is known.

    A sentence with a number that stands in no passage it cites, or with a quotation that none of them holds, is not
    supported, whatever else agrees; nor is one that says in a text's own words what the head is sure that it does not say, or
    of which what is quoted has names and numbers alone.

    Args:
        read: gives for each pair of a claim and a text the probability that the text supports the claim.
        read_answers: reads texts for the words that answer a question; without, a few words are judged like others.
    """

    def estimate(claims: Sequence[CitedClaim]) -> list[Judgement]:
        judged = [judge(each, row) for each, row in zip(claims, measure_claims(claims, read), strict=True)]
        for number, likely in (judge_short(claims, read_answers) if read_answers else {}).items():
            is_answer = likely >= SUPPORTED
            verdict: Verdict = "supported" if is_answer else "not found"
            judged[number] = Judgement(round(likely, 4), verdict, "" if is_answer else ANOTHER_ANSWER)
        return judged

    return estimate


def judge(cited: CitedClaim, features: Sequence[float]) -> Judgement:
    """The judgement of one claim by its features; one without a word that says anything is not supported."""
    if not find_words(strip_references(cited.claim)):
        return Judgement(0.0, "not found", _explain(cited, ()))
    fitted = load_judge()
    support = fitted.support(features)
    invented = find_invented(cited)
    refused = features[FEATURES.index("refused")] > 0
    is_read = max(features[place] for place in _READ) >= PLAINLY_READ
    missing = find_other_codes(cited) or (() if support < SUPPORTED or is_read else find_unsaid(cited))
    if invented or refused or missing:
        support *= SUPPORTED  # below the threshold, and in the same order
    support = round(support, 4)
    if support >= SUPPORTED:
        return Judgement(support, "supported")
    if missing and not invented and not refused:
        return Judgement(support, "not found", f"What it cites does not say: {', '.join(missing[:MOST_NAMED])}.")
    if not invented and (refused or fitted.contradiction(features) >= CONTRADICTED):
        return Judgement(support, "contradicted", "What it cites says otherwise.")
    return Judgement(support, "not found", _explain(cited, invented))


def find_invented(cited: CitedClaim) -> tuple[str, ...]:
    """The numbers of a claim, and its words in quotation marks, that no passage it cites has."""
    told = [f"{passage.title}\n{passage.heading}\n{passage.text}" for passage in cited.passages]
    known = {number for text in told for number in find_numbers(text)}
    numbers = sorted(find_numbers(strip_references(cited.claim)) - known)
    quotations = [quote for quote in find_quotations(cited.claim) if not any(find_quote(quote, text) for text in told)]
    return (*numbers, *(f"“{quote}”" for quote in quotations))


def find_other_codes(cited: CitedClaim) -> tuple[str, ...]:
    """The codes of a claim that what is quoted for it does not have: PIV-I is another thing than PIV."""
    known = {code for text in _list_quoted(cited) for code in find_codes_of_letters(text)}
    return tuple(code for code in find_codes_of_letters(strip_references(cited.claim)) if code not in known)


def find_unsaid(cited: CitedClaim) -> tuple[str, ...]:
    """The words of a claim that are not in what is quoted for it, where that has none of them but names and numbers.

    None where rows of a table are quoted: they are names and numbers, and their columns' names are other words.
    """
    told, claim = _list_quoted(cited), strip_references(cited.claim)
    if not any(FINISHED.search(text) for text in cited.quotes or [passage.text for passage in cited.passages]):
        return ()
    plain = find_plain_words(claim)
    if not plain or not find_telling_words(claim) or plain & {word for text in told for word in find_words(text)}:
        return ()
    return find_missing_words(claim, told)


def _list_quoted(cited: CitedClaim) -> list[str]:
    """What is quoted, without a quote the passages, and the headings that it stands below."""
    texts = cited.quotes or tuple(passage.text for passage in cited.passages)
    return [*texts, *(passage.heading for passage in cited.passages)]


def _explain(cited: CitedClaim, invented: Sequence[str]) -> str:
    if invented:
        return f"What it cites does not have {', '.join(invented[:MOST_NAMED])}."
    told = [f"{passage.title}\n{passage.heading}\n{passage.text}" for passage in cited.passages]
    missing = find_missing_words(strip_references(cited.claim), told)
    if missing := tuple(word for word in missing if not is_verdict(word))[:MOST_NAMED]:
        return f"What it cites does not say: {', '.join(missing)}."
    return "What it cites does not support it."
