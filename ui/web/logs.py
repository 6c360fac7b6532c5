"""The log of a server: one line a message, whatever somebody sends, and no password in it."""

from __future__ import annotations

import logging
import sys
import unicodedata

from rag.masking import mask_addresses


class LogFormatter(logging.Formatter):
    """Writes messages that cannot forge a line, steer a terminal or tell a password; tracebacks keep their lines."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        try:
            message = record.getMessage()
        except Exception:  # a message that does not fit its values is still worth a line
            message = str(record.msg)
        line = f"{self.formatTime(record)} {record.levelname.lower()} {record.name}: {escape_controls(message)}"
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            line += "".join(f"\n  {escape_controls(each)}" for each in trace.splitlines())
        return mask_addresses(line)


def escape_controls(text: str) -> str:
    """Text on one line, with what steers terminals and directions of writing made visible."""
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        else character
        for character in text
    )


def set_up_logging(level: int = logging.WARNING) -> None:
    """Write what this process logs to stderr, in that form, and nothing of it twice."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # which bring handlers of their own
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
