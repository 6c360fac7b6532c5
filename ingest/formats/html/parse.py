"""Saved web pages: the text that people came for, without the page's furniture and without what is hidden."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.blocks import Block, Parsed
from ingest.byline import find_byline
from ingest.decoding import decode
from ingest.formats.archives import local_name
from ingest.formats.epub.notes import mark_notes
from ingest.formats.epub.pages import blocks_of_page
from ingest.formats.html.bold_headings import mark_bold_headings
from ingest.formats.html.furniture import SECTION, find_article, has_furniture, is_reference, remove_furniture
from ingest.formats.html.head import Head, complete_head, read_head
from ingest.formats.html.hidden import remove_hidden
from ingest.formats.html.main_text import find_main_text, keep_main
from ingest.formats.html.tree import measure, open_noscript
from ingest.formats.page_texts import find_lost, texts_of
from ingest.left_out import HIDDEN, MENU, account_for
from ingest.limits import count_up
from rag.errors import SourceError

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

HEAD_BLOCKS = 8
"""So many blocks at the top may say again who wrote the page and when."""

STUB = 300
"""A page of which fewer characters than this would be left is not an article but a list of contents."""

PROSE = 100
"""A block with more characters is a paragraph of the text, and what follows it no head."""

_CHARSET = re.compile(rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
_LATIN = ("iso8859-1", "ascii")
_EAST_ASIAN = ("gb", "big5", "euc", "shift", "iso2022", "cp9", "hz", "johab")
_NO_WRITING = frozenset(("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"))
"""Python knows these as encodings of text; no page is written in them."""

_LABEL = re.compile(r"(?i)^(?:(?:written|posted|published) )?by:?\s+")
_BARE_LABEL = re.compile(r"(?i)(?:authors?|by|date|published|posted)\s*:")
_BULLET = re.compile(r"^[·•▪‣◦●]\s+")
# Read from a page, and not to be written back into its tree; they would be cleaned away anyway.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def parse_html(content: bytes) -> Parsed:
    """The text of a web page, with title, author and date from its head or its byline.

    Raises:
        SourceError: there is no text in it, or it is nested too deeply to be read whole.
    """
    return parse_markup(read_markup(content))


def read_markup(content: bytes) -> str:
    """The page's bytes as text: by byte-order mark, by what its head declares, else as any text file is decoded."""
    declared = _CHARSET.search(content[:8_192])
    if declared and not content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            name = codecs.lookup(declared[1].decode()).name
            if name == "utf-8" or name in _NO_WRITING or _is_utf8(content, name):
                return decode(content)  # pages often keep an old declaration when they are saved anew
            # Browsers read as Windows-1252 what says it is Latin-1.
            return content.decode("cp1252" if name in _LATIN else name)
        except (LookupError, ValueError):
            pass
    return decode(content)


def _is_utf8(content: bytes, declared: str) -> bool:
    """Whether bytes beyond ASCII make sense as UTF-8: hardly anything else does, except a few pairs of East Asia's."""
    least = 8 if declared.startswith(_EAST_ASIAN) else 1
    try:
        return len(content) - len(content.decode("utf-8")) >= least
    except UnicodeDecodeError:
        return False


def parse_part(markup: str, lay_out: Callable[[Iterable[Block]], Iterable[Block]] = iter) -> Parsed:
    """All that a page shows which is part of a message; nothing in it is taken for furniture or head.

    Args:
        markup: the page, decoded.
        lay_out: makes the blocks that are wanted of those of the page.

    Raises:
        SourceError: there is no text in it, or it is nested too deeply to be read whole.
    """
    root = _parse(markup)
    body, own, note = _show_body(root)
    left_out = [(HIDDEN, text) for text in find_lost(own, texts_of(body))]
    return account_for(Parsed(tuple(lay_out(_blocks(body))), note=note), own, left_out)


def count_page(markup: str, reason: str) -> Parsed:
    """The account of a page none of which is read, for one reason."""
    root = _parse(markup)
    own = texts_of(next(root.iter("body"), root))
    return account_for(Parsed(()), own, [(reason, " ".join(own))])


def parse_markup(markup: str) -> Parsed:
    """The text of a page that has been decoded already.

    Raises:
        SourceError: there is no text in it, or it is nested too deeply to be read whole.
    """
    root = _parse(markup)
    head = read_head(root)
    body, own, note = _show_body(root)
    shown = texts_of(body)
    left_out = [(HIDDEN, text) for text in find_lost(own, shown)]
    parts = measure(body)
    main = find_main_text(root) if has_furniture(body, parts) else None
    article = find_article(body, parts)
    remove_furniture(article)
    head = complete_head(root, article, head)
    mark_bold_headings(article)
    blocks = _blocks(article)
    left_out += [(MENU, text) for text in find_lost(shown, texts_of(article))]
    left = sum(len(block.text) for block in blocks)
    if left < STUB and parts[body].text > 2 * left:
        blocks = max(blocks, _blocks_of_contents(markup), key=len)
        left_out = [piece for piece in left_out if piece[0] == HIDDEN]
    elif main and not (article is not body and is_reference(article)):
        kept = keep_main(blocks, main, is_marked=article is not body)
        left_out += [
            ("beside the main text", text) for text in find_lost([b.text for b in blocks], [b.text for b in kept])
        ]
        blocks = kept
    rest, head = _without_head(blocks, head)
    return account_for(Parsed(tuple(rest), head.title, head.author, head.date, note=note), own, left_out, rest=MENU)


def _blocks_of_contents(markup: str) -> list[Block]:
    """The blocks of a page that is a list of links: contents, an index."""
    body, _, _ = _show_body(_parse(markup))
    remove_furniture(body, keep_contents=True)
    return _blocks(body)


def _show_body(root: HtmlElement) -> tuple[_Element, list[str], str]:
    """The body of a page without what is hidden, all texts that it had, and the note on what went."""
    body = next(root.iter("body"), root)
    open_noscript(body)
    own = texts_of(body)
    note = remove_hidden(root, body, measure(body))
    _tidy(body)
    return body, own, note


def _parse(markup: str) -> HtmlElement:
    from lxml import etree
    from lxml.html import HTMLParser

    if not markup.strip():
        raise SourceError("the file is empty")
    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    text = _DECLARED.sub("", markup.lstrip("\ufeff")).replace("\x00", "")
    root: HtmlElement | None = etree.fromstring(text.encode(errors="replace"), parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise SourceError("nested too deeply to be read")  # what is deeper is missing from the tree
    if root is None:
        raise SourceError("no text in it")
    return root


def _tidy(body: _Element) -> None:
    """Name anchors and articles as today's pages do, and make spaces that may not be broken common ones, except in code."""
    verbatim: set[_Element] = set()
    sections: set[str] = set()
    for element in list(body.iter()):  # the tree's own iterator would lose its place where a link is cleared
        name = local_name(element)
        if name == "a" and not element.get("id") and element.get("name"):
            above = element.getparent()
            is_first = above is not None and above[0] is element and not (above.text or "").strip()
            place = above if is_first and above is not None and not above.get("id") else element
            place.set("id", _UNWRITABLE.sub("", element.get("name") or ""))
        if name == "a" and _is_permalink(element):
            sections.add((element.get("href") or "").partition("#")[2])
            element.clear(keep_tail=True)  # type: ignore[call-arg]  # a sign behind a heading, and no mark of a note
        if name == "article":  # whatever part it is said to play, such as a complementary one, it is a text
            element.attrib.pop("role", "")
        if element.get("class") == "fn-bracket":  # docutils puts the mark of a note in brackets of their own
            element.text = ""
        if element.getparent() in verbatim or name in ("pre", "textarea"):
            verbatim.add(element)
        elif element.text and "\xa0" in element.text:
            element.text = _UNWRITABLE.sub("", element.text.replace("\xa0", " "))
        if element.tail and "\xa0" in element.tail and element.getparent() not in verbatim:
            element.tail = _UNWRITABLE.sub("", element.tail.replace("\xa0", " "))
    for element in body.iter("section", "div"):
        if element.get("id") in sections:
            element.set(SECTION, "")


def _is_permalink(link: _Element) -> bool:
    """Whether a link is a sign behind a heading, which the style of the page may draw, and no "#harbour" or "§ 12"."""
    sign, named = "".join(map(str, link.itertext())).strip(), link.get("class") or ""
    is_named = "anchor" in named or "link" in named
    is_drawn = (not sign or "\ue000" <= sign <= "\uf8ff") and (link.get("href") or "")[:1] == "#"
    return sign in ("¶", "#", "🔗") or (is_named and len(sign) < 2 and (sign == "§" or is_drawn))


def _blocks(body: _Element) -> list[Block]:
    blocks = count_up(blocks_of_page(body, "", mark_notes({"": body}), hidden=None))
    shown = (block if block.cells else replace(block, text=_show(block.text)) for block in blocks)
    return [block for block in shown if block.text.strip()]


def _show(text: str) -> str:
    return _BULLET.sub("- ", _UNWRITABLE.sub("", text))


def _without_head(blocks: Sequence[Block], head: Head) -> tuple[list[Block], Head]:
    """The blocks without those at the top that say title, author or date again; what the head lacks is taken from them."""
    title = head.title or next((block.text for block in blocks[:6] if block.level == 1), "")
    author, date = head.author, head.date
    rest: list[Block] = []
    is_above_prose = True
    for at, block in enumerate(blocks):
        words = _plain(block.text)
        if at < HEAD_BLOCKS and block.level == 1 and head.title and words == _plain(title):
            continue
        if at < HEAD_BLOCKS and not block.level:
            name, day = find_byline(block.text) or ("", "")
            is_byline = (name or (day and is_above_prose)) and _agrees(name, author) and day in ("", date or day)
            if is_byline or _plain(_LABEL.sub("", block.text)) == _plain(author) != "":
                author, date = max(author, name, key=len), date or day
                if rest and _BARE_LABEL.fullmatch(rest[-1].text):
                    rest.pop()
                continue
        is_above_prose = is_above_prose and len(words) <= PROSE
        rest.append(block)
    return rest, Head(title, author, date)


def _agrees(name: str, author: str) -> bool:
    one, other = _plain(name), _plain(author)
    return one in other or other in one


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
