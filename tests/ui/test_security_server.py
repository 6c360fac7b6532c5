"""Attacks on a really running server, over loopback: what a stranger sends, and what comes of it."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from attacks.nginx import PROGRAM, proxying
from served import connect, serving
from visiting import ASKED, ROOT, browser_test, wait_until

from ui.web.security.bodies import BodyRefused
from ui.web.security.senders import Senders
from ui.web.security.visitors import Visitor
from ui.web.temporary_folders import ServerFolder

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SECRET = "correct-horse"
CANARY = "canary-of-the-server-7f3a"
QUICK = 5.0
"""Seconds within which a refusal comes, however large what was sent."""


@pytest.fixture(scope="module")
def address(article_index: Path, embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server as it is without flags, but that these tests may ask as often as they like."""
    given = {"uploads": tmp_path_factory.mktemp("uploads"), "max_documents": 3, "requests_per_minute": 0}
    with serving(article_index, embeddings, **given) as address:
        yield address


@pytest.fixture(scope="module")
def guarded(article_index: Path, embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that asks for passwords, behind a path of a proxy."""
    uploads = tmp_path_factory.mktemp("guarded-uploads")
    given = {"auth": f"ada:{SECRET} bob:hunter2", "root_path": "/docs", "uploads": uploads}
    with serving(article_index, embeddings, **given) as address:
        yield address


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """A file that is none of the page's business."""
    path = tmp_path / "secret.txt"
    path.write_text(f"{CANARY} is what nobody may read.", encoding="utf-8")
    return path


@contextmanager
def log_in(address: str, user: str = "ada", password: str = SECRET) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30) as client:
        assert client.get("/").status_code == 401, "which names the browser"
        assert client.post("/login", data={"username": user, "password": password}).status_code == 200
        # Sent with every path, also those that no browser would send it with.
        client.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        client.cookies.clear()
        yield client


def find_events(client: httpx.Client) -> dict[str, dict[str, Any]]:
    return {event["api_name"]: event for event in client.get("/config").json()["dependencies"]}


def join(client: httpx.Client, event: dict[str, Any], first: Any, session: str = "x", **more: Any) -> httpx.Response:
    data = [first, *[None] * (len(event["inputs"]) - 1)]
    body = {"data": data, "fn_index": event["id"], "session_hash": session} | more
    return client.post("/gradio_api/queue/join", json=body)


def read_events(client: httpx.Client, session: str = "x") -> str:
    with client.stream("GET", f"/gradio_api/queue/data?session_hash={session}", timeout=30) as reply:
        return "".join(reply.iter_text())


def is_well(address: str) -> bool:
    return httpx.get(f"{address}/health", timeout=QUICK).status_code == 200


# ---- files ----


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("shape", ["list", "one", "nested", "no meta"])
def test_no_file_of_the_server_is_read_or_deleted(address: str, secret_file: Path, stream: bool, shape: str) -> None:
    file: Any = {"path": str(secret_file), "is_stream": stream, "meta": {"_type": "gradio.FileData"}}
    forged = {"list": [file], "one": file, "nested": [[file]], "no meta": [{"path": str(secret_file), "url": ""}]}[
        shape
    ]
    with httpx.Client(base_url=address) as client:
        client.get("/")
        for event in find_events(client).values():
            reply = join(client, event, forged)
            assert reply.status_code == 400 and CANARY not in reply.text, event["api_name"]
            assert join(client, event, None, event_data={"x": forged}).status_code == 400
        for path in ("run/predict", "run/ask", "call/ask"):
            body = {"data": [forged, None, None], "fn_index": 0, "session_hash": "x"}
            assert client.post(f"/gradio_api/{path}", json=body).status_code == 400
    assert CANARY in secret_file.read_text(encoding="utf-8"), "it is still there"


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/random", "/proc/self/environ", "/proc/self/fd/0"])
def test_no_device_is_opened(address: str, path: str) -> None:
    started = time.monotonic()
    body = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}, None, None]}
    assert httpx.post(f"{address}/gradio_api/call/ask", json=body).status_code == 400
    assert is_well(address) and time.monotonic() - started < QUICK


def test_nothing_is_fetched_from_elsewhere(address: str) -> None:
    with socket.socket() as listener, httpx.Client(base_url=address) as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.5)
        target = f"http://127.0.0.1:{listener.getsockname()[1]}/x.txt"
        client.get("/")
        for file in ({"path": target}, {"path": "/x.txt", "url": target}, {"url": target}):
            forged = file | {"meta": {"_type": "gradio.FileData"}}
            assert join(client, find_events(client)["add"], [forged]).status_code == 400
        client.get(f"/gradio_api/file={target}")
        client.get(f"/gradio_api/proxy={target}")
        client.get("/", headers={"X-Gradio-Server": target})
        with pytest.raises(TimeoutError):
            listener.accept()


def test_an_upload_is_taken_once_and_by_its_own_path(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        client.get("/")
        files = {"files": ("stars.txt", b"Tusker the elephant weighs six tonnes. " * 30)}
        [path] = client.post("/gradio_api/upload", files=files).json()
        event = find_events(client)["add"]
        file = {"path": path, "orig_name": "stars.txt", "meta": {"_type": "gradio.FileData"}}
        with httpx.Client(base_url=address) as other:
            other.get("/")
            assert join(other, event, [file], "other-session").status_code == 400, "it is not theirs"
        assert join(client, event, [file]).status_code == 200
        assert "Added <b>stars.txt</b>" in read_events(client)
        assert not Path(path).exists(), "it is deleted once it is read"
        assert join(client, event, [file]).status_code == 400


def test_two_who_send_the_same_file_both_add_it(address: str) -> None:
    content = {"files": ("the same.txt", b"The same elephant weighs six tonnes. " * 30)}
    with httpx.Client(base_url=address) as one, httpx.Client(base_url=address) as two:
        paths = []
        for client in (one, two):
            client.get("/")
            paths += client.post("/gradio_api/upload", files=content).json()
        assert paths[0] != paths[1]
        event = find_events(one)["add"]
        files = [{"path": path, "orig_name": "the same.txt", "meta": {"_type": "gradio.FileData"}} for path in paths]
        assert join(two, event, [files[0]], "second").status_code == 400, "it is not theirs"
        for client, file, session in ((one, files[0], "first"), (two, files[1], "second")):
            assert join(client, event, [file], session).status_code == 200
            assert "Added <b>the same.txt</b>" in read_events(client, session)


def test_the_same_file_sent_at_the_same_moment_is_still_there_for_both(tmp_path: Path) -> None:
    senders, given = Senders(tmp_path), tmp_path / "hash" / "a.txt"
    one, two = Visitor("", "one"), Visitor("", "two")
    given.parent.mkdir()
    given.write_text("words")
    [first] = senders.take([str(given)], one)
    [second] = senders.take([str(given)], two)
    Path(first).unlink()
    assert Path(second).read_text() == "words"
    assert senders.sent(second, two)
    assert not senders.sent(second, one)
    Path(second).unlink()
    with pytest.raises(BodyRefused, match="send it again"):
        senders.take([str(given)], two)
    given.write_text("twice in one")
    assert len(set(senders.take([str(given), str(given)], one))) == 1


# ---- routes ----

OPEN = {"/health", "/favicon.ico"}


def find_gradio_routes() -> list[tuple[str, str]]:
    """Every route that Gradio brings, from its own source, with something in the place of what varies."""
    import gradio.routes

    source = Path(gradio.routes.__file__).read_text(encoding="utf-8")
    found = re.findall(r'@(app|router)\.(get|post|head|put|delete)\(\s*f?"([^"]+)"', source)
    paths = [(method.upper(), ("/gradio_api" if on == "router" else "") + path) for on, method, path in found]
    return sorted({(method, re.sub(r"\{[^}]*\}", "x", path)) for method, path in paths})


SERVED = {
    ("GET", "/"),
    ("HEAD", "/"),
    ("GET", "/config"),
    ("GET", "/favicon.ico"),
    ("GET", "/theme.css"),
    ("GET", "/manifest.json"),
    ("GET", "/pwa_icon"),
    ("GET", "/assets/x"),
    ("GET", "/static/x"),
    ("GET", "/svelte/x"),
    ("POST", "/login"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/gradio_api/app_id/"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/info/"),
    ("GET", "/gradio_api/openapi.json"),
    ("GET", "/gradio_api/startup-events"),
    ("GET", "/gradio_api/theme.css"),
    ("GET", "/gradio_api/upload_progress"),
    ("GET", "/gradio_api/queue/data"),
    ("GET", "/gradio_api/heartbeat/x"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/reset"),
    ("POST", "/gradio_api/reset/"),
    ("POST", "/gradio_api/upload"),
}
"""Of Gradio's routes, those that the page needs; the rest of it is not there."""


@pytest.mark.parametrize("prefix", ["", "/docs"])
def test_of_all_of_gradios_routes_only_those_that_the_page_needs_are_there(guarded: str, prefix: str) -> None:
    routes = find_gradio_routes()
    assert len(routes) > 60, "they were found"
    for method, path in routes:
        reply = httpx.request(method, f"{guarded}{prefix}{path}", json={}, timeout=QUICK)
        if (method, path) not in SERVED:
            assert reply.status_code in (404, 405), (method, path)
        elif path in OPEN:
            assert reply.status_code == 200
        else:  # an empty form is no login
            assert reply.status_code == 401, (method, path)
        assert CANARY not in reply.text


@pytest.mark.parametrize("prefix", ["", "/docs"])
def test_with_a_login_what_is_not_needed_is_not_there_either(guarded: str, prefix: str) -> None:
    with log_in(guarded) as client:
        for method, path in find_gradio_routes():
            if (method, path) not in SERVED:
                assert client.request(method, f"{prefix}{path}", json={}).status_code in (404, 405), (method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/docs/gradio_api/file={}",
        "/docs/docs/gradio_api/file={}",
        "/docs//gradio_api/file={}",
        "/gradio_api/file={}",
        "//gradio_api/file={}",
        "/docs/%67radio_api/file={}",
        "/docs/gradio_api%2ffile={}",
        "/docs/./gradio_api/file={}",
        "/assets/../gradio_api/file={}",
        "/docs/gradio_api/file/{}",
        "/docs/assets/{}",
        "/assets/..%2f..%2f..%2f{}",
        "/docs/gradio_api/stream/x/0/0/playlist-file?path={}",
    ],
)
def test_no_way_of_writing_a_path_reads_a_file(guarded: str, secret_file: Path, path: str) -> None:
    with log_in(guarded) as client:
        address = client.base_url.host, client.base_url.port
        cookies = client.headers["Cookie"]
        with socket.create_connection(cast("tuple[str, int]", address), timeout=QUICK) as raw:  # httpx tidies paths
            raw.sendall(
                f"GET {path.format(secret_file)} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            reply = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert reply.startswith(b"HTTP/1.1 404"), reply[:100]
    assert CANARY.encode() not in reply


def test_a_web_socket_is_not_opened(address: str) -> None:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"}
    assert httpx.get(f"{address}/gradio_api/queue/join", headers=headers).status_code in (404, 405)


# ---- other sites ----


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:3000", "null", "http://127.0.0.1:1"])
def test_another_site_reads_and_changes_nothing(address: str, origin: str) -> None:
    headers = {"Origin": origin}
    for reply in (
        httpx.get(f"{address}/config", headers=headers),
        httpx.post(f"{address}/gradio_api/call/documents", json={"data": []}, headers=headers),
        httpx.post(
            f"{address}/gradio_api/queue/join",
            content=json.dumps({"data": [], "fn_index": 0, "session_hash": "x"}),
            headers=headers | {"Content-Type": "text/plain"},
        ),
        httpx.options(f"{address}/config", headers=headers | {"Access-Control-Request-Method": "GET"}),
    ):
        assert reply.status_code == 403
        assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_a_site_that_the_operator_named_may_ask(article_index: Path, embeddings: Any) -> None:
    named = {"Origin": "https://intranet.example"}
    with serving(article_index, embeddings, allow_origins="https://intranet.example") as address:
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        reply = httpx.options(f"{address}/gradio_api/call/documents", headers=named | asked)
        assert reply.status_code == 204 and "POST" in reply.headers["access-control-allow-methods"]
        reply = httpx.post(f"{address}/gradio_api/call/documents", json={"data": []}, headers=named)
        assert reply.status_code == 200
        assert reply.headers["access-control-allow-origin"] == "https://intranet.example"
        assert httpx.get(f"{address}/config", headers={"Origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1, evil.example", "evil.example/x"])
def test_a_forged_forwarded_host_is_refused(address: str, host: str) -> None:
    reply = httpx.get(f"{address}/", headers={"X-Forwarded-Host": host})
    assert reply.status_code == 400 and "evil" not in reply.text
    assert "evil" not in httpx.get(f"{address}/gradio_api/info").text


# ---- freezing and filling ----


@contextmanager
def watching_health(address: str) -> Iterator[list[float]]:
    """How long ``/health`` takes, over and over, while something else goes on."""
    seconds: list[float] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            started = time.monotonic()
            httpx.get(f"{address}/health", timeout=120)
            seconds.append(time.monotonic() - started)
            time.sleep(0.05)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seconds
    finally:
        is_over.set()
        thread.join()


@pytest.mark.parametrize("path", ["cancel", "queue/join", "component_server", "call/ask", "run/predict", "reset"])
def test_a_large_body_is_refused_while_it_arrives(guarded: str, path: str) -> None:
    started = time.monotonic()

    def pieces() -> Iterator[bytes]:
        for _ in range(60):
            yield b"[" * 1_000_000

    with watching_health(guarded) as seconds:
        try:
            reply = httpx.post(f"{guarded}/gradio_api/{path}", content=pieces(), timeout=60)
            assert reply.status_code in (401, 404)
        except httpx.WriteError:
            pass  # the server has closed the connection
    assert time.monotonic() - started < 2 * QUICK
    assert max(seconds) < QUICK


def test_a_large_body_with_a_login_is_refused_too(guarded: str) -> None:
    with log_in(guarded) as client:
        for path, size in (("cancel", 5_000), ("call/ask", 400_000), ("queue/join", 7_000_000)):
            started = time.monotonic()
            assert client.post(f"/gradio_api/{path}", content=b" " * size).status_code == 413, path
            assert time.monotonic() - started < QUICK


@pytest.mark.parametrize(
    "asked",
    [
        ["why", [["Who is he?", "He is Kim. " * 400_000]], None],
        ["why", [["Who is he?", "He is Kim."]] * 100_000, None],
        ["why", None, ["hanoi-summit"] * 100_000],
        ["why " * 1_000_000, None, None],
    ],
)
def test_a_question_with_too_much_around_it_holds_nobody_up(address: str, asked: list[Any]) -> None:
    started = time.monotonic()
    with watching_health(address) as seconds:
        reply = httpx.post(f"{address}/gradio_api/call/ask", json={"data": asked}, timeout=60)
        assert reply.status_code == 413
    assert time.monotonic() - started < QUICK
    assert max(seconds) < QUICK


def test_thirty_long_turns_are_answered(address: str) -> None:
    history = [[f"What is thing {number}?", "It is a thing of that kind. " * 140] for number in range(30)]
    answer = connect(address).predict(ASKED, history, None, api_name="/ask")
    assert "walk away" in answer["answer"]


def test_half_sent_heads_hold_no_connection(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.web.security.connections.HEAD_SECONDS", 0.5)
    port = int(address.rpartition(":")[2])
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
    for number, connection in enumerate(connections):
        connection.sendall(b"" if number % 2 else b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")
    closed = 0
    for connection in connections:
        connection.settimeout(QUICK)
        try:
            closed += connection.recv(1) == b""
        except ConnectionError:
            closed += 1
        connection.close()
    assert closed == len(connections)
    assert is_well(address)


def test_a_connection_that_was_answered_is_not_held_by_half_a_head_either(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.web.security.connections.HEAD_SECONDS", 1.0)
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as connection:
        connection.settimeout(QUICK)
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        reply = b""
        while not reply.endswith(b"}"):
            reply += connection.recv(65_536)
        assert reply.startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /hea")
        with suppress(ConnectionError):  # which is another way to learn that it is closed
            assert connection.recv(1) == b""


def test_a_body_that_stands_still_is_given_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.web.security.bodies.IDLE_SECONDS", 0.5)
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as connection:
        connection.settimeout(QUICK)
        connection.sendall(
            b"POST /gradio_api/call/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n" + b'{"data": '
        )
        assert connection.recv(65_536).startswith(b"HTTP/1.1 408")


def test_uploads_that_nobody_adds_do_not_fill_the_disk(
    article_index: Path, embeddings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ui.web.server.received_limit", lambda settings: 3_000_000)
    with serving(article_index, embeddings, uploads=tmp_path / "uploads") as address:
        statuses = [
            httpx.post(f"{address}/gradio_api/upload", files={"files": (f"{n}.txt", b"%d" % n * 900_000)}).status_code
            for n in range(6)
        ]
    assert statuses == [200, 200, 200, 413, 413, 413]


def test_uploads_that_nobody_adds_go_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = ServerFolder()
    old, new = folder.received / "old", folder.received / "new"
    for place in (old, new):
        place.mkdir()
        (place / "a.txt").write_text("words")
    folder.sweep(new.stat().st_mtime + 10)
    assert old.exists()
    os.utime(old, (0, 0))
    folder.sweep()
    assert (old.exists(), new.exists()) == (False, True)
    folder.close()


def test_one_client_may_not_ask_without_end(article_index: Path, embeddings: Any) -> None:
    with (
        serving(article_index, embeddings, requests_per_minute=12) as address,
        httpx.Client(base_url=address) as client,
    ):

        def ask() -> httpx.Response:
            return client.post("/gradio_api/call/documents", json={"data": []})

        replies = [ask() for _ in range(10)]
        assert [reply.status_code for reply in replies[:6]] == [200] * 6
        refused = [reply for reply in replies if reply.status_code == 429]
        assert refused and 1 <= int(refused[0].headers["retry-after"]) <= 5
        assert client.get("/health").status_code == 200, "looking is another matter"
        wait_until(lambda: ask().status_code == 200)


# ---- logins and sessions ----


def test_guessing_is_slowed_down_and_told_to_the_log(
    article_index: Path, embeddings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(article_index, embeddings, auth=f"ada:{SECRET}") as address:
        started = time.monotonic()
        statuses = []
        for number in range(12):
            form = {"username": "ada" if number else "\x1b[31mnobody\nx", "password": f"guess-{number}"}
            statuses.append(httpx.post(f"{address}/login", data=form).status_code)
        assert statuses[:5] == [401] * 5
        assert statuses.count(429) >= 5, "then it has to wait, twice as long each time"
        assert time.monotonic() - started > 5 * 0.5, "and each wrong one takes its time"
    said = [record.getMessage() for record in caplog.records if "wrong password" in record.getMessage()]
    assert len(said) == statuses.count(401)
    assert "an unknown user" in said[0] and "ada" in said[1] and "127.0.0.1" in said[1]
    assert "guess-" not in caplog.text and "nobody" not in caplog.text


@pytest.mark.parametrize(
    "form", [b"", b"username=ada", b"&".join([b"a=1"] * 500), b"\xff\xfe=%zz", b"username=%00&password=x"]
)
def test_a_form_that_is_none_logs_nobody_in(guarded: str, form: bytes) -> None:
    reply = httpx.post(f"{guarded}/login", content=form)
    assert reply.status_code in (400, 401, 429) and "set-cookie" not in reply.headers


def test_a_strangers_guesses_do_not_lock_out_who_was_in_before(article_index: Path, embeddings: Any) -> None:
    form = {"username": "ada", "password": SECRET}
    with serving(article_index, embeddings, auth=f"ada:{SECRET}") as address, log_in(address) as ada:
        for _ in range(6):
            httpx.post(f"{address}/login", data=form | {"password": "guess"})
        assert httpx.post(f"{address}/login", data=form).status_code == 429, "a stranger of the same address waits"
        assert ada.post("/login", data=form).status_code == 200


def test_cookies_are_for_this_site_alone_and_for_no_script(guarded: str) -> None:
    form = {"username": "ada", "password": SECRET}
    for headers, is_secure in (({}, False), ({"X-Forwarded-Proto": "https"}, True)):
        reply = httpx.post(f"{guarded}/login", data=form, headers=headers)
        [cookie] = reply.headers.get_list("set-cookie")
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/docs;" in cookie
        assert ("Secure" in cookie) is is_secure
        assert ("strict-transport-security" in reply.headers) is is_secure


def test_logging_out_ends_the_login(guarded: str) -> None:
    with log_in(guarded) as client:
        assert client.get("/config").status_code == 200
        reply = client.post("/logout")
        assert reply.status_code == 303 and reply.headers["clear-site-data"] == '"storage"'
        assert client.get("/config").status_code == 401, "a copy of the cookie opens nothing"


def test_a_session_of_somebody_else_opens_nothing(guarded: str) -> None:
    with log_in(guarded) as ada, log_in(guarded, "bob", "hunter2") as bob, log_in(guarded) as adas_other_browser:
        event = find_events(ada)["begin"]
        assert join(ada, event, None, "adas-session").status_code == 200
        for other in (bob, adas_other_browser):
            assert join(other, event, None, "adas-session").status_code == 403
            assert other.get("/gradio_api/queue/data?session_hash=adas-session").status_code == 403
            assert other.get("/gradio_api/heartbeat/adas-session").status_code == 403
            body = {"session_hash": "adas-session", "fn_index": 1, "event_id": "x"}
            assert other.post("/gradio_api/cancel", json=body).status_code == 403
        assert "process_completed" in read_events(ada, "adas-session"), "it went on undisturbed"


def test_without_logins_a_session_belongs_to_its_browser(address: str) -> None:
    with httpx.Client(base_url=address) as first, httpx.Client(base_url=address) as second:
        first.get("/")
        second.get("/")
        event = find_events(first)["begin"]
        assert join(first, event, None, "first-one").status_code == 200
        assert join(second, event, None, "first-one").status_code == 403
        with httpx.Client(base_url=address) as third:
            assert join(third, event, None, "first-one").status_code == 403, "without a cookie"
        for query in ("", "session_hash=a&session_hash=first-one", "session_hash=../x"):
            assert second.get(f"/gradio_api/queue/data?{query}").status_code == 400
        assert "process_completed" in read_events(first, "first-one")


def test_an_events_name_opens_no_session(address: str) -> None:
    session = "0123456789abcdef" * 2
    with httpx.Client(base_url=address) as first, httpx.Client(base_url=address) as second:
        first.get("/")
        second.get("/")
        assert join(first, find_events(first)["begin"], None, session).status_code == 200
        assert second.get(f"/gradio_api/call/ask/{session}").status_code == 403
        read_events(first, session)


# ---- what every reply says ----


def test_every_reply_carries_the_headers_of_protection(address: str) -> None:
    replies = [httpx.get(f"{address}{path}") for path in ("/", "/health", "/config", "/nowhere", "/theme.css")]
    replies.append(httpx.post(f"{address}/gradio_api/cancel", content=b"x"))
    for reply in replies:
        assert "frame-ancestors 'self'" in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "camera=()" in reply.headers["permissions-policy"]
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"
        is_kept = reply.url.path == "/theme.css"
        assert (reply.headers.get("cache-control") == "no-store") is not is_kept
        assert "strict-transport-security" not in reply.headers, "this is not HTTPS"


@browser_test
def test_no_script_runs_that_the_page_did_not_come_with(browser: Browser, address: str) -> None:
    page = browser.new_context().new_page()
    page.goto(address)
    page.wait_for_selector("#source .document", state="attached")
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.pwned = 1";
            document.body.append(script);
            const image = document.createElement("img");
            image.setAttribute("onerror", "window.pwned = 2");
            image.src = "/nowhere.png";
            document.body.append(image);
        }"""
    )
    page.wait_for_timeout(500)
    assert page.evaluate("window.pwned") is None
    page.context.close()


# ---- behind a real proxy ----


@pytest.fixture(scope="module")
def proxied(guarded: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real nginx before the guarded server: one port that takes the path off, one that leaves it, one with HTTPS."""
    if not Path(PROGRAM).exists():
        pytest.skip(f"no nginx at {PROGRAM}; install it with: apt-get install nginx-light")
    server: Any = SimpleNamespace(address=guarded, setup=SimpleNamespace(prefix="/docs"))
    with proxying(server, tmp_path_factory.mktemp("nginx")) as proxy:
        yield proxy


@pytest.mark.parametrize("kind", ["strips", "keeps", "secure"])
def test_behind_nginx_the_page_is_there_and_what_is_shut_stays_shut(proxied: Any, secret_file: Path, kind: str) -> None:
    scheme = "https" if kind == "secure" else "http"
    address = f"{scheme}://127.0.0.1:{getattr(proxied, kind)}/docs"
    with httpx.Client(verify=False, timeout=30) as client:
        assert client.get(f"{address}/").status_code == 401
        login = client.post(
            f"{address}/login",
            data={"username": "ada", "password": SECRET},
            headers={"Origin": address.removesuffix("/docs")},
        )
        assert login.status_code == 200
        page = client.get(f"{address}/")
        assert page.status_code == 200 and f"{address}" in page.text
        assert ("strict-transport-security" in page.headers) is (kind == "secure")
        for method, path in find_gradio_routes():
            if (method, path) not in SERVED:
                status = client.request(method, f"{address}{path}", json={}).status_code
                assert status in (404, 405), (method, path)
        for path in (f"file={secret_file}", f"file=/docs{secret_file}"):
            reply = client.get(f"{address}/gradio_api/{path}")
            assert reply.status_code == 404 and CANARY not in reply.text


def test_behind_nginx_a_program_gets_its_answer(proxied: Any) -> None:
    client = connect(f"http://127.0.0.1:{proxied.strips}/docs/", auth=("ada", SECRET))
    assert "walk away" in client.predict(ASKED, api_name="/ask")["answer"]


@browser_test
def test_behind_nginx_with_https_one_logs_in_asks_and_logs_out(browser: Browser, proxied: Any) -> None:
    page = browser.new_context(ignore_https_errors=True).new_page()
    page.set_default_timeout(20_000)
    page.goto(f"https://127.0.0.1:{proxied.secure}/docs/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("[role=alert]:has-text('do not fit')")
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("#source .document", state="attached")
    page.fill("#question textarea", ASKED)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .answer:has-text('walk away')")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_selector("input[name=password]")
    assert page.evaluate("localStorage.length") == 0
    kept = """() => new Promise((done) => {
      const request = indexedDB.open("footnote");
      request.onsuccess = () => {
        const opened = request.result;
        if (!opened.objectStoreNames.length) return done(0);
        const counted = opened.transaction("conversations").objectStore("conversations").count();
        counted.onsuccess = () => done(counted.result);
      };
    })"""
    assert page.evaluate(kept) == 0, "nothing of the conversation stays in the browser"
    page.context.close()


@browser_test
def test_a_login_that_has_ended_is_asked_for_again_and_nothing_is_lost(browser: Browser, guarded: str) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(20_000)

    def enter() -> None:
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill(SECRET)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_selector("#source .document", state="attached")

    page.goto(f"{guarded}/docs/")
    enter()
    page.fill("#question textarea", ASKED)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .answer:has-text('walk away')")
    page.wait_for_selector("#question .submit-button")
    page.context.clear_cookies(name=re.compile("footnote-login"))
    page.fill("#question textarea", "And when was that?")
    page.get_by_role("button", name="New conversation").focus()
    page.press("#question textarea", "Enter")
    page.wait_for_selector("input[name=password]")
    enter()
    page.wait_for_selector("#chat .answer:has-text('walk away')")
    page.context.close()


# ---- what killed servers leave ----


def test_the_folder_of_a_killed_server_goes_with_the_next_start(tmp_path: Path) -> None:
    import subprocess
    import sys

    program = "from ui.web.temporary_folders import ServerFolder; import time; folder = ServerFolder(); print(folder.received, flush=True); time.sleep(60)"
    environment = {"TMPDIR": str(tmp_path), "PATH": ""}
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout
        left = Path(killed.stdout.readline().strip()).parent
        assert left.is_dir() and left.stat().st_mode & 0o77 == 0, "only its owner may look into it"
        sweep = "from ui.web.temporary_folders import sweep_left_folders; print(sweep_left_folders())"
        run = [sys.executable, "-c", sweep]
        (tmp_path / "footnote-server-link").symlink_to(tmp_path)
        while_used = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
        assert while_used.strip() == "0" and left.is_dir()
        killed.kill()
        killed.wait()
        afterwards = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
        assert afterwards.strip() == "1" and not left.exists()
    assert tmp_path.is_dir(), "a link is not followed"


def test_a_program_with_a_login_gets_its_answer(guarded: str) -> None:
    answer = connect(guarded, auth=("bob", "hunter2")).predict(ASKED, api_name="/ask")
    assert "walk away" in answer["answer"]
