"""Another person's session: its hash, its event stream, its library's token; with a login, and without."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from attacks.attack import attack
from attacks.results import Tally
from attacks.serving import ADA, BOB, DEFAULT, LOGIN, Server, Setup, Site
from attacks.visits import API, Reply, Visit, file_data

SECRET = "zanzibar"
QUESTION = f"What is said about {SECRET} in the summit?"
SETUPS = (LOGIN, DEFAULT)


@contextmanager
def two_people(site: Site, setup: Setup) -> Iterator[tuple[Server, Visit, Visit]]:
    """A server, a victim with the page open, and somebody else with a login of their own."""
    server = site.running(setup)
    with Visit(server.address, site.new_client()) as ada, Visit(server.address, site.new_client()) as bob:
        if setup is LOGIN:
            ada.login(ADA)
            bob.login(BOB)
        ada.open()
        bob.open()
        yield server, ada, bob


@attack(10, "read another's conversation and library by the session_hash (queue/join)")
def read_conversation(site: Site) -> Tally:
    worked = []
    for setup in SETUPS:
        with two_people(site, setup) as (_, ada, bob):
            ada.call("begin")
            ada.call("ask_1", question=QUESTION)
            for name, event in (("save", {"form": "json"}), ("act", {"action": "undo", "turn": "x"})):
                if SECRET in bob.call(name, event, session=ada.session).text:
                    worked.append(f"{name} ({setup.name})")
    return Tally(4, len(worked), ", ".join(worked))


@attack(10, "listen to another's events (queue/data), with and without a login")
def listen_to_events(site: Site) -> Tally:
    worked, tries = [], 0
    for setup in SETUPS:
        for who in ("somebody else", "nobody"):
            tries += 1
            with two_people(site, setup) as (server, ada, bob), Visit(server.address, site.new_client()) as nobody:
                spy = bob if who == "somebody else" else nobody
                ada.call("begin")
                heard = Reply()
                response = ada.http.post(f"{ada.base}{API}/queue/join", json=ada.body("ask_1", question=QUESTION))
                heard.event = response.json().get("event_id", "")
                spy.listen(ada.session, heard, 10)
                if SECRET in heard.text:
                    worked.append(f"{who} ({setup.name})")
    return Tally(tries, len(worked), ", ".join(worked))


@attack(10, "cancel another's call (cancel), with and without a login", seconds=180)
def cancel_call(site: Site) -> Tally:
    worked, tries = [], 0
    text = "The lighthouse keeper wrote a letter about the storm. " * 3_000
    for setup in SETUPS:
        for who in ("somebody else", "nobody"):
            tries += 1
            with two_people(site, setup) as (server, ada, bob), Visit(server.address, site.new_client()) as nobody:
                spy = bob if who == "somebody else" else nobody
                ada.call("begin")
                body = ada.body("paste", {"title": f"storm {tries}", "text": text})
                event = ada.http.post(f"{ada.base}{API}/queue/join", json=body).json()["event_id"]
                heard = Reply(event=event)
                listener = threading.Thread(target=ada.listen, args=(ada.session, heard, 20))
                listener.start()
                time.sleep(0.7)
                stop = {"session_hash": ada.session, "fn_index": body["fn_index"], "event_id": event}
                guessed = stop | {"event_id": "x"}
                for each in (guessed, stop):
                    try:
                        spy.http.post(f"{spy.base}{API}/cancel", json=each)
                    except httpx.HTTPError:
                        break
                listener.join()
                if is_cut_short(heard):
                    worked.append(f"{who} ({setup.name})")
    return Tally(tries, len(worked), ", ".join(worked))


def is_cut_short(reply: Reply) -> bool:
    """Whether a call came to an end without what it was to give."""
    last = [message for message in reply.messages if message.get("msg") == "process_completed"]
    return bool(last) and not (last[-1].get("output") or {}).get("data")


@attack(10, "hold another's session open (heartbeat), with and without a login")
def hold_session(site: Site) -> Tally:
    worked, tries = [], 0
    for setup in SETUPS:
        for who in ("somebody else", "nobody"):
            tries += 1
            with two_people(site, setup) as (server, ada, bob), Visit(server.address, site.new_client()) as nobody:
                ada.call("begin")
                spy = bob if who == "somebody else" else nobody
                if hears_heartbeat(spy, ada.session):
                    worked.append(f"{who} ({setup.name})")
    return Tally(tries, len(worked), ", ".join(worked))


def hears_heartbeat(visitor: Visit, session: str) -> bool:
    """Whether a session's heartbeat is given to a visitor."""
    try:
        with visitor.http.stream("GET", f"{visitor.base}{API}/heartbeat/{session}", timeout=4) as stream:
            return stream.status_code == 200 and b"ALIVE" in next(stream.iter_bytes(), b"")
    except httpx.HTTPError:
        return False


@attack(10, "open another user's library with a token that was theirs (login)")
def use_token(site: Site) -> Tally:
    with two_people(site, LOGIN) as (_, ada, bob):
        token = ada.call("begin").value("mine")
        added = ada.add("diary.txt", f"Dear diary: {SECRET} is a secret.\n".encode(), mine=token)
        if SECRET not in added.text:
            return Tally(1, 0, f"Ada herself could not add her diary: {added.error} {added.text[-80:]}", state="failed")
        told = bob.call("begin", mine=token).text + bob.call("open_document", {"document": "diary"}, mine=token).text
        return Tally(1, int(SECRET in told))


@attack(10, "read another's upload: its path put into one's own add, with and without a login")
def add_anothers_upload(site: Site) -> Tally:
    worked = []
    for setup in SETUPS:
        with two_people(site, setup) as (_, ada, bob):
            path = ada.upload("diary.txt", f"Dear diary: {SECRET} is a secret.\n".encode())
            if path and SECRET in bob.call("add", upload=[file_data(path, "diary.txt")]).text:
                worked.append(setup.name)
    return Tally(len(SETUPS), len(worked), "needs the path, which holds a hash of the content; " + ", ".join(worked))
