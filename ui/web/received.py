"""Files that browsers have uploaded: which paths may be one, and under which name it may be kept.

A path comes from a request, and so may name anything. Only a plain file that lies in the folder that uploads are
received in is one; nothing else is ever opened, moved or deleted.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from rag.errors import SourceError

LONGEST_NAME = 200
"""Bytes of a file's name that are kept; file systems take 255, and a number may be put to it."""

UNNAMED = "document"


def find_received_folder() -> Path:
    """The folder that Gradio receives uploads in, with all links resolved."""
    return Path(os.environ.get("GRADIO_TEMP_DIR") or Path(tempfile.gettempdir()) / "gradio").resolve()


def check_received(paths: Sequence[Path | str], folder: Path) -> list[Path]:
    """The paths of uploaded files.

    Raises:
        SourceError: one of them is anything else; the log says which.
    """
    checked = [path for path in map(Path, paths) if is_received(path, folder)]
    if len(checked) < len(paths):
        refused = next(path for path in map(Path, paths) if not is_received(path, folder))
        logging.getLogger(__name__).warning("refused to add what was not uploaded: %.200r", str(refused))
        discard_received(checked, folder)
        raise SourceError("that is no uploaded file, so it was not added; choose the file again")
    return checked


def is_received(path: Path, folder: Path) -> bool:
    """Whether a path is that of a plain file, and no link, which lies somewhere in a folder without links."""
    try:
        place = path.parent.resolve(strict=True)
        return stat.S_ISREG(path.lstat().st_mode) and (place == folder or folder in place.parents)
    except (OSError, ValueError, RuntimeError):  # there is none, a NUL in it, links in a circle
        return False


def discard_received(paths: Iterable[Path], folder: Path) -> None:
    """Delete uploaded files; nothing outside of the folder is touched."""
    for path in paths:
        if is_received(path, folder):
            with suppress(OSError):
                path.unlink()
                path.parent.rmdir()  # made for it alone, and empty now; the folder itself is not


def clean_name(name: str) -> str:
    """A name that a file can be kept under, from one that a browser gave: its last part, without what cannot be seen."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in last)
    stem, dot, ending = " ".join(seen.split()).rpartition(".")
    if not dot:
        stem, ending = ending, ""
    ending = f".{_clip(ending.strip(), 20)}" if ending.strip() else ""
    return (_clip(stem.strip(" ."), LONGEST_NAME - len(ending.encode())).strip() or UNNAMED) + ending


def _clip(text: str, size: int) -> str:
    """As much of a text's beginning as has so many bytes."""
    return text.encode("utf-8", "ignore")[:size].decode("utf-8", "ignore")
