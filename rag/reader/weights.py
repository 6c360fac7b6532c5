"""Where the span model's weights lie, and by which digest the published ones are known. Loads nothing."""

from __future__ import annotations

from pathlib import Path

from rag.index.embeddings import Published

WEIGHTS_FILE = Path(__file__).parent / "span_model.safetensors"
CARD_FILE = Path(__file__).parent / "span_model.json"
"""The digest of the weights and how they came about."""

READER_WEIGHTS = Published("Footnote", "06cb6e0e91a95e0f49e9b157bc6bc665ed4b75903baccfdfe5b6cb71666be72f")
"""The published weights. Their card names the digest too, but who swaps one can swap both."""
