"""Count which words of Word files, e-books and reStructuredText are kept, against a simple reading of each by other means.

``python tests/benchmarks/compare_text_formats.py --data DIR`` (or ``FOOTNOTE_DATASETS``). All files below ``DIR/docx``,
``DIR/epub`` and ``DIR/rst`` are read, such as checkouts of python-docx, pandoc, mammoth, Apache POI and Tika (their test files),
of epub3-samples, and of the sources of documentation. What a file says:

- .docx: the paragraphs and tables of its body as python-docx gives them, and its footnotes and endnotes
- .epub: the text of its pages in the order of the spine, by zipfile and lxml
- .rst: the text of the tree that docutils makes, Sphinx's directives and roles as paragraphs of their own
"""

from __future__ import annotations

import argparse
import io
import os
import posixpath
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean
from typing import Any
from urllib.parse import unquote

from ingest.loaders import Kind
from ingest.parse import parse
from rag.errors import SourceError

_NOTE_PARTS = ("word/footnotes.xml", "word/endnotes.xml")
_BLOCKS = tuple(
    "address article aside blockquote body br caption dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header li ol p pre "
    "section table td th tr ul".split()
)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_docx(content: bytes) -> str:
    """What python-docx gives of the body, table by table, and the notes."""
    import docx
    from lxml import etree

    document = docx.Document(io.BytesIO(content))
    parts = [_text_of_body(block) for block in document.iter_inner_content()]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in _NOTE_PARTS:
            if name in archive.namelist():
                root = etree.fromstring(archive.read(name))
                parts += ["".join(part.text or "" for part in note.iter(f"{_W}t")) for note in root.iter(f"{_W}p")]
    return "\n".join(parts)


def _text_of_body(block: object) -> str:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    if isinstance(block, Paragraph):
        is_listed = block.style is not None and (block.style.name or "").casefold().startswith("toc ")
        return "" if is_listed else block.text
    assert isinstance(block, Table)
    seen: set[int] = set()
    words = []
    for row in block.rows:
        for cell in row.cells:
            if id(cell._tc) not in seen:
                seen.add(id(cell._tc))
                words += [_text_of_body(inner) for inner in cell.iter_inner_content()]
    return "\n".join(words)


def read_epub(content: bytes) -> str:
    """The text of all pages of the spine but the one that is the list of contents."""
    from lxml import etree, html

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        container = etree.fromstring(archive.read("META-INF/container.xml"))
        name = next(item.get("full-path") or "" for item in container.iter("{*}rootfile"))
        package = etree.fromstring(archive.read(name))
        items = {item.get("id"): item for item in package.iter("{*}item")}
        parts = []
        for reference in package.iter("{*}itemref"):
            item = items.get(reference.get("idref"))
            href = "" if item is None else item.get("href") or ""
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(href)))
            if item is None or "nav" in (item.get("properties") or "") or path not in archive.namelist():
                continue
            root: Any = html.document_fromstring(
                archive.read(path) or b"<p/>", parser=html.HTMLParser(encoding="utf-8")
            )
            for silent in root.xpath("//script | //style | //head | //nav | //*[@hidden]"):
                silent.drop_tree()
            for block in root.iter(*_BLOCKS):
                block.text = f"\n{block.text or ''}"
                block.tail = f"\n{block.tail or ''}"
            parts.append("".join(root.itertext()))
    return "\n".join(parts)


def read_rst(content: bytes) -> str:
    """The source without what is only markup: its marks, targets, comments, options, and the names of directives and roles."""
    text = content.decode("utf-8", errors="replace")
    text = _NAMES.sub("\n", text)
    text = re.sub(r"(?m)^([ \t]*)\.\. (?:_[^\n]*|\[[^\]\n]*\] ?|\|[^|\n]*\|[^\n]*|[\w:.+-]+::[^\n]*)", r"\1", text)
    text = re.sub(r"(?m)^[ \t]*:[\w -]+:[^\n`]*$", "", text)
    text = re.sub(r"(?m)^([ \t]*)\.\.(?:[ \t]+[^\n]*)?\n(?:\1[ \t]+[^\n]*\n|[ \t]*\n)*", "\n", text)
    text = re.sub(r"`([^`<>]*?)\s*<[^`<>]*>`_{0,2}", r"\1", text)
    return re.sub(r":[\w.:+-]+:(?=`)", "", text)


_NAMES = re.compile(
    r"(?m)^([ \t]*)\.\. (?:toctree|autosummary|literalinclude|image|module|highlight|role)::.*\n(?:\1[ \t]+.*\n|[ \t]*\n)*|^__ .*$"
)
"""Directives below which names of files stand, and where links lead."""

READERS: dict[Kind, Callable[[bytes], str]] = {"docx": read_docx, "epub": read_epub, "rst": read_rst}


def find_words(text: str) -> Counter[str]:
    """How often each word stands in a text, whatever its case."""
    return Counter(re.findall(r"\w+", text.casefold()))


def find_files(folder: Path, kind: str) -> Iterator[Path]:
    yield from sorted(path for path in (folder / kind).rglob(f"*.{kind}") if path.is_file())


def compare(folder: Path, kind: Kind, worst: int) -> None:
    """A line of figures for one kind of file, and the worst files."""
    shares: list[tuple[float, str, list[str]]] = []
    refused: list[str] = []
    words = kept = unread = 0
    spent = 0.0
    for path in find_files(folder, kind):
        content = path.read_bytes()
        try:
            there = find_words(READERS[kind](content))
        except Exception:  # the other reader cannot read it: there is nothing to compare with
            there, unread = None, unread + 1
        started = time.perf_counter()
        try:
            parsed = parse(content, kind)
        except SourceError as error:
            refused.append(f"{path.name}: {error}" + ("" if there else " (no words, or not read by the other either)"))
            continue
        except Exception as error:
            refused.append(f"{path.name}: {type(error).__name__}: {error}")
            continue
        finally:
            spent += time.perf_counter() - started
        if not there:
            continue
        here = find_words("\n".join((parsed.title, parsed.author, *(block.text for block in parsed.blocks))))
        missing = there - here
        words, kept = words + there.total(), kept + there.total() - missing.total()
        shares.append((1 - missing.total() / there.total(), path.name, list(missing)[:12]))
    if not shares:
        return
    print(
        f"{kind}: {len(shares)} files, {words:,} words, recall {kept / words:.4f}, mean of files {mean(share for share, _, _ in shares):.4f}, "
        f"{len(refused)} refused, {unread} not read by the other reader, {spent:.1f} s"
    )
    for share, name, missing_words in sorted(shares)[:worst]:
        print(f"    {share:.3f} {name[:60]}  {' '.join(missing_words)[:110]}")
    for line in refused[: 2 * worst]:
        print(f"    refused {line[:150]}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Count which words of files are kept.")
    parser.add_argument("--data", type=Path, default=os.environ.get("FOOTNOTE_DATASETS"), help="folder of the files")
    parser.add_argument("--worst", type=int, default=0, help="so many of the worst files of each kind are named")
    parser.add_argument("--only", choices=list(READERS), help="one kind alone")
    options = parser.parse_args()
    if not options.data:
        parser.error("name the folder of the files with --data")
    for kind in READERS:
        if options.only in (None, kind):
            compare(Path(options.data), kind, options.worst)


if __name__ == "__main__":
    main()
