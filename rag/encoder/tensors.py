"""The numbers in a safetensors file, mapped from the disk: what is not looked at takes no memory.

The format is eight bytes with the length of a JSON table, the table, and the numbers. The library of that name copies what
it gives out; of the word embeddings, half of a model, a question needs a few rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Tensors = dict[str, NDArray[np.generic]]

TYPES = {"F16": "<f2", "F32": "<f4", "I64": "<i8"}
"""Kinds of numbers that the shipped models are kept in, as numpy names them."""

MOST_OF_TABLE = 1_000_000
"""Bytes of the table at most; those of the shipped models have ten thousand."""


def map_tensors(path: Path) -> Tensors:
    """The tensors of a file by their names, to be read only.

    Raises:
        ValueError: it is no such file, or is cut off.
        KeyError: it holds kinds of numbers that the shipped models have none of.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MOST_OF_TABLE:
            raise ValueError(f"no table of tensors in '{path}'")
        table: Any = json.loads(file.read(length))
    if not isinstance(table, dict):
        raise ValueError(f"no table of tensors in '{path}'")
    return {name: _map(path, 8 + length, entry) for name, entry in table.items() if name != "__metadata__"}


def _map(path: Path, first: int, entry: Mapping[str, Any]) -> NDArray[np.generic]:
    """One tensor, in a mapping of its own: when nobody looks at it any more, its memory is given back."""
    import numpy as np

    kind, shape = TYPES[entry["dtype"]], tuple(entry["shape"])
    return np.memmap(path, dtype=kind, mode="r", offset=first + entry["data_offsets"][0], shape=shape)
