"""The index: passages, their vectors and keywords, document records, in whole generations; reading it and writing it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.index.document_records import DocumentRecord
    from rag.index.passage_index import PassageIndex

_HOMES = {"PassageIndex": "rag.index.passage_index", "DocumentRecord": "rag.index.document_records"}

__all__ = ["DocumentRecord", "PassageIndex"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rag.index' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)
