"""Reading the source in a real headless Chromium: going through footnotes, the strip, finding words, the previews."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from visiting import NARROW, WIDE, Served, Visitor, brightness, is_in_view, wait_until

from ingest.pipeline import ingest_paths, remove_document
from rag.types import Answer, Citation, Document, Passage, Question, Seconds, Sentence, Span
from ui.render.source import render_document

pytestmark = pytest.mark.browser

SOURCE = "#source > .html-container > div"
LONG = "# A long walk\n\n" + "\n\n".join(
    f"Step {number} of the walk led past {'a low wall and ' * (number % 7)}stone number {number}, and then 🌹 uphill."
    for number in range(1, 501)
)
HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script> "quoted" ${window.pwned=1}'


class Tour:
    """The real chain, but for answers written here: one over two documents, and one with a hostile quote."""

    def __init__(self, real: Any, index: Any):
        self.real = real
        self.index = index

    def stream(self, question: Question) -> Iterator[Answer]:
        if question.text == "tour":
            yield self.tour(question)
        elif question.text == "hostile":
            yield self.hostile(question)
        else:
            yield from self.real.stream(question)

    def spans(self) -> list[Span]:
        """Two documents, taking turns: the article's head and end, the long one's tenth, half and last tenth."""
        article, walk = self.index.document("hanoi-summit"), self.index.document("walk")
        places = [(article, 0.1), (walk, 0.1), (walk, 0.5), (walk, 0.9), (article, 0.8)]
        starts = [
            (document, document.text.index("\n\n", int(share * len(document.text))) + 2) for document, share in places
        ]
        return [Span(document.id, start, start + 30) for document, start in starts]

    def tour(self, question: Question) -> Answer:
        text, citations, sentences = "", [], []
        for number, span in enumerate(self.spans(), start=1):
            quote = self.index.document(span.document_id).quote(span)
            home = Passage(span, quote, title="A title", heading="A heading")
            start, words = len(text), f"Sentence {'of many words ' * 3}{'abcde'[number - 1]}. "
            marker = (start + len(words), start + len(words) + 3)
            status = {2: "close", 3: "unverified"}.get(number, "verbatim")
            citations.append(Citation(number, span, quote, home, (marker,), status, page=number))  # type: ignore[arg-type]
            sentences.append(Sentence(words, start, marker[1], (number,), 0.1234, number != 5))
            text += f"{words}[{number}]\n\n"
        return Answer(
            question.text, text, citations=tuple(citations), sentences=tuple(sentences), seconds=Seconds(total=1.0)
        )

    def hostile(self, question: Question) -> Answer:
        span = Span("hanoi-summit", 0, 20)
        home = Passage(span, HOSTILE, title=HOSTILE, heading=HOSTILE[::-1])
        return Answer(question.text, "Words. [1]", citations=(Citation(1, span, HOSTILE, home, ((7, 10),)),))


@pytest.fixture(scope="module")
def tour(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    """The server with a long second document, and with the answers above."""
    path = tmp_path_factory.mktemp("long") / "walk.md"
    path.write_text(LONG, encoding="utf-8")
    ingest_paths([path], directory=served.index_directory, embeddings=served.embeddings)
    real = served.chain.real
    served.chain.real = Tour(real, served.chain.index)
    yield served.chain.real
    served.chain.real = real
    remove_document("walk", directory=served.index_directory, embeddings=served.embeddings)


@pytest.fixture
def asked(visit: Callable[..., Visitor], tour: Tour) -> Callable[..., Visitor]:
    """Opens the page and asks for the tour; the focus is then in no field."""

    def ask(viewport: dict[str, int] = WIDE, question: str = "tour", **options: Any) -> Visitor:
        visitor = visit(viewport, **options)
        visitor.ask(question)
        if viewport == WIDE:
            visitor.page.focus(SOURCE)
        return visitor

    return ask


def followed(visitor: Visitor) -> list[int]:
    """The number of the footnote that is followed in the answer."""
    links = visitor.page.locator("#chat a.footnote.followed")
    return [int(number) for number in links.evaluate_all("links => links.map(link => link.dataset.citation)")]


def wait_for_stop(visitor: Visitor, number: int) -> None:
    """Wait until a citation is followed, with its document, its words in view and its tick."""
    page = visitor.page
    wait_until(lambda: followed(visitor) == [number], 10)
    page.wait_for_selector(f'#source mark.followed[data-citation="{number}"]')
    assert is_in_view(page, "#source mark.followed")
    assert page.inner_text("#step-count") == f"{number} of 5"
    assert page.locator("#strip .tick.followed").get_attribute("data-tick") == str(number)
    assert (page.text_content("#announcer") or "").startswith(f"Footnote {number}: ")


def test_n_and_p_go_through_the_footnotes_across_documents(asked: Callable[..., Visitor], tour: Tour) -> None:
    visitor = asked()
    page = visitor.page
    assert page.inner_text("#step-count") == "5 footnotes"
    spans = tour.spans()
    for number in (1, 2, 3):
        page.keyboard.press("n")
        wait_for_stop(visitor, number)
        assert visitor.shown() == spans[number - 1].document_id
        assert visitor.marked(number) == tour.index.document(spans[number - 1].document_id).quote(spans[number - 1])
    page.keyboard.press("p")
    wait_for_stop(visitor, 2)
    for key in "pp":
        page.keyboard.press(key)
    wait_for_stop(visitor, 5)  # before the first comes the last
    assert page.locator("mark.flash").count() > 0


def test_going_on_before_a_document_has_come_ends_at_the_last_one_asked_for(asked: Callable[..., Visitor]) -> None:
    visitor = asked()
    for key in "nnnnn":
        visitor.page.keyboard.press(key)
    wait_for_stop(visitor, 5)
    for key in "nnp":  # to the long one and back at once
        visitor.page.keyboard.press(key)
    wait_for_stop(visitor, 1)
    visitor.page.wait_for_timeout(1000)
    assert visitor.shown() == "hanoi-summit"
    wait_for_stop(visitor, 1)


def test_in_a_field_the_keys_are_letters(asked: Callable[..., Visitor]) -> None:
    visitor = asked()
    visitor.page.focus("#question textarea")
    visitor.page.keyboard.type("n/p")
    assert visitor.page.input_value("#question textarea") == "n/p"
    visitor.page.focus("#find")
    visitor.page.keyboard.type("n/p")
    assert visitor.page.input_value("#find") == "n/p"
    assert followed(visitor) == []
    visitor.page.focus(SOURCE)
    visitor.page.keyboard.press("Alt+n")
    assert followed(visitor) == []


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_buttons_do_the_same_and_keep_the_focus(asked: Callable[..., Visitor], viewport: dict[str, int]) -> None:
    visitor = asked(viewport)
    page = visitor.page
    if viewport == NARROW:
        page.click("[data-open-source]")
    page.focus('[data-step="1"]')
    for number in (1, 2):
        page.keyboard.press("Enter")
        wait_for_stop(visitor, number)
        assert page.evaluate("document.activeElement.matches('[data-step=\"1\"]')")
    page.click('[data-step="-1"]')
    wait_for_stop(visitor, 1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if viewport == NARROW:
        page.keyboard.press("Escape")
        page.wait_for_selector("#source", state="hidden")
        assert page.evaluate("document.activeElement.dataset.citation") == "1"


def test_without_footnotes_there_is_nothing_to_go_through(visit: Callable[..., Visitor], tour: Tour) -> None:
    visitor = visit()
    visitor.page.focus(SOURCE)
    visitor.page.keyboard.press("n")
    assert not visitor.page.is_visible('[data-step="1"]')
    assert not visitor.page.is_visible("#strip")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_strip_tells_where_in_the_document_the_evidence_lies(
    asked: Callable[..., Visitor], tour: Tour, viewport: dict[str, int]
) -> None:
    visitor = asked(viewport)
    page = visitor.page
    if viewport == NARROW:
        page.locator("#chat a.footnote").nth(2).click()
    else:
        for key in "nn":
            page.keyboard.press(key)
    page.wait_for_selector('#source [data-document="walk"]')
    page.wait_for_selector("#strip .tick.followed")
    walk = tour.index.document("walk")
    places = page.evaluate(
        """() => [...document.querySelectorAll("#strip .tick")].map(tick => {
            const [box, frame] = [tick, tick.parentElement].map(each => each.getBoundingClientRect());
            return [Number(tick.dataset.tick), (box.top - frame.top) / frame.height];
        })"""
    )
    assert [number for number, _ in places] == [2, 3, 4], "one for each citation of this document"
    for number, place in places:
        assert place == pytest.approx(tour.spans()[number - 1].start / len(walk.text), abs=0.05)
    assert page.get_attribute("#strip", "aria-hidden") == "true"
    assert page.locator("#strip :is(a, button, [tabindex])").count() == 0
    page.locator('#strip .tick[data-tick="4"]').click()
    wait_for_stop(visitor, 4)
    # Where the words really are: near the end of what is scrolled through.
    share = page.evaluate(f"(e => e.scrollTop / e.scrollHeight)(document.querySelector('{SOURCE}'))")
    assert share > 0.7


def test_the_strip_moves_nothing(asked: Callable[..., Visitor]) -> None:
    visitor = asked()
    box = "document.querySelector('#source .document').getBoundingClientRect().toJSON()"
    before = visitor.page.evaluate(box)
    visitor.page.evaluate("document.querySelector('#strip').remove()")
    assert visitor.page.evaluate(box) == before


def test_words_are_found_in_the_document_which_stays_as_it_is(asked: Callable[..., Visitor], tour: Tour) -> None:
    visitor = asked()
    page = visitor.page
    html = page.inner_html(SOURCE)
    count = tour.index.document("hanoi-summit").text.casefold().count("summit")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("SUMMIT")
    at = found_at(visitor, count)
    assert lit(visitor).casefold() == "summit"
    for key, by in (("Enter", 1), ("Enter", 1), ("Shift+Enter", -1)):
        page.keyboard.press(key)
        at = (at - 1 + by) % count + 1
        assert found_at(visitor, count) == at
        assert is_lit_in_view(visitor)
    for _ in range(count):  # round, and to the same again
        page.keyboard.press("Enter")
        assert is_lit_in_view(visitor)
    assert found_at(visitor, count) == at
    assert page.inner_html(SOURCE) == html
    page.keyboard.type(" xyz")
    assert page.inner_text("#found") == "not found" and lit(visitor) == ""
    page.keyboard.press("Escape")
    assert page.input_value("#find") == "" and page.text_content("#found") == ""
    assert page.evaluate(f"document.activeElement === document.querySelector('{SOURCE}')"), "where it was"


def test_what_is_found_stays_lit_when_marks_and_documents_change(asked: Callable[..., Visitor]) -> None:
    visitor = asked()
    page = visitor.page
    page.fill("#find", "the")
    page.focus(SOURCE)
    page.keyboard.press("n")
    wait_for_stop(visitor, 1)
    assert lit(visitor).casefold() == "the"
    page.keyboard.press("n")
    wait_for_stop(visitor, 2)
    assert lit(visitor).casefold() == "the", "in the other document"
    found_at(visitor, LONG.casefold().count("the"))


def test_finding_in_the_sheet_of_a_narrow_screen(asked: Callable[..., Visitor]) -> None:
    visitor = asked(NARROW)
    page = visitor.page
    page.focus("[data-open-source]")
    page.keyboard.press("/")
    page.keyboard.type("trump")
    assert is_lit_in_view(visitor)
    page.click('[data-find="1"]')
    assert is_lit_in_view(visitor)
    page.focus("#find")
    page.keyboard.press("Escape")
    assert page.is_visible("#source"), "the first one clears the field"
    page.keyboard.press("Escape")
    page.wait_for_selector("#source", state="hidden")


def test_finding_in_a_document_of_three_hundred_pages(asked: Callable[..., Visitor]) -> None:
    visitor = asked()
    page = visitor.page
    text = "\n\n".join(
        f"Paragraph {number}. " + "Words of every kind, İstanbul and 🌹 too. " * 8 for number in range(3000)
    )
    assert len(text) > 1_000_000
    # As the server renders it; only the way there, through an upload, is left out.
    page.evaluate(
        f"html => document.querySelector('{SOURCE}').innerHTML = html",
        render_document(Document("large", "Large", text, "s", "d")),
    )
    reading = page.evaluate(
        """() => {
            const begun = performance.now();
            document.getElementById("find").focus();
            return performance.now() - begun;
        }"""
    )
    took: list[tuple[Any, ...]] = [("reading it, once", reading, reading, "")]
    for typed in ("p", "pa", "paragraph 2", "paragraph 2999", "e", "istanbul and", "kind, istanbul"):
        took.append((typed, *page.evaluate(
            """async typed => {
                const field = document.getElementById("find");
                const begun = performance.now();
                field.value = typed;
                field.dispatchEvent(new Event("input", { bubbles: true }));
                const done = performance.now() - begun;
                await new Promise(next => requestAnimationFrame(() => setTimeout(next)));
                return [done, performance.now() - begun, document.getElementById("found").textContent];
            }""",
            typed,
        )))  # fmt: skip
        if typed == "paragraph 2999":
            assert is_lit_in_view(visitor)
            assert lit(visitor) == "Paragraph 2999"
        if typed == "e":
            assert took[-1][-1].endswith(f" of {text.casefold().count('e'):,}")
        if typed == "kind, istanbul":
            assert took[-1][-1].endswith(" of 24,000")
    begun = time.perf_counter()
    for _ in range(20):
        page.keyboard.press("Enter")
    took.append(("Enter, each", (time.perf_counter() - begun) * 50, 0, ""))
    for typed, done, painted, found in took:
        print(f"{typed!r}: {done:.0f} ms, {painted:.0f} ms until painted, {found}")


def found_at(visitor: Visitor, count: int) -> int:
    """Which of so many places is shown."""
    told = re.fullmatch(r"([\d,]+) of ([\d,]+)", visitor.page.inner_text("#found"))
    assert told and int(told[2].replace(",", "")) == count
    return int(told[1].replace(",", ""))


def lit(visitor: Visitor) -> str:
    """The words that are highlighted as the place shown."""
    visitor.page.wait_for_timeout(100)
    return str(visitor.page.evaluate("[...(CSS.highlights.get('found-now') ?? [])].map(String).join('|')"))


def is_lit_in_view(visitor: Visitor) -> bool:
    visitor.page.wait_for_timeout(200)
    return bool(
        visitor.page.evaluate(
            f"""() => {{
                const box = [...CSS.highlights.get("found-now")][0].getBoundingClientRect();
                const frame = document.querySelector("{SOURCE}").getBoundingClientRect();
                return box.height > 0 && box.top >= frame.top && box.bottom <= frame.bottom;
            }}"""
        )
    )


def test_a_preview_tells_quote_place_and_status_on_hover_and_on_focus(
    asked: Callable[..., Visitor], tour: Tour
) -> None:
    visitor = asked()
    page = visitor.page
    links = page.locator("#chat a.footnote")
    for number, status in ((1, "verbatim"), (2, "close, though not word for word"), (3, "not found word for word")):
        page.mouse.move(5, 5)  # the window may lie over the next footnote
        page.wait_for_selector("#preview", state="hidden")
        links.nth(number - 1).hover()
        page.wait_for_function(
            "n => document.querySelector(`a[aria-describedby=preview-words][data-citation='${n}']`)", arg=number
        )
        span = tour.spans()[number - 1]
        quote = " ".join(tour.index.document(span.document_id).quote(span).split())
        assert page.locator("#preview-words p").all_text_contents() == [
            f"“{quote}”",
            f"A title ({span.document_id}) > A heading, page {number}",
            status,
        ]
    page.hover("#preview")
    page.wait_for_timeout(500)
    assert page.is_visible("#preview"), "one may move onto it"
    page.mouse.move(5, 5)
    page.wait_for_selector("#preview", state="hidden")
    assert page.locator("[aria-describedby=preview-words]").count() == 0
    page.focus("#question textarea")
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('a.footnote')"):
            break
    page.wait_for_selector("#preview", state="visible")
    assert page.get_attribute("#preview-words", "role") == "tooltip"
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == "preview-words"
    page.keyboard.press("Escape")
    page.wait_for_selector("#preview", state="hidden")
    assert page.evaluate("document.activeElement.matches('a.footnote')"), "the focus stays"


def test_an_unproven_sentence_tells_why(asked: Callable[..., Visitor]) -> None:
    visitor = asked()
    page = visitor.page
    page.locator("#chat .unproven").click()
    assert page.inner_text("#preview") == "What it cites does not support it."
    page.keyboard.press("Escape")
    page.wait_for_selector("#preview", state="hidden")


def test_a_hostile_quote_stays_words_in_its_preview(asked: Callable[..., Visitor]) -> None:
    visitor = asked(question="hostile")
    visitor.page.locator("#chat a.footnote").hover()
    visitor.page.wait_for_selector("#preview", state="visible")
    assert HOSTILE in visitor.page.inner_text("#preview")
    assert visitor.page.locator("#preview-words :not(p)").count() == 0
    visitor.page.wait_for_timeout(300)
    # That nothing ran or was fetched is checked at the end of every test.


def test_on_a_narrow_screen_a_preview_stays_on_it_and_off_its_footnote(asked: Callable[..., Visitor]) -> None:
    visitor = asked(NARROW)
    page = visitor.page
    for number in range(5):
        page.mouse.move(2, 2)
        page.wait_for_selector("#preview", state="hidden")
        page.locator("#chat a.footnote").nth(number).hover()
        page.wait_for_selector("#preview", state="visible")
        box, link = page.evaluate(
            """() => ["#preview", "[aria-describedby=preview-words]"].map(
                name => document.querySelector(name).getBoundingClientRect().toJSON())"""
        )
        assert box["left"] >= 0 and box["right"] <= NARROW["width"]
        assert box["top"] >= 0 and box["bottom"] <= NARROW["height"]
        assert box["bottom"] <= link["top"] or link["bottom"] <= box["top"]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tools_stand_out_from_their_ground(asked: Callable[..., Visitor], scheme: str) -> None:
    """WCAG 2.2: 4.5 for words (1.4.3), 3 for what is not words (1.4.11)."""
    visitor = asked(color_scheme=scheme)
    page = visitor.page
    page.keyboard.press("n")
    wait_for_stop(visitor, 1)
    page.fill("#find", "trump")
    page.locator("#chat a.footnote").nth(1).hover()
    page.wait_for_selector("#preview", state="visible")
    pairs = page.evaluate(
        """() => {
            const ground = place => {
                while (getComputedStyle(place).backgroundColor === "rgba(0, 0, 0, 0)") place = place.parentElement;
                return getComputedStyle(place).backgroundColor;
            };
            const words = ["#step-count", "#found", "#find", ".tools button", "#preview .quote", "#preview .place",
                "#preview .kind"].map(name => document.querySelector(name));
            const ticks = [...document.querySelectorAll("#strip .tick")];
            const style = document.querySelector("#source");
            const now = name => getComputedStyle(style, `::highlight(${name})`);
            return [
                ...words.map(place => [4.5, getComputedStyle(place).color, ground(place)]),
                ...ticks.map(tick => [3, getComputedStyle(tick, "::before").backgroundColor, ground(style)]),
                [4.5, now("found-now").color, now("found-now").backgroundColor],
                [4.5, getComputedStyle(document.querySelector(".document")).color, now("found").backgroundColor],
            ];
        }"""
    )
    assert len(pairs) == 11
    for wanted, ink, ground in pairs:
        lighter, darker = sorted((brightness(ink), brightness(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= wanted, (ink, ground)
