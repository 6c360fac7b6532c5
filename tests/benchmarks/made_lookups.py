"""Documents that things are looked up in, made up by a seeded chooser, with questions of which the right answers are known.

Tables of five formats, sections, lists and versions; for each kind also what is not there.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from typing import Literal

from made_bombs import docx
from made_pdf import line, made_pdf

NAMES = "Ada Bela Cora Dina Edda Fritz Greta Hugo Ines Jonas Karla Levin Mona Nils Olga Petra Quirin Rosa Sami Tilda".split()
FAMILIES = (
    "Abel Brandt Conti Dahl Engel Foster Grimm Holm Ivers Jansen Keller Lind Moser Novak Otto Peters Quist Roth".split()
)
STATES = ("open", "closed", "on hold", "in review", "cancelled")
CITIES = "Lisbon Oslo Riga Turin Ghent Malmo Porto".split()
THINGS = "pump valve gasket sensor filter motor hinge switch cable lamp bracket bearing".split()
PLACES = "harbour ridge valley lake northern southern market station".split()
BUILDINGS = "bridge tunnel depot school clinic archive tower library".split()
SUBJECTS = (
    "safety cleaning storage starting transport warranty repair disposal calibration packing heating lighting".split()
)
Check = Literal["first", "declined", "said", "list"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a kind, and how its answer is checked.

    first: the first quote has all of ``right``. declined: nothing answers. said: the answer's first paragraph has ``right``.
    list: the quotes have all of ``right`` and none of ``wrong``.
    """

    kind: str
    text: str
    right: tuple[str, ...] = ()
    check: Check = "first"
    wrong: tuple[str, ...] = ()


Made = tuple[dict[str, bytes], list[Asked]]
"""Files by name, and what is asked of them."""


def state_mean(numbers: Sequence[int]) -> str:
    """A mean with three decimals at most, halves rounded up, as people do and floats do not."""
    mean = (Decimal(sum(numbers)) / len(numbers)).quantize(Decimal("0.001"), ROUND_HALF_UP)
    return f"{mean:f}".rstrip("0").rstrip(".")


def make_orders(chooser: random.Random, rows: int, ending: str) -> Made:
    """A table of orders: codes, names, cities, states, amounts, days."""
    amount, units, day = (
        chooser.choice(("Price", "Amount", "Cost")),
        chooser.choice(("Units", "Quantity")),
        chooser.choice(("Placed", "Date")),
    )
    header = ["Order", "Customer", "City", "State", amount, units, day]
    people = chooser.sample([f"{first} {last}" for first in NAMES for last in FAMILIES], min(rows, 340))
    cents = chooser.sample(range(1_000, 999_999), rows)
    form = chooser.choice(("{:.2f}", "{:,.2f}", "€{:,.2f}", "{:.2f} EUR"))
    days = chooser.sample(range(3_000), rows)
    table = []
    for at in range(rows):
        number = days[at]
        table.append(
            [
                f"OR-{4000 + at}",
                people[at % len(people)],
                chooser.choice(CITIES),
                chooser.choice(STATES),
                form.format(cents[at] / 100),
                str(chooser.randint(1, 40)),
                f"{2012 + number // 336}-{number % 336 // 28 + 1:02d}-{number % 28 + 1:02d}",
            ]
        )
    by_amount, by_day = sorted(range(rows), key=cents.__getitem__), sorted(range(rows), key=lambda at: table[at][6])
    state, city = chooser.choice(STATES), chooser.choice(CITIES)

    def among(test: Sequence[bool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        codes = [row[0] for row in table]
        return tuple(c for c, t in zip(codes, test, strict=True) if t), tuple(
            c for c, t in zip(codes, test, strict=True) if not t
        )

    in_state, in_city = [row[3] == state for row in table], [row[2] == city for row in table]
    limit = cents[by_amount[rows * 3 // 4]] // 100
    over = [each > limit * 100 for each in cents]
    year = chooser.choice([int(row[6][:4]) for row in table])
    in_year = [row[6].startswith(str(year)) for row in table]
    asked = [
        Asked("most", f"Which order has the {chooser.choice(('highest', 'largest'))} {amount.lower()}?", (table[by_amount[-1]][0],)),
        Asked("most", f"What is the lowest {amount.lower()}?", (table[by_amount[0]][0],)),
        Asked("most", f"Which order is the {chooser.choice(('latest', 'most recent'))}?", (table[by_day[-1]][0],)),
        Asked("most", "What is the earliest order?", (table[by_day[0]][0],)),
        Asked("most", f"Who has the smallest {amount.lower()}?", (table[by_amount[0]][1],)),
        Asked("sum", f"What is the total of {units.lower()}?", (f"{sum(int(row[5]) for row in table):,}",), "said"),
        Asked("sum", f"What is the sum of all {amount.lower()}s?" if amount != "Cost" else "What do all orders cost altogether?", (f"{sum(cents) / 100:,.2f}",), "said"),
        Asked("sum", f"What is the average {units.lower()}?", (state_mean([int(row[5]) for row in table]),), "said"),
        Asked("count", "How many orders are there?", (f" {rows} ",), "said"),
        Asked("count", f"How many orders are {state}?", (f" {sum(in_state)} ",), "said"),
        Asked("count", f"How many orders from {city} are {state}?", (f" {sum(a and b for a, b in zip(in_state, in_city, strict=True))} ",), "said"),
        Asked("count", f"How many orders have a {amount.lower()} over {limit}?", (f" {sum(over)} ",), "said"),
        Asked("count", f"How many orders were placed in {year}?", (f" {sum(in_year)} ",), "said"),
        Asked("list", f"List all orders that are {state}", *among(in_state)[:1], "list", among(in_state)[1]),
        Asked("list", f"Which orders are from {city}?", *among(in_city)[:1], "list", among(in_city)[1]),
        Asked("list", f"Name every order with a {amount.lower()} of more than {limit}", *among(over)[:1], "list", among(over)[1]),
        Asked("list", "Which cities are there?", tuple({row[2] for row in table}), "list"),
        Asked("absent in lists", "Which orders are archived?", check="declined"),
        Asked("absent in lists", "List the orders from Bergamo", check="declined"),
        Asked("absent in arithmetic", "Which order has the highest weight?", check="declined"),
        Asked("absent in arithmetic", "What is the average discount?", check="declined"),
        Asked("absent name", f"Which city is {chooser.choice(NAMES)} Zimmermann from?", check="declined"),
    ]  # fmt: skip
    for row in chooser.sample(table, 4):
        asked.append(Asked("row by code", f"What is the {amount.lower()} of {row[0]}?", (row[0], row[4])))
        asked.append(Asked("row by price", f"Which order has a {amount.lower()} of {row[4]}?", (row[0],)))
        if rows <= len(people):
            asked.append(Asked("row by person", f"When did {row[1]} order?", (row[0], row[6])))
    first, second = chooser.sample(range(rows), 2)
    asked.append(
        Asked(
            "two rows", f"Compare {table[first][0]} and {table[second][0]}", (table[first][0], table[second][0]), "list"
        )
    )
    asked.append(Asked("two rows", f"Which is dearer, {table[first][0]} or {table[second][0]}?", (table[max(first, second, key=cents.__getitem__)][0],)))  # fmt: skip
    return write_table("orders", header, table, ending), asked


def make_fares(chooser: random.Random, ending: str) -> Made:
    """A table with several keys a row, and one laid out with its things in the columns."""
    table, fares = [], {}
    for who in ("Adult", "Child", "Senior"):
        for season in ("Summer", "Winter", "Spring"):
            row = [str(chooser.randint(10, 990)) for _ in range(3)]
            fares[who, season] = row
            table.append([who, season, *row])
    header = ["Passenger", "Season", "Port A", "Port B", "Port C"]
    asked = []
    for (who, season), row in chooser.sample(sorted(fares.items()), 4):
        port = chooser.randrange(3)
        asked.append(Asked("several keys", f"What does a {who.lower()} pay in {season.lower()} from Port {'ABC'[port]}?", (who, season, row[port])))  # fmt: skip
    return write_table("fares", header, table, ending, merged=True), asked


def make_plans(chooser: random.Random, ending: str) -> Made:
    """A table with plans in the columns and their fields in the rows."""
    plans = chooser.sample("Basic Plus Pro Solo Team Studio Agency".split(), 4)
    fields = ["Monthly price", "Users", "Storage (GB)", "Support hours"]
    values = [chooser.sample(range(2, 900), 4) for _ in fields]
    table = [[field, *map(str, row)] for field, row in zip(fields, values, strict=True)]
    cheapest = plans[values[0].index(min(values[0]))]
    asked = [
        Asked("turned table", f"How much is the {plan} plan?", ("Monthly price", str(values[0][at])))
        for at, plan in enumerate(plans[:2])
    ]
    asked += [
        Asked("turned table", f"How many users does the {plan} plan allow?", ("Users", str(values[1][at])))
        for at, plan in enumerate(plans[2:], 2)
    ]
    asked += [
        Asked("turned table", f"How much storage does the {plans[0]} plan have?", ("Storage", str(values[2][0]))),
        Asked("turned table", "Which plan is the cheapest?", (cheapest, "Monthly price")),
        Asked("count", "How many plans are there?", (" 4 ",), "said"),
        Asked("absent name", "How many users does the Ultra plan allow?", check="declined"),
        Asked("absent name", "How much is the Gold plan?", check="declined"),
    ]
    return write_table("plans", ["Plan", *plans], table, ending), asked


def make_sections(chooser: random.Random, sections: int) -> Made:
    """Sections that each say the same of a project."""
    made = []
    for at in range(1, sections + 1):
        name = f"Project {at:03d}: {chooser.choice(PLACES).title()} {chooser.choice(BUILDINGS)}"
        owner = f"{chooser.choice('ABCDEG')}. {chooser.choice(FAMILIES[:4])}"
        made.append((name, owner, chooser.choice(STATES), chooser.randint(20, 900)))
    body = "\n\n".join(f"## {name}\n\nOwner: {owner}. Budget: {budget} thousand euros. Status: {state}." for name, owner, state, budget in made)  # fmt: skip
    state = chooser.choice(STATES)
    fits = tuple(name for name, _, own, _ in made if own == state)
    budgets = [each[3] for each in made]
    asked = [
        Asked("list of sections", f"Which projects are {state}?", fits, "list", tuple(each[0] for each in made if each[2] != state)),
        Asked("list of sections", f"List the projects that are {state}", fits, "list", tuple(each[0] for each in made if each[2] != state)),
        Asked("list of sections", "List all projects", tuple(each[0] for each in made), "list"),
        Asked("count", "How many projects are listed?", (f" {sections} ",), "said"),
        Asked("count", f"How many projects are {state}?", (f" {len(fits)} ",), "said"),
        Asked("sum", "What is the total budget of all projects?", (f"{sum(budgets):,}",), "said"),
        Asked("most", "Which project has the largest budget?", (f"{max(budgets)} thousand",)),
        Asked("absent in lists", "Which projects are bankrupt?", check="declined"),
        Asked("absent in lists", "How many projects are bankrupt?", check="declined"),
        Asked("absent in structure", f"What does section {sections + 7} say?", check="declined"),
    ]  # fmt: skip
    return {"projects.md": f"# Projects\n\n{body}\n".encode()}, asked


def make_lists(chooser: random.Random) -> Made:
    """A text with two lists that words lead to."""
    lawyers = chooser.sample([f"{first} {last}" for first in NAMES for last in FAMILIES], chooser.randint(5, 12))
    tools = chooser.sample(THINGS, chooser.randint(4, 9))
    text = (
        "# The Ravens case\n\nThe case was heard in March.\n\n## Attorneys\n\n"
        + "\n".join(f"- {name}" for name in lawyers)
        + "\n\n## Workshop\n\nThe mechanic brought these tools:\n\n"
        + "\n".join(f"- a spare {tool}" for tool in tools)
        + "\n\nNobody was hurt.\n"
    )
    asked = [
        Asked("list of items", "Who were the attorneys?", tuple(lawyers), "list", tuple(tools)),
        Asked("list of items", "List all the attorneys", tuple(lawyers), "list", tuple(tools)),
        Asked("list of items", "List the tools", tuple(tools), "list", tuple(lawyers)),
        Asked("count", "How many attorneys were there?", (f" {len(lawyers)} ",), "said"),
        Asked("count", "How many tools are listed?", (f" {len(tools)} ",), "said"),
        Asked("absent in lists", "Who were the jurors?", check="declined"),
        Asked("absent in lists", "List the surgeons", check="declined"),
    ]
    return {"case.md": text.encode()}, asked


def make_manual(chooser: random.Random, ending: str) -> Made:
    """Numbered sections with sections in them, as Markdown or HTML."""
    subjects = chooser.sample(SUBJECTS, 8)
    parts: list[tuple[int, str, str]] = []
    for chapter in range(1, 5):
        parts.append(
            (
                2,
                f"{chapter} {subjects[chapter - 1].title()}",
                f"The {subjects[chapter - 1]} of the machine takes {chooser.randint(2, 90)} minutes. Ask {chooser.choice(NAMES)} first.",
            )
        )
        for section in range(1, 3):
            parts.append((3, f"{chapter}.{section} {chooser.choice(THINGS).title()} {chapter}{section}", f"Turn the {chooser.choice(THINGS)} {chooser.randint(2, 90)} times. Then wait for {chooser.randint(2, 90)} seconds."))  # fmt: skip
    if ending == "md":
        text = (
            "# Machine manual\n\n"
            + "\n\n".join(f"{'#' * level} {name}\n\n{words}" for level, name, words in parts)
            + "\n"
        )
    else:
        text = "<html><head><title>Machine manual</title></head><body><h1>Machine manual</h1>" + "".join(
            f"<h{level}>{name}</h{level}><p>{words}</p>" for level, name, words in parts
        )
    asked = []
    for _, name, words in chooser.sample(parts, 4):
        number = name.split()[0]
        asked.append(
            Asked(
                "structure",
                chooser.choice(
                    (
                        "What does section {} say?",
                        "What is in section {}?",
                        "Show me section {}",
                        "What is section {} about?",
                    )
                ).format(number),
                (words,),
            )
        )
    chapter = chooser.randint(1, 4)
    under = [words for _, name, words in parts if name.startswith(f"{chapter}")]
    asked += [
        Asked("structure", f"What is chapter {chapter} about?", tuple(under), "list"),
        Asked("structure", "List the headings", tuple(name for _, name, _ in parts), "list"),
        Asked("structure", "How many sections are there?", ("12",), "said"),
        Asked("structure", "How many chapters does the manual have?", (" 4 ",), "said"),
        Asked("structure", "the last paragraph", (parts[-1][2],)),
        Asked("structure", f"What is the first sentence of section {parts[4][1].split()[0]}?", (parts[4][2].split(". ")[0],)),
        Asked("structure", f"What does the {subjects[1]} section say?", (parts[3][2],)),
        Asked("absent in structure", "What does section 9.4 say?", check="declined"),
        Asked("absent in structure", "What is on page 3?", check="declined"),
        Asked("absent in structure", "What is chapter 7 about?", check="declined"),
        Asked("absent in structure", "Show me the second table", check="declined"),
        Asked("absent in structure", "What does footnote 4 say?", check="declined"),
    ]  # fmt: skip
    return {f"manual.{ending}": text.encode()}, asked


def make_pages(chooser: random.Random, pages: int) -> Made:
    """A PDF of chapters, one a page."""
    words = [f"In {1800 + at} the {chooser.choice(BUILDINGS)} was painted by {chooser.choice(NAMES)} {chooser.choice(FAMILIES)}." for at in range(pages)]  # fmt: skip
    painted = [
        line(f"Chapter {at + 1}", y=540, size=18, bold=True) + line(words[at], y=500) + line("It took a week.", y=486)
        for at in range(pages)
    ]
    page, chapter = chooser.randint(1, pages), chooser.randint(1, pages)
    asked = [
        Asked("structure", f"What is on page {page}?", (words[page - 1],)),
        Asked("structure", f"What does page {chapter} of the chronicle say?", (words[chapter - 1],)),
        Asked("structure", f"What is chapter {chapter} about?", (words[chapter - 1],)),
        Asked("structure", "What is on the last page?", (words[-1],)),
        Asked("structure", "How many pages are there?", (f" {pages} ",), "said"),
        Asked("structure", "How many chapters are there?", (f" {pages} ",), "said"),
        Asked("absent in structure", f"What is on page {pages + 3}?", check="declined"),
        Asked("absent in structure", f"What is chapter {pages + 2} about?", check="declined"),
    ]
    return {"chronicle.pdf": made_pdf(painted, info="/Title (Chronicle)")}, asked


def make_versions(chooser: random.Random) -> Made:
    """One text of three years, told apart by their files, their dates, or both."""
    years = sorted(chooser.sample(range(2008, 2025), 3))
    amounts = chooser.sample(range(40, 400), 3)
    days = [f"{chooser.randint(1, 28)} {chooser.choice(('March', 'June', 'October'))} {year}" for year in years]
    by_file = chooser.random() < 0.5
    files = {}
    for at, year in enumerate(years):
        dated = f"Dated {days[at]}.\n\n" if not by_file or chooser.random() < 0.5 else ""
        name = f"rules-{year}.md" if by_file else f"rules-{'abc'[at]}.md"
        files[name] = (
            f"# Travel rules\n\n{dated}A hotel night may cost at most {amounts[at]} euros. Every flight has to be approved by the "
            f"{chooser.choice(('head of department', 'finance office', 'director'))} beforehand.\n".encode()
        )
    ask = chooser.choice(("How much may a hotel night cost {}?", "What may a hotel night cost at most {}?"))
    asked = [Asked("version", ask.format(f"in {years[at]}"), (f"{amounts[at]} euros",)) for at in range(3)]
    asked += [
        Asked("version", "What is the latest limit for the cost of a hotel night?", (f"{amounts[-1]} euros",)),
        Asked("version", "How much may a hotel night currently cost?", (f"{amounts[-1]} euros",)),
        Asked("version", "Which is the newest?", (str(years[-1]),), "said"),
    ]
    return files, asked


def write_table(
    name: str, header: list[str], rows: list[list[str]], ending: str, *, merged: bool = False
) -> dict[str, bytes]:
    """A table as a file of that ending; ``merged``: equal first cells are one over several rows, where the format has such."""
    file = f"{name}.{ending}"
    if ending == "csv":
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        return {file: text.getvalue().encode()}
    if ending == "md":
        lines = [f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows)]
        return {file: f"# The {name}\n\nSome words before the table.\n\n{chr(10).join(lines)}\n".encode()}
    spans = [_span(rows, at) if merged else 1 for at in range(len(rows))]
    if ending == "html":
        cells = "".join(
            "<tr>" + "".join(f'<td rowspan="{spans[at]}">{escape(cell)}</td>' if column == 0 and spans[at] > 1 else f"<td>{escape(cell)}</td>" for column, cell in enumerate(row) if column or spans[at]) + "</tr>"
            for at, row in enumerate(rows)
        )  # fmt: skip
        head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
        return {file: f"<html><head><title>The {name}</title></head><body><h1>The {name}</h1><p>Some words before the table.</p><table><tr>{head}</tr>{cells}</table></body></html>".encode()}  # fmt: skip
    if ending == "docx":
        return {file: _write_docx(name, header, rows, spans)}
    return {file: made_pdf(list(_paint(name, header, rows)), info=f"/Title (The {name})")}


def _span(rows: Sequence[Sequence[str]], at: int) -> int:
    """How many rows the first cell of a row covers; 0 where an earlier one covers it."""
    if at and rows[at - 1][0] == rows[at][0]:
        return 0
    return next((after - at for after in range(at, len(rows)) if rows[after][0] != rows[at][0]), len(rows) - at)


def _paint(name: str, header: list[str], rows: list[list[str]]) -> Iterator[str]:
    step = 330 / len(header)
    for first in range(0, len(rows), 38):
        painted = line(f"The {name}", y=570, size=18, bold=True) if not first else ""
        shown = [header, *rows[first : first + 38]]
        for at, row in enumerate(shown):
            painted += "".join(
                line(cell, 35 + column * step, 540 - at * 13, 5, bold=not at) for column, cell in enumerate(row)
            )
        yield painted


def _write_docx(name: str, header: list[str], rows: list[list[str]], spans: Sequence[int]) -> bytes:
    def cell(words: str, merge: str = "") -> str:
        return f"<w:tc><w:tcPr>{merge}</w:tcPr><w:p><w:r><w:t>{escape(words)}</w:t></w:r></w:p></w:tc>"

    body = "<w:tr><w:trPr><w:tblHeader/></w:trPr>" + "".join(map(cell, header)) + "</w:tr>"
    for at, row in enumerate(rows):
        merge = '<w:vMerge w:val="restart"/>' if spans[at] > 1 else "" if spans[at] else "<w:vMerge/>"
        body += "<w:tr>" + cell(row[0] if spans[at] else "", merge) + "".join(map(cell, row[1:])) + "</w:tr>"
    title = f'<w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr><w:r><w:t>The {name}</w:t></w:r></w:p>'
    return docx(f"{title}<w:p><w:r><w:t>Some words before the table.</w:t></w:r></w:p><w:tbl>{body}</w:tbl>")


def make_everything(chooser: random.Random, sizes: Sequence[int]) -> Iterator[Made]:
    """One of each, and tables of each size in each format."""
    for rows in sizes:
        for ending in ("csv", "md", "html", "docx", "pdf"):
            yield make_orders(chooser, rows, ending)
        yield make_sections(chooser, rows)
    for ending in ("csv", "md", "html", "docx", "pdf"):
        yield make_fares(chooser, ending)
        yield make_plans(chooser, ending)
    for _ in range(4):
        yield make_versions(chooser)
        yield make_lists(chooser)
        yield make_manual(chooser, "md")
        yield make_manual(chooser, "html")
        yield make_pages(chooser, chooser.randint(3, 12))
