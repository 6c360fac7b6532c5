"""One table of parsers: from a file's bytes to blocks of plain text, whatever its format."""

from __future__ import annotations

from dataclasses import replace

from ingest.blocks import Parsed
from ingest.decoding import decode, normalise
from ingest.left_out import MARKUP, account_for
from ingest.loaders import ContainerKind, Kind
from ingest.parts import Container
from ingest.views import AskedPage, PageView
from ingest.written_lines import read_lines
from rag.errors import SourceError

_WRITTEN = ("text", "markdown", "rst", "csv", "json", "code")
"""Kinds of files whose words are those that stand in them, but for their marks."""


def parse(content: bytes, kind: Kind) -> Parsed:
    """The blocks of a file, their characters normalised, with title, author and date where it tells them.

    The note says how many characters could not be read; they stand as U+FFFD.

    Raises:
        SourceError: nothing can be read from it; the message is one line on why.
    """
    parsed = _parse(content, kind)
    if kind in _WRITTEN:
        parsed = account_for(parsed, read_lines(decode(content), kind), rest=MARKUP)
    unread = sum(block.text.count("\ufffd") for block in parsed.blocks)
    if not unread:
        return parsed
    said = f"{unread:,} character{'s' if unread > 1 else ''} could not be read and stand{'' if unread > 1 else 's'} as \ufffd"
    return replace(parsed, note="; ".join(filter(None, (parsed.note, said))))


def paint(content: bytes, kind: Kind, page: int) -> bytes:
    """A page of a file as a picture. Raises SourceError where it has none."""
    if kind == "picture":
        return content
    if kind == "pdf":
        from ingest.formats.pdf.pictures import paint_page

        return paint_page(content, page)
    raise SourceError(f"{kind} has no pages that can be painted")


def view_page(content: bytes, asked: AskedPage) -> PageView:
    """A page of a PDF as people are shown it. Raises SourceError where it cannot be drawn."""
    from ingest.formats.pdf import pages

    return pages.view_page(content, asked)


def open_container(content: bytes, kind: ContainerKind) -> Container:
    """A file that holds documents, opened. Raises SourceError where it cannot be."""
    if kind == "zip":
        from ingest.formats.zip_members import ZipMembers

        return ZipMembers(content)
    from ingest.formats.mbox import Mailbox

    return Mailbox(content)


def _parse(content: bytes, kind: Kind) -> Parsed:
    match kind:
        case "text":
            from ingest.formats.plain_text import parse_page

            text = normalise(decode(content))
            return _parse_talk(text) or parse_page(text)
        case "markdown":
            from ingest.formats.markdown import parse_markdown

            text = normalise(decode(content))
            return _parse_talk(text) or parse_markdown(text)
        case "html":
            from ingest.formats.html.parse import parse_html

            return parse_html(content)
        case "mhtml":
            from ingest.formats.mhtml import parse_mhtml

            return parse_mhtml(content)
        case "pdf":
            from ingest.formats.pdf.parse import parse_pdf

            return parse_pdf(content)
        case "docx":
            from ingest.formats.docx.parse import parse_docx

            return parse_docx(content)
        case "epub":
            from ingest.formats.epub.parse import parse_epub

            return parse_epub(content)
        case "rst":
            from ingest.formats.rst import parse_rst

            return parse_rst(normalise(decode(content)))
        case "csv":
            from ingest.formats.csv_rows import parse_csv

            return parse_csv(normalise(decode(content)))
        case "eml":
            from ingest.formats.eml import parse_eml

            return parse_eml(content)
        case "odt":
            from ingest.formats.odt import parse_odt

            return parse_odt(content)
        case "pptx":
            from ingest.formats.pptx import parse_pptx

            return parse_pptx(content)
        case "sheets":
            from ingest.formats.sheets import parse_sheets

            return parse_sheets(content)
        case "notebook":
            from ingest.formats.notebook import parse_notebook

            return parse_notebook(decode(content))
        case "json":
            from ingest.formats.json_values import parse_json

            return parse_json(normalise(decode(content)))
        case "code":
            from ingest.formats.source_code import parse_code

            text = normalise(decode(content))
            return _parse_talk(text) or parse_code(text)
        case "picture":
            from ingest.formats.pictures import parse_picture

            return parse_picture(content)
    raise SourceError(f"there is no parser for {kind}")


def _parse_talk(text: str) -> Parsed | None:
    """A text that is a chat log or a mail that was saved as text; None where it is neither."""
    from ingest.formats.chat import find_chat
    from ingest.formats.eml import find_mail

    return find_mail(text) or find_chat(text)
