"""Many readers of one index while it changes: none is refused, and each question reads one state."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

from letters import LETTERS, SPLITTING, put

from rag.index.passage_index import PassageIndex
from rag.index.writer import write_index

READERS, CHANGES = 8, 12


def test_readers_meet_a_new_state_all_at_once(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey. ", "Zebras graze. ")
    index = PassageIndex(tmp_path, LETTERS)
    ready, done = threading.Barrier(READERS + 1), threading.Barrier(READERS + 1)
    problems: list[Exception] = []

    def read() -> None:
        for _ in range(CHANGES):
            ready.wait(60)
            try:
                state = index.current()
                assert state.search_vectors(LETTERS.embed_query("zebras graze"), 1)[0].passage.text == "Zebras graze. "
            except Exception as problem:  # shown below, whatever it is
                problems.append(problem)
            done.wait(60)

    threads = [threading.Thread(target=read) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for change in range(CHANGES):
        put(tmp_path, f"other-{change}", f"Penguin number {change} swims. ")
        ready.wait(60)
        done.wait(60)
        gc.collect()  # what nobody reads any more is closed
    for thread in threads:
        thread.join(60)
    assert problems == []


def test_a_question_reads_what_was_there_when_it_was_asked(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey. ", "Zebras graze. ")
    index = PassageIndex(tmp_path, LETTERS)
    still = index.still()
    with write_index(tmp_path, LETTERS, splitting=SPLITTING) as writer:
        writer.remove("zoo")
    assert [record.id for record in index.documents()] == []
    assert [record.id for record in still.documents()] == ["zoo"]
    assert still.document("zoo").text == "Bears eat honey. Zebras graze. "
