"""Are title, authors and date of PDF files those that people read on the first page?

``python tests/benchmarks/pdf_titles.py --data DIR [--half odd]``. Two sets below DIR, of which what is not there is passed over:

- files of public repositories by name (``pdf_heads.py``): those that pdf.js, GROBID, pdfplumber, pdfminer, docling, scipdf and
  pypdf are tested on, and the documents of the natural questions. What they say was written down from pictures of their pages
- papers with the deposit of their publisher beside them, NAME.pdf and NAME.crossref.xml, as in openjournals/jose-papers. With
  ``--half``, those alone whose name's sha256 is even or odd: what is changed is looked at on one half and told of the other

Of each field:

- right: what the page says; of authors all of them and nobody else, each by the first and the last word of the name
- part: of authors, some of them and nobody else; of a date, its year, or its month and year
- none: the page says something, and nothing is found
- wrong: anything else, also where the page says nothing
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from lxml import etree
from pdf_heads import HEADS, Head

from ingest.blocks import Parsed
from ingest.sandbox.confined import parsing
from rag.errors import SourceError

FIELDS = ("title", "authors", "date")


def find_named(folder: Path) -> Iterator[tuple[Path, Head]]:
    """The files of ``pdf_heads.py`` that are there."""
    places = sorted(folder.rglob("*.pdf"))
    for head in HEADS:
        for path in [path for path in places if str(path).endswith(f"/{head.file}")][:1]:
            yield path, head


def find_deposited(folder: Path, half: str) -> Iterator[tuple[Path, Head]]:
    """The papers beside which a deposit lies, and what it says."""
    for path in sorted(folder.rglob("*.crossref.xml")):
        paper = path.with_name(path.name.replace(".crossref.xml", ".pdf"))
        is_odd = int(sha256(paper.name.encode()).hexdigest(), 16) % 2
        if paper.is_file() and half in ("", "odd" if is_odd else "even"):
            article = next(etree.parse(path).getroot().iter("{*}journal_article"), None)
            if article is None:  # of a whole issue
                continue
            people = [
                " ".join(part.text or "" for part in person.iter("{*}given_name", "{*}surname", "{*}suffix"))
                for person in article.iter("{*}person_name")
            ]
            title = next(article.iter("{*}title")).text or ""
            day = {etree.QName(part).localname: part.text or "" for part in next(article.iter("{*}publication_date"))}
            date = f"{day['year']}-{day['month']:0>2}-{day['day']:0>2}"
            yield paper, Head(paper.name, (" ".join(title.split()),), tuple(people), date)


def plain(text: str) -> str:
    """The letters and figures of a text, accents taken off: papers set them in several ways."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if letter.isalnum())


def judge_title(right: Iterable[str], found: str) -> str:
    if plain(found) in map(plain, right):
        return "right"
    return "none" if not found else "wrong"


def judge_authors(right: tuple[str, ...], found: str) -> str:
    """By the first and the last word of each name: middle names are told or not, and set in several ways."""
    if not found:
        return "none" if right else "right"
    wanted = {both_ends(name) for name in right}
    names = {both_ends(name) for name in re.split(r",|\band\b", found) if name.strip()}
    if not names <= wanted:
        return "wrong"
    return "right" if names == wanted else "part"


def both_ends(name: str) -> tuple[str, str]:
    words = re.sub(r",? Jr\.?$", "", name.strip()).replace(".", ". ").split()
    return plain(words[0]), plain(words[-1])


def judge_date(right: str, found: str) -> str:
    if right == found:
        return "right"
    if not found:
        return "none"
    return "part" if right.startswith(found) else "wrong"


def measure(title: str, files: list[tuple[Path, Head]]) -> None:
    """Print a line a file, what is wrong, and the sums."""
    if not files:
        return
    print(f"{title}, {len(files)} files")
    counts = {name: {True: Counter[str](), False: Counter[str]()} for name in FIELDS}
    with parsing() as parse_one:
        for path, head in files:
            try:
                parsed = parse_one(path.read_bytes(), "pdf")
            except SourceError as error:
                print(f"{head.file}: refused: {error}")
                parsed = Parsed(())
            found = dict(zip(FIELDS, (parsed.title, parsed.author, parsed.date), strict=True))
            verdicts = {
                "title": judge_title(head.titles, parsed.title),
                "authors": judge_authors(head.authors, parsed.author),
                "date": judge_date(head.date, parsed.date),
            }
            print(f"  {head.file[:44]:44} " + " ".join(f"{verdict:6}" for verdict in verdicts.values()))
            says = (True, bool(head.authors), bool(head.date))
            for (name, verdict), is_said in zip(verdicts.items(), says, strict=True):
                counts[name][is_said][verdict] += 1
                if verdict in ("wrong", "part"):
                    print(f"      {name}: {found[name][:150]!r}")
    for name, verdicts_of in counts.items():
        said, unsaid = verdicts_of[True], verdicts_of[False]
        shown = ", ".join(f"{said[each]} {each}" for each in ("right", "part", "none", "wrong"))
        print(
            f"  {name}: {said.total()} pages say one: {shown}; {unsaid.total()} do not: {unsaid['right']} right, {unsaid['wrong']} wrong"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, metavar="DIR", required=True, help="a folder of PDF files")
    parser.add_argument(
        "--half", choices=("even", "odd"), default="", help="of the papers with deposits, one half alone"
    )
    options = parser.parse_args()
    measure("files by name", list(find_named(options.data)))
    measure("papers with deposits", list(find_deposited(options.data, options.half)))


if __name__ == "__main__":
    main()
