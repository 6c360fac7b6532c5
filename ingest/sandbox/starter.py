"""Starting processes from one thread that lasts as long as this process does.

Linux ends a process that asked for it (``kernel.end_with_parent``) when the *thread* ends that started it, and a server's
threads come and go.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_requests: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] | None = None


def start_lastingly(start: Callable[[], T]) -> T:
    """Call ``start`` in the thread that lasts; what it gives, or the error that it raises."""
    future: Future[T] = Future()
    _find_requests().put((start, future))
    return future.result()


def _find_requests() -> SimpleQueue[tuple[Callable[[], Any], Future[Any]]]:
    global _requests
    with _lock:
        if _requests is None:
            _requests = SimpleQueue()
            threading.Thread(target=_serve, args=(_requests,), name="footnote-starter", daemon=True).start()
        return _requests


def _serve(requests: SimpleQueue[tuple[Callable[[], Any], Future[Any]]]) -> None:
    while True:
        start, future = requests.get()
        try:
            future.set_result(start())
        except BaseException as error:  # it is for the thread that asked
            future.set_exception(error)


def _forget() -> None:
    """In a copy of this process, made by ``fork``, the thread is not there, and the lock may be another thread's."""
    global _lock, _requests
    _lock, _requests = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
