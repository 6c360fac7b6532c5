"""How the page behaves in small things, in a real headless Chromium: what it says, when, and for how long."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from docx import Document as WordDocument
from playwright.sync_api import Route
from pypdfium2 import PdfDocument
from visiting import ASKED, NARROW, Served, Visitor, browser_test, open_panel, reload

HERONS = "# The heron book\n\nHerons stand still for hours beside the quiet mill. They eat frogs and small fish.\n"


def write(folder: Path, name: str, text: str) -> Path:
    """A file with a text."""
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@browser_test
def test_a_question_stands_in_the_conversation_before_the_server_has_it(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/queue/join*", hold)
    page.fill("#question textarea", "quick one")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#echo .said")
    assert page.inner_text("#echo .said") == "quick one" and "Searching" in page.inner_text("#echo")
    page.wait_for_function("document.querySelector('#question textarea').value === ''")
    held[0].continue_()
    page.unroute("**/queue/join*")
    page.wait_for_selector("#chat .answer")
    page.wait_for_selector("#echo", state="detached")
    assert page.locator("#chat .asked").all_inner_texts() == ["quick one"]


@browser_test
def test_a_question_that_never_arrives_is_given_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    page.route("**/queue/join*", lambda route: route.fulfill(status=429, body="{}"))
    page.fill("#question textarea", "quick one")
    page.press("#question textarea", "Enter")
    page.wait_for_function("document.querySelector('#question textarea').value === 'quick one'")
    page.wait_for_selector("#echo", state="detached")
    visitor.complaints.clear()  # the browser says that a request was refused


@browser_test
def test_the_arrow_up_brings_the_last_question_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    page.press("#question textarea", "ArrowUp")
    assert page.input_value("#question textarea") == ""
    visitor.ask("quick one")
    visitor.ask("quick two")
    page.press("#question textarea", "ArrowUp")
    assert page.input_value("#question textarea") == "quick two"
    page.press("#question textarea", "Home")
    page.press("#question textarea", "ArrowUp")
    assert page.input_value("#question textarea") == "quick two", "in a text it only moves"


@browser_test
def test_until_the_page_knows_what_there_is_it_says_that_it_opens(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/queue/join*", hold)
    page.reload()
    page.wait_for_selector("#source .opening")
    page.wait_for_timeout(1_500)
    shown = page.evaluate("document.body.innerText")
    assert "Nothing to read" not in shown and not re.search(r"\d\.\ds|Loading", shown)
    for route in held:
        route.continue_()
    page.unroute("**/queue/join*")
    page.wait_for_selector("#source .document")
    visitor.complaints.clear()


@browser_test
def test_a_report_tells_first_what_failed_stays_until_it_is_closed_and_success_goes(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    visitor = visit()
    page = visitor.page
    broken = tmp_path / "aa.pdf"
    broken.write_bytes(b"%PDF-1.4 nothing")
    others = [
        write(tmp_path, f"{name}.md", f"# Of {name}\n\nThe {name} is blue.\n") for name in ("boat", "cart", "door")
    ]
    visitor.add(*others, broken)
    assert page.locator("#report .report").first.inner_text().startswith("aa.pdf was not added")
    visitor.ask("quick one")
    assert page.is_visible("#report .failed"), "a failure stays"
    page.click("#report [data-dismiss]")
    page.wait_for_selector("#report .hint", state="attached")
    visitor.add(write(tmp_path, "elms.md", "# Of elms\n\nThe elm is green.\n"))
    visitor.ask("quick two")
    page.wait_for_selector("#report .hint", state="attached")


@browser_test
def test_the_bar_of_an_upload_is_not_full_from_the_start(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    visitor.page.evaluate(
        """() => {
          window.bars = [];
          const hear = () => document.querySelectorAll(".report.working progress").forEach((bar) => bars.push(bar.position));
          new MutationObserver(hear).observe(document, { subtree: true, childList: true, attributes: true });
        }"""
    )
    visitor.add(write(tmp_path, "herons.md", HERONS))
    bars = visitor.page.evaluate("bars")
    assert bars and bars[0] == -1, "while nothing is known of how far it is, the bar says so"
    assert 1 not in bars[: len(bars) // 2]


@browser_test
def test_suggestions_are_about_the_document_that_is_shown(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    page = visitor.page
    visitor.add(write(tmp_path, "herons.md", HERONS))
    page.wait_for_function("document.querySelector('#chat .examples').innerText.includes('heron book')")
    page.select_option("[data-chooser]", "hanoi-summit")
    page.wait_for_selector("#source [data-document=hanoi-summit]")
    page.wait_for_selector("#next [data-ask] >> text=/summit|Trump|Korea|Sohae/")


@browser_test
def test_the_chooser_is_left_by_tab_and_nothing_stays_open(visit: Callable[..., Visitor]) -> None:
    page = visit().page
    page.focus("[data-chooser]")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "outline", "the next thing, past all documents"
    assert page.locator("[role=listbox]").count() == 0
    assert page.locator("[data-chooser]").evaluate("each => each.tagName") == "SELECT"


@browser_test
def test_a_footnote_to_a_removed_document_shows_the_words_as_they_were(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    for size in (None, NARROW):
        visitor = visit(*([size] if size else []))
        page = visitor.page
        visitor.add(write(tmp_path, "herons.md", HERONS))
        visitor.ask("What do herons eat?")
        open_panel(visitor, "library")
        page.click("[data-remove=herons]")
        page.wait_for_selector("#chat .footnote.gone", state="attached")
        page.keyboard.press("Escape")
        page.wait_for_selector("#source [data-document=hanoi-summit]", state="attached")
        page.locator("#chat .footnote.gone").first.click()
        page.wait_for_selector("#kept-quote", state="visible")
        assert "They eat frogs" in page.inner_text("#kept-quote") and "removed" in page.inner_text("#kept-quote")
        assert visitor.shown() == "hanoi-summit", "what was read stays"
        page.click("#kept-quote .close")
        page.wait_for_selector("#kept-quote", state="hidden")


@browser_test
def test_what_was_searched_is_in_the_readers_order_without_odd_numbers(visit: Callable[..., Visitor]) -> None:
    answer = visit().ask(ASKED)
    answer.locator(".searched summary").click()
    assert answer.locator(".searched .rank").all_inner_texts() == [str(number) for number in range(1, 9)]
    assert not re.search(r"\b[01]\.\d\d\b", answer.locator(".searched").inner_text())


@browser_test
def test_a_rating_is_seen_and_what_is_wrong_is_asked_after_the_thumb_down(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    visitor.ask(ASKED)
    page.click("#chat [data-act=good]")
    page.wait_for_selector("#chat .thanks", state="visible")
    assert page.get_attribute("#chat [data-act=good]", "aria-pressed") == "true"
    assert not page.is_visible("#chat [data-act=evidence-wrong]")
    page.click("#chat [data-thumb-down]")
    page.click("#chat [data-act=evidence-wrong]")
    page.wait_for_selector("#chat [data-act=evidence-wrong][aria-pressed=true]")
    assert page.get_attribute("#chat [data-act=good]", "aria-pressed") == "false"
    assert page.is_visible("#chat [data-act=evidence-wrong]"), "what was said stands there"


@browser_test
def test_a_file_that_is_too_large_is_refused_in_our_own_words_and_the_others_go_on(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    visitor = visit()
    files = [write(tmp_path, "big <b>.txt", "words " * 100_000), write(tmp_path, "herons.md", HERONS)]
    assert "herons.md" in visitor.add(*files)
    said = visitor.page.inner_text("#way-back")
    assert said == "“big <b>.txt” is larger than 0.5 MB, the limit here. Split it, or add a part."


@browser_test
def test_on_paper_stand_question_answer_and_footnotes_and_nothing_to_press(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.ask(ASKED)
    for number in range(5):
        visitor.ask(f"quick {number}")
    page.pdf(path=tmp_path / "page.pdf")
    with PdfDocument(tmp_path / "page.pdf") as paper:
        count = len(paper)
        words = " ".join(paper[at].get_textpage().get_text_bounded() for at in range(count))
    words = " ".join(words.split())
    assert count > 1 and words.count("And more words") >= 5, "all of the conversation"
    assert ASKED in words and "times when one has to walk away" in words
    assert "The Hanoi summit: two leaders and no deal" in words, "a footnote says where it stands"
    for control in ("Add a document", "Ask again", "Settings", "Find in document", "What was searched", "Latest"):
        assert control not in words, control
    assert page.locator(".printed").count() == 0, "on the screen there are none"


@browser_test
def test_headings_of_a_word_file_are_smaller_than_its_title(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    word = WordDocument()
    for words, level in (("All about mills", 0), ("A chapter", 1), ("A part", 2)):
        word.add_heading(words, level)
        word.add_paragraph("The mill turns slowly in the summer and quickly in spring.")
    word.save(str(tmp_path / "mills.docx"))
    visitor = visit()
    visitor.add(tmp_path / "mills.docx")
    visitor.page.wait_for_selector("#source [data-document=mills]")
    sizes = visitor.page.evaluate(
        "[...document.querySelectorAll('.document :is(h2, h3, h4)')].map((each) => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert len(sizes) == 3 and sizes[0] > sizes[1] > sizes[2]


@browser_test
def test_the_head_the_icon_and_the_manifest_are_footnotes_own(visit: Callable[..., Visitor], served: Served) -> None:
    page = visit().page
    head = page.request.get(served.address).text().partition("</head>")[0]
    assert '<meta property="og:title" content="Footnote"' in head
    told = [line for line in re.findall(r"<meta[^>]*>", head) if re.search("gradio", line, re.IGNORECASE)]
    assert told == []
    icon = page.request.get(f"{served.address}/favicon.ico")
    assert icon.headers["content-type"] == "image/svg+xml" and "#96351f" in icon.text()
    manifest = page.request.get(f"{served.address}/manifest.json").json()
    assert manifest["name"] == "Footnote" and "logo" not in str(manifest["icons"])
    assert page.request.get(f"{served.address}{manifest['icons'][0]['src']}").text() == icon.text()


SLOW_END = """
    const plain = window.fetch;
    window.fetch = async (target, options) => {
        const response = await plain(target, options);
        if (!String(target?.url ?? target).includes("/queue/data")) return response;
        const hold = new TransformStream({
            async transform(piece, out) {
                const at = new TextDecoder().decode(piece).indexOf('data: {"msg":"close_stream"');
                if (at > 0) out.enqueue(piece.slice(0, at));
                if (at >= 0) await new Promise((done) => setTimeout(done, 400));
                out.enqueue(at > 0 ? piece.slice(at) : piece);
            },
        });
        return new Response(response.body.pipeThrough(hold), response);
    };
"""
"""Has the end of each stream of answers reach the page later than it was sent, as over a slow line."""


@browser_test
def test_no_press_is_lost_however_soon_after_the_last_answer(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    page.add_init_script(SLOW_END)
    reload(visitor)
    visitor.ask(ASKED)
    for pressed in ("true", "false") * 4:
        page.click("#chat [data-act=good]")
        page.wait_for_selector(f"#chat [data-act=good][aria-pressed={pressed}]")
