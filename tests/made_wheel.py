"""The smallest packages that pip installs, made here so that no network is needed."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path


def make_wheel(folder: Path, name: str, version: str = "1.0", requires: Sequence[str] = ()) -> Path:
    """Write a wheel with one module, which asks for other packages."""
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(
        f"Requires-Dist: {needed}\n" for needed in requires
    )
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{name}-{version}.dist-info/METADATA": about,
        f"{name}-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        record = []
        for file, text in files.items():
            archive.writestr(file, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            record.append(f"{file},sha256={digest},{len(text)}\n")
        archive.writestr(
            f"{name}-{version}.dist-info/RECORD", "".join(record) + f"{name}-{version}.dist-info/RECORD,,\n"
        )
    return path


def make_project(folder: Path, name: str, requires: Sequence[str] = ()) -> None:
    """Write a project that can be installed as editable and needs nothing to be built: its wheel lies ready beside it."""
    wheel = make_wheel(folder, name, requires=requires)
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        f'[project]\nname = "{name}"\nversion = "1.0"\n'
    )
    (folder / "backend.py").write_text(
        "import shutil\n\n\ndef build_editable(folder, *_, **__):\n"
        f"    shutil.copy({str(wheel)!r}, folder)\n    return {wheel.name!r}\n"
    )


def lock_line(wheel: Path) -> str:
    """The line of a lock that tells this very file."""
    name, version = wheel.name.split("-")[:2]
    return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def tamper(wheel: Path) -> None:
    """Put other code into a wheel, which stays a good wheel in all else."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            if name.endswith(".py"):
                content = b"VERSION = 'stolen'\n"
            elif name.endswith("RECORD"):
                content = b"".join(line for line in content.splitlines(keepends=True) if b".py," not in line)
            archive.writestr(name, content)
