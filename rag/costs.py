"""What an answer took: time, and tokens of a chat model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall-clock seconds spent on one question."""

    retrieve: float = 0.0
    answer: float = 0.0
    total: float = 0.0


UNTIMED = Seconds()
"""Of an answer that nothing has timed."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a chat model says it read and wrote."""

    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens)
