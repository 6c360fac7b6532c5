"""Pages of sources at a running server: seen by their owner alone, whatever is asked for, and gone with the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from forging import Forger
from made_pdf import line, lines, made_pdf
from served import serving

from rag.index.originals import FOLDER

WORDS = "The lighthouse burned down in the winter of 1911, and nobody was hurt."
LIGHT = made_pdf([line("A page before.", 50, 500), line(WORDS, 40, 300)], info="/Title (Light)")
ACCOUNTS = "ada:ada-password bob:bob-password"


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def address(article_index: Path, embeddings: Any, uploads: Path) -> Iterator[str]:
    with serving(article_index, embeddings, uploads=uploads, requests_per_minute=0) as address:
        yield address


def come(address: str, account: tuple[str, str] | None = None, known: Forger | None = None) -> Forger:
    """A new visit; of a browser that was here before, where it is given."""
    visitor = known.again() if known else Forger(address, account)
    visitor.send("begin")
    return visitor


def add(visitor: Forger, name: str, content: bytes) -> str:
    return str(visitor.send("add", [visitor.upload(name, content)])["report"])


def view(visitor: Forger, document: Any = "light", page: Any = 1, width: Any = 400, spans: Any = None) -> Any:
    data = {"ticket": 3, "document": document, "page": page, "width": width, "spans": spans}
    shown = visitor.send("view_page", data=data)
    assert "failed" not in shown, shown
    return shown.get("json", {})


def kept(uploads: Path) -> list[Path]:
    return [path for path in uploads.rglob("*") if path.parent.name == FOLDER]


@pytest.fixture
def ada(address: str) -> Iterator[Forger]:
    """Somebody who has added a PDF of two pages."""
    visitor = come(address)
    assert "Added" in add(visitor, "light.pdf", LIGHT)
    yield visitor
    visitor.send("forget")


def test_a_quote_is_boxed_on_its_page(address: str, ada: Forger) -> None:
    source = come(address, known=ada).send("open_document", data={"document": "light"})["source"]
    (start,) = re.findall(r'data-start="(\d+)"[^>]*>The lighthouse', source)
    assert 'data-pages="2"' in source
    shown = view(ada, page=0, spans=[[1, int(start), int(start) + len(WORDS)]])
    assert (shown["ticket"], shown["page"], shown["pages"]) == (3, 2, 2)
    assert shown["picture"].startswith("data:image/png;base64,") and shown["sizes"] == [[400, 600]] * 2
    assert [number for number, _ in shown["boxes"]] == [1] and shown["unsure"] == []
    assert [words for _, words in shown["lines"]] == [WORDS]
    assert view(ada, page=1, width=0)["picture"] == ""


def test_nobody_else_sees_it(address: str, ada: Forger) -> None:
    bob = come(address)
    for document in ("light", "Light", "light.pdf"):
        assert "picture" not in view(bob, document)
    stolen = Forger(address)  # the id of her visit, without her browser
    stolen.session = ada.session
    assert stolen.send("view_page", data={"document": "light", "page": 1, "width": 400}).get("refused") == 403
    forged = come(address)
    forged.mine = ada.mine | {"token": ada.mine["token"][:-1] + ("0" if ada.mine["token"][-1] != "0" else "1")}
    assert "picture" not in view(forged)


def test_ids_that_are_paths_or_nothing_of_the_kind_are_no_documents(ada: Forger) -> None:
    odd: list[Any] = [
        "../light",
        "/etc/passwd",
        "light/../light",
        "originals",
        "",
        "light\x00",
        "%6cight",
        "x" * 100_000,
    ]
    for document in [*odd, None, 7, ["light"], {}]:
        shown = view(ada, document)
        assert "picture" not in shown and shown["problem"] and "/etc" not in shown["problem"], document


def test_pages_that_are_not_there_are_not_shown(ada: Forger) -> None:
    for page in (-1, 3, 20_000, 10**9, 10**400, 1.5, "1", "../1", True, None, [1], {"page": 1}):
        shown = view(ada, page=page)
        assert "picture" not in shown and shown["problem"], page
    assert view(ada)["picture"], "the next one is"


def test_widths_are_bounded(ada: Forger) -> None:
    for width in (-1, 1, 199, 2_001, 10**9, 1e308, "400", None, [400], True):
        assert "picture" not in view(ada, width=width), width


def test_spans_of_any_kind_are_taken_calmly(ada: Forger) -> None:
    numbers: list[Any] = [
        [1, -5, 10],
        [1, 10, 5],
        [1, 5, 5],
        [-1, 0, 5],
        [1, 0.5, 5],
        [1, 10**400, 10**401],
        [1, 10**8, 10**9],
    ]
    odd = [7, [], [1, 2], [1, 2, 3, 4], [True, 0, 5], ["1", 0, 5], [[1], [2], [3]], *numbers]
    for spans in (7, "x", {}, [None] * 100_000, odd, *([each] for each in odd)):
        shown = view(ada, spans=spans)
        assert shown["picture"] and shown["boxes"] == [], spans


def test_very_many_and_very_long_spans_are_bounded(ada: Forger) -> None:
    many = view(ada, page=2, width=0, spans=[[number, 30, 60] for number in range(5_000)])
    assert len(many["boxes"]) == 60
    assert view(ada, page=2, width=0, spans=[[1, 0, 10**9]])["page"] == 2


def test_a_document_that_is_removed_is_seen_no_longer_and_its_file_is_gone(
    address: str, ada: Forger, uploads: Path
) -> None:
    assert len(kept(uploads)) == 1 and view(ada)["picture"]
    with ThreadPoolExecutor(4) as pool:
        looks = [pool.submit(view, Forger(address, kept=ada.kept, mine=ada.mine, config=ada.config)) for _ in range(6)]
        ada.send("remove", data={"document": "light"})
        for look in looks:
            assert ("picture" in look.result()) != ("problem" in look.result())
    assert kept(uploads) == []
    assert "no longer here" in view(ada)["problem"]


def test_what_is_forgotten_and_what_is_replaced_leaves_no_file(address: str, uploads: Path) -> None:
    visitor = come(address)
    add(visitor, "light.pdf", LIGHT)
    (before,) = kept(uploads)
    newer = made_pdf([line(WORDS.replace("1911", "1912"), 40, 300)])
    assert "Replaced" in add(visitor, "light.pdf", newer)
    (after,) = kept(uploads)
    assert after.name != before.name and view(visitor)["pages"] == 1
    add(visitor, "broken.pdf", b"%PDF-1.7 broken")
    assert kept(uploads) == [after]
    visitor.send("forget")
    assert kept(uploads) == []


def test_no_route_gives_out_the_file(ada: Forger, uploads: Path) -> None:
    (path,) = kept(uploads)
    for place in (str(path), f"originals/{path.name}", f"../{path.name}"):
        for route in ("/gradio_api/file=", "/file=", "/", "/static/", "/assets/", "/gradio_api/file/"):
            reply = ada.client.get(f"{route}{place}")
            assert reply.status_code in (400, 403, 404, 405) and b"%PDF" not in reply.content


def test_a_page_of_a_million_points_is_drawn_small(address: str) -> None:
    visitor = come(address)
    for name, box in (("square", b"[0 0 1000000 1000000]"), ("tall", b"[0 0 900 1000000]")):
        content = made_pdf([line(f"{WORDS} The page is {name}.", 1, 1)]).replace(b"[0 0 400 600]", box)
        assert "Added" in add(visitor, f"{name}.pdf", content)
        shown = view(visitor, name, width=2_000)
        assert 0 < len(shown["picture"]) < 1_000_000, name
    visitor.send("forget")


def test_a_page_that_paints_for_ever_is_one_line_and_the_others_are_drawn(address: str, ada: Forger) -> None:
    visitor = come(address)
    endless = "/I Do\n" * 3_000_000
    assert "Added" in add(visitor, "slow.pdf", made_pdf([line(WORDS) + "q 400 0 0 600 0 0 cm\n" + endless], image=True))
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(view, visitor, "slow", 1, 2_000)
        assert view(ada)["picture"]
        assert "cannot be drawn" in slow.result()["problem"]
    assert "cannot be drawn" in view(visitor, "slow")["problem"], "at once: it is not tried again"
    visitor.send("forget")


def test_words_of_a_page_come_as_they_are_and_are_put_there_as_text(address: str) -> None:
    visitor = come(address)
    hostile = "<img src=x onerror=window.pwned=1> is written on this page in plain letters."
    add(visitor, "hostile.pdf", made_pdf([lines([hostile])]))
    assert hostile in [words for _, words in view(visitor, "hostile")["lines"]]
    visitor.send("forget")


def test_users_see_their_own_alone(article_index: Path, embeddings: Any, tmp_path: Path) -> None:
    with serving(article_index, embeddings, uploads=tmp_path, auth=ACCOUNTS) as address:
        ada, bob = come(address, ("ada", "ada-password")), come(address, ("bob", "bob-password"))
        add(ada, "light.pdf", LIGHT)
        assert view(ada)["picture"] and "picture" not in view(bob)
        bob.mine = ada.mine
        assert "picture" not in view(bob)
        with httpx.Client(base_url=address) as nobody:
            event = {"data": [None, ada.mine], "fn_index": ada.events["view_page"]["id"], "session_hash": "x" * 12}
            body = event | {"event_data": {"document": "light", "page": 1, "width": 400}}
            assert nobody.post("/gradio_api/queue/join", json=body).status_code == 401
