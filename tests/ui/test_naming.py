"""What documents, files and settings are called where a person reads of them: apart from one another, on one line."""

from __future__ import annotations

import pytest

from ingest.report import SourceReport
from rag.errors import UsageError
from rag.index.document_records import DocumentRecord
from rag.settings import read_settings
from rag.types import Answer
from ui.render import terminal
from ui.render.messages import render_answer
from ui.render.panels import find_labels, render_library


def make_record(name: str, title: str, source: str) -> DocumentRecord:
    return DocumentRecord(name, title, "", "", source, "", "", 1, 100)


def test_documents_of_one_title_are_told_apart_by_their_files_and_else_by_their_ids() -> None:
    records = [
        make_record("rules-2019", "House rules", "/here/rules-2019.md"),
        make_record("rules-2023", "House rules", "/here/rules-2023.md"),
        make_record("plan", "The plan", "/here/plan.md"),
        make_record("notes", "Notes", "/here/notes.md"),
        make_record("notes-2", "Notes", "/there/notes.md"),
    ]
    assert list(find_labels(records).values()) == [
        "House rules (rules-2019.md)",
        "House rules (rules-2023.md)",
        "The plan",
        "Notes (notes)",
        "Notes (notes-2)",
    ]
    shown = render_library(records[:1], records[1:])
    assert "House rules (rules-2019.md)" in shown and "House rules (rules-2023.md)" in shown
    assert "/here" not in shown


def test_a_file_with_a_line_break_in_its_name_takes_one_line() -> None:
    report = SourceReport(document=None, source="/here/two\nlines\t.md", status="failed", reason="no such file")
    assert "\n" not in terminal.render_report(report) and "\t" not in terminal.render_report(report)
    assert "\n" not in terminal.render_documents([make_record("a", "A\nb", "x")])


def test_a_setting_of_a_wrong_form_says_what_it_is_for_and_shows_no_pattern() -> None:
    with pytest.raises(UsageError, match=r"FOOTNOTE_OCR_LANGUAGES: .*eng\+deu") as raised:
        read_settings(ocr_languages="eng;deu")
    assert "[A-Za-z]" not in str(raised.value)


@pytest.mark.parametrize(("left_out", "is_all", "offered"), [(5, False, True), (5, True, False), (0, False, False)])
def test_the_rest_is_offered_where_there_is_one_that_can_be_had(left_out: int, is_all: bool, offered: bool) -> None:
    html = render_answer(Answer("Which?", "One.", left_out=left_out), "a1", is_all=is_all)
    assert ('data-act="all"' in html) == offered
    assert ("left out here" in html) == bool(left_out)
