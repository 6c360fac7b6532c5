"""Names and passwords: guessing them, what a session opens after its end, cookies, and what is told before the login."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
from attacks.attack import attack
from attacks.nginx import proxying
from attacks.proxies import proxied
from attacks.results import Tally
from attacks.routes import OPEN_TO_ALL, ROUTES
from attacks.serving import ADA, BOB, GUESSED, LOGIN, PREFIX, ROOTED_LOGIN, Site
from attacks.visits import API, Visit

GUESSES = 100
GUESSING_SECONDS = 20.0
"""An attacker who is held up for longer than this by so few guesses goes elsewhere."""


def guess(make_visit: Callable[[int], Visit], account: tuple[str, str], *, many_names: bool = False) -> Tally:
    """Guess a password, the right one last, and count whether it opened."""
    started, looked_at, made = time.monotonic(), 0, 0
    is_in = False
    while made < GUESSES and not is_in and time.monotonic() - started < GUESSING_SECONDS:
        made += 1
        is_last = made == GUESSES
        name = f"name{made}" if many_names and not is_last else account[0]
        with make_visit(made) as visitor, suppress(httpx.HTTPError):
            status = visitor.login((name, account[1] if is_last else f"wrong-{made}")).status_code
            looked_at += status != 429
            is_in = status == 200 and visitor.http.get(f"{visitor.base}/config").status_code == 200
    seconds = time.monotonic() - started
    told = f"{looked_at} of {made} guesses were looked at, {looked_at / max(seconds, 0.01):.1f} a second"
    return Tally(GUESSES, int(is_in), f"{told}; {'in' if is_in else 'not in'}")


@attack(9, "guess a password: 100 tries in 20 s from one address, the last is right")
def guess_from_one_address(site: Site) -> Tally:
    server, client = site.running(GUESSED), site.new_client()
    return guess(lambda number: Visit(server.address, client), ("user0", BOB[1]))


@attack(9, "guess a password: a new address for each try")
def guess_from_many_addresses(site: Site) -> Tally:
    server = site.running(GUESSED)
    return guess(lambda number: Visit(server.address, site.new_client()), ("user1", BOB[1]))


@attack(9, "guess a password: one address, a new name for each try")
def guess_for_many_users(site: Site) -> Tally:
    server, client = site.running(GUESSED), site.new_client()
    return guess(lambda number: Visit(server.address, client), ("user2", BOB[1]), many_names=True)


@attack(9, "guess a password through nginx: a forged X-Forwarded-For for each try")
def guess_through_proxy(site: Site) -> Tally:
    with site.serve(ROOTED_LOGIN) as server, proxying(server, site.new_folder("nginx")) as proxy:
        address, client = f"http://127.0.0.1:{proxy.strips}", site.new_client()

        def make(number: int) -> Visit:
            forged = {"X-Forwarded-For": f"198.51.100.{number % 250}", "X-Real-IP": f"198.51.100.{number % 250}"}
            return Visit(address, client, prefix=PREFIX, headers=forged)

        return guess(make, ADA)


@attack(9, "keep a rightful user out by guessing wrongly in their name (from elsewhere)")
def keep_out(site: Site) -> Tally:
    server = site.running(GUESSED)
    with Visit(server.address, site.new_client()) as visitor:
        for number in range(30):
            try:
                visitor.login(("user3", f"wrong-{number}"))
            except httpx.HTTPError:
                break
    with Visit(server.address, site.new_client()) as user:
        started = time.monotonic()
        is_in = user.login(("user3", BOB[1])).status_code == 200
    return Tally(1, int(not is_in), f"they wait {time.monotonic() - started:.1f} s")


@attack(9, "guess unnoticed: no line in the log tells of wrong passwords")
def guess_unnoticed(site: Site) -> Tally:
    server = site.running(GUESSED)
    before = len(server.said())
    with Visit(server.address, site.new_client()) as visitor:
        for _ in range(3):
            visitor.login(("user4", "wrong-password"))
    time.sleep(1)
    said = server.said()[before:]
    return Tally(1, int(not said.strip()), said.strip())


@attack(9, "use a session after its logout")
def use_after_logout(site: Site) -> Tally:
    server = site.running(LOGIN)
    with Visit(server.address, site.new_client()) as ada, Visit(server.address, site.new_client()) as thief:
        ada.login(ADA)
        thief.http.cookies = httpx.Cookies(ada.http.cookies)
        for way in ("POST", "GET"):
            ada.http.request(way, f"{ada.base}/logout", headers={"Origin": server.address})
        return Tally(1, int(thief.http.get(f"{thief.base}/config").status_code == 200))


@attack(9, "use a session after the password was changed and the server started anew")
def use_after_change(site: Site) -> Tally:
    with site.serve(LOGIN) as server, Visit(server.address, site.new_client()) as ada:
        ada.login(ADA)
        cookies = httpx.Cookies(ada.http.cookies)
        server.stop()
        changed = replace(LOGIN, environment={"FOOTNOTE_AUTH": f"{ADA[0]}:another-password"})
        again = site.start(changed, work=server.work)
        try:
            with Visit(again.address, site.new_client()) as thief:
                thief.http.cookies = cookies
                return Tally(1, int(thief.http.get(f"{thief.base}/config").status_code == 200))
        finally:
            again.stop()


@attack(9, "find cookies that a script or another site can use: no HttpOnly, no SameSite=Lax or Strict")
def read_cookies(site: Site) -> Tally:
    server = site.running(LOGIN)
    seen: list[str] = []
    with Visit(server.address, site.new_client()) as visitor:
        visitor.open()
        response = visitor.login(ADA)
        seen += response.headers.get_list("set-cookie")
    with proxied(site, ROOTED_LOGIN) as (_, proxy):
        address = f"https://127.0.0.1:{proxy.secure}"
        with Visit(address, site.new_client(), prefix=PREFIX) as visitor:
            cookies = visitor.login(ADA).headers.get_list("set-cookie")
            seen += [f"{cookie} [https]" for cookie in cookies]
    weak = [cookie for cookie in seen if is_weak(cookie)]
    return Tally(len(seen), len(weak), "; ".join(re.sub("=[^;]{12,}?;", "=…;", cookie) for cookie in weak))


def is_weak(cookie: str) -> bool:
    """Whether a cookie lacks what keeps it: from scripts, from other sites, and over HTTPS from plain HTTP."""
    words = {word.strip().lower() for word in cookie.removesuffix(" [https]").split(";")[1:]}
    is_safe = "httponly" in words and words & {"samesite=lax", "samesite=strict"}
    return not is_safe or (cookie.endswith("[https]") and "secure" not in words)


# ---- what is told before the login ----


@attack(15, "a sweep of all routes without logging in, directly and below a path through nginx", seconds=120)
def sweep_without_login(site: Site) -> Tally:
    opened, tries = [], 0
    with proxied(site, ROOTED_LOGIN) as (rooted, proxy):
        ways = (
            (site.running(LOGIN).address, ""),
            (rooted.address, PREFIX),
            (f"http://127.0.0.1:{proxy.strips}", PREFIX),
            (f"http://127.0.0.1:{proxy.keeps}", PREFIX),
        )
        for address, prefix in ways:
            with Visit(address, site.new_client(), prefix=prefix) as visitor:
                for method, path in ROUTES:
                    if path in OPEN_TO_ALL:
                        continue
                    tries += 1
                    if answers(visitor, method, path):
                        opened.append(f"{method} {path}")
    names = list(dict.fromkeys(opened))
    return Tally(tries, len(opened), f"{len(names)} routes: {', '.join(names)}")


def answers(visitor: Visit, method: str, path: str) -> bool:
    """Whether a route does something for whoever is not logged in: gives something, or reads what it is sent."""
    body: Any = {"data": [], "session_hash": "x", "fn_index": 1, "event_id": "x", "component_id": 1, "fn_name": "x"}
    try:
        with visitor.http.stream(
            method, visitor.base + path, json=body if method == "POST" else None, timeout=10
        ) as response:
            if response.status_code in (401, 403, 404, 405, 413, 429, 302, 303, 307):
                return False
            start = next(response.iter_bytes(2_000), b"")
    except httpx.HTTPError:
        return False
    return b"auth_required" not in start and b"Not authenticated" not in start


@attack(15, "learn how the page is made before the login: openapi, app_id, info, config, startup-events")
def read_descriptions(site: Site) -> Tally:
    server = site.running(LOGIN)
    paths = ("/openapi.json", f"{API}/openapi.json", f"{API}/app_id", f"{API}/info", "/config", f"{API}/startup-events")
    opened = []
    with Visit(server.address, site.new_client()) as visitor:
        for path in paths:
            response = visitor.http.get(visitor.base + path)
            if response.status_code == 200 and response.headers.get("content-type", "").startswith("application/json"):
                opened.append(path)
    return Tally(len(paths), len(opened), ", ".join(opened))
