"""What holds the process that reads files, and what does not, on the system at hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Protections:
    """What a process that reads files says of itself."""

    missing: tuple[str, ...] = ()
    """What this system cannot do to lock it in, in words."""

    @property
    def warning(self) -> str:
        """One line for whoever runs Footnote; empty where nothing is missing."""
        if not self.missing:
            return ""
        return (
            f"this system cannot fully lock in what reads files ({', '.join(self.missing)}): "
            "run Footnote as a user of its own"
        )
