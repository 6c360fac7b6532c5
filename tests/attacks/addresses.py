"""Web pages that the server is asked to fetch: its own machine, its neighbours and its cloud, however they are written."""

from __future__ import annotations

from collections.abc import Sequence

from attacks.attack import attack, normal_use
from attacks.results import Tally
from attacks.serving import Server, Setup, Site
from attacks.visits import NoSuchFunction, Visit
from made_web import give, move, serving
from ssrf_tricks import LITERAL, WRITTEN

AT_ONCE = 5
"""Pages that one client asks for: of more, the later ones would only be told to wait."""

WORDS = "The canary sings at midnight."
PAGE = f"<title>Canary</title><p>{WORDS}</p>"


def make_setup(hosts: str) -> Setup:
    return Setup(f"web pages from {hosts}", {"FOOTNOTE_WEB_PAGES": "true", "FOOTNOTE_WEB_HOSTS": hosts})


def write_addresses(port: int) -> list[str]:
    """All tricks, each leading to a port of this machine."""
    addresses = [f"http://{host}:{port}/" for host in LITERAL.values()]
    return addresses + [address.format(port=port) for address in WRITTEN.values()]


def ask_for(site: Site, server: Server, addresses: Sequence[str]) -> list[str]:
    """Have pages fetched, and name the addresses whose words came back, or that were not answered."""
    worked = []
    for at in range(0, len(addresses), AT_ONCE):
        with Visit(server.address, site.new_client()) as visitor:
            visitor.open()
            for address in addresses[at : at + AT_ONCE]:
                try:
                    reply = visitor.call("add_page", {"address": address}, seconds=40)
                except NoSuchFunction:
                    return []
                if WORDS in reply.text or not reply.ended:
                    worked.append(address)
    return worked


@attack(6, "have the server fetch a web page from within: 70 ways to write it", seconds=300)
def fetch_from_within(site: Site) -> Tally:
    with serving({"/": give(PAGE)}) as inner, site.serve(make_setup(f"*:{inner.port}")) as server:
        addresses = write_addresses(inner.port)
        worked = ask_for(site, server, addresses)
        return Tally(len(addresses), max(len(worked), len(inner.asked)), ", ".join(worked))


@attack(6, "the same by a redirect from a page that may be fetched", seconds=300)
def fetch_by_redirect(site: Site) -> Tally:
    with serving({"/": give(PAGE)}) as inner:
        targets = [address for address in write_addresses(inner.port) if "\n" not in address]
        with serving({f"/{number}": move(target) for number, target in enumerate(targets)}) as door:
            hosts = f"127.0.0.1:{door.port}, *:{inner.port}"
            with site.serve(make_setup(hosts)) as server:
                worked = ask_for(site, server, [door.address(f"/{number}") for number in range(len(targets))])
                note = ", ".join(worked) + f"; {len(door.asked)} redirects were followed as far as the check"
                return Tally(len(targets), max(len(worked), len(inner.asked)), note)


@attack(6, "have a web page fetched where that is not switched on", seconds=120)
def fetch_unasked(site: Site) -> Tally:
    with serving({"/": give(PAGE)}) as inner:
        worked = ask_for(site, site.running(), [inner.address()] * 3)
        return Tally(3, max(len(worked), len(inner.asked)))


@normal_use("add a web page from a host that the operator allows", seconds=120)
def fetch_allowed(site: Site) -> Tally:
    with (
        serving({"/": give(PAGE), "/old": move("/")}) as inner,
        site.serve(make_setup(f"127.0.0.1:{inner.port}")) as server,
        Visit(server.address, site.new_client()) as ada,
    ):
        ada.open().call("begin")
        reply = ada.call("add_page", {"address": inner.address("/old")}, seconds=60)
        return Tally(1, int("Canary" in reply.text and reply.succeeded), reply.error)
