"""Proxies that the environment names: one that cannot be used is a line, and SOCKS is one that can."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from visiting import ROOT

from rag.errors import UsageError
from ui.cli.main import check_proxies


@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        "http://p.example:3128",
        "https://u:hunter2@p.example",
        "p.example:3128",
        "socks5://127.0.0.1:1",
        "SOCKS5H://[::1]:1",
    ],
)
@pytest.mark.parametrize("name", ["ALL_PROXY", "https_proxy"])
def test_a_proxy_that_can_be_used_is_none_of_our_business(name: str, value: str) -> None:
    check_proxies({name: value})


@pytest.mark.parametrize(
    "value", ["foo://x", "socks4://u:hunter2@x:1", "http://", "http://x:99999", "http://[x", "://", "a b"]
)
def test_a_proxy_that_cannot_names_its_variable(value: str) -> None:
    with pytest.raises(UsageError) as raised:
        check_proxies({"http_proxy": value})
    said = str(raised.value)
    assert said.startswith("http_proxy: ") and "hunter2" not in said and "\n" not in said


def test_the_command_ends_in_a_line() -> None:
    command = [sys.executable, "-m", "ui", "documents"]
    environment = os.environ | {"ALL_PROXY": "foo://u:hunter2@x"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("footnote: ALL_PROXY: ")
    assert "hunter2" not in done.stderr


def test_the_page_is_served_though_a_socks_proxy_is_named(article_index: Path) -> None:
    command = [sys.executable, "-m", "ui", "serve", "--index", str(article_index), "--port", "0", "--no-open"]
    environment = os.environ | {"ALL_PROXY": "socks5://127.0.0.1:1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = ""
        for line in process.stderr:
            said += line
            if re.search(r"http://[\d.:]+", line):
                break
        process.send_signal(signal.SIGINT)
        said += process.stderr.read()
        process.wait(30)
    assert "Footnote is at http" in said and "Traceback" not in said
