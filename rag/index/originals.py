"""The files that documents were read from, kept beside an index where their pages can be shown.

They lie in ``originals/`` in the index's folder, each named by the sha256 of its bytes, which is what its document's
record says of it. So no name that anybody chose is a path here, and a file that was altered is as good as none.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from rag.errors import FootnoteError
from rag.index import generations
from rag.index.document_records import read_records

FOLDER = "originals"

_DIGEST = re.compile("[0-9a-f]{64}")


def keep_original(directory: Path, digest: str, content: bytes) -> None:
    """Keep the bytes of a source under their sha256. Where there is no room for them, its document is shown as text."""
    folder = directory / FOLDER
    if not _DIGEST.fullmatch(digest) or (folder / digest).is_file():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".new-")  # only its owner may read it
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(folder / digest)
    except OSError as error:  # what is left of it goes when the writer has ended
        logging.getLogger(__name__).warning("the original of a document is not kept (%s)", error.strerror)


def has_original(directory: Path, digest: str) -> bool:
    """Whether the bytes of a source are kept."""
    return _DIGEST.fullmatch(digest) is not None and (directory / FOLDER / digest).is_file()


def read_original(directory: Path, digest: str) -> bytes | None:
    """The bytes of a source; None where they are not kept, or are no longer those that were read."""
    if not has_original(directory, digest):
        return None
    try:
        content = (directory / FOLDER / digest).read_bytes()
    except OSError:  # removed meanwhile
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None


def prune_originals(directory: Path) -> None:
    """Delete what is kept of sources that no document comes from any more, and what was left half written.

    Of an index that cannot be read nothing is deleted: its documents may be mended.
    """
    folder = directory / FOLDER
    with suppress(FootnoteError, OSError, ValueError, KeyError, TypeError):
        if folder.is_dir():
            known = {record.source_digest for record in read_records(generations.find_current(directory)).values()}
            for path in list(folder.iterdir()):
                if path.name not in known:
                    with suppress(OSError):
                        path.unlink()
