"""reStructuredText as plain text: docutils reads it, and what is only markup is left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from ingest.blocks import Block, Parsed
from ingest.byline import find_byline, parse_date
from ingest.limits import count_up

if TYPE_CHECKING:
    from docutils import nodes

_OPTIONS: dict[str, Any] = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,  # what docutils finds wrong is for the author; the words are kept
    "halt_level": 5,
    "warning_stream": "",
    "input_encoding": "unicode",
    "doctitle_xform": True,
    "docinfo_xform": True,
    "smart_quotes": False,
    "syntax_highlight": "none",
    "_disable_config": True,
}
# Sphinx's directives and roles are unknown to docutils, which would drop them with their words.
_ROLE = re.compile(r":(?:[\w+.-]+:)?[\w+.-]+:`(?:~|!)?(?P<label>[^`<]+?)(?:\s*<[^`>]*>)?`")
_KNOWN_ROLES = re.compile(r":(?:sup|sub|emphasis|strong|literal|code|math|title|raw)[\w-]*:`")
_WRAPPERS = (
    "seealso versionadded versionchanged versionremoved deprecated todo details dropdown card grid tabs tab example "
    "glossary centered hlist describe function class method attribute data exception module option confval envvar "
    "py:function py:class py:method py:attribute py:data py:exception py:module"
).split()
_TECHNICAL = ("only", "ifconfig", "tab-set", "tab-item", "grid-item", "grid-item-card", "highlights-box")
"""Of these the argument is no text."""


def parse_rst(text: str) -> Parsed:
    """The blocks of a reStructuredText, with title, author and date from its head."""
    from docutils import nodes
    from docutils.core import publish_doctree
    from docutils.utils import SystemMessage

    _keep_words_of_sphinx()
    plain = _ROLE.sub(lambda role: role[0] if _KNOWN_ROLES.match(role[0]) else role["label"], text)
    try:
        tree = publish_doctree(plain, settings_overrides=_OPTIONS)
    except SystemMessage:
        return Parsed(tuple(Block(part) for part in text.split("\n\n") if part.strip()))
    author = _head_field(tree, nodes.author) or _head_field(tree, nodes.authors)
    date = parse_date(_head_field(tree, nodes.date))
    blocks = [block for block in count_up(_walk(tree)) if block.text.strip()]
    title = str(tree.get("title", "")) if tree.children and isinstance(tree.children[0], nodes.title) else ""
    if not (author or date):
        for at, block in enumerate(blocks[:3]):
            if not block.level and (byline := find_byline(block.text)):
                author, date = byline
                del blocks[at]
                break
    return Parsed(tuple(blocks), title, author, date)


@cache
def _keep_words_of_sphinx() -> None:
    """Teach docutils the directives that wrap words, which it would drop with them as unknown."""
    from docutils.parsers.rst import Directive, directives

    class AnyOption(dict[str, Any]):
        def __missing__(self, name: str) -> Any:
            return directives.unchanged

    class Wrapper(Directive):
        has_content = True
        optional_arguments = 1
        final_argument_whitespace = True
        option_spec = AnyOption()

        def run(self) -> list[nodes.Node]:
            from docutils import nodes

            body = nodes.container()
            if self.arguments and self.name not in _TECHNICAL:
                words = nodes.paragraph()
                words += self.state.inline_text(self.arguments[0], self.lineno)[0]
                body += words
            self.state.nested_parse(self.content, self.content_offset, body)
            return [body]

    for name in (*_WRAPPERS, *_TECHNICAL):
        directives.register_directive(name, Wrapper)


def _head_field(tree: nodes.document, kind: type) -> str:
    found = next(iter(tree.findall(kind)), None)
    return "" if found is None else " ".join(found.astext().split())


def _walk(tree: nodes.document) -> Iterator[Block]:
    """Headings, paragraphs, list items, table rows, notes and code, one block each, in order."""
    from docutils import nodes

    left_out = (
        nodes.comment,
        nodes.docinfo,
        nodes.image,
        nodes.pending,
        nodes.substitution_definition,
        nodes.system_message,
        nodes.target,
    )
    prefix = ""
    stack: list[tuple[Any, int]] = [(tree, 0)]
    while stack:
        node, level = stack.pop()
        if isinstance(node, left_out):
            continue
        if isinstance(node, nodes.title):
            yield Block(_words(node), level + 1 if isinstance(node.parent, nodes.section | nodes.document) else 0)
        elif isinstance(node, nodes.subtitle):
            yield Block(_words(node))
        elif isinstance(node, nodes.row):
            yield Block("; ".join(cell for cell in map(_words, node.children) if cell))
        elif isinstance(node, nodes.literal_block | nodes.doctest_block | nodes.line_block):
            yield Block(_lines(node) if isinstance(node, nodes.line_block) else node.astext().rstrip("\n"))
        elif isinstance(node, nodes.TextElement):
            yield Block(prefix + _words(node))
            prefix = ""
        else:
            if isinstance(node, nodes.list_item):
                prefix = _bullet(node)
            elif isinstance(node, nodes.footnote | nodes.citation):
                prefix = f"Note {node.children[0].astext()}: "
                node = nodes.container("", *node.children[1:])
            deeper = level + 1 if isinstance(node, nodes.section) else level
            stack += [(child, deeper) for child in reversed(node.children)]


def _bullet(item: nodes.Node) -> str:
    from docutils import nodes

    siblings = item.parent
    if isinstance(siblings, nodes.enumerated_list):
        return f"{int(siblings.get('start', 1)) + siblings.index(item)}. "
    return "- "


def _words(node: nodes.Node) -> str:
    """The words of an element, its lines joined; the marks of footnotes are left out, which plain text would glue on."""
    from docutils import nodes

    if isinstance(node, nodes.entry):  # a table's cell, with paragraphs of its own
        return " ".join(_words(child) for child in node.children)
    marks = (nodes.footnote_reference, nodes.citation_reference)
    parts = [str(text) for text in node.findall(nodes.Text) if not isinstance(text.parent, marks)]
    return " ".join("".join(parts).split())


def _lines(block: nodes.Node) -> str:
    from docutils import nodes

    return "\n".join(" ".join(line.astext().split()) for line in block.findall(nodes.line))
