"""From settings to an open index and a chain, with progress on stderr: what every verb begins with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.errors import NoIndexError, UsageError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.index.passage_index import PassageIndex


OLDER = (
    "this index was made by an older Footnote, which read documents otherwise; answers get better by reading them again: "
    "footnote ingest --rebuild"
)
"""What is said where it still answers, and does so worse than it could."""


def find_bundled_articles() -> Path:
    """The folder of the article that comes with Footnote: inside the installed package, or in the checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "articles"
    return installed if installed.is_dir() else package.parent / "data" / "articles"


def open_index(settings: Settings) -> PassageIndex:
    """The index of the settings, to be searched. The default one, where absent, is first made of the bundled article.

    Raises:
        NoIndexError: an index was named and is not there.
        IndexUnavailable: it cannot be read.
        ModelError: the embedding model cannot be loaded.
    """
    from ingest.reading_rules import is_older
    from rag.index.embeddings import build_embeddings
    from rag.index.generations import find_current
    from rag.index.passage_index import PassageIndex

    location = settings.location
    is_default = isinstance(location, Path) and "index" not in settings.model_fields_set
    if isinstance(location, Path) and not is_default:
        find_current(location)  # a wrong folder should be told before the model is loaded
    elif not is_default:
        PassageIndex(location)  # and so should a wrong server
    embeddings = build_embeddings(settings)
    try:
        opened = PassageIndex(location, embeddings)
        if is_older(opened.current().profile.splitting):
            click.echo(OLDER, err=True)
        return opened
    except NoIndexError:
        if not is_default:
            raise
    from ingest.pipeline import ingest_paths

    with progress_bars() as on_progress:
        ingest_paths(
            [find_bundled_articles()],
            directory=location,
            embeddings=embeddings,
            settings=settings,
            on_progress=on_progress,
        )
    return PassageIndex(location, embeddings)


def open_for_reading(settings: Settings) -> PassageIndex:
    """The index of the settings without its model, which takes seconds to load and is needed only to search."""
    from rag.index.passage_index import PassageIndex

    try:
        return PassageIndex(settings.location)
    except NoIndexError:
        return open_index(settings)


def find_directory(settings: Settings) -> Path:
    """The folder of the index, for what works on folders alone. Raises UsageError where a server has the index."""
    if getattr(settings, "chroma_url", "") and "index" not in settings.model_fields_set:
        raise UsageError("this is for an index in a folder; name it with --index (FOOTNOTE_CHROMA_URL names a server)")
    return settings.index


def build_chain_for(settings: Settings, opened: PassageIndex | None = None) -> Any:
    """The chain over an open index, or over the index of the settings."""
    from rag.chain import build_chain

    return build_chain(opened or open_index(settings), settings=settings)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Progress on stderr: one bar for each kind of work; nothing where stderr is not a terminal."""
    from tqdm import tqdm

    bars: dict[str, Any] = {}

    def show_progress(label: str, done: int, total: int) -> None:
        if label not in bars:
            bars[label] = tqdm(total=total, desc=label, file=sys.stderr, disable=None, leave=total > 0)
        bars[label].total = total
        bars[label].update(done - bars[label].n)

    try:
        yield show_progress
    finally:
        for bar in bars.values():
            bar.close()
