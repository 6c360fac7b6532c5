"""How whole PDF files are read whose text is not known: figures a file, and rows of tables where these are known.

Columns: pages; pages a second of the processor; words (share of the words that PDFium finds on the pages); lines (share of its lines of
five words or more that stand word for word in what was read: neighbouring columns that run into each other lose them);
order (F1 of the sequences of four words of both, for files of prose alone; where letters end lines with a hyphen, of PDFium's
words as Footnote joins them; without the running heads that Footnote leaves out);
broken (paragraphs that end without a full stop and are followed by one that begins with a small letter); headings;
rows (of tables); found (rows of the tables described in a file NAME-str.xml beside NAME.pdf, as in the ICDAR 2013 table
competition, that are one block with all their cells and at most a tenth of other letters, as many as
the first three rows of their table have apart: these may have named the columns, and count as found where they did; a
name over several columns may be said with each).
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from ingest.blocks import Block
from ingest.clean import assemble
from ingest.formats.pdf.parse import parse_pdf
from ingest.left_out import RUNNING_HEAD, SAMPLE
from ingest.limits import check_size
from rag.errors import SourceError

Cell = tuple[str, int]
"""The letters and figures of a cell, and how many columns it covers."""

_ENDS = re.compile(r"[.!?:;…。！？؟][\"'”’»)\]]*[⁰¹²³⁴⁵⁶⁷⁸⁹]*$")


def measure_folder(folder: Path) -> None:
    """Print a line a file and the sums."""
    print(f"{'file':38} {'pages':>5} {'pages/s':>7} {'words':>6} {'lines':>6} {'order':>6} {'broken':>6} {'heads':>5} {'rows':>6} {'found':>9}")  # fmt: skip
    pages = seconds = rows = found = broken = headings = 0.0
    of_tables, taken = 0, 0
    orders: list[float] = []
    for path in sorted(folder.rglob("*.pdf")):
        content = path.read_bytes()
        began = time.process_time()
        try:
            parsed = check_size(parse_pdf(content))
        except SourceError as error:
            print(f"{path.stem[:38]:38} refused: {error}")
            truth = [row for table in read_tables(path) for row in table]
            rows += len(truth)
            continue
        took = time.process_time() - began
        text = assemble(parsed, path.stem).text
        theirs = read_with_pdfium(content)
        words, lines = compare_words(theirs, text)
        left = [piece.sample for piece in parsed.left_out if piece.reason == RUNNING_HEAD]
        order = compare_order(without_lines(theirs, left), text) if is_prose(parsed.blocks) else None
        orders += [] if order is None else [order]
        breaks = count_broken(parsed.blocks)
        heads = sum(block.level > 0 for block in parsed.blocks)
        tables = read_tables(path)
        used: list[Block] = []
        hits = sum(count_found(table, parsed.blocks, used=used) for table in tables)
        truth_rows = sum(map(len, tables))
        shown = f"{hits:4}/{truth_rows:4}" if tables else ""
        in_rows = sum(block.kind == "row" for block in parsed.blocks)
        print(f"{path.stem[:38]:38} {parsed.pages:5} {parsed.pages / took:7.1f} {words:6.3f} {lines:6.3f} {'' if order is None else f'{order:.3f}':>6} {breaks:6} {heads:5} {in_rows:6} {shown:>9}")  # fmt: skip
        pages, seconds, rows, found = pages + parsed.pages, seconds + took, rows + truth_rows, found + hits
        broken, headings = broken + breaks, headings + heads
        of_tables, taken = of_tables + (in_rows if tables else 0), taken + sum(block.kind == "row" for block in used)
    print(f"{pages:.0f} pages, {pages / max(seconds, 1e-9):.1f} a second; {broken:.0f} broken, {headings:.0f} headings; {found:.0f} of {rows:.0f} rows found ({found / max(rows, 1):.3f}), {taken} of {of_tables} rows read are such ({taken / max(of_tables, 1):.3f})")  # fmt: skip
    print(
        f"order: {len(orders)} files of prose, {sum(order < 0.95 for order in orders)} below .95, lowest {min(orders, default=1):.3f}"
    )


def split_words(text: str) -> list[str]:
    """The words of a text in a form that two readers agree on."""
    plain = unicodedata.normalize("NFKC", text.replace("\u00ad", "-").replace("\ufffe", "").replace("’", "'"))
    return re.findall(r"\w+", plain.casefold())


def read_with_pdfium(content: bytes) -> str:
    """All text of a file in PDFium's own order; its sign for a hyphen that it has removed goes too."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    texts = []
    for at in range(len(document)):
        with suppress(pypdfium2.PdfiumError):  # a broken page has none
            texts.append(document[at].get_textpage().get_text_bounded())
    document.close()
    return "\n".join(texts).replace("\x02", "")


def is_prose(blocks: Sequence[Block]) -> bool:
    """Whether a file is ordinary prose: a thousand words, nine of ten in paragraphs of twelve words or more."""
    counts = [(len(block.text.split()), block.kind) for block in blocks]
    total = sum(count for count, _ in counts)
    return total >= 1_000 and sum(count for count, kind in counts if count >= 12 and kind != "row") >= 0.9 * total


def without_lines(theirs: str, heads: Sequence[str]) -> str:
    """A text without the lines that are left out on purpose, each told by its beginning: they stand on every page."""
    known = {" ".join(split_words(head)) for head in heads}
    return "\n".join(line for line in theirs.splitlines() if " ".join(split_words(line[:SAMPLE])) not in known)


def compare_order(theirs: str, ours: str) -> float:
    """F1 of the sequences of four words of two texts."""
    joined = re.sub(r"[-\ufffe\u00ad]\r?\n(?=[^\W\d_])", "", theirs)
    counts = [
        Counter(zip(*(words[at:] for at in range(4)), strict=False)) for words in map(split_words, (joined, ours))
    ]
    return 2 * sum((counts[0] & counts[1]).values()) / max(1, sum(counts[0].values()) + sum(counts[1].values()))


def compare_words(theirs: str, text: str) -> tuple[float, float]:
    """The shares of PDFium's words and of its lines that are in a text; words that a line's end parts are not counted."""
    words = Counter(split_words(re.sub(r"\w+[-\ufffe\u00ad]\s*\n\s*\w+", " ", theirs)))
    shared = sum((words & Counter(split_words(text))).values())
    whole = " ".join(split_words(text))
    # The first and last word of a line may be half of one; lines of figures are those of tables, where names come between.
    lines = [
        line[1:-1] for row in theirs.splitlines()
        if len(line := split_words(row)) >= 7 and sum(map(str.isalpha, line)) >= 0.8 * len(line)
    ]  # fmt: skip
    kept = sum(" ".join(line) in whole for line in lines)
    return shared / max(1, sum(words.values())), kept / max(1, len(lines))


def count_broken(blocks: Sequence[Block]) -> int:
    """Paragraphs that stop in the middle of a sentence and go on in the next one."""
    texts = [block for block in blocks if block.kind == "text"]
    return sum(
        not before.level and not after.level and len(before.text) > 40
        and not _ENDS.search(before.text) and after.text[:1].islower()
        for before, after in pairwise(texts)
    )  # fmt: skip


def squeeze(text: str) -> str:
    """The letters and figures of a text: descriptions of tables leave out spaces."""
    return "".join(split_words(text)).replace("_", "")


def read_tables(path: Path) -> list[list[list[Cell]]]:
    """The rows of each table that is described beside a file, a row as its cells' letters and figures and their columns."""
    beside = [
        other for other in sorted(path.parent.glob(f"{path.stem}*-str.xml"))
        if other.stem[len(path.stem) :] in ("-str", "a-str", "b-str")
    ]  # fmt: skip
    return [table for other in beside for table in _read_tables(other)]


def _read_tables(path: Path) -> Iterator[list[list[Cell]]]:
    for region in ElementTree.parse(path).getroot().iter("region"):
        rows: dict[int, list[Cell]] = {}
        for cell in region.iter("cell"):
            if words := squeeze(cell.findtext("content") or ""):
                first = int(cell.get("start-col", "0"))
                width = int(cell.get("end-col") or first) - first + 1
                rows.setdefault(int(cell.get("start-row", "0")), []).append((words, width))
        yield [cells for _, cells in sorted(rows.items())]


def count_found(
    table: Sequence[Sequence[Cell]],
    blocks: Sequence[Block],
    missed: list[str] | None = None,
    used: list[Block] | None = None,
) -> int:
    """How many rows of a table are a block each, or are said by the names of columns in its other rows."""
    heads = sum(len(cell) * width for row in table[:3] for cell, width in row)
    free = [(words, block) for block in blocks for line in block.text.split("\n") if (words := squeeze(line))]
    taken, lost = "", []
    for at_row, row in enumerate(table):
        for at, (words, block) in enumerate(free):
            rest = words
            for cell, _ in sorted(row, key=lambda found: len(found[0]), reverse=True):
                before, found, after = rest.rpartition(cell)
                rest = f"{before} {after}" if found else " " * 10_000
            if len(rest) - len(row) <= heads + 0.1 * len(words):
                taken += words
                if used is not None:
                    used.append(block)
                del free[at]
                break
        else:
            lost.append(at_row)
    lost = [at for at in lost if at >= 3 or not all(cell in taken for cell, _ in table[at])]
    if missed is not None:
        missed += [" ".join(cell for cell, _ in table[at]) for at in lost]
    return len(table) - len(lost)
