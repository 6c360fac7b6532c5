"""``footnote`` in a terminal: folders that are traps, what is printed and logged, who else may read what it writes."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from attacks.attack import CannotTry, attack
from attacks.processes import watching
from attacks.results import Tally
from attacks.serving import DEFAULT, SHARING, DidNotStart, Site
from attacks.visits import API, Visit

INGEST_SECONDS = 40.0
MOST_MB = 2_500.0
"""An ingest that takes more is ended: this machine has other work. The models alone take under 1,000."""


@attack(13, "ingest a folder with links out of it: a file, a folder, /proc/self/environ", seconds=240)
def follow_links(site: Site) -> Tally:
    folder = site.new_folder("links")
    file, word = site.plant(site.outside)
    other = site.new_folder("elsewhere")
    _, second = site.plant(other)
    (folder / "good.txt").write_text("A good file about a lighthouse.\n")
    (folder / "link.txt").symlink_to(file)
    (folder / "more").symlink_to(other)
    (folder / "environment.txt").symlink_to("/proc/self/environ")
    third = f"canary{secrets.token_hex(8)}"
    index = site.new_folder("index") / "index"
    site.run("ingest", str(folder), "--index", str(index), more={"SOME_KEY": third})
    found = read_all(site, index)
    worked = [name for name, each in (("file", word), ("folder", second), ("environ", third)) if each in found]
    return Tally(3, len(worked), ", ".join(worked))


def read_all(site: Site, index: Path) -> str:
    """The text of all documents of an index."""
    text = ""
    with suppress(subprocess.TimeoutExpired):
        for line in site.run("documents", "--index", str(index), "--json").stdout.decode(errors="replace").splitlines():
            name = line.partition('"document":')[2].split('"')[1]
            text += site.run("show", name, "--index", str(index)).stdout.decode(errors="replace")
    return text


def make_fifo(folder: Path) -> None:
    os.mkfifo(folder / "trap.txt")


def make_zero_link(folder: Path) -> None:
    (folder / "trap.txt").symlink_to("/dev/zero")


def make_zero(folder: Path) -> None:
    os.mknod(folder / "trap.txt", 0o20666, os.makedev(1, 5))


def make_loop(folder: Path) -> None:
    (folder / "trap.txt").symlink_to("trap.txt")
    (folder / "loop").symlink_to(folder)


@attack(13, "ingest a folder with a FIFO, a link to /dev/zero, a device and a loop of links in it", seconds=240)
def ingest_traps(site: Site) -> Tally:
    traps: dict[str, Callable[[Path], None]] = {
        "FIFO": make_fifo,
        "link to /dev/zero": make_zero_link,
        "device": make_zero,
        "loop": make_loop,
    }
    worked, peak = [], 0.0
    for name, make in traps.items():
        folder = site.new_folder("trap")
        (folder / "good.txt").write_text("A good file about a lighthouse.\n")
        try:
            make(folder)
        except PermissionError:
            continue
        ended, memory = ingest_watched(site, folder)
        peak = max(peak, memory)
        if not ended:
            worked.append(name)
    return Tally(len(traps), len(worked), ", ".join(worked), peak)


def ingest_watched(site: Site, folder: Path) -> tuple[bool, float]:
    """Ingest a folder; whether that came to an end in time and memory, and the most memory that it took."""
    work = site.new_folder("ingest")
    command = [site.python, "-m", "ui", "ingest", str(folder), "--index", str(work / "index")]
    process = subprocess.Popen(
        command,
        cwd=site.checkout,
        env=site.environment(work),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + INGEST_SECONDS
    with watching(process.pid) as watched:
        try:
            while process.poll() is None and time.monotonic() < end and watched.peak_all_mb < MOST_MB:
                time.sleep(0.1)
            return process.poll() is not None, watched.peak_all_mb
        finally:
            process.kill()
            process.wait(10)


WALK = """
from ingest.pipeline import ingest_paths
from rag import build_embeddings, read_settings
import sys
try:
    for report in ingest_paths("ab.txt", directory=sys.argv[1], embeddings=build_embeddings(read_settings())):
        print(report)
except Exception as error:
    print(type(error).__name__, error)
"""


@attack(13, "have ingest_paths walk into folders that a text's letters name", seconds=120)
def walk_letters(site: Site) -> Tally:
    work = site.new_folder("letters")
    environment = site.environment(work) | {"PYTHONPATH": str(site.checkout)}
    (work / "a").mkdir()
    path, _ = site.plant(work / "a")
    command = [site.python, "-P", "-c", WALK, str(work / "index")]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, timeout=100, check=False)
    return Tally(1, int(path.name.encode() in done.stdout), done.stdout.decode(errors="replace")[:100])


# ---- what is printed, logged and left readable ----


@attack(15, "read passwords inside addresses in what settings, doctor, ask and serve print", seconds=240)
def print_passwords(site: Site) -> Tally:
    word = f"canary{secrets.token_hex(8)}"
    chroma = {"FOOTNOTE_CHROMA_URL": f"http://user:{word}@127.0.0.1:9"}
    chat = {"FOOTNOTE_CHAT_BASE_URL": f"http://user:{word}@127.0.0.1:9/v1"}
    both = {**chroma, **chat, "FOOTNOTE_INDEX": ""}
    tries: list[tuple[tuple[str, ...], Mapping[str, str]]] = [
        (("settings",), both),
        (("settings", "--json"), both),
        (("doctor",), both),
        (("documents",), chroma | {"FOOTNOTE_INDEX": ""}),
        (("ask", "Where did they meet?"), chat),
        (("serve", "--port", "0", "--no-open"), chroma | {"FOOTNOTE_INDEX": ""}),
    ]
    worked = []
    for arguments, more in tries:
        with suppress(subprocess.TimeoutExpired):
            done = site.run(*arguments, more=more, seconds=30)
            if word.encode() in done.stdout + done.stderr:
                worked.append(" ".join(arguments[:2]))
    return Tally(len(tries), len(worked), ", ".join(worked))


@attack(15, "write control characters and forged lines into the log")
def forge_log(site: Site) -> Tally:
    server = site.running(SHARING)
    escape, forged = "%1b%5b31mcanary", "%0aforged-line-of-a-stranger"
    before = len(server.log.read_bytes())
    paths = (
        f"{API}/custom_component/{escape}/client/component/index.js",
        f"{API}/custom_component/x{forged}/client/component/index.js",
        f"{API}/queue/data?session_hash={escape}",
        f"/{escape}",
        f"/login?{forged}",
    )
    with Visit(server.address, site.new_client()) as visitor:
        for path in paths:
            with suppress(Exception):
                visitor.http.get(visitor.base + path, timeout=3)
        visitor.http.post(f"{visitor.base}/login", data={"username": "\x1b[31mcanary\nforged-line-of-a-stranger"})
        visitor.add("\x1b[31mcanary\nforged-line-of-a-stranger.txt", b"text", seconds=20)
    time.sleep(1)
    said = server.log.read_bytes()[before:]
    worked = (b"\x1b[31m" in said) + (b"\nforged-line" in said)
    return Tally(len(paths) + 2, worked, "control characters, a line of its own: both count")


@attack(15, "read the index and what browsers added as another user of the machine", seconds=180)
def read_as_another_user(site: Site) -> Tally:
    if os.geteuid() or not shutil.which("setpriv"):
        raise CannotTry("wants to be root, to become another user")
    with site.serve() as server, Visit(server.address, site.new_client()) as visitor:
        index = server.work / "data" / "new-index"
        note = site.new_folder("note") / "note.txt"
        note.write_text("A note about a lighthouse.\n")
        site.run("ingest", str(note), "--index", str(index), folder=server.work)
        visitor.add("diary.txt", b"Dear diary, nobody else reads this.\n")
        files = [path for folder in (index, server.uploads) for path in folder.rglob("*") if path.is_file()]
        script = 'for file do head -c1 "$file" >/dev/null 2>&1 && echo "$file"; done'
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", script, "sh"]
        done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False)
        readable = [Path(line).relative_to(server.work).parts[0] for line in done.stdout.splitlines()]
        return Tally(len(files), len(readable), ", ".join(sorted(set(readable))))


@attack(16, "end the server by ALL_PROXY=socks5://127.0.0.1:1 in its environment")
def set_socks_proxy(site: Site) -> Tally:
    more = {"ALL_PROXY": "socks5://127.0.0.1:1", "all_proxy": "socks5://127.0.0.1:1"}
    if "socksio" not in (site.checkout / "pyproject.toml").read_text(encoding="utf-8"):
        # The environment is another checkout's, and may have more than this one asks for.
        hidden = site.new_folder("hidden")
        (hidden / "socksio.py").write_text("raise ImportError('not asked for')\n")
        more["PYTHONPATH"] = str(hidden)
    try:
        with site.serve(DEFAULT, **more):
            return Tally(1, 0, "it serves")
    except DidNotStart as error:
        lines = error.said.count("\n")
        return Tally(1, int("Traceback" in error.said), f"{lines} lines, the last: {error.said[-120:]}")
