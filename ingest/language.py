"""Whether the embedding model reads the language of a text."""

from __future__ import annotations

from rag.errors import SourceError
from rag.index.embeddings import Legibility

UNKNOWN = 0.5
"""With a greater share of characters that the model does not know, nothing of the text would ever be found."""

SPELLED = 0.6
"""With a greater share of letters read one by one, only the keyword search can find anything."""

SAMPLE, PLACES = 500, 8
"""Characters looked at in each of so many places."""


def take_sample(text: str) -> str:
    """Pieces from all over a text, as much as is needed to tell its language."""
    if len(text) <= SAMPLE * PLACES:
        return text
    step = (len(text) - SAMPLE) // (PLACES - 1)
    return "\n".join(text[at : at + SAMPLE] for at in range(0, step * PLACES, step))


FOREIGN = "которые можно также после между всегда через человек работа страна"
"""Common Russian words. A model that spells them knows words of one language; the models that are used here, of English."""


def check_language(legibility: Legibility, model: str, language: str = "") -> str:
    """A note for the report where the model reads a text badly, empty where it reads it well.

    Args:
        legibility: how well the model knows the text's words.
        model: its name.
        language: the one in which the text is written, where that is another than the model's.

    Raises:
        SourceError: it does not read it at all.
    """
    name = model.rsplit("/", 1)[-1]
    remedy = "name a multilingual model in FOOTNOTE_EMBEDDING_MODEL"
    if legibility.unknown > UNKNOWN:
        raise SourceError(
            f"in a language that {name} does not read ({legibility.unknown:.0%} of it is unknown to it); {remedy}"
        )
    if legibility.spelled > SPELLED or legibility.unknown > UNKNOWN / 2:
        return f"{name} hardly reads its language: only a question's exact words will find something; {remedy}"
    if language:
        return f"in {language}, of which {name} knows little: ask in its own words, and expect misses; {remedy}"
    return ""


def is_spelled(legibility: Legibility) -> bool:
    """Whether a model reads words letter by letter, or not at all."""
    return legibility.spelled > SPELLED or legibility.unknown > UNKNOWN
