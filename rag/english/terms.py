"""Search terms: the words of a text, without those that only say how something is asked, stemmed."""

from __future__ import annotations

from collections.abc import Sequence

QUESTION_WORDS = frozenset(
    "what who whom whose when where which whi how did do doe does has have had can could would should were was been be "
    "being am so than too veri just also about say said tell told give name explain describ accord articl author text "
    "document comment commentari piec passag much mani ani some there me you your we our us one thing kind sort after "
    "befor dure from he she him her his hi them its it they i my up out over more most other".split()
)
"""Stemmed words that say how something is asked and not what about."""


def find_terms(texts: Sequence[str]) -> list[list[str]]:
    """The search terms of each text: words, lower-cased, without English stop words, stemmed (Snowball)."""
    import bm25s
    import Stemmer

    terms = bm25s.tokenize(
        list(texts),
        stopwords="en",
        stemmer=Stemmer.Stemmer("english"),
        token_pattern=r"(?u)\b(?:\w\w+|\d)\b",
        return_ids=False,
        show_progress=False,
    )
    return [list(words) for words in terms]
