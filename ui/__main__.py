"""The ``footnote`` command, and ``python -m ui``: first it is seen whether Python finds Footnote's own packages."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]


def find_stranger() -> tuple[str, str]:
    """A package of somebody else that Python would import in place of Footnote's: its name, and where it lies; else empty.

    ``python -m`` and ``PYTHONPATH`` put other folders before Footnote's, and ``rag`` is a name that many give to theirs.
    """
    for name in ("rag", "ingest"):
        spec = find_spec(name)
        places = [*(spec.submodule_search_locations or [spec.origin or ""])] if spec else [""]
        if (HOME / name) not in [Path(place).resolve() for place in places]:
            return name, places[0]
    return "", ""


def main() -> None:
    """Run the command; where another package stands in the way, say so in one line."""
    name, place = find_stranger()
    if name:
        told = f"another '{name}' is imported, '{place}'" if place else f"its package '{name}' is missing"
        print(  # noqa: T201  # nothing of Footnote can be imported that could print it
            f"footnote: {told}; run the 'footnote' command itself and not 'python -m ui', start it in another folder, "
            "or take that one out of PYTHONPATH",
            file=sys.stderr,
        )
        sys.exit(1)
    from ui.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
