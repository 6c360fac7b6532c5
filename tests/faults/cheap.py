"""A library that is quick to write and to check: texts of our own making, and embeddings that load nothing."""

from __future__ import annotations

import hashlib
import random
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np

SUBJECTS = "lamp kettle orchard ferry glacier loom beacon harbour walnut mill falcon quarry violin canal comet".split()
DEEDS = "carried measured painted repaired sold counted weighed moved opened closed lit wound praised drew".split()
THINGS = "rope barley copper timber silver honey glass wool salt paper coal linen granite amber wax pepper".split()


class HashedEmbeddings:
    """Unit vectors of hashed words: equal texts are nearest to each other, and like ones near."""

    def __init__(self, name: str = "hashed-words", dimension: int = 384):
        self.name = name
        self.dimension = dimension

    def embed_query(self, text: str) -> list[float]:
        vector = np.zeros(self.dimension)
        for word in re.findall(r"\w+", text.casefold()):
            number = zlib.crc32(word.encode())
            vector[number % self.dimension] += 1 if number & 0x10000 else -1
        vector[0] += 1e-3
        return (vector / np.linalg.norm(vector)).tolist()  # type: ignore[no-any-return]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


CHEAP: Any = HashedEmbeddings()


def make_text(name: str, sentences: int, version: int = 0) -> str:
    """A Markdown document with headings; another version says other things."""
    source = random.Random(f"{name} {version}")
    lines = [f"# The {name} of version {version}", ""]
    for number in range(sentences):
        if number % 12 == 0:
            lines += ["", f"## Part {number // 12 + 1} of the {name}", ""]
        year, count = source.randrange(1500, 2000), source.randrange(2, 9000)
        lines.append(
            f"In {year} the {source.choice(SUBJECTS)} of {name} {source.choice(DEEDS)} {count} pieces of "
            f"{source.choice(THINGS)} for {_surname(source)} near {_surname(source)}."
        )
    return "\n".join(lines) + "\n"


def write_sources(folder: Path, names: list[str], sentences: int, version: int = 0) -> list[Path]:
    """One file a name; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.md" for name in names]
    for path in paths:
        path.write_text(make_text(path.stem, sentences, version), encoding="utf-8")
    return paths


def folder_digest(folder: Path) -> str:
    """The sha256 of all files below a folder with their names."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            whole.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return whole.hexdigest()


def _surname(source: random.Random) -> str:
    return "".join(source.choice(pair) for pair in ("BDFGKLMNPRSTV", "aeiou", "lmnrst", "aeiou", "klnrt")).title()
