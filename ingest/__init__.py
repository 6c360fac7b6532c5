"""From files to an index: load, clean, split, embed, store. Importing it loads nothing; each name is when it is first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingest.library import Library
    from ingest.memory import ingest_texts
    from ingest.pipeline import ingest_paths

_HOMES = {"Library": "ingest.library", "ingest_paths": "ingest.pipeline", "ingest_texts": "ingest.memory"}

__all__ = ["Library", "ingest_paths", "ingest_texts"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ingest' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
