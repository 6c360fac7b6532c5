"""Links to passages at a running server: they open what somebody sees anyway, and tell a stranger nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from forging import Forger
from made_pdf import line, lines, made_pdf
from served import serving

from ui.web.page.link_handlers import NO_LINK, NOT_FOUND_ON_PAGE, NOT_HERE

NOTES = "# Tides\n\nSpring tides are highest two days after the new moon.\n\nThe keeper kept a green book.\n"
ODD: list[Any] = [None, True, 7, 10**400, [], {}, ["words=x"], {"link": "x"}, "", "x" * 100_000, "\x00", "words=%ff"]


@pytest.fixture(scope="module")
def address(article_index: Path, embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    uploads = tmp_path_factory.mktemp("uploads")
    with serving(article_index, embeddings, uploads=uploads, requests_per_minute=0) as address:
        yield address


def come(address: str, *added: tuple[str, bytes]) -> Forger:
    """A new visit, of somebody who adds files."""
    visitor = Forger(address)
    visitor.send("begin")
    for name, content in added:
        assert "Added" in visitor.send("add", [visitor.upload(name, content)])["report"]
    return visitor


def make_link(visitor: Forger, **words: Any) -> Any:
    return visitor.send("link_passage", data=words)["json"]


def follow(visitor: Forger, link: Any) -> dict[str, Any]:
    """What a link leads to, and all else that is shown because of it."""
    shown = visitor.send("open_passage", data={"link": link})
    assert "failed" not in shown, shown
    return shown


def test_a_link_opens_its_document_at_its_words(address: str) -> None:
    ada = come(address, ("tides.md", NOTES.encode()))
    link = make_link(ada, document="tides", start=7, end=30)["link"]
    again = ada.again()
    again.send("begin")
    shown = follow(again, link)
    assert shown["json"]["document"] == "tides" and 'data-document="tides"' in shown["source"]
    assert shown["json"]["start"] == 7 and shown["json"]["end"] <= 30
    everybodys = make_link(ada, document="hanoi-summit", start=1343, end=1465)["link"]
    assert follow(come(address), everybodys)["json"] == {"document": "hanoi-summit", "start": 1343, "end": 1465}


def test_a_stranger_is_told_the_same_of_what_is_not_theirs_not_there_or_gone(address: str) -> None:
    ada = come(address, ("tides.md", NOTES.encode()))
    link = make_link(ada, document="tides", start=7, end=30)["link"]
    bob = come(address)
    theirs = follow(bob, link)
    never = follow(bob, link.replace("tides", "nothing"))
    ada.send("remove", data={"document": "tides"})
    gone = follow(bob, link)
    assert theirs["json"] == never["json"] == gone["json"] == {"problem": NOT_HERE}
    assert json.dumps(theirs) == json.dumps(never) == json.dumps(gone), "not a byte differs"
    own = follow(ada, link)
    assert own["json"] == {"problem": NOT_HERE} and "Spring" not in json.dumps(own)
    dora = come(address, ("tides.md", NOTES.replace("green", "brown").encode()))
    assert follow(dora, link)["json"] == {"problem": NOT_HERE}, "another text of that name"


def test_links_of_any_kind_are_taken_calmly(address: str) -> None:
    ada = come(address, ("tides.md", NOTES.encode()))
    good = make_link(ada, document="tides", start=7, end=30)["link"]
    forged = [
        good.replace("7-", "0-").replace("-30", "-5000"),
        good.replace("-30", "-999999999"),
        good.replace("7-", "29999-").replace("-30", "-30000"),
        good.replace("tides", "..%2Ftides"),
        good.replace("tides", "%2Fetc%2Fpasswd"),
        good.replace("tides", "<script>"),
        good + "&words=hanoi-summit",
        good[:-1],
    ]
    for link in [*ODD, *forged]:
        shown = follow(ada, link)
        assert shown["json"] == {"problem": NOT_HERE}, link
        assert "/etc" not in json.dumps(shown)
    for data in ODD:
        assert ada.send("open_passage", data=data)["json"] == {"problem": NOT_HERE}, data
    assert "problem" not in follow(ada, good)["json"], "the next one is followed"


def test_only_words_that_are_there_are_linked_to(address: str) -> None:
    ada = come(address, ("tides.md", NOTES.encode()))
    places: list[Any] = [(-1, 5), (5, 5), (9, 5), (0, 10**9), (0, 10**400), (1.5, 9), ("0", 5), (True, 5), (None, 9)]
    for start, end in places:
        assert make_link(ada, document="tides", start=start, end=end) == {"problem": NO_LINK}, (start, end)
    for name in [*ODD, "nothing", "../tides"]:
        assert make_link(ada, document=name, start=0, end=5) == {"problem": NO_LINK}, name
    assert make_link(come(address), document="tides", start=0, end=5) == {"problem": NO_LINK}
    trimmed = make_link(ada, document="tides", start=5, end=13)["link"]
    assert "at=7-13" in trimmed, "white space at its ends is left out"
    assert make_link(ada, document="tides", start=5, end=7) == {"problem": NO_LINK}, "nothing else there"


def test_words_of_a_page_are_linked_to_where_they_stand_once(address: str) -> None:
    words = "The lighthouse burned down in the winter."
    content = made_pdf(
        [lines(["Once upon a time.", "A page before."]), line(words, 40, 300) + line("Twice. Twice.", 40, 200)]
    )
    ada = come(address, ("light.pdf", content))
    link = make_link(ada, document="light", page=2, last=2, words="lighthouse\nburned")["link"]
    shown = follow(ada, link)["json"]
    view = ada.send(
        "view_page",
        data={"ticket": 1, "document": "light", "page": 0, "width": 400, "spans": [[0, shown["start"], shown["end"]]]},
    )
    assert view["json"]["page"] == 2 and [number for number, _ in view["json"]["boxes"]] == [0]
    for page, last, said in (
        (1, 1, "lighthouse burned"),
        (2, 2, "Twice"),
        (2, 2, "---"),
        (2, 1, "burned"),
        (0, 2, "burned"),
        (2, 9, "burned"),
        ("2", 2, "burned"),
    ):
        told = make_link(ada, document="light", page=page, last=last, words=said)
        assert told == {"problem": NOT_FOUND_ON_PAGE}, (page, last, said)
    assert make_link(ada, document="light", page=2, last=2, words="x" * 5_001) == {"problem": NO_LINK}
