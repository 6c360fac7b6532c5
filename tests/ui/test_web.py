"""The page in a real headless Chromium, over loopback, with the real chain; and the server behind it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from visiting import (
    ASKED,
    ASTRAL_NOTE,
    FAR,
    NARROW,
    NEAR,
    ROOT,
    WIDE,
    Served,
    Visitor,
    brightness,
    browser_test,
    is_in_view,
    wait_until,
)

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.errors import PortInUseError
from rag.index.passage_index import PassageIndex
from rag.settings import Settings, read_settings

if TYPE_CHECKING:
    pass

HOSTILE_NOTE = """# <img src=x onerror="window.pwned=1">

Zebras </p></article><script>window.pwned=1</script> are <b onmouseover="window.pwned=1">striped</b> animals.

<iframe src="http://evil.example/"></iframe> ![x](http://evil.example/x.png) {{constructor}} ${window.pwned=1}
"""


@browser_test
def test_the_page_opens_with_the_source_beside_an_empty_conversation(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    assert page.title() == "Footnote"
    assert "The Hanoi summit" in page.inner_text("#source")
    assert page.locator("#chat .example").count() == 3
    assert page.inner_text("#status").strip() == "Offline: quotes the document"
    assert page.evaluate("document.activeElement.closest('#question') !== null"), "one can type at once"
    assert page.locator("#source mark").count() == 0


@browser_test
def test_enter_asks_and_a_footnote_lights_up_the_exact_words(visit: Callable[..., Visitor], served: Served) -> None:
    visitor = visit()
    answer = visitor.ask(ASKED)
    assert "times when one has to walk away" in answer.inner_text()
    link = answer.locator("a[data-citation]").first
    number = int(link.get_attribute("data-citation"))
    document = PassageIndex(served.index_directory, served.embeddings).document("hanoi-summit")
    assert visitor.marked(number) in document.text
    assert "there are times when one has to walk away." in visitor.marked(number)
    visitor.page.evaluate("document.querySelector('#source .document').parentElement.scrollTop = 1e6")
    link.click()
    mark = visitor.page.locator(f'#source mark[data-citation~="{number}"]').first
    mark.wait_for()
    visitor.page.wait_for_function("document.querySelector('#source mark.flash') !== null")
    assert is_in_view(visitor.page, "#source mark.flash")
    assert visitor.page.input_value("#question textarea") == ""


@browser_test
def test_an_example_is_asked_by_a_click(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    chip = visitor.page.locator("#chat .example").last
    text = chip.inner_text()
    chip.click()
    visitor.page.wait_for_selector("#chat .answer")
    assert visitor.page.inner_text("#chat .asked") == text


@browser_test
def test_a_footnote_is_reached_and_followed_by_keyboard(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.ask(ASKED)
    visitor.page.focus("#question textarea")
    for _ in range(20):
        visitor.page.keyboard.press("Shift+Tab")
        if visitor.page.evaluate("document.activeElement.matches('a[data-citation]')"):
            break
    else:
        pytest.fail("no footnote in the order of the Tab key")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("#source mark.flash")
    assert (visitor.page.text_content("#announcer") or "").startswith("Footnote ")


@browser_test
def test_nested_and_overlapping_marks_each_cover_their_exact_words(
    visit: Callable[..., Visitor], served: Served
) -> None:
    visitor = visit()
    visitor.ask("nested")
    document = PassageIndex(served.index_directory, served.embeddings).document("hanoi-summit")
    start = document.text.index("Donald Trump met Kim")
    end = document.text.index("Polite words") + 30
    assert visitor.marked(1) == document.text[start : start + 80]
    assert visitor.marked(2) == document.text[start + 20 : start + 40]
    assert visitor.marked(3) == document.text[start + 60 : start + 120]
    assert visitor.marked(4) == document.text[end - 60 : end].replace("\n", ""), "over the end of a paragraph"
    assert visitor.page.locator('mark[data-citation="1 2"]').count() > 0
    ends = visitor.page.eval_on_selector_all("mark[data-ends]", "all => all.map(mark => mark.dataset.ends)")
    assert ends == ["2", "1", "3", "4"], "each number stands once, at the end of its span"
    short = "".join(visitor.page.locator("mark.short").all_text_contents())
    assert short == document.text[start + 30 : start + 50]


@browser_test
def test_the_source_shows_the_marks_of_one_answer_the_last_or_the_clicked(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    first = visitor.ask(ASKED)
    words = visitor.marked(1)
    first_id = first.locator("a[data-citation]").first.get_attribute("data-answer")
    visitor.ask("nested")
    assert visitor.marked(1) != words
    visitor.page.locator(f'a[data-citation="1"][data-answer="{first_id}"]').click()
    assert visitor.marked(1) == words
    owners = visitor.page.eval_on_selector_all("#source mark", "all => [...new Set(all.map(m => m.dataset.answer))]")
    assert owners == [first_id]


@browser_test
def test_an_abstention_says_so_and_the_closest_passage_can_be_seen(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    answer = visitor.ask(NEAR)
    assert "do not answer" in answer.inner_text()
    assert answer.locator("a[data-citation]").count() == 0
    assert visitor.page.locator("#source mark").count() == 0
    near = answer.locator("a.closest")
    number = near.get_attribute("data-passage")  # there is one, or Playwright complains
    near.click()
    visitor.page.wait_for_selector(f'#source mark[data-passage="{number}"]')
    assert visitor.page.locator(f'#source mark:not([data-passage="{number}"])').count() == 0


@browser_test
@pytest.mark.parametrize(
    ("question", "words"),
    [("broken", "The model is gone"), ("bug", "not foreseen"), ("why " * 25_000, "characters"), ("???", "empty")],
)
def test_what_fails_is_told_in_one_calm_line(visit: Callable[..., Visitor], question: str, words: str) -> None:
    visitor = visit()
    answer = visitor.ask(question)
    assert answer.locator(".failure").count() == 1
    assert words in answer.inner_text()
    assert "Traceback" not in visitor.page.content() and "secret details" not in visitor.page.content()
    assert "walk away" in visitor.ask(ASKED).inner_text(), "and the next question is answered"


@browser_test
def test_a_chat_models_prose_is_markdown_without_html_images_and_forged_footnotes(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit()
    answer = visitor.ask("prose")
    assert answer.locator("strong").inner_text() == "Bold"
    assert answer.locator("img").count() == 0
    assert answer.locator("s.unknown").inner_text() == "[9]"
    assert "The model is slow." in answer.locator(".notice").inner_text()


@browser_test
def test_stop_ends_an_answer_and_keeps_what_is_there(visit: Callable[..., Visitor], served: Served) -> None:
    visitor = visit()
    served.chain.release.clear()
    visitor.page.fill("#question textarea", "slow")
    visitor.page.press("#question textarea", "Enter")
    visitor.page.wait_for_selector("text=The first words")
    visitor.page.click("#question .stop-button")
    visitor.page.wait_for_selector("text=Stopped.")
    served.chain.release.set()
    assert "walk away" in visitor.ask(ASKED).inner_text()
    assert "and the last" not in visitor.page.inner_text("#chat")


@browser_test
def test_a_new_conversation_is_empty_and_the_source_has_no_marks(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.ask(ASKED)
    visitor.page.click("#restart")
    visitor.page.wait_for_selector("#chat .example")
    visitor.page.wait_for_function("document.querySelectorAll('#source mark').length === 0")
    visitor.ask(FAR)
    assert visitor.page.locator("#chat .asked").count() == 1


@browser_test
def test_an_uploaded_document_is_reported_shown_asked_about_and_its_file_deleted(
    visit: Callable[..., Visitor], served: Served, tmp_path: Path
) -> None:
    visitor = visit()
    (tmp_path / "stars.md").write_text(ASTRAL_NOTE, encoding="utf-8")
    (tmp_path / "empty.txt").write_text(" \n", encoding="utf-8")
    report = visitor.add(tmp_path / "stars.md", tmp_path / "empty.txt")
    assert "Added stars.md as “Star notes”" in report
    assert "empty.txt was not added" in report
    visitor.page.wait_for_selector('#source [data-document="stars"]')
    visitor.ask("What does the elephant called Tusker weigh?")
    assert visitor.marked(1) == "The 🐘 elephant called Tusker weighs six tonnes 🐘.", "counted in code points"
    left = [path for path in served.received.parent.rglob("*") if path.suffix in (".md", ".txt")]
    assert left == []
    (tmp_path / "stars.md").write_text(ASTRAL_NOTE.replace("six", "seven"), encoding="utf-8")
    assert "Replaced “Star notes”" in visitor.add(tmp_path / "stars.md", status="replaced")
    visitor.page.wait_for_selector("#source :text('seven tonnes')")


@browser_test
def test_following_a_footnote_brings_its_document(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    (tmp_path / "stars.md").write_text(ASTRAL_NOTE, encoding="utf-8")
    visitor.add(tmp_path / "stars.md")
    visitor.ask("What does the elephant called Tusker weigh?")
    own = visitor.page.locator("a[data-citation]").first  # of the whole page, so that it stays this one
    visitor.ask("What has North Korea started at Sohae?")
    visitor.page.wait_for_selector('#source [data-document="hanoi-summit"]')
    own.click()
    visitor.page.wait_for_selector('#source [data-document="stars"]')
    visitor.page.wait_for_selector("#source mark.flash")
    assert "Tusker" in visitor.marked(1)
    visitor.page.set_viewport_size({"width": 1600, "height": 900})
    box = visitor.page.locator("#document").bounding_box()
    assert box and box["width"] > 300, "its name can be read on a wide window, too"
    visitor.page.select_option("[data-chooser]", label="The Hanoi summit: two leaders and no deal")
    visitor.page.wait_for_selector('#source [data-document="hanoi-summit"]')


@browser_test
def test_two_browsers_never_see_each_others_conversation_or_documents(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    (tmp_path / "stars.md").write_text(ASTRAL_NOTE, encoding="utf-8")
    ada, bob = visit(), visit()
    ada.add(tmp_path / "stars.md")
    assert ada.ask("What does the elephant called Tusker weigh?").locator("a[data-citation]").count() == 1
    answer = bob.ask("What does the elephant called Tusker weigh?")
    assert "tonnes" not in answer.inner_text() and answer.locator("a[data-citation]").count() == 0
    assert bob.shown() == "hanoi-summit"
    assert "Star notes" not in bob.page.content()
    assert bob.page.locator("[data-chooser] option").count() == 1
    assert bob.page.locator("#chat .asked").count() == 1
    bob.page.reload()
    bob.page.wait_for_selector("#chat .asked")
    assert bob.page.locator("#chat .asked").count() == 1, "he finds his own conversation again"
    assert "Star notes" not in bob.page.content() and "tonnes" not in bob.page.inner_text("#chat")


@browser_test
def test_hostile_documents_and_file_names_stay_words(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    path = tmp_path / "<img src=x onerror=window.pwned=1>.txt"
    path.write_text(HOSTILE_NOTE, encoding="utf-8")
    visitor.add(path)
    visitor.page.wait_for_selector("#source :text('Zebras')")
    answer = visitor.ask("What are zebras?")
    assert "<script>window.pwned=1</script>" in answer.inner_text()
    visitor.page.hover("#source mark")
    for place in ("#source", "#chat", "#report", "#document"):
        foreign = f"{place} script, {place} img, {place} iframe, {place} b[onmouseover]"
        assert visitor.page.locator(foreign).count() == 0
    # What the visitor may not have done (a dialog, a request, a script) is checked at the end of every test.


@browser_test
def test_a_file_that_is_too_large_is_refused_and_nothing_breaks(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    (tmp_path / "large.txt").write_text("words " * 200_000, encoding="utf-8")
    visitor.page.set_input_files("#adding input[type=file]", tmp_path / "large.txt")
    visitor.page.wait_for_selector("#way-back >> text=larger than 0.5 MB")
    assert "walk away" in visitor.ask(ASKED).inner_text()


@browser_test
def test_a_document_that_is_ingested_meanwhile_is_there_with_the_next_question(
    visit: Callable[..., Visitor], served: Served, tmp_path: Path
) -> None:
    visitor = visit()
    (tmp_path / "bread.md").write_text("# Bread\n\nSourdough bread should prove for twelve hours.\n", encoding="utf-8")
    ingest_paths([tmp_path / "bread.md"], directory=served.index_directory, embeddings=served.embeddings)
    try:
        assert "twelve hours" in visitor.ask(FAR).inner_text()
        visitor.page.wait_for_selector('#source [data-document="bread"]')
        assert "twelve hours" in visitor.marked(1)
    finally:
        from ingest.pipeline import remove_document

        remove_document("bread", directory=served.index_directory, embeddings=served.embeddings)
    visitor.ask(ASKED)
    visitor.page.wait_for_selector('#source [data-document="hanoi-summit"]')


@browser_test
def test_on_a_narrow_screen_the_source_is_a_sheet_with_a_way_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit(NARROW)
    page = visitor.page
    assert not page.is_visible("#source")
    link = visitor.ask(ASKED).locator("a[data-citation]").first
    link.click()
    page.wait_for_selector("#source mark.flash")
    assert page.is_visible("[data-close-source]")
    assert is_in_view(page, "#source mark.flash")
    assert page.evaluate("document.activeElement.matches('[data-close-source]')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#source", state="hidden")
    assert page.evaluate("document.activeElement.matches('a[data-citation]')"), "the focus is where it was"
    page.click("[data-open-source]")
    page.wait_for_selector("#source .document", state="visible")
    page.click("[data-close-source]")
    page.wait_for_selector("#source", state="hidden")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out sideways"


@browser_test
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_smooth_scroll_arrives_though_heights_were_only_guessed(
    visit: Callable[..., Visitor], viewport: dict[str, int]
) -> None:
    visitor = visit(viewport, reduced_motion="no-preference")
    visitor.ask("Where is the Sohae launch site?").locator("a[data-citation]").first.click()
    wait_until(lambda: is_in_view(visitor.page, '#source mark[data-citation~="1"]'), 15)
    top = visitor.page.evaluate("document.querySelector('#source > .html-container > div').scrollTop")
    assert top > 500, "the words stand near the end of the document"


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_light_or_dark_as_the_person_prefers(visit: Callable[..., Visitor], scheme: str) -> None:
    visitor = visit(color_scheme=scheme)
    visitor.ask("nested")
    colours = visitor.page.evaluate(
        """() => ["#source .document", "#source mark", "#chat .words"].map(place => {
            let ground = document.querySelector(place);
            const ink = getComputedStyle(ground).color;
            while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
            return [ink, getComputedStyle(ground).backgroundColor];
        })"""
    )
    for ink, ground in colours:
        lighter, darker = sorted((brightness(ink), brightness(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5
    assert (brightness(colours[0][1]) < 0.1) == (scheme == "dark")


# ---- the server, without a browser ----


def test_health_says_ok(served: Served) -> None:
    assert httpx.get(f"{served.address}/health").json()["status"] == "ok"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "localhost.evil"])
def test_a_foreign_host_name_is_refused(served: Served, host: str) -> None:
    assert httpx.get(f"{served.address}/health", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "localhost:7860", "127.0.0.1:1", "[::1]:7860", "LOCALHOST"])
def test_loopback_names_are_served(served: Served, host: str) -> None:
    assert httpx.get(f"{served.address}/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://127.0.0.1:1/",
        "/gradio_api/file=https://evil.example/x",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file%3Dhttp://evil.example/",
        "//gradio_api//file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=http://evil.example/",
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/runs",
        "/gradio_api/vibe-code",
    ],
)
def test_gradios_side_doors_are_shut(served: Served, path: str) -> None:
    answer = httpx.get(served.address + path)
    assert answer.status_code == 404
    assert "root:" not in answer.text


def test_the_content_policy_names_no_other_host(served: Served) -> None:
    answer = httpx.get(served.address)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert not re.search(r"https?:|\*", policy)


def test_serve_tells_its_address_and_ends_without_a_trace_when_interrupted(article_index: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ui", "serve", "--index", str(article_index), "--port", "0", "--no-open"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process:
        assert process.stderr
        address = next(found.group() for line in process.stderr if (found := re.search(r"http://[\d.:]+", line)))
        wait_until(lambda: httpx.get(f"{address}/health").json()["status"] == "ok")
        assert list(tmp_path.glob("footnote-*"))
        with httpx.stream("GET", f"{address}/gradio_api/heartbeat/abc") as open_page:
            assert open_page.status_code == 200
            process.send_signal(signal.SIGINT)
            process.wait(30)
        said = process.stderr.read()
    assert "Traceback" not in said
    assert not list(tmp_path.glob("footnote-*"))


def test_a_port_in_use_is_one_line_that_says_what_to_do(served: Served) -> None:
    from ui.web.server import open_socket

    port = int(served.address.rsplit(":", 1)[1])
    with pytest.raises(PortInUseError, match=rf"port {port} .*--port"):
        open_socket("127.0.0.1", port)


@pytest.mark.parametrize(
    ("configured", "asked", "trusted"),
    [
        ("192.0.2.7", "192.0.2.7:7860", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("reading.example", "reading.example", True),
        ("0.0.0.0", "192.0.2.7:7860", True),
        ("0.0.0.0", "[2001:db8::1]:7860", True),
        ("0.0.0.0", "evil.example", False),
        ("0.0.0.0", "", False),
        ("::1", "[::1]:7860", True),
    ],
)
def test_which_names_are_trusted_depends_on_where_the_page_is_served(
    configured: str, asked: str, trusted: bool
) -> None:
    from ui.web.security.hosts import Hosts

    assert Hosts(configured).trusts(asked) is trusted


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, ""),
        ({"chat_model": "openai:x"}, "openai:x"),
        ({"chat_base_url": "http://user:secret@host.example:8000/v1"}, "host.example:8000"),
    ],
)
def test_the_answerer_is_named_without_any_key(fields: dict[str, str], name: str) -> None:
    from ui.web.server import answerer_name

    assert answerer_name(read_settings(**fields)) == name


def test_examples_fit_the_documents_that_there_are(article_index: Path, embeddings: Any, settings: Settings) -> None:
    from ui.web.page.updates import suggest

    records = PassageIndex(article_index, embeddings).documents()
    chain = build_chain(PassageIndex(article_index, embeddings), settings=settings)
    questions = suggest(records)
    assert len(questions) == 3
    for question in questions:
        answer = chain.invoke(question)
        assert not answer.abstained and answer.citations, question
    assert suggest(()) == ["What can you do?"]
