"""Of a large index some new vectors may be overlooked by its graph; of a small one none may, and of a large one not half of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chroma_server import running_server
from letters import LETTERS, SPLITTING, add

from rag.errors import IndexWriteError
from rag.index import writer as directory_writer
from rag.index.server import writer as server_writer
from rag.index.server.connection import Collection
from rag.index.writer import write_index
from rag.settings import ChromaServer

TEXTS = [f"{first}{second} and kettles. " for first in "abcdefgh" for second in "klmnopqr"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("chroma") / "data") as server:
        yield server.url


class Forgetful:
    """A collection of a folder that does not find what it is asked for the first few times."""

    def __init__(self, collection: Any, overlooked: int):
        self._collection, self._left = collection, overlooked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._collection, name)

    def query(self, **asked: Any) -> Any:
        self._left -= 1
        return {"ids": [["other"]], "distances": [[0.9]]} if self._left >= 0 else self._collection.query(**asked)


@pytest.mark.parametrize("large", [True, False])
@pytest.mark.parametrize(
    ("overlooked", "large_is_written", "small_is_written"),
    [(0, True, True), (1, True, False), (8, True, False), (9, False, False)],
)
@pytest.mark.parametrize("where", ["folder", "server"])
def test_so_many_may_be_overlooked(
    where: str,
    overlooked: int,
    large_is_written: bool,
    small_is_written: bool,
    large: bool,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    location: Any = tmp_path / "index"
    if where == "server":
        location = ChromaServer(address, f"test-{uuid.uuid4().hex[:8]}", timeout=10, cache=tmp_path / "cache")
    monkeypatch.setattr(directory_writer, "EXACT", 10 if large else 1_000)
    monkeypatch.setattr(server_writer, "PAGE", 10 if large else 1_000)
    left = overlooked
    find = Collection.find_nearest

    def overlook(self: Collection, vector: Any, count: int) -> list[tuple[str, float]]:
        nonlocal left
        left -= 1
        return [("other", 0.9)] if left >= 0 else find(self, vector, count)

    monkeypatch.setattr(Collection, "find_nearest", overlook)

    def write() -> None:
        with write_index(location, LETTERS, splitting=SPLITTING) as writer:
            add(writer, "kettles", *TEXTS)
            if isinstance(writer, directory_writer.DirectoryWriter):
                writer._collection = Forgetful(writer._collection, overlooked)

    if large_is_written if large else small_is_written:
        write()
    else:
        with pytest.raises(IndexWriteError, match="cannot be found again; nothing was changed"):
            write()
