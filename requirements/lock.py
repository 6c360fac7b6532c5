"""Write the lock anew: every dependency's version, with the digests of all files of that version, for all systems.

    python requirements/lock.py [--upgrade] [--age DAYS]

uv resolves, for every system and every Python at once; its settings and its index are the user's own. What it finds is
laid into four files, from which ``install.py`` installs:

    base.txt     what Footnote and its tests need, but for PyTorch
    torch.txt    PyTorch, in its builds with CUDA and without
    cuda.txt     what its build with CUDA needs beyond
    models.txt   what the extras for providers of chat models need beyond
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
TORCH_CPU = HERE / "torch-cpu.sha256"

BASE, TORCH, CUDA, MODELS = "base.txt", "torch.txt", "cuda.txt", "models.txt"
HEADERS = {
    BASE: "What Footnote and its tests need, but for PyTorch.",
    TORCH: "PyTorch, in its builds with CUDA and without.",
    CUDA: "What PyTorch's build with CUDA needs beyond.",
    MODELS: "What the extras for providers of chat models need beyond.",
}

PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\]*[^\\\s]))?")
OWN = "footnote"


@dataclass(frozen=True, slots=True)
class Pin:
    """One version of a package: for which systems, the digests of its files, and which packages ask for it."""

    name: str
    version: str
    marker: str
    digests: tuple[str, ...]
    asked_by: tuple[str, ...]

    def __str__(self) -> str:
        """As pip reads it."""
        marker = f" ; {self.marker}" if self.marker else ""
        hashes = "".join(f" \\\n    --hash=sha256:{digest}" for digest in self.digests)
        return f"{self.name}=={self.version}{marker}{hashes}\n    # for {', '.join(self.asked_by)}\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Resolve, and write the files."""
    parser = argparse.ArgumentParser(description="Write the lock anew.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions, not those locked already")
    parser.add_argument("--age", type=int, default=7, help="take nothing younger than so many days (7)")
    options = parser.parse_args(arguments)
    before = read_lock(HERE)
    for name, pins in resolve("" if options.upgrade else before, options.age).items():
        text = f"# {HEADERS[name]} Written by `make lock`; do not edit.\n" + "".join(map(str, pins))
        (HERE / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {len(pins)} packages, {sum(len(pin.digests) for pin in pins):,} files")
    old, new = ({pin.name: pin.version for pin in read_pins(text)} for text in (before, read_lock(HERE)))
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    lines = [f"{name} {old.get(name, 'new')} -> {new.get(name, 'gone')}" for name in changed]
    print("\n".join(lines) or "no version changed")


def resolve(preferred: str, age: int) -> dict[str, list[Pin]]:
    """The pins of each file; those in a text like that of the files are kept where they still fit.

    A stolen release is mostly found out within days, so that what is younger than ``age`` days is not taken.
    """
    version, builds = read_torch_builds(TORCH_CPU.read_text(encoding="utf-8"))
    held = f"torch=={version}"  # its builds without CUDA lie on an index of their own, where uv does not look
    everything = list(read_pins(run_uv(preferred, held, age, "--all-extras")))
    pinned = "\n".join(f"{pin.name}=={pin.version}" + (f" ; {pin.marker}" if pin.marker else "") for pin in everything)
    needed = {pin.name for pin in read_pins(run_uv("", pinned, age, "--extra", "dev"))}
    cuda = find_cuda(everything)
    files: dict[str, list[Pin]] = {name: [] for name in HEADERS}
    for pin in everything:
        if pin.name == "torch":
            files[TORCH].append(replace(pin, digests=tuple(sorted({*pin.digests, *builds}))))
        else:
            files[CUDA if pin.name in cuda else BASE if pin.name in needed else MODELS].append(pin)
    return files


def read_lock(folder: Path) -> str:
    """All files of a lock, one after another; those that are not there are empty."""
    return "".join(path.read_text(encoding="utf-8") for path in map(folder.joinpath, HEADERS) if path.exists())


def run_uv(preferred: str, constraints: str, age: int, *extras: str) -> str:
    """What uv resolves the project to; versions that it is free to choose are the preferred ones."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    with tempfile.TemporaryDirectory() as folder:
        out, bounds = Path(folder) / "out.txt", Path(folder) / "constraints.txt"
        out.write_text(preferred, encoding="utf-8")
        bounds.write_text(constraints, encoding="utf-8")
        command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *extras, "--output-file", str(out)]
        command += [
            "--universal",
            "--python-version",
            oldest,
            "--fork-strategy",
            "fewest",
            "--constraints",
            str(bounds),
        ]
        command += [
            "--exclude-newer",
            f"{age} days",
            "--generate-hashes",
            "--no-header",
            "--annotation-style",
            "split",
            "--quiet",
        ]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            sys.exit("uv found no versions that fit together; what it says stands above")
        return out.read_text(encoding="utf-8")


def read_pins(text: str) -> Iterator[Pin]:
    """The pins in what uv or this program wrote."""
    for entry in re.split(r"^(?=[\w-])", text, flags=re.MULTILINE):
        if (found := PIN.match(entry)) is None:
            continue
        digests = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry))
        notes = ",".join(re.findall(r"^ +#(?: via| for)?(.*)", entry, flags=re.MULTILINE))
        asked_by = dict.fromkeys(re.findall(r"(?:^|,) *([\w.-]+)(?= \(|,|$)", notes))
        yield Pin(found["name"], found["version"], found["marker"] or "", digests, tuple(asked_by))


def find_cuda(pins: Sequence[Pin]) -> set[str]:
    """The names of what nobody but PyTorch asks for, by itself or through others, and that on Linux only."""
    linux = {pin.name: pin.asked_by for pin in pins if "sys_platform == 'linux'" in pin.marker}
    found: set[str] = set()
    while more := {name for name, askers in linux.items() if name not in found and {*askers} <= {"torch", *found}}:
        found |= more
    return found


def read_torch_builds(text: str) -> tuple[str, list[str]]:
    """The version of PyTorch whose builds without CUDA a list tells, and their digests."""
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    (version,) = {re.split(r"[-+]", name)[1] for _, name in lines}
    return version, [digest for digest, _ in lines]


if __name__ == "__main__":
    main()
