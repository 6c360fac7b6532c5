"""Serving the page: FastAPI with Gradio mounted in it, on an address of this machine."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import FootnoteError, PortInUseError
from rag.settings import Settings
from ui.render.redaction import hide_places
from ui.web.security.hosts import LOOPBACK
from ui.web.temporary_folders import ServerFolder, sweep_left_folders

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from rag.index.passage_index import PassageIndex

GRACE = 1
"""Seconds that open connections get to end when the server stops."""

SWEEP_SECONDS = 600
"""How often libraries that nobody came back to are looked for."""

SESSIONS = 2_000
"""Visits that Gradio remembers; one that it has forgotten is made anew of what its browser kept."""


def run_server(settings: Settings, index: PassageIndex, *, open_browser: bool | None = None) -> None:
    """Serve the page until it is stopped.

    Args:
        settings: the address among them.
        index: what may be asked about, open.
        open_browser: whether to open the page; None opens it where a person seems to sit at a screen.

    Raises:
        PortInUseError: the address is taken, or may not be used.
    """
    from ingest.sandbox.confined import describe_protections
    from ingest.sandbox.kernel import make_undumpable
    from ui.web.logs import set_up_logging

    set_up_logging()
    make_undumpable()
    with open_socket(settings.host, settings.port) as listener:
        app = build_app(settings, index)
        address = page_address(settings.host, listener.getsockname()[1])
        for line in filter(None, [*find_warnings(settings), describe_protections().warning]):
            sys.stderr.write(f"warning: {line}\n")
        sys.stderr.write(f"Footnote is at {address} (Ctrl-C ends it)\n")
        sys.stderr.flush()
        if has_screen() if open_browser is None else open_browser and has_browser():
            webbrowser.open(address)  # the socket listens already: the first request waits in its queue
        build_server(app).run(sockets=[listener])


def build_app(settings: Settings, index: PassageIndex, *, chain: Any = None) -> FastAPI:
    """The page and ``/health`` as a FastAPI application.

    What a browser uploads is received in a temporary folder, and read and deleted at once; what is kept of it lies in
    the folder of uploads that the settings name.

    Args:
        settings: who answers and who may ask, how many at once, how large an upload may be, which hosts are trusted.
        index: what every browser may ask about.
        chain: answers questions, in place of the one that the settings describe.
    """
    sweep_left_folders()
    folder = ServerFolder()
    # Gradio reads this when its parts are made; it has no other way to be told.
    os.environ["GRADIO_TEMP_DIR"] = str(folder.received)

    import anyio
    import gradio as gr
    from fastapi import FastAPI
    from fastapi.middleware.gzip import GZipMiddleware
    from fastapi.responses import JSONResponse

    from rag.chain import build_chain
    from ui.web.api import add_endpoints
    from ui.web.library.uploads import Uploads
    from ui.web.page.build import build_page, find_upload_inputs
    from ui.web.page.head import dress_page
    from ui.web.page.layout import ICON, STYLES, read_assets
    from ui.web.page.theme import build_theme
    from ui.web.security.hosts import Hosts
    from ui.web.security.login import LoginDesk
    from ui.web.security.middleware import SecurityMiddleware
    from ui.web.security.origins import Origins
    from ui.web.security.passwords import Passwords
    from ui.web.security.request import USER, Rules
    from ui.web.security.visitors import Browsers, Logins
    from ui.web.session.feedback import Feedback
    from ui.web.session.server_state import ServerState
    from ui.web.session.session import Session
    from ui.web.session.suggester import Suggester
    from ui.web.session.waiting_line import WaitingLine

    line, uploads = WaitingLine(settings.concurrency), Uploads(index, settings)
    shared = ServerState(
        settings,
        index,
        chain or build_chain(index, settings=settings),
        line,
        uploads,
        Feedback(uploads.folder),
        Suggester(settings, line),
    )
    page = build_page(
        lambda token: Session(shared, token),
        answerer_name(settings),
        settings,
        lambda: add_endpoints(shared),
    )
    page.state_session_capacity = SESSIONS

    async def sweep() -> None:
        while True:
            await anyio.to_thread.run_sync(uploads.sweep)
            await anyio.to_thread.run_sync(folder.sweep)
            await anyio.sleep(SWEEP_SECONDS)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sweep)
            yield
            tasks.cancel_scope.cancel()
        shared.close()
        uploads.close()
        if os.environ.get("GRADIO_TEMP_DIR") == str(folder.received):
            del os.environ["GRADIO_TEMP_DIR"]
        folder.close()

    app = FastAPI(title="Footnote", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)

    @app.get("/health")
    def health() -> JSONResponse:
        try:
            count = len(index.documents())
        except FootnoteError as error:
            logging.getLogger(__name__).error("the index cannot be read: %s", error)
            return JSONResponse({"status": "unavailable", "reason": hide_places(str(error))}, 503)
        return JSONResponse({"status": "ok", "documents": count, "model": answerer_name(settings) or "embedded"})

    prefix = urlsplit(settings.root_path).path.rstrip("/")
    hosts, browsers, logins = (
        Hosts(settings.host, settings.hosts),
        Browsers(uploads.secret),
        Logins(settings.login_hours),
    )
    desk = LoginDesk(Passwords(settings.accounts), logins, browsers, f"{prefix}/") if settings.accounts else None
    rules = Rules(
        hosts=hosts,
        origins=Origins(hosts, settings.origins),
        prefix=prefix,
        is_secure=settings.root_path.startswith("https://"),
        per_minute=settings.requests_per_minute,
        received=folder.received,
        measure_room=lambda: received_limit(settings) - folder.measure(),
        dress_page=lambda words: dress_page(words, page.wordings),
        find_upload_inputs=lambda: find_upload_inputs(page),
    )
    app.add_middleware(SecurityMiddleware, rules=rules, browsers=browsers, logins=logins, desk=desk)
    app.add_middleware(
        GZipMiddleware, minimum_size=1_000
    )  # outside of the security middleware, which reads the page itself
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        auth_dependency=(lambda request: request.scope.get(USER) or None) if desk else None,
        root_path=settings.root_path or None,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        allowed_paths=[],
        favicon_path=str(ICON),
        show_error=False,
        ssr_mode=False,
        max_file_size=int(settings.max_upload_mb * 1_000_000),
        theme=build_theme(),
        css=read_assets(STYLES),
    )
    # Mounting leaves this out, and without it Gradio does not check at all which files a request may name.
    page.has_launched = True
    return app


def build_server(app: FastAPI) -> uvicorn.Server:
    """A server for the application: it bounds what connections may hold, and ends without complaint.

    That pages are still open when it stops is no error: they are cut off.
    """
    import uvicorn

    from ui.web.security.connections import BoundedProtocol

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await super().shutdown(sockets)

    return Server(
        uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws="none",
            log_config=None,
            timeout_graceful_shutdown=GRACE,
            server_header=False,
        )
    )


def find_warnings(settings: Settings) -> list[str]:
    """What whoever starts the server should know of it, a line each."""
    host = settings.host.strip("[]").lower()
    if host in LOOPBACK:
        return []
    if not settings.accounts:
        asks = " and have the chat model answer at your cost" if settings.uses_chat_model else ""
        return [
            f"anybody who reaches {settings.host} can read every document of the index, add documents{asks}; "
            "ask for passwords with FOOTNOTE_AUTH='user:password'"
        ]
    if not settings.root_path.startswith("https://"):
        return ["passwords and answers can be read on the way, unless a proxy with HTTPS stands before this server"]
    return []


def received_limit(settings: Settings) -> int:
    """Bytes of uploads that may lie where they are received: what one browser may add, and never less than 500 MB."""
    return max(500_000_000, int(settings.max_upload_mb * 1_000_000 * settings.max_documents))


def answerer_name(settings: Settings) -> str:
    """The chat model that writes the answers, as people call it; empty where the embedded answerer quotes."""
    # Of an address only the host: what stands before an @ would be a key.
    return settings.chat_model or urlsplit(settings.chat_base_url).netloc.rpartition("@")[2]


def open_socket(host: str, port: int) -> socket.socket:
    """A socket that listens on an address.

    Raises:
        PortInUseError: somebody else has the port, or this user may not open it, or there is no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere this option would share the port with whoever has it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(f"port {port} on {host} is in use; choose another with: --port {port + 1}") from None
        if error.errno == errno.EACCES:
            raise PortInUseError(
                f"port {port} may not be opened by this user; choose another with: --port 7860"
            ) from None
        reason = error.strerror or str(error)
        raise PortInUseError(
            f"cannot serve on {host} ({reason}); choose an address of this machine with: --host"
        ) from None
    return listener


def page_address(host: str, port: int) -> str:
    """Where a browser on this machine finds the page."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"


def has_screen() -> bool:
    """Whether a person seems to sit before this: a terminal, and a browser with windows."""
    return sys.stderr.isatty() and has_browser()


def has_browser() -> bool:
    """Whether a browser with windows can be opened. One that runs in the terminal would take the terminal away."""
    if sys.platform not in ("darwin", "win32") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
