"""Who may write to an index on a server: a lease, because Chroma has no locks.

Adding a row whose name is taken changes nothing, so whoever's row is there afterwards holds the lease. The holder
changes it every few seconds; one that stays the same has lost its holder and is taken over. The lease keeps writers out
of each other's way and saves them work in vain; it is not what keeps the index whole, because its clock may be wrong:
that is the rule that a generation's number can be taken once (``rag/index/server/state.py``).
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from rag.errors import IndexWriteError, ServerError
from rag.index.server.connection import Collection, Connection
from rag.index.state import Row
from rag.settings import ChromaServer

LEASE = "lease"
BEAT = 2.0
"""Seconds between two signs of life of the holder."""

LOOK = 0.5
"""Seconds between two looks of one who waits."""

PATIENT_LOOKS = 20
"""A lease that is the same at so many looks is taken over. Looks are counted, not seconds: while the server stands
still, its holder cannot change it, and nobody sees that."""


@contextmanager
def hold_lease(
    entries: Collection, server: ChromaServer, timeout: float, on_wait: Callable[[], None] | None = None
) -> Iterator[None]:
    """Be the only writer of an index; ``on_wait`` is called once when another one has to be waited for.

    Raises:
        IndexWriteError: the other writer outlasts ``timeout`` seconds.
        ServerError
    """
    owner = secrets.token_hex(8)
    take_lease(entries, owner, server, timeout, on_wait)
    done = threading.Event()
    beats = threading.Thread(target=_beat, args=(server, owner, done), name="footnote-lease", daemon=True)
    beats.start()
    try:
        yield
    except ServerError:
        raise  # a server that did not answer would not take the lease back: the next writer takes it over
    except BaseException:
        _give_back(entries, owner)
        raise
    else:
        _give_back(entries, owner)
    finally:
        done.set()


def _give_back(entries: Collection, owner: str) -> None:
    with suppress(ServerError):
        entries.delete_where(LEASE, {"owner": owner})


def take_lease(
    entries: Collection, owner: str, server: ChromaServer, timeout: float, on_wait: Callable[[], None] | None
) -> None:
    """Become the one who writes, once the one before lets go or gives no sign of life. Raises IndexWriteError in the end."""
    started, seen, looks = time.monotonic(), ("", ""), 0
    while True:
        entries.add([Row(LEASE, LEASE, {"kind": "lease", "owner": owner, "beat": ""})])
        found = entries.get([LEASE], ["metadatas"])
        holder = (str(found[0].metadata.get("owner")), str(found[0].metadata.get("beat"))) if found else ("", "")
        if holder[0] == owner:
            return
        if on_wait:
            on_wait()
            on_wait = None
        looks = looks + 1 if holder == seen else 0
        seen = holder
        if found and looks >= PATIENT_LOOKS:
            entries.delete_where(LEASE, {"owner": holder[0]})
            continue
        if time.monotonic() - started > timeout:
            raise IndexWriteError(
                f"another process has been writing to '{server}' for over {timeout:g} seconds; try again later"
            )
        time.sleep(LOOK)


def _beat(server: ChromaServer, owner: str, done: threading.Event) -> None:
    """Change the lease now and then. Its owner is left as it is: one who was taken over must not take it back.

    Over a connection of its own: a client that is closed by one thread while another calls it can leave a socket open.
    """
    while not done.wait(BEAT):
        with suppress(ServerError), closing(Connection(server)) as connection:  # it may be on its way up again
            if entries := connection.find(server.collection):
                entries.update(LEASE, {"beat": secrets.token_hex(4)})
