"""What whoever sits at the serving machine may do, and visitors may not: have one of its chat models write, run question sets.

A proxy or a tunnel may stand before a server on loopback, unknown to it. So not the settings alone decide, but each request.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from rag.llm.local.process import PACKAGE
from rag.llm.local.table import PREFIX, SUFFIX, find_local_models, find_open_model
from rag.settings import Settings
from ui.render.panels import OfferedModel
from ui.web.security.hosts import LOOPBACK

MOST_MODELS = 20


PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "cf-connecting-ip")
"""Headers of which a proxy puts one on what it passes on."""


def is_own_machine(settings: Settings) -> bool:
    """Whether the page is set up for the person at this machine alone."""
    is_open = settings.accounts or settings.share_library or settings.root_path or settings.hosts or settings.origins
    return settings.host.strip("[]").lower() in LOOPBACK and not is_open


def is_at_machine(request: Any) -> bool:
    """Whether a request comes from this machine itself, as far as can be told."""
    client = getattr(getattr(request, "client", None), "host", "") or ""
    return client in LOOPBACK and not any(name in request.headers for name in PASSED_ON)


def find_offered(settings: Settings) -> tuple[OfferedModel, ...]:
    """The chat models of this machine that its person may choose beside the one that is set."""
    can_run = find_spec(PACKAGE) is not None
    offered = []
    for name, path in find_local_models(settings.models)[:MOST_MODELS]:
        if settings.chat_model in (f"{PREFIX}{name}", f"{PREFIX}{path}", f"{PREFIX}{name}{SUFFIX}"):
            continue
        known = find_open_model(name)
        try:
            size = path.stat().st_size
        except OSError:  # it was removed a moment ago
            continue
        offered.append(OfferedModel(name, size, known.memory if known else 0, can_run))
    return tuple(offered)
