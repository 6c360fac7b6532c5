"""All of what a question wants all of: the points of a section, a list that is longer than a passage; and no heading for an answer."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from asking import ask

from ingest.pipeline import ingest_paths
from rag.answer.exact import GUESSED
from rag.answer.reading import Reading
from rag.answer.short_answers import names_subject, take_whole_words
from rag.answer.whole_lists import CUT, quote_lists_whole
from rag.english.points import is_heading_of
from rag.english.unmarked_headings import is_run_in_heading, is_shouted_heading
from rag.index.passage_index import PassageIndex
from rag.types import Answer, Block, Passage, ShortAnswer, Span

ITEMS = [
    f"Item {at}: the {name} has to be cleaned with a soft brush, dried in the shade for {at} days and oiled before the frost comes."
    for at, name in enumerate(
        [
            "rudder",
            "anchor",
            "mast",
            "boom",
            "keel",
            "winch",
            "tiller",
            "hatch",
            "pump",
            "lantern",
            "rope locker",
            "bell",
        ],
        1,
    )
]
BOAT = f"""# Care of the boat

The boat lies at Arden.

## Winter work

Before the winter, these parts of the boat need care:

{chr(10).join(f"- {item}" for item in ITEMS)}

The key hangs in the shed.

## Limitations and open questions

The engine is loud. It cannot be heard over.

{"The hull was never weighed. " + "That would need a crane, and the nearest one stands in Wend. " * 12}

{"Nobody knows how old the sails are. " + "The seller did not say, and the sail maker has retired to the hills. " * 12}

## Planned repairs

### The pump

It leaks.

### The bell

It is cracked.

## 7 Terms

Cover of Damages. The club pays for damage at the quay.

This work was supported by the Wend Harbour Fund through grant 12.
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> PassageIndex:
    folder: Path = tmp_path_factory.mktemp("points")
    (folder / "boat.md").write_text(BOAT, encoding="utf-8")
    ingest_paths([folder / "boat.md"], directory=folder / "index", embeddings=embeddings)
    return PassageIndex(folder / "index", embeddings)


def quotes(answer: Answer) -> list[str]:
    return [citation.quote for citation in answer.citations]


def test_a_list_longer_than_a_passage_is_quoted_whole_and_once(index: PassageIndex) -> None:
    answer = ask(index, "boat", "Which parts of the boat need care before the winter?")
    assert [answer.text.count(item) for item in ITEMS] == [1] * len(ITEMS)
    assert "key hangs" not in answer.text and len(answer.citations) > 1


def test_one_item_brings_no_others(index: PassageIndex) -> None:
    answer = ask(index, "boat", "How many days is the anchor dried?")
    assert quotes(answer) == [ITEMS[1]]


def test_a_list_too_long_to_quote_says_that_it_goes_on() -> None:
    item = "- " + "x" * 898
    text = "The parts are:\n\n" + "\n\n".join([item] * 8)
    starts = [0, *(text.index(item) + at * 902 for at in range(8)), len(text)]
    passages = tuple(
        Passage(
            Span("d", low, high),
            text[low:high],
            blocks=() if not low else (Block(low, low + len(item), "item"),),
        )
        for low, high in pairwise(starts)
    )
    lead = (Span("d", 0, len("The parts are:")), passages[0])
    told = quote_lists_whole(Reading((lead,), 0.9), [passages])
    assert told.note == CUT and len(told.evidence) == 4
    assert [text[span.start : span.end] for span, _ in told.evidence[1:]] == [item] * 3
    assert quote_lists_whole(Reading((lead,), 0.9), []).evidence == (lead,)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            "What are the limitations?",
            ["The engine is loud.", "The hull was never weighed.", "Nobody knows how old the sails are."],
        ),
        ("list the planned repairs", ["The pump\n\nIt leaks.", "The bell\n\nIt is cracked."]),
    ],
)
def test_a_section_that_is_called_so_gives_its_points(index: PassageIndex, asked: str, told: list[str]) -> None:
    answer = ask(index, "boat", asked)
    assert quotes(answer) == told and answer.route == "exact"


def test_of_two_sections_called_so_none_is_taken(tmp_path: Path, embeddings: Any) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\n## Limitations\n\nIt is {name}.\n")
    ingest_paths([tmp_path / "one.md", tmp_path / "two.md"], directory=tmp_path / "index", embeddings=embeddings)
    index = PassageIndex(tmp_path / "index", embeddings)
    assert ask(index, "", "What are the limitations?").route != "exact"
    assert quotes(ask(index, "two", "What are the limitations?")) == ["It is two."]


def test_a_document_that_is_called_so_gives_its_sections_and_no_list_of_its_own(
    tmp_path: Path, embeddings: Any
) -> None:
    text = "# Duties & Perks\n\n## Coffee\n\nIt is free of charge:\n\n- beans\n- filters\n- milk\n\n## Bicycles\n\nThere are two.\n"
    (tmp_path / "house.md").write_text(text)
    ingest_paths([tmp_path / "house.md"], directory=tmp_path / "index", embeddings=embeddings)
    index = PassageIndex(tmp_path / "index", embeddings)
    assert quotes(ask(index, "", "What are the perks?")) == ["Coffee", "Bicycles"]


def test_a_list_is_not_taken_for_what_its_lead_speaks_of_one_of(tmp_path: Path, embeddings: Any) -> None:
    text = "# Regatta\n\nTo win a prize, a boat has to be one of those:\n\n- that are built of oak\n- that carry two sails\n- that came in May\n\nThe prizes are a cup and a flag.\n"
    (tmp_path / "race.md").write_text(text)
    ingest_paths([tmp_path / "race.md"], directory=tmp_path / "index", embeddings=embeddings)
    answer = ask(PassageIndex(tmp_path / "index", embeddings), "", "What are the prizes?")
    assert "cup" in answer.text and "oak" not in answer.text


@pytest.mark.parametrize(
    ("heading", "asked"),
    [
        ("Eligibility", "who can take part?"),
        ("What You’ll Need", "what do i need"),
        ("Penalties", "what happens if i break the rules?"),
        ("For further information contact", "who do i call with questions?"),
    ],
)
def test_a_section_is_found_by_what_its_name_means(tmp_path: Path, embeddings: Any, heading: str, asked: str) -> None:
    text = f"# Harbour days\n\nThe quay is open.\n\n## {heading}\n\nGrey herons, Otto Brand, tin.\n\n## Weather\n\nIt rains in May.\n"
    (tmp_path / "days.md").write_text(text)
    ingest_paths([tmp_path / "days.md"], directory=tmp_path / "index", embeddings=embeddings)
    answer = ask(PassageIndex(tmp_path / "index", embeddings), "", asked)
    assert quotes(answer) == ["Grey herons, Otto Brand, tin."]
    assert answer.confidence and answer.confidence >= GUESSED


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("## Step 1\n\nBoil it.\n\n## Step 2\n\nDry it.\n", ["Step 1\n\nBoil it.", "Step 2\n\nDry it."]),
        ("1. Boil it.\n2. Dry it.\n\nIt is old.\n", ["1. Boil it.", "2. Dry it."]),
        ("It is old.\n\nStep 1\n\nBoil it.\n\nStep 2\n\nDry it.\n", ["Step 1 Boil it.", "Step 2 Dry it."]),
    ],
)
def test_the_steps_are_told_with_what_is_to_be_done(
    tmp_path: Path, embeddings: Any, text: str, told: list[str]
) -> None:
    (tmp_path / "tin.md").write_text(f"# Tin\n\n{text}")
    ingest_paths([tmp_path / "tin.md"], directory=tmp_path / "index", embeddings=embeddings)
    answer = ask(PassageIndex(tmp_path / "index", embeddings), "", "what are the steps?")
    assert "".join(quotes(answer)).split() == "".join(told).split()


def test_a_paragraph_that_begins_with_the_name_is_a_section_too(tmp_path: Path, embeddings: Any) -> None:
    text = "# Harbour days\n\nThe quay is open.\n\nELIGIBILITY: Grey herons, Otto Brand, tin.\n\nDATES: May.\n"
    (tmp_path / "days.md").write_text(text)
    ingest_paths([tmp_path / "days.md"], directory=tmp_path / "index", embeddings=embeddings)
    index = PassageIndex(tmp_path / "index", embeddings)
    assert "Grey herons" in ask(index, "", "who can take part?").text


def test_of_lists_within_lists_the_one_is_told_that_an_item_leads_to(tmp_path: Path, embeddings: Any) -> None:
    text = (
        "# Club rules\n\n## Duties of the chairs of harbour committees\n\n- keep the key\n- ring the bell\n- sweep\n\n"
        "## Harbour committees\n\n- The following shall be harbour committees:\n  - Ropes\n  - Tides\n  - Lamps\n"
        "- Membership:\n  - one of each\n  - none of both\n"
    )
    (tmp_path / "rules.md").write_text(text)
    ingest_paths([tmp_path / "rules.md"], directory=tmp_path / "index", embeddings=embeddings)
    answer = ask(PassageIndex(tmp_path / "index", embeddings), "", "list the harbour committees")
    assert quotes(answer) == ["Ropes", "Tides", "Lamps"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("top 2 richest towns", ["Arden", "Wend"]),
        ("which town is the poorest?", ["Ruhm"]),
        ("top 2 towns by people", ["Ruhm", "Leet"]),
    ],
)
def test_the_richest_have_the_most_income(tmp_path: Path, embeddings: Any, asked: str, told: list[str]) -> None:
    (tmp_path / "towns.csv").write_text("town,income,people\nWend,700,10\nArden,900,20\nRuhm,100,90\nLeet,300,40\n")
    ingest_paths([tmp_path / "towns.csv"], directory=tmp_path / "index", embeddings=embeddings)
    answer = ask(PassageIndex(tmp_path / "index", embeddings), "", asked)
    assert [quote.split(";")[0] for quote in quotes(answer)] == [f"town: {town}" for town in told]


def test_a_value_is_found_by_its_whole_label(tmp_path: Path, embeddings: Any) -> None:
    text = "# Minutes\n\n- Costs against income last month: 26,838\n- Income last month: 145,031\n- Costs last month: 118,193\n- Costs last year: 9\n"
    (tmp_path / "minutes.md").write_text(text)
    ingest_paths([tmp_path / "minutes.md"], directory=tmp_path / "index", embeddings=embeddings)
    answer = ask(PassageIndex(tmp_path / "index", embeddings), "", "what were the costs last month")
    assert quotes(answer) == ["Costs last month: 118,193"]
    assert answer.short_answer and answer.short_answer.text == "118,193"


def test_the_short_answer_has_all_of_an_address_and_never_only_the_subject() -> None:
    text = "Write to Otto Brand, brand.otto@wend.example, by May."
    home = Passage(Span("d", 0, len(text)), text, title="All about kettles")
    start, end = text.index("Otto"), text.index(".otto")
    span = take_whole_words(Span("d", start, end), home)
    assert text[span.start : span.end] == "Otto Brand, brand.otto@wend.example"
    whole = take_whole_words(Span("d", start, text.index(", brand")), home)
    assert text[whole.start : whole.end] == "Otto Brand"
    kettles = ShortAnswer("kettles", Span("d", 0, 7))
    assert names_subject("how do i clean it", kettles, home)
    assert not names_subject("what does it tell of", kettles, home)
    assert not names_subject("how do i clean it", ShortAnswer("kettles of tin", Span("d", 0, 14)), home)


def test_who_paid_is_found_by_the_words_of_documents(index: PassageIndex) -> None:
    answer = ask(index, "boat", "who paid for this?")
    assert "Wend Harbour Fund" in answer.text and not answer.abstained
    assert answer.question == "who paid for this?"


def test_a_heading_in_the_line_of_a_paragraph_is_no_answer(index: PassageIndex) -> None:
    assert "Cover of Damages." not in quotes(ask(index, "boat", "What is the cover of damages?"))


@pytest.mark.parametrize(
    ("text", "words", "is_one"),
    [
        ("2.1 Disclaimer of Losses. The seller pays.", "Disclaimer of Losses.", True),
        ("a) Term and Notice: It ends in May.", "Term and Notice:", True),
        ("Disclaimer of Losses.", "Disclaimer of Losses.", False),
        ("The Seller pays. It is late.", "The Seller pays.", False),
        ("It rained. Ada Quill. She said so.", "Ada Quill.", False),
        ("Ada left. It rained.", "Ada left.", False),
    ],
)
def test_a_run_in_heading_is_told_from_a_sentence(text: str, words: str, *, is_one: bool) -> None:
    start = text.index(words)
    assert is_run_in_heading(text, start, start + len(words)) == is_one


@pytest.mark.parametrize(
    ("text", "words", "is_one"),
    [
        ("It rained.\n\nJUDGING CRITERIA\n\nThe best wins.", "JUDGING CRITERIA", True),
        ("It rained.\n\nStep 2\n\nDry it.", "Step 2", True),
        ("JUDGING CRITERIA\n\n", "JUDGING CRITERIA", True),
        ("It rained.\n\nNATO\n\n- is a league", "NATO", False),
        ("It rained. NO ENTRY\n\nThe best wins.", "NO ENTRY", False),
        ("It rained.\n\nNo entry\n\nThe best wins.", "No entry", False),
    ],
)
def test_a_heading_in_capitals_above_a_paragraph_is_told_from_what_is_said(
    text: str, words: str, *, is_one: bool
) -> None:
    start = text.index(words)
    assert is_shouted_heading(text, start, start + len(words)) == is_one


@pytest.mark.parametrize(
    ("heading", "is_one"),
    [
        ("Limitations", True),
        ("Known limitations", True),
        ("Limitations and future work", True),
        ("Limitation", True),
        ("Beyond the old well-known limitations", False),
        ("Limitations work best", False),
        ("Delimitations", False),
    ],
)
def test_a_heading_that_says_more_names_no_section(heading: str, *, is_one: bool) -> None:
    assert is_heading_of("limitations", heading) == is_one
