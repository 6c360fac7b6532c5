"""Started in place of tesseract: locks itself in as what reads files does, and then becomes that program.

What it is given is a stranger's picture. It can read code, fonts and tesseract's own data, and write nothing (Landlock);
has no network (seccomp); and ends with the process that asked for it.
"""

from __future__ import annotations

import os
import sys

from ingest.sandbox.resources import limit_files, limit_memory, limit_processor_time

_DATA = ("/usr/share/tesseract-ocr", "/usr/share/tessdata", "/usr/local/share/tessdata", "/opt/homebrew/share/tessdata")
"""Where systems keep what tesseract knows of languages."""

_PROGRAMS = ("/bin", "/usr/bin", "/usr/local/bin", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/libexec")
"""Programs, and what loads them. That they may be run gives nothing away: they are locked in, too."""


def main() -> None:
    """Become a program with its arguments: seconds, bytes of memory, the number of the process that asks, the command."""
    seconds, memory, parent, command = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    limit_memory(memory)
    limit_files()
    limit_processor_time(seconds)
    if sys.platform == "linux":
        _lock_in(command[0], parent)
    os.execv(command[0], command)


def _lock_in(program: str, parent: int) -> None:
    from ingest.sandbox import kernel, landlock, seccomp
    from ingest.sandbox.readable import find_readable

    kernel.end_with_parent(parent)
    kernel.forbid_new_privileges()
    own = [os.path.dirname(os.path.realpath(program)), os.environ.get("TESSDATA_PREFIX", "")]  # noqa: PTH120
    readable = [*find_readable(), *_PROGRAMS, *_DATA, *filter(None, own)]
    landlock.restrict_files(readable, runnable=(*_PROGRAMS, own[0], program))
    seccomp.restrict_calls(runs_program=True)


if __name__ == "__main__":
    main()
