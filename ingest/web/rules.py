"""Which hosts and addresses of the network may be asked for a page. Pure: nothing here looks anything up."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import SourceError, UsageError

SETTING = "FOOTNOTE_WEB_HOSTS"

PORTS = (80, 443)
"""Where web servers listen; another port has to be named by the operator."""

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_REACHABLE = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out to the public; what stands for an IPv4 address or a private place lies outside, but for:"""

_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        (
            "2001::/23",  # protocols, among them Teredo, which holds an IPv4 address
            "2001:db8::/32",  # examples
            "2002::/16",  # 6to4, which holds an IPv4 address
            "3fff::/20",  # examples
            "192.0.0.0/24",  # protocols, and a cloud's metadata
            "192.88.99.0/24",  # 6to4's relays
            "168.63.129.16/32",  # the host of an Azure machine: a public number, and metadata behind it
        ),
    )
)
"""Networks that Python calls global and that lead elsewhere, by https://www.iana.org/assignments/iana-ipv6-special-registry/."""

_NAME = re.compile(r"(?:\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)*)\Z")


@dataclass(frozen=True, slots=True)
class AllowedName:
    """A host that may be asked where it lies in public: ``*`` for any, ``*.example.org`` for those below it."""

    name: str
    port: int | None = None

    def fits(self, host: str) -> bool:
        """Whether it is, or covers, a host name in small letters."""
        below = self.name.removeprefix("*")
        return host.endswith(below) and len(host) > len(below) if self.name.startswith("*") else host == self.name


@dataclass(frozen=True, slots=True)
class AllowedNetwork:
    """Addresses that may be asked although they are not public, or whatever the host is called."""

    network: IpNetwork
    port: int | None = None


@dataclass(frozen=True, slots=True)
class WebRules:
    """What an operator allows; without a word from them, any host that lies in public, on the ports of the web."""

    names: tuple[AllowedName, ...] = (AllowedName("*"),)
    networks: tuple[AllowedNetwork, ...] = ()

    def check(self, host: str, port: int, addresses: Sequence[IpAddress]) -> None:
        """See whether a host may be asked at every address that its name leads to.

        Raises:
            SourceError: it may not; one of its addresses is enough.
        """
        named = [each for each in self.names if each.fits(host)]
        for address in addresses:
            covering = [each for each in self.networks if _holds(each.network, address)]
            allowing: list[AllowedName | AllowedNetwork] = [*covering, *(named if is_public(address) else [])]
            if any(_fits_port(each.port, port) for each in allowing):
                continue
            if allowing:
                reason = f"port {port} of {host} is no usual one; whoever runs this may allow it with {SETTING}"
            elif not is_public(address):
                reason = f"{host} is no public address; whoever runs this may allow its network with {SETTING}"
            else:
                reason = f"{host} is not among the hosts of {SETTING}"
            raise SourceError(f"not fetched: {reason}")


def read_rules(setting: str) -> WebRules:
    """The rules that an operator wrote: names, ``*.names``, networks, with commas between them; empty for any public host.

    ``*`` beside networks keeps all public hosts allowed. A name covers public addresses alone, so that whoever may change
    where it leads cannot point it inwards. A port stands behind a colon: ``wiki.example.org:8080``, ``[fd00::/8]:8080``.

    Raises:
        UsageError: something in it is neither a name nor a network.
    """
    entries = [entry.strip().lower() for entry in setting.split(",") if entry.strip()]
    names: list[AllowedName] = []
    networks: list[AllowedNetwork] = []
    for entry in entries:
        written, port = _split_port(entry)
        try:
            networks.append(AllowedNetwork(ipaddress.ip_network(written, strict=False), port))
        except ValueError:
            if not _NAME.fullmatch(written) or (port is not None and not 0 < port < 65536):
                raise UsageError(
                    f"{SETTING}: '{entry}' is neither a host nor a network; write it like docs.example.org, "
                    "*.example.org or 10.1.0.0/16, with commas between them"
                ) from None
            names.append(AllowedName(written.rstrip("."), port))
    return WebRules(tuple(names), tuple(networks)) if entries else WebRules()


def is_public(address: IpAddress) -> bool:
    """Whether an address leads to the public network and nowhere else: no private, mapped, embedded or reserved one."""
    if getattr(address, "scope_id", None) or any(_holds(network, address) for network in _SPECIAL):
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _REACHABLE:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _holds(network: IpNetwork, address: IpAddress) -> bool:
    return network.version == address.version and address in network


def _fits_port(allowed: int | None, port: int) -> bool:
    return port in PORTS if allowed is None else port == allowed


def _split_port(entry: str) -> tuple[str, int | None]:
    """An entry without its port, and that; of IPv6, only what stands in brackets can have one."""
    if match := re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?", entry):
        return match[1], int(match[2]) if match[2] else None
    if entry.count(":") == 1 and (match := re.fullmatch(r"([^:]+):(\d{1,5})", entry)):
        return match[1], int(match[2])
    return entry, None
