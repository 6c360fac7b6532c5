"""SQuAD's JSON as token ids: questions, passages with their sentences, and every place where an answer may stand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.english.sentences import find_sentences
from rag.errors import QuestionSetError

HELD_OUT_ARTICLES = 40


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph in tokens: their ids, their offsets in the text, and where its sentences begin and end among them."""

    text: str
    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class EncodedQuestion:
    """A question in tokens; ``places`` are the half-open token spans of its answer in its paragraph, none if there is none."""

    id: str
    text: str
    ids: tuple[int, ...]
    article: int
    paragraph: int
    places: tuple[tuple[int, int], ...]
    answers: tuple[str, ...]
    impossible: bool


@dataclass(frozen=True, slots=True)
class EncodedClaim:
    """A statement in tokens, a text's tokens, and whether the text supports the statement."""

    ids: tuple[int, ...]
    evidence: tuple[int, ...]
    supported: bool


@dataclass(frozen=True, slots=True)
class EncodedTurn:
    """A question of a dialogue in tokens, as it may be asked (the more often, the likelier), and all that the dialogue tells.

    ``own`` is the number of its answer among ``answers``, ``None`` where there is none.
    """

    questions: tuple[tuple[int, ...], ...]
    title: tuple[int, ...]
    answers: tuple[tuple[int, ...], ...]
    own: int | None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Questions over paragraphs, claims and dialogues; ``articles`` holds the numbers of each article's paragraphs."""

    paragraphs: tuple[Paragraph, ...]
    questions: tuple[EncodedQuestion, ...]
    articles: tuple[range, ...]
    titles: tuple[str, ...]
    claims: tuple[EncodedClaim, ...] = ()
    dialogues: tuple[EncodedTurn, ...] = ()


def read_articles(path: Path) -> list[Any]:
    """The articles of a file in SQuAD's JSON.

    Raises:
        QuestionSetError: there is no such file, or it holds something else.
    """
    try:
        articles = json.loads(path.read_text(encoding="utf-8"))["data"]
        return [article for article in articles if article["paragraphs"]]
    except FileNotFoundError:
        raise QuestionSetError(f"no question set at '{path}'; name the folder of the data sets with --data") from None
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        raise QuestionSetError(f"'{path}' is not in SQuAD's JSON format; expected {{\"data\": [...]}}") from None


def hold_out(articles: Sequence[Any], count: int = HELD_OUT_ARTICLES) -> tuple[list[Any], list[Any]]:
    """The articles to learn from, and those kept out: the ``count`` whose titles have the smallest SHA-256."""
    order = sorted(articles, key=lambda article: hashlib.sha256(article["title"].encode()).hexdigest())
    return order[count:], order[:count]


def build_dataset(articles: Sequence[Any], tokenizer: Any) -> Dataset:
    """Turn articles into tokens. Answers that lie outside of their paragraph are left out.

    Args:
        articles: in SQuAD's JSON; ``other_starts`` of an answer names further places where its text stands.
        tokenizer: of the ``tokenizers`` library, neither padding nor truncating.
    """
    raw = [paragraph for article in articles for paragraph in article["paragraphs"]]
    encoded = tokenizer.encode_batch([paragraph["context"] for paragraph in raw], add_special_tokens=False)
    paragraphs = tuple(
        _build_paragraph(paragraph["context"], encoding) for paragraph, encoding in zip(raw, encoded, strict=True)
    )
    asked = [(number, qa) for number, paragraph in enumerate(raw) for qa in paragraph["qas"]]
    spoken = tokenizer.encode_batch([qa["question"].strip() for _, qa in asked], add_special_tokens=False)
    bounds, at = [], 0
    for article in articles:
        bounds.append(range(at, at + len(article["paragraphs"])))
        at += len(article["paragraphs"])
    owner = [number for number, rows in enumerate(bounds) for _ in rows]
    questions = tuple(
        EncodedQuestion(
            str(qa["id"]),
            qa["question"],
            tuple(encoding.ids),
            owner[number],
            number,
            tuple(_find_places(paragraphs[number], qa)),
            tuple(answer["text"] for answer in qa["answers"]),
            bool(qa.get("is_impossible")) or not qa["answers"],
        )
        for (number, qa), encoding in zip(asked, spoken, strict=True)
    )
    return Dataset(paragraphs, questions, tuple(bounds), tuple(article["title"] for article in articles))


def _build_paragraph(text: str, encoding: Any) -> Paragraph:
    offsets = tuple(encoding.offsets)
    starts = [start for start, _ in offsets]
    from bisect import bisect_left

    rows = [bisect_left(starts, start) for start, _ in find_sentences(text)]
    rows = sorted({0, *(row for row in rows if row < len(offsets))})
    sentences = tuple(zip(rows, [*rows[1:], len(offsets)], strict=True))
    return Paragraph(text, tuple(encoding.ids), offsets, sentences)


def _find_places(paragraph: Paragraph, qa: Any) -> list[tuple[int, int]]:
    """Token spans of every place where an accepted answer stands, without repeats."""
    places = set()
    if qa.get("is_impossible"):
        return []
    for answer in qa["answers"]:
        for start in (answer["answer_start"], *answer.get("other_starts", ())):
            end = start + len(answer["text"])
            rows = [row for row, (low, high) in enumerate(paragraph.offsets) if low < end and high > start]
            if rows:
                places.add((rows[0], rows[-1] + 1))
    return sorted(places)
