"""Which documents may go when a folder is brought in again: those whose files are gone from it, beyond doubt."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ingest.places import Place, find_container, is_container, source_name
from rag.errors import UsageError


def find_folders(named: Sequence[Place], sources: Sequence[Place]) -> list[str]:
    """The absolute names of the folders, archives and mailboxes among what was named.

    Raises:
        UsageError: there is none; or nothing that can be read lies in a folder: a disk may not be mounted there.
    """
    folders = [source_name(place) for place in named if isinstance(place, Path) and place.is_dir()]
    containers = [source_name(place) for place in named if is_container(place)]
    if not folders and not containers:
        raise UsageError("--prune is for folders; name one, or take a document out with: footnote remove ID")
    for folder in folders:
        if not any(_lies_in(source_name(source), folder) for source in sources):
            raise UsageError(
                f"'{folder}' holds no file that can be read, so nothing was taken out; is it the right folder? "
                "Take documents out one by one with: footnote remove ID"
            )
    return folders


def is_gone(source: str, folders: Sequence[str]) -> bool:
    """Whether a source was in one of the folders and is not there any more; one that cannot be looked at is not gone."""
    if not any(_lies_in(source, folder) for folder in folders) or find_container(source):
        return False  # of a part only who opens the archive or mailbox can tell
    try:
        os.lstat(source)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _lies_in(source: str, folder: str) -> bool:
    return source.startswith(folder.rstrip(os.sep) + os.sep)
