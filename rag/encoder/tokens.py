"""The tokenizer of a model's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def build_tokenizer(folder: str) -> Any:
    """The tokenizer in a model's folder, which neither pads nor truncates."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
