"""The encoder on ONNX Runtime: it says what the PyTorch model says, and the usual commands load nothing of PyTorch."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.encoder import processor
from rag.encoder.batches import BATCH_TOKENS, gather, pad_pairs, pad_texts
from rag.encoder.bert import GRAPH
from rag.encoder.tensors import map_tensors
from rag.encoder.tokens import build_tokenizer
from rag.errors import ModelError
from rag.index import embeddings as models
from rag.index.embeddings import build_embeddings, find_default_model
from rag.index.encoder_embeddings import TRIED, EncoderEmbeddings
from rag.reader.span_reader import SpanReader, load_shipped
from rag.settings import DEFAULT_EMBEDDING_MODEL, read_settings

ROOT = Path(__file__).parents[2]
ARTICLE = next((ROOT / "data" / "articles").glob("*.md")).read_text(encoding="utf-8")
TEXTS = [
    "",
    "tea",
    "水" * 700,
    "🫖 " * 40,
    *(ARTICLE[at : at + size] for size, at in ((7, 0), (60, 900), (400, 1_500), (3_000, 2_000), (400, 6_000))),
]
QUESTIONS = ("Who asked for the meeting to be put off?", "why " * 400, "")
HEAVY = ("torch", "transformers", "sentence_transformers", "sklearn", "pandas")


@pytest.fixture(scope="module")
def reference() -> Any:
    """The published model on PyTorch, in 32 bits, as sentence-transformers runs it."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(find_default_model(), device="cpu")


def test_vectors_are_those_of_the_pytorch_model(embeddings: Any, reference: Any) -> None:
    ours = np.asarray(embeddings.embed_documents(TEXTS))
    theirs = reference.encode(TEXTS, normalize_embeddings=True)
    assert (ours * theirs).sum(axis=1).min() > 0.99999
    assert np.abs(ours - theirs).max() < 1e-4
    assert embeddings.embed_query(TEXTS[5]) == pytest.approx(theirs[5], abs=1e-4)
    assert embeddings.embed_documents([]) == []


def test_logits_are_those_of_the_pytorch_model(spans: SpanReader) -> None:
    from rag.reader.span_model import TorchSpanScorer, read_span_model

    model = TorchSpanScorer(read_span_model(find_default_model()))
    torch_reader = SpanReader(lambda: (model, build_tokenizer(find_default_model())))
    pairs = [(question, text) for question in QUESTIONS for text in TEXTS]
    for ours, theirs in zip(spans.read_pairs(pairs), torch_reader.read_pairs(pairs), strict=True):
        assert ours.starts == pytest.approx(theirs.starts, abs=1e-3)
        assert ours.ends == pytest.approx(theirs.ends, abs=1e-3)
        assert ours.nowhere == pytest.approx(theirs.nowhere, abs=1e-3)
        assert ours.best_span().start == theirs.best_span().start
    assert spans.judge(pairs) == pytest.approx(torch_reader.judge(pairs), abs=1e-3)


def test_the_graph_is_what_its_command_writes(tmp_path: Path) -> None:
    from rag.reader.training.graph import write_graph

    write_graph(tmp_path / "bert.onnx")
    assert (tmp_path / "bert.onnx").read_bytes() == GRAPH.read_bytes()
    assert GRAPH.stat().st_size < 20_000, "it holds no weights"


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_an_engine_that_is_named_is_the_one_at_work(engine: Any) -> None:
    embeddings = build_embeddings(read_settings(engine=engine))
    assert isinstance(embeddings, EncoderEmbeddings) == (engine == "onnx")
    assert models.embedding_name(embeddings) == DEFAULT_EMBEDDING_MODEL, "an index of one serves the other"
    assert models.token_limit(embeddings) == 256 and models.build_token_counter(embeddings)(["hello"]) == [3]
    scorer, _ = load_shipped(engine)
    assert type(scorer).__name__ == {"onnx": "OnnxSpanScorer", "torch": "TorchSpanScorer"}[engine]


MANY = 40


class Slower:
    """Takes the place of the same model on an engine that was expected to be faster."""

    def __init__(self) -> None:
        self.asked = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked += len(texts)
        time.sleep(0.5)
        return [[1.0]] * len(texts)


def test_an_engine_that_proves_slower_is_asked_for_a_few_texts_and_no_more() -> None:
    slower = Slower()
    embeddings = EncoderEmbeddings("name", find_default_model(), lambda: slower, MANY)  # type: ignore[arg-type,return-value]
    for _ in range(2):
        vectors = models.embed_many(embeddings, ["tea"] * (MANY + 1))
        assert len(vectors) == MANY + 1 and len(vectors[0]) == 384
    assert slower.asked == 2 * TRIED


class Faster:
    """Takes the place of the same model on another engine."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[1.0]] * len(texts)

    def embed_query(self, text: str) -> list[float]:
        return [1.0]


def test_many_texts_of_documents_go_to_what_is_faster_and_nothing_else_does() -> None:
    loaded = []

    def load() -> Any:
        loaded.append(1)
        return Faster()

    embeddings = EncoderEmbeddings("name", find_default_model(), load, MANY)
    assert len(embeddings.embed_documents(["tea"] * (MANY + 1))[0]) == 384, "sentences, for an answer"
    assert len(models.embed_many(embeddings, ["tea"] * 3)[0]) == 384 and not loaded
    assert models.embed_many(embeddings, ["tea"] * MANY) == [[1.0]] * MANY
    assert models.embed_many(embeddings, ["tea"]) == [[1.0]], "and it stays"
    assert len(embeddings.embed_query("tea")) == len(embeddings.embed_documents(["tea"])[0]) == 384
    assert loaded == [1] and models.embed_many(Faster(), ["tea"]) == [[1.0]]  # type: ignore[arg-type]


def test_where_what_is_faster_cannot_be_loaded_it_goes_on_without(caplog: pytest.LogCaptureFixture) -> None:
    def load() -> Any:
        raise ModelError("cannot load it; install it again")

    embeddings = EncoderEmbeddings("name", find_default_model(), load, MANY)
    assert len(models.embed_many(embeddings, ["tea"] * (MANY + 1))) == MANY + 1
    assert len(models.embed_many(embeddings, ["tea"])) == 1
    assert caplog.text.count("cannot load it") == 1


def test_batches_are_of_like_length_and_none_is_large() -> None:
    lengths = [1, 300, 5, 2, 256, 256, 40, 7] * 9
    groups = gather(lengths, lambda length: length)
    assert sorted(length for group in groups for length in group) == sorted(lengths)
    assert all(len(group) * max(group) <= BATCH_TOKENS for group in groups)
    assert sum(len(group) * max(group) for group in groups) < 1.5 * sum(lengths), "little of it is padding"


def test_pairs_and_texts_are_padded_and_their_parts_told() -> None:
    pairs = pad_pairs([([7, 8], [9]), ([], [1, 2, 3, 4])])
    assert pairs.ids.tolist() == [[101, 7, 8, 102, 9, 102, 0], [101, 102, 1, 2, 3, 4, 102]]
    assert pairs.seconds.tolist() == [4, 2] and pairs.lengths.tolist() == [6, 7]
    texts = pad_texts([[101, 5, 102], [101, 102]])
    assert texts.ids.tolist() == [[101, 5, 102], [101, 102, 0]] and texts.lengths.tolist() == [3, 2]


def write_tensors(path: Path, table: dict[str, Any], numbers: bytes) -> Path:
    head = json.dumps(table).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + numbers)
    return path


def test_tensors_are_mapped_as_they_were_written(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    kept: dict[str, Any] = {
        "half": np.arange(6, dtype=np.float16).reshape(2, 3),
        "whole": np.array([1.5, -2.0], dtype=np.float32),
    }
    save_file(kept, str(tmp_path / "kept"))
    found = map_tensors(tmp_path / "kept")
    assert found.keys() == kept.keys() and all((found[name] == value).all() for name, value in kept.items())


@pytest.mark.parametrize(
    "content", [b"", b"12345678", b"\xff" * 64, b"\x02" + b"\0" * 7 + b"{", b"\x02" + b"\0" * 7 + b"[]"]
)
def test_a_file_that_holds_no_tensors_is_a_plain_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(content)
    with pytest.raises(ValueError):
        map_tensors(tmp_path / "broken")
    entry = {"dtype": "F32", "shape": [1_000], "data_offsets": [0, 4_000]}
    with pytest.raises(ValueError, match="mmap"):
        map_tensors(write_tensors(tmp_path / "cut-off", {"a": entry}, b"\0" * 12))


def test_a_broken_model_file_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"broken")
    (folder / "tokenizer.json").write_bytes((Path(find_default_model()) / "tokenizer.json").read_bytes())
    monkeypatch.setattr(models, "find_model_path", lambda settings: str(folder))
    with pytest.raises(ModelError, match="cannot load the embedding model") as raised:
        build_embeddings(read_settings())
    assert "\n" not in str(raised.value) and "pip install" in str(raised.value)


@pytest.mark.parametrize(
    ("features", "name", "is_fast"),
    [("fpu avx2", "AVX2", False), ("avx2 avx512f", "AVX-512", False), ("avx2 avx512f amx_bf16", "AMX", True)],
)
def test_the_processor_is_told_from_its_features(
    features: str, name: str, is_fast: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\nflags\t\t: {features}\n\nprocessor\t: 1\nflags\t\t: other\n")
    monkeypatch.setattr(processor, "CPU_FILE", tmp_path / "cpuinfo")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    processor.has_bfloat16.cache_clear()
    try:
        assert processor.name_processor().endswith(f"with {name}")
        assert processor.has_bfloat16() == is_fast
    finally:
        processor.has_bfloat16.cache_clear()


def test_commands_load_nothing_of_pytorch(tmp_path: Path) -> None:
    place = ["--index", str(tmp_path / "index")]
    commands = [
        ["ingest", str(ROOT / "data" / "articles"), *place],
        ["search", "the meeting", *place],
        ["ask", "Who asked for the meeting to be put off?", *place],
        ["ask", "Summarise the article", *place],
    ]
    code = f"""
import sys
from ui.cli.main import main
for command in {commands!r}:
    sys.argv[1:] = command
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, (command, ended.code)
    assert not (loaded := [name for name in {HEAVY!r} if name in sys.modules]), (command, loaded)
print("nothing of it")
"""
    done = run_at_home(tmp_path / "home", code)
    assert done.stdout.endswith("nothing of it\n"), (done.stdout + done.stderr)[-600:]
    left = [path.name for path in (tmp_path / "home").rglob("*") if "onnxruntime" in path.name]
    assert left == [], "ONNX Runtime's telemetry has made itself a number for this machine"


def test_onnx_runtime_reports_to_its_maker_unless_it_is_kept_from_it(tmp_path: Path) -> None:
    """What the test before looks for is what ONNX Runtime does; if it no longer does, that test shows nothing any more."""
    run_at_home(tmp_path / "plain", "import onnxruntime").check_returncode()
    run_at_home(tmp_path / "ours", "from rag.encoder.bert import import_runtime; import_runtime()").check_returncode()
    plain, ours = (
        [path.name for path in (tmp_path / name).rglob("*") if "onnxruntime" in path.name] for name in ("plain", "ours")
    )
    if not plain:
        pytest.skip("this build of ONNX Runtime keeps no telemetry under the home folder")
    assert ours == []


def run_at_home(home: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Python that runs ``code`` with a home folder of its own."""
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=kept | {"HOME": str(home)},
        check=False,
    )
