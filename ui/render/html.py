"""HTML is made in one way: by the templates beside this file, which escape whatever they are given.

Only what is made here counts as HTML and is not escaped again: what a template gave, and a chat model's Markdown, in
which HTML, links and images are off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from ui.render.language import ENGLISH, current_language, format_number, translate, translate_count
from ui.render.markers import PIECE, make_showable

if TYPE_CHECKING:
    from jinja2 import Environment
    from markdown_it import MarkdownIt

TEMPLATES = Path(__file__).parent / "templates"

LONGEST_MARKDOWN = 50_000
"""Characters of an answer that are read as Markdown."""

Held = tuple[str, str]
"""The characters that a piece stands for, and what is put there: HTML of ours, or words, which are escaped."""


def render(template: str, macro: str, **values: Any) -> str:
    """What a macro of a template makes of values, as text that a browser gets."""
    return make_showable(str(render_part(template, macro, **values)))


def render_part(template: str, macro: str, **values: Any) -> Markup:
    """The same as HTML that can be put into other HTML."""
    part: Markup = _find_macro(template, macro)(**values)
    return part


def render_page(template: str, **values: Any) -> str:
    """A template that is a page by itself."""
    return make_showable(_environment().get_template(template).render(values))


def put_pieces(words: str, held: Sequence[Held]) -> Markup:
    """Escape words and put the pieces that are held out of them back in."""
    return _put_back(escape(words), held)


def render_paragraphs(words: str, held: Sequence[Held]) -> Markup:
    """Words as they are written, with the pieces put back in: a paragraph for what stands between blank lines."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", str(escape(words)))]
    paragraphs = [_put_back(part.replace("\n", "<br>"), held) for part in parts if part]
    return render_part("messages.html", "paragraphs", paragraphs=paragraphs)


def render_markdown(words: str, held: Sequence[Held]) -> Markup:
    """Render a chat model's Markdown, without HTML, images and links, and put the pieces back in.

    Code keeps the characters that a piece stands for. What is longer than ``LONGEST_MARKDOWN`` is shown as it is
    written: to read it as Markdown takes a hundred times as long, and nobody means such an answer.
    """
    if len(words) > LONGEST_MARKDOWN:
        return render_paragraphs(words, held)
    return Markup(_markdown().render(words, {"held": held}))


def as_sentence(message: str) -> str:
    """A message as a sentence on one line."""
    line = " ".join(message.split())
    return line[:1].upper() + line[1:] + ("" if line.endswith((".", "!", "?", "…")) else ".")


def _put_back(html: str, held: Sequence[Held]) -> Markup:
    return Markup(PIECE.sub(lambda found: escape(held[int(found.group(1))][1]), html))


@cache
def _find_macro(template: str, macro: str) -> Callable[..., Markup]:
    found: Callable[..., Markup] = getattr(_environment().get_template(template).module, macro)
    return found


def _count(one: str, many: str, count: int, **values: Any) -> Markup:
    """A message with a number, which is written as in the language that is spoken; values are escaped."""
    return Markup(translate_count(one, many, count)) % ({"num": format_number(count)} | values)


def _mark_english() -> Markup:
    """For an element with words of answers or documents, which are English where the page is not."""
    return Markup("") if current_language() == ENGLISH else Markup(' lang="en"')


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(translate, translate_count, newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {"ngettext": _count, "in_english": _mark_english}
    environment.filters["sentence"] = as_sentence
    environment.filters["number"] = format_number
    environment.filters["compact_json"] = partial(json.dumps, separators=(",", ":"))
    return environment


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": False})
    parser.enable("table").disable(["link", "image", "autolink", "html_inline", "html_block", "reference", "entity"])

    def text(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
        return str(put_pieces(tokens[index].content, env["held"]))

    def code(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
        held = env["held"]
        words = PIECE.sub(lambda found: held[int(found.group(1))][0], tokens[index].content)
        html = Markup("<code>{}</code>").format(words)
        return str(html if tokens[index].type == "code_inline" else Markup("<pre>{}</pre>").format(html))

    parser.add_render_rule("text", text)
    for kind in ("code_inline", "code_block", "fence"):
        parser.add_render_rule(kind, code)
    return parser
