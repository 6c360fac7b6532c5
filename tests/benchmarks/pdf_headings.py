"""How many numbered headings of papers are found in PDF files, and how many headings found are none.

``python tests/benchmarks/pdf_headings.py --data DIR``. The truth is made of what PDFium sees: lines "2", "2.1" or "A.3" and a
title, of at most twelve words, in letters that are larger or bolder than most. Look over what it prints: a numbered row of
a table in bold is no heading.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pypdfium2

from ingest.formats.pdf.layout import find_body_size
from ingest.formats.pdf.letters import read_letters
from ingest.formats.pdf.parse import parse_pdf
from ingest.formats.pdf.pieces import Piece, find_turn, to_pieces
from ingest.formats.pdf.rows import find_segments, group_rows, join_row

NUMBER_GAP = 2.2
"""Ems between the number of a heading and its words, at most."""

_NUMBERED = re.compile(r"(?:\d{1,2}|[A-H])(?:\.\d{1,2})*\.?\s+[A-Z][^\W\d_]+.*")


def read_pieces(content: bytes) -> list[Piece]:
    """All pieces of a file, page by page."""
    document = pypdfium2.PdfDocument(content)
    found: list[Piece] = []
    for page in document:
        letters, _ = read_letters(page)
        segments = find_segments(to_pieces(letters, find_turn(letters, page.get_bbox()))[0])
        found += [piece for row in group_rows(segments) for piece in join_row(row, NUMBER_GAP)]
    document.close()
    return found


def find_truth(content: bytes) -> list[str]:
    """The numbered headings of a file, as their letters and figures."""
    pieces = read_pieces(content)
    body = find_body_size((piece.size, piece.text) for piece in pieces)
    return [
        key(piece.text)
        for piece in pieces
        if _NUMBERED.fullmatch(piece.text.strip())
        and len(piece.text.split()) <= 12
        and (piece.size >= 1.1 * body or (piece.bold and piece.size >= 0.95 * body))
        and not piece.text.rstrip().endswith((",", ";"))
    ]


def key(text: str) -> str:
    """Letters and figures."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def main(folder: Path) -> None:
    """Print a line a file, the headings that are missing and those that are none, and the sums."""
    there = hits = numbered = 0
    for path in sorted(folder.rglob("*.pdf")):
        content = path.read_bytes()
        try:
            truth = find_truth(content)
        except pypdfium2.PdfiumError:
            continue
        if len(truth) < 5:
            continue
        headings = [block.text for block in parse_pdf(content).blocks if block.level]
        ours = [key(text) for text in headings]
        # A heading of two lines begins with the first of them.
        missed = [one for one in truth if not any(other.startswith(one) for other in ours)]
        wrong = [
            text
            for text in headings
            if _NUMBERED.fullmatch(text) and not any(key(text).startswith(one) for one in truth)
        ]
        print(f"{path.stem[:40]:40} {len(truth) - len(missed):3} of {len(truth):3}, none: {len(wrong)}")
        for text in missed[:10]:
            print(f"    missing: {text[:90]}")
        for text in wrong[:10]:
            print(f"    none: {text[:90]}")
        there, hits, numbered = there + len(truth), hits + len(truth) - len(missed), numbered + len(wrong)
    print(f"{hits} of {there} numbered headings found; {numbered} numbered headings are none of these")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, metavar="DIR", required=True, help="a folder of PDF files")
    main(parser.parse_args().data)
