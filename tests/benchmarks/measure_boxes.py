"""Do boxes on a PDF's pages stand on the quoted words? Quotes drawn by a seed from what was read of every PDF below a folder.

``python tests/benchmarks/measure_boxes.py --data DIR [--seed N] [--quotes N] [--pictures FOLDER]``. A third of the quotes
are rows of tables where there are any, the rest sentences of 25 to 400 characters, as many of each file as of the others.
Each is looked for as the page does it, in the locked-in process. Then what stands under the middle of its boxes is read by
their place alone, and held against the quote, letter by letter: *right* where nine in ten letters are the same, in both
directions; *wrong* otherwise; *unsure* where no box is drawn. That cannot tell which of two equal places is boxed, so
quotes whose words stand on their page more than once are listed as *twice*, with what stands before the first box.
``--pictures`` draws ten of the pages with their boxes, to be looked at.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import random
import struct
import sys
import zlib
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ingest.blocks import Parsed
from ingest.document_building import Found, build_document
from ingest.formats.pdf.places import fold
from ingest.sandbox.confined import Confined, parsing
from ingest.views import UNITS, AskedPage, Box, PageView, seek_span
from rag.english.sentences import find_sentences
from rag.errors import SourceError
from rag.types import Document

ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Drawn:
    """A quote, and the file that it is of."""

    path: Path
    content: bytes
    document: Document
    start: int
    end: int
    kind: str


def read_files(folder: Path, confined: Confined) -> Iterator[tuple[Path, bytes, Document]]:
    seen = set()
    for path in sorted(folder.rglob("*.pdf")):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if digest in seen:
            continue
        seen.add(digest)
        try:
            parsed = confined(content, "pdf")
        except SourceError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        yield (
            path,
            content,
            build_document(Found(str(path), path.stem, digest, "pdf", partial(Parsed, ())), parsed, path.stem),
        )


def list_quotes(document: Document) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The sentences and the rows of a document that may be drawn."""
    rows = [(block.start, block.end) for block in document.blocks if block.kind == "row"]
    inside = sorted(rows)
    sentences = [
        (start, end)
        for start, end in find_sentences(document.text)
        if 25 <= end - start <= 400 and not any(low < end and start < high for low, high in inside)
    ]
    return sentences, [(start, end) for start, end in rows if 8 <= end - start <= 600]


def draw_quotes(files: list[tuple[Path, bytes, Document]], count: int, seed: int) -> list[Drawn]:
    chance = random.Random(seed)
    drawn: list[Drawn] = []
    pools = []
    for path, content, document in files:
        sentences, rows = list_quotes(document)
        chance.shuffle(sentences)
        chance.shuffle(rows)
        pools.append((path, content, document, sentences, rows))
    chance.shuffle(pools)
    turn = 0
    while len(drawn) < count and any(sentences or rows for *_, sentences, rows in pools):
        for path, content, document, sentences, rows in pools:
            kind = "row" if rows and (turn % 3 == 0 or not sentences) else "sentence"
            pool = rows if kind == "row" else sentences
            if pool and len(drawn) < count:
                drawn.append(Drawn(path, content, document, *pool.pop(), kind))
        turn += 1
    return drawn


def find_boxes(quote: Drawn, confined: Confined) -> list[tuple[int, Box]]:
    sought = seek_span(quote.document, quote.start, quote.end, 1)
    found = []
    for page in range(sought.first, sought.last + 1):
        view = confined.view_page(quote.content, AskedPage(page, 0, (sought,)))
        found += [(page, box) for _, box in view.boxes]
    return found


def read_under(content: bytes, boxes: list[tuple[int, Box]]) -> str:
    """What stands under the middle of boxes, by their place; letters that are painted over equal ones count once."""
    import ctypes

    import pypdfium2
    import pypdfium2.raw as pdfium

    from ingest.formats.pdf.forms import open_forms, open_page

    document = pypdfium2.PdfDocument(content)
    open_forms(document)
    words = []
    for number, (left, top, width, height) in boxes:
        page, _ = open_page(document, number - 1)
        text = page.get_textpage()
        corners = [
            place_back(page, x, y) for x, y in ((left + 3, top + 0.45 * height), (left + width - 3, top + 0.6 * height))
        ]
        (x1, y1), (x2, y2) = corners
        seen: list[tuple[str, float, float]] = []
        for at in range(pdfium.FPDFText_CountChars(text)):
            across, up = ctypes.c_double(), ctypes.c_double()
            box = text.get_charbox(at)
            middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
            is_under = min(x1, x2) <= middle[0] <= max(x1, x2) and box[1] <= max(y1, y2) and min(y1, y2) <= box[3]
            letter = chr(pdfium.FPDFText_GetUnicode(text, at))
            if not is_under or letter.isspace():
                continue
            pdfium.FPDFText_GetCharOrigin(text, at, across, up)
            if (letter, round(across.value), round(up.value)) not in seen:
                seen.append((letter, round(across.value), round(up.value)))
        words.append("".join(letter for letter, *_ in seen))
    document.close()
    return "\n".join(words)


def find_before(quote: Drawn, first: tuple[int, Box]) -> str | None:
    """What stands on the line of the first box before it, where the page has the words of the quote more than once."""
    import pypdfium2

    document = pypdfium2.PdfDocument(quote.content)
    page = document[first[0] - 1]
    whole = fold(page.get_textpage().get_text_range()).text
    document.close()
    if whole.count(fold(seek_span(quote.document, quote.start, quote.end).words).text) < 2:
        return None
    left, top, _, height = first[1]
    return read_under(quote.content, [(first[0], (0, top - height, UNITS, height)), (first[0], (0, top, left, height))])


def place_back(page: object, x: float, y: float) -> tuple[float, float]:
    import ctypes

    import pypdfium2.raw as pdfium

    across, up = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDF_DeviceToPage(page, 0, 0, UNITS, UNITS, 0, round(x), round(y), across, up)
    return across.value, up.value


def judge(quote: Drawn, boxes: list[tuple[int, Box]]) -> tuple[str, float]:
    if not boxes:
        return "unsure", 0.0
    sought = seek_span(quote.document, quote.start, quote.end)
    wanted, under = Counter(fold(sought.words).text), fold(read_under(quote.content, boxes)).text
    common = (wanted & Counter(under)).total() / max(1, wanted.total(), len(under))
    order = difflib.SequenceMatcher(None, fold(sought.words).text, under, autojunk=False).ratio()
    alike = max(order, common if quote.kind == "row" else 0.0)
    return ("right" if alike >= ALIKE else "wrong"), alike


def save_picture(view: PageView, path: Path) -> None:
    """A page's picture with its boxes framed in red."""
    png = b64decode(view.picture)
    width, height, _, colour = struct.unpack(">IIBB", png[16:26])
    depth = 3 if colour == 2 else 1
    start = png.index(b"IDAT")
    (size,) = struct.unpack(">I", png[start - 4 : start])
    lines = zlib.decompress(png[start + 4 : start + 4 + size])
    dots = bytearray()
    for at in range(height):
        row = lines[at * (width * depth + 1) + 1 : (at + 1) * (width * depth + 1)]
        dots += row if depth == 3 else b"".join(row[dot : dot + 1] * 3 for dot in range(width))
    for _, (left, top, wide, high) in view.boxes:
        x1, x2 = left * width // UNITS, min(width - 1, (left + wide) * width // UNITS)
        y1, y2 = top * height // UNITS, min(height - 1, (top + high) * height // UNITS)
        for x in range(x1, x2 + 1):
            for y in (y1, y2):
                dots[3 * (y * width + x) : 3 * (y * width + x) + 3] = b"\xd0\x10\x10"
        for y in range(y1, y2 + 1):
            for x in (x1, x2):
                dots[3 * (y * width + x) : 3 * (y * width + x) + 3] = b"\xd0\x10\x10"
    from ingest.formats.pdf.pages import write_png

    path.write_bytes(write_png(bytes(dots), width, height, 3))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder with PDFs, at any depth")
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--quotes", type=int, default=60)
    parser.add_argument("--pictures", type=Path)
    given = parser.parse_args()
    verdicts: Counter[tuple[str, str]] = Counter()
    with parsing() as confined:
        files = list(read_files(given.data, confined))
        drawn = draw_quotes(files, given.quotes, given.seed)
        pictured = random.Random(given.seed).sample(range(len(drawn)), min(10, len(drawn)))
        for at, quote in enumerate(drawn):
            boxes = find_boxes(quote, confined)
            verdict, alike = judge(quote, boxes)
            verdicts[quote.kind, verdict] += 1
            if verdict != "right":
                print(
                    f"{verdict:7} {alike:.2f} {quote.kind:8} {quote.path.name}: {quote.document.text[quote.start : quote.end]!r}"
                )
            if boxes and (before := find_before(quote, boxes[0])) is not None:
                print(f"twice   {quote.document.text[max(0, quote.start - 40) : quote.end]!r}: boxed after {before!r}")
            if given.pictures and at in pictured and boxes:
                given.pictures.mkdir(parents=True, exist_ok=True)
                asked = AskedPage(boxes[0][0], 1000, (seek_span(quote.document, quote.start, quote.end, 1),))
                save_picture(
                    confined.view_page(quote.content, asked), given.pictures / f"{at:02}-{quote.path.stem}.png"
                )
                print(f"picture {at:02} {quote.path.name}: {quote.document.text[quote.start : quote.end]!r}")
    used = len({quote.path for quote in drawn})
    print(f"\n{len(drawn)} quotes of {used} files, seed {given.seed}")
    print(f"{'':9} {'quotes':>6} {'right':>6} {'unsure':>6} {'wrong':>6}")
    for kind in ("sentence", "row"):
        counts = [verdicts[kind, each] for each in ("right", "unsure", "wrong")]
        print(f"{kind:9} {sum(counts):>6} " + " ".join(f"{count:>6}" for count in counts))
    counts = [sum(verdicts[kind, each] for kind in ("sentence", "row")) for each in ("right", "unsure", "wrong")]
    print(f"{'all':9} {sum(counts):>6} " + " ".join(f"{count:>6}" for count in counts))
    print(f"boxed on the right words: {100 * counts[0] / max(1, sum(counts)):.1f} %")


if __name__ == "__main__":
    main()
