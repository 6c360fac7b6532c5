"""How near in meaning each sentence is to a question, beside the others that were found.

The span model looks for words that could be an answer; the embedding model, which learnt from what people ask and get as
answers, tells whether a sentence is about the same thing (Reimers and Gurevych, EMNLP 2019).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

MeasureNearness = Callable[[str, Sequence[str]], "Matrix"]
"""From a question and sentences to how near each is to it, shape (sentences,)."""

REMEMBERED = 4_096
"""Sentences whose vectors are kept: the same ones are found again and again."""

EVEN = 0.02
"""A spread of cosines below which the sentences are about equally near: it keeps what differs by chance from counting."""


def build_nearness(embeddings: Embeddings) -> MeasureNearness:
    """How near sentences are, in standard deviations above the mean of all that are measured together.

    A cosine means something else in each embedding model; how far one sentence stands out does not.
    """
    known: OrderedDict[str, Matrix] = OrderedDict()
    lock = threading.Lock()

    def embed(texts: Sequence[str]) -> Matrix:
        import numpy as np

        with lock:
            found = {text: known[text] for text in texts if text in known}
        unknown = [text for text in dict.fromkeys(texts) if text not in found]
        vectors = embeddings.embed_documents(unknown) if unknown else []
        found |= {text: np.asarray(vector, dtype=np.float32) for text, vector in zip(unknown, vectors, strict=True)}
        with lock:
            for text in found:
                known[text] = found[text]
                known.move_to_end(text)
            while len(known) > REMEMBERED:
                known.popitem(last=False)
        return np.stack([found[text] for text in texts])

    def measure(question: str, sentences: Sequence[str]) -> Matrix:
        import numpy as np

        asked = np.asarray(embeddings.embed_query(question), dtype=np.float32)
        cosines = embed(sentences) @ asked
        return np.asarray((cosines - cosines.mean()) / (cosines.std() + EVEN), dtype=np.float32)

    return measure
