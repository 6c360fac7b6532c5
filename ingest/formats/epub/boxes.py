"""In which box of a page a block stands, so that what belongs to its text can be told from what stands beside it."""

from __future__ import annotations

_BOXES = frozenset("article aside blockquote body center div dl figure form header main section td".split())
LINKED = 0.5
"""A block with a greater share of its characters in links is as likely as not a way out of the text."""


class OpenBoxes:
    """The boxes in which we stand, one within another, and how many characters of links were read since the last block."""

    def __init__(self) -> None:
        self._open: list[int] = []
        self._boxes = 0
        self._links = 0
        self._linked = 0

    def start(self, name: str) -> None:
        """Enter an element of such a name."""
        if name in _BOXES:
            self._boxes += 1
            self._open.append(self._boxes)
        self._links += name == "a"

    def end(self, name: str) -> None:
        """Leave one."""
        if name in _BOXES:
            self._open.pop()
        self._links -= name == "a"

    def add(self, text: str) -> None:
        """Take up words."""
        if self._links:
            self._linked += len(text.strip())

    def take(self, block: str) -> int:
        """The number of the box in which a block that ends here stands; 0 for one of links."""
        linked, self._linked = self._linked, 0
        return self._open[-1] if self._open and linked <= LINKED * len(block) else 0
