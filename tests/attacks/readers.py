"""The process that reads files, and what a server leaves behind that is killed."""

from __future__ import annotations

import time
from contextlib import suppress

import httpx
from attacks.attack import attack
from attacks.memory import slow_file
from attacks.processes import command_of, descendants, end_all, is_alive, wait_for
from attacks.results import Tally
from attacks.serving import DEFAULT, Site
from attacks.visits import API, Visit, file_data
from attacks.watching import find_bytes


@attack(8, "outlive the server: readers that go on after it was killed (SIGKILL)", seconds=120)
def outlive_server(site: Site) -> Tally:
    with site.serve() as server:
        for number in range(3):
            with suppress(httpx.HTTPError), Visit(server.address, site.new_client()).open() as visitor:
                path = visitor.upload(f"slow {number}.csv", slow_file())
                body = visitor.body("add", upload=[file_data(path)])
                visitor.http.post(f"{visitor.base}{API}/queue/join", json=body)
        wait_for(lambda: len(server.readers()) >= 2, 15)
        there = [pid for pid in descendants(server.pid) if command_of(pid)]
        readers = server.readers()
        server.kill()
        time.sleep(2)
        left = [pid for pid in readers if is_alive(pid)]
        end_all([pid for pid in there if is_alive(pid)])
        return Tally(len(readers), len(left), "" if readers else "no reader was seen", state="done")


@attack(15, "leave files behind: uploads of a server that was killed are still there after the next start", seconds=120)
def leave_uploads(site: Site) -> Tally:
    word = b"canary-left-behind"
    with site.serve() as server:
        with Visit(server.address, site.new_client()) as visitor:
            for number in range(3):
                visitor.upload(f"left {number}.txt", word + str(number).encode())
        there = len(find_bytes(server.received, word))
        server.kill()
        again = site.start(DEFAULT, work=server.work)
        try:
            time.sleep(3)
            left = len(find_bytes(server.received, word))
        finally:
            again.stop()
        return Tally(there, left)
