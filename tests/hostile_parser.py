"""A parser that a hostile file has taken over: it runs, in the real worker, whatever the file says."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path

from ingest.sandbox.confined import parse_confined

_PYTHON = sys.executable  # tests put another program in its place

_PROGRAM = '''
import ctypes, errno, json, os, sys
import ingest.sandbox.worker as worker
from ingest.blocks import Block, Parsed

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p


def call(name, *arguments):
    """One call of the C library, past all that Python looks at: "done", or the name of the error."""
    ctypes.set_errno(0)
    arguments = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = getattr(libc, name)(*arguments)
    return "done" if result is not None and result >= 0 else errno.errorcode[ctypes.get_errno()]


def parse(content, kind):
    if not content.startswith(b"#attack"):
        return Parsed(())
    space = {"call": call, "libc": libc, "ctypes": ctypes, "os": os, "server": os.getppid()}
    exec(content.decode(), space)
    return Parsed((Block(json.dumps(space["found"])),))


worker.parse = parse
sys.argv[1:] = sys.argv[sys.argv.index("ingest.sandbox.worker") + 1 :]
'''


_OLD_KERNEL = """
import struct
from ingest.sandbox import kernel
from ingest.sandbox.seccomp import SECCOMP
number = {number}
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x50000 | errno.ENOSYS), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
kernel.forbid_new_privileges()
kernel.system_call(SECCOMP[os.uname().machine], 1, 0, ctypes.create_string_buffer(struct.pack("HP", 4, ctypes.addressof(code))))
"""


def write_hostile_worker(folder: Path, *, locked: bool = True, without: str = "") -> Path:
    """A program to stand for Python, which is the real worker but for its parser.

    Not ``locked``, it is as it would be without its lock; ``without`` "Landlock" or "seccomp", on a kernel that does
    not know it.
    """
    program = folder / "python"
    number = {"": "", "Landlock": "444", "seccomp": "SECCOMP[os.uname().machine]"}[without]
    before = "" if locked else "worker.lock_in = lambda limits, parent: ()\n"
    before += _OLD_KERNEL.format(number=number) if number else ""
    program.write_text(f"#!{_PYTHON} -P\n{_PROGRAM}{before}worker.main()\n")
    program.chmod(0o755)
    return program


def run_attack(code: str) -> object:
    """Have the worker read a file whose code is run in it; the code leaves what it has ``found``."""
    parsed = parse_confined(b"#attack\n" + textwrap.dedent(code).encode(), "text")
    return json.loads(parsed.blocks[0].text)
