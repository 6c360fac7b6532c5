"""The pipeline that most people would write first, as a yardstick: split, embed, Chroma, top 4; no footnotes.

Nothing in it is tuned for or against anything: LangChain's RecursiveCharacterTextSplitter(1000, 200), its
HuggingFaceEmbeddings over all-MiniLM-L6-v2, its Chroma store, the four nearest pieces. It has no language model, so its
answer is the nearest piece, its citations are the four, and it never abstains. It does not know of earlier turns.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langchain_core.documents import Document as LangChainDocument
from langchain_core.runnables import Runnable, RunnableLambda

from rag.index.embeddings import find_model_path
from rag.settings import Settings
from rag.types import Answer, Citation, Passage, Question, ScoredPassage, Seconds, Span

CHUNK_SIZE = 1000
CHUNK_OVERLAP = 200
TOP = 4
FIRST_UNIQUE = 0x20000
"""From here on no code point is white space, nor half of a surrogate pair."""


def build_plain_pipeline(
    texts: Mapping[str, str], directory: Path, settings: Settings
) -> Runnable[Question | str, Answer]:
    """Index the texts (by document id) in a fresh Chroma folder, and return the pipeline as a Runnable."""
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings

    embeddings = HuggingFaceEmbeddings(model_name=find_model_path(settings), model_kwargs={"device": "cpu"})
    store = Chroma("plain", embedding_function=embeddings, persist_directory=str(directory))
    pieces = [
        LangChainDocument(text[start:end], metadata={"document": name, "start": start, "end": end})
        for name, text in texts.items()
        for start, end in split_plainly(text)
    ]
    store.add_documents(pieces)

    def answer(asked: Question | str) -> Answer:
        question = asked if isinstance(asked, Question) else Question(asked)
        started = time.perf_counter()
        restricted: dict[str, Any] = (
            {"filter": {"document": {"$in": list(question.documents)}}} if question.documents else {}
        )
        found = store.similarity_search_with_score(question.text, k=TOP, **restricted)
        passages = tuple(ScoredPassage(_passage(piece), _similarity(distance)) for piece, distance in found)
        took = time.perf_counter() - started
        return Answer(
            question.text,
            passages[0].passage.text if passages else "",
            id=question.id,
            citations=tuple(
                Citation(number, scored.passage.span, scored.passage.text, scored.passage)
                for number, scored in enumerate(passages, start=1)
            ),
            passages=passages,
            model="plain pipeline",
            seconds=Seconds(took, 0.0, took),
        )

    return RunnableLambda(answer)


def split_plainly(text: str, size: int = CHUNK_SIZE, overlap: int = CHUNK_OVERLAP) -> list[tuple[int, int]]:
    """The offsets of LangChain's pieces of a text, exactly where it cut them.

    Its own ``add_start_index`` searches the text again and reports the wrong one of two equal places, or none. So a
    double of the text is split, in which every character but white space is one that stands nowhere else: the splitter
    looks only at lengths and at white space, and so cuts it at the same places.

    Raises:
        ValueError: the text has more characters than there are to tell apart.
    """
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    if FIRST_UNIQUE + len(text) > sys.maxunicode:
        raise ValueError(f"a text of {len(text):,} characters is too long to be split with exact offsets")
    double = "".join(letter if letter.isspace() else chr(FIRST_UNIQUE + place) for place, letter in enumerate(text))
    splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap)
    starts_and_lengths = [(ord(piece[0]) - FIRST_UNIQUE, len(piece)) for piece in splitter.split_text(double)]
    return [(start, start + length) for start, length in starts_and_lengths]


def _passage(piece: LangChainDocument) -> Passage:
    span = Span(piece.metadata["document"], piece.metadata["start"], piece.metadata["end"])
    return Passage(span, piece.page_content)


def _similarity(distance: float) -> float:
    """The cosine of two unit vectors from Chroma's default distance, the squared Euclidean one, within [0, 1]."""
    return min(1.0, max(0.0, 1.0 - distance / 2))
