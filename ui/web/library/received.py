"""Files that browsers have uploaded, and text that was pasted: which paths may be one, and under which name it is kept.

A path comes from a request, and so may name anything. Only a plain file that lies in the folder that uploads are
received in is one; nothing else is ever opened, moved or deleted.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from ingest.loaders import absolute_name
from ingest.places import is_address
from rag.errors import SourceError, UsageError
from ui.render.language import format_number, gettext

LONGEST_NAME = 200
"""Bytes of a file's name that are kept; file systems take 255, and a number may be put to it."""

LONGEST_TITLE = 60
"""Characters of a pasted text's beginning that name it."""

LONGEST_PASTED = 2.0
"""Megabytes of text that can be pasted; the whole of it is sent at once, beside the conversation."""

UNNAMED = "document"

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


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
        raise SourceError(gettext("that is no uploaded file, so it was not added; choose the file again"))
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


def name_source(source: str, folder: Path) -> str:
    """What people know a source by: a file's name, with that of the archive that it is in; or a page's address.

    Args:
        source: of a document.
        folder: that files are kept in.
    """
    return source if is_address(source) else source.removeprefix(absolute_name(folder) + os.sep)


def name_files(names: Sequence[str], on_progress: Progress | None) -> Progress | None:
    """Progress that says which of several files is being read."""
    if on_progress is None or len(names) < 2:
        return on_progress

    def tell(label: str, done: int, total: int) -> None:
        is_file = label == "Reading" and total == len(names) and done < total
        on_progress(gettext("Reading %(name)s", name=names[done]) if is_file else label, done, total)

    return tell


def tell_apart(names: Sequence[str]) -> list[str]:
    """Names of files that were added together, with a number put to one that is there twice."""
    told: dict[str, None] = {}
    for name in names:
        path, number = Path(name), 1
        while name in told:
            number += 1
            name = f"{path.stem} {number}{path.suffix}"
        told[name] = None
    return list(told)


def make_file_name(title: str) -> str:
    """A name for a file of text, from a title or from its first words."""
    words = " ".join(re.sub(r"[\W_]+", " ", title[: 4 * LONGEST_TITLE]).split())
    return f"{words[:LONGEST_TITLE].strip() or 'Pasted text'}.txt"


def keep_pasted(title: str, text: str, folder: Path, limit: float) -> Path:
    """A file of pasted text, in a folder of its own.

    Args:
        title: names the file; the first words of the text do where it is empty.
        text: what was pasted.
        folder: that uploads are received in.
        limit: megabytes that the text may have.

    Raises:
        UsageError: there are no words, or too many.
        SourceError: it cannot be written.
    """
    if not text.strip():
        raise UsageError(gettext("there is no text to add; paste some first"))
    content = text.encode("utf-8", "replace")
    if len(content) > limit * 1_000_000:
        raise UsageError(
            gettext(
                "the text has %(size)s MB, the limit is %(limit)s; save it as a file and add that",
                size=format_number(len(content) / 1e6, ".2g"),
                limit=format_number(limit, "g"),
            )
        )
    try:
        path = Path(tempfile.mkdtemp(prefix="pasted-", dir=folder)) / make_file_name(title if title.strip() else text)
        path.write_bytes(content)
    except OSError as error:
        raise SourceError(
            gettext("the text cannot be kept here (%(reason)s); tell whoever runs this page", reason=error.strerror)
        ) from None
    return path


def find_paste_limit(megabytes: float) -> float:
    """Megabytes of text that can be pasted, where files may have so many."""
    return min(LONGEST_PASTED, megabytes)


def _clip(text: str, size: int) -> str:
    """As much of a text's beginning as has so many bytes."""
    return text.encode("utf-8", "ignore")[:size].decode("utf-8", "ignore")
