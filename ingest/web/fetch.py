"""Fetching one web page: every address is looked up once, checked, and then asked, and all of it within limits.

What a name leads to is looked up here and nowhere else, and the connection goes to the very address that was checked; so
a name that leads elsewhere the next time gains nothing. The server's name is still what TLS proves and what is asked for.
Redirects start over from there. No proxy, cookie, password or setting of the environment is used, and what is fetched is
bytes: they are read where files are, in the process that is locked in.
"""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.loaders import MAX_BYTES, Source
from ingest.web.media import find_kind, find_stem, mark_encoding
from ingest.web.rules import IpAddress, WebRules
from rag.errors import SourceError

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 5
SECONDS = 30.0
"""Of the clock, for everything: looking up, all redirects, and the last byte."""

CONNECT_SECONDS = 8.0
"""For one address, so that there is time for the next one."""

MAX_ADDRESSES = 4
"""Of one host, that are tried one after the other."""

LONGEST = 2_000
"""Characters of an address."""

_HEADERS = {
    "User-Agent": "Footnote (fetches one page because a person asked for it)",
    "Accept": "text/html,application/xhtml+xml,application/pdf,text/*;q=0.9,*/*;q=0.5",
    "Accept-Encoding": "gzip",
    "Connection": "close",
}
_MOVED = (301, 302, 303, 307, 308)

Resolve = Callable[[str, int], Sequence[str]]
"""What a host name leads to: all addresses, as numbers."""


def resolve_host(host: str, port: int) -> list[str]:
    """All addresses of a host, as this system finds them; numbers in any way of writing them, too."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class _Target:
    """An address as it is asked: the host in letters that every resolver knows, and the numbers that it leads to."""

    url: httpx.URL
    host: str
    port: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a server sent: a page, or where it is to be found."""

    moved_to: str = ""
    content_type: str = ""
    content: bytes = b""


def fetch_page(
    address: str,
    rules: WebRules,
    *,
    resolve: Resolve = resolve_host,
    limit: int = MAX_BYTES,
    seconds: float = SECONDS,
) -> Source:
    """The page at an address, as a source whose path is the address where it was found in the end.

    Args:
        address: http:// or https://.
        rules: which hosts may be asked.
        resolve: looks a host up.
        limit: bytes that may come, counted before and after unpacking.
        seconds: that all of it may take.

    Raises:
        SourceError: it may not or cannot be fetched, takes too long, is too large, or is nothing that can be read.
    """
    from anyio.from_thread import start_blocking_portal

    try:
        with start_blocking_portal() as portal:  # a loop of its own: whoever calls may be in one already
            return portal.call(_fetch, address, rules, resolve, limit, seconds)
    except TimeoutError:
        raise SourceError(f"not fetched: it took more than {seconds:g} seconds; try again later") from None


async def _fetch(address: str, rules: WebRules, resolve: Resolve, limit: int, seconds: float) -> Source:
    import anyio

    with anyio.fail_after(seconds):
        for _ in range(MAX_REDIRECTS + 1):
            target = await _find_target(address, rules, resolve)
            reply = await _ask(target, limit)
            if not reply.moved_to:
                return _make_source(str(target.url), reply)
            address = reply.moved_to
    raise SourceError(f"not fetched: it leads on more than {MAX_REDIRECTS} times; give the address that it ends at")


def _make_source(address: str, reply: _Reply) -> Source:
    if not reply.content.strip():
        raise SourceError("the page is empty")
    kind = find_kind(reply.content_type, address)
    content = mark_encoding(reply.content, kind, reply.content_type)
    return Source(address, hashlib.sha256(reply.content).hexdigest(), content, kind, find_stem(address))


def read_address(address: str) -> httpx.URL:
    """An address as a browser would read it, without the part behind ``#``.

    Raises:
        SourceError: it is none of the web's, or holds a user and password.
    """
    import httpx

    try:
        if len(address) > LONGEST:
            raise httpx.InvalidURL("too long")
        url = httpx.URL(address.strip()).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise SourceError("not fetched: that is no web address; write it like https://example.org/page") from None
    if url.scheme not in ("http", "https"):
        raise SourceError("not fetched: only addresses with http:// or https:// can be")
    if url.userinfo:
        raise SourceError("not fetched: there is a user or password in the address; take it out")
    host = url.raw_host.decode("ascii").rstrip(".").lower()
    if not host or "%" in host:
        raise SourceError("not fetched: that is no web address; write it like https://example.org/page")
    return url.copy_with(host=host)


async def _find_target(address: str, rules: WebRules, resolve: Resolve) -> _Target:
    """Look up where an address leads, and see whether all of it may be asked."""
    from anyio.to_thread import run_sync

    url = read_address(address)
    host = url.raw_host.decode("ascii")
    port = url.port if url.port is not None else 443 if url.scheme == "https" else 80
    try:
        found = await run_sync(resolve, host, port, abandon_on_cancel=True)
        addresses: list[IpAddress] = [ipaddress.ip_address(each) for each in found]
    except (OSError, UnicodeError, ValueError):
        addresses = []
    if not addresses:
        raise SourceError(f"not fetched: there is no host {host}; look for a slip in the address")
    rules.check(host, port, addresses)
    return _Target(url, host, port, tuple(str(each) for each in addresses[:MAX_ADDRESSES]))


async def _ask(target: _Target, limit: int) -> _Reply:
    """Ask the checked addresses of a host, one after the other, until one can be reached."""
    import httpx

    for address in target.addresses:
        try:
            async with _send(target, address) as response:
                return await _read_reply(target, response, limit)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failed: Exception = error
        except httpx.HTTPError as error:
            failed = error
            break
        except httpx.InvalidURL:
            raise SourceError("not fetched: it leads to something that is no web address") from None
    is_untrusted = isinstance(failed, httpx.ConnectError) and "CERTIFICATE" in str(failed).upper()
    if is_untrusted:
        raise SourceError(f"not fetched: {target.host} cannot prove that it is {target.host} (its certificate)")
    raise SourceError(f"not fetched: {target.host} cannot be reached ({type(failed).__name__}); try again later")


@asynccontextmanager
async def _send(target: _Target, address: str) -> AsyncIterator[httpx.Response]:
    """Ask one address of a host, by the host's name; each has a client of its own, which keeps nothing."""
    import httpx

    timeout = httpx.Timeout(SECONDS, connect=CONNECT_SECONDS)
    verify = _trust() if target.url.scheme == "https" else False
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=timeout, verify=verify) as client:
        request = client.build_request(
            "GET",
            target.url.copy_with(host=address),
            headers=_HEADERS | {"Host": target.url.netloc.decode("ascii")},
            extensions={"sni_hostname": target.host},
        )
        response = await client.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()


def _trust() -> ssl.SSLContext:
    """Whom to believe: those that this system trusts, and those that browsers do."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


async def _read_reply(target: _Target, response: httpx.Response, limit: int) -> _Reply:
    if response.status_code in _MOVED and (location := response.headers.get("location")):
        if len(location) > LONGEST:
            raise SourceError("not fetched: it leads to something that is no web address")
        return _Reply(moved_to=str(target.url.join(location)))
    if response.status_code != 200:
        phrase = " ".join((response.reason_phrase or "").split())[:60]
        said = f"{response.status_code} {phrase if phrase.isprintable() else ''}".strip()
        raise SourceError(f"not fetched: {target.host} answered {said}")
    content_type = response.headers.get("content-type", "")
    find_kind(content_type, str(target.url))  # before the rest of it comes
    return _Reply("", content_type, await _read_body(response, limit))


async def _read_body(response: httpx.Response, limit: int) -> bytes:
    """The body, unpacked here: libraries unpack a piece whole, however large it becomes."""
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("identity", "", "gzip", "x-gzip"):
        raise SourceError("not fetched: it is packed in a way that was not asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if packing.endswith("gzip") else None
    too_large = SourceError(f"more than {limit / 1e6:g} MB, which is the limit")
    content = bytearray()
    came = 0
    async for piece in response.aiter_raw():
        came += len(piece)
        if came > limit:
            raise too_large
        try:
            content += unpacker.decompress(piece, limit + 1 - len(content)) if unpacker else piece
        except zlib.error:
            raise SourceError("not fetched: what came is damaged; try again later") from None
        if len(content) > limit or (unpacker and unpacker.unconsumed_tail):
            raise too_large
    if unpacker and not unpacker.eof:
        raise SourceError("not fetched: it broke off; try again later")
    return bytes(content)
