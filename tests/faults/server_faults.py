"""Pull the plug of a real Chroma server, and of its writers, at random moments; count what was lost.

    python tests/faults/server_faults.py --times 50

Prints one row a fault: times tried, what the user saw, and how many documents, passages or commands were lost.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from chroma_server import ChromaProcess, running_server  # noqa: E402
from letters import LETTERS, SPLITTING, add  # noqa: E402

from rag.errors import FootnoteError  # noqa: E402
from rag.index.passage_index import PassageIndex  # noqa: E402
from rag.index.server import lease as server_lease  # noqa: E402
from rag.index.writer import write_index  # noqa: E402
from rag.settings import ChromaServer  # noqa: E402

DOCUMENTS, PASSAGES = 3, 400
LETTERS_IN_ORDER = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Outcome:
    """One row of the table: what was tried how often, what the user saw, and what was lost (one line a loss)."""

    fault: str
    times: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        seen = "; ".join(f"{words} ({count})" for words, count in self.seen.most_common())
        return f"{self.fault} | {self.times} | {seen} | {len(self.lost)}"


def write_edition(server: ChromaServer, edition: int, *, fresh: bool = False) -> None:
    """Put all documents in, in the given edition: one command."""
    with write_index(server, LETTERS, splitting=SPLITTING, timeout=60, fresh=fresh) as writer:
        for name in range(DOCUMENTS):
            add(writer, f"document-{name}", *edition_texts(edition, name))


def edition_texts(edition: int, name: int) -> list[str]:
    """The passages of a document: no two of all editions have the same words, nor the same vector."""
    words = random.Random(edition * 1000 + name)
    return [
        f"Edition {edition}, row {row}: {''.join(words.choices(LETTERS_IN_ORDER, k=60))}. " for row in range(PASSAGES)
    ]


def find_losses(server: ChromaServer, editions: set[int], sample: int = 12) -> tuple[int, list[str]]:
    """The edition that the index holds, and what is wrong with it: it must be one of ``editions``, whole."""
    state = PassageIndex(server, LETTERS).current()
    texts = {name: state.document(name).text for name in state.records}
    held = {int(text.split(",")[0].removeprefix("Edition ")) for text in texts.values()}
    if len(texts) != DOCUMENTS or len(held) != 1 or not held <= editions:
        return -1, [f"{len(texts)} documents of editions {held}, expected one of {editions}"]
    edition, lost = held.pop(), []
    for name in range(DOCUMENTS):
        expected = edition_texts(edition, name)
        if texts[f"document-{name}"] != "".join(expected):
            lost.append(f"document-{name} is not whole")
        for text in random.sample(expected, sample):
            nearest = state.search_vectors(LETTERS.embed_query(text), 1)
            if [hit.passage.text for hit in nearest] != [text]:
                lost.append(f"not found by its vector: {text}")
            if text not in [hit.passage.text for hit in state.search_keywords(text, 3)]:
                lost.append(f"not found by its words: {text}")
    return edition, lost


def kill_server_while_writing(chroma: ChromaProcess, server: ChromaServer, times: int, *, at_once: bool) -> Outcome:
    """Kill the server at a random moment of a replacing command, and start it again: at once, or when that has ended."""
    outcome = Outcome(f"server killed in an ingest, started again {'at once' if at_once else 'later'}")
    started = time.monotonic()
    write_edition(server, 0)
    usual, edition = time.monotonic() - started, 0

    def work() -> None:
        try:
            write_edition(server, edition + 1)
            results.append("done")
        except FootnoteError as error:
            results.append(_shape(error))

    for _ in range(times):
        results: list[str] = []
        writing = threading.Thread(target=work)
        writing.start()
        time.sleep(random.uniform(0, 1.1 * usual))
        chroma.kill()
        if at_once:
            chroma.start()
            writing.join()
        else:
            writing.join()
            chroma.start()
        outcome.times += 1
        outcome.seen[results[0]] += 1
        allowed = {edition + 1} if results[0] == "done" else {edition, edition + 1}
        edition = _check_and_rerun(server, edition, allowed, outcome)
    return outcome


def kill_writer(chroma: ChromaProcess, server: ChromaServer, times: int) -> Outcome:
    """Kill the writing process at a random moment of a replacing command."""
    outcome = Outcome("writer killed in an ingest")
    write_edition(server, 0)
    edition, usual = 0, 2.5
    for _ in range(times):
        writing = subprocess.Popen(
            [sys.executable, __file__, "--write", str(edition + 1), server.url, server.collection, str(server.cache)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert writing.stdout is not None
        writing.stdout.readline()  # its imports are done
        started = time.monotonic()
        try:
            writing.wait(random.uniform(0, usual))
            usual = 1.1 * (time.monotonic() - started)
        except subprocess.TimeoutExpired:
            writing.kill()
        writing.stdout.close()
        code = writing.wait()
        outcome.times += 1
        outcome.seen["done" if code == 0 else "killed; the next command waited for its lease to end"] += 1
        edition = _check_and_rerun(server, edition, {edition + 1} if code == 0 else {edition, edition + 1}, outcome)
    return outcome


def _shape(error: FootnoteError) -> str:
    """How a message begins, without the address in it."""
    line = re.sub(r"http://[\d.:]+", "URL", str(error))
    return f"'{line.partition('(')[0].strip()} ...'" if "\n" not in line else f"SEVERAL LINES: {line!r}"


def _check_and_rerun(server: ChromaServer, edition: int, allowed: set[int], outcome: Outcome) -> int:
    """See that the index holds one of the editions, whole, and that the command, run again, is done; the new edition."""
    patient = replace(server, timeout=60)  # a slow machine is no loss
    try:
        _, lost = find_losses(patient, allowed)
        write_edition(patient, edition + 1)
        _, lost_after = find_losses(patient, {edition + 1})
        outcome.lost += lost + lost_after
    except FootnoteError as error:
        outcome.lost.append(f"{type(error).__name__}: {error}")
        write_edition(patient, edition + 1, fresh=True)
    return edition + 1


def kill_server_while_asking(chroma: ChromaProcess, server: ChromaServer, times: int) -> Outcome:
    """Kill the server in the middle of questions, and start it again: each is answered right or refused in one line."""
    outcome = Outcome("server killed while asked, started again")
    write_edition(server, 0)
    index = PassageIndex(server, LETTERS)
    texts = edition_texts(0, 0)
    over = threading.Event()

    def ask() -> str:
        text = random.choice(texts)
        state = index.current()
        by_vector = state.search_vectors(LETTERS.embed_query(text), 1)
        by_words = state.search_keywords(text, 1)
        if [hit.passage.text for hit in by_vector + by_words] != [text, text]:
            outcome.lost.append(f"a wrong answer to: {text}")
        return "answered"

    def keep_asking() -> None:
        while not over.is_set():
            try:
                seen[ask()] += 1
            except FootnoteError as error:
                seen[_shape(error)] += 1
                time.sleep(0.02)

    seen = outcome.seen
    asking = threading.Thread(target=keep_asking)
    asking.start()
    for _ in range(times):
        time.sleep(random.uniform(0, 0.3))
        chroma.kill()
        time.sleep(random.uniform(0, 0.1))
        chroma.start()
        outcome.times += 1
        try:
            ask()
        except FootnoteError as error:
            outcome.lost.append(f"the next question: {error}")
    over.set()
    asking.join()
    return outcome


FAULTS: dict[str, Callable[[ChromaProcess, ChromaServer, int], Outcome]] = {
    "asking": kill_server_while_asking,
    "writing-later": lambda chroma, server, times: kill_server_while_writing(chroma, server, times, at_once=False),
    "writing-at-once": lambda chroma, server, times: kill_server_while_writing(chroma, server, times, at_once=True),
    "writer": kill_writer,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=FAULTS, nargs="*", default=list(FAULTS))
    parser.add_argument("--write", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        edition, url, collection, cache = options.write
        print("ready", flush=True)
        write_edition(ChromaServer(url, collection, cache=Path(cache)), int(edition))
        return
    random.seed(options.seed)
    server_lease.PATIENT_LOOKS, server_lease.LOOK = 3, 0.1  # nobody else writes here: a killed writer's lease is over
    print("fault | times | what the user saw | lost")
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(options.only):
            with running_server(Path(folder) / f"data-{number}") as chroma:
                server = ChromaServer(chroma.url, name, timeout=5, cache=Path(folder) / "cache")
                outcome = FAULTS[name](chroma, server, options.times)
            print(outcome, flush=True)
            for line in outcome.lost[:5]:
                print(f"  lost: {line}")


if __name__ == "__main__":
    main()
