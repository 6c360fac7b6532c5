"""The page in a real Chromium: script that a forged conversation brings, and what the replies tell a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attacks.attack import attack
from attacks.chromium import log_in, opening
from attacks.files import TURNS_AT_ONCE
from attacks.forging import Forger
from attacks.proxies import proxied
from attacks.results import Tally
from attacks.serving import ADA, LOGIN, PREFIX, ROOTED, Server, Site
from attacks.visits import API, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

PWN = "window.pwned=1"
MARKS = (
    f'"><img src=x onerror="{PWN}"><b class="',
    f"'><img src=x onerror='{PWN}'><b class='",
    f'x" onmouseover="{PWN}" autofocus onfocus="{PWN}" tabindex="0" style="position:fixed;inset:0',
    f"<script>{PWN}</script><svg onload={PWN}>",
)
"""Each runs script where it is put into a page without being escaped."""


@contextmanager
def page_of(browser: Browser, server: Server, kept: Any = None) -> Iterator[Page]:
    """The page, whose browser says that it kept a conversation."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(20_000)

    def forge(route: Route) -> None:
        body = route.request.post_data_json
        if kept is not None and isinstance(body, dict) and any(each == [] for each in body.get("data", [])):
            body["data"] = [kept if each == [] else each for each in body["data"]]
            route.continue_(post_data=json.dumps(body))
        else:
            route.continue_()

    page.route("**/queue/join*", forge)
    try:
        page.goto(server.address)
        yield page
    finally:
        context.close()


@attack(11, "run script in the page: markup in each place of a kept turn (Chromium)", seconds=480)
def run_script(site: Site) -> Tally:
    server = site.running()
    with Visit(server.address, site.new_client()).open() as visitor:
        forger = Forger.of(visitor)
    worked, tries, most = [], 0, 0
    with opening() as browser:
        for number, mark in enumerate(MARKS):
            turns = {path: forger.marked(path, mark) for path in forger.paths()}
            tries += len(turns)
            for at in range(0, len(turns), TURNS_AT_ONCE):
                # One place after the other would take long: many at once, and singly only where that runs.
                some = list(turns.items())[at : at + TURNS_AT_ONCE]
                is_pwned, shown = show_turns(browser, server, [forger.turn(), *(turn for _, turn in some)])
                most = max(most, shown)
                worked += [
                    f"mark {number} in {path[-1]}"
                    for path, turn in (some if is_pwned else ())
                    if show_turns(browser, server, [turn])[0]
                ]
    return Tally(
        tries, len(worked), f"{', '.join(worked)}; up to {most} turns of {TURNS_AT_ONCE + 1} were shown at once"
    )


def show_turns(browser: Browser, server: Server, turns: list[Any]) -> tuple[bool, int]:
    """Show kept turns; whether script of theirs ran, and how many were shown."""
    with page_of(browser, server, turns) as page:
        page.wait_for_selector("#source .document", state="attached")
        page.wait_for_timeout(500)
        page.evaluate(
            "for (const each of document.querySelectorAll('#chat *')) for (const kind of ['mouseover', 'focus', 'click'])"
            " if (each.hasAttribute(`on${kind}`)) each.dispatchEvent(new Event(kind))"
        )
        page.wait_for_timeout(500)
        return bool(page.evaluate("window.pwned")), page.locator("#chat .asked").count()


@attack(11, "run inline script that somehow got into the page: the content policy lets it (Chromium)")
def run_inline(site: Site) -> Tally:
    server = site.running()
    ways = {
        "handler": "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.pwned=1\">')",
        "script": "{ const e = document.createElement('script'); e.textContent = 'window.pwned=1';"
        " document.body.append(e) }",
        "address": "{ const e = document.createElement('a'); e.href = 'javascript:window.pwned=1';"
        " document.body.append(e); e.click() }",
    }
    worked = []
    with opening() as browser:
        for name, script in ways.items():
            with page_of(browser, server) as page:
                page.wait_for_selector("#source .document", state="attached")
                page.evaluate(f"() => {{ {script} }}")
                page.wait_for_timeout(500)
                if page.evaluate("window.pwned"):
                    worked.append(name)
    return Tally(len(ways), len(worked), ", ".join(worked))


NONSENSE: tuple[Any, ...] = ("nonsense", {"a": 1}, 7, True, [None, 1, "x", [], {}], [{"asked": "x"}], [[[[]]]])
"""Conversations that are none."""

WRONG: tuple[Any, ...] = (None, "x", -5, 10**30, 1e308, [], {}, ["x"], [[0, 10**9]], "\ud800\x00")
"""Values that do not belong where another was."""


@attack(11, "break the page: kept conversations that cannot be read, and the page does not begin", seconds=300)
def break_page(site: Site) -> Tally:
    server = site.running()
    worked, tries = [], 0
    with Visit(server.address, site.new_client()).open() as visitor:
        for label, kept in broken_conversations(Forger.of(visitor)):
            for name, event in (("begin", None), ("save", {"form": "markdown"})):
                tries += 1
                session = f"broken-{tries}"
                if not visitor.call(name, event, session=session, kept=kept, seconds=10).succeeded:
                    worked.append(f"{name} {label}")
    return Tally(tries, len(worked), ", ".join(worked))


def broken_conversations(forger: Forger) -> Iterator[tuple[str, Any]]:
    """Conversations that no server kept: nonsense, and real turns with a wrong value in each of their places."""
    for kept in NONSENSE:
        yield repr(kept)[:20], kept
    for wrong in WRONG:
        turns = [forger.turn({path: wrong}) for path in forger.paths()]
        for at in range(0, len(turns), TURNS_AT_ONCE):
            yield f"{wrong!r:.12} {at}", turns[at : at + TURNS_AT_ONCE]


PUT_TURNS = """text => new Promise((done) => {
  const request = indexedDB.open("footnote", 1);
  request.onsuccess = () => {
    const store = request.result.transaction("conversations", "readwrite").objectStore("conversations");
    const turns = [{ turn: `{"turn":"0123456789ab","asked":"${text}"}`, signature: text }, text, null];
    store.put({ id: "00000000000000ab", title: text, owner: "", changed: 4e12, turns });
    store.put({ id: text, turns: text });
    store.transaction.oncomplete = () => done(request.result.close());
  };
})"""
"""Puts a conversation that no server gave into the database that the page keeps them in."""


@attack(11, "break the page: nonsense in the browser's storage (Chromium)", seconds=120)
def break_storage(site: Site) -> Tally:
    server = site.running()
    broken = ("nonsense <img src=x>", "", "{", "U2FsdGVkX1+abc", '{"a":', "null")
    worked = []
    with opening() as browser:
        for number, text in enumerate(broken):
            with page_of(browser, server) as page:
                page.wait_for_selector("#source .document", state="attached")
                page.evaluate("text => localStorage.setItem('footnote-mine', text)", text)
                page.evaluate(PUT_TURNS, text)
                page.reload()
                if not works(page):
                    worked.append(str(number))
    return Tally(len(broken), len(worked), ", ".join(worked))


@attack(11, "break the page: malformed kept turns, and no question can be asked any more (Chromium)", seconds=480)
def break_asking(site: Site) -> Tally:
    server = site.running()
    worked, tries = [], 0
    with Visit(server.address, site.new_client()).open() as visitor:
        forger = Forger.of(visitor)
    with opening() as browser:
        for label, kept in broken_conversations(forger):
            if label.startswith(("1e", "[", "True", "{}")):  # a page takes seconds to open
                continue
            tries += 1
            with page_of(browser, server, kept) as page:
                if not works(page):
                    worked.append(label)
    return Tally(tries, len(worked), ", ".join(worked))


def works(page: Page) -> bool:
    """Whether a question can be asked and is answered."""
    from playwright.sync_api import Error

    try:
        page.wait_for_selector("#source .document", state="attached", timeout=10_000)
        before = page.locator("#chat .answer").count()
        page.fill("#question textarea", "What did Trump say on leaving the summit?")
        page.press("#question textarea", "Enter")
        page.wait_for_function("n => document.querySelectorAll('#chat .answer').length > n", arg=before, timeout=15_000)
    except Error:
        return False
    return True


# ---- headers ----


@attack(15, "find replies without HSTS (behind HTTPS), no-store, Permissions-Policy or COOP")
def find_missing_headers(site: Site) -> Tally:
    missing, tries = [], 0
    with (
        proxied(site, ROOTED) as (_, proxy),
        Visit(f"https://127.0.0.1:{proxy.secure}", site.new_client(), prefix=PREFIX) as visitor,
    ):
        for path in ("/", "/config", "/health", f"{API}/info", f"{API}/queue/status"):
            response = visitor.http.get(visitor.base + path)
            wanted = {
                "strict-transport-security": "max-age=",
                "permissions-policy": "=",
                "cross-origin-opener-policy": "same-origin",
                "x-content-type-options": "nosniff",
            }
            wanted |= {"cache-control": "no-store"} if path != "/health" else {}
            for name, value in wanted.items():
                tries += 1
                if value not in response.headers.get(name, ""):
                    missing.append(f"{name} of {path}")
    return Tally(tries, len(missing), ", ".join(missing))


@attack(9, "stay logged in on somebody's machine: the page has no way to log out (Chromium)")
def find_no_logout(site: Site) -> Tally:
    server = site.running(LOGIN)
    with opening() as browser, page_of(browser, server) as page:
        log_in(page, ADA)
        ways = page.evaluate(
            "[...document.querySelectorAll('a, button')].filter(each => /log ?out|sign ?out/i.test(each.textContent)"
            " || /logout/.test(each.getAttribute('href') || '')).length"
        )
    return Tally(1, int(not ways))
