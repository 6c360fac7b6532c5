"""A parser that a hostile file has taken over: it runs, in the real worker, whatever the file says."""

from __future__ import annotations

import json
import os
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


# Each leaves "done" or the name of an error in ``found``; ``project`` is a folder, ``server`` the process that asks.
READS = {
    "password file": "found = call('open', b'/etc/passwd', 0)",
    "server's environment": "found = call('open', b'/proc/%d/environ' % server, 0)",
    "own environment": "found = call('open', b'/proc/self/environ', 0)",
    "own memory": "found = call('open', b'/proc/self/mem', 0)",
    "file of the project": "found = call('open', project + b'/.env', 0)",
    "same, relative": "found = call('open', b'.env', 0)",
    "index": "found = call('open', project + b'/data/index/CURRENT', 0)",
    "folder of the project": "found = call('open', project, 0)",
    "root folder": "found = call('open', b'/', 0)",
    "upload of somebody else": "found = call('open', project + b'/uploads/theirs.pdf', 0)",
    "by way of a folder that is only looked at": (
        f"found = call('openat', libc.open(b'/', {os.O_PATH if sys.platform == 'linux' else 0}), b'etc/passwd', 0)"
    ),
}
WRITES = {
    "new file": "found = call('open', project + b'/new', 0o101, 0o600)",
    "old file": "found = call('open', project + b'/.env', 1)",
    "emptied": "found = call('truncate', project + b'/.env', 0)",
    "deleted": "found = call('unlink', project + b'/.env')",
    "moved": "found = call('rename', project + b'/.env', project + b'/gone')",
    "folder": "found = call('mkdir', project + b'/folder', 0o700)",
    "link": "found = call('link', project + b'/.env', project + b'/link')",
    "symbolic link": "found = call('symlink', b'/', project + b'/link')",
    "pipe": "found = call('mknod', project + b'/pipe', 0o10600, 0)",
    "rights": "found = call('chmod', project + b'/.env', 0o777)",
    "owner": "found = call('chown', project + b'/.env', os.getuid(), os.getgid())",
    "times": "found = call('utimes', project + b'/.env', None)",
    "attribute": "found = call('setxattr', project + b'/.env', b'user.a', b'b', 1, 0)",
    "file in memory": "found = call('memfd_create', b'a', 0)",
    "current folder": "found = call('chdir', b'/')",
}
CONNECTIONS = {
    "TCP": "found = call('socket', 2, 1, 0)",
    "UDP": "found = call('socket', 2, 2, 0)",
    "Unix": "found = call('socket', 1, 1, 0)",
    "netlink": "found = call('socket', 16, 3, 0)",
    "pair": "found = call('socketpair', 1, 1, 0, (ctypes.c_int * 2)())",
}
PROGRAMS = {
    "fork": "child = libc.fork()\nif child == 0: libc._exit(0)\nfound = 'done' if child > 0 else call('fork')",
    "spawn": (
        "argv = (ctypes.c_char_p * 2)(b'true', None)\n"
        "found = os.strerror(libc.posix_spawn(ctypes.byref(ctypes.c_int()), b'/bin/true', None, None, argv, argv))\n"
        "found = 'done' if found == 'Success' else 'EPERM'"
    ),
    "system": "found = 'done' if libc.system(b'true') == 0 else 'EPERM'",
}
OTHERS = {
    "kill the server": "found = call('kill', server, 0)",
    "kill all": "found = call('kill', -1, 0)",
    "kill the group": "found = call('kill', 0, 0)",
    "look into the server": (
        "data = ctypes.create_string_buffer(8)\nat = (ctypes.c_void_p * 2)(ctypes.addressof(data), 8)\n"
        "found = call('process_vm_readv', server, at, 1, at, 1, 0)"
    ),
    "trace the server": "found = call('ptrace', 0x4206, server, None, None)",
    "its limits": "found = call('prlimit', server, 7, None, ctypes.create_string_buffer(16))",
    "its priority": "found = call('setpriority', 0, server, libc.getpriority(0, server))",
    "have a signal sent to it": "ends = (ctypes.c_int * 2)()\nfound = call('fcntl', 0, 8, server)",
}
ATTACKS = {
    f"{kind}: {name}": code
    for kind, attacks in {
        "read": READS,
        "write": WRITES,
        "connect": CONNECTIONS,
        "run": PROGRAMS,
        "reach": OTHERS,
    }.items()
    for name, code in attacks.items()
}
