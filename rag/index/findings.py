"""What a check of an index, or of what Footnote runs on, has found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rag.masking import mask_addresses

REPAIR = "mend it with: footnote repair"
REBUILD = "build it again with: footnote ingest --rebuild"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check. ``advice`` says what to do; it may stand beside what is no fault."""

    check: str
    ok: bool
    detail: str
    advice: str = ""


def run_check(name: str, check: Callable[[], Finding]) -> Finding:
    """The finding of a check, or that it cannot be made."""
    try:
        return check()
    except Exception as error:  # a damaged index breaks its libraries in every way there is
        reason = mask_addresses((str(error).strip().splitlines() or [type(error).__name__])[0])[:200]
        return Finding(name, False, f"cannot be examined: {reason.removesuffix(f'; {REPAIR}')}", REPAIR)
