"""The page in a real Chromium: script that a forged conversation brings, and what the replies tell a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attacks.attack import attack
from attacks.chromium import opening
from attacks.files import forged_turn
from attacks.proxies import proxied
from attacks.results import Tally
from attacks.serving import LOGIN, PREFIX, ROOTED, Server, Site
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


def citation(number: Any = 1, status: Any = "verbatim", **more: Any) -> dict[str, Any]:
    """A footnote of a forged answer."""
    span = {"document": "hanoi-summit", "start": 0, "end": 20}
    return {
        "number": number,
        "status": status,
        "quote": "Donald Trump met Kim",
        "markers": [[0, 3]],
        "heading": "",
        "title": "A title",
        "page": None,
        "passage": {**span, "text": "Donald Trump met Kim", "title": "A title", "heading": ""},
        **span,
    } | more


def hostile_turns(mark: str) -> list[dict[str, Any]]:
    """Kept turns that have a mark in one of their fields each."""
    text = {"answer": "An answer. [1]", "id": "kept"}
    return [
        forged_turn(answer=text | {"citations": [citation(status=mark)]}),
        forged_turn(answer=text | {"citations": [citation(number=mark)]}),
        forged_turn(answer=text | {"citations": [citation(document=mark)]}),
        forged_turn(answer=text | {"citations": [citation(quote=mark, title=mark, heading=mark)]}),
        forged_turn(answer=text | {"answer": mark, "route": mark, "model": mark, "fallback": mark}),
        forged_turn(answer=text | {"id": mark, "unknown_markers": [mark], "confidence": mark}),
        forged_turn(answer=text | {"sentences": [{"start": 0, "end": 10, "support": mark, "status": mark}]}),
        forged_turn(answer=text | {"short_answer": {"text": mark, "document": mark, "start": 0, "end": 5}}),
        forged_turn(asked=mark, digests={mark: mark}),
    ]


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


@attack(11, "run script in the page: markup in each field of a kept turn (Chromium)", seconds=400)
def run_script(site: Site) -> Tally:
    server = site.running()
    worked, tries = [], 0
    with opening() as browser:
        for number, mark in enumerate(MARKS):
            # One field after the other would take long: all at once, and singly only where that runs.
            turns = hostile_turns(mark)
            tries += len(turns)
            if is_pwned(browser, server, turns):
                worked += [
                    f"mark {number}, field {at}" for at, turn in enumerate(turns) if is_pwned(browser, server, [turn])
                ]
    return Tally(tries, len(worked), ", ".join(worked))


def is_pwned(browser: Browser, server: Server, turns: list[dict[str, Any]]) -> bool:
    """Whether script of kept turns runs."""
    with page_of(browser, server, turns) as page:
        page.wait_for_selector("#source .document", state="attached")
        page.mouse.move(400, 300)
        for footnote in page.locator("#chat a.footnote").all()[:1]:
            footnote.dispatch_event("mouseover")
        page.wait_for_timeout(500)
        return bool(page.evaluate("window.pwned"))


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


BROKEN: tuple[Any, ...] = (
    "nonsense",
    {"a": 1},
    7,
    [None, 1, "x", [], {}],
    [{"asked": "x"}],
    [{"asked": "x", "answer": None, "digests": None}],
    [{"asked": "x", "answer": [], "digests": []}],
    [forged_turn(digests=[["a", "b"]])],
    [forged_turn(digests={"a": ["b"]})],
    [forged_turn(answer={"citations": [citation(start=-5, end=10**9)]})],
    [forged_turn(answer={"citations": [citation(markers=[[10**9, -1]])]})],
    [forged_turn(answer={"citations": [citation(number=10**30)]})],
    [forged_turn(answer={"citations": [{"number": 1}]})],
    [forged_turn(answer={"citations": [citation(page="x", status=["x"])]})],
    [forged_turn(answer={"confidence": "high", "seconds": [], "model": {"a": 1}})],
    [forged_turn(answer={"answer": "\ud800", "question": "\x00"})],
    [forged_turn(answer={"sentences": [{"start": 5, "end": 1}], "passages": [{}]})],
    [forged_turn(answer={"answer": 5, "question": None, "route": {}, "unknown_markers": 3})],
    [forged_turn(answer={"short_answer": {"text": 1, "document": 2, "start": "a", "end": None}})],
)
"""Conversations that no server kept."""


@attack(11, "break the page: kept conversations that cannot be read, and the page does not begin")
def break_page(site: Site) -> Tally:
    server = site.running()
    worked = []
    with Visit(server.address, site.new_client()) as visitor:
        for number, kept in enumerate(BROKEN):
            for name, event in (("begin", None), ("act", {"action": "keep"}), ("save", {"form": "markdown"})):
                session = f"broken-{number}-{name}"
                reply = visitor.call(name, event, session=session, kept=kept, seconds=10)
                if not reply.succeeded:
                    worked.append(f"{name} {number}")
    return Tally(3 * len(BROKEN), len(worked), ", ".join(worked))


@attack(11, "break the page: nonsense in the browser's storage (Chromium)", seconds=120)
def break_storage(site: Site) -> Tally:
    server = site.running()
    broken = ("nonsense <img src=x>", "", "{", "U2FsdGVkX1+abc", '{"a":', "null")
    worked = []
    with opening() as browser:
        for number, text in enumerate(broken):
            with page_of(browser, server) as page:
                page.wait_for_selector("#source .document", state="attached")
                for key in ("footnote-conversation", "footnote-mine"):
                    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, text])
                page.reload()
                if not works(page):
                    worked.append(str(number))
    return Tally(len(broken), len(worked), ", ".join(worked))


@attack(11, "break the page: malformed kept turns, and no question can be asked any more (Chromium)", seconds=240)
def break_asking(site: Site) -> Tally:
    server = site.running()
    worked = []
    with opening() as browser:
        for number in (9, 10, 13, 14, 15, 16, 17):
            with page_of(browser, server, BROKEN[number]) as page:
                if not works(page):
                    worked.append(str(number))
    return Tally(7, len(worked), ", ".join(worked))


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
    from attacks.serving import ADA

    server = site.running(LOGIN)
    with opening() as browser, page_of(browser, server) as page:
        page.get_by_label("username").fill(ADA[0])
        page.get_by_label("password").fill(ADA[1])
        page.get_by_role("button", name="Login").click()
        page.wait_for_selector("#source .document", state="attached")
        ways = page.evaluate(
            "[...document.querySelectorAll('a, button')].filter(each => /log ?out|sign ?out/i.test(each.textContent)"
            " || /logout/.test(each.getAttribute('href') || '')).length"
        )
    return Tally(1, int(not ways))
