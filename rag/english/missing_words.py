"""Questions for words of a sentence itself: who or what did something, or which words are missing."""

from __future__ import annotations

import re

from rag.english.words import MONTHS

GAP = "____"

_MONTH = f"(?:{'|'.join(MONTHS)})"
_DATE = re.compile(rf"\b(?:\d{{1,2}} {_MONTH}(?: \d{{4}})?|{_MONTH} \d{{1,2}}(?:, \d{{4}})?|{_MONTH} \d{{4}})\b")
_YEAR = re.compile(r"(?<![\w.,$€£–-])(?:1[0-9]|20)\d\d\b(?![-–,.]?\d|-|\s*(?:percent|per cent|%))")
_NUMBER = re.compile(
    r"(?:[$€£]\s?)?(?<![^\s$€£])\d+(?:[,.]\d+)*(?:\s?%| percent| per cent| (?:million|billion|trillion))?(?![^\s,.;])"
)
_NAME = re.compile(
    r"(?<![\w-])[A-Z][\w'’-]+(?:\s(?:of |the |de |von |van )?(?:[A-Z][\w'’-]+|[A-Z]\.(?=\s[A-Z])|[A-Z]\b(?!\.)))+"
)
_LABEL = re.compile(
    r"(?:\b(?:fig(?:ure|s?\.)|tables?|levels?|class|chapters?|sections?|parts?|notes?|pages?|nos?\.|steps?)|:) $", re.I
)
"""What a number follows that only names a thing."""

_SUBJECT = re.compile(
    r"(?P<name>(?:[A-Z][\w'’-]*\.?\s)+)(?P<rest>(?:is|was|are|were|has|have|had|did|does|said|says|will|would|can|"
    r"could|may|might|must|should|became|began|made|took|gave|went|came|held|met|won|lost|wrote|told|left|saw|found|led|(?:re)?built|[a-z]{3,}ed)\s.+)",
    re.DOTALL,
)
_LEANS = re.compile(
    r"(?:This|That|These|Those|His|Her|Its|Their|Our|My|Such|Here|There|But|And|Or|So|Yet|Then|However|Moreover|Instead|"
    r"Both|Another|Others?|One|Some|Many|Most|The (?:first|second|third|former|latter|other|same)|"
    r"(?:In|On|At|By|For|From|To|With) (?:this|that|these|those|such)|(?:[\w'’-]+,? ){0,3}(?:I|[Hh]e|[Ss]he|[Ii]t|[Tt]hey|"
    r"[Ww]e|[Yy]ou))\b",
)
"""How a sentence begins that cannot be understood without the one before it."""

_NEXT_CLAUSE = re.compile(r", (?:and|but|yet|so|as|while|whereas|although|though|since|because|which|who|where) ")
_NO_NAME = re.compile(
    r"(?:When|While|After|Before|If|Since|As|Although|Though|Because|Until|Once|In|On|At|For|From|With|By|To|Under|Over|"
    r"What|Where|Why|How|Who|Which|Not|No|None|Nobody|Nothing|All|Each|Every|Today|Now|Also|Thus)\b|(?:The|An?)$"
)
"""How a sentence begins that does not begin with what it speaks of."""


def needs_the_one_before(sentence: str) -> bool:
    """Whether a question about the sentence alone could not be understood."""
    return _LEANS.match(sentence) is not None


def ask_for_subject(sentence: str, text: str) -> tuple[str, str] | None:
    """A question for the name that a sentence of the text begins with, and that name; no other word has to change."""
    found = _SUBJECT.fullmatch(sentence.rstrip("."))
    if not found or not _is_name(found["name"].strip(), text):
        return None
    name, rest = found["name"].strip(), found["rest"].strip()
    clause = _NEXT_CLAUSE.split(rest, maxsplit=1)[0]
    if "," not in clause and len(clause.split()) > 3:  # with a comma before it, what follows may end a list
        rest = clause
    return None if name in rest else (f"Who or what {rest}?", name)


def ask_for_gap(sentence: str, known: set[str]) -> tuple[str, str] | None:
    """The sentence with a date, a number or a name left out, and that; a name that is not ``known`` is added there."""
    for pattern in (_DATE, _YEAR, _NUMBER, _NAME):
        for found in pattern.finditer(sentence):
            answer = re.sub(r"['’]s?$", "", found[0].strip(" ,."))
            if sentence.count(answer) > 1 or _LABEL.search(sentence, 0, found.start()):
                continue
            if pattern is _NAME:
                if found.start() == 0 or answer in known:
                    continue
                known.add(answer)
            return f'Which words are missing: "{sentence.replace(answer, GAP)}"?', answer
    return None


def _is_name(words: str, text: str) -> bool:
    """Whether words with a capital that begin a sentence name something: a single one has it within others too."""
    if _NO_NAME.match(words):
        return False
    return " " in words or bool(re.search(rf"[a-z],? {re.escape(words)}\b", text))
