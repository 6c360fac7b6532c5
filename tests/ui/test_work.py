"""Changes to libraries: so many at once, one of an owner, and a place held until the work is really over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from forging import Forger
from served import serving
from visiting import wait_until

from rag.errors import FootnoteError, UsageError
from ui.web.page.library_jobs import UNFORESEEN, Step, work_in_line
from ui.web.session.server_state import TOO_MANY_CHANGES
from ui.web.session.waiting_line import WaitingLine

SENTENCE = "The mill at the river burned down in March, and was built again by {name} of the town in {year}. "
LONG = "\n\n".join(SENTENCE.format(name=f"number {year}", year=year) * 8 for year in range(1700, 1900)).encode()
BREAD = b"Sourdough bread should prove for twelve hours before it is baked.\n"


def hold(line: WaitingLine, owner: str, told: list[int], release: threading.Event, done: list[str]) -> threading.Thread:
    """Somebody who stands in a line, and works until they are released."""

    def tell(before: int) -> bool:
        told.append(before)
        return True

    def stand() -> None:
        with line.place(tell, owner):
            done.append(owner)
            release.wait(20)

    thread = threading.Thread(target=stand)
    thread.start()
    return thread


def test_of_one_owner_one_is_served_and_others_pass() -> None:
    line, release = WaitingLine(2, share=1), threading.Event()
    served: list[str] = []
    told: dict[str, list[int]] = {name: [] for name in ("ada", "ada again", "bob", "eve")}
    threads = []
    for name in told:
        threads.append(hold(line, name.split()[0], told[name], release, served))
        wait_until(lambda name=name: told[name] or served[-1:] == [name])  # type: ignore[misc]
    assert served == ["ada", "bob"] and told["ada again"][0] == 1 and told["eve"][-1] == 1
    release.set()
    for thread in threads:
        thread.join(20)
    assert sorted(served) == ["ada", "ada", "bob", "eve"] and line.is_quiet


def test_one_owner_cannot_fill_the_line_nor_all_together() -> None:
    line, release = WaitingLine(1, room=3, each=1, share=1, full=TOO_MANY_CHANGES), threading.Event()
    served: list[str] = []
    told: list[list[int]] = [[] for _ in range(4)]
    threads = [hold(line, "ada", told[0], release, served)]
    wait_until(lambda: served)
    for number, owner in enumerate(("ada", "bob", "eve"), start=1):
        threads.append(hold(line, owner, told[number], release, served))
        wait_until(lambda number=number: told[number])  # type: ignore[misc]
    for owner in ("ada", "dan"):
        with pytest.raises(FootnoteError, match="too many documents"), line.place(owner=owner):
            pass
    release.set()
    for thread in threads:
        thread.join(20)
    with line.place(owner="dan") as has_place:
        assert has_place


def test_who_asks_much_at_once_gets_all_places_and_keeps_nobody_waiting_for_more_than_one() -> None:
    line = WaitingLine(2)
    served: list[str] = []
    told: dict[str, list[int]] = {name: [] for name in ("a 1", "a 2", "a 3", "a 4", "b 1", "b 2")}
    leave = {name: threading.Event() for name in told}

    def tell(name: str, before: int) -> bool:
        told[name].append(before)
        return True

    def stand(name: str) -> None:
        with line.place(partial(tell, name), name[0]):
            served.append(name)
            leave[name].wait(20)

    threads = [threading.Thread(target=stand, args=(name,)) for name in told]
    for name, thread in zip(told, threads, strict=True):
        thread.start()
        wait_until(lambda name=name: told[name] or name in served)  # type: ignore[misc]
    assert served == ["a 1", "a 2"]
    assert [told[name][0] for name in ("a 3", "a 4", "b 1", "b 2")] == [1, 2, 1, 2]
    for leaver, follower in (("a 1", "b 1"), ("b 1", "a 3"), ("a 3", "b 2"), ("a 2", "a 4")):
        leave[leaver].set()
        wait_until(lambda follower=follower: follower in served)  # type: ignore[misc]
        assert served[-1] == follower
    for event in leave.values():
        event.set()
    for thread in threads:
        thread.join(20)
    assert line.is_quiet


def test_who_fills_the_line_finds_it_full_and_others_do_not() -> None:
    line, release = WaitingLine(1, room=4, each=2), threading.Event()
    served: list[str] = []
    told: list[list[int]] = [[], [], []]
    threads = []
    for number in range(3):
        threads.append(hold(line, "ada", told[number], release, served))
        wait_until(lambda number=number: told[number] or served)  # type: ignore[misc]
    with pytest.raises(FootnoteError, match="too many questions"), line.place(owner="ada"):
        pass
    with line.place(lambda before: False, owner="bob") as has_place:
        assert not has_place, "there was room to wait"
    release.set()
    for thread in threads:
        thread.join(20)
    assert served == ["ada", "ada", "ada"] and line.is_quiet


def test_a_place_is_held_until_the_work_is_over_though_nobody_looks_on() -> None:
    line, release = WaitingLine(1), threading.Event()
    over = threading.Event()

    def change(tell: Callable[[str, int, int], None]) -> list[Any]:
        tell("Reading", 0, 1)
        release.wait(20)
        over.set()
        return []

    work = work_in_line(line, "ada", change)
    assert isinstance(next(work), Step)
    work.close()  # type: ignore[attr-defined]
    given_up: list[str] = []
    other = work_in_line(line, "bob", lambda tell: [], lambda: given_up.append("bob"))
    assert next(other) == 1 and not over.is_set(), "it waits"
    other.close()  # type: ignore[attr-defined]
    wait_until(lambda: given_up == ["bob"])
    release.set()
    assert list(work_in_line(line, "eve", lambda tell: []))[-1] == [] and over.is_set()


def test_what_goes_wrong_is_told_and_the_place_is_free_again(caplog: pytest.LogCaptureFixture) -> None:
    line = WaitingLine(1)

    def fail(tell: Callable[[str, int, int], None]) -> list[Any]:
        raise UsageError("there is no text to add")

    def break_down(tell: Callable[[str, int, int], None]) -> list[Any]:
        raise ZeroDivisionError("secret")

    for change, words in ((fail, "there is no text to add"), (break_down, UNFORESEEN)):
        *_, error = work_in_line(line, "ada", change)
        assert isinstance(error, FootnoteError) and str(error) == words
    assert "secret" in caplog.text and line.is_quiet


# ---- at a running server ----


@pytest.fixture
def address(article_index: Path, embeddings: Any, tmp_path: Path) -> Iterator[str]:
    given = {"uploads": tmp_path / "uploads", "library_places": 1, "requests_per_minute": 0}
    with serving(article_index, embeddings, **given) as address:
        yield address


def start_adding(visitor: Forger, name: str) -> str:
    event: str = visitor.post("add", [visitor.upload(name, LONG)]).json()["event_id"]
    return event


def wait_for(shown: Iterator[dict[str, Any]], words: str) -> None:
    """Look on until something is reported."""
    reports = []
    for each in shown:
        reports.append(each.get("report", ""))
        if words in reports[-1]:
            return
    raise AssertionError(reports)


def has(visitor: Forger, document: str) -> bool:
    return f'data-read="{document}"' in Forger(visitor.address, mine=visitor.mine).send("begin")["documents"]


@pytest.mark.parametrize("leaves", ["cancels", "goes away"])
def test_whoever_adds_and_leaves_frees_no_place_before_the_work_is_over(address: str, leaves: str) -> None:
    ada, bob = Forger(address), Forger(address)
    for visitor in (ada, bob):
        visitor.send("begin")
    event = start_adding(ada, "long.txt")
    looking = ada.watch("add", event)
    wait_for(looking, "Reading")
    if leaves == "cancels":
        body = {"session_hash": ada.session, "fn_index": ada.events["add"]["id"], "event_id": event}
        with suppress(httpx.ReadTimeout):  # Gradio answers when the function has given its next value
            ada.client.post("/gradio_api/cancel", json=body, timeout=5)
    else:
        looking.close()  # type: ignore[attr-defined]
        ada.client.close()
    event = bob.post("add", [bob.upload("bread.txt", BREAD)]).json()["event_id"]
    shown = bob.watch("add", event)
    wait_for(shown, "Waiting: 1 before you")
    assert not has(ada, "long")
    wait_for(shown, "Added")
    assert has(ada, "long"), "what was begun was brought to its end first"


def test_one_browser_changes_its_library_once_at_a_time_and_is_sent_away_when_it_asks_for_too_much(
    address: str,
) -> None:
    ada = Forger(address)
    ada.send("begin")
    looking = ada.watch("add", start_adding(ada, "long.txt"))
    wait_for(looking, "Reading")
    waiting = []
    for number in range(4):
        visitor = Forger(address, mine=ada.mine)
        file = visitor.upload(f"bread {number}.txt", BREAD + str(number).encode())
        waiting.append(visitor.watch("add", visitor.post("add", [file]).json()["event_id"]))
        wait_for(waiting[-1], "before you" if number < 3 else "Too many documents are being added")
    for shown in waiting[:3]:
        wait_for(shown, "Added")
    assert has(ada, "long") and has(ada, "bread-2") and not has(ada, "bread-3")
