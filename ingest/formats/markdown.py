"""Markdown as plain text: markdown-it-py reads it, and what is only markup is left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from ingest.blocks import Block, Parsed
from ingest.byline import parse_date, take_byline
from ingest.formats.epub.pages import blocks_of_page
from ingest.formats.front_matter import read_fields, tell_fields
from ingest.formats.html.hidden import HIDING
from ingest.table_rows import lay_out_table

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<fields>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_UNSHOWN = ("script", "style", "template", "noscript")
_WITHOUT_END = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
PARSED_CHARACTERS = 5_000_000
"""A longer text is no hand-written Markdown; it is taken as it is."""

TOO_DEEP = 15


def parse_markdown(text: str) -> Parsed:
    """The blocks of a Markdown text, with title, author and date from its front matter or its head."""
    from markdown_it import MarkdownIt

    fields, told = dict[str, str](), list[Block]()
    if match := _FRONT_MATTER.match(text):
        fields, told = read_fields(match["fields"]), [Block(line) for line in tell_fields(match["fields"])]
        text = text[match.end() :]
    if len(text) > PARSED_CHARACTERS:
        blocks = [Block(part) for part in text.split("\n\n")]
    else:
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
        blocks = [block for block in _find_blocks(tokens) if block.text.strip()]
        if not blocks and any(
            token.level >= TOO_DEEP for token in tokens
        ):  # deeper still, the parser passes words over
            blocks = [Block(part) for part in text.split("\n\n") if part.strip()]
    author, date = fields.get("author", ""), parse_date(fields.get("date", ""))
    if not (author or date):
        author, date = take_byline(blocks)
    return Parsed((*told, *blocks), fields.get("title", ""), author, date)


def _find_blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    """Headings, paragraphs, list items, table rows and code, one block each."""
    lists: list[int | None] = []
    bullet = ""
    rows: list[list[str]] | None = None
    level = 0
    for token in tokens:
        match token.type:
            case "heading_open":
                level = int(token.tag[1])
            case "heading_close":
                level = 0
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                number = lists[-1]
                bullet = "- " if number is None else f"{number}. "
                if number is not None:
                    lists[-1] = number + 1
            case "table_open":
                rows = []
            case "tr_open" if rows is not None:
                rows.append([])
            case "table_close" if rows is not None:
                names = rows[0] if any(rows[0]) else None  # Markdown wants a header even where there is none
                yield from lay_out_table(rows[1:], names=names)
                rows = None
            case "inline":
                words = _inline_text(token.children or [])
                if rows is not None:
                    rows[-1].append(words)
                else:
                    depth = max(0, len(lists) - 1)
                    yield Block(
                        words if level else bullet + words, level, kind="item" if bullet else "text", depth=depth
                    )
                    bullet = ""
            case "fence" | "code_block":
                yield Block(token.content.rstrip("\n"), kind="code")
            case "html_block":
                yield from _html_blocks(token.content)


def _html_blocks(markup: str) -> Iterator[Block]:
    """The blocks of a piece of HTML: the rows of its tables, and what else it shows as one block."""
    if not re.search(r"<table\b", markup, re.IGNORECASE):
        yield Block(html_text(markup))
        return
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(markup.encode(errors="replace"), parser)
    if root is not None:
        yield from blocks_of_page(root, "", {})


def _inline_text(children: Sequence[Token]) -> str:
    """The words of a paragraph: no emphasis marks, link targets or images; a line break within it is a space."""
    parts = []
    html = _TextOfHtml()
    ends = {child.content.casefold() for child in children if child.content.startswith("</")}
    for child in children:
        if child.type == "html_inline" and _is_mention(child.content, ends):
            parts.append(child.content)
        elif child.type == "html_inline":
            html.feed(child.content)
        elif html.is_silent:
            continue
        match child.type:
            case "text" | "code_inline":
                parts.append(child.content)
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
    return "".join(parts).strip()


def _is_mention(tag: str, ends: Set[str]) -> bool:
    """Whether a tag without an end is spoken of, as in "put it into a <noscript>": it hides nothing."""
    name = tag.strip("<>").casefold()
    return name in _UNSHOWN and f"</{name}>" not in ends


class _TextOfHtml(HTMLParser):
    """Collects the text of an HTML fragment, without scripts, styles, comments, and what its own tags hide."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._depth = 0

    @property
    def is_silent(self) -> bool:
        """Whether what comes next is not shown."""
        return self._depth > 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _WITHOUT_END and (self.is_silent or tag in _UNSHOWN or _hides(dict(attrs))):
            self._depth += 1
        self.parts.append("\n" if tag in ("p", "br", "div", "li", "tr") else "")

    def handle_endtag(self, tag: str) -> None:
        if self.is_silent and tag not in _WITHOUT_END:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if not self.is_silent:
            self.parts.append(data)


def _hides(attributes: Mapping[str, str | None]) -> bool:
    return "hidden" in attributes or bool(HIDING.search(attributes.get("style") or ""))


def html_text(markup: str) -> str:
    """The visible text of an HTML fragment, its lines trimmed."""
    parser = _TextOfHtml()
    parser.feed(markup)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)
