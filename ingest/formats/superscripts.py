"""Raised digits, which plain text would run into the number or word before them: 10 to the 6th is not 106."""

from __future__ import annotations

_RAISED = str.maketrans("0123456789+-\u2212", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_CHARACTERS = frozenset("0123456789+-\u2212")
_LONGEST = 6


def raise_digits(text: str) -> str:
    """A raised number in the characters that are raised by themselves; anything else as it is."""
    plain = text.strip()
    return plain.translate(_RAISED) if 0 < len(plain) <= _LONGEST and _CHARACTERS.issuperset(plain) else text
