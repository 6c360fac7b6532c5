"""What people do, and what has to go well however the doors are locked."""

from __future__ import annotations

import base64
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from attacks.attack import normal_use
from attacks.chromium import log_in, opening
from attacks.proxies import proxied
from attacks.results import Tally
from attacks.serving import ADA, DOMAIN, LOGIN, NAMED, PREFIX, ROOTED, ROOTED_LOGIN, Site
from attacks.visits import Visit

if TYPE_CHECKING:
    from gradio_client import Client
    from playwright.sync_api import Browser, FilePayload, Page

ASKED = "What did Trump say on leaving the summit?"
WORDS = "walk away"


def large_page(megabytes: float) -> bytes:
    """A web page that is large because there is a picture in it."""
    picture = base64.b64encode(os.urandom(int(megabytes * 750_000) - 300))
    words = b"<h1>Lighthouse notes</h1><p>The lighthouse keeper is called Zebulon and likes tea.</p>"
    return (
        b"<!doctype html><title>Lighthouse notes</title>"
        + words
        + b'<img src="data:image/png;base64,'
        + picture
        + b'">'
    )


@normal_use("upload and add a file of 20 MB", seconds=180)
def upload_large(site: Site) -> Tally:
    with site.serve() as server, Visit(server.address, site.new_client()) as visitor:
        content = large_page(19.9)
        visitor.open().call("begin")
        reply = visitor.add("lighthouse.html", content, seconds=120)
        return Tally(1, int("Zebulon" in reply.text), f"{len(content):,} bytes; {reply.error}")


@normal_use("the same through nginx below a path", seconds=180)
def upload_through_proxy(site: Site) -> Tally:
    with proxied(site, ROOTED) as (_, proxy):
        worked = 0
        for port in (proxy.strips, proxy.keeps):
            with Visit(f"http://127.0.0.1:{port}", site.new_client(), prefix=PREFIX) as visitor:
                visitor.open().call("begin")
                worked += "Zebulon" in visitor.add("lighthouse.html", large_page(10), seconds=80).text
        return Tally(2, worked)


def open_page(browser: Browser, address: str, account: tuple[str, str] | None = None, **options: Any) -> Page:
    """The page in a browser of its own."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}, **options).new_page()
    page.set_default_timeout(30_000)
    page.goto(address)
    if account:
        log_in(page, account)
    page.wait_for_selector("#source .document", state="attached")
    return page


def ask(page: Page, question: str = ASKED) -> bool:
    """Ask on the page; whether there is another answer."""
    before = page.locator("#chat .answer .words").count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_function("n => document.querySelectorAll('#chat .answer .words').length > n", arg=before)
    page.wait_for_selector("#question .submit-button")
    return page.locator("#chat .answer .words").count() > before


@normal_use("30 turns in one browser, and all are there after a reload (Chromium)", seconds=240)
def ask_thirty_times(site: Site) -> Tally:
    server = site.running()
    with opening() as browser:
        page = open_page(browser, server.address)
        answered = sum(ask(page, f"{ASKED} ({number})") for number in range(30))
        page.reload()
        page.wait_for_selector("#source .document", state="attached")
        page.wait_for_function("document.querySelectorAll('#chat .asked').length === 30")
        return Tally(31, answered + (page.locator("#chat .asked").count() == 30))


@normal_use("three browsers at once, each with a document of its own (Chromium)", seconds=180)
def three_browsers(site: Site) -> Tally:
    server = site.running()
    worked = 0
    with opening() as browser:
        pages = [open_page(browser, server.address) for _ in range(3)]
        for number, page in enumerate(pages):
            text = f"The keeper of lighthouse number {number} is called Zebulon{number}.\n".encode()
            file: FilePayload = {"name": f"note{number}.txt", "mimeType": "text/plain", "buffer": text}
            page.set_input_files("#adding input[type=file]", [file])
        for number, page in enumerate(pages):
            page.wait_for_selector("#report .added")
            page.fill("#question textarea", f"What is the keeper of lighthouse number {number} called?")
            page.press("#question textarea", "Enter")
        for number, page in enumerate(pages):
            page.wait_for_selector(f"#chat .answer:has-text('Zebulon{number}')")
            worked += page.locator(f"#chat .answer:has-text('Zebulon{number}')").count() > 0
    return Tally(3, worked)


@normal_use("log in and ask: directly, and over HTTPS through nginx below a path (Chromium)", seconds=180)
def log_in_and_ask(site: Site) -> Tally:
    with proxied(site, ROOTED_LOGIN) as (_, proxy), opening() as browser:
        direct = open_page(browser, site.running(LOGIN).address, ADA)
        worked = ask(direct) and direct.locator(f"#chat .answer:has-text('{WORDS}')").count()
        page = open_page(browser, f"https://127.0.0.1:{proxy.secure}{PREFIX}/", ADA, ignore_https_errors=True)
        return Tally(2, bool(worked) + (ask(page) and bool(page.locator(f"#chat .answer:has-text('{WORDS}')").count())))


@normal_use("the page under its trusted name (Chromium)")
def use_trusted_name(site: Site) -> Tally:
    server = site.running(NAMED)
    with opening(f"MAP {DOMAIN} 127.0.0.1") as browser:
        return Tally(1, int(ask(open_page(browser, f"http://{DOMAIN}:{server.port}"))))


@normal_use("gradio_client: with and without a password, and through nginx below a path", seconds=180)
def use_client(site: Site) -> Tally:
    worked = 0
    with proxied(site, ROOTED) as (_, proxy), proxied(site, ROOTED_LOGIN) as (_, guarded):
        for address, account in (
            (site.running().address, None),
            (site.running(LOGIN).address, ADA),
            (f"http://127.0.0.1:{proxy.strips}{PREFIX}/", None),
            (f"http://127.0.0.1:{proxy.keeps}{PREFIX}/", None),
            (f"http://127.0.0.1:{guarded.strips}{PREFIX}/", ADA),
        ):
            client = connect(address, account)
            is_answered = WORDS in client.predict(ASKED, None, None, api_name="/ask")["answer"]
            worked += is_answered and bool(client.predict(api_name="/documents"))
    return Tally(5, worked)


def connect(address: str, account: tuple[str, str] | None = None) -> Client:
    """A program that calls the server."""
    from gradio_client import Client

    return Client(address, auth=account, verbose=False)


@normal_use("20 questions at once by programs of one address", seconds=120)
def ask_at_once(site: Site) -> Tally:
    server = site.running()
    client = site.new_client()

    def ask_one(number: int) -> bool:
        with Visit(server.address, client) as visitor:
            return WORDS in visitor.call_api("ask", [ASKED, None, None], 60).text

    with ThreadPoolExecutor(20) as pool:
        return Tally(20, sum(pool.map(ask_one, range(20))))


@normal_use("a follow-up with a history, and a question to one document, by plain HTTP")
def ask_with_history(site: Site) -> Tally:
    with Visit(site.running().address, site.new_client()) as visitor:
        history = [["Where did Trump meet Kim?", "In Hanoi."]] * 10
        first = visitor.call_api("ask", ["And when?", history, None], 40)
        second = visitor.call_api("ask", [ASKED, None, ["hanoi-summit"]], 40)
    return Tally(2, first.succeeded + (WORDS in second.text))


@normal_use("five pages opened in one minute from one address (Chromium)", seconds=120)
def open_pages(site: Site) -> Tally:
    server = site.running()
    started = time.monotonic()
    with opening() as browser:
        opened = sum(ask(open_page(browser, server.address)) for _ in range(5))
    return Tally(5, opened, f"{time.monotonic() - started:.0f} s")
