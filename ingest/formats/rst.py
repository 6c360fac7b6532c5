"""reStructuredText as plain text: docutils reads it, and what is only markup is left behind."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ingest.blocks import Block, BlockKind, Parsed
from ingest.byline import parse_date, take_byline
from ingest.formats.rst_directives import keep_words
from ingest.limits import count_up
from ingest.table_cells import Cell, lay_out_cells

if TYPE_CHECKING:
    from docutils import nodes

MAX_PARSED = 2_000_000
"""Characters; docutils reads a hundred thousand of them in a second. A longer text is taken as it is."""

TANGLED = 20_000
"""Characters of one paragraph; a tenth as many marks in it are no writing."""

_MARK = re.compile(r"[*`]|\|\w|\]_")
_OPTIONS: dict[str, Any] = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 3,  # what docutils finds wrong is for the author, but its messages hold the words that it drops
    "halt_level": 5,
    "warning_stream": "",
    "input_encoding": "unicode",
    "doctitle_xform": True,
    "docinfo_xform": True,
    "smart_quotes": False,
    "syntax_highlight": "none",
    "line_length_limit": MAX_PARSED,  # a document with a longer line would be given back empty
    "trim_footnote_reference_space": True,
    "_disable_config": True,
}
_RFC_HEAD = re.compile(r"\A\s*(?:[A-Z][\w-]*:[ \t]+\S.*\n(?:[ \t]+\S.*\n)*){2,}(?=[ \t]*\n)")
"""A head as enhancement proposals have it, which is a list of fields without the first colons."""

_DIRECTIVE_MARK = re.compile(
    r"\A\s*\.\.\s+(?:\|[^|\n]*\|\s*)?(?:(?:code|code-block|figure|image|sourcecode)::.*|[\w+.:-]+::)[ \t]*"
)
_NO_TEXT = {"contents", "system-messages"}
"""Classes of parts that docutils adds itself."""

_OPTION = re.compile(r"(?m)^[ \t]*:[\w-]+:.*\n?")


def parse_rst(text: str) -> Parsed:
    """The blocks of a reStructuredText, with title, author and date from its head."""
    from docutils import nodes
    from docutils.core import publish_doctree
    from docutils.utils import SystemMessage

    as_it_is = Parsed(tuple(Block(part.strip("\n")) for part in text.split("\n\n") if part.strip()))
    if len(text) > MAX_PARSED or any(_is_tangled(part) for part in text.split("\n\n")):
        return as_it_is
    text = _RFC_HEAD.sub(_mark_fields, text)
    keep_words(text)
    try:
        tree = publish_doctree(text, settings_overrides=_OPTIONS)
    except (SystemMessage, RecursionError):
        return as_it_is
    author = ", ".join(map(_words, tree.findall(nodes.author)))
    date = parse_date(next(map(_words, tree.findall(nodes.date)), ""))
    blocks = [block for block in count_up(_walk(tree)) if block.text.strip()]
    title = str(tree.get("title", "")) if tree.children and isinstance(tree.children[0], nodes.title) else ""
    title = title or next((_words(field.children[1]) for field in tree.findall(nodes.field) if _is_title(field)), "")
    if not (author or date):
        author, date = take_byline(blocks)
    return Parsed(tuple(blocks), title, author, date)


def _is_tangled(paragraph: str) -> bool:
    """Whether docutils would take minutes: for each mark that is never closed it searches the rest of the paragraph."""
    return len(paragraph) > TANGLED and len(_MARK.findall(paragraph)) > TANGLED / 10


def _mark_fields(head: re.Match[str]) -> str:
    return re.sub(r"(?m)^(?=\S)", ":", head[0].lstrip())


def _is_title(field: nodes.field) -> bool:
    """Whether a field of a document's head, which has no title of its own kind, gives the title."""
    from docutils import nodes

    return isinstance(field.parent, nodes.docinfo) and _words(field.children[0]).casefold() == "title"


def _find_lost(message: nodes.Node) -> Iterator[Block]:
    """The words that docutils could make nothing of, such as a table whose lines do not meet."""
    from docutils import nodes

    for source in message.findall(nodes.literal_block):
        words = _OPTION.sub("", _DIRECTIVE_MARK.sub("", source.astext()))
        yield Block(textwrap.dedent(words).strip("\n"))


def _walk(tree: nodes.document) -> Iterator[Block]:
    """Headings, paragraphs, list items, table rows, notes and code, one block each, in order."""
    from docutils import nodes

    left_out = (
        nodes.author,
        nodes.authors,
        nodes.comment,
        nodes.date,
        nodes.image,
        nodes.pending,
        nodes.substitution_definition,
        nodes.target,
    )
    prefix = ""
    kind: BlockKind = "text"
    depth = 0
    stack: list[tuple[Any, int]] = [(tree, 0)]
    while stack:
        node, level = stack.pop()
        if isinstance(node, left_out) or not _NO_TEXT.isdisjoint(getattr(node, "attributes", {}).get("classes", ())):
            continue
        if isinstance(node, nodes.system_message):
            yield from _find_lost(node)
        elif isinstance(node, nodes.title):
            is_heading = isinstance(node.parent, nodes.section | nodes.document)
            yield Block(_words(node), level + 1 if is_heading else 0, kind=_kind_of(node))
        elif isinstance(node, nodes.subtitle):
            yield Block(_words(node), 2)
        elif isinstance(node, nodes.field) and _is_title(node):
            continue
        elif isinstance(node, nodes.field | nodes.option_list_item):
            yield Block(": ".join(filter(None, (_words(part) for part in node.children))))
        elif isinstance(node.parent, nodes.docinfo):
            yield Block(f"{type(node).__name__.capitalize()}: {_words(node)}")
        elif isinstance(node, nodes.tgroup):
            yield from lay_out_cells(_rows_of(node))
        elif isinstance(node, nodes.line_block):
            yield Block(_lines(node))
        elif isinstance(node, nodes.literal_block | nodes.doctest_block):
            yield Block(node.astext().rstrip("\n"), kind="code")
        elif isinstance(node, nodes.TextElement):
            yield Block(prefix + _words(node), kind=kind if prefix else _kind_of(node), depth=depth)
            prefix = ""
        else:
            if isinstance(node, nodes.list_item):
                prefix, kind, depth = _bullet(node), "item", _count_lists(node) - 1
            elif isinstance(node, nodes.footnote | nodes.citation):
                prefix = f"Note {node.children[0].astext()}: "
                kind = "reference" if isinstance(node, nodes.citation) else "text"
                node = nodes.container("", *node.children[1:])
            deeper = level + 1 if isinstance(node, nodes.section) else level
            stack += [(child, deeper) for child in reversed(node.children)]


def _kind_of(node: nodes.Node) -> BlockKind:
    from docutils import nodes

    is_over_table = isinstance(node, nodes.title) and isinstance(node.parent, nodes.table)
    return "caption" if isinstance(node, nodes.caption) or is_over_table else "text"


def _rows_of(group: nodes.tgroup) -> Iterator[list[Cell]]:
    """The rows of a table; those of its head hold names."""
    from docutils import nodes

    for part in group.children:
        if isinstance(part, nodes.thead | nodes.tbody):
            for row in part.children:
                yield [
                    Cell(
                        tuple(Block(words) for words in [_words(entry)] if words),
                        int(entry.get("morecols", 0)) + 1,
                        int(entry.get("morerows", 0)) + 1,
                        is_name=isinstance(part, nodes.thead),
                    )
                    for entry in row.children
                    if isinstance(entry, nodes.entry)
                ]


def _bullet(item: nodes.Node) -> str:
    from docutils import nodes

    siblings = item.parent
    if isinstance(siblings, nodes.enumerated_list):
        return f"{int(siblings.get('start', 1)) + siblings.index(item)}. "
    return "- "


def _count_lists(item: nodes.Node) -> int:
    """How many lists an item lies in."""
    from docutils import nodes

    count, above = 0, item.parent
    while above is not None:
        count, above = count + isinstance(above, nodes.bullet_list | nodes.enumerated_list), above.parent
    return count


def _words(node: nodes.Node) -> str:
    """The words of an element, its lines joined; the marks of footnotes are left out, which plain text would glue on."""
    from docutils import nodes

    if isinstance(node, nodes.option_group):
        return ", ".join(node_part.astext() for node_part in node.children)
    if not isinstance(node, nodes.TextElement):  # a table's cell or another part with paragraphs of its own
        return " ".join(filter(None, (_words(child) for child in node.children)))
    marks = (nodes.footnote_reference, nodes.citation_reference)
    parts = [text.astext() for text in node.findall(nodes.Text) if not isinstance(text.parent, marks)]
    return " ".join("".join(parts).split())


def _lines(block: nodes.Node) -> str:
    from docutils import nodes

    return "\n".join(" ".join(line.astext().split()) for line in block.findall(nodes.line))
