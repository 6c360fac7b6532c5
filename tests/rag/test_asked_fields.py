"""Tables asked in everyday words: by half a name, by first letters, by what somebody else calls the rows; and what these lack."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.english.wanted import read_wanted
from rag.index.passage_index import PassageIndex
from rag.types import Answer, Question

ROTA = """Day,Cook,Dish,Guests,Served at
Monday,Tilo Brandt,Lentil soup,14,18:30
Tuesday,Ana Reis,Potato bake,9,18:00
Wednesday,Per Holm,Herb dumplings,21,
Thursday,Ana Reis,Bean stew,17,19:00
"""
OFFERS = "Country,Days,Cost\nNorway,7,640\nFrance,3,310\nIceland,5,980\n"
TRIPS = """Trip,Goes to,Price,Contact person
Fjord week,Norway,640,Mr Foss
Museum days,Paris,310,Mrs Petit
Ski camp,Norway border,520,Ms Berg
"""
ROOMS = """Room,Kind,Booked by,Persons
Lark,Two Person Suite,Ada Abel,2
Wren,One Person Room,Bela Dahl,1
Crane,Four Person Flat,Cora Engel,4
"""
FAULTS = "Fault,Meaning\nE01,No flame\nE02,Too hot\nF11,Sensor broken\nE17,Door open\n"
TEAM = "Name,Group,Desk,Salary\nAda Abel,Sales,101,4000\nBela Dahl,Support,102,3900\nCora Engel,Sales,103,4100\n"
LINES = "line,trips_85_99,lost_85_99,trips_00_14,lost_00_14\nHill Lines,76,14,6,2\nMarsh Air,24,12,25,51\nFjord Wings,3,0,9,283\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> PassageIndex:
    folder = tmp_path_factory.mktemp("fields")
    tables = {
        "rota": ROTA,
        "offers": OFFERS,
        "trips": TRIPS,
        "rooms": ROOMS,
        "faults": FAULTS,
        "team": TEAM,
        "lines": LINES,
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    ingest_paths(sorted(folder.glob("*.csv")), directory=folder / "index", embeddings=embeddings)
    return PassageIndex(folder / "index", embeddings)


def ask(index: PassageIndex, document: str, text: str) -> Answer:
    answer: Answer = build_chain(index).invoke(Question(text, documents=(document,)))
    for citation in answer.citations:
        whole = index.document(citation.span.document_id).text
        assert whole[citation.span.start : citation.span.end] == citation.quote
    return answer


@pytest.mark.parametrize(
    ("document", "asked", "rows"),
    [
        ("rota", "when does Ana cook", ("Tuesday", "Thursday")),
        ("rota", "who cooks the soup", ("Monday",)),
        ("rota", "which dish has beans", ("Thursday",)),
        ("trips", "who is the contact for the fjord trip", ("Fjord week",)),
        ("faults", "faults that start with E", ("E01", "E02", "E17")),
        ("faults", "list all faults beginning with the letter F", ("F11",)),
        ("faults", "codes ending in 1", ("E01", "F11")),
        ("faults", "which fault codes start with E0", ("E01", "E02")),
        ("rota", "which dishes start with 'bean'", ("Thursday",)),
        ("team", "which people are in Sales", ("Ada", "Cora")),
        ("team", "desk of Bela Dahl", ("Bela",)),
    ],
)
def test_half_a_name_first_letters_and_few_words_find_the_rows_and_no_others(
    index: PassageIndex, document: str, asked: str, rows: tuple[str, ...]
) -> None:
    answer = ask(index, document, asked)
    assert answer.route == "exact" and not answer.abstained and not answer.unsure
    assert [row in sentence.text for row, sentence in zip(rows, answer.sentences, strict=True)] == [True] * len(rows)


@pytest.mark.parametrize(
    ("document", "asked", "short"),
    [
        ("trips", "price of the Norway trip", "640"),
        ("trips", "how much is the trip to Paris", "310"),
        ("trips", "which trip goes to Paris", "Museum days"),
        ("rooms", "who booked the Two Person Suite", "Ada Abel"),
        ("rooms", "who is in the One Person Room", "Bela Dahl"),
        ("rooms", "which person has Wren", "Bela Dahl"),
        ("rooms", "how many people is the Four Person Flat for", "4"),
        ("rota", "who cooks the dumplings", "Per Holm"),
    ],
)
def test_the_value_that_is_asked_for_is_stressed_and_not_what_the_rows_are_called(
    index: PassageIndex, document: str, asked: str, short: str
) -> None:
    answer = ask(index, document, asked)
    assert len(answer.citations) == 1
    assert answer.short_answer is not None and answer.short_answer.text == short


@pytest.mark.parametrize(
    ("asked", "row", "told"),
    [
        ("which trip is the cheapest", "France", "the smallest “Cost” is 310"),
        ("longest holiday", "Norway", "“Days” is 7"),
    ],
)
def test_rows_that_are_called_otherwise_are_told_with_a_doubt(
    index: PassageIndex, asked: str, row: str, told: str
) -> None:
    answer = ask(index, "offers", asked)
    assert answer.unsure and told in answer.text and row in answer.citations[0].quote


def test_a_value_that_its_row_lacks_is_said_to_be_missing_there(index: PassageIndex) -> None:
    answer = ask(index, "rota", "when are the dumplings served")
    assert answer.text.startswith("No “Served at” is given there.")
    assert [citation.quote.split(";")[0] for citation in answer.citations] == ["Day: Wednesday"]


@pytest.mark.parametrize(
    ("document", "asked"),
    [
        ("lines", "did more people die on Fjord Wings before or after 2000"),
        ("lines", "which line had the most people die before 2000"),
        ("rota", "did anybody cook on more than two days?"),
        ("rota", "who of the cooks sings"),
    ],
)
def test_a_question_to_be_read_is_not_refused_by_the_names_of_columns(
    index: PassageIndex, document: str, asked: str
) -> None:
    answer = ask(index, document, asked)
    assert answer.route != "exact" and "its columns are" not in answer.text


@pytest.mark.parametrize(
    ("document", "asked", "told"),
    [
        ("team", "salary of Gina", "no “Gina”"),
        ("trips", "price of the Rome trip", "no “Rome”"),
        ("faults", "which faults start with G", "None of the 4 faults"),
        ("rota", "which dish has lobster", "“lobster”"),
        ("rota", "which day has the highest temperature", "no “temperature”"),
    ],
)
def test_what_no_row_has_is_told(index: PassageIndex, document: str, asked: str, told: str) -> None:
    answer = ask(index, document, asked)
    assert answer.abstained and told in answer.text


def test_what_a_thing_starts_with_is_not_always_letters() -> None:
    letters = read_wanted("which faults start with E?")
    assert letters and letters.affix and letters.affix.fits("E01") and not letters.affix.fits("F11")
    prayer = read_wanted("which meetings start with a prayer")
    assert prayer and (prayer.affix is None or not prayer.affix.is_plain)
    quoted = read_wanted("names that end with 'berg'")
    assert quoted and quoted.affix and quoted.affix.fits("Ms Berg") and quoted.affix.is_plain
