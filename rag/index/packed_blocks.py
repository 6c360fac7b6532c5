"""A passage's blocks as a short text, which is what Chroma can keep of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rag.types import Block


def pack_blocks(blocks: Sequence[Block], start: int) -> str:
    """Blocks as one short text, their offsets counted from ``start``; the three of each cell, and a depth that is not 0."""
    rows = [
        [
            block.kind,
            block.start - start,
            block.end - start,
            *(at - start for cell in block.cells for at in cell),
            *([block.depth] if block.depth else []),
        ]
        for block in blocks
    ]
    return json.dumps(rows, separators=(",", ":"))


def unpack_blocks(packed: str, start: int) -> tuple[Block, ...]:
    """What ``pack_blocks`` packed. Raises ValueError or TypeError where it was altered."""
    found = []
    for kind, low, high, *offsets in json.loads(packed):
        depth = int(offsets.pop()) if len(offsets) % 3 == 1 else 0
        places = [start + at for at in offsets]
        found.append(Block(start + low, start + high, kind, tuple(zip(*[iter(places)] * 3, strict=True)), depth))
    return tuple(found)
