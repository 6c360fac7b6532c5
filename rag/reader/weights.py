"""Where the span model's weights lie, and by which digest the published ones are known. Loads nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from rag.errors import ModelError
from rag.index.embeddings import Published

WEIGHTS_FILE = Path(__file__).parent / "span_model.safetensors"
CARD_FILE = Path(__file__).parent / "span_model.json"
"""The digest of the weights and how they came about."""

READER_WEIGHTS = Published("Footnote", "06cb6e0e91a95e0f49e9b157bc6bc665ed4b75903baccfdfe5b6cb71666be72f")
"""The published weights. Their card names the digest too, but who swaps one can swap both."""


def check_digest(weights: Path, card: Path) -> None:
    """Make sure that weights are those that their card names.

    Raises:
        ModelError: one of the files is missing, or they are others.
    """
    if not weights.is_file() or not card.is_file():
        raise ModelError(f"the reader's weights are missing from '{weights.parent}'; install Footnote again")
    expected = json.loads(card.read_text(encoding="utf-8"))["sha256"]
    if (found := digest_of(weights)) != expected:
        raise ModelError(
            f"the reader's weights in '{weights}' are not the published ones (sha256 {found[:12]}…); install Footnote again"
        )


def digest_of(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
