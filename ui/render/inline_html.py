"""Words with small pieces of our own HTML in them: footnotes inside plain text or inside a chat model's Markdown.

The pieces are held out of the text by private-use characters while it is escaped or rendered, and put back after, so
that nothing in the text can forge or break one. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

OPEN, CLOSE = "\ue000", "\ue001"
PIECE = re.compile(f"{OPEN}(\\d+){CLOSE}")

LONGEST_MARKDOWN = 50_000
"""Characters of an answer that are read as Markdown."""

_BRACKETED = re.compile(r"\[[^\[\]\n]{1,40}\]")
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff]")
_GAP = re.compile(r"(?<=[^\s\-*+#>|]) +$")

Piece = tuple[int, int, str]
"""Offsets of the characters that a piece stands for, and its HTML."""

Held = tuple[str, str]
"""The characters that a piece stands for, and its HTML."""


def tidy(text: str) -> str:
    """Text that HTML and JSON can carry, one for one: control characters and lone surrogates become visible symbols.

    So do overrides of direction, which would turn the number of a footnote round: honest text needs none.
    """
    return _UNSHOWABLE.sub(lambda found: " " if found.group().isspace() else "\ufffd", text)


def hold_pieces(text: str, pieces: Sequence[Piece]) -> tuple[str, list[Held]]:
    """Put a placeholder where each piece belongs; its number is its place in the list.

    A marker in brackets moves close to the word before it. Of two pieces that overlap, the later one is left out.
    """
    text = tidy(text).replace(OPEN, "\ufffd").replace(CLOSE, "\ufffd")
    held, at = "", 0
    kept: list[Held] = []
    for start, end, html in sorted(pieces):
        if start < at or end > len(text):
            continue
        # The gap before a marker goes, unless what stands there is a line break or a sign of Markdown's.
        before = _GAP.sub("", text[at:start]) if text.startswith("[", start) else text[at:start]
        held += f"{before}{OPEN}{len(kept)}{CLOSE}"
        kept.append((text[start:end], html))
        at = end
    return held + text[at:], kept


def find_markers(text: str, markers: Iterable[str]) -> Iterator[re.Match[str]]:
    """Where a text has any of some markers in square brackets: it is read once, however many there are."""
    wanted = frozenset(markers)
    return (found for found in _BRACKETED.finditer(text) if found.group() in wanted)


def put_pieces(words: str, held: Sequence[Held], newline: str = "\n") -> str:
    """Escape words and put the pieces that are held out of them back in."""
    parts, at = [], 0
    for found in PIECE.finditer(words):
        parts.append(escape(words[at : found.start()]).replace("\n", newline))
        parts.append(held[int(found.group(1))][1])
        at = found.end()
    return "".join(parts) + escape(words[at:]).replace("\n", newline)


def render_paragraphs(words: str, held: Sequence[Held]) -> str:
    """Words as they are written, with the pieces put back in: a paragraph for what stands between blank lines."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", words)]
    return "".join(f'<p dir="auto">{put_pieces(part, held, newline="<br>")}</p>' for part in paragraphs if part)


def render_markdown(words: str, held: Sequence[Held]) -> str:
    """Render a chat model's Markdown, without HTML, images and links, and put the pieces back in.

    Code keeps the characters that a piece stands for. What is longer than ``LONGEST_MARKDOWN`` is shown as it is
    written: to read it as Markdown takes a hundred times as long, and nobody means such an answer.
    """
    if len(words) > LONGEST_MARKDOWN:
        return render_paragraphs(words, held)
    return str(_markdown().render(words, {"held": held}))


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": False})
    parser.enable("table").disable(["link", "image", "autolink", "html_inline", "html_block", "reference", "entity"])

    def text(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
        return put_pieces(tokens[index].content, env["held"])

    def code(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
        held = env["held"]
        words = escape(PIECE.sub(lambda found: held[int(found.group(1))][0], tokens[index].content))
        return f"<code>{words}</code>" if tokens[index].type == "code_inline" else f"<pre><code>{words}</code></pre>"

    parser.add_render_rule("text", text)
    for kind in ("code_inline", "code_block", "fence"):
        parser.add_render_rule(kind, code)
    return parser
