"""What an index was made with, and the refusal of whatever does not fit it: formats, splittings, embedding models.

A model's name and its number of dimensions do not tell it from another one that was put in its place: finetuned, of another
version, or with another prompt. Questions would then be compared with vectors that mean something else. So an index keeps
the vector of one fixed text, the probe.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.errors import IndexMismatchError
from rag.index.embeddings import embedding_name

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

FORMAT_VERSION = 4

READ_VERSIONS = (1, 2, 3, 4)
"""The formats that are read: the first one knows nothing of blocks, the first two nothing of metadata and of the probe,
and the first three not which lists lie within others."""

PROBE = "The harbour master of Skarra wrote 27 letters about a lighthouse, and none of them was answered."
"""What is embedded; another text would need another format of the index."""

SAME = 0.99
"""The least cosine of two vectors of the probe by one and the same model. With weights of 16 bits it is 0.9999 to those of
32, kept in eight bits a number 0.9999 again; with weights of eight bits it is .91, and that is another model."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What an index was made with; all of it must agree before it is read or added to.

    ``probe`` tells the embedding model from another one of its name.
    """

    format_version: int
    embedding_model: str
    dimension: int
    splitting: str
    probe: str = ""


def check_format(version: object, place: object) -> None:
    """Refuse an index whose format this Footnote does not read."""
    if version not in READ_VERSIONS:
        raise IndexMismatchError(
            f"the index at '{place}' has format {version}, this Footnote reads format {FORMAT_VERSION}; "
            "build it again with: footnote ingest --rebuild"
        )


def check_same_model(profiles: Sequence[Profile]) -> None:
    """Refuse to search indexes as one that different embedding models have made: their scores cannot be compared."""
    first = profiles[0]
    for other in profiles[1:]:
        if (other.embedding_model, other.dimension) != (first.embedding_model, first.dimension):
            raise IndexMismatchError(
                f"the indexes were made with different embedding models, '{first.embedding_model}' "
                f"({first.dimension} dimensions) and '{other.embedding_model}' ({other.dimension}); "
                "search them apart, or build one again with: footnote ingest --rebuild"
            )


def check_profile(profile: Profile, embeddings: Embeddings, place: object, splitting: str | None = None) -> None:
    """Refuse an index that another embedding model, or (where given) another splitting, has made."""
    name = embedding_name(embeddings)
    if profile.embedding_model != name:
        raise IndexMismatchError(
            f"the index at '{place}' was made with the embedding model '{profile.embedding_model}', "
            f"but '{name}' is set; set FOOTNOTE_EMBEDDING_MODEL back, or run: footnote ingest --rebuild"
        )
    if splitting is not None and profile.splitting != splitting:
        raise IndexMismatchError(
            f"the index at '{place}' was cut as '{profile.splitting}', this Footnote cuts as '{splitting}'; "
            "run: footnote ingest --rebuild"
        )


def make_profile(embeddings: Embeddings, splitting: str, before: Profile | None = None) -> Profile:
    """What an index is made with now. That of one which is added to is ``before``: its probe stays, so that none drifts."""
    if before and before.probe:
        return replace(before, format_version=FORMAT_VERSION)
    (vector,) = embeddings.embed_documents([PROBE])
    return Profile(FORMAT_VERSION, embedding_name(embeddings), len(vector), splitting, pack_vector(vector))


def check_probe(kept: str, embeddings: Embeddings, place: object) -> None:
    """Refuse a model that embeds the probe otherwise than the one that made the index; the first indexes keep none.

    Raises:
        IndexMismatchError: it does.
    """
    import numpy as np

    if not kept:
        return
    (vector,) = embeddings.embed_documents([PROBE])
    before, now = unpack_vector(kept), np.asarray(vector, dtype=np.float32)
    lengths = float(np.linalg.norm(before) * np.linalg.norm(now))
    cosine = float(before @ now) / lengths if len(before) == len(now) and lengths else 0.0
    if len(before) != len(now) or (lengths and cosine < SAME):
        raise IndexMismatchError(
            f"the index at '{place}' was made with another embedding model of the same name: the same words now have "
            f"another vector (cosine {cosine:.2f}); bring the former model back, or run: footnote ingest --rebuild"
        )


def pack_vector(vector: Sequence[float]) -> str:
    """A vector's direction as text, eight bits a number."""
    import numpy as np

    values = np.asarray(vector, dtype=np.float32)
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    return base64.b64encode(np.round(values / largest * 127).astype(np.int8).tobytes()).decode("ascii")


def unpack_vector(packed: str) -> NDArray[np.float32]:
    """The direction that ``pack_vector`` packed. Raises ValueError where it was altered."""
    import numpy as np

    return np.frombuffer(base64.b64decode(packed, validate=True), dtype=np.int8).astype(np.float32)
