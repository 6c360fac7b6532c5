"""What the process that reads files may read itself: code and fonts, and nothing that is anybody's own."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

import ingest
import rag

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64", "/nix/store", "/gnu/store")
"""Where systems keep shared libraries."""

_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts")
"""PDFium measures letters with them where a file does not bring its own."""

_PARSERS = (
    "babel certifi charset_normalizer courlan dateparser dateutil docutils htmldate justext lxml lxml_html_clean markdown_it "
    "mdurl pypdfium2 pypdfium2_raw python_calamine pytz regex tld trafilatura tzdata tzlocal urllib3"
).split()
"""Found by name as well: some installers link each package in from a folder of its own."""

_FOR_CODE = ("site-packages", "dist-packages", "lib-dynload")


def find_readable() -> list[str]:
    """Folders and files that hold code, of Python, of its packages and of the system; and fonts.

    A folder of ``sys.path`` that is not made for packages alone is left out: a project lies there, or a person's files.
    """
    paths = [*_SYSTEM, "/etc/ld.so.cache", f"/etc/ld-musl-{os.uname().machine}.path", *_FONTS]
    paths += (os.path.join(sys.base_exec_prefix, name) for name in ("lib", "lib64"))  # noqa: PTH118
    paths.append(os.path.dirname(os.__file__))  # noqa: PTH120
    paths += (path for path in sys.path if os.path.basename(path) in _FOR_CODE or os.path.isfile(path))  # noqa: PTH113, PTH119
    paths += (path for path in os.environ.get("LD_LIBRARY_PATH", "").split(":") if os.path.isabs(path))  # noqa: PTH117
    paths += (*rag.__path__, *ingest.__path__)
    for name in _PARSERS:
        spec = find_spec(name)
        if spec is not None:
            paths += spec.submodule_search_locations or ()
            paths.append(os.path.dirname(os.path.realpath(spec.origin or "")))  # noqa: PTH120
    return [path for path in dict.fromkeys(paths) if path]
