"""One quote with its source, to be put into a text of one's own: as words, Markdown, BibTeX and in APA's manner. Pure.

Only what is known is told: a document without an author or a date has none here, names are given as the document writes
them, and nothing is guessed of who is a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from ingest.byline import format_date
from ingest.places import is_address
from rag.index.document_records import DocumentRecord
from rag.types import Citation
from ui.render.markers import make_showable
from ui.render.transcript import escape_markdown

_TEX = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_TEX |= {sign: f"\\{sign}" for sign in "&%$#_"}


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a quote's source; what is not known is empty."""

    quote: str
    title: str
    author: str
    date: str
    page: str
    address: str
    key: str

    @property
    def year(self) -> str:
        found = re.match(r"\d{4}(?!\d)", self.date)
        return found[0] if found else ""


def render_quotation(citation: Citation, record: DocumentRecord | None, form: str) -> str:
    """A footnote's quote with its source.

    Args:
        citation: the footnote.
        record: of its document; None where that is gone, so that only what the footnote says is known.
        form: ``text``, ``markdown``, ``bibtex`` or ``apa``; anything else is ``text``.
    """
    source = record.source if record else ""
    known = _Known(
        _one_line(citation.quote),
        _one_line((record.title if record else "") or citation.passage.title),
        _one_line(record.author) if record else "",
        _one_line(record.date) if record else "",
        str(citation.page or ""),
        _close_address(source) if is_address(source) else "",
        record.id if record else "",
    )
    return FORMS.get(form, _as_text)(known)


def _as_text(known: _Known) -> str:
    facts = [known.author, known.title, format_date(known.date), known.page and f"p. {known.page}", known.address]
    return f"“{known.quote}” ({', '.join(filter(None, facts))})"


def _as_markdown(known: _Known) -> str:
    facts = [
        escape_markdown(known.author),
        f"*{escape_markdown(known.title)}*" if known.title else "",
        escape_markdown(format_date(known.date)),
        known.page and f"p. {known.page}",
        known.address and f"<{known.address}>",
    ]
    return f"> {escape_markdown(known.quote)}\n>\n> — {', '.join(filter(None, facts))}\n"


def _as_bibtex(known: _Known) -> str:
    """An entry of the kind ``misc``; the quote is its annotation."""
    fields = {
        # In braces of their own words are one name, which no style turns round: it may be that of a project.
        "author": known.author and f"{{{_escape_tex(known.author)}}}",
        "title": known.title and f"{{{_escape_tex(known.title)}}}",
        "year": known.year,
        "date": known.date if _is_day(known.date) else "",
        "pages": known.page,
        "url": known.address,
        "annote": f"``{_escape_tex(known.quote)}''",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{_make_key(known)},", *lines, "}", ""])


def _as_apa(known: _Known) -> str:
    """As it is cited in the text, and the line of the list of references."""
    page = known.page and f"p. {known.page}"
    cited = ", ".join(filter(None, [known.author or f"“{known.title}”", known.year or "n.d.", page]))
    when = f"({_write_day(known.date) or 'n.d.'})."
    title = f"{known.title.rstrip('.')}."
    head = [f"{known.author.rstrip('.')}.", when, title] if known.author else [title, when]
    return f"“{known.quote}” ({cited})\n\n{' '.join(filter(None, [*head, known.address]))}\n"


FORMS: Mapping[str, Callable[[_Known], str]] = {
    "text": _as_text,
    "markdown": _as_markdown,
    "bibtex": _as_bibtex,
    "apa": _as_apa,
}


def _one_line(words: str) -> str:
    return " ".join(make_showable(words).split())


def _close_address(address: str) -> str:
    """A web address without the signs that would end it in Markdown or BibTeX."""
    return re.sub(r"[\s<>{}\\]", lambda found: quote(found[0], safe=""), address)


def _escape_tex(words: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in words)


def _make_key(known: _Known) -> str:
    """A name for the entry: of the author's last word, the year and the title's first word, in plain letters."""
    first = next((word for word in re.findall(r"\w+", known.title) if len(word) > 3), "")
    last = known.author.rpartition(" ")[2]
    plain = unicodedata.normalize("NFKD", f"{last}{known.year}{first}").encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]", "", plain).lower() or re.sub(r"[^A-Za-z0-9]", "", known.key) or "quote"


def _is_day(written: str) -> bool:
    try:
        return date.fromisoformat(written) is not None
    except ValueError:
        return False


def _write_day(written: str) -> str:
    """A date as APA writes it (2019, March 7); anything else as it is."""
    if not _is_day(written):
        return written
    day, month, year = format_date(written).split()
    return f"{year}, {month} {day}"
