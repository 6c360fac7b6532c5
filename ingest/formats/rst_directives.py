"""What docutils is taught before it reads: Sphinx's directives and roles, and everybody's own, with their words.

It drops a directive or a role that it does not know, and one that it knows with an option that it does not.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from docutils import nodes

_ROLE = re.compile(r":(?P<name>[A-Za-z][\w+.:-]*):`")
_DIRECTIVE = re.compile(r"^[ \t]*\.\.[ ](?:\|[^|\n]{1,80}\|[ ])?(?P<name>[A-Za-z][\w+.:-]*?)::(?=\s|$)", re.MULTILINE)
_LABEL = re.compile(r"[~!]?(?P<label>.+?)\s*(?:(?<!\\)<[^<>]*>)?", re.DOTALL)
_TECHNICAL = frozenset(
    "only ifconfig tab-set tab-item grid grid-item grid-item-card highlights-box toctree highlight currentmodule module "
    "index tabularcolumns literalinclude autosummary default-domain".split()
)
"""Of these what they are given is no text; of the last ones, nothing is, or it is the name of a file."""

_NAMING = frozenset("toctree autosummary literalinclude highlight index".split())
_VERSIONS = {
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
}
_SAYING = ("type", "default", "value")
"""Options of directives that describe a setting or a value and are shown with it."""

_CODE = ("code", "code-block", "sourcecode")


def keep_words(text: str) -> None:
    """Teach docutils the directives and roles in a text that it does not know, and to bear any option."""
    from docutils.parsers.rst import directives, roles
    from docutils.parsers.rst.languages import en

    _bear_options()
    for name in {match["name"].casefold() for match in _DIRECTIVE.finditer(text)} - set(en.directives):
        directives.register_directive(name, _wrapper())
    for name in {match["name"].casefold() for match in _ROLE.finditer(text)} - set(en.roles):
        roles.register_local_role(name, cast("Any", _label_of_role))


class _AnyOption(dict[str, Any]):
    def __bool__(self) -> bool:
        return True

    def __missing__(self, name: str) -> Any:
        from docutils.parsers.rst import directives

        return directives.unchanged


@cache
def _bear_options() -> None:
    """Have docutils' own directives pass over options that Sphinx gave them, and show the captions of code."""
    from docutils.parsers.rst import directives
    from docutils.parsers.rst.languages import en

    for name in en.directives:
        known, _ = directives.directive(name, en, None)  # type: ignore[arg-type]  # asked only for what is unknown
        if isinstance(known, type):
            directives.register_directive(name, _tolerant(known, has_caption=name in _CODE))


def _tolerant(known: Any, has_caption: bool) -> Any:
    from docutils import nodes

    class Tolerant(known):  # type: ignore[misc]
        option_spec = _AnyOption(known.option_spec or {})

        def run(self) -> list[nodes.Node]:
            given: dict[str, Any] = dict(self.options)  # type: ignore[has-type]
            caption = given.get("caption") if has_caption else None
            self.options = {name: value for name, value in given.items() if name in (known.option_spec or {})}
            found: list[nodes.Node] = super().run()
            if caption:
                found.insert(0, nodes.caption(caption, "", *self.state.inline_text(caption, self.lineno)[0]))
            return found

    return Tolerant


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
    from docutils.parsers.rst import Directive

    class Wrapper(Directive):
        has_content = True
        optional_arguments = 1
        final_argument_whitespace = True
        option_spec = _AnyOption()

        def run(self) -> list[nodes.Node]:
            body = nodes.container()
            name = self.name.casefold()
            if self.arguments and name not in _TECHNICAL:
                said = f"{_VERSIONS[name]} {self.arguments[0]}" if name in _VERSIONS else self.arguments[0]
                words = nodes.paragraph()
                words += self.state.inline_text(said, self.lineno)[0]
                body += words
            given = [f"{option.capitalize()}: {self.options[option]}" for option in _SAYING if self.options.get(option)]
            if given and name not in _NAMING:  # what a setting is by default, as Sphinx shows it
                setting = nodes.paragraph()
                setting += self.state.inline_text("; ".join(given), self.lineno)[0]
                body += setting
            if name not in _NAMING:
                self.state.nested_parse(self.content, self.content_offset, body)
            return [body]

    return Wrapper
