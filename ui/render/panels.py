"""The library and the settings as HTML for the page. Pure: from values to strings, and every word is escaped.

What the page's script needs stands in data attributes; the script tells the server what was pressed or set.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape

from ingest.report import SourceReport
from rag.english.numbers import format_count
from rag.index.document_records import DocumentRecord
from ui.render.inline_html import tidy
from ui.render.messages import as_sentence, escape_text
from ui.web.library import find_paste_limit
from ui.web.pending_replacements import Held
from ui.web.preferences import MOST_CERTAIN, MOST_PASSAGES, Choices

FORMATS = "PDF, Word, web page, e-book, e-mail, Markdown or text"

CLOSE = '<button type="button" class="close" data-close-panel aria-label="Close">✕</button>'


def render_progress(label: str, done: int, total: int) -> str:
    """How far the work on an upload has come."""
    counted = f"{done:,} of {total:,}" if total > 1 else ""
    return (
        f'<p class="report working" role="status">{escape_text(label)} … <span class="count">{counted}</span>'
        f'<progress max="{max(total, 1)}" value="{done}" aria-label="{escape_text(label)}"></progress></p>'
    )


def render_waiting(before: int) -> str:
    """That others are served first."""
    return f'<p class="report working" role="status">Waiting: {before:,} before you …</p>'


def render_reports(reports: Sequence[tuple[str, SourceReport | Held]], title_of: Callable[[str], str | None]) -> str:
    """What became of each uploaded file, a line each.

    Args:
        reports: the file's own name, and what became of it.
        title_of: a document's title by its id, where it has one.
    """
    return "".join(
        _held(report)
        if isinstance(report, Held)
        else f'<p class="report {escape(report.status)}" role="status">{_report(name, report, title_of)}</p>'
        for name, report in reports
    )


def render_notice(words: str) -> str:
    """Something to know, in one line."""
    return f'<p class="report" role="status">{escape_text(words)}</p>'


def render_doubt(document_id: str, title: str, added_by: str) -> str:
    """Whose the document is that somebody wants to remove, and a button for doing it all the same."""
    return (
        f'<p class="report skipped" role="alert">“{escape_text(title)}” was added by {escape_text(added_by)}. '
        f'<button type="button" class="plain" data-remove="{escape(document_id)}" data-sure>Remove it for everybody</button>'
        "</p>"
    )


def render_done(words: str) -> str:
    """That something was done, in one line."""
    return f'<p class="report added" role="status">{escape_text(words)}</p>'


def _held(held: Held) -> str:
    return (
        f'<p class="report skipped" role="alert"><b>{escape_text(held.name)}</b> was not added: a document of that name '
        f"is here already, added by {escape_text(held.added_by)}. "
        f'<button type="button" class="plain" data-replace="{escape(held.id)}">Replace it</button></p>'
    )


def _report(name: str, report: SourceReport, title_of: Callable[[str], str | None]) -> str:
    file = f"<b>{escape_text(name)}</b>"
    size = f"{report.characters:,} characters in {format_count(report.passages, 'passage')}"
    if report.pages:
        size = f"{format_count(report.pages, 'page')}, {size}"
    title = f"“{escape_text(title_of(report.document or '') or name)}”"
    note = f" {escape_text(as_sentence(report.reason))}" if report.reason else ""
    match report.status:
        case "added":
            return f"Added {file} as {title}: {size}.{note}"
        case "replaced":
            return f"Replaced {title} with the new {file}: {size}.{note}"
        case "unchanged":
            return f"{file} is here already, unchanged."
        case _:
            return f"{file} was not added: {escape_text(as_sentence(report.reason or 'it cannot be read'))}"


def render_status(chat_model: str) -> str:
    """One line that says who answers: ``chat_model`` names it; empty means the embedded answerer."""
    if not chat_model:
        return '<p class="status"><span class="dot" aria-hidden="true"></span>Offline: quotes the document</p>'
    return f'<p class="status online"><span class="dot" aria-hidden="true"></span>{escape_text(chat_model)} writes</p>'


def render_limits(megabytes: float, documents: int, is_shared: bool, has_login: bool = False) -> str:
    """What may be added, who sees it and how long it stays: to be read before adding."""
    alone = "Seen by you alone, wherever you log in." if has_login else "Seen by this browser alone."
    who = "Everybody who uses this page sees them, and who added them." if is_shared else alone
    kept = "They stay until somebody removes them." if is_shared else "Removed a day after your last visit."
    return (
        f'<p class="limits">{FORMATS}; up to {megabytes:g} MB each, pasted text up to {find_paste_limit(megabytes):g} MB, '
        f"{format_count(documents, 'document')} in all. {who} {kept}</p>"
    )


def render_hint(megabytes: float, is_shared: bool) -> str:
    """The same in a few words, beside the button."""
    who = "seen by all" if is_shared else "seen by you alone"
    return f'<p class="report hint">PDF, Word, web page, e-book, e-mail or text, up to {megabytes:g} MB; {who}</p>'


def render_library(
    everybodys: Sequence[DocumentRecord],
    added: Sequence[DocumentRecord],
    problem: str = "",
    added_by: Mapping[str, str] | None = None,
) -> str:
    """The documents that there are: those that came with the page, and those that were added, which can be removed.

    Args:
        everybodys: that came with the page.
        added: by this person, or by all.
        problem: why what was added cannot be read, where that is so.
        added_by: who added a document, and when, by its id; where that is to be told.
    """
    rows = [_document(record, "") for record in everybodys]
    for record in added:
        label = escape_text(find_label(record))
        button = f'<button type="button" data-remove="{escape(record.id)}" aria-label="Remove {label}">Remove</button>'
        rows.append(_document(record, button, (added_by or {}).get(record.id, "")))
    parts = [f'<ul class="documents">{"".join(rows)}</ul>' if rows else '<p class="limits">No document yet.</p>']
    if problem:
        parts.append(f'<p class="failure" role="alert">{escape_text(as_sentence(problem))}</p>')
    if added or problem:
        parts.append(
            '<p class="again"><button type="button" data-reindex>Index anew</button> '
            "Cuts and embeds what was added once more, from the words that are kept: for when the model has changed.</p>"
        )
    return "".join(parts)


def find_label(record: DocumentRecord) -> str:
    """What a document is called on the page: its title, or its id where the title holds nothing that can be seen."""
    title = tidy(record.title)
    return title if any(character.isprintable() and not character.isspace() for character in title) else record.id


def _document(record: DocumentRecord, button: str, added_by: str = "") -> str:
    size = format_count(record.passages, "passage")
    if record.page_starts:
        size = f"{format_count(len(record.page_starts), 'page')}, {size}"
    by = f"{record.author} · " if record.author else ""
    facts = f"{by}{size}" + (f" · added by {added_by}" if added_by else "")
    return (
        f'<li><button type="button" class="title" data-read="{escape(record.id)}" dir="auto">'
        f"{escape_text(find_label(record))}</button>"
        f'<span class="facts">{escape_text(facts)}</span>{button}</li>'
    )


LIBRARY_HEAD = f'<div class="drawer-head"><h2>Library</h2>{CLOSE}</div>'


def render_adding(limits: str) -> str:
    """How to add: files by choosing or dropping, text by pasting."""
    return f"""
<h3>Add documents</h3>
{limits}
<p><button type="button" class="main" data-choose-files>Choose files</button> <span class="aside">or drop them anywhere on
the page</span></p>
<details class="paste">
<summary>Paste text</summary>
<form data-paste>
<label>Title <input name="title" maxlength="200" autocomplete="off" placeholder="Its first words, if left empty"></label>
<label>Text <textarea name="text" rows="7" required></textarea></label>
<button type="submit" class="main">Add text</button>
</form>
</details>
"""


def render_settings(
    chat_model: str,
    choices: Choices,
    costs: Sequence[Mapping[str, float]],
    *,
    is_shared: bool,
    user: str = "",
    home: str = "/",
) -> str:
    """What a person may set for themselves, each with what it costs; and a way to forget everything.

    Args:
        chat_model: the name of the model that could write, empty where there is none.
        choices: what is set now.
        costs: see ``ui.web.preferences.read_costs``.
        is_shared: whether what is added is everybody's, and so is not forgotten.
        user: who is logged in, empty without a login.
        home: the path of the page, as browsers see it.
    """
    forgotten = (
        "your settings and the answers you rated"
        if is_shared
        else ("the documents you added, your settings and the answers you rated")
    )
    return f"""
<div class="drawer-head"><h2>Settings</h2>{CLOSE}</div>
<form data-choices>
{_render_answerers(chat_model, choices) if chat_model else _OFFLINE}
<label for="set-passages">Passages read for an answer: <output>{choices.passages}</output></label>
<input id="set-passages" name="passages" type="range" min="1" max="{max(MOST_PASSAGES, choices.passages)}" step="1"
 value="{choices.passages}" aria-describedby="passages-cost">
<p id="passages-cost" class="cost">More may find what fewer miss; each takes time to read{
        ", and tokens" if chat_model else ""
    }.</p>
<label for="set-threshold">Say “not found” when less sure than <output>{choices.abstain_below:.0%}</output></label>
<input id="set-threshold" name="threshold" type="range" min="0" max="{max(MOST_CERTAIN, choices.abstain_below):g}"
 step="0.05" value="{choices.abstain_below:g}" aria-describedby="threshold-cost"
 data-costs="{escape(json.dumps(list(costs)))}">
<p id="threshold-cost" class="cost"></p>
{'<p class="cost">Only where the document is quoted; a model that writes decides for itself.</p>' if chat_model else ""}
<label class="check"><input type="checkbox" name="keys" checked><span>Shortcuts by single keys: <kbd>n</kbd>
<kbd>p</kbd> next and previous footnote, <kbd>/</kbd> find</span></label>
</form>
<h3>What is kept</h3>
<p class="limits">The conversation: by this browser alone. {
        "Documents that are added: by the server, for all."
        if is_shared
        else "Documents you add: by the server, until a day after your last visit."
    } An answer you rate: by the server, with the question and its quotes.</p>
<p class="forgetting"><button type="button" class="danger" data-forget>Forget everything …</button></p>
<div class="sure" hidden><p>This removes the conversation, {forgotten}. It cannot be taken back.</p>
<button type="button" class="danger" data-forget-now>Forget everything</button>
<button type="button" data-forget-not>Keep it</button></div>
{_render_logout(user, home) if user else ""}
"""


def _render_logout(user: str, home: str) -> str:
    return f"""
<h3>You</h3>
<form class="logout" method="post" action="{escape(home)}logout">
<p class="limits">Logged in as <bdi>{escape_text(user)}</bdi>. Logging out has this browser forget the conversation;
the documents that you added stay yours.</p>
<p><button>Log out</button></p>
</form>
"""


_OFFLINE = """
<p class="limits">Answers are quoted from the documents by Footnote itself, on this machine. For a language model that
writes them, whoever runs this page sets <code>FOOTNOTE_CHAT_MODEL</code>.</p>
"""


def _render_answerers(chat_model: str, choices: Choices) -> str:
    writes, quotes = ("", " checked") if choices.quotes else (" checked", "")
    name = escape_text(chat_model)
    return f"""
<fieldset><legend>Who answers</legend>
<label class="check"><input type="radio" name="answerer" value="writes"{writes}><span>{name} writes, and Footnote checks each
sentence</span> <span class="cost">The question and passages are sent to the model; it takes seconds and tokens.</span></label>
<label class="check"><input type="radio" name="answerer" value="quotes"{quotes}><span>Footnote quotes the documents</span>
<span class="cost">Nothing leaves this machine; it takes a moment and costs nothing.</span></label>
</fieldset>
"""


def render_next(questions: Sequence[str], abstained: bool) -> str:
    """Questions to go on with, as buttons."""
    if not questions:
        return ""
    lead = "The documents can answer:" if abstained else "Ask next:"
    buttons = "".join(
        f'<button type="button" data-ask="{escape_text(text)}">{escape_text(text)}</button>' for text in questions
    )
    return f'<div class="next" role="group" aria-label="Suggested questions"><span>{lead}</span>{buttons}</div>'


def render_editing(asked: str) -> str:
    """That a question is being written anew, and what that does."""
    if not asked:
        return ""
    return (
        '<p class="editing">Editing a question: what followed it will be replaced. '
        '<button type="button" class="plain" data-act="keep" data-turn="">Leave it as it was</button></p>'
    )
