"""Dialogues between people, one of whom has not seen the text: CANARD's dialogues (QuAC), read, and as examples' tokens.

Whoever writes questions beside a text borrows its words; these people could not, and were told "I don't know" where the
text does not say. The text itself is not at hand: the answers of a dialogue, one after another, stand for it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.english.follow_ups import make_standalone
from rag.errors import QuestionSetError
from rag.reader.training.claims import Half, find_half
from rag.reader.training.squad_data import EncodedTurn
from rag.types import Question

UNKNOWN = ("I don't know", "CANNOTANSWER")
"""How an answer begins that says there is none."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was asked, what was said before it, and the question as a person rewrote it to stand alone.

    ``answer``: what it was told, ``None`` where the dialogue ends before.
    """

    question: str
    rewrite: str
    history: tuple[tuple[str, str], ...]
    answer: str | None

    @property
    def is_answered(self) -> bool:
        """Whether it was told more than that the text does not say."""
        return self.answer is not None and not self.answer.startswith(UNKNOWN)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One dialogue about a section of an article on a subject."""

    id: str
    subject: str
    section: str
    turns: tuple[Turn, ...]

    @property
    def answers(self) -> list[str]:
        """All that was answered, in order, as sentences."""
        return [end_sentence(turn.answer or "") for turn in self.turns if turn.is_answered]


def read_dialogues(data: Path, half: Half | None = None) -> list[Dialogue]:
    """The dialogues of ``canard/dev.json``, all or one half of them, by the SHA-256 of their ids.

    Raises:
        QuestionSetError: the file is missing or in another format.
    """
    path = data / "canard" / "dev.json"
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        for row in content if isinstance(content, list) else [content]:
            rows[row["QuAC_dialog_id"]].append(row)
        return [_build_dialogue(name, turns) for name, turns in rows.items() if half is None or half == find_half(name)]
    except FileNotFoundError:
        raise QuestionSetError(f"no dialogues at '{path}'; name the folder of the data sets with --data") from None
    except (ValueError, KeyError, TypeError, IndexError):
        raise QuestionSetError(f"'{path}' is not in CANARD's JSON format") from None


def _build_dialogue(name: str, rows: Sequence[Any]) -> Dialogue:
    longest = max((row["History"] for row in rows), key=len)
    told = dict(enumerate(longest[3::2], start=1))

    def history(row: Any) -> tuple[tuple[str, str], ...]:
        return tuple(zip(row["History"][::2], row["History"][1::2], strict=True))

    turns = tuple(Turn(row["Question"], row["Rewrite"], history(row), told.get(row["Question_no"])) for row in rows)
    return Dialogue(name, longest[0], longest[1], turns)


def encode_dialogues(dialogues: Sequence[Dialogue], tokenizer: Any) -> tuple[EncodedTurn, ...]:
    """The questions of dialogues as what is learnt from, without those whose answer was not recorded."""

    def encode(texts: Sequence[str]) -> list[tuple[int, ...]]:
        return [tuple(encoding.ids) for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    told = []
    for dialogue in dialogues:
        known = [turn for turn in dialogue.turns if turn.answer is not None]
        answers = encode(dialogue.answers)
        title = encode([f"{dialogue.subject}, {dialogue.section}"])[0]
        rewritten = encode([turn.rewrite for turn in known])
        alone = encode([make_standalone(Question(turn.question, history=turn.history)) for turn in known])
        at = 0
        for turn, person, ours in zip(known, rewritten, alone, strict=True):
            if answers:
                told.append(
                    EncodedTurn((person, person, ours), title, tuple(answers), at if turn.is_answered else None)
                )
            at += turn.is_answered
    return tuple(told)


def end_sentence(text: str) -> str:
    """The text with a full stop, where it does not end like a sentence."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
