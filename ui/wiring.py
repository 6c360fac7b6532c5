"""From settings to an open index and a chain: shared by the command line and the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import NoIndexError
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from rag.index import PassageIndex


def find_bundled_articles() -> Path:
    """The folder of the article that comes with Footnote: inside the installed package, or in the checkout."""
    here = Path(__file__).resolve().parent
    installed = here / "articles"
    return installed if installed.is_dir() else here.parent / "data" / "articles"


def open_index(
    settings: Settings, embeddings: Embeddings, on_progress: Callable[[str, int, int], None] | None = None
) -> PassageIndex:
    """Open the index of the settings. The default one, where it is absent, is first made of the bundled article.

    Raises:
        NoIndexError: an index was named and is not there.
        IndexUnavailable: it cannot be read.
    """
    from rag.index import PassageIndex

    try:
        return PassageIndex(settings.index, embeddings)
    except NoIndexError:
        if "index" in settings.model_fields_set:
            raise
    from ingest.pipeline import ingest_paths

    ingest_paths(
        [find_bundled_articles()],
        directory=settings.index,
        embeddings=embeddings,
        settings=settings,
        on_progress=on_progress,
    )
    return PassageIndex(settings.index, embeddings)
