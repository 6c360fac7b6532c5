"""The command, run in this process: Python and the libraries are not started anew for each call."""

from __future__ import annotations

import gc
import io
import sys
import traceback
from dataclasses import dataclass

import pytest

from ui.cli.main import main


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a command, named as ``subprocess`` names it."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run_command(*arguments: object, stdin: bytes = b"", **environment: str) -> Ended:
    """Run ``footnote`` with arguments; what it does not foresee is a traceback on stderr, as in a process of its own."""
    written, told = io.BytesIO(), io.BytesIO()
    threshold = gc.get_threshold()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        patch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="utf-8", write_through=True))
        patch.setattr(sys, "stderr", io.TextIOWrapper(told, encoding="utf-8", write_through=True))
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        except Exception:
            traceback.print_exc()
            code = 1
        finally:
            gc.set_threshold(*threshold)
        return Ended(code, written.getvalue(), told.getvalue())
