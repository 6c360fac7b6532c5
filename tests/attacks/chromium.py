"""A real headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from attacks.attack import CannotTry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROGRAM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def opening(hosts: str = "") -> Iterator[Browser]:
    """A browser; ``hosts`` are rules that map names to loopback. Raises CannotTry where there is none."""
    if not Path(PROGRAM).exists():
        raise CannotTry(f"wants Chromium at {PROGRAM}")
    from playwright.sync_api import sync_playwright

    arguments = [*ARGUMENTS, f"--host-resolver-rules={hosts}"] if hosts else list(ARGUMENTS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def log_in(page: Page, account: tuple[str, str]) -> None:
    """Give a name and a password on the page that asks for them, and wait for what is behind it."""
    page.get_by_label("username").fill(account[0])
    page.get_by_label("password").fill(account[1])
    page.get_by_label("password").press("Enter")
    page.wait_for_selector("#source .document", state="attached")
