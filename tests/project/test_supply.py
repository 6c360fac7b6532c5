"""What Footnote is made of: every download is locked by digest, every licence is known, every weight has a publisher."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from made_wheel import lock_line, make_project, make_wheel, tamper
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from rag.reader.weights import READER_WEIGHTS, WEIGHTS_FILE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def load(name: str) -> ModuleType:
    """A program of the folder as a module: its name is in no package."""
    spec = importlib.util.spec_from_file_location(f"requirements_{name}", FOLDER / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


lock = load("lock")
licences = load("licences")


def read_pins(*files: str) -> dict[str, list[Any]]:
    """The pins of some of the lock's files by the names of their packages."""
    pins: dict[str, list[Any]] = {}
    for file in files:
        for pin in lock.read_pins((FOLDER / file).read_text(encoding="utf-8")):
            pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def asked(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for, by itself, to be built, and with extras."""
    optional = PROJECT["project"]["optional-dependencies"]
    lines = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
    needed = map(Requirement, lines + [line for extra in extras for line in optional[extra]])
    return [requirement for requirement in needed if requirement.name != "footnote"]


class TestTheLock:
    @pytest.mark.parametrize(
        ("extras", "files"),
        [
            (["dev"], ["base.txt", "torch.txt"]),
            (list(PROJECT["project"]["optional-dependencies"]), ["base.txt", "torch.txt", "models.txt"]),
        ],
    )
    def test_all_that_is_asked_for_is_locked_by_digest(self, extras: list[str], files: list[str]) -> None:
        pins = read_pins(*files)
        for requirement in asked(*extras):
            locked = pins[canonicalize_name(requirement.name)]
            assert all(pin.digests and requirement.specifier.contains(pin.version) for pin in locked), requirement

    def test_all_that_those_ask_for_here_is_locked_too(self) -> None:
        pins = read_pins("base.txt", "torch.txt", "cuda.txt")
        needed = licences.find_needed("footnote", frozenset({"dev"}))
        assert len(needed) > 150
        assert [package.name for package in needed if canonicalize_name(package.name) not in {"footnote", *pins}] == []

    @pytest.mark.parametrize("file", lock.HEADERS)
    def test_it_stands_as_it_was_written(self, file: str) -> None:
        text = (FOLDER / file).read_text(encoding="utf-8")
        pins = list(lock.read_pins(text))
        assert text.split("\n", 1)[1] == "".join(map(str, pins)), "write it anew with: make lock KEEP=1"
        assert all(pin.digests and len(set(pin.digests)) == len(pin.digests) for pin in pins)
        assert not re.search(r"://|^-|--(?!hash)", text, flags=re.MULTILINE), (
            "where packages come from is pip's setting"
        )

    def test_files_for_all_systems_are_told(self) -> None:
        pins = read_pins("base.txt", "torch.txt")
        assert {"colorama", "uvloop", "audioop-lts"} <= set(pins), "what Windows, Unix and Python 3.13 need"
        assert len(pins["numpy"][0].digests) > 40
        _, builds = lock.read_torch_builds(lock.TORCH_CPU.read_text(encoding="utf-8"))
        assert set(builds) < set(pins["torch"][0].digests), "builds without CUDA beside those with it"

    def test_only_what_brings_cuda_stands_apart(self) -> None:
        cuda = read_pins("cuda.txt")
        assert {"nvidia-cudnn-cu13", "triton"} <= set(cuda)
        assert all("sys_platform == 'linux'" in pin.marker for pins in cuda.values() for pin in pins)
        assert not {"sympy", "networkx", "setuptools", "numpy"} & set(cuda)
        assert not [name for name in read_pins("base.txt") if name.startswith(("nvidia-", "cuda-", "triton"))]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pip and nothing else, to be copied."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=200)
    return folder


class Checkout:
    """A project that is installed by the real program, from wheels in a folder instead of the network."""

    def __init__(self, folder: Path, environment: Path):
        self.folder, self.wheels = folder / "checkout", folder / "wheels"
        self.environment = folder / "venv"
        shutil.copytree(environment, self.environment, symlinks=True)
        self.wheels.mkdir()
        (self.folder / "requirements").mkdir(parents=True)
        shutil.copy(FOLDER / "install.py", self.folder / "requirements")
        make_project(self.folder, "fnproject", ["fnbase"])
        self.torch, self.base = make_wheel(self.wheels, "torch"), make_wheel(self.wheels, "fnbase")
        self.write_lock()

    def write_lock(self) -> None:
        for file, wheel in (("torch.txt", self.torch), ("base.txt", self.base)):
            (self.folder / "requirements" / file).write_text("# locked\n" + lock_line(wheel))

    def install(self, *more: Path) -> subprocess.CompletedProcess[str]:
        scripts = "Scripts" if os.name == "nt" else "bin"
        places = " ".join(map(str, (self.wheels, *more)))
        settings = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": places}
        return subprocess.run(
            [self.environment / scripts / "python", "requirements/install.py"],
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if not name.startswith("PIP_")} | settings,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def packages(self) -> Path:
        return next(self.environment.glob("[lL]ib*/**/site-packages"))

    def find(self) -> list[metadata.Distribution]:
        return list(metadata.distributions(path=[str(self.packages())]))

    def installed(self) -> set[str]:
        return {str(canonicalize_name(item.name)) for item in self.find()} - {"pip", "setuptools"}

    def versions(self, name: str) -> list[str]:
        return [item.version for item in self.find() if item.name == name]


@pytest.fixture
def checkout(tmp_path: Path, environment: Path) -> Checkout:
    return Checkout(tmp_path, environment)


class TestInstalling:
    def test_what_the_lock_tells_is_installed(self, checkout: Checkout) -> None:
        result = checkout.install()
        assert result.returncode == 0, result.stdout + result.stderr
        assert checkout.installed() == {"torch", "fnbase", "fnproject"}
        assert list(checkout.packages().glob("__pycache__/fnbase.*.pyc")), "what reads documents may not write it"

    @pytest.mark.parametrize("which", ["torch", "base"])
    def test_a_file_with_another_digest_stops_it(self, checkout: Checkout, which: str) -> None:
        tamper(getattr(checkout, which))
        result = checkout.install()
        assert result.returncode != 0
        assert "DO NOT MATCH THE HASHES" in result.stderr
        assert result.stderr.splitlines()[-1].startswith("pip install failed"), "one line says what happened"
        assert checkout.installed() == (set() if which == "torch" else {"torch"})

    def test_the_tampered_file_is_a_good_one_but_for_its_digest(self, checkout: Checkout) -> None:
        tamper(checkout.torch)
        tamper(checkout.base)
        checkout.write_lock()
        assert checkout.install().returncode == 0
        assert checkout.installed() == {"torch", "fnbase", "fnproject"}

    def test_a_package_without_a_digest_stops_it(self, checkout: Checkout) -> None:
        (checkout.folder / "requirements" / "base.txt").write_text("fnbase==1.0\n")
        assert checkout.install().returncode != 0
        assert checkout.installed() == {"torch"}

    def test_nothing_comes_along_that_is_not_in_the_lock(self, checkout: Checkout) -> None:
        make_wheel(checkout.wheels, "fnstowaway")
        checkout.base = make_wheel(checkout.wheels, "fnbase", requires=["fnstowaway"])
        checkout.write_lock()
        result = checkout.install()
        assert result.returncode != 0 and "make lock KEEP=1" in result.stderr
        assert "fnstowaway" not in checkout.installed()

    def test_sources_are_not_built(self, checkout: Checkout, tmp_path: Path) -> None:
        if (platform.system(), platform.machine()) == ("Linux", "aarch64"):
            pytest.skip("one package has no wheel there")
        checkout.base.unlink()
        marker = tmp_path / "ran"
        source = tmp_path / "fnbase-1.0"
        source.mkdir()
        make_project(source, "fnbase")
        (source / "backend.py").write_text(f"open({str(marker)!r}, 'w')\n")
        checkout.base = Path(shutil.make_archive(str(checkout.wheels / "fnbase-1.0"), "gztar", tmp_path, "fnbase-1.0"))
        (checkout.folder / "requirements" / "base.txt").write_text(
            f"fnbase==1.0 --hash=sha256:{hashlib.sha256(checkout.base.read_bytes()).hexdigest()}\n"
        )
        assert checkout.install().returncode != 0
        assert not marker.exists()

    @pytest.mark.parametrize("is_tampered", [False, True])
    def test_what_pytorch_brings_for_cuda_is_checked_too(self, checkout: Checkout, is_tampered: bool) -> None:
        checkout.torch = make_wheel(checkout.wheels, "torch", requires=["nvidia_fn"])
        checkout.write_lock()
        cuda = make_wheel(checkout.wheels, "nvidia_fn")
        (checkout.folder / "requirements" / "cuda.txt").write_text(lock_line(cuda))
        if is_tampered:
            tamper(cuda)
        assert (checkout.install().returncode != 0) is is_tampered
        assert ("nvidia-fn" in checkout.installed()) is not is_tampered

    def test_of_two_builds_of_pytorch_pips_own_choice_is_taken_and_checked(
        self, checkout: Checkout, tmp_path: Path
    ) -> None:
        """An index tells the digest of one build, and a folder holds the other, of a higher local version."""
        (tmp_path / "index").mkdir()
        heavy = checkout.torch.rename(tmp_path / "index" / checkout.torch.name)
        light = make_wheel(checkout.wheels, "torch", "1.0+cpu")
        digests = [hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in (heavy, light)]
        page = tmp_path / "index" / "torch.html"
        page.write_text(f'<a href="{heavy.name}#sha256={digests[0]}">{heavy.name}</a>')
        hashes = " ".join(f"--hash=sha256:{digest}" for digest in digests)
        (checkout.folder / "requirements" / "torch.txt").write_text(f"torch==1.0 {hashes}\n")
        result = checkout.install(page)
        assert result.returncode == 0, result.stderr
        assert "1.0+cpu" in checkout.versions("torch")

    def test_an_environment_of_the_systems_own_is_left_alone(self, tmp_path: Path) -> None:
        result = subprocess.run(
            [getattr(sys, "_base_executable", sys.executable), str(FOLDER / "install.py"), "--lock", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 1 and "-m venv" in result.stderr and "Traceback" not in result.stderr


class TestLicences:
    @staticmethod
    def run(*arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(FOLDER / "licences.py"), *arguments],
            env=os.environ | ({"PYTHONPATH": str(path)} if path else {}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @staticmethod
    def declare(folder: Path, name: str, *lines: str) -> None:
        about = folder / f"{name}-1.0.dist-info"
        about.mkdir()
        text = "\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *lines])
        (about / "METADATA").write_text(text + "\n")

    def test_those_of_footnote_are_all_accepted(self) -> None:
        result = self.run()
        assert result.returncode == 0, result.stderr
        assert re.search(r"^torch \S+ +Apache-2.0 AND ", result.stdout, flags=re.MULTILINE)
        assert not re.search(r"^(pytest|mypy) ", result.stdout, flags=re.MULTILINE)

    def test_those_of_its_tests_are_too(self) -> None:
        result = self.run("--dev")
        assert result.returncode == 0, result.stderr
        assert re.search(r"^pytest \S+ +MIT ", result.stdout, flags=re.MULTILINE)

    @pytest.mark.parametrize(
        ("lines", "told"),
        [
            (["License-Expression: GPL-3.0-only"], "'GPL-3.0-only' is not accepted"),
            (["License-Expression: MIT AND GPL-3.0-only"], "is not accepted"),
            (["License-Expression: (MIT OR Apache-2.0) AND AGPL-3.0-or-later"], "is not accepted"),
            (["License: Proprietary"], "no licence was found (it declares 'Proprietary')"),
            (["Classifier: License :: OSI Approved :: GNU Affero General Public License v3"], "no licence was found"),
            (["Classifier: License :: OSI Approved"], "no licence was found"),
            ([], "no licence was found (it declares nothing)"),
        ],
    )
    def test_one_that_is_not_accepted_ends_it_with_status_1(
        self, tmp_path: Path, lines: Sequence[str], told: str
    ) -> None:
        self.declare(tmp_path, "fnroot", "License: MIT", "Requires-Dist: fngood", "Requires-Dist: fnbad")
        self.declare(tmp_path, "fngood", "License-Expression: MIT")
        self.declare(tmp_path, "fnbad", *lines)
        result = self.run("fnroot", path=tmp_path)
        assert result.returncode == 1
        assert "fnbad 1.0: " in result.stderr and told in result.stderr
        assert "fngood" not in result.stderr

    @pytest.mark.parametrize(
        ("expression", "accepted"),
        [
            ("GPL-2.0-only OR MIT", True),
            ("MIT OR GPL-2.0-only AND GPL-3.0-only", True),
            ("(MIT OR GPL-2.0-only) AND GPL-3.0-only", False),
            ("Apache-2.0 WITH LLVM-exception", True),
            ("GPL-3.0-only WITH GCC-exception-3.1", False),
            ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ],
    )
    def test_expressions_are_read_as_spdx_means_them(self, expression: str, accepted: bool) -> None:
        assert licences.accepts(expression) is accepted

    def test_a_known_package_that_declares_something_else_is_asked_anew(self, tmp_path: Path) -> None:
        self.declare(tmp_path, "fnroot", "License: MIT", "Requires-Dist: docutils")
        self.declare(tmp_path, "docutils", "License-Expression: GPL-3.0-or-later")
        assert self.run("fnroot", path=tmp_path).returncode == 1

    def test_what_is_not_installed_is_one_line(self) -> None:
        result = self.run("no-such-package-anywhere")
        assert result.returncode == 1 and len(result.stderr.splitlines()) == 1


def test_the_readers_weights_are_those_that_the_code_knows() -> None:
    digest = hashlib.sha256(WEIGHTS_FILE.read_bytes()).hexdigest()
    assert digest == READER_WEIGHTS.sha256, (
        "after training, write the new digest into rag/reader/weights.py: READER_WEIGHTS"
    )


def test_a_socks_proxy_is_no_traceback() -> None:
    code = "import httpx; httpx.Client().close()"
    environment = os.environ | {"ALL_PROXY": "socks5://127.0.0.1:9"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)
