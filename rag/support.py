"""Is a sentence supported by what it cites? A first, lexical judge: words shared, with numbers and names first. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from rag.sentences import find_sentences
from rag.types import Status

SUPPORTED = 0.6
"""A sentence with at least this support counts as supported."""

CLOSE = 0.8
"""The alignment of words from which a sentence counts as close to its quote."""

NEARLY_ALL = 0.9
"""The share of a sentence's content words that a quote must hold to be taken for its very words."""

NUMBER_WEIGHT, NAME_WEIGHT = 3.0, 2.0
"""How much more a number or a name weighs than another word: those are what an answer must not get wrong."""

LONGEST_ALIGNED = 300
"""Words compared when aligning; alignment takes quadratic time, and sentences are shorter."""

# Negations are missing here on purpose: they are content.
_FUNCTION_WORDS = frozenset(
    "a about according after all also although among an and another any are as at be because been before being between "
    "both but by can could did do does during each else even for from further had has have having he her here hers him "
    "his how however i if in indeed into is it its itself just like may me might more moreover most much must my of on "
    "one's only or other our over own same shall she should since so some such than that the their them then there "
    "therefore these they this those though through thus to too under until up upon us very via was we were what when "
    "where whereas whether which while who whom whose why will with within would yet you your".split()
)
_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.)]\s+", re.MULTILINE)
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")


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
    return round(min(share, SUPPORTED / 2) if has_own_number else share, 4)


@lru_cache(maxsize=4096)
def find_best_sentence(claim: str, text: str) -> tuple[int, int]:
    """Offsets of the sentence of ``text`` that supports ``claim`` best; of equals, the first."""
    sentences = _sentences_of(text)
    return max(sentences, key=lambda bounds: _fit(claim, text[bounds[0] : bounds[1]]))


def judge_quote(claim: str, quote: str) -> Status:
    """How a claim relates to the quote shown for it: its very words, close to them, or neither.

    A claim with a number that the quote does not have is neither, however much else agrees.
    """
    words = find_words(claim)
    quoted = set(find_words(quote))
    if not words or any(word[0].isdigit() and word not in quoted for word in words):
        return "unverified"
    if sum(word in quoted for word in words) >= NEARLY_ALL * len(words):
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
def _weigh_words(text: str) -> tuple[tuple[str, float], ...]:
    import Stemmer

    stem = Stemmer.Stemmer("english").stemWord  # made anew each time: it must not be shared between threads
    text = _LIST_NUMBER.sub("", unicodedata.normalize("NFKC", text))
    weighed = []
    for found in _WORD.finditer(text):
        word = found.group().casefold().replace("’", "'")
        word = _NUMBER_WORDS.get(word, word).removesuffix("'s")
        if word in _FUNCTION_WORDS:
            continue
        if word[0].isdigit():
            weighed.append((word.replace(",", ""), NUMBER_WEIGHT))
        else:
            weighed.append((stem(word), NAME_WEIGHT if found.group()[0].isupper() and found.start() > 0 else 1.0))
    return tuple(weighed)
