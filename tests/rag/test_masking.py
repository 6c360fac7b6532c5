"""Passwords and keys in addresses: nobody reads them, wherever the address is shown."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import FootnoteError, UsageError
from rag.masking import mask_addresses
from rag.settings import ChromaServer, read_settings

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:s3cr3t@host/", "https://…@host/"),
        ("http://s3cr3t@host:80/v1", "http://…@host:80/v1"),
        ("https://user:p@s3cr3t@host/x", "https://…@host/x"),
        ("https://user:p/s3cr3t@host:90/x", "https://…@host:90/x"),
        ("https://user:12345@host/", "https://…@host/"),
        ("socks5://user:s3cr3t@[::1]:1080", "socks5://…@[::1]:1080"),
        ("GET /v1?api_key=s3cr3t&page=2 failed", "GET /v1?api_key=…&page=2 failed"),
        ("http://h/?a=1&X-Access-Token=s3cr3t#top", "http://h/?a=1&X-Access-Token=…#top"),
        ("{'Authorization': 'Bearer s3cr3t.x-y'}", "{'Authorization': 'Bearer …'}"),
        ("from http://a:s3cr3t@x to http://b:s3cr3t@y", "from http://…@x to http://…@y"),
    ],
)
def test_what_is_secret_is_masked_and_nothing_else(text: str, shown: str) -> None:
    assert mask_addresses(text) == shown
    assert mask_addresses(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8000/a@b",
        "see https://example.org/x, or mail me@example.org",
        "https://example.org/@someone",
        "http://h/?page=2&sort=up",
        "a bearer of news",
        "C://path",
        "",
    ],
)
def test_what_has_no_secret_stays_as_it_is(text: str) -> None:
    assert mask_addresses(text) == text


@given(st.text(alphabet="/:@?&=#ab1 \n'…", max_size=60))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask_addresses(text)
    assert mask_addresses(once) == once


def test_errors_mask_what_a_library_said() -> None:
    error = UsageError(f"no server at http://user:{SECRET}@host:1 ?api_key={SECRET}")
    assert str(error) == "no server at http://…@host:1 ?api_key=…"
    assert str(FootnoteError()) == ""
    assert SECRET not in str(ChromaServer(f"http://user:{SECRET}@host"))
    with pytest.raises(UsageError) as refused:
        read_settings(chroma_url=f"ftp://user:{SECRET}@host")
    assert SECRET not in str(refused.value)


def run(*arguments: str, **variables: str) -> str:
    environment = {**os.environ, **variables}
    done = subprocess.run(
        [sys.executable, "-m", "ui", *arguments], env=environment, capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


def test_no_verb_shows_the_password_of_an_address(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://user:{SECRET}@127.0.0.1:{port}"
    given = {"FOOTNOTE_CHROMA_URL": address, "FOOTNOTE_CHROMA_TIMEOUT": "1", "HOME": str(tmp_path)}
    chat = {"FOOTNOTE_CHAT_BASE_URL": f"{address}/v1?api_key={SECRET}"}
    for verb in (["settings"], ["settings", "--json"], ["documents"], ["doctor"], ["serve", "--port", "0"]):
        said = run(*verb, **given, **chat)
        assert SECRET not in said, verb
        assert str(port) in said, verb
