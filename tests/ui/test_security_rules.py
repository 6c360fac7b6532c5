"""The rules that the gate goes by, each alone: routes, origins, sizes, rates, passwords, cookies, policies."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.datastructures import Headers

from ui.web.security.bodies import (
    MAX_BRACKETS,
    BodyRefused,
    Budget,
    bound_stream,
    check_length,
    is_received,
    parse_body,
    read_body,
    screen_files,
)
from ui.web.security.headers import content_policy, find_inline_scripts
from ui.web.security.hosts import Hosts, split_host
from ui.web.security.origins import Origins
from ui.web.security.passwords import FREE_TRIES, LONGEST_WAIT, USER_BURST, Passwords
from ui.web.security.rates import RateLimit, client_key
from ui.web.security.routes import find_route, strip_prefix
from ui.web.security.visitors import Browsers, Logins, Sessions, Visitor


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


# ---- routes ----


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/health"),
        ("GET", "/config"),
        ("GET", "/assets/index-B2x_9.js"),
        ("GET", "/static/fonts/Inter/Inter-Regular.woff2"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/heartbeat/a1b2c3"),
        ("POST", "/gradio_api/queue/join"),
        ("GET", "/gradio_api/call/ask/" + "0" * 32),
        ("POST", "/gradio_api/call/ask"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/login"),
        ("POST", "/logout"),
    ],
)
def test_the_page_and_its_programs_have_their_routes(method: str, path: str) -> None:
    route, found = find_route(method, path)
    assert route is not None and found is not None


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=http://x.example",
        "/gradio_api/stream/x/0/1/playlist.m3u8",
        "/gradio_api/deep_link",
        "/gradio_api/component_server",
        "/gradio_api/vibe-edit",
        "/gradio_api/dev/reload",
        "/gradio_api/runs",
        "/gradio_api/token",
        "/gradio_api/user",
        "/gradio_api/run/begin",
        "/gradio_api/api/ask",
        "/gradio_api/call/v2/ask",
        "/gradio_api/call/begin",
        "/gradio_api/call/ask/somebodys-session",
        "/gradio_api/custom_component/1/client/x/y.js",
        "/gradio_api/queue/status",
        "/assets/gradio_api/file=/etc/passwd",
        "/assets/.hidden",
        "/static/",
        "/monitoring",
        "/monitoring/summary",
        "/docs",
        "/openapi.json",
        "/robots.txt",
        "/health/",
        "/Health",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_what_is_not_listed_does_not_exist(method: str, path: str) -> None:
    assert find_route(method, path) == (None, None)


def test_a_wrong_method_finds_the_route_only() -> None:
    route, found = find_route("DELETE", "/gradio_api/queue/join")
    assert route is not None and found is None


@pytest.mark.parametrize(
    ("path", "prefix", "left"),
    [
        ("/config", "", "/config"),
        ("/docs/config", "/docs", "/config"),
        ("/config", "/docs", "/config"),
        ("/docs", "/docs", "/"),
        ("/docs/", "/docs", "/"),
        ("/docsx/config", "/docs", "/docsx/config"),
        ("/docs/docs/config", "/docs", None),
        ("/assets/assets/gradio_api/info", "/assets", None),
        ("//config", "", None),
        ("/docs//config", "/docs", None),
        ("/a/../config", "", None),
        ("/./config", "", None),
        ("/a\\b", "", None),
        ("/a%2fb", "", None),
        ("/a\nb", "", None),
        ("config", "", None),
        ("", "", None),
    ],
)
def test_a_path_is_read_in_one_way_or_not_at_all(path: str, prefix: str, left: str | None) -> None:
    assert strip_prefix(path, prefix) == left


@given(some.text(max_size=40), some.sampled_from(["", "/docs", "/assets", "/a/b"]))
def test_what_is_left_of_a_path_never_begins_with_the_prefix_again(path: str, prefix: str) -> None:
    left = strip_prefix(f"/{path}", prefix)
    assert left is None or not prefix or not (left == prefix or left.startswith(f"{prefix}/"))


# ---- hosts and origins ----


@pytest.mark.parametrize(
    ("header", "parts"),
    [
        ("Docs.Example:443", ("docs.example", "443")),
        ("[::1]:7860", ("::1", "7860")),
        ("127.0.0.1", ("127.0.0.1", "")),
        ("user@docs.example", ("", "")),
        ("docs.example/x", ("", "")),
        ("docs.example, evil.example", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_host_header_is_split(header: str, parts: tuple[str, str]) -> None:
    assert split_host(header) == parts


@pytest.mark.parametrize(
    ("origin", "host", "may"),
    [
        (None, "127.0.0.1:7860", True),
        ("http://127.0.0.1:7860", "127.0.0.1:7860", True),
        ("http://localhost:7860", "localhost:7860", True),
        ("https://docs.example", "docs.example", True),
        ("https://docs.example", "127.0.0.1:7860", True),  # a proxy that asks for another name
        ("https://docs.example:8443", "127.0.0.1:7860", False),
        ("http://localhost:3000", "localhost:7860", False),
        ("http://localhost", "localhost:7860", False),
        ("http://127.0.0.1:7860", "localhost:7860", False),
        ("https://evil.example", "docs.example", False),
        ("https://docs.example.evil.example", "docs.example", False),
        ("null", "docs.example", False),
        ("file://", "docs.example", False),
        ("https://docs.example/path", "docs.example", False),
        ("https://docs.example:99999", "docs.example", False),
        ("https://intranet.example", "docs.example", True),
        ("http://intranet.example", "docs.example", False),
    ],
)
def test_only_the_page_itself_and_named_sites_may_ask(origin: str | None, host: str, may: bool) -> None:
    origins = Origins(Hosts("127.0.0.1", ["docs.example"]), ["https://intranet.example"])
    headers = Headers({"host": host} | ({} if origin is None else {"origin": origin}))
    assert origins.may_pass("POST", headers) is may
    assert origins.may_pass("GET", headers) is may


@pytest.mark.parametrize(
    ("method", "site", "may"),
    [
        ("POST", "cross-site", False),
        ("POST", "same-site", False),
        ("POST", "same-origin", True),
        ("POST", "none", True),
        ("GET", "cross-site", True),  # a link from another site
    ],
)
def test_a_browser_that_tells_no_origin_tells_whether_another_site_asks(method: str, site: str, may: bool) -> None:
    headers = Headers({"host": "localhost", "sec-fetch-site": site})
    assert Origins(Hosts("127.0.0.1")).may_pass(method, headers) is may


# ---- bodies ----


def received(tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path.resolve() / "received"
    (folder / "ab12").mkdir(parents=True)
    file = folder / "ab12" / "notes.txt"
    file.write_text("words", encoding="utf-8")
    return folder, file


def is_own(path: str) -> bool:
    return True


def as_file(path: object, **more: Any) -> dict[str, Any]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}} | more


FORGED = [
    as_file("/etc/passwd"),
    [as_file("/etc/passwd")],
    {"a": {"b": [as_file("/etc/passwd")]}},
    {"meta": {"_type": "gradio.FileData"}, "url": "http://127.0.0.1:1/"},
    {"_type": "gradio.FileData"},
    {"meta": {"_type": "gradio.Other"}},
    {"path": "/etc/passwd", "url": None},
    {"path": "/etc/passwd", "orig_name": "x"},
    {"path": "/etc/passwd", "is_stream": True},
]


@pytest.mark.parametrize("value", FORGED)
@pytest.mark.parametrize("place", ["first", "second", "event"])
def test_a_file_is_refused_where_there_can_be_none(value: Any, place: str, tmp_path: Path) -> None:
    folder, _ = received(tmp_path)
    body = {"fn_index": 3, "data": [None, "words", value]} if place == "second" else {"fn_index": 1, "data": [value]}
    if place == "event":
        body = {"fn_index": 3, "data": [None], "event_data": value}
    with pytest.raises(BodyRefused, match="names a file"):
        screen_files(body, {3: (0,)}, folder, is_own)


def test_an_upload_is_written_anew_without_what_could_lead_elsewhere(tmp_path: Path) -> None:
    folder, file = received(tmp_path)
    body = {"fn_index": 3, "data": [[as_file(str(file), url="http://x.example", is_stream=True, orig_name="a.txt")]]}
    screen_files(body, {3: (0,)}, folder, is_own)
    assert body["data"] == [[as_file(str(file), orig_name="a.txt")]]


def test_an_upload_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder, file = received(tmp_path)
    with pytest.raises(BodyRefused, match="not uploaded here"):
        screen_files({"fn_index": 3, "data": [as_file(str(file))]}, {3: (0,)}, folder, lambda path: False)


@pytest.mark.parametrize("kind", ["outside", "folder", "link", "dots", "fifo", "relative", "null", "url", "number"])
def test_an_upload_is_a_regular_file_in_the_folder_where_uploads_are_received(kind: str, tmp_path: Path) -> None:
    folder, file = received(tmp_path)
    secret = tmp_path.resolve() / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    (folder / "link.txt").symlink_to(secret)
    os.mkfifo(folder / "fifo.txt")
    path: object = {
        "outside": str(secret),
        "folder": str(folder),
        "link": str(folder / "link.txt"),
        "dots": f"{folder}/ab12/../../secret.txt",
        "fifo": str(folder / "fifo.txt"),
        "relative": "received/ab12/notes.txt",
        "null": f"{file}\x00.txt",
        "url": "http://127.0.0.1:1/x.txt",
        "number": 7,
    }[kind]
    with pytest.raises(BodyRefused, match="not uploaded here"):
        screen_files({"fn_index": 3, "data": [as_file(path)]}, {3: (0,)}, folder, is_own)
    assert is_received(str(file), folder)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"data": 1}', 400),
        (b'{"data": [], "fn_index": "1"}', 400),
        (b'{"data": [], "fn_index": true}', 400),
        (b'{"data": [], "fn_index": -1}', 400),
        (b'{"data": [], "session_hash": "../x"}', 400),
        (b'{"data": [], "session_hash": ["x"]}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"data": [' + b"[]," * MAX_BRACKETS + b"1]}", 413),
    ],
)
def test_a_body_that_is_none_is_refused_in_a_line(body: bytes, status: int) -> None:
    with pytest.raises(BodyRefused) as refused:
        parse_body(body)
    assert refused.value.status == status
    assert "\n" not in refused.value.line


def test_deep_nesting_is_refused_without_a_deep_stack(tmp_path: Path) -> None:
    deep: Any = "end"
    for _ in range(900):
        deep = [deep]
    with pytest.raises(BodyRefused, match="too deeply"):
        screen_files({"data": [deep]}, {}, tmp_path, is_own)


def test_keys_that_nobody_uses_are_dropped() -> None:
    values = parse_body(json.dumps({"data": [1], "simple_format": True, "oauth_token": "x", "batched": True}).encode())
    assert values == {"data": [1]}


def stream_of(*pieces: bytes) -> Any:
    waiting = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Any:
        return waiting.pop(0)

    return receive


async def test_a_body_is_bounded_while_it_arrives() -> None:
    assert await read_body(stream_of(b"12", b"345"), 5) == b"12345"
    with pytest.raises(BodyRefused, match="larger than 4 bytes"):
        await read_body(stream_of(b"12", b"345"), 4)
    bounded = bound_stream(stream_of(b"12", b"345"), 4)
    await bounded()
    with pytest.raises(BodyRefused) as refused:
        await bounded()
    assert refused.value.status == 413


async def test_a_body_that_stands_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setattr("ui.web.security.bodies.IDLE_SECONDS", 0.05)

    async def never() -> Any:
        await asyncio.sleep(30)

    with pytest.raises(BodyRefused) as refused:
        await read_body(never, 10)
    assert refused.value.status == 408
    with pytest.raises(BodyRefused) as refused:
        await bound_stream(never, 10)()
    assert refused.value.status == 408


@pytest.mark.parametrize(("header", "fits"), [(None, True), ("10", True), ("11", False), ("-1", False), ("1e9", False)])
def test_an_announced_length_is_checked_first(header: str | None, fits: bool) -> None:
    if fits:
        assert check_length(header, 10) == 10
    else:
        with pytest.raises(BodyRefused):
            check_length(header, 10)


def test_so_many_bytes_are_held_at_once_and_no_more() -> None:
    budget = Budget(10)
    with budget.hold(6):
        with pytest.raises(BodyRefused) as refused, budget.hold(5):
            pass
        assert refused.value.status == 503
    with budget.hold(10):
        assert budget.held == 10
    assert budget.held == 0


# ---- rates and passwords ----


def test_a_client_gets_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    limit = RateLimit(60, 3, clock)
    assert [limit.take("a") for _ in range(4)] == [0, 0, 0, 1]
    assert limit.take("b") == 0, "others are not held up"
    clock.now += 1
    assert [limit.take("a") for _ in range(2)] == [0, 1]
    clock.now += 3_600
    assert [limit.take("a") for _ in range(4)] == [0, 0, 0, 1], "a pause gives the burst back, and no more"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_client_is_an_address_or_a_network(address: str, key: str) -> None:
    assert client_key(address) == key


def test_wrong_passwords_cost_twice_as_long_each_time() -> None:
    clock = Clock()
    passwords = Passwords({"ada": "right"}, clock)
    waits = []
    for _ in range(FREE_TRIES + 12):
        passwords.note_failure("client", "nobody")
        waits.append(passwords.wait("client", "nobody", is_known=False))
        clock.now += waits[-1]
    assert waits[: FREE_TRIES - 1] == [0] * (FREE_TRIES - 1)
    assert waits[FREE_TRIES - 1 : FREE_TRIES + 3] == [1, 2, 4, 8]
    assert waits[-1] == LONGEST_WAIT
    passwords.note_success("client")
    assert passwords.wait("client", "nobody", is_known=False) == 0


def test_many_clients_that_guess_together_are_slowed_down_but_not_who_was_in_before() -> None:
    clock = Clock()
    passwords = Passwords({"ada": "right"}, clock)
    for number in range(USER_BURST):
        assert passwords.wait(f"client {number}", "ada", is_known=False) == 0
        passwords.note_failure(f"client {number}", "ada")
    assert passwords.wait("another", "ada", is_known=False) > 0
    assert passwords.wait("her own", "ada", is_known=True) == 0
    clock.now += 60
    assert passwords.wait("another", "ada", is_known=False) == 0


@pytest.mark.parametrize(
    ("user", "password", "fits"),
    [("ada", "pw:x", True), ("ada", "pw", False), ("ada:pw", "x", False), ("", "", False), ("bob", "pw:x", False)],
)
def test_a_password_fits_its_user_and_nobody_else(user: str, password: str, fits: bool) -> None:
    assert Passwords({"ada": "pw:x", "bob": "é"}).fits(user, password) is fits


# ---- who is who ----


def test_logins_end_when_they_are_not_used_and_when_they_are_old() -> None:
    clock = Clock()
    logins = Logins(12, most_hours=48, clock=clock)
    token = logins.begin("ada", "browser")
    for _ in range(8):
        assert logins.find(token) == "ada"
        clock.now += 6 * 3_600
    assert logins.find(token) == "ada"
    clock.now += 3_600
    assert logins.find(token) == "", "two days are over"
    token = logins.begin("ada", "browser")
    clock.now += 13 * 3_600
    assert logins.find(token) == "", "half a day without a request"
    token = logins.begin("ada", "browser")
    logins.end(token)
    assert logins.find(token) == ""
    assert (
        logins.has_seen("ada", "browser") and not logins.has_seen("ada", "") and not logins.has_seen("bob", "browser")
    )


def test_a_browsers_name_cannot_be_made_up() -> None:
    browsers = Browsers(b"secret")
    cookie = browsers.issue()
    assert browsers.read(cookie) == cookie.partition(".")[0]
    for forged in ("", "x", cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), f"{'0' * 32}.{'0' * 32}", cookie + "\n"):
        assert browsers.read(forged) == ""
    assert Browsers(b"other").read(cookie) == ""
    assert Browsers(b"other").login_cookie != browsers.login_cookie, "two servers on one machine"


def test_a_session_belongs_to_whoever_used_it_first() -> None:
    sessions = Sessions(most=2)
    ada, bob = Visitor("ada", "1"), Visitor("bob", "2")
    assert sessions.belongs("x", ada)
    assert not sessions.belongs("x", bob) and not sessions.belongs("x", Visitor("ada", "2"))
    assert sessions.belongs("y", bob) and sessions.belongs("x", ada)
    sessions.belongs("z", bob)
    assert sessions.is_known("x") and not sessions.is_known("y"), "the one that was used longest ago is forgotten"


# ---- policies ----


def test_the_inline_scripts_of_a_page_are_found_and_hashed() -> None:
    page = (
        '<html><script src="/x.js"></script><script>let a = "<b>" && 1;\r\n</script><p>&amp;</p>'
        '<script type="module">let b;</script><script></script></html>'
    )
    assert find_inline_scripts(page) == ['let a = "<b>" && 1;\n', "let b;", ""]
    policy = content_policy(["let b;"], evaluates=True)
    assert "script-src 'self' 'sha256-" in policy and "'unsafe-eval'" in policy
    assert "'unsafe-inline'" not in policy.partition("style-src")[0]
    assert "unsafe-eval" not in content_policy()
