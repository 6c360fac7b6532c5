"""Count which words of Word files, e-books, mails and reStructuredText are kept, against a simple reading of each by other means.

``python tests/benchmarks/compare_text_formats.py --data DIR`` (or ``FOOTNOTE_DATASETS``). All files below ``DIR/docx``,
``DIR/epub``, ``DIR/eml`` and ``DIR/rst`` are read, such as checkouts of python-docx, pandoc, mammoth, Apache POI and Tika (their
test files), of epub3-samples, of the mails that libraries for mail are tested on, and of the sources of documentation. What a file says:

- .docx: the paragraphs and tables of its body as python-docx gives them, and its footnotes and endnotes
- .epub: the text of its pages in the order of the spine, by zipfile and lxml
- .eml: sender, readers, day and subject, and the texts that are no attachments, by the standard library's older policy; of
  alternatives the plain one unless it has fewer than 40 characters; HTML by lxml; what a part calls its encoding, else UTF-8;
  of each header the first 2,000 characters
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
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
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
    seen = set()  # of the cells themselves: their ids are given anew once nobody holds them
    words = []
    for row in block.rows:
        for cell in row.cells:
            if cell._tc not in seen:
                seen.add(cell._tc)
                words += [_text_of_body(inner) for inner in cell.iter_inner_content()]
    return "\n".join(words)


def read_epub(content: bytes) -> str:
    """The text of all pages of the spine but the one that is the list of contents."""
    from lxml import etree

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
            if item is None or not (item.get("media-type") or "").endswith(("html", "html+xml")):
                continue
            if "nav" in (item.get("properties") or "") or path not in archive.namelist():
                continue
            parts.append(_text_of_page(archive.read(path)))
    return "\n".join(parts)


def _text_of_page(content: bytes) -> str:
    from lxml import html

    root: Any = html.document_fromstring(content or b"<p/>", parser=html.HTMLParser(encoding="utf-8"))
    for silent in root.xpath("//script | //style | //head | //nav | //*[@hidden]"):
        silent.drop_tree()
    for block in root.iter(*_BLOCKS):
        block.text = f"\n{block.text or ''}"
        block.tail = f"\n{block.tail or ''}"
    return "".join(root.itertext())


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


def read_eml(content: bytes) -> str:
    """What stands in the head and in the texts of a mail."""
    message = message_from_bytes(content)
    if not message.keys():
        raise ValueError("no mail")
    return "\n".join(_texts_of_mail(message))


def _texts_of_mail(message: Message) -> Iterator[str]:
    for name in ("From", "To", "Cc", "Date", "Subject"):
        found = next((str(value) for key, value in message.raw_items() if key.casefold() == name.casefold()), "")
        raw = found.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        yield str(make_header(decode_header(raw)))[:2_000]
    yield from _texts_of_part(message)


def _texts_of_part(part: Message) -> Iterator[str]:
    kind = part.get_content_type()
    payload = part.get_payload()
    inner = [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else None
    if part.get_content_disposition() == "attachment":
        return
    if kind == "message/rfc822" and inner is not None:
        for message in inner:
            yield from _texts_of_mail(message)
    elif kind == "multipart/alternative" and inner is not None:
        texts = [one for one in inner if one.get_content_maintype() in ("text", "multipart")]
        plain = [
            one for one in texts if one.get_content_subtype() == "plain" and len("".join(_decode(one).split())) >= 40
        ]
        yield from _texts_of_part((plain[:1] or texts)[-1])
    elif inner is not None:
        for one in inner:
            yield from _texts_of_part(one)
    elif kind == "text/plain":
        yield _decode(part)
    elif kind == "text/html" and _decode(part).strip():
        yield _text_of_page(_decode(part).encode())


def _decode(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset() or "utf-8")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


READERS: dict[Kind, Callable[[bytes], str]] = {"docx": read_docx, "epub": read_epub, "eml": read_eml, "rst": read_rst}


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
