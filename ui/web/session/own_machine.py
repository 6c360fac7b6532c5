"""What whoever sits at the serving machine may choose, and visitors may not: which of its chat models writes the answers."""

from __future__ import annotations

from importlib.util import find_spec

from rag.llm.local.process import PACKAGE
from rag.llm.local.table import PREFIX, SUFFIX, find_local_models, find_open_model
from rag.settings import Settings
from ui.render.panels import OfferedModel
from ui.web.security.hosts import LOOPBACK

MOST_MODELS = 20


def is_own_machine(settings: Settings) -> bool:
    """Whether the page is for the person at this machine alone: nobody else reaches it, and nothing stands before it."""
    is_open = settings.accounts or settings.share_library or settings.root_path or settings.hosts or settings.origins
    return settings.host.strip("[]").lower() in LOOPBACK and not is_open


def find_offered(settings: Settings) -> tuple[OfferedModel, ...]:
    """The chat models of this machine that may be chosen beside the one that is set; none on a page for others."""
    if not is_own_machine(settings):
        return ()
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
