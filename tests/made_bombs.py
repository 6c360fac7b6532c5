"""Files made to do harm: small on disk, and without end for a careless reader. They are made here, and never kept."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ingest.loaders import Kind

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
LAUGHS = (
    "<!DOCTYPE r [<!ENTITY l0 'lol'>" + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 11)) + "]>"
)
FOREIGN = "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"


@dataclass(frozen=True, slots=True)
class Bomb:
    """A file that asks for too much; ``ends`` tells how reading it may end."""

    name: str
    kind: Kind
    make: Callable[[], bytes]
    ends: str
    slow: bool = False


def zip_of(parts: Iterable[tuple[str, bytes | str]]) -> bytes:
    """A zip container of the given parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return packed.getvalue()


def endless_deflate(size: int, filler: bytes = b" ") -> bytes:
    """A deflate stream that inflates to ``size`` bytes, about a thousandth as long; no checksum at its end."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunk = packer.compress((filler * 1_000_000)[:1_000_000]) + packer.flush(zlib.Z_FULL_FLUSH)
    return chunk * (size // 1_000_000) + packer.flush()


def lying_zip(names: Sequence[str], stream: bytes, claimed: int = 1_000, head: bytes = b"") -> bytes:
    """A container all of whose entries are the one stream, stored once, whose size the directory gets wrong."""
    stream = zlib_raw(head) + stream if head else stream
    fields = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0x21, 0, len(stream), claimed)
    local = b"PK\x03\x04" + fields + struct.pack("<HH", len(names[0]), 0) + names[0].encode() + stream
    directory = b"".join(
        b"PK\x01\x02"
        + struct.pack("<H", 20)
        + fields
        + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0)
        + name.encode()
        for name in names
    )
    count = min(len(names), 0xFFFF)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(local), 0)
    return local + directory + b"PK\x05\x06" + end


def zlib_raw(content: bytes) -> bytes:
    """Content as a deflate stream that others may follow."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)


def docx(body: str, before: str = "", **parts: str) -> bytes:
    """A Word file whose body is the given XML."""
    document = f"{before}<w:document {W}><w:body>{body}</w:body></w:document>"
    return zip_of(
        [
            ("word/document.xml", document),
            *((f"word/{name}" if "." in name else f"word/{name}.xml", part) for name, part in parts.items()),
        ]
    )


def epub(pages: Sequence[str], opf_before: str = "", title: str = "A book") -> bytes:
    """An e-book of the given pages (whole XHTML texts)."""
    items = "".join(
        f'<item id="p{at}" href="p{at}.xhtml" media-type="application/xhtml+xml"/>' for at in range(len(pages))
    )
    refs = "".join(f'<itemref idref="p{at}"/>' for at in range(len(pages)))
    opf = (
        f'{opf_before}<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title></metadata><manifest>{items}</manifest><spine>{refs}</spine></package>"
    )
    named = [(f"p{at}.xhtml", page) for at, page in enumerate(pages)]
    return zip_of([("META-INF/container.xml", CONTAINER), ("book.opf", opf), *named])


def page(body: str, before: str = "") -> str:
    """An XHTML page."""
    return f'{before}<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{body}</body></html>'


def _nested_zip() -> bytes:
    inner = zip_of([("0.bin", b"\0" * 1_000_000)])
    for _ in range(5):
        inner = zip_of([(f"lib {n}.zip", inner) for n in range(16)])
    return inner


def _overlapping_epub() -> bytes:
    """An e-book all of whose thousand pages are the same 10 MB of data in the file."""
    text = page("<p>" + "again " * 1_700_000 + "</p>").encode()
    whole = zlib_raw(text) + b"\x03\x00"
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
        + "".join(f'<item id="p{n}" href="p{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(1_000))
        + "</manifest><spine>"
        + "".join(f'<itemref idref="p{n}"/>' for n in range(1_000))
        + "</spine></package>"
    )
    plain = zip_of([("book.opf", opf)])
    directory_at = plain.index(b"PK\x01\x02")
    fields = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0x21, zlib.crc32(text), len(whole), len(text))
    local = b"PK\x03\x04" + fields + struct.pack("<HH", 8, 0) + b"p0.xhtml" + whole
    entries = b"".join(
        b"PK\x01\x02"
        + struct.pack("<H", 20)
        + fields
        + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, directory_at)
        + name
        for name in (f"p{n}.xhtml".encode() for n in range(1_000))
    )
    directory = plain[directory_at : plain.index(b"PK\x05\x06")] + entries
    end = struct.pack("<HHHHIIH", 0, 0, 1_001, 1_001, len(directory), directory_at + len(local), 0)
    return plain[:directory_at] + local + directory + b"PK\x05\x06" + end


def _docx_style_chain() -> bytes:
    """Thousands of paragraphs whose style inherits from all others, the last of which inherits from the first."""
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="s{n}"><w:basedOn w:val="s{(n + 1) % 30_000}"/></w:style>'
        for n in range(30_000)
    )
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>'
        "</Relationships>"
    )
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="s{n}"/></w:pPr><w:r><w:t>Some words.</w:t></w:r></w:p>' for n in range(30_000)
    )
    return docx(body, **{"styles": f"<w:styles {W}>{styles}</w:styles>", "_rels/document.xml.rels": links})


def pdf(objects: Sequence[bytes]) -> bytes:
    """A PDF of the given objects, the first of which is its catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, table)
    return bytes(out)


def _pdf_stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n" % (len(content), entries) + content + b"\nendstream"


def _pdf_page(contents: bytes) -> bytes:
    font = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources " + font + b" /Contents " + contents + b" >>"
    )


def _pdf_inflating(layers: int) -> bytes:
    """A page whose contents inflate to 4 GB, in one step or in two."""
    stream = b"\x78\xda" + endless_deflate(4_000_000_000, b"BT /F1 12 Tf (more) Tj ET\n")
    if layers == 2:
        stream = zlib.compress(stream, 9)
    filters = b"/Filter [" + b" /FlateDecode" * layers + b" ]"
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", pages, _pdf_page(b"4 0 R"), _pdf_stream(stream, filters)])


def _pdf_page_loop() -> bytes:
    pages = b"<< /Type /Pages /Kids [2 0 R 3 0 R 2 0 R] /Count 3 >>"
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", pages, _pdf_page(b"[]")])


def _pdf_million_pages() -> bytes:
    """A million pages that are one and the same object, twice over, in a tree of a thousand by a thousand."""
    kids = b" ".join([b"3 0 R"] * 1_000)
    leaves = b" ".join([b"4 0 R"] * 1_000)
    text = _pdf_stream(b"BT /F1 12 Tf 50 700 Td (The same page again) Tj ET")
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [" + kids + b"] /Count 1000000 >>",
            b"<< /Type /Pages /Parent 2 0 R /Kids [" + leaves + b"] /Count 1000 >>",
            _pdf_page(b"5 0 R"),
            text,
        ]
    )


def _pdf_object_streams() -> bytes:
    """A compressed object stream that inflates to 2 GB before its first object is found."""
    stream = b"\x78\xda" + endless_deflate(2_000_000_000, b"1 0 2 9 ")
    entries = b"/Type /ObjStm /N 100000000 /First 1000000000 /Filter /FlateDecode"
    head = b"%PDF-1.7\n"
    body = b"4 0 obj\n" + _pdf_stream(stream, entries) + b"\nendobj\n"
    rows = (
        bytes([0, 0, 0, 0, 0])
        + b"".join(bytes([2, 0, 0, 4, n]) for n in range(3))
        + b"\x01"
        + len(head).to_bytes(3, "big")
        + b"\0"
    )
    table = len(head) + len(body)
    rows += b"\x01" + table.to_bytes(3, "big") + b"\0"
    index = b"/Type /XRef /Size 6 /W [1 3 1] /Root 1 0 R"
    xref = b"5 0 obj\n" + _pdf_stream(rows, index) + b"\nendobj\n"
    return head + body + xref + b"startxref\n%d\n%%%%EOF" % table


_MILLION = 1_000_000
_BYLINE_TRAPS = "\n\n".join(
    [
        "By " + "Ab " * 50,
        "By " + "Ab and " * 22,
        "By " + "de la van der " * 11 + "!",
        "Mon, " + "1 January 2019 " * 10,
        "A" * 159,
        "By " + "A.-’" * 39,
        "published: " * 14,
        "| " * 79,
    ]
    * 200
)

BOMBS: tuple[Bomb, ...] = (
    Bomb("docx: one part inflates to 10 GB", "docx", lambda: lying_zip(["word/document.xml"], endless_deflate(10**10)), "refused"),
    Bomb("docx: the same, an honest directory", "docx", lambda: lying_zip(["word/document.xml"], endless_deflate(4 * 10**9), 4 * 10**9), "refused"),
    Bomb("docx: 42.zip-like nesting", "docx", _nested_zip, "refused"),
    Bomb("docx: 500,000 entries", "docx", lambda: lying_zip([f"word/{n}.xml" for n in range(500_000)], b"\x03\x00", 0), "refused", slow=True),
    Bomb("docx: billion laughs", "docx", lambda: docx("<w:p><w:r><w:t>&l10;</w:t></w:r></w:p>", LAUGHS), "refused"),
    Bomb("docx: an entity names a file", "docx", lambda: docx("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", FOREIGN), "refused"),
    Bomb("docx: 100,000 levels of controls", "docx", lambda: docx("<w:sdt><w:sdtContent>" * 100_000 + "</w:sdtContent></w:sdt>" * 100_000), "refused"),
    Bomb("docx: 100,000 tables in one another", "docx", lambda: docx("<w:tbl><w:tr><w:tc>" * 100_000 + "</w:tc></w:tr></w:tbl>" * 100_000), "refused"),
    Bomb("docx: 12 million empty runs", "docx", lambda: docx("<w:p>" + "<w:r/>" * 12 * _MILLION + "</w:p>"), "refused", slow=True),
    Bomb("docx: a million headings", "docx", lambda: docx('<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>H</w:t></w:r></w:p>' * _MILLION), "refused", slow=True),
    Bomb("docx: 30,000 styles, each based on the next", "docx", _docx_style_chain, "read"),
    Bomb("epub: 1,000 overlapping pages of 10 MB", "epub", _overlapping_epub, "refused"),
    Bomb("epub: 40 pages of 10 MB", "epub", lambda: epub([page("<p>" + " " * 10 * _MILLION + "x</p>")] * 40), "refused", slow=True),
    Bomb("epub: billion laughs in the package", "epub", lambda: epub([page("<p>x</p>")], LAUGHS, "&l10;"), "refused"),
    Bomb("epub: billion laughs on a page", "epub", lambda: epub([page("<p>&l10;</p>", LAUGHS)]), "refused"),
    Bomb("epub: an entity names a file", "epub", lambda: epub([page("<p>&x;</p>", FOREIGN)]), "refused"),
    Bomb("epub: 100,000 levels on a page", "epub", lambda: epub([page("<div>" * 100_000 + "x" + "</div>" * 100_000)]), "refused"),
    Bomb("epub: a million headings", "epub", lambda: epub([page("<h1>H</h1>" * _MILLION)]), "refused"),
    Bomb("epub: 20,000 links to notes", "epub", lambda: epub([page('<p id="n">Words <a href="#n"><sup>1</sup></a></p>' * 20_000)]), "read"),
    Bomb("pdf: a page inflates to 4 GB", "pdf", lambda: _pdf_inflating(1), "refused"),
    Bomb("pdf: the same, packed twice", "pdf", lambda: _pdf_inflating(2), "refused"),
    Bomb("pdf: a page tree in a circle", "pdf", _pdf_page_loop, "either"),
    Bomb("pdf: a million pages", "pdf", _pdf_million_pages, "refused"),
    Bomb("pdf: an object stream of 2 GB", "pdf", _pdf_object_streams, "refused"),
    Bomb("html: 100,000 divs in one another", "html", lambda: b"<div>" * 100_000 + b"words" + b"</div>" * 100_000, "either"),
    Bomb("html: a million headings", "html", lambda: b"<h2>H</h2>" * _MILLION, "refused", slow=True),
    Bomb("html: a million unclosed tags", "html", lambda: b"<b><i><p>x" * _MILLION, "either", slow=True),
    Bomb("html: a table of a million cells", "html", lambda: b"<table><tr>" + b"<td>x</td>" * _MILLION + b"</tr></table>", "either", slow=True),
    Bomb("markdown: a million headings", "markdown", lambda: b"# H\n\n" * _MILLION, "refused", slow=True),
    Bomb("markdown: 100,000 quotes in one another", "markdown", lambda: b">" * 100_000 + b" words", "either"),
    Bomb("markdown: 100,000 open brackets", "markdown", lambda: b"[" * 100_000 + b" words", "either"),
    Bomb("markdown: unclosed emphasis, links, code", "markdown", lambda: b"**a [b](<c `d " * 50_000, "either"),
    Bomb("markdown: one line of 50 MB", "markdown", lambda: b"word " * 10 * _MILLION, "refused"),
    Bomb("text: a million headings", "text", lambda: (b"Heading\n\n" + b"word " * 26 + b"\n\n") * 340_000, "refused", slow=True),
    Bomb("text: one line of 50 MB", "text", lambda: b"word " * 10 * _MILLION, "refused", slow=True),
    Bomb("text: one word of 19 MB", "text", lambda: b"w" * 19 * _MILLION, "read"),
    Bomb("text: 45 MB of line ends", "text", lambda: b"a" + b"\n" * 45 * _MILLION, "read"),
    Bomb("text: 45 MB of spaces at line ends", "text", lambda: b"a" + b" " * 45 * _MILLION + b"b", "either", slow=True),
    Bomb("text: lines like bylines", "text", _BYLINE_TRAPS.encode, "read"),
    Bomb("text: the same paragraph 400,000 times", "text", lambda: b"All work and no play.\n\n" * 400_000, "read"),
    Bomb("text: bytes of no encoding", "text", lambda: bytes(range(128, 256)) * 100_000, "either"),
    Bomb("csv: one row of 10 million cells", "csv", lambda: b"a," * 10 * _MILLION, "either"),
    Bomb("csv: an open quote before 40 MB", "csv", lambda: b'a,b\n"' + b"c,d\n" * 10 * _MILLION, "either"),
    Bomb("rst: 100,000 levels of lists", "rst", lambda: b"\n".join(b" " * min(n, 400) + b"- a" for n in range(100_000)), "either"),
    Bomb("rst: a million headings", "rst", lambda: b"H\n=\n\n" * _MILLION, "either"),
    Bomb("rst: it includes a file", "rst", lambda: b"Words\n\n.. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n", "either"),
    Bomb("eml: 50,000 parts in one another", "eml", lambda: b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(50_000)), "either"),
)  # fmt: skip
"""What is thrown at the parsers. "either": it may be refused, or read as far as there is something to read."""
