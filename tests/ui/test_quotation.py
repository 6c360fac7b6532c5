"""A quote with its source, as words, Markdown, BibTeX and APA: what is known of it, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.index.document_records import DocumentRecord
from rag.types import Citation, Passage, Span
from ui.render.quotation import render_quotation

QUOTE = "Tides turn twice a day."
SPAN = Span("tides", 10, 10 + len(QUOTE))
CITATION = Citation(1, SPAN, QUOTE, Passage(SPAN, QUOTE, title="Of tides"), page=3)
RECORD = DocumentRecord(
    "tides", "Of tides", "Ada Verhoeven", "2021-05-14", "/home/ada/secret/tides.pdf", "0" * 64, "1" * 64, 1, 40
)


def test_what_is_known_is_told_in_each_form() -> None:
    assert render_quotation(CITATION, RECORD, "text") == f"“{QUOTE}” (Ada Verhoeven, Of tides, 14 May 2021, p. 3)"
    assert (
        render_quotation(CITATION, RECORD, "markdown")
        == f"> {QUOTE}\n>\n> — Ada Verhoeven, *Of tides*, 14 May 2021, p. 3\n"
    )
    assert render_quotation(CITATION, RECORD, "bibtex") == (
        "@misc{verhoeven2021tides,\n  author = {{Ada Verhoeven}},\n  title = {{Of tides}},\n  year = {2021},\n"
        f"  date = {{2021-05-14}},\n  pages = {{3}},\n  annote = {{``{QUOTE}''}},\n}}\n"
    )
    assert render_quotation(CITATION, RECORD, "apa") == (
        f"“{QUOTE}” (Ada Verhoeven, 2021, p. 3)\n\nAda Verhoeven. (2021, May 14). Of tides.\n"
    )


@pytest.mark.parametrize("form", ["text", "markdown", "bibtex", "apa", "", "x"])
def test_what_is_not_known_is_not_told_and_nobody_learns_where_a_file_lies(form: str) -> None:
    bare = replace(RECORD, author="", date="")
    told = render_quotation(replace(CITATION, page=None), bare, form)
    assert QUOTE in told and "Of tides" in told and "/home" not in told and "secret" not in told
    for never in ("author", "year", "date", "pages", "url", "p. ", "None", "()", ", ,", ", )"):
        assert never not in told, told
    gone = render_quotation(CITATION, None, form)
    assert QUOTE in gone and "Of tides" in gone and "Ada" not in gone


def test_a_web_page_is_told_with_its_address() -> None:
    page = replace(RECORD, source="https://example.org/a{b}c?d=<e>")
    for form in ("text", "markdown", "bibtex", "apa"):
        assert "https://example.org/a%7Bb%7Dc?d=%3Ce%3E" in render_quotation(CITATION, page, form)


def test_a_date_that_is_not_a_day_is_told_as_it_is_written() -> None:
    spring = replace(RECORD, date="Spring 1871")
    assert "Spring 1871" in render_quotation(CITATION, spring, "text")
    assert "(Spring 1871)." in render_quotation(CITATION, spring, "apa")
    assert "year" not in render_quotation(CITATION, spring, "bibtex")


def test_signs_of_a_document_do_nothing_in_markdown_and_tex() -> None:
    hostile = "\\input{x} 100% of $5 & [a](b) <img src=x> #_^~\n@misc{y,"
    citation = replace(CITATION, quote=hostile)
    tex = render_quotation(citation, replace(RECORD, title=hostile, author=hostile), "bibtex")
    assert r"\textbackslash{}input\{x\} 100\% of \$5 \& " in tex and tex.count("\n@") == 0
    assert tex.replace(r"\{", "").replace(r"\}", "").count("{") == tex.replace(r"\{", "").replace(r"\}", "").count("}")
    marked = render_quotation(citation, replace(RECORD, title=hostile), "markdown")
    assert "\\[a\\]" in marked and "\\<img" in marked and len(marked.splitlines()) == 3
