"""What is secret in addresses, and in what libraries say of them: it is masked before anybody reads it. Pure."""

from __future__ import annotations

import re

_CREDENTIALS = re.compile(
    r"(?<=//)(?:"
    r"[^\s/?#@]{0,2000}@"  # user and password, as addresses hold them
    r"|[^\s/?#@:]{0,200}:(?!\d{1,5}(?:[^\w@]|\Z))\S{1,500}@"  # or with signs that should have been escaped, as people write them
    r")+"
)
_PARAMETER = re.compile(
    r"([?&;][\w.-]{0,40}(?:key|token|secret|passw|pwd|auth|credential|signature|session)[\w.-]{0,40}=)[^\s&;#'\"<>]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(Bearer )[\w.~+/=-]+")


def mask_addresses(text: str) -> str:
    """A text without the user names, passwords and keys of the addresses in it: ``https://…@host/?api_key=…``.

    What has no secret stays as it is, letter for letter. Time is linear in the text.
    """
    if "//" in text:
        text = _CREDENTIALS.sub("…@", text)
    if "=" in text:
        text = _PARAMETER.sub(r"\1…", text)
    return _BEARER.sub(r"\1…", text)
