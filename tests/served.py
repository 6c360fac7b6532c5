"""Servers with settings of a test's own, and programs that call them."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visiting import wait_until

from rag.chain import build_chain
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings

if TYPE_CHECKING:
    from gradio_client import Client


@contextmanager
def serving(directory: Path, embeddings: Any, chain: Any = None, **given: Any) -> Iterator[str]:
    """A running server with the settings given; its address."""
    import uvicorn

    from ui.web.server import build_app, build_server, open_socket

    settings = read_settings(index=directory, port=0, **given)
    index = PassageIndex(directory, embeddings)
    servers: list[uvicorn.Server] = []

    async def run(listener: socket.socket) -> None:
        # Gradio makes locks as it is built, and an event loop for each of them where none is running.
        app = build_app(settings, index, chain=chain or build_chain(index, settings=settings))
        servers.append(build_server(app))
        await servers[0].serve(sockets=[listener])

    with open_socket(settings.host, 0) as listener:
        thread = threading.Thread(target=lambda: asyncio.run(run(listener)), daemon=True)
        thread.start()
        wait_until(lambda: servers and servers[0].started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        servers[0].should_exit = True
        thread.join(30)


def connect(address: str, auth: tuple[str, str] | None = None) -> Client:
    """A program that calls the server."""
    from gradio_client import Client

    return Client(address, auth=auth, verbose=False)
