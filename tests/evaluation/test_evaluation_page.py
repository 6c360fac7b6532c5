"""The report in a real headless Chromium, opened as a file: nothing is fetched, nothing runs, everything is reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from made_run import HOSTILE, TEXTS, make_hostile_run, make_run, score_run

from rag.evaluation.report.html import render_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")


class Reader:
    """Opens a run's report from a file, and keeps what it asked for and what it complained of."""

    def __init__(self, browser: Browser, folder: Path):
        self._browser = browser
        self._file = folder / "report.html"
        self.requests: list[str] = []
        self.complaints: list[str] = []

    def open(self, run: Any, width: int = 1280, scheme: Any = "light", **options: Any) -> Page:
        questions, answers = run
        html = render_html(questions, answers, score_run(questions, answers), texts=TEXTS, **options)
        self._file.write_text(html, encoding="utf-8")
        page = self._browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text))

        def dismiss(dialog: Dialog) -> None:
            self.complaints.append("dialog")
            dialog.dismiss()

        page.on("dialog", dismiss)
        page.goto(self._file.as_uri())
        return page


@pytest.fixture
def reader(browser: Browser, tmp_path: Path) -> Iterator[Reader]:
    made = Reader(browser, tmp_path)
    yield made
    assert {url.split("#")[0] for url in made.requests} <= {(tmp_path / "report.html").as_uri()}
    assert made.complaints == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("make", [make_run, make_hostile_run])
def test_nothing_runs_and_nothing_is_wider_than_the_window(reader: Reader, make: Any, width: int, scheme: str) -> None:
    page = reader.open(make(), width, scheme, settings={"name": HOSTILE, HOSTILE: HOSTILE})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.pwned") is None
    assert page.locator("script, img, iframe").count() == 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_stands_out_from_its_ground(reader: Reader, scheme: str) -> None:
    """WCAG AA: 4.5 to 1 for every kind of text on the page, drawings included."""
    page = reader.open(make_run(), scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    poor = page.evaluate(
        """() => {
          const part = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
          const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number); return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b) }
          const clear = c => c === 'transparent' || / 0\\)$/.test(c)
          const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!clear(c)) return c } }
          const poor = []
          for (const e of document.querySelectorAll('body *')) {
            if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length) continue
            if (['title', 'desc'].includes(e.tagName)) continue
            const drawn = e instanceof SVGElement
            const behind = drawn && e.previousElementSibling?.tagName === 'rect' ? getComputedStyle(e.previousElementSibling).fill : ground(e)
            const [a, b] = [light(drawn ? getComputedStyle(e).fill : getComputedStyle(e).color), light(behind)]
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
            if (ratio < 4.5) poor.push([e.className.baseVal ?? e.className, e.textContent.slice(0, 30), ratio.toFixed(2)])
          }
          return poor
        }"""
    )
    assert poor == []


def test_the_scheme_of_the_system_is_followed(reader: Reader) -> None:
    grounds = [
        reader.open(make_run(), scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in SCHEMES
    ]
    assert grounds == ["rgb(250, 247, 242)", "rgb(22, 21, 18)"]


def test_from_what_went_wrong_one_comes_to_its_questions_and_to_a_footnotes_quote(reader: Reader) -> None:
    page = reader.open(make_run(), 390)
    page.click("#causes a[href='#cited-the-wrong-span']")
    group = page.locator("#cited-the-wrong-span")
    assert 0 <= group.evaluate("e => e.getBoundingClientRect().top") < 900
    question = group.locator("details")
    assert not question.locator("dl").is_visible()
    question.locator("summary").click()
    assert question.locator("dl").is_visible()
    question.locator(".answer a").click()
    assert page.evaluate("document.querySelector('blockquote:target').innerText").startswith("1 The harbour froze")


def test_a_question_is_opened_by_keyboard(reader: Reader) -> None:
    page = reader.open(make_run())
    page.focus("#error summary")
    page.keyboard.press("Enter")
    assert "ModelError: the model is gone" in page.inner_text("#error details")


def test_the_words_on_the_page_are_the_texts_and_not_their_markup(reader: Reader) -> None:
    page = reader.open(make_hostile_run(), settings={"name": HOSTILE})
    assert page.inner_text("h1") == HOSTILE
    assert HOSTILE in page.locator("summary .asked").all_inner_texts()


def test_text_that_turns_its_direction_leaves_its_surroundings_alone(reader: Reader) -> None:
    """An override without an end, in an id: the words that follow it on the same line keep their places."""
    questions, answers = make_run()
    where = "document.querySelector('#right .also p:nth-child(2)').getBoundingClientRect().left"
    plain = reader.open((questions, answers))
    plain.click("#right summary >> nth=0")
    straight = plain.evaluate(where)
    turned = [replace(one, tags=("\u202eabc",)) if one.id == "right" else one for one in questions]
    page = reader.open((turned, answers))
    page.click("#right summary >> nth=0")
    assert page.evaluate(where) == straight
    order = page.evaluate(
        """() => {
          const line = document.querySelector('#right .also p')
          return [...line.querySelectorAll('bdi')].map(e => e.getBoundingClientRect().left)
        }"""
    )
    assert order == sorted(order)


def test_on_paper_the_page_is_dark_on_white_even_at_night(reader: Reader) -> None:
    page = reader.open(make_run(), scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    colours = page.evaluate("[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]")
    assert colours == ["rgb(255, 255, 255)", "rgb(34, 32, 28)"]
    assert page.locator("nav").is_hidden()


def test_a_page_of_ten_thousand_questions_opens(reader: Reader) -> None:
    questions, answers = [], []
    for number in range(10_000 // 11):
        for question, answer in zip(*make_run(), strict=True):
            questions.append(replace(question, id=f"{question.id} {number}"))
            answers.append(replace(answer, id=f"{answer.id} {number}"))
    page = reader.open((questions, answers))
    assert "1,000 of 9,999 questions are on this page" in page.inner_text("#questions")
    assert page.locator(".question").count() == 1_000
