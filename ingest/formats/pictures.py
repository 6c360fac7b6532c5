"""Pictures (.png, .jpg, .tif): they hold no text, and may show some."""

from __future__ import annotations

from ingest.blocks import Parsed, ScannedError
from rag.errors import SourceError

_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")


def parse_picture(content: bytes) -> Parsed:
    """Never anything. Raises ScannedError for a picture, SourceError for what is none."""
    if not content.startswith(_BEGINNINGS):
        raise SourceError("not a PNG, JPEG or TIFF picture, though its name says so")
    raise ScannedError("a picture, which has no text of its own", 1, is_picture=True)
