"""How near sentences are to a question beside one another, whatever embeds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from rag.reader import nearness
from rag.reader.features import LIKELY, find_sentence_candidates, measure, tell_subject
from rag.reader.nearness import build_nearness
from rag.reader.span_reader import SpanReader
from rag.types import Passage, ScoredPassage, Span


class Angles(Embeddings):
    """A text is a number, and its vector that angle in degrees; what is embedded is noted."""

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += texts
        return [[float(np.cos(np.radians(float(text)))), float(np.sin(np.radians(float(text))))] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def test_the_sentence_that_is_nearest_stands_out_by_standard_deviations() -> None:
    near = build_nearness(Angles())("0", ["10", "80", "85"])
    cosines = np.cos(np.radians([10.0, 80.0, 85.0]))
    assert near == pytest.approx((cosines - cosines.mean()) / (cosines.std() + nearness.EVEN), abs=1e-5)
    assert build_nearness(Angles())("0", ["40"]) == pytest.approx([0.0]), "one alone stands out of nothing"
    assert abs(build_nearness(Angles())("0", ["40", "40.001"])).max() < 0.01, "a hair's difference says nothing"


def test_a_sentence_is_embedded_once_and_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearness, "REMEMBERED", 2)
    angles = Angles()
    near = build_nearness(angles)
    near("0", ["10", "20"])
    near("1", ["20", "10", "20"])
    assert angles.embedded == ["0", "10", "20", "1"]
    near("2", ["30"])
    near("3", ["30", "20"])
    near("4", ["10"])
    assert angles.embedded[4:] == ["2", "30", "3", "20", "4", "10"]


def test_only_the_likeliest_are_measured(spans: SpanReader) -> None:
    text = " ".join(f"Kettle {number} was cast in Leeds." for number in range(40))
    found = (ScoredPassage(Passage(Span("d", 0, len(text)), text, "Kettles", "Works > Foundry"), 1.0),)
    candidates = find_sentence_candidates(found)
    asked: list[Any] = []

    def note(question: str, sentences: Any) -> Any:
        asked.append((question, list(sentences)))
        return np.arange(len(sentences), dtype=np.float32)

    measured = measure(
        "Where was kettle 7 cast?", candidates, found, spans.read("Where was kettle 7 cast?", [text]), note
    )
    ((question, sentences),) = asked
    assert question == "Where was kettle 7 cast?" and len(sentences) == LIKELY
    assert "Foundry: Kettle 7 was cast in Leeds." in sentences
    assert tell_subject(candidates[7]) == "Foundry: Kettle 7 was cast in Leeds."
    near = measured.features[:, -1]
    assert (near == near.min()).sum() == len(candidates) - LIKELY + 1, "the others are as far as the farthest"
