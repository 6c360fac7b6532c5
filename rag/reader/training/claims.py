"""Claims to learn support from: people's (FEVER, ConjNLI), and sentences of paragraphs, shortened or made wrong.

A sentence made wrong differs from its source by a number, a name or a negation: what a careless writer gets wrong, and
what counting shared words does not notice (after Kryscinski et al., EMNLP 2020).
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag.english.sentences import find_sentences
from rag.english.words import AUXILIARIES, NEGATIONS, any_of
from rag.errors import QuestionSetError
from rag.reader.training.squad_data import EncodedClaim

Half = Literal["even", "odd"]

_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-])")
_NAME = re.compile(r"(?<![.?!\"'“] )(?<!^)\b(?:[A-Z][\w’'-]+)(?: (?:[A-Z][\w’'-]+))*")
_VERB = re.compile(any_of(*AUXILIARIES))
_DENIES = re.compile(rf"{any_of(*NEGATIONS)}|n['’]t\b", re.IGNORECASE)
_TAKEN_OUT = re.compile(r"\b(?:not|never) |\bcannot\b")
"""The negations that leave a good sentence where they are taken out."""

_ASIDE = re.compile(r" \([^()]*\)|, (?:which|who|where)\b[^,.;]*,| – [^–]* –")
_OPENING = re.compile(r"^(?:In|On|At|By|After|Before|During|Since|From|Until|Although|While|When) [^,]{2,60}, (?=\w)")
_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-COLON-": ":", "``": '"', "''": '"'}


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement, a text, and whether the text supports the statement."""

    text: str
    evidence: str
    supported: bool


def read_claims(data: Path, paragraphs: Sequence[str], seed: int = 0) -> list[Claim]:
    """All that support is learnt from: people's claims, two times over, and as many again made of paragraphs.

    Args:
        data: folder of the data sets; ``fever_rte/`` (its even half) and ``conjnli/`` are read.
        paragraphs: texts to make claims of.
        seed: of what is drawn.

    Raises:
        QuestionSetError: a file is missing or in another format.
    """
    people = read_fever(data, "even") + read_conjnli(data)
    return people * 2 + make_claims(paragraphs, 2 * len(people), seed)


def read_fever(data: Path, half: Half) -> list[Claim]:
    """The claims of ``fever_rte/`` of one half, by the SHA-256 of the premise."""
    columns = [_read_lines(data / "fever_rte" / f"dev.{name}.txt", data) for name in ("hypothesis", "premise", "label")]
    return [
        Claim(_detokenise(claim), _detokenise(premise), label == "entailment")
        for claim, premise, label in zip(*columns, strict=True)
        if find_half(premise) == half
    ]


def find_half(name: str) -> Half:
    """Which half something belongs to, by the SHA-256 of its name or text."""
    return "odd" if int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 else "even"


def read_conjnli(data: Path, name: str = "adversarial_train_15k") -> list[Claim]:
    """ConjNLI's pairs, those for training or of another file: conjunctions taken apart and changed."""
    rows = [line.split("\t") for line in _read_lines(data / "conjnli" / f"{name}.tsv", data)[1:]]
    return [Claim(row[1], row[0], row[2].strip() == "entailment") for row in rows if len(row) == 3]


def make_claims(paragraphs: Sequence[str], count: int, seed: int = 0) -> list[Claim]:
    """Sentences of paragraphs beside a stretch of theirs: half of them supported, half made wrong or beside another text."""
    chooser = random.Random(seed)
    claims: list[Claim] = []
    wants = True
    while len(claims) < count:
        number = chooser.randrange(len(paragraphs))
        text = paragraphs[number]
        bounds = find_sentences(text)
        row = chooser.randrange(len(bounds))
        sentence = text[bounds[row][0] : bounds[row][1]]
        if not 30 <= len(sentence) <= 400:
            continue
        first, last = max(0, row - chooser.randrange(3)), min(len(bounds) - 1, row + chooser.randrange(3))
        evidence = text[bounds[first][0] : bounds[last][1]]
        if wants:
            claims.append(Claim(shorten(sentence, chooser), evidence, True))
        elif chooser.random() < 0.15:
            near = paragraphs[(number + 1) % len(paragraphs)]
            claims.append(Claim(sentence, near, sentence in near))
        else:
            wrong = next(make_wrong(shorten(sentence, chooser), text, chooser), None)
            if wrong is None:
                continue
            claims.append(Claim(wrong, evidence, False))
        wants = not claims[-1].supported
    return claims


def shorten(sentence: str, chooser: random.Random) -> str:
    """The sentence, some of the time without an aside or its opening clause, which it still supports."""
    if chooser.random() < 0.5:
        sentence = _ASIDE.sub("", sentence)
    opening = _OPENING.match(sentence)
    if opening and chooser.random() < 0.5:
        rest = sentence[opening.end() :]
        sentence = rest[0].upper() + rest[1:]
    return sentence


def make_wrong(sentence: str, around: str, chooser: random.Random) -> Iterator[str]:
    """The sentence with another number, another name of the same text, or a negation put in or taken out."""
    ways = [_change_number, _change_name, _negate]
    chooser.shuffle(ways)
    for way in ways:
        changed = way(sentence, around, chooser)
        if changed is not None and changed.casefold() != sentence.casefold():
            yield changed


def _change_number(sentence: str, around: str, chooser: random.Random) -> str | None:
    found = list(_NUMBER.finditer(sentence))
    if not found:
        return None
    old = chooser.choice(found)
    others = sorted({each.group() for each in _NUMBER.finditer(around)} - {each.group() for each in found})
    if others and chooser.random() < 0.5:
        new = chooser.choice(others)
    else:
        digits = old.group()
        places = [at for at, digit in enumerate(digits) if digit.isdigit()]
        at = chooser.choice(places)
        fresh = chooser.choice([digit for digit in "123456789" if digit != digits[at]])
        new = digits[:at] + fresh + digits[at + 1 :]
    return sentence[: old.start()] + new + sentence[old.end() :]


def _change_name(sentence: str, around: str, chooser: random.Random) -> str | None:
    found = list(_NAME.finditer(sentence))
    if not found:
        return None
    old = chooser.choice(found)
    others = sorted(
        name
        for name in {each.group() for each in _NAME.finditer(around)}
        if name not in sentence and not set(name.split()) & set(old.group().split())
    )
    if not others:
        return None
    return sentence[: old.start()] + chooser.choice(others) + sentence[old.end() :]


def _negate(sentence: str, around: str, chooser: random.Random) -> str | None:
    if _DENIES.search(sentence):
        denied = _TAKEN_OUT.search(sentence)
        if not denied:
            return None
        kept = "can" if denied.group() == "cannot" else ""
        return sentence[: denied.start()] + kept + sentence[denied.end() :]
    verb = _VERB.search(sentence)
    return None if verb is None else f"{sentence[: verb.end()]} not{sentence[verb.end() :]}"


def encode_claims(claims: Sequence[Claim], tokenizer: Any) -> tuple[EncodedClaim, ...]:
    """Claims in tokens."""
    told = tokenizer.encode_batch([claim.text for claim in claims], add_special_tokens=False)
    evidence = tokenizer.encode_batch([claim.evidence for claim in claims], add_special_tokens=False)
    return tuple(
        EncodedClaim(tuple(one.ids), tuple(other.ids), claim.supported)
        for claim, one, other in zip(claims, told, evidence, strict=True)
    )


def _read_lines(path: Path, data: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise QuestionSetError(f"no claims at '{path}'; '{data}' has to be the folder of the data sets") from None
    except UnicodeDecodeError:
        raise QuestionSetError(f"'{path}' is not UTF-8 text") from None


def _detokenise(text: str) -> str:
    for old, new in _BRACKETS.items():
        text = text.replace(old, new)
    return text
