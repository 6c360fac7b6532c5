"""What a sentence shares with what it cites: words, numbers and names first; and which sentence of a text fits it best. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from rag.english.sentences import find_sentences
from rag.english.terms import is_negation
from rag.english.words import FUNCTION_WORDS, NUMBERS
from rag.types import Passage, Status

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
_ZEROS = re.compile(r"\.00?$")
_CODE = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]+-(?:[A-Z]|\d+)(?![\w-])")
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class CitedClaim:
    """A claim, the words that it cites, and the passages that these stand in; and the questions of which it may answer one."""

    claim: str
    quotes: tuple[str, ...]
    passages: tuple[Passage, ...]
    questions: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def find_words(text: str) -> tuple[str, ...]:
    """The content words of a text in order: NFKC, case folded, stemmed; numbers in digits; function words left out."""
    return tuple(word for word, _ in weigh_words(text))


def measure_support(claim: str, quotes: Sequence[str], passages: Sequence[str] = ()) -> float:
    """How much of a claim stands in its evidence, in [0, 1]: the weighted share of its content words.

    A word found only elsewhere in the cited passages counts half, since quotes say "they" where a claim says who. A
    number found nowhere leaves the claim unsupported, whatever else agrees.

    Args:
        claim: the sentence, without markers.
        quotes: the sentences that it cites.
        passages: the passages that these stand in.
    """
    words = weigh_words(claim)
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
    return sum(weight for _, weight in weigh_words(claim))


def find_telling_words(claim: str) -> frozenset[str]:
    """The names and numbers of a claim, as ``find_words`` writes them."""
    return frozenset(word for word, weight in weigh_words(claim) if weight >= NAME_WEIGHT)


def find_plain_words(claim: str) -> frozenset[str]:
    """The content words of a claim that are neither names nor numbers, likewise."""
    return frozenset(word for word, weight in weigh_words(claim) if weight < NAME_WEIGHT)


def find_codes_of_letters(text: str) -> tuple[str, ...]:
    """Names that a letter or a number tells from others: "PIV-I", "RFC-822". Without it, each names something else."""
    return tuple(dict.fromkeys(_CODE.findall(unicodedata.normalize("NFKC", text))))


def find_missing_words(claim: str, texts: Sequence[str]) -> tuple[str, ...]:
    """The content words of a claim, as it writes them, that none of the texts has; numbers and names first."""
    known = {word for text in texts for word in find_words(text)}
    missing = [(said, weight) for said, word, weight in _read_words(claim) if word not in known]
    return tuple(dict.fromkeys(said for said, _ in sorted(missing, key=lambda each: -each[1])))


def find_numbers(text: str) -> frozenset[str]:
    """The numbers of a text that are written in digits, without those that count the items of a list."""
    plain = _LIST_NUMBER.sub("", unicodedata.normalize("NFKC", text))
    return frozenset(map(_write_number, _DIGITS.findall(plain)))


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
    words = weigh_words(claim)
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


def _fit(claim: str, sentence: str) -> float:
    """Support first; between sentences that hold as much of the claim, the one that says little else."""
    own = set(find_words(sentence))
    said = set(find_words(claim))
    return measure_support(claim, [sentence]) + 0.1 * len(own & said) / max(len(own), 1)


@lru_cache(maxsize=512)
def _sentences_of(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(find_sentences(text)) or ((0, len(text)),)


@lru_cache(maxsize=4096)
def weigh_words(text: str) -> tuple[tuple[str, float], ...]:
    """The content words of a text in order, as ``find_words`` writes them, and what each weighs."""
    return tuple((word, weight) for _, word, weight in _read_words(text))


def _write_number(digits: str) -> str:
    """A number as it is compared: 1,200 is 1200, and 3.0 is 3."""
    return _ZEROS.sub("", digits.replace(",", ""))


def _read_words(text: str) -> Iterator[tuple[str, str, float]]:
    """The content words of a text: as they stand there, as ``find_words`` writes them, and what each weighs."""
    import Stemmer

    stem = Stemmer.Stemmer("english").stemWord  # made anew each time: it must not be shared between threads
    text = _LIST_NUMBER.sub("", unicodedata.normalize("NFKC", text))
    for found in _WORD.finditer(text):
        word = found.group().casefold().replace("’", "'")
        word = str(NUMBERS.index(word)) if word in NUMBERS else word.removesuffix("'s")
        if word in FUNCTION_WORDS:
            continue
        if word[0].isdigit():
            yield found.group(), _write_number(word), NUMBER_WEIGHT
        else:
            is_name = found.group()[0].isupper() and found.start() > 0
            yield found.group(), stem(word), NAME_WEIGHT if is_name else 1.0
