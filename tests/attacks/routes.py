"""The routes of the page and of Gradio, for a sweep; paths that need an id get one that is not there."""

from __future__ import annotations

from attacks.visits import API

OPEN_TO_ALL = frozenset(
    {"/", "/health", "/login", "/login/", "/logout", "/favicon.ico", "/robots.txt", "/manifest.json", "/theme.css"}
)
"""What somebody who is about to log in needs; static files of Gradio's page are open as well, and not in the list."""

_GET = (
    "/",
    "/health",
    "/config",
    "/config/",
    "/openapi.json",
    "/docs",
    "/redoc",
    "/logout",
    "/favicon.ico",
    "/robots.txt",
    "/manifest.json",
    "/theme.css",
    "/pwa_icon",
    "/monitoring",
    "/monitoring/summary",
    "/monitoring/x",
    f"{API}/user",
    f"{API}/token",
    f"{API}/app_id",
    f"{API}/login_check",
    f"{API}/dev/reload",
    f"{API}/runs",
    f"{API}/run-history/buckets",
    f"{API}/run-history/records",
    f"{API}/deep_link?session_hash=x",
    f"{API}/info",
    f"{API}/openapi.json",
    f"{API}/custom_component/x/client/component/index.js",
    f"{API}/proxy=http://127.0.0.1:9/",
    f"{API}/file=/etc/hostname",
    f"{API}/file/etc/hostname",
    f"{API}/stream/x/x/1/playlist.m3u8",
    f"{API}/stream/x/x/1/x.aac",
    f"{API}/stream/x/x/1/playlist-file",
    f"{API}/heartbeat/x",
    f"{API}/call/ask/x",
    f"{API}/call/v2/ask/x",
    f"{API}/queue/data?session_hash=x",
    f"{API}/queue/status",
    f"{API}/upload_progress?upload_id=x",
    f"{API}/startup-events",
    f"{API}/vibe-code/",
    f"{API}/profiling/traces",
    f"{API}/profiling/summary",
)

_POST = (
    "/login",
    f"{API}/stream/x",
    f"{API}/stream/x/close",
    f"{API}/reset",
    f"{API}/run/ask",
    f"{API}/api/ask",
    f"{API}/call/ask",
    f"{API}/call/v2/ask",
    f"{API}/queue/join",
    f"{API}/cancel",
    f"{API}/component_server",
    f"{API}/upload",
    f"{API}/process_recording",
    f"{API}/vibe-edit/",
    f"{API}/undo-vibe-edit/",
    f"{API}/vibe-code/",
    f"{API}/vibe-starter-queries/",
    f"{API}/run-history/connect",
    f"{API}/profiling/clear",
)

ROUTES = (*(("GET", path) for path in _GET), *(("POST", path) for path in _POST))
