"""How much the server remembers of its visits, and what goes first."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from forging import Forger
from gradio.state_holder import SessionState
from served import serving
from visiting import ASKED, wait_until

from ui.web.page.mailboxes import TOO_LATE, Mailboxes, measure
from ui.web.session.memory import SessionMemory


@dataclass(eq=False)
class Guest:
    """A visit that takes as much as it is told to."""

    weight: int
    is_busy: bool = False
    is_forgotten: bool = False

    def be_forgotten(self) -> None:
        self.is_forgotten = True
        self.weight = 0


def test_of_too_much_what_was_used_longest_ago_is_forgotten_first() -> None:
    memory = SessionMemory(100)
    guests = [Guest(30) for _ in range(3)]
    for guest in guests:
        memory.use(guest)
    memory.use(guests[0])
    fourth = Guest(40)
    memory.use(fourth)
    assert [guest.is_forgotten for guest in (*guests, fourth)] == [False, True, False, False]
    assert memory.bytes == 100 and len(memory) == 3


def test_what_grows_is_weighed_anew_and_what_is_busy_or_in_use_stays() -> None:
    memory = SessionMemory(100)
    busy, idle, newest = Guest(40, is_busy=True), Guest(40), Guest(10)
    for guest in (busy, idle, newest):
        memory.use(guest)
    newest.weight = 1_000
    memory.use(newest)
    assert [guest.is_forgotten for guest in (busy, idle, newest)] == [False, True, False]
    assert memory.bytes == 1_040, "more than there should be, for as long as it takes"
    busy.is_busy = False
    memory.use(Guest(1))
    assert busy.is_forgotten and newest.is_forgotten


def test_a_visit_that_is_gone_weighs_nothing() -> None:
    memory = SessionMemory(100)
    for _ in range(1_000):
        memory.use(Guest(30))
    gc.collect()
    assert memory.bytes == 0 and len(memory) == 0


def test_many_at_once_are_counted_rightly() -> None:
    memory = SessionMemory(10_000)
    kept = [[Guest(number) for number in range(100)] for _ in range(8)]

    def use(guests: list[Guest]) -> None:
        for _ in range(20):
            for guest in guests:
                memory.use(guest)

    threads = [threading.Thread(target=use, args=(guests,)) for guests in kept]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alive = [guest for guests in kept for guest in guests if not guest.is_forgotten]
    assert memory.bytes == sum(guest.weight for guest in alive) <= 10_000


def test_gradio_keeps_nothing_of_what_was_sent_and_shown(article_index: Path, embeddings: Any, tmp_path: Path) -> None:
    with serving(article_index, embeddings, uploads=tmp_path / "uploads") as address:
        before = {id(state) for state in gc.get_objects() if type(state) is SessionState}
        for _ in range(3):
            visitor = Forger(address, kept=["x" * 100_000])
            visitor.send("begin")
            visitor.send("ask", ASKED)
        states = [state for state in gc.get_objects() if type(state) is SessionState and id(state) not in before]
        assert len(states) >= 3
        for state in states:
            assert len(str(state.config_values)) < 5_000
            for block in state.blocks_config.blocks.values():
                assert len(str(getattr(block, "value", ""))) < 5_000


# ---- what nobody collects ----


def say(words: str) -> Any:
    return SimpleNamespace(output={"data": [{"value": words, "again": words}]})


def test_a_conversation_that_is_opened_is_weighed_at_once(article_index: Path, embeddings: Any, tmp_path: Path) -> None:
    others = {id(each) for each in gc.get_objects() if type(each) is SessionMemory}
    with serving(article_index, embeddings, uploads=tmp_path / "uploads") as address:
        visitor = Forger(address)
        visitor.send("begin")
        visitor.send("ask", ASKED)
        other = Forger(address, mine=visitor.mine, config=visitor.config)
        other.send("begin")
        (memory,) = (each for each in gc.get_objects() if type(each) is SessionMemory and id(each) not in others)
        before = memory.bytes
        shown = other.send("open_conversation", data={"turns": visitor.kept})
        assert len(shown["footnote-conversation"]) == 1, "it is the one that was kept"
        assert memory.bytes - before > 4 * len(visitor.kept[0]["turn"])


def test_of_messages_that_nobody_collects_the_oldest_go_and_who_comes_late_is_told() -> None:
    async def talk() -> None:
        queue = SimpleNamespace(pending_event_ids_session={str(name): {"event"} for name in range(10)})
        boxes = Mailboxes(queue, most=100_000)
        for name in map(str, range(10)):
            boxes[name] = object()  # as Gradio opens one
            boxes[name].put_nowait(say("x" * 30_000))
            boxes[name].put_nowait(say("y" * 100))
        assert boxes.bytes <= 100_000 and 2 <= boxes.filled <= 3
        assert boxes["0"].get_nowait().message == TOO_LATE and boxes["0"].empty()
        assert boxes["9"].get_nowait().output["data"][0]["value"] == "x" * 30_000
        boxes["1"].put_nowait(say("z"))
        assert [boxes["1"].get_nowait() for _ in range(2)][1].output["data"][0]["value"] == "z", "and it goes on"
        for box in boxes.values():
            while not box.empty():
                box.get_nowait()
        assert boxes.bytes == 0
        boxes["9"].put_nowait(say("x"))
        del boxes["9"]
        assert boxes.bytes == 0 and "9" not in queue.pending_event_ids_session

    asyncio.run(talk())


def test_no_more_mailboxes_than_the_limit_and_nothing_is_noted_of_the_others() -> None:
    async def talk() -> None:
        queue = SimpleNamespace(pending_event_ids_session={})
        boxes = Mailboxes(queue)
        for number in range(3_000):
            boxes[str(number)] = object()
            queue.pending_event_ids_session[str(number)] = {"event"}
            boxes[str(number)].put_nowait(say("x"))
        assert len(boxes) == boxes.filled == 2_000 and len(queue.pending_event_ids_session) == 2_000

    asyncio.run(talk())


def test_what_stands_in_a_message_twice_is_counted_once() -> None:
    assert 50_000 < measure(say("x" * 50_000)) < 51_000


def test_a_running_server_holds_little_of_what_is_not_collected(
    article_index: Path, embeddings: Any, tmp_path: Path
) -> None:
    with serving(article_index, embeddings, uploads=tmp_path / "uploads") as address:
        visitor = Forger(address)
        visitor.send("begin")
        visitor.send("ask", ASKED)
        turn = json.loads(visitor.kept[0]["turn"])
        turn["answer"] |= {"answer": "The quick brown fox. " * 1_000, "sentences": [], "citations": []}
        kept = [{"turn": json.dumps(turn), "signature": ""}] * 20
        boxes = next(each for each in gc.get_objects() if type(each) is Mailboxes and visitor.session in each)
        boxes.most = 3_000_000
        for number in range(12):
            Forger(address, kept=kept, session=f"unread-{number}").post("begin")
        wait_until(lambda: "unread-11" in boxes and not boxes["unread-11"].empty(), 60)
        assert 0 < boxes.bytes <= 5_000_000 and boxes.filled < 8
        assert "walk" in json.dumps(visitor.again().send("ask", ASKED)["chat"])
