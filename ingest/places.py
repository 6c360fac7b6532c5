"""Places that documents come from: files, archives and mailboxes of documents, and web pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.loaders import CONTAINERS, Source, absolute_name
from rag.masking import mask_addresses


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A page to be fetched."""

    url: str


Place = Path | WebAddress | Source
"""A file, a page, or a source that was read already."""

Fetch = Callable[[str], Source]
"""Gets the page of an address. Raises SourceError where it cannot or may not."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_address(text: str) -> bool:
    """Whether a text names something by a scheme, as web addresses do; no path begins like that."""
    return _ADDRESS.match(text) is not None


def is_container(place: Place) -> bool:
    """Whether something holds documents, each of which is one of its own."""
    return isinstance(place, Path) and place.suffix.lower() in CONTAINERS


def find_place(source: str) -> Path | WebAddress:
    """What has to be read for a document of a source: a page, a file, or the container that it is a part of."""
    if is_address(source):
        return WebAddress(source)
    return find_container(source) or Path(source)


def find_container(source: str) -> Path | None:
    """The archive or mailbox that a source is a part of, where it is there."""
    return next((path for path in Path(source).parents if is_container(path) and path.is_file()), None)


def source_name(place: Place) -> str:
    """The name by which a source is known again: its absolute path, without ``..``; or its address, without a password."""
    match place:
        case WebAddress(url):
            return mask_addresses(url)
        case Source():
            return place.path
    return absolute_name(place)
