"""Where what browsers add is kept: a library for each, or one for all; found by a token that only its browser knows.

A token is the name of a folder with a signature that only this data directory's secret can make. Whoever sees the names
of the folders, in a backup for one, still has no token; and a browser cannot make folders by making tokens up.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from ui.library import VISITED, Library

if TYPE_CHECKING:
    from rag.index import PassageIndex
    from rag.settings import Settings

KEPT_SECONDS = 24 * 60 * 60
"""For how long after its last visit a browser's library is kept."""

SHARED = "shared"
"""The library of all, where the operator wants one. It is never swept away."""

GOING = ".going-"
"""Put before the name of a folder that is being removed, so that nobody takes what is left of it for a library."""

_TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{64})")


class Uploads:
    """The libraries of all browsers.

    Args:
        shared: the index that everybody sees.
        settings: where the libraries lie, and whether there is one for all.
    """

    def __init__(self, shared: PassageIndex, settings: Settings):
        self._shared = shared
        self._settings = settings
        self._open: WeakValueDictionary[str, Library] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        try:
            self.folder, self._secret = settings.uploads, read_secret(settings.uploads)
        except OSError as error:  # a home that cannot be written to, as in many containers, is no reason not to serve
            logging.getLogger(__name__).warning(
                "added documents will go when this server ends: '%s' cannot be used (%s); name another folder with FOOTNOTE_UPLOADS",
                settings.uploads,
                error.strerror,
            )
            self._temporary = tempfile.TemporaryDirectory(prefix="footnote-uploads-")
            self.folder = Path(self._temporary.name)
            self._secret = read_secret(self.folder)

    def issue(self) -> str:
        """A new token for a browser."""
        name = secrets.token_hex(16)
        return f"{name}.{self._sign(name)}"

    def is_issued(self, token: Any) -> bool:
        """Whether a token was made here; it comes from a browser, and may be anything."""
        found = _TOKEN.fullmatch(token) if isinstance(token, str) else None
        return found is not None and hmac.compare_digest(found[2], self._sign(found[1]))

    def library(self, token: str) -> Library:
        """The library of a token; there is one for all of them where the operator wants it so."""
        name = SHARED if self._settings.share_library else token.partition(".")[0]
        with self._lock:
            library = self._open.get(name)
            if library is None:
                library = self._open[name] = Library(self.folder / name, self._shared, self._settings)
        return library

    def forget(self, token: str) -> None:
        """Remove a browser's own library at once; one that all share stays."""
        if not self._settings.share_library:
            self._remove(self.folder / token.partition(".")[0])

    def sweep(self, now: float | None = None) -> int:
        """Remove the libraries whose last visit is long ago, and what is left of those half removed; returns how many.

        Args:
            now: seconds since the epoch; the present time if not given.
        """
        now = time.time() if now is None else now
        removed = 0
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            if folder.name.startswith(GOING):
                shutil.rmtree(folder, ignore_errors=True)
            elif folder.is_dir() and folder.name != SHARED and now - _last_visit(folder) > KEPT_SECONDS:
                self._remove(folder)
                removed += 1
        return removed

    def close(self) -> None:
        """Remove what cannot be kept."""
        if self._temporary:
            self._temporary.cleanup()

    def _remove(self, folder: Path) -> None:
        going = folder.with_name(f"{GOING}{secrets.token_hex(8)}")
        with suppress(OSError):
            folder.rename(going)
            shutil.rmtree(going, ignore_errors=True)

    def _sign(self, name: str) -> str:
        return hmac.new(self._secret, name.encode(), hashlib.sha256).hexdigest()


def read_secret(folder: Path) -> bytes:
    """The secret of a folder of libraries, made where there is none. Raises OSError where it can be neither."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        folder.chmod(0o700)
    path = folder / "secret"
    if not path.exists():
        fresh = folder / f"{GOING}{secrets.token_hex(8)}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        try:
            with suppress(FileExistsError):  # another server was quicker, and its secret is the one
                os.link(fresh, path)
        except OSError:  # a file system without links
            fresh.replace(path)
        fresh.unlink(missing_ok=True)
    return path.read_bytes()


def _last_visit(folder: Path) -> float:
    for path in (folder / VISITED, folder):
        with suppress(OSError):
            return path.stat().st_mtime
    return time.time()
