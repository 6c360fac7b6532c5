"""Looking up: codes and days by their shape, rows by what a question names, and saying that a code is not there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ingest.pipeline import ingest_paths
from rag.answer.abstention import find_near_codes, format_refusal
from rag.chain import build_chain
from rag.english.identifiers import build_code_pattern, find_codes, find_days
from rag.index.passage_index import PassageIndex
from rag.retrieve.hybrid import find_passages
from rag.retrieve.keys import find_asked_cells, find_named_cells, read_keys
from rag.retrieve.lookups import choose_passages
from rag.types import Block, Passage, Question, ScoredPassage, Span


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("What is the price of item 01_002_0107?", ["01_002_0107"]),
        ("Does E-1041 mean v2.3.1, or (ZX-440-A)?", ["E-1041", "v2.3.1", "ZX-440-A"]),
        ("invoice 5000770404", ["5000770404"]),
        ("In 2010-2012, 4th graders of the 1990s weighed 20kg at 10:30, 3.5 times 1/2 of a 10-year-old", []),
        ("on 2022-07-21 or 20230702, chapter-2, 1,200 euros", []),
        ("nothing here", []),
    ],
)
def test_codes_are_told_from_quantities_years_and_days(text: str, codes: list[str]) -> None:
    assert find_codes(text) == codes


@pytest.mark.parametrize(
    ("code", "text", "found"),
    [
        ("E-1041", "error e 1041.", True),
        ("E-1041", "E1041", True),
        ("E-1041", "F-1041, E-10411, XE-1041, E-1041-B", False),
        ("01_005", "01_005_0107", False),
    ],
)
def test_a_code_is_found_whole_whatever_its_signs(code: str, text: str, found: bool) -> None:
    assert bool(build_code_pattern(code).search(text)) is found
    assert bool(build_code_pattern("01_005", begins=True).search("01_005_0107")), "asked for by its beginning"
    assert not build_code_pattern("01_005", begins=True).search("01_0051_0107")


@pytest.mark.parametrize(
    "text",
    ["2022-07-21", "20220721", "21.7.2022", "21 July 2022", "21st of July, 2022", "July 21st, 2022", "Jul. 21 2022"],
)
def test_a_day_is_the_same_in_every_form(text: str) -> None:
    assert find_days(f"It was ({text}).") == {date(2022, 7, 21)}
    assert find_days("2022-13-41 and 99.99.2022") == set()


def make_row(text: str) -> tuple[Passage, Block]:
    cells, at = [], 0
    for cell in text.split("; "):
        start = text.index(cell, at)
        cells.append((start, start + cell.index(": ") + 2, start + len(cell)))
        at = start + len(cell)
    row = Block(0, len(text), "row", tuple(cells))
    return Passage(Span("d", 0, len(text)), text, blocks=(row,)), row


def test_cells_are_named_by_their_value_and_asked_for_by_their_column() -> None:
    home, row = make_row("Name: Hugo Holm; Room number: 107; Open: no")
    assert find_named_cells("Which room number does Hugo Holm have?", home, row) == [0]
    assert find_named_cells("who is in room 107, no?", home, row) == [1], "a short word is in any question"
    assert find_named_cells("Which room does Hugo have?", home, row) == []
    assert find_asked_cells("Which room does Hugo Holm have?", home, row, [0]) == [1]
    assert find_asked_cells("Is the room open?", home, row, []) == [2, 1], "the one that is named whole comes first"

    home, row = make_row("Release: 3.0; Change: a new lid; Price: 4.0")
    assert find_named_cells("what changed in version 3?", home, row) == [0]
    assert find_named_cells("what changed in version 3.1 of 4 lids?", home, row) == []


PARTS = "Part,Name,Price\n" + "".join(f"PX-{at:03d}-A,part number {at},{at + 100}.50\n" for at in range(60))
ERRORS = "# Errors\n\n" + "\n\n".join(
    f"Error E-{at}: the {thing} is blocked. Turn the lever to the left."
    for at, thing in ((1041, "belt"), (1042, "fan"))
)
ERRORS += "\n\nOn 5 March 2024 the machine was cleaned.\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> PassageIndex:
    folder = tmp_path_factory.mktemp("lookups")
    (folder / "parts.csv").write_text(PARTS, encoding="utf-8")
    (folder / "errors.md").write_text(ERRORS, encoding="utf-8")
    ingest_paths([folder / "parts.csv", folder / "errors.md"], directory=folder / "index", embeddings=embeddings)
    return PassageIndex(folder / "index", embeddings)


@pytest.mark.parametrize("number", [0, 7, 23, 41, 59])
def test_a_row_is_found_by_its_code_and_the_value_asked_for_is_marked(index: PassageIndex, number: int) -> None:
    answer = build_chain(index).invoke(f"What is the price of PX-{number:03d}-A?")
    assert answer.citations[0].quote.startswith(f"Part: PX-{number:03d}-A;")
    assert len(answer.citations) == 1 and not answer.abstained
    assert answer.short_answer is not None and answer.short_answer.text == f"{number + 100}.50"


@pytest.mark.parametrize(
    "asked",
    ["What is the price of PX-077-A?", "What is wrong at E-1049?", "What is E1044?", "What was E-1049 on 2024-03-05?"],
)
def test_a_code_that_is_not_there_is_not_answered_with_another(index: PassageIndex, asked: str) -> None:
    answer = build_chain(index).invoke(asked)
    (code,) = find_codes(asked)
    assert answer.abstained and not answer.citations
    assert f"do not mention “{code}”" in answer.text


def test_the_nearest_codes_are_named_instead() -> None:
    found = [ScoredPassage(Passage(Span("d", 0, 30), "See PX-070-A, PX-770-A and E-1."), 1.0)]
    assert find_near_codes("Where is PX-077-A?", found)[0] in ("PX-070-A", "PX-770-A")
    assert "The nearest there are PX-" in format_refusal("Where is PX-077-A?", found)
    assert find_near_codes("Where is the belt?", found) == []


def test_what_carries_a_code_takes_the_place_of_what_does_not(index: PassageIndex) -> None:
    asked = "PX-041-A"
    passages = tuple(
        found for found in find_passages("lever", [index], count=4) if "PX-041-A" not in found.passage.text
    )
    count = len(passages)
    carried = choose_passages(asked, passages, [index], count=count)
    assert len(carried) == count and any("PX-041-A" in found.passage.text for found in carried)
    elsewhere = choose_passages(asked, passages, [index], count=count, documents=["errors"])
    assert elsewhere == passages
    assert choose_passages("How is the lever turned?", passages, [index], count=count) == passages
    assert choose_passages(asked, (), [index], count=count) == ()


def test_keys_are_none_in_a_usual_question() -> None:
    assert not read_keys("Why did the summit of 2019 fail after 2 days?")


def test_a_follow_up_gets_the_row_of_the_talk_before_only_for_what_its_own_words_name(
    embeddings: Any, tmp_path: Any
) -> None:
    rows = [
        ("Gus Cole", "Hull", 71000),
        ("Ada Ash", "York", 58000),
        ("Bo Birch", "Leeds", 61000),
        ("Di Dorn", "Hull", 30000),
    ]
    table = "\n".join(["Name,City,Salary", *(f"{name},{city},{salary}" for name, city, salary in rows)])
    (tmp_path / "pay.csv").write_text(table, encoding="utf-8")
    ingest_paths([tmp_path / "pay.csv"], directory=tmp_path / "index", embeddings=embeddings)
    chain = build_chain(PassageIndex(tmp_path / "index", embeddings))
    before = "Who has the highest salary?"
    history = ((before, chain.invoke(before).text),)
    asked = chain.invoke(Question("What is his city?", history=history))
    assert asked.citations[0].quote.startswith("Name: Gus Cole")
    other = chain.invoke(Question("Who approves claims?", history=history))
    assert other.abstained or (other.confidence is not None and other.confidence < 0.4)
