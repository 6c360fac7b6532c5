"""The library and the settings as HTML for the page. Pure: from values to strings.

What the page's script needs stands in data attributes; the script tells the server what was pressed or set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ingest.report import SourceReport
from rag.index.document_records import DocumentRecord
from ui.render.html import render
from ui.render.language import format_number, list_languages, mark, name_language, translate
from ui.render.markers import make_showable
from ui.render.redaction import file_name
from ui.render.shelf import describe_document

_library, _settings, _frame = (
    partial(render, "library.html"),
    partial(render, "settings.html"),
    partial(render, "frame.html"),
)


STEPS = (mark("Reading"), mark("Embedding"), mark("Fetching"))
"""What ingesting says that it does, as the page says it in other languages."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A name of documents' metadata, its values, and how many documents have each."""

    name: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A chat model of this machine that may be chosen: bytes of its file, of memory (0: not known), and whether it can run."""

    name: str
    size: int
    memory: int
    can_run: bool


MANNERS = {
    mark("Careful: rather says that it found nothing"): 0.3,
    mark("Balanced"): 0.2,
    mark("Eager: rather shows what comes nearest"): 0.1,
}
"""Words for confidences below which is declined; between them lie the same steps."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person has set, as the settings panel shows it.

    Attributes:
        quotes: the embedded answerer quotes, though a chat model could write.
        passages: how many are read for an answer.
        most_passages: how many can be chosen.
        abstain_below: the confidence below which the embedded answerer abstains.
        most_certain: the highest such confidence that can be chosen.
        model: the chat model of this machine that writes, where one was chosen.
        where: the only value of each of some names of metadata that documents may have.
    """

    quotes: bool
    passages: int
    most_passages: int
    abstain_below: float
    most_certain: float
    model: str = ""
    where: Mapping[str, str] = field(default_factory=dict)


def render_progress(label: str, done: int, total: int) -> str:
    """How far the work on an upload has come."""
    return _library("progress", label=translate(label), done=done, total=total)


def render_waiting(before: int) -> str:
    """That others are served first."""
    return _library("waiting", before=before)


def render_report(name: str, report: SourceReport, title: str | None) -> str:
    """What became of an uploaded file, in a line.

    Args:
        name: the file's own.
        report: what became of it.
        title: the document's, where it has one.
    """
    return _library("report", name=name, report=report, title=title or name)


def render_pending(pending_id: str, name: str, added_by: str) -> str:
    """That a file was not added, since it would replace what somebody else added, and a button for doing it."""
    return _library("pending", id=pending_id, name=name, added_by=added_by)


def render_notice(words: str) -> str:
    """Something to know, in one line."""
    return _library("notice", words=words)


def render_doubt(document_id: str, title: str, added_by: str) -> str:
    """Whose the document is that somebody wants to remove, and a button for doing it all the same."""
    return _library("doubt", document_id=document_id, title=title, added_by=added_by)


def render_dismiss() -> str:
    """A button that takes away what is said beside it."""
    return _library("dismiss")


def render_done(words: str) -> str:
    """That something was done, in one line."""
    return _library("done", words=words)


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
    labels, adders = find_labels([*everybodys, *added]), added_by or {}
    documents = [describe_document(record, labels[record.id]) for record in everybodys]
    documents += [
        describe_document(record, labels[record.id], adders.get(record.id, ""), can_remove=True) for record in added
    ]
    return _library("library", documents=documents, problem=problem)


def find_label(record: DocumentRecord) -> str:
    """What a document is called on the page: its title, or its id where the title holds nothing that can be seen."""
    title = make_showable(record.title)
    return title if any(character.isprintable() and not character.isspace() for character in title) else record.id


def find_labels(records: Sequence[DocumentRecord]) -> dict[str, str]:
    """What each document is called on the page, by its id; where several have one title, with the file's name beside it."""
    labels = {record.id: find_label(record) for record in records}
    counts = Counter(labels.values())
    files = {record.id: make_showable(file_name(record.source)) for record in records}
    same_files = Counter((labels[name], file) for name, file in files.items())
    return {
        name: f"{label} ({files[name] if same_files[label, files[name]] == 1 else name})"
        if counts[label] > 1
        else label
        for name, label in labels.items()
    }


def render_library_head() -> str:
    """The head of the library panel."""
    return _library("head")


def render_adding(
    megabytes: float,
    pasted: float,
    documents: int,
    is_shared: bool,
    has_login: bool = False,
    *,
    fetches: bool = False,
) -> str:
    """How to add, and before that what may be added, who sees it and how long it stays.

    Args:
        megabytes: that a file may have.
        pasted: megabytes that pasted text may have.
        documents: how many there may be.
        is_shared: whether everybody sees what is added.
        has_login: whether people log in.
        fetches: whether web pages can be added.
    """
    return _library(
        "adding",
        limit=f"{megabytes:g}",
        megabytes=format_number(megabytes, "g"),
        pasted=format_number(pasted, "g"),
        documents=documents,
        is_shared=is_shared,
        has_login=has_login,
        fetches=fetches,
    )


def render_hint(megabytes: float, is_shared: bool) -> str:
    """What may be added in a few words, beside the button."""
    return _library("hint", megabytes=format_number(megabytes, "g"), is_shared=is_shared)


def render_status(chat_model: str, where: Mapping[str, str] | None = None) -> str:
    """One line that says who answers, and of which documents alone.

    Args:
        chat_model: names it; empty means the embedded answerer.
        where: the value that each of some names has in the metadata of those documents.
    """
    return _settings("status", chat_model=chat_model, where=where or {})


def render_settings(
    chat_model: str,
    chosen: Chosen,
    costs: Sequence[Mapping[str, float]],
    *,
    is_shared: bool,
    user: str = "",
    home: str = "/",
    facets: Sequence[Facet] = (),
    offered: Sequence[OfferedModel] = (),
    measures: bool = False,
) -> str:
    """What a person may set for themselves, each with what it costs; and a way to forget everything.

    Args:
        chat_model: the name of the model that could write, empty where there is none.
        chosen: what is set now.
        costs: what each threshold costs, by rising threshold: ``threshold``, ``declined`` and ``needless`` in percent.
        is_shared: whether what is added is everybody's, and so is not forgotten.
        user: who is logged in, empty without a login.
        home: the path of the page, as browsers see it.
        facets: what documents can be chosen by.
        offered: chat models of this machine that can be chosen beside that one.
        measures: whether question sets can be run.
    """
    return _settings(
        "settings",
        chat_model=chat_model,
        chosen=chosen,
        costs=list(costs),
        is_shared=is_shared,
        user=user,
        home=home,
        facets=facets,
        offered=offered,
        measures=measures,
        manners=[(words, below, _find_cost(costs, below)) for words, below in MANNERS.items()],
        languages=[(code, name_language(code)) for code in list_languages()],
    )


def _find_cost(costs: Sequence[Mapping[str, float]], threshold: float) -> Mapping[str, float] | None:
    return next((row for row in reversed(costs) if row["threshold"] <= threshold + 1e-9), None)


def render_next(questions: Sequence[str], *, follows: bool) -> str:
    """Questions to go on with, as buttons; whether they follow an answer."""
    return _frame("next_questions", questions=questions, follows=follows) if questions else ""


def render_narrowed(asked: Mapping[str, str], total: int) -> str:
    """Which documents alone are asked, of how many, and a button for asking all; ``asked`` has their labels by their ids."""
    return _frame("narrowed", ids=list(asked), titles=list(asked.values()), total=total) if asked else ""


def render_editing(asked: str) -> str:
    """That a question is being written anew, and what that does."""
    return _frame("editing") if asked else ""
