"""Is a sentence supported by what it cites? A model's judgement, and words shared, numbers and names first. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from rag.cite.quote_matching import find_quotations, find_quote
from rag.english.sentences import find_sentences
from rag.english.terms import is_negation
from rag.english.words import FUNCTION_WORDS, NUMBERS
from rag.types import Passage, Status

SUPPORTED = 0.35
"""A sentence that is supported with at least this probability counts as supported; chosen, and the two below fitted, on
claims of WiCE's dev set, ConjNLI's, and sentences of SQuAD's dev articles made wrong (even half), alike in weight
(``tests/benchmarks/measure_support.py --fit``)."""

SLOPE, INTERCEPT = 0.55, 0.56
"""From the model's log odds to those where half of the claims are supported."""

OWN_NUMBER = 0.3
"""The most that shared words come to where the claim has a number of its own."""

CLOSE = 0.8
"""The alignment of words from which a sentence counts as close to its quote."""

NEARLY_ALL = 0.9
"""The share of a sentence's content words that a quote must hold to be taken for its very words."""

NUMBER_WEIGHT, NAME_WEIGHT = 3.0, 2.0
"""How much more a number or a name weighs than another word: those are what an answer must not get wrong."""

LONGEST_ALIGNED = 300
"""Words compared when aligning; alignment takes quadratic time, and sentences are shorter."""

_LIST_NUMBER = re.compile(r"^[^\S\n]*\d{1,2}[.)]\s+", re.MULTILINE)
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class CitedClaim:
    """A claim, the words that it cites, and the passages that these stand in."""

    claim: str
    quotes: tuple[str, ...]
    passages: tuple[Passage, ...]


SupportEstimator = Callable[[Sequence[CitedClaim]], Sequence[float]]
"""How likely it is, for each claim, that what it cites supports it: in [0, 1]."""


@lru_cache(maxsize=4096)
def find_words(text: str) -> tuple[str, ...]:
    """The content words of a text in order: NFKC, case folded, stemmed; numbers in digits; function words left out."""
    return tuple(word for word, _ in _weigh_words(text))


def measure_support(claim: str, quotes: Sequence[str], passages: Sequence[str] = ()) -> float:
    """How much of a claim stands in its evidence, in [0, 1]: the weighted share of its content words.

    A word found only elsewhere in the cited passages counts half, since quotes say "they" where a claim says who. A
    number found nowhere leaves the claim unsupported, whatever else agrees.

    Args:
        claim: the sentence, without markers.
        quotes: the sentences that it cites.
        passages: the passages that these stand in.
    """
    words = _weigh_words(claim)
    if not words:
        return 0.0
    quoted = {word for quote in quotes for word in find_words(quote)}
    near = {word for passage in passages for word in find_words(passage)}
    found = sum(weight * (1.0 if word in quoted else 0.5 if word in near else 0.0) for word, weight in words)
    share = found / sum(weight for _, weight in words)
    has_own_number = any(word[0].isdigit() and word not in quoted | near for word, _ in words)
    return round(min(share, OWN_NUMBER) if has_own_number else share, 4)


def weigh_claim(claim: str) -> float:
    """How much the content words of a claim weigh together: 1 each, and a number or a name more."""
    return sum(weight for _, weight in _weigh_words(claim))


def find_telling_words(claim: str) -> frozenset[str]:
    """The names and numbers of a claim, as ``find_words`` writes them."""
    return frozenset(word for word, weight in _weigh_words(claim) if weight >= NAME_WEIGHT)


def calibrate(probability: float) -> float:
    """The probability of support, in [0, 1], where half of all claims are supported; the argument is the model's own."""
    odds = max(probability, 1e-6) / max(1 - probability, 1e-6)
    return 1 / (1 + math.exp(-(SLOPE * math.log(odds) + INTERCEPT)))


def build_support_estimator(read: Callable[[Sequence[tuple[str, str]]], Sequence[float]]) -> SupportEstimator:
    """The estimate by a model: the best that it makes of any passage cited, and of what is quoted from several together.

    A sentence with a number that stands in none of them, or with a quotation that none of them holds, is not supported,
    whatever the model makes of it.

    Args:
        read: gives for each pair of a claim and a text the probability that the text supports the claim.
    """

    def estimate(claims: Sequence[CitedClaim]) -> list[float]:
        rows = [(row, text) for row, each in enumerate(claims) for text in _find_texts(each)]
        likely = [0.0] * len(claims)
        for (row, _), probability in zip(rows, read([(claims[row].claim, text) for row, text in rows]), strict=True):
            likely[row] = max(likely[row], calibrate(probability))
        return [
            round(min(value, SUPPORTED / 2) if is_invented(each) else value, 4)
            for each, value in zip(claims, likely, strict=True)
        ]

    return estimate


def is_invented(cited: CitedClaim) -> bool:
    """Whether a claim has a number, or words in quotation marks, that no passage it cites has."""
    told = [f"{passage.title}\n{passage.heading}\n{passage.text}" for passage in cited.passages]
    known = {number for text in told for number in _find_numbers(text)}
    if not _find_numbers(_LIST_NUMBER.sub("", cited.claim)) <= known:
        return True
    return not all(any(find_quote(quote, text) for text in told) for quote in find_quotations(cited.claim))


@lru_cache(maxsize=4096)
def find_best_sentence(claim: str, text: str) -> tuple[int, int]:
    """Offsets of the sentence of ``text`` that supports ``claim`` best; of equals, the first."""
    sentences = _sentences_of(text)
    return max(sentences, key=lambda bounds: _fit(claim, text[bounds[0] : bounds[1]]))


def judge_quote(claim: str, quote: str) -> Status:
    """How a claim relates to the quote shown for it: its very words, close to them, or neither.

    A claim with a number that the quote does not have, or a negation where the quote has none, is neither, however much
    else agrees. One with a name of its own, or without the quote's negation, is not its very words.
    """
    words = _weigh_words(claim)
    quoted = set(find_words(quote))
    missing = [(word, weight) for word, weight in words if word not in quoted]
    denies, denied = any(is_negation(word) for word, _ in words), any(map(is_negation, quoted))
    if not words or any(word[0].isdigit() for word, _ in missing) or (denies and not denied):
        return "unverified"
    is_same = denies == denied and all(weight < NAME_WEIGHT for _, weight in missing)
    if is_same and len(missing) <= (1 - NEARLY_ALL) * len(words):
        return "verbatim"
    return "close" if measure_alignment(claim, quote) >= CLOSE else "unverified"


def measure_alignment(claim: str, quote: str) -> float:
    """The share of the claim's content words that stand in the quote in the same order, in [0, 1]."""
    ours, theirs = find_words(claim)[:LONGEST_ALIGNED], find_words(quote)[:LONGEST_ALIGNED]
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(ours) if ours else 0.0


def _find_texts(cited: CitedClaim) -> list[str]:
    texts = [passage.text.strip() for passage in cited.passages]
    return [*texts, " ".join(cited.quotes)] if len(cited.quotes) > 1 else texts


def _find_numbers(text: str) -> set[str]:
    """The numbers of a text that are written in digits."""
    return {found.replace(",", "") for found in _DIGITS.findall(unicodedata.normalize("NFKC", text))}


def _fit(claim: str, sentence: str) -> float:
    """Support first; between sentences that hold as much of the claim, the one that says little else."""
    own = set(find_words(sentence))
    said = set(find_words(claim))
    return measure_support(claim, [sentence]) + 0.1 * len(own & said) / max(len(own), 1)


@lru_cache(maxsize=512)
def _sentences_of(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(find_sentences(text)) or ((0, len(text)),)


@lru_cache(maxsize=4096)
def _weigh_words(text: str) -> tuple[tuple[str, float], ...]:
    import Stemmer

    stem = Stemmer.Stemmer("english").stemWord  # made anew each time: it must not be shared between threads
    text = _LIST_NUMBER.sub("", unicodedata.normalize("NFKC", text))
    weighed = []
    for found in _WORD.finditer(text):
        word = found.group().casefold().replace("’", "'")
        word = str(NUMBERS.index(word)) if word in NUMBERS else word.removesuffix("'s")
        if word in FUNCTION_WORDS:
            continue
        if word[0].isdigit():
            weighed.append((word.replace(",", ""), NUMBER_WEIGHT))
        else:
            weighed.append((stem(word), NAME_WEIGHT if found.group()[0].isupper() and found.start() > 0 else 1.0))
    return tuple(weighed)
