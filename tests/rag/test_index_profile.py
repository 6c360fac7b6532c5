"""An index knows its embedding model again: another one in its place is refused, whatever it calls itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from letters import LETTERS, SPLITTING, LetterEmbeddings, put

from rag.errors import IndexMismatchError
from rag.index.passage_index import PassageIndex, read_profile
from rag.index.profile import PROBE, check_probe, make_profile, pack_vector, unpack_vector
from rag.index.writer import write_index
from rag.retrieve.hybrid import find_passages


class Exchanged(LetterEmbeddings):
    """Of the same name and size, and other vectors: it reads the letters from the end of the alphabet."""

    def embed_query(self, text: str) -> list[float]:
        return super().embed_query(text)[::-1]


class Counting(LetterEmbeddings):
    """Counts what it embeds."""

    embedded = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += len(texts)
        return super().embed_documents(texts)


OTHER: Any = Exchanged()


def test_another_model_of_the_same_name_and_size_is_refused_with_the_next_step(tmp_path: Path) -> None:
    put(tmp_path, "farm", "Zebras graze. ", "Bears eat honey.")
    index = PassageIndex(tmp_path, OTHER)
    assert index.document("farm").text == "Zebras graze. Bears eat honey.", "reading needs no model"
    with pytest.raises(IndexMismatchError, match=r"another embedding model of the same name.*--rebuild") as told:
        find_passages("bears", [index], count=2)
    assert "\n" not in str(told.value)
    assert find_passages("bears", [PassageIndex(tmp_path, LETTERS)], count=2)


def test_another_model_cannot_add_to_an_index_nor_take_from_it(tmp_path: Path) -> None:
    put(tmp_path, "farm", "Zebras graze. ")
    with (
        pytest.raises(IndexMismatchError, match="of the same name"),
        write_index(tmp_path, OTHER, splitting=SPLITTING) as writer,
    ):
        writer.remove("farm")
    assert [record.id for record in PassageIndex(tmp_path).documents()] == ["farm"]
    with write_index(tmp_path, OTHER, splitting=SPLITTING, fresh=True):
        pass


def test_a_state_of_an_index_is_asked_once(tmp_path: Path) -> None:
    put(tmp_path, "farm", "Zebras graze. ")
    counting: Any = Counting()
    index = PassageIndex(tmp_path, counting)
    assert counting.embedded == 0, "opening embeds nothing"
    for _ in range(3):
        find_passages("bears", [index], count=2)
    assert counting.embedded == 1


def test_the_probe_stays_when_an_index_grows(tmp_path: Path) -> None:
    put(tmp_path, "farm", "Zebras graze. ")
    before = read_profile(tmp_path / "generations" / "000001")
    put(tmp_path, "wood", "Bears eat honey.")
    assert read_profile(tmp_path / "generations" / "000002") == before
    assert json.loads((tmp_path / "generations" / "000002" / "index.json").read_text())["probe"] == before.probe


def test_an_index_without_a_probe_gets_one_when_it_is_written_to() -> None:
    made = make_profile(LETTERS, SPLITTING)
    check_probe("", OTHER, "index")
    with pytest.raises(IndexMismatchError):
        check_probe(made.probe, OTHER, "index")


def test_a_model_of_another_size_is_refused_too() -> None:
    with pytest.raises(IndexMismatchError, match="of the same name"):
        check_probe(pack_vector([1.0, 0.0]), LETTERS, "index")


def test_a_vector_is_packed_by_its_direction() -> None:
    vector = np.random.default_rng(0).normal(size=384)
    again = unpack_vector(pack_vector(vector.tolist()))
    assert len(pack_vector(vector.tolist())) == 512
    assert float(again @ vector / np.linalg.norm(again) / np.linalg.norm(vector)) > 0.9995
    assert unpack_vector(pack_vector([0.0, 0.0])).tolist() == [0.0, 0.0]


def test_the_default_model_agrees_with_itself_in_fewer_bits(embeddings: Any) -> None:
    (vector,) = embeddings.embed_documents([PROBE])
    coarse = np.asarray(vector, dtype=np.float16).astype(np.float32)
    check_probe(pack_vector(coarse.tolist()), embeddings, "index")
    noisy = np.asarray(vector) + 0.02 * np.random.default_rng(0).normal(size=len(vector))
    with pytest.raises(IndexMismatchError):
        check_probe(pack_vector(noisy.tolist()), embeddings, "index")
