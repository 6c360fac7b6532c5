"""Bombs: every file that was made to do harm ends with its text or with one line, and the next file is read.

What each one costs is measured by tests/faults/time_bombs.py.
"""

from __future__ import annotations

import pytest
from made_bombs import BOMBS, Bomb

from ingest.limits import check_size
from ingest.sandbox.confined import parsing
from rag.errors import SourceError


@pytest.mark.parametrize(
    "bomb", [pytest.param(bomb, id=bomb.name, marks=[pytest.mark.slow] * bomb.slow) for bomb in BOMBS]
)
def test_a_bomb_is_refused_with_one_line_or_read_and_the_next_file_is_read(bomb: Bomb) -> None:
    content = bomb.make()
    assert len(content) <= 50_000_000  # a larger one is not even opened
    with parsing() as parse_one:
        try:
            parsed = parse_one(content, bomb.kind)
        except SourceError as error:
            assert bomb.ends in ("refused", "either"), f"refused: {error}"
            assert 10 < len(str(error)) < 200
            assert "\n" not in str(error)
            assert "root:" not in str(error)
            assert "ModuleNotFoundError" not in str(error)  # that would be no answer to the bomb
        else:
            assert bomb.ends in ("read", "either"), "it was read"
            check_size(parsed)
            assert not any("root:" in block.text for block in parsed.blocks)  # /etc/passwd was named, and not read
        assert parse_one(b"A good file.", "text").blocks[0].text == "A good file."
