"""Words with small pieces of our own HTML in them: footnotes inside plain text or inside a chat model's Markdown.

The pieces are held out of the text by private-use characters while it is escaped or rendered, and put back after, so
that nothing in the text can forge or break one. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

OPEN, CLOSE = "\ue000", "\ue001"
PIECE = re.compile(f"{OPEN}(\\d+){CLOSE}|[{OPEN}{CLOSE}]")

Piece = tuple[int, int, str]
"""Offsets of the characters that a piece stands for, and its HTML."""


def tidy(text: str) -> str:
    """Text that HTML and JSON can carry: control characters and lone surrogates are shown as symbols, one for one."""
    return "".join(
        "\ufffd" if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" else character
        for character in text
    )


def hold_pieces(text: str, pieces: Sequence[Piece]) -> tuple[str, list[Piece]]:
    """Put a placeholder where each piece belongs, close to the word before it.

    Of two pieces that overlap, the later one is left out.

    Returns:
        The text with placeholders, and the pieces in the order of their numbers, each with its original words.
    """
    text = tidy(text).replace(OPEN, "\ufffd").replace(CLOSE, "\ufffd")
    held, at = "", 0
    kept: list[Piece] = []
    for start, end, html in sorted(pieces):
        if start < at or end > len(text):
            continue
        before = text[at:start]
        held += (before.rstrip(" ") if before.strip() or held.endswith(CLOSE) else before) + f"{OPEN}{len(kept)}{CLOSE}"
        kept.append((start, end, html))
        at = end
    words = [(start, end, html) for start, end, html in kept]
    return held + text[at:], words


def put_pieces(held: str, pieces: Sequence[Piece], newline: str = "\n") -> str:
    """Escape a text and put its pieces in."""
    parts, at = [], 0
    for found in PIECE.finditer(held):
        parts.append(escape(held[at : found.start()]).replace("\n", newline))
        if found.group(1) is not None:
            parts.append(pieces[int(found.group(1))][2])
        at = found.end()
    return "".join(parts) + escape(held[at:]).replace("\n", newline)


def render_markdown(held: str, pieces: Sequence[Piece]) -> str:
    """Render a chat model's Markdown, without HTML, images and links, and put its pieces in.

    Inside code, where a piece would not be understood, it is left out.
    """
    return str(_markdown().render(held, {"pieces": pieces}))


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": False})
    parser.enable("table").disable(["link", "image", "autolink", "html_inline", "html_block", "reference", "entity"])

    def text(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
        return put_pieces(tokens[index].content, env["pieces"])

    def code(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
        words = escape(PIECE.sub("", tokens[index].content))
        return f"<code>{words}</code>" if tokens[index].type == "code_inline" else f"<pre><code>{words}</code></pre>"

    parser.add_render_rule("text", text)
    for kind in ("code_inline", "code_block", "fence"):
        parser.add_render_rule(kind, code)
    return parser
