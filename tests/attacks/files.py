"""Files of the server's machine: read from outside, copied, deleted, and devices that are read without end."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from attacks.attack import attack
from attacks.forging import Forger
from attacks.processes import resident_mb, wait_for
from attacks.results import Tally
from attacks.serving import Server, Site
from attacks.visits import API, NoSuchFunction, Reply, Visit, file_data
from attacks.watching import find_bytes, watching_health

Shape = Callable[[str], Any]

TURNS_AT_ONCE = 20
"""Forged turns in one conversation; of longer ones the beginning may be left out."""

SHAPES: dict[str, Shape] = {
    "in a list": lambda path: [file_data(path)],
    "alone": lambda path: file_data(path),
    "named and sized": lambda path: [file_data(path, "notes.txt", url=f"{API}/file={path}", mime_type="text/plain")],
    "meta first": lambda path: [{"meta": {"_type": "gradio.FileData"}, "path": path}],
    "in lists": lambda path: [[file_data(path)]],
    "in a dictionary": lambda path: {"files": [file_data(path)]},
    "url alone": lambda path: [file_data("", url=path)],
    "file url": lambda path: [file_data(f"file://{path}", url=f"file://{path}")],
    "slashes": lambda path: [file_data("//" + path)],
    "dots": lambda path: [file_data(f"/proc/self/root/./{path}")],
    "from the working folder": lambda path: [file_data(os.path.relpath(path, "/proc/self/cwd"))],
    "a plain path": lambda path: [path],
    "without meta": lambda path: [{"path": path, "orig_name": "notes.txt"}],
    "another meta": lambda path: [{"path": path, "meta": {"_type": "gradio.ImageData"}}],
    "a stream": lambda path: [file_data(path, is_stream=True)],
    "three times": lambda path: [file_data(path)] * 3,
}
"""Ways to write down a file of the server, as what an upload is made of."""


@attack(1, "read any file: FileData in the input for uploads, 16 ways to write it", seconds=120)
def read_through_upload(site: Site) -> Tally:
    server = site.running()
    worked = []
    for name, shape in SHAPES.items():
        path, word = site.plant(site.outside)
        with visit(site, server) as visitor:
            if word in visitor.call("add", upload=shape(str(path))).text:
                worked.append(name)
    return Tally(len(SHAPES), len(worked), ", ".join(worked))


@attack(1, "read any file: from the temporary and the working folder of the server")
def read_from_allowed_folders(site: Site) -> Tally:
    server = site.running()
    readme = site.checkout / "README.md"
    temporary, word = site.plant(server.received)
    words = max(re.findall(r"[A-Za-z ,]{30,}", readme.read_text(encoding="utf-8")), key=len)
    worked = 0
    for path, secret in ((temporary, word), (readme, words)):
        for shape in (SHAPES["in a list"], SHAPES["a stream"]):
            if path == readme and shape is SHAPES["a stream"]:
                continue  # it would be deleted, and it is the checkout's own
            with visit(site, server) as visitor:
                worked += secret in visitor.call("add", upload=shape(str(path))).text
    return Tally(3, worked)


@attack(1, "read any file: through /run, /api, /call and a function's number", seconds=120)
def read_through_other_routes(site: Site) -> Tally:
    server = site.running()
    worked = []
    for way in ("run", "api", "call", "call/v2", "run by number", "queue/join simple", "queue/join batched"):
        path, word = site.plant(site.outside)
        with visit(site, server) as visitor, contextlib.suppress(NoSuchFunction, ValueError):
            body = visitor.body("add", upload=[file_data(str(path))])
            text = _send(visitor, way, body).text
            if word not in text:  # a generator gives only its first value there: look what has become of it
                text = look_for(visitor, path.stem, word)
            if word in text:
                worked.append(way)
    return Tally(7, len(worked), ", ".join(worked))


def _send(visitor: Visit, way: str, body: dict[str, Any]) -> Reply:
    if way.startswith("queue/join"):
        return visitor.join(body | ({"simple_format": True} if "simple" in way else {"batched": True}), seconds=15)
    route, number = way.partition(" by ")[0], "1" if " by " in way else ""
    data = dict(enumerate(body["data"])) if "v2" in way else body["data"]
    sent: dict[str, Any] = {"data": data, "session_hash": body["session_hash"], "event_data": body["event_data"]}
    sent |= {"fn_index": body["fn_index"]} if number else {}
    response = visitor.http.post(f"{visitor.base}{API}/{route}/{'ask' if number else 'add'}", json=sent)
    reply = Reply(response.status_code, text=response.text)
    if response.status_code == 200 and "event_id" in response.text:
        reply.event = response.json()["event_id"]
        reply = visitor.listen(body["session_hash"], reply, 15)
    return reply


def look_for(visitor: Visit, document: str, word: str, seconds: float = 6) -> str:
    """The source column of a document of this visitor's library, once it is there."""
    found = [""]

    def is_there() -> bool:
        found[0] = visitor.call("open_document", {"document": document}).text
        return word in found[0]

    wait_for(is_there, seconds, 1)
    return found[0]


@attack(1, "copy any file into the server's cache: FileData in inputs that are no upload", seconds=120)
def copy_through_other_inputs(site: Site) -> Tally:
    server = site.running()
    tries, worked = 0, []
    with visit(site, server) as visitor:
        functions = [each for each in visitor.config["dependencies"] if each["inputs"]]
    for function in functions:
        with visit(site, server) as visitor:  # a new one each, whom no limit knows yet
            names = visitor.parts(function["inputs"])
            for part in dict.fromkeys(names):
                if part == "upload":
                    continue
                tries += 1
                path, word = site.plant(site.outside, ".bin")
                value: Any = [file_data(str(path))] if part == "kept" else file_data(str(path))
                body: dict[str, Any] = {"data": [value if name == part else None for name in names]}
                body |= {"fn_index": function["id"], "session_hash": visitor.session, "event_data": {}}
                visitor.join(body, seconds=10)
                if find_bytes(server.received, word.encode()):
                    worked.append(f"{function['api_name']}:{part}")
    return Tally(tries, len(worked), ", ".join(worked))


@attack(1, "read files of the temporary and working folder in two steps: copied on the way out, then added")
def read_in_two_steps(site: Site) -> Tally:
    server = site.running()
    temporary, word = site.plant(server.received)
    readme = site.checkout / "README.md"
    words = max(re.findall(r"[A-Za-z ,]{30,}", readme.read_text(encoding="utf-8")), key=len)
    worked = 0
    for path, secret in ((temporary, word), (readme, words)):
        with visit(site, server) as visitor:
            for copy in cached_copies(visitor, str(path)):
                worked += secret in visitor.call("add", upload=[file_data(copy, path.name)]).text
    return Tally(2, min(worked, 2))


def cached_copies(visitor: Visit, path: str) -> list[str]:
    """Where the server says that it put a copy of a file, when it gets a kept turn with the file in one of its places."""
    hidden, forger = file_data(path), Forger.of(visitor)
    turns = [forger.turn({place: hidden}) for place in forger.paths()]
    found: list[str] = []
    for at in range(0, len(turns), TURNS_AT_ONCE):
        for name, event in (("begin", None), ("act", {"action": "edit", "turn": "x"}), ("act", {"action": "undo"})):
            # The last turn may be taken back: one more for that.
            kept = [*turns[at : at + TURNS_AT_ONCE], forger.turn()]
            text = visitor.call(name, event, session=f"{visitor.session}{at}{name}", kept=kept, mine=hidden).text
            text += visitor.call(name, event, session=f"{visitor.session}{at}{name}2", kept=kept).text
            found += re.findall(r'"path\\*": ?\\*"([^"\\]+)', text)
    return [copy for copy in dict.fromkeys(found) if copy != path]


@attack(2, "delete any file: FileData that says it is a stream")
def delete_through_upload(site: Site) -> Tally:
    server = site.running()
    shapes: list[Callable[[str], Any]] = [
        lambda path: [file_data(path, is_stream=True)],
        lambda path: [file_data(path, "other.txt", is_stream=True)],
        lambda path: [file_data(path, is_stream=1)],
        lambda path: [{"is_stream": True, "meta": {"_type": "gradio.FileData"}, "path": path}],
        lambda path: [file_data(f"/proc/self/root{path}", is_stream=True)],
        lambda path: [path],
    ]
    gone = 0
    for shape in shapes:
        path, _ = site.plant(site.outside)
        with visit(site, server) as visitor:
            visitor.call("add", upload=shape(str(path)))
        gone += not path.exists()
    return Tally(len(shapes), gone)


@attack(1, "read what another browser uploaded, by its path: /gradio_api/file= written in other ways")
def read_uploaded_file(site: Site) -> Tally:
    server = site.running()
    word = "canary-of-another-browser"
    with visit(site, server) as victim:
        path = victim.upload("mine.txt", f"Mine alone: {word}.\n".encode())
    routes = list(file_routes(path, ""))
    found = [route for route in routes if word.encode() in get_raw(site, server, route)]
    return Tally(len(routes), len(found), " ".join(found))


def file_routes(path: str, prefix: str) -> Iterator[str]:
    """Ways to write the route that gives files, for a router or for a proxy that reads paths in its own way."""
    for route in (
        f"{API}/file={path}",
        f"{API}/file/{path}",
        f"/{API}/file={path}",
        f"{API}//file={path}",
        "/gradio_api%2ffile=" + path,
        "/%67radio_api/file=" + path,
        "/gradio_api/%66ile=" + path,
        "/gradio_api/%2566ile=" + path,
        f"/./gradio_api/file={path}",
        f"/x/../gradio_api/file={path}",
        f"/x/%2e%2e/gradio_api/file={path}",
        f"/gradio_api/x/..%2ffile={path}",
        f"{API}/file={path.replace('/', '%2f')}",
        f"/GRADIO_API/file={path}",
        f"{API};/file={path}",
        f"{API}\\file={path}",
        f"{API}/file%3d{path}",
        f"/file={path}",
        f"{API}/stream/{path}",
        f"{API}/proxy={path}",
    ):
        yield prefix + route
        if prefix:
            yield prefix + prefix + route
            yield f"/{prefix}{route}"


def get_raw(site: Site, server: Server, route: str, *, port: int = 0) -> bytes:
    """What comes back for a path that no client library has tidied."""
    from attacks.raw import exchange

    head = f"GET {route} HTTP/1.1\r\nHost: 127.0.0.1:{port or server.port}\r\nConnection: close\r\n\r\n"
    return exchange(port or server.port, head.encode(), site.new_client(), 10)


@attack(4, "hang the server: a device or a FIFO as FileData, each on a new server", seconds=480)
def read_devices(site: Site) -> Tally:
    fifo = site.outside / "pipe.txt"
    if not fifo.exists():
        os.mkfifo(fifo)
    hung, peak = [], 0.0
    tries = [("ask", "/dev/zero"), ("ask", str(fifo)), ("add", "/dev/zero"), ("add", str(fifo)), ("begin", str(fifo))]
    for name, path in tries:
        with site.serve() as server, visit(site, server) as visitor, watching_health(site, server, 15) as waiting:
            visitor.http.timeout = 12
            if name == "ask":
                visitor.call_api("ask", [file_data(path), None, None], seconds=12)
            elif name == "add":
                visitor.call("add", upload=[file_data(path)], seconds=12)
            else:
                visitor.call("begin", kept=[file_data(path)], seconds=12)
            is_hung = waiting.longest > 8 or not server.is_healthy(8)
            peak = max(peak, resident_mb(server.pid, "VmHWM"))
            if is_hung:
                hung.append(f"{name} {Path(path).name}")
    return Tally(len(tries), len(hung), ", ".join(hung), peak)


def visit(site: Site, server: Server, **more: Any) -> Visit:
    """A browser that the server does not know yet, with the page open."""
    return Visit(server.address, site.new_client(), **more).open()


@attack(1, "put a file where it does not belong: names of uploads with folders in them")
def upload_with_a_path(site: Site) -> Tally:
    server = site.running()
    names = ("../../../evil.txt", "/evil.txt", "..\\..\\evil.txt", "a/../../../evil.txt", f"{site.outside}/evil.txt")
    with visit(site, server) as visitor:
        for name in names:
            visitor.upload(name, b"evil")
    strange = [path for path in site.work.rglob("evil.txt") if server.received not in path.parents]
    strange += [Path("/evil.txt")] if Path("/evil.txt").exists() else []
    for path in strange:
        path.unlink()
    shutil.rmtree(site.outside / "evil", ignore_errors=True)
    return Tally(len(names), len(strange))
