"""Where what people add is kept: a library for each browser or user, or one for all.

Without a login a library is found by a token that only its browser knows: the name of a folder with a signature that
only this data directory's secret can make. Whoever sees the names of the folders, in a backup for one, still has no
token; and a browser cannot make folders by making tokens up. With a login the user's name takes the token's place, and
nothing of it can be seen in the name of the folder.
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

from ui.web.library.library import Library
from ui.web.library.open_libraries import OpenLibraries
from ui.web.library.pending_replacements import sweep_pending
from ui.web.library.quotas import GOING, LibraryQuotas, remove_folder
from ui.web.library.readable import VISITED
from ui.web.library.received import find_received_folder
from ui.web.library.web_pages import build_page_fetch

if TYPE_CHECKING:
    from rag.index.passage_index import PassageIndex
    from rag.settings import Settings

KEPT_SECONDS = 24 * 60 * 60
"""For how long after its last visit a browser's library is kept."""

SHARED = "shared"
"""The library of all, where the operator wants one. It is never swept away."""

EMPTY_SECONDS = 60 * 60
"""For how long a library in which nothing is, because adding failed, is left alone: something may be on its way."""

USERS, LIBRARIES, TURNS = "users", "libraries", "turns"
"""What signatures are for; beside these, only the names in tokens are signed."""

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
        self._fetch = build_page_fetch(settings)
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
        self._received, self._open_libraries = find_received_folder(), OpenLibraries()
        self._quotas = LibraryQuotas(self.folder, settings.max_storage_mb, settings.max_libraries, self.sweep)

    @property
    def secret(self) -> bytes:
        """What this server signs with: known to it alone, and the same after a restart."""
        return self._secret

    def issue(self) -> str:
        """A new token for a browser."""
        name = secrets.token_hex(16)
        return f"{name}.{self._sign(name)}"

    def is_issued(self, token: Any) -> bool:
        """Whether a token was made here; it comes from a browser, and may be anything."""
        found = _TOKEN.fullmatch(token) if isinstance(token, str) else None
        return found is not None and hmac.compare_digest(found[2], self._sign(found[1]))

    def owner(self, token: str, user: str = "") -> str:
        """Names a browser, or a user who is logged in, where neither the token nor the name may stand."""
        if user:
            return self.sign(USERS, user)[:16]
        return hashlib.sha256(token.encode()).hexdigest()[:16]

    def sign(self, purpose: str, text: str) -> str:
        """What only this server can put under a text; it is no other purpose's."""
        key = hmac.new(self._secret, f"purpose: {purpose}".encode(), hashlib.sha256).digest()
        return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def library(self, token: str, user: str = "") -> Library:
        """The library of a user, or of a token where nobody is logged in; there is one for all where that is wanted."""
        name = SHARED if self._settings.share_library else self._name(token, user)
        with self._lock:
            library = self._open.get(name)
            if library is None:
                kept = (self._received, self._quotas, self._open_libraries, self._fetch)
                library = self._open[name] = Library(self.folder / name, self._shared, self._settings, *kept)
        return library

    def forget(self, token: str, user: str = "") -> None:
        """Remove somebody's own library at once; one that all share stays."""
        if not self._settings.share_library:
            self._remove(self.folder / self._name(token, user))

    def sweep(self, now: float | None = None) -> int:
        """Remove the libraries whose last visit is long ago, and what is left of those half removed; returns how many.

        Args:
            now: seconds since the epoch; the present time if not given.
        """
        now = time.time() if now is None else now
        removed = 0
        folders = [folder for folder in self.folder.iterdir() if folder.is_dir()] if self.folder.is_dir() else []
        for folder in sorted(folders, key=_last_visit):
            age = now - _last_visit(folder)
            is_empty = not (folder / "index").exists() and age > EMPTY_SECONDS
            if folder.name.startswith(GOING):
                shutil.rmtree(folder, ignore_errors=True)
            elif folder.name == SHARED:
                sweep_pending(folder, now)
            elif age > KEPT_SECONDS or is_empty:
                self._remove(folder)
                removed += 1
        self._quotas.measure_all()
        return removed

    def close(self) -> None:
        """Remove what cannot be kept."""
        if self._temporary:
            self._temporary.cleanup()

    def _name(self, token: str, user: str) -> str:
        """The name of a library's folder; no token's is like a user's."""
        return f"user-{self.sign(LIBRARIES, user)[:32]}" if user else token.partition(".")[0]

    def _remove(self, folder: Path) -> None:
        remove_folder(folder)
        self._quotas.measure(folder.name)

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
