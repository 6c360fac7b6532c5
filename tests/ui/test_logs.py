"""The log of a server: what somebody sends cannot forge a line, steer a terminal, or bring a password into it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

import pytest

from ui.web.logs import LogFormatter, escape_controls, set_up_logging


def write(message: object, *values: object, error: bool = False) -> str:
    record = logging.LogRecord(
        "ui.x", logging.WARNING, "x.py", 1, str(message), values, sys.exc_info() if error else None
    )
    return LogFormatter().format(record)


@pytest.mark.parametrize(
    "sent",
    [
        "a\nERROR forged: line",
        "a\r\nb",
        "\x1b[2J\x1b]0;title\x07",
        "\u202egnp.exe",
        "\u2028",
        "a\x00b",
        "\ud800",
        "\x85",
    ],
)
def test_what_is_sent_stays_on_its_line(sent: str) -> None:
    line = write("wrong password for '%s'", sent)
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert line.endswith(f"wrong password for '{escape_controls(sent)}'")


def test_plain_words_are_left_as_they_are() -> None:
    assert escape_controls("Zoë’s “report” – 50 % 🌹") == "Zoë’s “report” – 50 % 🌹"


def test_no_password_of_an_address_is_written() -> None:
    line = write("no server answers at %s", "https://user:hunter2@chroma.example:8000/x?api_key=sk-123456")
    assert "hunter2" not in line and "sk-123456" not in line and "chroma.example" in line


def test_a_traceback_keeps_its_lines_and_forges_none() -> None:
    try:
        raise ValueError("first\nINFO forged http://u:hunter2@x.example\x1b[0m")
    except ValueError:
        lines = write("it broke", error=True).splitlines()
    assert lines[0].endswith("ui.x: it broke") and len(lines) > 3
    assert all(line.startswith("  ") for line in lines[1:])
    assert "hunter2" not in "".join(lines) and "\x1b" not in "".join(lines)


def test_a_message_that_does_not_fit_its_values_is_still_a_line() -> None:
    assert write("%d things", "no number").endswith("%d things")


@pytest.fixture
def own_logging() -> Iterator[None]:
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    server = logging.getLogger("uvicorn.error")
    server_level = server.level
    server.setLevel(logging.NOTSET)  # a test that has run a server leaves it silent
    yield
    server.setLevel(server_level)
    root.handlers[:] = kept
    root.setLevel(level)


def test_what_the_server_logs_goes_to_stderr_once(own_logging: None, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging()
    logging.getLogger("uvicorn.error").warning("first\nsecond")
    logging.getLogger("ui.x").info("not worth a line")
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("first\\nsecond") == 1 and len(said.err.splitlines()) == 1
