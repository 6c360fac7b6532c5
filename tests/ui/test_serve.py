"""Serving for others: the API, the line, passwords, a proxy in front, and what operators ask; over loopback."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI
from served import connect, serving
from visiting import ASKED, FAR, ROOT, browser_test, wait_until

from rag.errors import FootnoteError, UsageError
from rag.settings import read_settings
from rag.types import Answer, Question
from ui.web.server import build_server, open_socket
from ui.web.session.waiting_line import WaitingLine

if TYPE_CHECKING:
    from gradio_client import Client
    from playwright.sync_api import Browser, Page

Serve = Callable[..., str]
SECRET = "correct:horse-battery"
QUESTIONS = (ASKED, FAR, "Where did the two leaders first meet?", "Who wrote it?", "What can you do?")


@pytest.fixture(scope="module")
def address(article_index: Path, embeddings: Any) -> Iterator[str]:
    """A server as it is without flags, but that it answers three questions at once."""
    with serving(article_index, embeddings, concurrency=3, max_upload_mb=0.1) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return connect(address)


@pytest.fixture
def serve(article_index: Path, embeddings: Any) -> Iterator[Serve]:
    """Starts servers that end with the test."""
    with ExitStack() as stack:
        yield lambda chain=None, directory=article_index, **given: stack.enter_context(
            serving(directory, embeddings, chain, **given)
        )


def without_time(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "seconds"}


# ---- the API ----


def test_ask_gives_the_object_of_the_command_line(client: Client, chain: Any) -> None:
    answer = client.predict(ASKED, None, None, api_name="/ask")
    expected = json.loads(json.dumps(chain.invoke(ASKED).to_dict()))
    assert answer.keys() == expected.keys()
    assert without_time(answer) == without_time(expected)
    assert "walk away" in answer["answer"]
    assert client.predict(ASKED, api_name="/ask")["citations"] == expected["citations"], "the rest may be left out"


def test_a_follow_up_is_understood_from_the_history(client: Client, chain: Any) -> None:
    history = [["Where did Trump meet Kim?", "In Hanoi."]]
    answer = client.predict("And when?", history, ["hanoi-summit"], api_name="/ask")
    expected = chain.invoke(Question("And when?", history=(("Where did Trump meet Kim?", "In Hanoi."),))).to_dict()
    assert answer["standalone_question"] == expected["standalone_question"] != "And when?"


def test_documents_gives_the_lines_of_the_command_line_without_the_places(client: Client, article_index: Path) -> None:
    command = [sys.executable, "-m", "ui", "documents", "--json", "--index", str(article_index)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    lines = [json.loads(line) for line in printed.splitlines()]
    assert all(Path(line["source"]).is_absolute() for line in lines)
    assert client.predict(api_name="/documents") == [line | {"source": Path(line["source"]).name} for line in lines]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("",), "must be a text that is not empty"),
        (("???",), "the question is empty"),
        ((None,), "question"),
        ((["a"],), "question"),
        (("why " * 25_000,), "characters"),
        ((ASKED, None, ["nowhere"]), "no document 'nowhere'"),
        ((ASKED, "not a history", None), "history"),
        ((ASKED, None, [1]), "documents"),
    ],
)
def test_what_cannot_be_asked_is_one_calm_line(client: Client, arguments: tuple[Any, ...], words: str) -> None:
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError) as raised:
        client.predict(*arguments, api_name="/ask")
    message = str(raised.value)
    assert words in message
    assert "\n" not in message and "Traceback" not in message and "Error" not in message


def test_of_a_bug_the_caller_learns_nothing(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    from gradio_client.exceptions import AppError

    class Broken:
        def stream(self, question: Question) -> Iterator[Answer]:
            raise ZeroDivisionError("secret details")

    with pytest.raises(AppError, match="not foreseen") as raised:
        connect(serve(Broken())).predict(ASKED, api_name="/ask")
    assert "secret" not in str(raised.value)
    assert "secret details" in caplog.text, "the log learns it"


def test_only_these_two_are_public(address: str) -> None:
    described = httpx.get(f"{address}/gradio_api/info").json()
    assert set(described["named_endpoints"]) == {"/ask", "/documents"}
    assert described["unnamed_endpoints"] == {}


def test_twenty_at_once_each_get_their_own_answer(client: Client, chain: Any) -> None:
    asked = [QUESTIONS[number % len(QUESTIONS)] for number in range(20)]
    expected = {text: json.loads(json.dumps(without_time(chain.invoke(text).to_dict()))) for text in QUESTIONS}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda text: client.predict(text, None, None, api_name="/ask"), asked))
    for text, answer in zip(asked, answers, strict=True):
        assert without_time(answer) == expected[text]


def test_the_manuals_example_for_programs_runs(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "ui" / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    example = next(block for block in blocks if "gradio_client" in block)
    assert len(example.strip().splitlines()) == 5
    exec(example.replace("http://127.0.0.1:7860", address), {})
    printed = capsys.readouterr().out
    assert "hanoi-summit" in printed and "Singapore" in printed


# ---- the line ----


class Tally:
    """Answers when it is let, and counts how many it works on at once."""

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.asked: list[str] = []
        self.now = self.most = 0

    def stream(self, question: Question) -> Iterator[Answer]:
        self.asked.append(question.text)
        self.now += 1
        self.most = max(self.most, self.now)
        self.go.acquire(timeout=20)
        self.now -= 1
        yield Answer(question.text, f"An answer to {question.text}.")


def test_no_more_are_answered_at_once_than_is_set(serve: Serve) -> None:
    tally = Tally()
    client = connect(serve(tally, concurrency=2))
    with ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(client.predict, f"q{number}", api_name="/ask") for number in range(6)]
        wait_until(lambda: len(tally.asked) == 2)
        time.sleep(0.5)
        assert len(tally.asked) == 2
        for _ in calls:
            tally.go.release()
        answers = [call.result(20)["answer"] for call in calls]
    assert answers == [f"An answer to q{number}." for number in range(6)]
    assert tally.most == 2


def test_who_asks_without_end_keeps_nobody_else_waiting(serve: Serve) -> None:
    tally = Tally()
    address = serve(tally, concurrency=1, requests_per_minute=0)
    with httpx.Client(base_url=address, transport=httpx.HTTPTransport(local_address="127.0.7.1")) as flooder:
        for number in range(120):
            flooder.post(
                "/gradio_api/call/ask", json={"data": [f"flood {number}", None, None, None]}
            ).raise_for_status()
    client = connect(address)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.predict, "mine", api_name="/ask")
        while not call.done() and len(tally.asked) < 40:
            tally.go.release()
            time.sleep(0.3)
        for _ in range(200):
            tally.go.release()
        assert call.result(20)["answer"] == "An answer to mine."
    assert tally.asked.index("mine") < 20, "it came when fifty waited"
    wait_until(lambda: tally.now == 0)
    time.sleep(0.5)
    assert len(tally.asked) <= 52, "of one address fifty wait beside the one that is answered"


def open_page(browser: Browser, address: str) -> Page:
    page = browser.new_context(reduced_motion="reduce").new_page()
    page.set_default_timeout(15_000)
    page.goto(address)
    page.wait_for_selector("#source .document", state="attached")
    return page


def put(page: Page, question: str) -> None:
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .asked")


@browser_test
def test_a_waiting_browser_says_how_many_are_before_it_until_it_gives_up_or_goes(
    browser: Browser,
    serve: Serve,
) -> None:
    tally = Tally()
    address = serve(tally, concurrency=1)
    first, second, third, fourth = pages = [open_page(browser, address) for _ in range(4)]
    put(first, "one")
    wait_until(lambda: tally.asked == ["one"])
    for number, page in enumerate((second, third, fourth), start=1):
        put(page, f"waiting {number}")
        page.wait_for_selector(f".stage:has-text('Waiting: {number} before you …')")
    assert first.inner_text("#chat .stage") == "Searching …"
    second.click("#question .stop-button")
    second.wait_for_selector("#chat .notice:has-text('Stopped')")
    fourth.wait_for_selector(".stage:has-text('Waiting: 2 before you …')")
    third.context.close()
    fourth.wait_for_selector(".stage:has-text('Waiting: 1 before you …')")
    tally.go.release()
    first.wait_for_selector("#chat .answer:has-text('An answer to one')")
    fourth.wait_for_selector(".stage:has-text('Searching …')")
    tally.go.release()
    fourth.wait_for_selector("#chat .answer:has-text('An answer to waiting 3')")
    assert tally.asked == ["one", "waiting 3"], "what was given up is never worked on"
    for page in pages:
        page.context.close()


def test_the_line_is_first_come_first_served() -> None:
    line = WaitingLine(1)
    served: list[int] = []
    told: dict[int, list[int]] = {number: [] for number in range(5)}

    def stand(number: int) -> None:
        def goes_on(before: int) -> bool:
            told[number].append(before)
            return True

        with line.place(goes_on):
            served.append(number)

    with line.place() as has_place:
        assert has_place
        threads = [threading.Thread(target=stand, args=(number,)) for number in range(5)]
        for number, thread in enumerate(threads):
            thread.start()
            wait_until(lambda number=number: told[number])  # type: ignore[misc]
    for thread in threads:
        thread.join(10)
    assert served == [0, 1, 2, 3, 4]
    assert [before[0] for before in told.values()] == [1, 2, 3, 4, 5]
    assert sorted(told[4], reverse=True) == told[4]


def test_a_full_line_sends_away_and_is_open_again_afterwards() -> None:
    line = WaitingLine(1, room=0)
    with line.place(), pytest.raises(FootnoteError, match="too many"), line.place():
        pass
    with line.place(lambda before: False) as has_place:
        assert has_place


# ---- who may use it ----


@pytest.fixture(scope="module")
def guarded(article_index: Path, embeddings: Any) -> Iterator[str]:
    with serving(article_index, embeddings, auth=f"ada:{SECRET} bob:hunter2") as address:
        yield address


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/config"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/openapi.json"),
        ("POST", "/gradio_api/call/ask"),
        ("POST", "/gradio_api/call/documents"),
        ("POST", "/gradio_api/run/ask"),
        ("POST", "/gradio_api/queue/join"),
        ("GET", "/gradio_api/queue/data?session_hash=x"),
        ("POST", "/gradio_api/upload"),
    ],
)
def test_without_a_password_nothing_is_told(guarded: str, method: str, path: str) -> None:
    assert httpx.request(method, guarded + path, json={"data": [ASKED]}).status_code == 401


def test_with_the_password_it_answers(guarded: str) -> None:
    for account in (("ada", SECRET), ("bob", "hunter2")):
        answer = connect(guarded, auth=account).predict(ASKED, api_name="/ask")
        assert "walk away" in answer["answer"]
    assert httpx.get(f"{guarded}/health").status_code == 200, "health is open"


@pytest.mark.parametrize("account", [("ada", "hunter2"), ("ada", ""), ("", ""), ("eve", SECRET), ("ada", "é\x00")])
def test_a_wrong_password_does_not_open(guarded: str, account: tuple[str, str]) -> None:
    from gradio_client.exceptions import AuthenticationError

    with pytest.raises((AuthenticationError, ValueError)):
        connect(guarded, auth=account)


@browser_test
def test_the_page_asks_for_the_password_and_then_works(browser: Browser, guarded: str) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(15_000)
    page.goto(guarded)
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(SECRET)
    assert page.locator("#question").count() == 0
    page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("#source .document", state="attached")
    put(page, ASKED)
    page.wait_for_selector("#chat .answer:has-text('walk away')")
    page.context.close()


def test_the_command_serves_with_a_password_and_never_says_it(article_index: Path) -> None:
    command = [sys.executable, "-m", "ui", "serve", "--index", str(article_index), "--port", "0", "--no-open"]
    command += ["--concurrency", "2", "--max-upload", "1", "--trust-host", "docs.example", "--root-path", "/docs"]
    environment = os.environ | {"FOOTNOTE_AUTH": f"ada:{SECRET}"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    ) as process:
        assert process.stderr and process.stdout
        said = ""
        for line in process.stderr:
            said += line
            if found := re.search(r"http://[\d.:]+", line):
                break
        assert found
        address = found.group()
        wait_until(lambda: httpx.get(f"{address}/health", headers={"Host": "docs.example"}).status_code == 200)
        assert httpx.get(f"{address}/gradio_api/info").status_code == 401
        for password in (SECRET, SECRET[:-1]):
            status = httpx.post(f"{address}/login", data={"username": "ada", "password": password}).status_code
            assert status == (200 if password == SECRET else 401)
        process.send_signal(signal.SIGINT)
        process.wait(30)
        said += process.stderr.read() + process.stdout.read()
    assert SECRET not in said and SECRET[:-1] not in said and "Traceback" not in said
    shown = [sys.executable, "-m", "ui", "settings"]
    printed = subprocess.run(shown, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert SECRET not in printed and re.search(r"FOOTNOTE_AUTH +set, not shown", printed)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells what a process has loaded")
def test_a_server_that_answers_has_not_loaded_pytorch(article_index: Path) -> None:
    command = [sys.executable, "-m", "ui", "serve", "--index", str(article_index), "--port", "0", "--no-open"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr
        found = next(found for line in process.stderr if (found := re.search(r"http://[\d.:]+", line)))
        wait_until(lambda: httpx.get(f"{found.group()}/health").status_code == 200)
        assert "walk away" in connect(found.group()).predict(ASKED, api_name="/ask")["answer"]
        loaded = Path(f"/proc/{process.pid}/maps").read_text()
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert "onnxruntime" in loaded and "libtorch" not in loaded


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"auth": "hunter2"}, "FOOTNOTE_AUTH: write user:password"),
        ({"auth": "hunter2:"}, "FOOTNOTE_AUTH"),
        ({"auth": ":hunter2"}, "FOOTNOTE_AUTH"),
        ({"auth": "ada:x hunter2"}, "FOOTNOTE_AUTH"),
        ({"auth": "  "}, "FOOTNOTE_AUTH"),
        ({"concurrency": 0}, "FOOTNOTE_CONCURRENCY"),
        ({"max_upload_mb": -1}, "FOOTNOTE_MAX_UPLOAD_MB"),
        ({"root_path": "docs"}, "FOOTNOTE_ROOT_PATH: 'docs'"),
        ({"root_path": '/"><script>'}, "FOOTNOTE_ROOT_PATH"),
        ({"trusted_hosts": "docs.example,http://x"}, "FOOTNOTE_TRUSTED_HOSTS: 'http://x'"),
        ({"trusted_hosts": "*"}, "FOOTNOTE_TRUSTED_HOSTS"),
        ({"allow_origins": "*"}, "FOOTNOTE_ALLOW_ORIGINS: '*'"),
        ({"allow_origins": "https://a.example/path"}, "FOOTNOTE_ALLOW_ORIGINS"),
        ({"allow_origins": "null"}, "FOOTNOTE_ALLOW_ORIGINS"),
        ({"login_hours": 0}, "FOOTNOTE_LOGIN_HOURS"),
        ({"requests_per_minute": -1}, "FOOTNOTE_REQUESTS_PER_MINUTE"),
    ],
)
def test_a_value_that_does_not_fit_names_its_variable(given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_settings(**given)
    assert words in str(raised.value)
    assert "hunter2" not in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, []),
        ({"host": "::1"}, []),
        ({"host": "0.0.0.0"}, ["anybody who reaches 0.0.0.0", "read every document", "FOOTNOTE_AUTH"]),
        ({"host": "192.0.2.1", "chat_model": "openai:x"}, ["at your cost"]),
        ({"host": "0.0.0.0", "auth": "ada:x"}, ["proxy with HTTPS"]),
        ({"host": "0.0.0.0", "auth": "ada:x", "root_path": "https://docs.example"}, []),
    ],
)
def test_who_serves_to_the_world_is_told_what_strangers_can_do(given: dict[str, Any], words: list[str]) -> None:
    from ui.web.server import find_warnings

    said = " ".join(find_warnings(read_settings(**given)))
    assert bool(said) is bool(words)
    for each in words:
        assert each in said


def test_an_empty_password_of_the_command_line_opens_nothing() -> None:
    from click.testing import CliRunner

    from ui.cli.main import cli

    result = CliRunner().invoke(cli, ["serve", "--auth", ""])
    assert result.exit_code == 2 and "USER:PASSWORD" in result.output


# ---- behind a proxy ----


@contextmanager
def proxy(upstream: str, prefix: str) -> Iterator[str]:
    """A reverse proxy that shows a server under a path and passes the Host on; its address with the path."""

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(404)
                return
            length = int(self.headers.get("Content-Length", 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
            call = httpx.stream(
                self.command,
                upstream + self.path.removeprefix(prefix),
                headers=headers,
                content=self.rfile.read(length),
                timeout=60,
            )
            with call as reply:
                self.send_response(reply.status_code)
                for name, value in reply.headers.multi_items():
                    if name not in ("transfer-encoding", "connection", "content-encoding", "content-length"):
                        self.send_header(name, value)
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    for piece in reply.iter_bytes():
                        self.wfile.write(piece)
                        self.wfile.flush()
                except (BrokenPipeError, ConnectionResetError):
                    pass

        do_POST = do_HEAD = do_GET

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()


@browser_test
def test_the_page_works_under_a_path_of_a_proxy(browser: Browser, serve: Serve) -> None:
    with proxy(serve(root_path="/read/docs"), "/read/docs") as address:
        page = browser.new_context().new_page()
        page.set_default_timeout(15_000)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"{address}/")
        page.wait_for_selector("#source .document", state="attached")
        put(page, ASKED)
        page.wait_for_selector("#chat .answer:has-text('walk away')")
        assert [url for url in requests if not url.startswith((address, "data:", "blob:"))] == []
        page.context.close()
        assert "walk away" in connect(f"{address}/").predict(ASKED, api_name="/ask")["answer"]


def test_the_root_path_may_be_the_whole_address(serve: Serve) -> None:
    address = serve(root_path="https://third.example/docs/")
    page = httpx.get(address).text
    assert "https://third.example/docs" in page and address not in page


def test_the_host_name_of_the_proxy_is_served_and_no_other(serve: Serve) -> None:
    address = serve(trusted_hosts="docs.example, Other.Example", root_path="https://third.example/docs")
    for host in ("docs.example", "docs.example:443", "other.example", "OTHER.example", "third.example", "127.0.0.1"):
        assert httpx.get(f"{address}/health", headers={"Host": host}).status_code == 200, host
    for host in ("evil.example", "docs.example.evil", "xdocs.example", ""):
        assert httpx.get(f"{address}/health", headers={"Host": host}).status_code == 400, host


# ---- uploads and health ----


@browser_test
def test_an_upload_above_the_limit_is_refused_in_a_line(
    browser: Browser,
    address: str,
    tmp_path: Path,
) -> None:
    (tmp_path / "large.txt").write_text("words " * 50_000, encoding="utf-8")
    page = open_page(browser, address)
    page.set_input_files("#adding input[type=file]", tmp_path / "large.txt")
    page.wait_for_selector("#way-back:has-text('larger than')")
    said = page.inner_text("#way-back")
    assert said == "“large.txt” is larger than 0.1 MB, the limit here. Split it, or add a part."
    page.context.close()


def test_health_counts_documents_and_names_the_model(address: str, serve: Serve) -> None:
    assert httpx.get(f"{address}/health").json() == {"status": "ok", "documents": 1, "model": "embedded"}


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            "no index at '/srv/x y/index'; create one with: footnote ingest PATH",
            "no index; create one with: footnote in",
        ),
        (
            "the index at 'footnote on http://10.0.0.7:8000' is damaged (a row);\nmend it",
            "the index is damaged (a row); me",
        ),
        ("no Chroma server answers at http://10.0.0.7:8000 (refused)", "no Chroma server answers (refused)"),
        ("cannot read '/srv/index/CURRENT' (denied); check", "cannot read (denied); check"),
    ],
)
def test_health_says_nowhere_where_the_index_lies(message: str, shown: str) -> None:
    from ui.render.redaction import hide_places

    assert hide_places(message).startswith(shown)


def test_health_says_in_a_line_why_the_index_cannot_be_read(
    serve: Serve, article_index: Path, tmp_path: Path, chain: Any
) -> None:
    directory = tmp_path / "index"
    shutil.copytree(article_index, directory)
    address = serve(chain, directory, chat_model="openai:x")
    assert httpx.get(f"{address}/health").json()["model"] == "openai:x"
    shutil.rmtree(directory)
    answer = httpx.get(f"{address}/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"
    assert "index" in answer.json()["reason"]
    assert "\n" not in answer.json()["reason"] and str(tmp_path) not in answer.text, (
        "where it lies is nobody's business"
    )


def test_small_replies_are_sent_at_once() -> None:
    """By asyncio's own loop too, which is what serves where there is no uvloop."""

    async def is_sent_at_once(listener: socket.socket) -> list[int]:
        server = build_server(FastAPI())
        serving_now = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        _, writer = await asyncio.open_connection(*listener.getsockname())
        while not server.server_state.connections:
            await asyncio.sleep(0.01)
        found = [
            connection.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            for connection in server.server_state.connections
        ]
        writer.close()
        server.should_exit = True
        await serving_now
        return found

    # Not in the main thread: Playwright's loop may be at work there.
    loop = asyncio.SelectorEventLoop()
    with open_socket("127.0.0.1", 0) as listener, closing(loop), ThreadPoolExecutor(1) as beside:
        found = beside.submit(loop.run_until_complete, is_sent_at_once(listener)).result(30)
    assert found and all(found)
