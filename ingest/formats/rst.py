"""reStructuredText as plain text: docutils reads it, and what is only markup is left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from ingest.blocks import Block, Parsed
from ingest.byline import find_byline, parse_date
from ingest.limits import count_up

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
    "report_level": 5,  # what docutils finds wrong is for the author; the words are kept
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
# Sphinx's directives and roles, and everybody's own, are unknown to docutils, which would drop them with their words.
_ROLE = re.compile(r":(?P<name>[A-Za-z][\w+.:-]*):`")
_DIRECTIVE = re.compile(r"^[ \t]*\.\.[ ](?:\|[^|\n]{1,80}\|[ ])?(?P<name>[A-Za-z][\w+.:-]*?)::(?=\s|$)", re.MULTILINE)
_LABEL = re.compile(r"[~!]?(?P<label>.+?)\s*(?:(?<!\\)<[^<>]*>)?", re.DOTALL)
_TECHNICAL = frozenset(
    "only ifconfig tab-set tab-item grid grid-item grid-item-card highlights-box toctree highlight currentmodule module "
    "index tabularcolumns literalinclude automodule autoclass autofunction autosummary default-domain".split()
)
"""Of these what they are given is no text; of the last ones, nothing is, or it is the name of a file."""

_NAMING = frozenset("toctree autosummary literalinclude automodule autoclass autofunction highlight index".split())


def parse_rst(text: str) -> Parsed:
    """The blocks of a reStructuredText, with title, author and date from its head."""
    from docutils import nodes
    from docutils.core import publish_doctree
    from docutils.utils import SystemMessage

    as_it_is = Parsed(tuple(Block(part.strip("\n")) for part in text.split("\n\n") if part.strip()))
    if len(text) > MAX_PARSED or any(_is_tangled(part) for part in text.split("\n\n")):
        return as_it_is
    _keep_words(text)
    try:
        tree = publish_doctree(text, settings_overrides=_OPTIONS)
    except (SystemMessage, RecursionError):
        return as_it_is
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


def _is_tangled(paragraph: str) -> bool:
    """Whether docutils would take minutes: for each mark that is never closed it searches the rest of the paragraph."""
    return len(paragraph) > TANGLED and len(_MARK.findall(paragraph)) > TANGLED / 10


def _keep_words(text: str) -> None:
    """Teach docutils the directives and roles in a text that it does not know, and would drop with their words."""
    from docutils.parsers.rst import directives, roles
    from docutils.parsers.rst.languages import en

    for name in {match["name"].casefold() for match in _DIRECTIVE.finditer(text)} - set(en.directives):
        directives.register_directive(name, _wrapper())
    for name in {match["name"].casefold() for match in _ROLE.finditer(text)} - set(en.roles):
        roles.register_local_role(name, cast("Any", _label_of_role))


def _label_of_role(
    role: str, raw: str, text: str, line: int, inliner: Any, options: Any = None, content: Any = None
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """The words that a role shows: ``:ref:`label <target>```."""
    from docutils import nodes, utils

    match = _LABEL.fullmatch(utils.unescape(text))
    return [nodes.inline(raw, match["label"] if match else text)], []


@cache
def _wrapper() -> type:
    """A directive that has words in it: its argument, unless that is technical, and what stands below it."""
    from docutils import nodes
    from docutils.parsers.rst import Directive, directives

    class AnyOption(dict[str, Any]):
        def __bool__(self) -> bool:
            return True

        def __missing__(self, name: str) -> Any:
            return directives.unchanged

    class Wrapper(Directive):
        has_content = True
        optional_arguments = 1
        final_argument_whitespace = True
        option_spec = AnyOption()

        def run(self) -> list[nodes.Node]:
            body = nodes.container()
            name = self.name.casefold()
            if self.arguments and name not in _TECHNICAL:
                words = nodes.paragraph()
                words += self.state.inline_text(self.arguments[0], self.lineno)[0]
                body += words
            if name not in _NAMING:
                self.state.nested_parse(self.content, self.content_offset, body)
            return [body]

    return Wrapper


def _head_field(tree: nodes.document, kind: type) -> str:
    found = next(iter(tree.findall(kind)), None)
    return "" if found is None else " ".join(found.astext().split())


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
            yield Block(_words(node), 2)
        elif isinstance(node, nodes.field | nodes.option_list_item):
            yield Block(": ".join(filter(None, (_words(part) for part in node.children))))
        elif isinstance(node.parent, nodes.docinfo):
            yield Block(f"{type(node).__name__.capitalize()}: {_words(node)}")
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
