"""Sentences that say of some what they deny of others, in few words: "Ben and Ada did not come; Dora did." Pure."""

from __future__ import annotations

import re

from rag.english.source import fold_question
from rag.english.terms import find_stems, is_negation

_AUXILIARY = r"did|do|does|has|have|had|was|were|is|are|will|can|could|would"
_CONTRAST = re.compile(
    rf"(?P<first>[^;]{{1,200}}?) (?P<verb>{_AUXILIARY})(?P<no>n['’]t| not)? (?P<what>[^;]{{1,200}}?)"
    rf"(?:;(?: but| while)?|,? (?:but|while|whereas)) (?P<other>[^;]{{1,200}}?) (?P<again>{_AUXILIARY})(?P<not>n['’]t| not)?\s*[.;!]?"
)
_NO = re.compile(r"\b(?:not|never)\b|n't\b")


def find_others(question: str, sentence: str) -> tuple[int, int] | None:
    """Where a sentence names those whom a question asks for, whose part of it leaves out what they did; None where it does not.

    Of "Ben did not come; Dora did", asked "Who came?", that is "Dora". What is asked has to be all of what is left out.
    """
    plain = fold_question(question)
    found = _CONTRAST.fullmatch(sentence.strip())
    if not found or not plain.startswith(("who ", "which ")) or bool(found["no"]) == bool(found["not"]):
        return None
    asked = {stem for stem in find_stems(plain) if not is_negation(stem)}
    if bool(_NO.search(plain)) != bool(found["not"]) or not asked or not asked <= set(find_stems(found["what"])):
        return None
    offset = len(sentence) - len(sentence.lstrip())
    return found.start("other") + offset, found.end("other") + offset
