"""The chain's step that puts what was found into order."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from rag.retrieve.retrieving import take_turns
from rag.steps import Ranker, Retrieved

_log = logging.getLogger(__name__)


def rank(found: Retrieved, *, ranker: Ranker, count: int = 8) -> Retrieved:
    """Put the passages of a question, or of each of several, into order; a summary's, and what was found exactly, keep theirs.

    Args:
        found: a question with its passages.
        ranker: from a question that stands alone and its passages to the same passages, best first.
        count: how many passages are kept.
    """
    started = time.perf_counter()
    if found.route == "summary" or found.exact:
        return found
    parts = tuple(rank(part, ranker=ranker, count=count) for part in found.parts)
    passages = take_turns(parts, count) if parts else ranker(found.standalone, found.passages)[:count]
    ready = time.perf_counter()
    if passages and not parts:
        _log.debug(
            "%d of %d passages are kept, the best scores %.2f, %.3f s",
            len(passages),
            len(found.passages),
            passages[0].score,
            ready - started,
        )
    return replace(found, passages=passages, parts=parts, seconds=found.seconds + ready - started, ready=ready)
