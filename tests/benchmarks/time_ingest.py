"""How fast documents become an index: ``python tests/benchmarks/time_ingest.py [--passages 1 100 10000]``.

Footnote and the plain LangChain pipeline (RecursiveCharacterTextSplitter, HuggingFaceEmbeddings, Chroma) bring the same
files into a fresh index, with the same weights, each in a process of its own, one after the other. The clock runs from
the files on disk to an index that can be asked; imports and loading the model are not counted. The plain pipeline is run twice: cut
as its tutorials cut (1,000 characters, 200 of them twice), and at the size of Footnote's own passages, without overlap.
Each is run three times in turn, and its
fastest counts. The encoder's own rate is that of the same passages embedded in one call, with nothing before and nothing after.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
ARTICLE = ROOT / "data" / "articles" / "hanoi-summit.md"
SENTENCES_A_FILE = 60


def write_files(folder: Path, passages: int, seed: int = 0) -> None:
    """Text files that hold about so many passages: the bundled article's sentences in a new order each."""
    from rag.english.sentences import find_sentences

    text = ARTICLE.read_text(encoding="utf-8")
    sentences = [text[start:end] for start, end in find_sentences(text) if not text[start:end].startswith("#")]
    chance = random.Random(seed)
    wanted = max(1, round(passages * 6.8))  # so many sentences go into a passage
    for number in range((wanted + SENTENCES_A_FILE - 1) // SENTENCES_A_FILE):
        picked = chance.choices(sentences, k=min(SENTENCES_A_FILE, wanted - number * SENTENCES_A_FILE))
        paragraphs = [" ".join(picked[at : at + 6]) for at in range(0, len(picked), 6)]
        head = f"# Report {number}\n\n"
        (folder / f"report-{number:05d}.md").write_text(head + "\n\n".join(paragraphs) + "\n", encoding="utf-8")


def ingest_with_footnote(folder: Path, index: Path) -> dict[str, float]:
    import chromadb  # noqa: F401
    import sentencex  # noqa: F401

    from ingest.pipeline import ingest_paths
    from ingest.split import embedding_texts
    from rag.index.embeddings import build_embeddings, build_token_counter
    from rag.index.passage_index import PassageIndex
    from rag.settings import read_settings

    settings = read_settings()
    embeddings = build_embeddings(settings)
    embeddings.embed_documents(["warm"] * 64)
    started = time.perf_counter()
    reports = ingest_paths([folder], directory=index, embeddings=embeddings, settings=settings)
    seconds = time.perf_counter() - started
    opened = PassageIndex(index, embeddings)
    passages = [passage for record in opened.documents() for passage in opened.passages(record.id)]
    texts = embedding_texts(passages, build_token_counter(embeddings))
    started = time.perf_counter()
    embeddings.embed_documents(texts)
    alone = time.perf_counter() - started
    return {
        "passages": sum(report.passages for report in reports),
        "seconds": seconds,
        "encoder": len(texts) / alone,
        "mean": sum(map(len, texts)) / len(texts),
    }


def ingest_plainly(folder: Path, index: Path, size: int, overlap: int) -> dict[str, float]:
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    from rag.index.embeddings import find_model_path
    from rag.settings import read_settings

    embeddings = HuggingFaceEmbeddings(model_name=find_model_path(read_settings()))
    embeddings.embed_documents(["warm"] * 64)
    started = time.perf_counter()
    store = Chroma("plain", embedding_function=embeddings, persist_directory=str(index))
    splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap)
    pieces = splitter.create_documents([path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())])
    for at in range(0, len(pieces), 5_000):
        store.add_documents(pieces[at : at + 5_000])
    seconds = time.perf_counter() - started
    return {
        "passages": len(pieces),
        "seconds": seconds,
        "mean": sum(len(piece.page_content) for piece in pieces) / len(pieces),
    }


def find_size(folder: Path, mean: float) -> int:
    """The splitter's size that gives pieces of that mean length, in characters."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())[:20]]

    def distance(size: int) -> float:
        pieces = [
            piece
            for text in texts
            for piece in RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=0).split_text(text)
        ]
        return abs(sum(map(len, pieces)) / len(pieces) - mean)

    return min(range(200, 2_000, 20), key=distance)


def measure(which: str, folder: Path, size: int = 0, overlap: int = 0) -> dict[str, float]:
    """One pipeline over the files of a folder into a fresh index, in a process of its own."""
    with tempfile.TemporaryDirectory() as index:
        command = [sys.executable, __file__, "--one", which, str(folder), index, str(size), str(overlap)]
        printed = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if printed.returncode:
        sys.exit(printed.stderr)
    found: dict[str, float] = json.loads(printed.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[1, 100, 10_000], help="about how many")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        which, folder, index, size, overlap = arguments.one
        if which == "footnote":
            print(json.dumps(ingest_with_footnote(Path(folder), Path(index))))
        else:
            print(json.dumps(ingest_plainly(Path(folder), Path(index), int(size), int(overlap))))
        return
    print(f"{'pipeline':34} {'passages':>8} {'mean':>5} {'seconds':>8} {'a second':>9} {'text kB/s':>9} {'ratio':>6}")
    for passages in arguments.passages:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_files(folder, passages)
            kilobytes = sum(path.stat().st_size for path in folder.iterdir()) / 1000
            sizes = [("plain, passages of like size", 0, 0), ("plain, 1,000 and 200", 1000, 200)]
            runs: dict[str, list[dict[str, float]]] = defaultdict(list)
            for _ in range(arguments.repeats):  # in turn, so that a busy machine slows all alike; the fastest counts
                runs["Footnote"].append(measure("footnote", folder))
                for label, size, overlap in sizes:
                    like = size or find_size(folder, runs["Footnote"][0]["mean"])
                    runs[label].append(measure("plain", folder, like, overlap))
        best = {label: min(found, key=lambda run: run["seconds"]) for label, found in runs.items()}
        ours = best["Footnote"]
        encoder = max(run["encoder"] for run in runs["Footnote"])
        rate = ours["passages"] / ours["seconds"]
        for label, found in best.items():
            own = found["passages"] / found["seconds"]
            print(
                f"{label:34} {found['passages']:8} {found['mean']:5.0f} {found['seconds']:8.2f} {own:9.1f} "
                f"{kilobytes / found['seconds']:9.1f} {rate / own:6.2f}"
            )
        print(f"{'the encoder alone':34} {'':8} {'':5} {'':8} {encoder:9.1f} {'':9} {rate / encoder:6.0%}\n")


if __name__ == "__main__":
    main()
