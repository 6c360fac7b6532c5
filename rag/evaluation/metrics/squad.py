"""Comparing two texts by the official rules of SQuAD 2.0."""

from __future__ import annotations

import re
import string
from collections import Counter

SQUAD = "Rajpurkar et al. 2018 (SQuAD 2.0), official evaluation script"


def normalise(text: str) -> str:
    """SQuAD's normal form: lower case, no ASCII punctuation, no articles, single spaces."""
    bare = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", bare).split())


def exact_match_of(prediction: str, gold: str) -> float:
    """1 if the two are the same in SQuAD's normal form, else 0."""
    return float(normalise(prediction) == normalise(gold))


def f1_of(prediction: str, gold: str) -> float:
    """The harmonic mean of precision and recall over the words of the normal forms; both empty: 1, one empty: 0."""
    shared, said, wanted = count_words(prediction, gold)
    return 2 * shared / (said + wanted) if said and wanted else float(said == wanted)


def count_words(prediction: str, gold: str) -> tuple[int, int, int]:
    """Words of the normal forms: those in both, of the prediction, and of the gold answer."""
    said, wanted = normalise(prediction).split(), normalise(gold).split()
    return sum((Counter(said) & Counter(wanted)).values()), len(said), len(wanted)
