"""A Chroma server over HTTP: every call bounded in time, every failure one line that names the server.

Chroma's own client waits for ever, already talks in its constructor, and reports a closed port or an HTML page in many
ways. So its inner API object is used, with a time-out put into it, and each of its calls goes through
``Connection.call``.
"""

from __future__ import annotations

import random
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from rag.errors import FootnoteError, ServerError, first_line
from rag.index.state import GRAPH, Row, read_rows
from rag.settings import ChromaServer

PAGE = 500
"""Rows per call. Small pages are as fast as large ones (measured: 1,400 rows a second go in by 500, 940 by 5,000; out,
20,000 and 13,000), and far from the server's limits: 5,461 rows, 40 MB, the variables of one SQL statement."""

ROWS_BETWEEN_SAVES = 20_000
"""How many changes to a collection's vectors a server keeps in its log before it saves its graph of them. It saves over
the old graph, and a server killed in the middle of that cannot search the collection any more, or dies of trying.
Measured: 4 such losses in 31 kills while writing with saves every 200 changes, 1 in 50 with every 10,000, none in 60
without saves. The price is paid when the server starts again: 0.4 ms for each change in the log."""

NEVER = 1_000_000_000
"""As many for a collection that is not searched, and needs no graph."""

Result = TypeVar("Result")


class LostCollectionError(ServerError):
    """The server no longer has a collection that it had: it was deleted, or another server took its place."""


class Connection:
    """A server that has been seen to be a Chroma server.

    ``patience`` is for how many seconds a call that cannot get through is tried again; at 0 there is a single second
    try, which an idle connection needs after a restart of the server. Every call made here can safely be repeated.

    Raises:
        ServerError: on connecting, and by every call.
    """

    def __init__(self, server: ChromaServer):
        self.server = server
        self.patience = 0.0
        self._has_answered = False
        try:
            self._api = _build_api(server)
            self._close = weakref.finalize(self, self._api._session.close)
            self.call(lambda: self._api.heartbeat())
            self._has_answered = True
        except (FootnoteError, KeyboardInterrupt):
            raise
        except Exception as error:  # an unfit address, or JSON without a heartbeat in it
            raise self._stranger(first_line(error)) from error

    def find(self, name: str) -> Collection | None:
        """The collection of that name, None where the server has none."""
        try:
            return Collection(self, self.call(lambda: self._api.get_collection(name)))
        except LostCollectionError:
            return None

    def make(self, name: str, *, searched: bool) -> Collection:
        """The collection of that name, made if need be: of unit vectors to be searched, or of rows with names."""
        saves = ROWS_BETWEEN_SAVES if searched else NEVER
        configuration: Any = {"hnsw": (GRAPH if searched else {"space": "l2"}) | {"sync_threshold": saves}}
        model = self.call(lambda: self._api.create_collection(name, configuration=configuration, get_or_create=True))
        return Collection(self, model)

    def drop(self, name: str) -> None:
        """Delete a collection, if it is there."""
        with suppress(LostCollectionError):
            self.call(lambda: self._api.delete_collection(name))

    def close(self) -> None:
        """Let go of the sockets."""
        self._close()

    def call(self, work: Callable[[], Result]) -> Result:
        """The result of a call, tried again where the server could not be reached."""
        import httpx
        from chromadb.errors import ChromaError, NotFoundError

        url, started, tries = self.server.shown_url, time.monotonic(), 0
        while True:
            try:
                return work()
            except FootnoteError:
                raise
            except httpx.TimeoutException as error:
                raise ServerError(
                    f"the Chroma server at {url} has not answered for {self.server.timeout:g} seconds; "
                    "try again later, or raise FOOTNOTE_CHROMA_TIMEOUT"
                ) from error
            except (httpx.ProtocolError, httpx.NetworkError) as error:
                tries += 1
                if tries == 1 or time.monotonic() - started < self.patience:
                    time.sleep(0.0 if tries == 1 else 0.2)
                    continue
                if self._has_answered:
                    raise ServerError(
                        f"no Chroma server answers at {url} any more ({first_line(error)}); start it again with: "
                        "chroma run --path FOLDER (where it stops whenever it is asked, its files are broken: "
                        "set another FOOTNOTE_COLLECTION, and ingest again)"
                    ) from error
                raise ServerError(
                    f"no Chroma server answers at {url} ({first_line(error)}); start it with: "
                    "chroma run --path FOLDER, or correct FOOTNOTE_CHROMA_URL"
                ) from error
            except NotFoundError as error:
                raise LostCollectionError(
                    f"the Chroma server at {url} no longer has what belongs to the index '{self.server.collection}'; "
                    "build it again with: footnote ingest --rebuild PATH"
                ) from error
            except httpx.HTTPError as error:
                raise self._stranger(first_line(error)) from error
            except ChromaError as error:
                tries += 1
                if tries == 1:  # a graph that was broken by a kill is refused once, and then read from the log
                    continue
                raise ServerError(
                    f"the Chroma server at {url} failed ({first_line(error)}); look into what it printed, "
                    "build the index again with: footnote ingest --rebuild, or set another FOOTNOTE_COLLECTION"
                ) from error
            except Exception as error:  # another service has taken the address meanwhile, and answers in JSON too
                raise self._stranger(first_line(error)) from error

    def _stranger(self, reason: str) -> ServerError:
        return ServerError(
            f"what answers at {self.server.shown_url} is not a Chroma server that Footnote knows ({reason}); "
            "correct FOOTNOTE_CHROMA_URL"
        )


class Collection:
    """A collection of a server. Rows are named; what is not there is left out, never an error."""

    def __init__(self, connection: Connection, model: Any):
        from chromadb.api.models.Collection import Collection as ChromaCollection

        self.id = str(model.id)
        self._call = connection.call
        self._collection: Any = ChromaCollection(client=connection._api, model=model, embedding_function=None)

    def get(self, names: Sequence[str], include: Sequence[str] = ("documents", "metadatas")) -> list[Row]:
        """The rows of those names, in any order."""
        return [
            row
            for at in range(0, len(names), PAGE)
            for row in self._get(ids=list(names[at : at + PAGE]), include=list(include))
        ]

    def find(self, where: Mapping[str, Any], include: Sequence[str] = ("documents", "metadatas")) -> Iterator[Row]:
        """The rows whose metadata fit, in the order in which they were added."""
        at = 0
        while rows := self._get(where=dict(where), include=list(include), limit=PAGE, offset=at):
            yield from rows
            at += len(rows)

    def add(self, rows: Sequence[Row]) -> None:
        """Put new rows in. A name that is already there stays as it is: who is first, wins."""
        import numpy as np

        for at in range(0, len(rows), PAGE):
            page = rows[at : at + PAGE]
            # A row that is never searched for still needs a vector; equal ones would make a poor graph.
            vectors = [[random.random()] if row.vector is None else row.vector for row in page]
            self._call(
                lambda page=page, vectors=vectors: self._collection.add(  # type: ignore[misc]
                    ids=[row.id for row in page],
                    documents=[row.text for row in page],
                    metadatas=[row.metadata for row in page],
                    embeddings=np.asarray(vectors, dtype=np.float32),
                )
            )

    def update(self, name: str, metadata: Mapping[str, str | int]) -> None:
        """Change some of a row's metadata; nothing happens where there is no such row."""
        self._call(lambda: self._collection.update(ids=[name], metadatas=[dict(metadata)]))

    def delete(self, names: Sequence[str]) -> None:
        """Take rows out."""
        for at in range(0, len(names), PAGE):
            page = list(names[at : at + PAGE])
            self._call(lambda page=page: self._collection.delete(ids=page))  # type: ignore[misc]

    def delete_where(self, name: str, where: Mapping[str, str]) -> None:
        """Take a row out if its metadata fit."""
        self._call(lambda: self._collection.delete(ids=[name], where=dict(where)))

    def find_nearest(self, vector: Sequence[float], count: int) -> list[tuple[str, float]]:
        """The names of the ``count`` nearest rows and their distances, nearest first; fewer where there are fewer."""
        import numpy as np

        vectors = np.asarray([vector], dtype=np.float32)
        found = self._call(
            lambda: self._collection.query(query_embeddings=vectors, n_results=count, include=["distances"])
        )
        return list(zip(found["ids"][0], found["distances"][0], strict=True))

    def _get(self, **which: Any) -> list[Row]:
        return self._call(lambda: read_rows(self._collection.get(**which)))


def _build_api(server: ChromaServer) -> Any:
    import httpx
    from chromadb.api import ServerAPI
    from chromadb.config import Settings, System

    headers = {"Authorization": f"Bearer {server.token}", "X-Chroma-Token": server.token} if server.token else None
    settings = Settings(
        chroma_api_impl="chromadb.api.fastapi.FastAPI",
        chroma_server_host=server.url,
        chroma_server_http_port=80,  # asked for, and not used beside a whole address
        chroma_server_headers=headers,
        anonymized_telemetry=False,
    )
    api: Any = System(settings).instance(ServerAPI)  # type: ignore[type-abstract]  # the settings name the class
    session: httpx.Client = api._session
    session.timeout = httpx.Timeout(server.timeout)
    session.event_hooks = {"response": [lambda response: _check_response(response, server)]}
    return api


def _check_response(response: Any, server: ChromaServer) -> None:
    """Refuse what no Chroma server says, before its client takes a page of HTML for an error message."""
    kind = response.headers.get("content-type", "").partition(";")[0]
    if response.status_code in (401, 403):
        raise ServerError(f"the Chroma server at {server.shown_url} refuses the caller; set FOOTNOTE_CHROMA_TOKEN")
    if kind != "application/json":
        raise ServerError(
            f"what answers at {server.shown_url} is not a Chroma server that Footnote knows "
            f"(HTTP {response.status_code}, {kind or 'no type'}); correct FOOTNOTE_CHROMA_URL"
        )
