"""Servers to attack: ``footnote serve`` of a checkout as a process of its own, on loopback, with nothing of ours in it."""

from __future__ import annotations

import itertools
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from attacks.processes import command_of, descendants, end_all, readers_of, resident_mb, wait_for

START_SECONDS = 120
CANARY_NAME = "ATTACK_CANARY"
"""A variable of the server's environment that nobody outside may ever learn."""

ADA, BOB = ("ada", "correct:horse-battery"), ("bob", "hunter2-hunter2")
PREFIX = "/footnote"
DOMAIN = "docs.example.org"


class DidNotStart(Exception):
    """A server ended before it served, or never answered."""

    def __init__(self, name: str, said: str):
        super().__init__(f"the server '{name}' did not start: {said[-300:]}")
        self.said = said


@dataclass(frozen=True, slots=True)
class Setup:
    """How a server is started."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    prefix: str = ""


DEFAULT = Setup("default")
LOGIN = Setup("login", {"FOOTNOTE_AUTH": f"{ADA[0]}:{ADA[1]} {BOB[0]}:{BOB[1]}"})
GUESSED = Setup("login to be guessed", {"FOOTNOTE_AUTH": " ".join(f"user{n}:{BOB[1]}" for n in range(6))})
ROOTED = Setup("root path", {"FOOTNOTE_ROOT_PATH": PREFIX}, prefix=PREFIX)
ROOTED_LOGIN = Setup("root path, login", {**LOGIN.environment, **ROOTED.environment}, prefix=PREFIX)
SHARING = Setup("shared library", {}, ("--share-library",))
NAMED = Setup("trusted host", {"FOOTNOTE_TRUSTED_HOSTS": DOMAIN})
NAMED_LOGIN = Setup("trusted host, login", {**LOGIN.environment, **NAMED.environment})


@dataclass(slots=True)
class Server:
    """A running server: where it is, what it says, and what it uses."""

    setup: Setup
    address: str
    process: subprocess.Popen[bytes]
    work: Path
    log: Path

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def received(self) -> Path:
        """The temporary folder that is this server's alone."""
        return self.work / "tmp"

    @property
    def uploads(self) -> Path:
        """Where it keeps what browsers add."""
        return self.work / "uploads"

    def said(self) -> str:
        """All that it printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def memory_mb(self) -> float:
        return resident_mb(self.pid)

    def readers(self) -> list[int]:
        return readers_of(self.pid)

    def is_healthy(self, seconds: float = 5, client: str = "127.0.0.1") -> bool:
        """Whether it answers within some seconds."""
        if self.process.poll() is not None:
            return False
        with (
            suppress(httpx.HTTPError),
            httpx.Client(transport=httpx.HTTPTransport(local_address=client), timeout=seconds) as visitor,
        ):
            return visitor.get(f"{self.address}/health").status_code == 200
        return False

    def stop(self) -> None:
        """End it, kindly for a second, and whatever it started."""
        started = descendants(self.pid)
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(4)
        self.kill()
        end_all([pid for pid in started if "ingest." in command_of(pid)])

    def kill(self) -> None:
        """End it at once, without a chance to tidy up."""
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait(10)


class Site:
    """A checkout under attack: its index, its servers, and secrets of the machine that it runs on.

    Args:
        checkout: a folder with the source of Footnote.
        work: an empty folder; all that the servers write lies in it.
        python: runs the checkout.
    """

    def __init__(self, checkout: Path, work: Path, python: str = sys.executable):
        self.checkout, self.work, self.python = checkout, work, python
        self.index = work / "index"
        self.outside = work / "outside"
        self.outside.mkdir()
        work.chmod(0o755)
        self._numbers = itertools.count(1)
        self._addresses = itertools.count(1)
        self._running: dict[str, Server] = {}
        self.starting_seconds = 0.0

    # ---- the checkout's commands ----

    def environment(self, folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Of a process of the checkout: nothing of ours, and folders of its own."""
        for name in ("home", "data", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        return {
            **kept,
            "HOME": str(folder / "home"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "home" / ".cache"),
            "TMPDIR": str(folder / "tmp"),
            "PYTHONUNBUFFERED": "1",
            "FOOTNOTE_INDEX": str(self.index),
            "FOOTNOTE_UPLOADS": str(folder / "uploads"),
            **(more or {}),
        }

    def run(
        self,
        *arguments: str,
        seconds: float = 60,
        more: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command of the checkout to its end. Raises subprocess.TimeoutExpired."""
        folder = folder or self.new_folder("command")
        return subprocess.run(
            [self.python, "-m", "ui", *arguments],
            cwd=self.checkout,
            env=self.environment(folder, more),
            capture_output=True,
            timeout=seconds,
            check=False,
        )

    def build_index(self) -> None:
        """Index the checkout's article, once."""
        done = self.run("ingest", str(self.checkout / "data" / "articles"), "--index", str(self.index), seconds=300)
        if done.returncode:
            raise RuntimeError(f"the index could not be built: {done.stderr.decode(errors='replace')[-500:]}")

    # ---- servers ----

    def running(self, setup: Setup = DEFAULT) -> Server:
        """A server that attacks share which do it no lasting harm; a new one where the old one is broken."""
        server = self._running.get(setup.name)
        if server and not server.is_healthy(10, self.new_client()):
            server.stop()
            server = None
        if server is None:
            server = self._running[setup.name] = self.start(setup)
        return server

    @contextmanager
    def serve(self, setup: Setup = DEFAULT, **more: str) -> Iterator[Server]:
        """A server for one attack alone; ``more`` are further variables of its environment."""
        server = self.start(replace(setup, environment={**setup.environment, **more}))
        try:
            yield server
        finally:
            server.stop()

    def start(self, setup: Setup, *, work: Path | None = None, wrapper: tuple[str, ...] = ()) -> Server:
        """Start a server, and wait until it answers.

        Args:
            setup: how.
            work: the folder of a server before it, to start another in its place.
            wrapper: a command that runs the server.
        """
        work = work or self.new_folder("server")
        log = work / f"log-{next(self._numbers)}"
        command = [*wrapper, self.python, "-m", "ui", "serve", "--port", "0", "--no-open", *setup.arguments]
        canary = {CANARY_NAME: f"canary-{secrets.token_hex(12)}"}
        with log.open("wb") as file:
            process = subprocess.Popen(
                command,
                cwd=self.checkout,
                env=self.environment(work, {**canary, **setup.environment}),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        server = Server(setup, "", process, work, log)

        def has_started() -> bool:
            found = re.search(r"http://[\w.:\[\]]+", server.said())
            server.address = found.group() if found else ""
            return process.poll() is not None or bool(found)

        is_there, begun = False, time.monotonic()
        left, _ = signal.setitimer(signal.ITIMER_REAL, 0)  # the attack's time stands still meanwhile
        try:
            wait_for(has_started, START_SECONDS)
            is_there = bool(server.address) and wait_for(lambda: server.is_healthy(2, self.new_client()), 20)
        finally:
            signal.setitimer(signal.ITIMER_REAL, left)
            self.starting_seconds += time.monotonic() - begun
            if not is_there:
                server.stop()
        if not is_there:
            raise DidNotStart(setup.name, server.said())
        return server

    def close(self) -> None:
        """Stop all that was started."""
        for server in self._running.values():
            server.stop()

    # ---- what belongs to an attack ----

    def new_folder(self, kind: str) -> Path:
        folder = self.work / f"{kind}-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def new_client(self) -> str:
        """An address of loopback that nobody has used yet: a client whom the server does not know."""
        number = next(self._addresses)
        return f"127.{1 + number // 62_500}.{1 + number // 250 % 250}.{1 + number % 250}"

    def plant(self, folder: Path, ending: str = ".txt") -> tuple[Path, str]:
        """A file that is nobody's business, and the word in it that would give it away."""
        word = f"canary{secrets.token_hex(10)}"
        path = folder / f"private-{secrets.token_hex(6)}{ending}"
        path.write_text(f"Private notes.\n\nThe secret word is {word}. Nobody else should read this.\n")
        return path, word
