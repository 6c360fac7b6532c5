"""What a person types to look something up, in few words: found exactly, counted, compared, or plainly declined."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asking import ask

from ingest.pipeline import ingest_paths
from rag.answer.quoting import find_lone_row
from rag.english.sentences import find_sentences
from rag.errors import QuestionError
from rag.index.passage_index import PassageIndex
from rag.question import read_question
from rag.reader.features import find_sentence_candidates
from rag.reader.lookups import look_up
from rag.retrieve import signs
from rag.retrieve.quoting_places import Whole
from rag.retrieve.retrieving import retrieve
from rag.steps import Retrieved, Understood
from rag.types import Document, Passage, Question, ScoredPassage, Span

CREW = """Name,Department,Port,Cabin,Salary
Nell Noon,IT,Dover,11,3100
Otto Oak,IT,Calais,12,2900
Pia Pond,HR,Dover,13,2700
Quin Quay,Deck,Calais,14,3300
Rex Reed,IT,Dover,15,3500
"""
HALLS = """| Hall | Level | Capacity | Stage |
| --- | --- | --- | --- |
| Oak | Ground | 40 | yes |
| Ash | Ground | 25 | no |
| Yew | Second | 90 | yes |
"""
TASKS = """Task,What,State,Opened
K-1,Grease the winch,open,2023-01-12
K-2,Paint the hull,done,2023-03-02
K-3,Fix the pump,waiting,2023-03-30
K-4,Sort the ropes,open,2023-04-01
"""
TOURS = """# Tours

## Skye

### What to pack

- wellies
- a torch

### Costs

It costs 90 pounds.

## Jura

### What to pack

- a hat
- a whistle
- a map

### Costs

It costs 70 pounds.
"""
PRICES = "Item,Price\nrug,9.00 EUR\nlamp,12.00 EUR\nvase,30.00 EUR\n"
ENERGY = "Meter,Used\nNorth,1200 kWh\nSouth,800 kWh\n"
CODES = "Code,Meaning\nE-7,Door open\nE-8,Fan stuck\nE-9,No water\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> PassageIndex:
    folder = tmp_path_factory.mktemp("typed")
    files = {
        "crew.csv": CREW,
        "halls.md": f"# Halls\n\n{HALLS}",
        "tasks.csv": TASKS,
        "tours.md": TOURS,
        "energy.csv": ENERGY,
        "prices.csv": PRICES,
        "faults.csv": CODES,
        "patterns.md": "# Patterns\n\nThe pattern .* fits every line.\n\nA lone dot fits one sign.\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    ingest_paths(sorted(folder.glob("*.*")), directory=folder / "index", embeddings=embeddings)
    return PassageIndex(folder / "index", embeddings)


@pytest.mark.parametrize(
    ("document", "asked", "found"),
    [
        ("crew", "who works in IT in Dover", ("Nell", "Rex")),
        ("crew", "who works in HR?", ("Pia",)),
        ("crew", "list everyone in IT", ("Nell", "Otto", "Rex")),
        ("crew", "who earns less than 3000", ("Otto", "Pia")),
        ("crew", "who earns the most", ("Rex",)),
        ("crew", "people in Calais", ("Otto", "Quin")),
        ("crew", "who does not work in IT", ("Pia", "Quin")),
        ("crew", "who is the second person on the list", ("Otto",)),
        ("prices", "which items cost more than 10 euros", ("lamp", "vase")),
        ("prices", "which item costs 12 euros", ("lamp",)),
        ("halls", "which halls have a stage", ("Oak", "Yew")),
        ("halls", "Which halls have no stage?", ("Ash",)),
        ("halls", "halls for more than 30 people", ("Oak", "Yew")),
        ("halls", "Which halls are on the second level?", ("Yew",)),
        ("tasks", "Which tasks are not done?", ("K-1", "K-3", "K-4")),
        ("tasks", "Which tasks aren't open?", ("K-2", "K-3")),
        ("tasks", "tasks opened before February 2023", ("K-1",)),
        ("tours", "What do I need to pack for Skye?", ("wellies", "torch")),
        ("tours", "what should I pack for Jura", ("hat", "whistle", "map")),
        ("tours", "List the tours", ("Skye", "Jura")),
        ("faults", "second fault code", ("E-8",)),
        ("faults", "the last fault", ("E-9",)),
    ],
)
def test_all_that_is_asked_for_is_quoted_and_nothing_else(
    index: PassageIndex, document: str, asked: str, found: tuple[str, ...]
) -> None:
    answer = ask(index, document, asked)
    told = [sentence.text for sentence in answer.sentences]
    assert answer.route == "exact" and not answer.abstained
    assert len(told) == len(found)
    assert all(any(name in text for text in told) for name in found)


@pytest.mark.parametrize(
    ("document", "asked", "told"),
    [
        ("crew", "whats the average salary", "the mean of “Salary” is 3,100."),
        ("crew", "average salary in IT", "Computed from 3 rows: the mean of “Salary” is 3,166.667."),
        ("crew", "how many people work in Dover", "Counted: 3 of 5 rows."),
        ("crew", "How many employees are there?", "Counted: 5 employees."),
        (
            "crew",
            "compare Dover and Calais salaries",
            "Dover 3,100 (the mean of 3 rows), Calais 3,100 (the mean of 2 rows).",
        ),
        ("crew", "Compare the salaries of Pia Pond and Rex Reed", "Pia Pond 2,700, Rex Reed 3,500."),
        ("tasks", "how many tasks were opened in March 2023", "Counted: 2 of 4 tasks."),
        ("energy", "total used", "“Used” adds up to 2,000 kWh."),
        ("faults", "third fault code", "Number 3 of 3 rows, in the document's order."),
    ],
)
def test_what_is_computed_says_of_how_many(index: PassageIndex, document: str, asked: str, told: str) -> None:
    answer = ask(index, document, asked)
    assert told in answer.text.split("\n\n")[0]
    assert answer.citations and not answer.abstained


@pytest.mark.parametrize(
    ("document", "asked", "short"),
    [
        ("crew", "what does Otto Oak earn", "2900"),
        ("crew", "who has the lowest salary in Dover", "Pia Pond"),
        ("halls", "How many people fit in Yew?", "90"),
        ("halls", "largest hall", "Yew"),
    ],
)
def test_the_value_itself_is_stressed(index: PassageIndex, document: str, asked: str, short: str) -> None:
    answer = ask(index, document, asked)
    assert answer.short_answer is not None and answer.short_answer.text == short


@pytest.mark.parametrize(
    ("document", "asked"),
    [
        ("crew", "what does Otto Oak cost"),  # no field of prices
        ("crew", "Who works in IT and not in Dover or Calais?"),
        ("crew", "who does not work in IT and not in HR"),
        ("tasks", "What is the last task?"),  # of the file, or of the days
        ("halls", "How many people are there?"),  # halls are none
        ("faults", "the ninth fault code"),
        ("prices", "which items cost more than $10"),
        ("tours", "When is the Skye tour?"),  # no list of its things tells that
    ],
)
def test_what_is_not_plain_is_not_answered_as_if_it_were(index: PassageIndex, document: str, asked: str) -> None:
    answer = ask(index, document, asked)
    assert answer.abstained or answer.route != "exact"


@pytest.mark.parametrize(
    ("document", "asked"),
    [
        ("crew", "How many employees sing in the choir?"),
        ("tours", "How many litres does the boat hold?"),
        ("tours", "How many people live on Skye?"),
    ],
)
def test_a_refusal_does_not_blame_a_unit_or_a_word_for_people(index: PassageIndex, document: str, asked: str) -> None:
    answer = ask(index, document, asked)
    assert answer.abstained
    assert not any(f"“{word}”" in answer.text for word in ("employees", "litres", "people", "min"))


def test_signs_alone_are_looked_for_in_the_texts(index: PassageIndex) -> None:
    answer = ask(index, "", ".*")
    assert [citation.quote for citation in answer.citations] == ["The pattern .* fits every line."]
    refused = ask(index, "", "§")
    assert refused.abstained and "“§” stands in none of them." in refused.text


def test_a_line_that_is_a_book_is_cut_into_sentences_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Ada rowed to Wend § and back. " * 2_000 + "\nA short § line.\n\nNothing."
    cut: list[str] = []

    def note(words: str) -> Any:
        cut.append(words)
        return find_sentences(words)

    monkeypatch.setattr(signs, "find_sentences", note)
    document = Document("d", "Rows", text, "rows.txt", "0")
    passage = Passage(Span("d", 0, len(text)), text, "Rows")
    exact = signs.answer_signs("§", [Whole(document, (passage,))], most=3)
    assert exact and [quote.text for quote in exact.quotes] == ["Ada rowed to Wend § and back."] * 3
    assert exact.left_out == 2_001 - 3 and len(cut) == 1, "once, and not once for each sentence"


def test_a_code_that_all_of_a_text_is_about_singles_nothing_out() -> None:
    def looked(text: str) -> bool:
        passage = Passage(Span("a", 0, len(text)), text)
        candidates = find_sentence_candidates([ScoredPassage(passage, 1.0)])
        return look_up("Why was the K380 given up?", candidates).is_exact

    assert not looked("The K380 is a kettle. It holds two litres of the K380 kind.")
    assert looked("The K380 is a kettle.\n\nThe mill grinds rye.\n\nNobody came to see it.")


def test_the_row_that_alone_has_a_key_may_answer_where_nothing_else_that_is_asked_is_missing(
    tmp_path: Path, embeddings: Any
) -> None:
    rows = "| Part | Gone in | Successor |\n| --- | --- | --- |\n"
    rows += "".join(f"| {name} | 3.{at} | {name}2 |\n" for at, name in enumerate(PARTS))
    text = f"# Parts\n\nThe garnetlib part cuts stones. Nobody should polish them.\n\n{rows}"
    (tmp_path / "parts.md").write_text(text, encoding="utf-8")
    ingest_paths([tmp_path / "parts.md"], directory=tmp_path / "index", embeddings=embeddings)
    passages = retrieve(Understood(Question("?"), "garnetlib"), indexes=[PassageIndex(tmp_path / "index", embeddings)])
    candidates = find_sentence_candidates(passages.passages)

    def find(asked: str) -> str | None:
        row = find_lone_row(Retrieved(Question(asked), asked, passages.passages), look_up(asked, candidates))
        return row.text if row else None

    assert find("what should I use instead of garnetlib") == "Part: garnetlib; Gone in: 3.2; Successor: garnetlib2"
    assert find("what does the captain say about garnetlib?") is None, "nothing is said of a captain"
    assert find("what is the fuel of garnetlib?") is None, "short words count too"
    assert find("what should I use instead of stones") is None, "which is no key"


PARTS = ("quartzlib", "opallib", "garnetlib", "berylib", "topazlib")


@pytest.mark.parametrize("typed", ["?", "...", " ", "?!", "“”"])
def test_punctuation_alone_asks_nothing(typed: str) -> None:
    with pytest.raises(QuestionError, match="ask in a few words"):
        read_question(typed)


@pytest.mark.parametrize(("asked", "declined"), [("How many pages are there?", False), ("what is on page 3", True)])
def test_that_no_file_has_pages_is_said_once(index: PassageIndex, asked: str, declined: bool) -> None:
    answer = ask(index, "", asked)
    assert answer.abstained == declined
    assert answer.text.count("pages") == 1 and "read from files without pages" in answer.text


def test_documents_of_one_name_are_summarised_together(tmp_path: Path, embeddings: Any) -> None:
    for month, thing, who in (("may", "fence", "Ugo"), ("june", "gate", "Wim")):
        (tmp_path / f"minutes-{month}.md").write_text(
            f"# Minutes of {month}\n\n## Repairs\n\nThe {thing} was mended by {who} in the first week of {month}.\n\n"
            f"## Costs\n\nThe wood for the {thing} came to ninety euros, which the board paid.\n\n"
            f"## Next\n\nThe board meets again in the town hall, and {who} brings the plans.\n"
        )
    (tmp_path / "prices.md").write_text("# Prices\n\nA nail costs ten cents. A screw costs twelve cents.\n")
    ingest_paths([tmp_path], directory=tmp_path / "index", embeddings=embeddings)
    answer = ask(PassageIndex(tmp_path / "index", embeddings), "", "summarise the minutes")
    assert answer.route == "summary"
    assert {citation.span.document_id for citation in answer.citations} == {"minutes-may", "minutes-june"}


def test_a_mail_s_head_is_no_table_and_its_sender_no_heading(tmp_path: Path, embeddings: Any) -> None:
    from rag.cite.naming import name_place

    (tmp_path / "note.eml").write_text(
        "From: Ida Ort <ida@example.org>\nTo: Jan Kol <jan@example.org>\nDate: Tue, 14 May 2024 10:12:00 +0000\n"
        "Subject: The ladder\n\nHello Jan,\n\nthe ladder stands in the barn. Bring it back on Friday.\n\nIda\n"
    )
    ingest_paths([tmp_path / "note.eml"], directory=tmp_path / "index", embeddings=embeddings)
    index = PassageIndex(tmp_path / "index", embeddings)
    assert "0 tables" in ask(index, "", "list the tables").text
    assert name_place("The ladder", "Ida Ort wrote") == "The ladder, from Ida Ort"
    assert name_place("Log", "Day one > Ida Ort wrote") == "Log > Day one, from Ida Ort"
    assert name_place("Log", "Log") == "Log"
