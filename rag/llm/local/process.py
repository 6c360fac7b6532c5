"""The processes of local chat models: started once for each model file, known by a key of their own, ended with this one."""

from __future__ import annotations

import atexit
import json
import secrets
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, Queue

from rag.errors import ModelError

PACKAGE = "xllamacpp"
"""What runs the models; Footnote's extra ``local`` brings it."""

LOADING_SECONDS = 300.0
"""How long a model may take to load from a slow disk."""

SERVE = Path(__file__).with_name("serve.py")
"""What the process runs: as a file, so that nothing of Footnote is loaded there."""


@dataclass(slots=True)
class ModelProcess:
    """A process that serves one model on the loopback, or is about to.

    Args:
        path: the model's file.
        name: what the server calls the model.
        context: tokens that it reads and writes at once.
        threads: how many compute; 0 for one on each core.
    """

    path: Path
    name: str
    context: int
    threads: int = 0
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    _running: subprocess.Popen[str] | None = field(default=None, repr=False)
    _url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def start(self) -> None:
        """Begin to load the model, unless that is done or under way.

        Raises:
            ModelError: what runs models is not installed.
        """
        with self._lock:
            if self._running is not None and self._running.poll() is None:
                return
            if find_spec(PACKAGE) is None:
                raise ModelError(
                    "the package that runs local chat models is missing; install it with: pip install 'footnote[local]'"
                )
            self.stop()  # what is left of one that has ended by itself
            self._running = subprocess.Popen(
                [sys.executable, "-P", str(SERVE)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
            atexit.register(self.stop)
            told = {"path": str(self.path.resolve()), "name": self.name, "context": self.context, "key": self.key}
            told["threads"] = self.threads
            self._send(json.dumps(told) + "\n")

    def find_url(self, seconds: float = LOADING_SECONDS) -> str:
        """Where the model is served, as a base URL of the OpenAI protocol; waits until it is loaded.

        Raises:
            ModelError: it cannot be loaded, or takes too long.
        """
        self.start()
        with self._lock:
            if not self._url:
                self._url = self._await_url(seconds)
            return self._url

    def stop(self) -> None:
        """End the process; a question that asks it later starts it anew."""
        atexit.unregister(self.stop)
        running, self._running, self._url = self._running, None, ""
        if running is None:
            return
        running.kill()
        running.wait()
        for stream in (running.stdin, running.stdout):
            if stream:
                stream.close()

    def _send(self, line: str) -> None:
        assert self._running is not None and self._running.stdin is not None
        try:
            self._running.stdin.write(line)
            self._running.stdin.flush()
        except OSError:
            pass  # it has ended already, which is told when it is waited for

    def _await_url(self, seconds: float) -> str:
        running = self._running
        assert running is not None and running.stdout is not None
        lines: Queue[str] = Queue()
        output = running.stdout
        threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
        try:
            return str(json.loads(lines.get(timeout=seconds))["url"]) + "/v1"
        except Empty:
            failure = f"took more than {seconds:.0f} s to load"
        except (ValueError, KeyError, TypeError):
            failure = "cannot be loaded: the file is damaged, too large for the memory, or of a kind that is not known"
        self.stop()
        raise ModelError(f"{failure}; see: footnote model list")


@cache
def find_process(path: Path, name: str, context: int, threads: int = 0) -> ModelProcess:
    """The process of a model file that all chains of this process share."""
    return ModelProcess(path, name, context, threads)
