"""An answer shows itself: in one short line, as Markdown, in a notebook; and nothing in it is active."""

from __future__ import annotations

import pytest

from rag.errors import QuestionError
from rag.types import Answer, Citation, Passage, Span

TEXT = "The mill was built in 1874. It burnt down in 1911."
HOSTILE = (
    "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://evil.example/z) `code` **b** &lt; www.evil.example"
)


def make(
    text: str, *places: tuple[int, int], quote: str | None = None, title: str = "On mills", **rest: object
) -> Answer:
    passage = Passage(Span("mill", 0, len(TEXT)), TEXT, title=title, heading="Fires")
    notes = tuple(
        Citation(at, Span("mill", 28, 50), quote or TEXT[28:50], passage, (place,), page=3)
        for at, place in enumerate(places, 1)
    )
    return Answer("When?", text, id="q", citations=notes, **rest)  # type: ignore[arg-type]


def test_an_answer_is_short_in_a_log() -> None:
    assert repr(make("It burnt down in 1911. [1]", (23, 26))) == "<Answer 'It burnt down in 1911. [1]', 1 citation>"
    assert repr(Answer("?", "word " * 100)).endswith("…', 0 citations>")
    assert repr(Answer("?", "No.", abstained=True)) == "<Answer 'No.', abstained>"
    assert repr(Answer("?", "", error="the model is gone")) == "<Answer failed: the model is gone>"
    assert max(len(repr(Answer("?", "w" * 1_000))), len(repr(Answer("?", "", error="w " * 1_000)))) < 100


def test_markdown_has_the_footnotes_with_quote_and_place() -> None:
    assert make("It burnt down in 1911. [1]", (23, 26)).to_markdown() == (
        "It burnt down in 1911. [^1]\n\n[^1]: “It burnt down in 1911.” — On mills, Fires, page 3 (mill 28–50)\n"
    )
    assert make("No [1] of its own.", notes=("read as: fire",)).to_markdown() == (
        "No \\[1\\] of its own.\n\n*read as: fire*\n"
    )


def test_who_wrote_a_mail_is_no_heading_of_it() -> None:
    home = Passage(Span("mail", 0, 30), "The ladder stands in the barn.", title="The ladder", heading="Ida Ort wrote")
    told = Answer("Where?", "In the barn. [1]", citations=(Citation(1, home.span, home.text, home, ((13, 16),)),))
    assert told.to_markdown().endswith("— The ladder, from Ida Ort (mail 0–30)\n")
    assert "wrote" not in told._repr_html_()


def test_nothing_is_active_in_markdown_or_in_a_notebook() -> None:
    answer = make(f"{HOSTILE}\n\n# h\n1. x [1]", quote=HOSTILE, title=HOSTILE, notes=(HOSTILE,))
    page = answer._repr_html_()
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page
    assert set(__import__("re").findall(r"</?(\w+)", page)) <= {"div", "p", "br", "sup", "ol", "li", "small", "em"}
    from markdown_it import MarkdownIt

    rendered = MarkdownIt("commonmark").render(answer.to_markdown())
    for active in ("<script", "<a ", "<img", "<code", "<strong", "<h1", "<ol"):
        assert active not in rendered, active


def test_a_notebook_shows_numbers_where_they_stand_and_quotes_below() -> None:
    page = make("It burnt down in 1911. [1]", (23, 26))._repr_html_()
    assert "It burnt down in 1911. <sup>[1]</sup>" in page
    assert '<li value="1" dir="auto">“It burnt down in 1911.”' in page
    assert Answer("?", "", error="gone <b>")._repr_html_().count("gone &lt;b&gt;") == 1


def test_an_answer_comes_back_from_its_dictionary() -> None:
    answer = make("It burnt down in 1911. [1]", (23, 26))
    assert Answer.from_dict(answer.to_dict()).to_dict() == answer.to_dict()
    with pytest.raises(QuestionError, match="'answer' must be a text"):
        Answer.from_dict({"id": "q"})
