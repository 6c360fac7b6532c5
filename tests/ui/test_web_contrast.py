"""Forced colours and paper: where the page's own colours are gone, what they said can still be told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_pdf import line, made_pdf
from visiting import ASKED, Visitor, browser_test, reload

TIDE = "When did the tide at Skarvik turn?"


def style(visitor: Visitor, selector: str, name: str) -> str:
    """A computed property of the first element that fits."""
    script = "([selector, name]) => getComputedStyle(document.querySelector(selector))[name]"
    found: str = visitor.page.evaluate(script, [selector, name])
    return found


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colours_marks_boxes_and_choices_are_seen(
    visit: Callable[..., Visitor], tmp_path: Path, scheme: str
) -> None:
    visitor = visit(forced_colors="active", color_scheme=scheme)
    page = visitor.page
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    visitor.ask(ASKED)
    page.wait_for_selector("#source mark.short")
    paper = style(visitor, "#reading", "backgroundColor")
    for marked in ("#source mark", "#source mark.short", "#chat strong.short"):
        assert style(visitor, marked, "backgroundColor") != paper, marked
    assert style(visitor, "#chat .asked", "borderTopStyle") == "solid"
    (tmp_path / "tides.pdf").write_bytes(made_pdf([line("The tide at Skarvik turned at noon.", 50, 400)]))
    visitor.add(tmp_path / "tides.pdf")
    visitor.ask(TIDE)
    page.locator("#chat a.footnote").last.click()
    page.wait_for_selector(".sheet .box.followed")
    assert style(visitor, ".sheet .box.followed", "outlineStyle") == "double"
    assert style(visitor, ".sheet .box.followed", "backgroundColor") == "rgba(0, 0, 0, 0)", "the words below are read"
    assert style(visitor, ".sheet .words span", "color") == "rgba(0, 0, 0, 0)", "and are not drawn twice"
    pressed, other = 'button[data-view="pages"]', 'button[data-view="text"]'
    assert style(visitor, pressed, "backgroundColor") != style(visitor, other, "backgroundColor")


@browser_test
def test_on_paper_questions_and_answers_begin_at_one_edge(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.ask(ASKED)
    visitor.page.emulate_media(media="print")
    edges = visitor.page.evaluate(
        "['.asked', '.answer'].map((each) => document.querySelector(`#chat ${each}`).getBoundingClientRect().left)"
    )
    assert abs(edges[0] - edges[1]) <= 1
    assert visitor.page.is_hidden("#composer") and visitor.page.is_hidden("#reading")


@browser_test
@pytest.mark.parametrize("size", ["", "larger"], ids=["usual", "largest"])
def test_on_paper_all_words_go_by_the_size_that_is_set(visit: Callable[..., Visitor], size: str) -> None:
    visitor = visit()
    visitor.page.evaluate("size => size && localStorage.setItem('footnote-size', size)", size)
    reload(visitor)
    visitor.ask(ASKED)
    visitor.page.emulate_media(media="print")
    visitor.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    selectors = ("html", ".asked", ".answer", ".answer .few", ".printed")
    root, asked, answer, few, notes = (float(style(visitor, each, "fontSize").removesuffix("px")) for each in selectors)
    assert root == pytest.approx(20.8 if size else 16)
    assert 0.9 * asked <= answer <= asked < few and 0.75 * asked <= notes < answer


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_that_flash_can_be_read_at_every_moment(visit: Callable[..., Visitor], scheme: str) -> None:
    page = (visitor := visit(color_scheme=scheme, reduced_motion="no-preference")).page
    visitor.ask(ASKED)
    page.locator("#chat a.footnote").first.click()
    page.wait_for_selector("#source mark.flash")
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) == 5 and min(contrasts) >= 4.5, contrasts


CONTRASTS = """() => {
  const mark = document.querySelector('#source mark.flash'), moving = mark.getAnimations()[0];
  moving.pause();
  const light = colour => colour.match(/[0-9.]+/g).slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0.05);
  return [0, 400, 800, 1200, 1599].map(time => {
    moving.currentTime = time;
    const {color, backgroundColor} = getComputedStyle(mark);
    const [dark, bright] = [light(color), light(backgroundColor)].sort((one, other) => one - other);
    return bright / dark;
  });
}"""
"""How the words stand out from what is behind them, by WCAG's measure, at five moments."""
