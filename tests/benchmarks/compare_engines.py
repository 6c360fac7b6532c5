"""Whether ONNX Runtime says what PyTorch says, and how fast: ``python tests/benchmarks/compare_engines.py --data DIR``.

Questions and paragraphs are those of SQuAD 2.0's development set (``squad/dev-v2.0.json``), PyTorch in 32 bits as the models
were published; the 16-bit form that it takes on processors with matrix units is timed, and compared, beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rag.encoder.processor import has_bfloat16, name_processor
from rag.encoder.tokens import build_tokenizer
from rag.index.embeddings import find_default_model
from rag.index.encoder_embeddings import EncoderEmbeddings
from rag.reader.span_reader import SpanReader, load_shipped

QUESTIONS, PASSAGES, REPEATS = 1_000, 8, 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("FOOTNOTE_DATASETS"), help="folder of the data sets"
    )
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="how many are read by all of them")
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the folder of the data sets: --data DIR, or FOOTNOTE_DATASETS")
    articles = json.loads((options.data / "squad" / "dev-v2.0.json").read_text(encoding="utf-8"))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    asked = [(qa["question"], row) for row, paragraph in enumerate(paragraphs) for qa in paragraph["qas"]]
    asked = random.Random(0).sample(asked, options.questions)
    texts = [paragraph["context"] for paragraph in paragraphs]
    groups = [(question, texts[max(0, row - 4) : max(0, row - 4) + PASSAGES]) for question, row in asked]
    print(f"{name_processor()}, {os.cpu_count()} processors")
    onnx, exact = EncoderEmbeddings("onnx", find_default_model()), load_reference()
    compare_vectors(onnx, exact, texts)
    readers = {"onnx": load_shipped("onnx"), "torch, 32 bits": load_exact_reader()}
    if has_bfloat16():
        readers["torch, 16 bits"] = load_shipped("torch")
    compare_readings({name: build_reader(loaded) for name, loaded in readers.items()}, groups)
    print("\nmedian ms of 5, each time another question")
    for name, loaded in readers.items():
        taken = [time_once(partial(build_reader(loaded).read, *group)) for group in groups[:REPEATS]]
        print(f"  {name:16} {PASSAGES} passages read {statistics.median(taken):8.1f}")
    models: dict[str, Any] = {"onnx": onnx, "torch, 32 bits": exact}
    for name, embed in models.items():
        once = [time_once(partial(embed.embed_query, question)) for question, _ in groups[:REPEATS]]
        many = time_once(partial(embed.embed_documents, texts[:256])) / 1e3
        print(f"  {name:16} question embedded {statistics.median(once):6.1f}; passages a second {256 / many:8.1f}")


def load_reference() -> Any:
    """The embedding model as sentence-transformers runs it, in 32 bits."""
    from langchain_huggingface import HuggingFaceEmbeddings

    return HuggingFaceEmbeddings(model_name=find_default_model(), encode_kwargs={"normalize_embeddings": True})


def load_exact_reader() -> Any:
    """The span model on PyTorch in 32 bits, and its tokenizer."""
    from rag.reader.span_model import TorchSpanScorer, read_span_model

    return TorchSpanScorer(read_span_model(find_default_model())), build_tokenizer(find_default_model())


def build_reader(loaded: Any) -> SpanReader:
    """A reader of a loaded model that remembers nothing yet."""
    return SpanReader(lambda: loaded)


def compare_vectors(ours: Any, theirs: Any, texts: list[str]) -> None:
    """Print the least cosine of a text's two vectors."""
    cosines = (np.asarray(ours.embed_documents(texts)) * np.asarray(theirs.embed_documents(texts))).sum(axis=1)
    print(f"vectors of {len(texts):,} paragraphs: least cosine to those of PyTorch, 32 bits: {cosines.min():.7f}")


def compare_readings(readers: dict[str, SpanReader], groups: list[tuple[str, list[str]]]) -> None:
    """Print how far the logits lie from PyTorch's in 32 bits, and how often the same passage comes first."""
    found = {name: [reader.read(question, texts) for question, texts in groups] for name, reader in readers.items()}
    exact = found.pop("torch, 32 bits")
    for name, readings in found.items():
        pairs = [pair for mine, other in zip(readings, exact, strict=True) for pair in zip(mine, other, strict=True)]
        apart = max(float(np.abs(mine.starts - other.starts).max()) for mine, other in pairs)
        same = sum(first_of(mine) == first_of(other) for mine, other in zip(readings, exact, strict=True))
        spans = sum(mine.best_span().start == other.best_span().start for mine, other in pairs)
        print(
            f"{name} beside torch, 32 bits: logits at most {apart:.1e} apart; the same passage first for {same} of "
            f"{len(exact)} questions; the same span in {spans:,} of {len(pairs):,} passages"
        )


def first_of(readings: list[Any]) -> int:
    """The passage whose best span stands out most."""
    return int(np.argmax([reading.best_span().score - reading.nowhere for reading in readings]))


def time_once(call: Callable[[], Any]) -> float:
    """Milliseconds of a call."""
    started = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
