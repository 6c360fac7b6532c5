"""Compare what is read from PDF files with pypdf, pdfminer.six and pdftotext (poppler), against the text as written.

``python tests/benchmarks/compare_pdf_extraction.py [FOLDER]``; the libraries are no part of Footnote: what is not
installed is left out. Columns: words (F1 of the bags of words), order (share of the written words found in the order
in which they were written), whole (paragraphs, headings, items and table rows found word for word as one block or,
for the others, as one part between blank lines), pages a second.

``--data DIR`` measures Footnote alone on every PDF below a folder (see ``pdf_reading.py``).
"""

from __future__ import annotations

import argparse
import difflib
import io
import re
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from made_document import AUTHOR, DATE, NOTES, TITLE, paragraphs
from pdf_reading import measure_folder

NAMES = ("chromium", "chromium-columns", "libreoffice", "pdflatex-columns")


def footnote(content: bytes) -> str:
    from ingest.clean import assemble
    from ingest.formats.pdf.parse import parse_pdf

    return assemble(parse_pdf(content), "stem").text


def pypdf(content: bytes) -> str:
    from pypdf import PdfReader

    return "\n\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def pdfminer(content: bytes) -> str:
    import logging

    from pdfminer.high_level import extract_text

    logging.disable(logging.ERROR)
    return str(extract_text(io.BytesIO(content)))


def pdftotext(content: bytes) -> str:
    return subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True).stdout.decode()


def count_pages(content: bytes) -> int:
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    pages = len(document)
    document.close()
    return pages


def words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text.replace("\u00ad", "").replace("’", "'")))


def score(read: str, written: list[str]) -> tuple[float, float, float]:
    there, here = words("\n".join(written)), words(read)
    shared = sum((Counter(there) & Counter(here)).values())
    matcher = difflib.SequenceMatcher(None, there, here, autojunk=False)
    in_order = sum(block.size for block in matcher.get_matching_blocks())
    parts = {tuple(words(part)) for part in re.split(r"\n\s*\n", read)}
    parts |= {part[1:] for part in parts if part[:1] and part[0].isdigit()}
    whole = sum(tuple(words(part)) in parts for part in written)
    return 2 * shared / (len(there) + len(here)), in_order / len(there), whole / len(written)


def main(folder: Path) -> None:
    readers: list[Callable[[bytes], str]] = [footnote, pypdf, pdfminer, pdftotext]
    print(f"{'file':20} {'reader':10} {'words':>6} {'order':>6} {'whole':>6} {'pages/s':>8}")
    for name in NAMES:
        path = folder / f"{name}.pdf"
        if not path.exists():
            continue
        content = path.read_bytes()
        written = [TITLE, AUTHOR, DATE, *paragraphs("latex" not in name), *NOTES.values()]
        for reader in readers:
            try:
                read = reader(content)
            except (ImportError, OSError):
                continue
            began = time.perf_counter()
            for _ in range(3):
                reader(content)
            rate = 3 * count_pages(content) / (time.perf_counter() - began)
            shares = " ".join(f"{share:6.3f}" for share in score(read, written))
            print(f"{name:20} {reader.__name__:10} {shares} {rate:8.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[1] / "fixtures" / "documents")
    parser.add_argument("--data", type=Path, metavar="DIR", help="measure Footnote on every PDF below this folder")
    arguments = parser.parse_args()
    if arguments.data:
        measure_folder(arguments.data)
    else:
        main(arguments.folder)
