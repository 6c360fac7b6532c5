"""Tables asked in everyday words: by half a name, by first letters, by what somebody else calls the rows; and what these lack."""

from __future__ import annotations

from typing import Any

import pytest
from asking import ask

from ingest.pipeline import ingest_paths
from rag.english.asked_values import AskedValue, read_asked_value
from rag.english.wanted import read_wanted
from rag.index.passage_index import PassageIndex

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
TICKETS = """Ticket,Summary,Owner,Status,Reported by
T-1,Wifi drops in the library,Jo Roth,open,Al Berg
T-2,Printer jams on page two,Kai Moor,closed,Jo Roth
T-3,Projector bulb is dark,Al Berg,open,Lea Quist
T-4,Door badge fails,Jo Roth,waiting,Kai Moor
"""
TEAS = ",Tea,Country,Score,Price\n1,Assam,India,88,12\n2,Sencha,Japan,91,20\n3,Kericho,Kenya,79,8\n4,Yame,Japan,85,25\n"
"""As programs write tables: the rows' numbers before the first column, without a name."""

FILMS = "film,film_year,book_year\nFog,1974,1934\nMist,1934,1933\nSnow,2017,1934\n"

PARTS = "# Kettle K4\n\n## Spare parts\n\n- Anode, number 77-120\n- Gasket, number 77-131\n- Sensor, number 77-204\n\n## Care\n\nWipe it.\n"
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
        "tickets": TICKETS,
        "teas": TEAS,
        "films": FILMS,
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "parts.md").write_text(PARTS, encoding="utf-8")
    ingest_paths(sorted(folder.glob("*.*")), directory=folder / "index", embeddings=embeddings)
    return PassageIndex(folder / "index", embeddings)


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
        ("tickets", "which tickets does Jo Roth own", ("T-1", "T-4")),
        ("teas", "how many are from Japan", ("Sencha", "Yame")),
        ("teas", "list the teas from Japan", ("Sencha", "Yame")),
        ("team", "is Ada Abel's salary higher than Bela Dahl's", ("Ada", "Bela")),
        ("teas", "is Sencha cheaper than Yame?", ("Sencha", "Yame")),
        ("teas", "how many times did i buy tea from Japan", ("Sencha", "Yame")),
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
        ("tickets", "who owns the ticket about the wifi", "Jo Roth"),
        ("tickets", "who reported the ticket about the printer", "Jo Roth"),
        ("tickets", "status of the badge ticket", "waiting"),
        ("teas", "which tea scored highest", "Sencha"),
        ("teas", "which tea is the worst", "Kericho"),
        ("teas", "what's the best tea from Japan", "Sencha"),
        ("teas", "what was the most expensive thing i bought", "Yame"),
        ("films", "what's the oldest film in here", "Mist"),
        ("films", "which film is the newest", "Snow"),
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


@pytest.mark.parametrize(
    ("asked", "lacked"),
    [
        ("phone number of Ada Abel", "phone number"),
        ("What is Bela Dahl's email?", "email"),
        ("how old is Ada Abel", "age"),
        ("what hobby does Cora Engel have", "hobby"),
    ],
)
def test_what_its_only_row_does_not_have_is_not_answered_by_that_row(
    index: PassageIndex, asked: str, lacked: str
) -> None:
    answer = ask(index, "team", asked)
    assert answer.abstained and not answer.citations
    assert f"has no “{lacked}”, only Name, Group, Desk, Salary." in answer.text


def test_a_column_that_means_what_is_asked_for_is_shown_with_a_doubt(index: PassageIndex) -> None:
    answer = ask(index, "team", "what is the wage of Ada Abel")
    assert not answer.abstained and answer.citations[0].quote.startswith("Name: Ada Abel")


def test_one_item_says_nothing_of_another(index: PassageIndex) -> None:
    answer = ask(index, "parts", "part number of the gasket")
    assert [citation.quote for citation in answer.citations] == ["Gasket, number 77-131"]
    assert answer.short_answer is None or answer.short_answer.text != "Gasket"
    absent = ask(index, "parts", "part number of the pump")
    assert absent.abstained or absent.unsure


@pytest.mark.parametrize(
    ("asked", "noun", "thing"),
    [
        ("What's the phone number of Ada Abel?", "phone number", "ada abel"),
        ("Ada Abel's email", "email", "ada abel"),
        ("what colour is the aster", "colour", "the aster"),
        ("How tall was the mast?", "height", "the mast"),
    ],
)
def test_the_noun_and_the_thing_of_a_question(asked: str, noun: str, thing: str) -> None:
    assert read_asked_value(asked) == AskedValue(noun, thing)


@pytest.mark.parametrize(
    "asked",
    [
        "what does Gwen make",
        "how do I fix F12",
        "who sings",
        "the number of people",
        "Who is the author of it?",
        "is it of use " + "x " * 200,
    ],
)
def test_a_question_for_what_happens_has_no_such_noun(asked: str) -> None:
    assert read_asked_value(asked) is None


def test_what_a_thing_starts_with_is_not_always_letters() -> None:
    letters = read_wanted("which faults start with E?")
    assert letters and letters.affix and letters.affix.fits("E01") and not letters.affix.fits("F11")
    prayer = read_wanted("which meetings start with a prayer")
    assert prayer and (prayer.affix is None or not prayer.affix.is_plain)
    quoted = read_wanted("names that end with 'berg'")
    assert quoted and quoted.affix and quoted.affix.fits("Ms Berg") and quoted.affix.is_plain
