"""Numbers in sentences."""

from __future__ import annotations


def format_count(number: int, noun: str, many: str = "") -> str:
    """A number with its noun: "1 document", "2,000 documents"; ``many`` where the plural takes more than an s."""
    return f"{number:,} {noun if number == 1 else many or f'{noun}s'}"
