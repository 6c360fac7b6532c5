"""Web pages that visitors add: whether this server fetches any, and whose page would be replaced."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.loaders import Source
from ingest.places import Fetch
from rag.errors import SourceError, UsageError
from rag.index.document_records import DocumentRecord
from ui.render.language import gettext, mark
from ui.web.library.provenance import UNKNOWN, Adder, read_provenance

if TYPE_CHECKING:
    from rag.settings import Settings

OFF = mark("web pages are not fetched here; save the page as a file and add that")


def build_page_fetch(settings: Settings) -> Fetch:
    """What fetches pages for visitors, no larger than their files may be; it refuses all where that is not switched on.

    Raises:
        UsageError: the hosts that may be asked are not written as they should be.
    """
    from ingest.web.fetch import fetch_page
    from ingest.web.rules import read_rules

    rules = read_rules(settings.web_hosts)
    if not settings.web_pages:
        return _refuse
    return partial(fetch_page, rules=rules, limit=int(settings.max_upload_mb * 1_000_000))


def _refuse(address: str) -> Source:
    raise UsageError(gettext(OFF))


def check_is_own(folder: Path, records: Iterable[DocumentRecord], page: Source, adder: Adder | None) -> None:
    """Whether a page that was fetched would replace nobody else's, in a library that is everybody's.

    Raises:
        SourceError: somebody else added that page, and it has changed since.
    """
    record = next((record for record in records if record.source == page.path), None)
    if record is None or record.source_digest == page.digest:
        return
    by = read_provenance(folder).get(record.id)
    if by is None or adder is None or by.owner != adder.owner:
        who = by.tell(adder.owner if adder else "") if by else gettext(UNKNOWN)
        raise SourceError(
            gettext(
                "that page has changed since it was added by %(who)s; to have it anew, remove “%(title)s” first",
                who=who,
                title=record.title[:80],
            )
        )
