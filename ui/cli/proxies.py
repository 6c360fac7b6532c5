"""Proxies that the environment names: httpx, which Gradio and the chat models' clients use, stumbles over a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from rag.errors import UsageError
from rag.masking import mask_addresses

VARIABLES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
SCHEMES = ("http", "https", "socks5", "socks5h")


def check_proxies(environment: Mapping[str, str]) -> None:
    """See whether the proxies of an environment can be used at all.

    Raises:
        UsageError: one of them is no address of a proxy; the message names the variable.
    """
    for name in (*VARIABLES, *map(str.lower, VARIABLES)):
        value = environment.get(name, "").strip()
        address = value if "://" in value else f"http://{value}"
        try:
            parts = urlsplit(address)
            fits = (
                parts.scheme.lower() in SCHEMES
                and bool(parts.hostname)
                and len(address.split()) == 1
                and (parts.port or 1) > 0
            )
        except ValueError:
            fits = False
        if value and not fits:
            raise UsageError(
                f"{name}: '{mask_addresses(value)}' is no proxy; write it like http://host:port or socks5://host:port, "
                "or unset it"
            )
