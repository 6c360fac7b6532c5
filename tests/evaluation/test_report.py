"""The report on an ingestion: what became of each source and why, and the sums."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.language import take_sample
from ingest.pipeline import ingest_paths
from ingest.report import SourceReport, sum_up
from rag.index.passage_index import PassageIndex
from ui.render.terminal import render_report, render_totals

ENGLISH = "The harbour froze in January, and the boats stayed where they were until the first week of March.\n"
CHINESE = "港口在一月结冰，船只一直停在原处，直到三月的第一周。码头上的人们都在等待。\n" * 5
RUSSIAN = "Гавань замёрзла в январе, и лодки оставались на месте до первой недели марта.\n" * 5
GERMAN = "Der Hafen fror im Januar zu, und die Boote blieben bis zur ersten Märzwoche an ihrem Platz.\n" * 5


@pytest.fixture
def reports(tmp_path: Path, embeddings: Any) -> dict[str, SourceReport]:
    folder = tmp_path / "files"
    folder.mkdir()
    for name, content in {
        "english.txt": ENGLISH.encode(),
        "copy.txt": ENGLISH.encode(),
        "german.txt": GERMAN.encode(),
        "chinese.txt": CHINESE.encode(),
        "russian.txt": RUSSIAN.encode(),
        "empty.txt": b"",
        "blank.md": b" \n\n ",
        "binary.txt": bytes(range(256)) * 20,
        "photo.heic": b"\xff\xd8\xff",
        "broken.pdf": b"%PDF-1.7\nnothing follows",
        "old.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    }.items():
        (folder / name).write_bytes(content)
    found = ingest_paths([folder], directory=tmp_path / "index", embeddings=embeddings)
    listed = {record.id for record in PassageIndex(tmp_path / "index").documents()}
    assert listed == {report.document for report in found if report.status == "added"}
    return {Path(report.source).name: report for report in found}


def test_each_source_says_what_became_of_it_and_why(reports: dict[str, SourceReport]) -> None:
    told = {name: (report.status, report.reason) for name, report in reports.items()}
    assert told["copy.txt"] == ("added", "")
    assert told["english.txt"] == ("skipped", "duplicate of 'copy'")
    assert told["empty.txt"] == told["blank.md"] == ("failed", "the file is empty")
    for name, status, words in (
        ("chinese.txt", "failed", "a language that all-MiniLM-L6-v2 does not read"),
        ("german.txt", "added", "in German, of which all-MiniLM-L6-v2 knows little"),
        ("russian.txt", "added", "hardly reads its language"),
        ("binary.txt", "failed", "binary"),
        ("photo.heic", "skipped", "unknown type .heic"),
        ("broken.pdf", "failed", "damaged"),
        ("old.docx", "failed", ""),
    ):
        assert told[name][0] == status and words in told[name][1], (name, told[name])
        assert "\n" not in told[name][1] and told[name][1]
    assert all((report.passages > 0) == (report.status == "added") for report in reports.values())


def test_the_totals_are_the_sums_of_the_reports(reports: dict[str, SourceReport]) -> None:
    totals = sum_up(reports.values())
    assert (totals.sources, totals.added, totals.skipped, totals.failed) == (11, 3, 2, 6)
    assert totals.passages == sum(report.passages for report in reports.values())


def test_a_line_a_source_and_a_line_for_all() -> None:
    scanned = SourceReport("/a.pdf", "a", "added", "2 of 3 pages have no text", 4, 1_900, 3, 2, 0.5)
    assert render_report(scanned) == (
        "added      a  3 pages, 4 passages, 1,900 characters  /a.pdf  (2 of 3 pages have no text)"
    )
    failed = SourceReport("/b.pdf", None, "failed", "encrypted")
    assert render_totals(sum_up([scanned, failed]), 1.25) == (
        "2 sources: 1 added, 1 failed, 4 passages written, 2 of 3 pages without text, in 1.2 s"
    )


def test_a_sample_comes_from_all_over_a_text() -> None:
    text = "".join(chr(0x4E00 + number // 1_000) for number in range(20_000))
    sample = take_sample(text)
    assert len(sample) < 5_000 and {text[0], text[-1]} <= set(sample) and len(set(sample)) >= 8
