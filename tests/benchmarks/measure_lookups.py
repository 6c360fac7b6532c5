"""What people look up: rows by a code, a name, a value; codes in prose; and codes that are not there. Generated, seeded.

python tests/benchmarks/measure_lookups.py [--seed N] [--rows 20 60 200] [--only orders manual] [--show]

Prints, by kind of question, how often the answer is right: the first quote is the right row or sentence, all of a list and
nothing else is quoted, the count or sum is the right one, what is not there is declined; and how often it is declined
instead, or wrong. Each table is asked by itself, in a document of its own. ``made_lookups.py`` makes all but the oldest kinds.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
import made_lookups

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.index.embeddings import build_embeddings
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings
from rag.types import Answer, Question

FIRST = "Ada Bela Cora Dina Edda Fritz Greta Hugo Ines Jonas Karla Levin Mona Nils Olga Petra Quirin Rosa Sami Tilda".split()
LAST = (
    "Abel Brandt Conti Dahl Engel Foster Grimm Holm Ivers Jansen Keller Lind Moser Novak Otto Peters Quist Roth".split()
)
MORE_FIRST = "Uma Vito Wanda Xaver Yara Zeno".split()
"""Taken where those do not do."""

THINGS = "pump valve gasket sensor filter motor hinge switch cable lamp bracket bearing".split()
SIZES = "small medium large compact heavy-duty".split()
STATES = "open closed on-hold delayed approved".split()
ASKED = 12
"""Questions of each kind for each table."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its kind, and words that only the right row or sentence has; empty where nothing answers."""

    kind: str
    text: str
    right: str


def ask_rows(chooser: random.Random, table: list[list[str]], kind: str, words: str) -> Iterator[Asked]:
    """A question about each of some rows; ``words`` takes their cells, and ``code``, the first in small letters."""
    for row in chooser.sample(table, ASKED):
        yield Asked(kind, words.format(*row, code=row[0].lower()), row[0])


def make_table(chooser: random.Random, rows: int, ending: str) -> tuple[str, list[Asked]]:
    """A table of parts with their prices, as CSV or in Markdown, and what is asked of it."""
    numbers = chooser.sample(range(100, 100 + 4 * rows), rows)
    header = ["Part number", "Name", "Price", "Stock", "Added"]
    table = [
        [
            f"PX-{number:04d}-{chooser.choice('ABC')}",
            f"{chooser.choice(SIZES)} {chooser.choice(THINGS)} {number}",
            f"{chooser.randint(100, 99999) / 100:.2f}",
            str(chooser.randint(0, 500)),
            f"20{chooser.randint(15, 24)}-{chooser.randint(1, 12):02d}-{chooser.randint(1, 28):02d}",
        ]
        for number in numbers
    ]
    asked = [
        *ask_rows(chooser, table, "row by code", "What is the price of {0}?"),
        *ask_rows(chooser, table, "row by code, small letters", "how many {code} are in stock"),
        *ask_rows(chooser, table, "row by name", "How much does the {1} cost?"),
        *ask_rows(chooser, table, "row by price", "Which part costs {2}?"),
    ]
    unused = sorted(set(range(100, 100 + 4 * rows)) - set(numbers))
    for number in chooser.sample(unused, ASKED):
        asked.append(Asked("absent code", f"What is the price of PX-{number:04d}-A?", ""))
    return write_table(header, table, ending), asked


def choose_names(chooser: random.Random, count: int) -> list[str]:
    """So many different names of people, 468 at most."""
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    if count > len(names):
        names += [f"{first} {last}" for first in MORE_FIRST for last in LAST]
    return chooser.sample(names, count)


def make_staff(chooser: random.Random, rows: int, ending: str) -> tuple[str, list[Asked]]:
    """A table of people with their rooms, and what is asked of it."""
    names = choose_names(chooser, rows)
    rooms = chooser.sample(range(100, 100 + 3 * rows), rows)
    header = ["Staff ID", "Name", "Room", "Team", "Phone"]
    table = [
        [f"EMP-{1000 + at}", name, str(room), chooser.choice(STATES), f"555-{chooser.randint(1000, 9999)}"]
        for at, (name, room) in enumerate(zip(names, rooms, strict=True))
    ]
    asked = [
        *ask_rows(chooser, table, "row by person", "Which room does {1} have?"),
        *ask_rows(chooser, table, "person by room", "Who has room {2}?"),
        *ask_rows(chooser, table, "row by code", "What is the phone number of {0}?"),
    ]
    for number in chooser.sample(range(1000 + rows, 1000 + 2 * rows), ASKED):
        asked.append(Asked("absent code", f"Which room does EMP-{number} have?", ""))
    return write_table(header, table, ending), asked


def make_prose(chooser: random.Random, rows: int) -> tuple[str, list[Asked]]:
    """Paragraphs that each tell of an invoice, and what is asked of them."""
    numbers = chooser.sample(range(5000770000, 5000770000 + 5 * rows), 2 * rows)
    names = choose_names(chooser, rows)
    days = [
        f"{chooser.randint(1, 28)} {chooser.choice(('March', 'July', 'October'))} {2010 + at % 14}"
        for at in range(rows)
    ]
    lines = [
        f"Invoice {number} was issued to {name} on {day}. It covers a {chooser.choice(SIZES)} {chooser.choice(THINGS)}. "
        f"The amount was {chooser.randint(20, 900)} euros."
        for number, name, day in zip(numbers, names, days, strict=False)
    ]
    asked = []
    for at in chooser.sample(range(rows), ASKED):
        asked.append(Asked("code in prose", f"Who was invoice {numbers[at]} issued to?", str(numbers[at])))
    for number in chooser.sample(numbers[rows:], ASKED):
        asked.append(Asked("absent code", f"Who was invoice {number} issued to?", ""))
    return "# Invoices\n\n" + "\n\n".join(lines) + "\n", asked


def write_table(header: list[str], rows: list[list[str]], ending: str) -> str:
    """A table as the text of a file of that ending."""
    if ending == "csv":
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        return text.getvalue()
    lines = [f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows)]
    return "# A list\n\nSome words before the table.\n\n" + "\n".join(lines) + "\n"


def make_documents(seed: int, sizes: list[int]) -> Iterator[tuple[str, str, list[Asked]]]:
    """File names, their texts, and what is asked of each."""
    chooser = random.Random(seed)
    for rows in sizes:
        for ending in ("csv", "md"):
            yield f"parts-{rows}.{ending}", *make_table(chooser, rows, ending)
            yield f"staff-{rows}.{ending}", *make_staff(chooser, rows, ending)
        yield f"invoices-{rows}.md", *make_prose(chooser, rows)


def make_kinds(seed: int, sizes: list[int]) -> Iterator[tuple[dict[str, bytes], list[made_lookups.Asked]]]:
    """All documents, those that are asked together as one, with what is asked of them."""
    for name, text, asked in make_documents(seed, sizes):
        kinds = [
            made_lookups.Asked(
                each.kind, each.text, (each.right,) if each.right else (), "first" if each.right else "declined"
            )
            for each in asked
        ]
        yield {name: text.encode()}, kinds
    yield from made_lookups.make_everything(random.Random(seed), sizes)


def is_right(asked: made_lookups.Asked, answer: Answer) -> bool:
    """Whether an answer is the right one, as its kind is checked."""
    quotes = [citation.quote for citation in answer.citations]
    everything = "\n".join([answer.text, *quotes])
    match asked.check:
        case "declined":
            return answer.abstained
        case "first":
            first = " ".join(answer.text.split("[1]")[0].split()[-200:]) + (quotes[0] if quotes else "")
            return bool(quotes) and not answer.abstained and all(words in first for words in asked.right)
        case "said":
            if asked.right == (" 0 ",):
                return answer.abstained and "None of" in answer.text
            return any(words in f" {answer.text.split(chr(10))[0]} " for words in asked.right)
    return all(words in everything for words in asked.right) and not any(words in everything for words in asked.wrong)


def main() -> None:
    """Ask, and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, nargs="+", default=[20, 60, 200], help="rows of each table")
    parser.add_argument("--only", nargs="+", default=[], help="files whose names begin so")
    parser.add_argument("--show", action="store_true", help="also print what went wrong")
    options = parser.parse_args()
    embeddings = build_embeddings(read_settings())
    right, declined, counted = Counter[str](), Counter[str](), Counter[str]()
    seconds: list[float] = []
    made = [pair for pair in make_kinds(options.seed, options.rows) if is_wanted(pair[0], options.only)]
    for files, asked in tqdm(made, file=sys.stderr, disable=None):
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / name for name in files]
            for path, content in zip(paths, files.values(), strict=True):
                path.write_bytes(content)
            ingest_paths(paths, directory=Path(folder) / "index", embeddings=embeddings)
            chain = build_chain(PassageIndex(Path(folder) / "index", embeddings))
            for each in asked:
                answer = chain.invoke(Question(each.text, everything=True))
                seconds.append(answer.seconds.total)
                was_right = is_right(each, answer)
                counted[each.kind] += 1
                right[each.kind] += was_right
                declined[each.kind] += answer.abstained and not was_right
                if options.show and not was_right:
                    print(
                        f"{', '.join(files)}: {each.text} -> {answer.text[:160]!r} ({answer.confidence}) for {each.right[:2]}"
                    )
    for kind, count in counted.items():
        wrong = count - right[kind] - declined[kind]
        print(
            f"{kind:28} {count:4}  right {right[kind] / count:6.1%}  declined {declined[kind] / count:6.1%}  wrong {wrong:3}"
        )
    print(f"milliseconds: median {1_000 * statistics.median(seconds):.0f}, most {1_000 * max(seconds):.0f}")


def is_wanted(files: dict[str, bytes], beginnings: list[str]) -> bool:
    """Whether the files are among those asked for by their names' beginnings; all are where none is given."""
    return not beginnings or any(name.startswith(tuple(beginnings)) for name in files)


if __name__ == "__main__":
    main()
