"""Who paid for a document or for the work that it tells of: people ask in other words than documents use."""

from __future__ import annotations

import re

from rag.english.source import WRITING

AS_TOLD = "Who supported this work with grants?"
"""How it is read: of three documents that tell it, answers were found in one by "who paid for this?" and in all by these words; six that
do not tell it stay without an answer. All nine are natural questions' develop split's or like it."""

_WORK = rf"(?:{WRITING}|work|research|project|survey|analysis|investigation|event|conference|software|tool)"
_THIS = rf"(?:this(?: {_WORK})?|(?:the|their) {_WORK})"
_PAID = (
    r"(?:fund(?:ed|s|ing)|financ(?:ed|es|ing)|sponsor(?:ed|s|ing)|paid for|pays for|paying for|gave (?:the )?money for)"
)
_ASKED = re.compile(
    rf"(?:(?:and|so|but) )?(?:who(?:['’]s| has| have| is| are| was| were)? {_PAID} {_THIS}"
    rf"|how (?:was|is|were) {_THIS} (?:funded|financed|paid for)"
    rf"|(?:by whom|who) (?:was|is) {_THIS} (?:funded|financed|sponsored|paid for)(?: by)?"
    rf"|who (?:were|was|are|is) the (?:funders?|sponsors?)(?: of {_THIS})?"
    rf"|where did the (?:money|funding|funds) (?:for {_THIS} )?come from)\W*",
    re.IGNORECASE,
)


def put_as_documents_do(question: str) -> str:
    """A question who paid for the document itself, in the words in which documents tell it; any other as it is."""
    return AS_TOLD if _ASKED.fullmatch(question.strip()) else question
