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
    predicted, wanted = normalise(prediction).split(), normalise(gold).split()
    if not predicted or not wanted:
        return float(predicted == wanted)
    shared = sum((Counter(predicted) & Counter(wanted)).values())
    return 2 * shared / (len(predicted) + len(wanted))
