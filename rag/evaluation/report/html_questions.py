"""The questions of a run as the report shows them: grouped by what went wrong, capped, with their proof side by side.

Pure: from questions, answers and rows to plain values that the template prints. Nothing here is HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.english.numbers import format_count
from rag.evaluation.metrics.cases import Case, Cause, find_markers
from rag.evaluation.metrics.metric import Metric
from rag.evaluation.metrics.spans import merge_spans
from rag.evaluation.run.scoring import Row
from rag.showing import tell_unproven
from rag.types import Answer, Citation, Span

MAX_SHOWN = 1_000
"""Questions that a page shows in full; more make a file that no browser likes to open."""

MAX_CHARACTERS = 4_000
"""Of one text: an answer, a quote."""

MAX_NAME = 200
"""Characters of a name: an id, a tag, a model."""

MAX_LISTED = 20
"""Of gold answers, pieces of evidence, quotes, earlier turns."""

Pieces = tuple[tuple[str, bool], ...]
"""A text cut up where marked words begin and end; whether each piece is marked."""


@dataclass(frozen=True, slots=True)
class CauseLabel:
    """A class of questions on the page: the cause that they share, what people call it, and what it means."""

    cause: Cause
    name: str
    meaning: str

    @property
    def anchor(self) -> str:
        """What links on the page call it."""
        return self.cause.replace(",", "").replace(" ", "-")

    @property
    def wrong(self) -> bool:
        """Whether something went wrong."""
        return self.cause not in ("right", "not judged")


CAUSE_LABELS = (
    CauseLabel("error", "Failed", "There is an error in place of an answer."),
    CauseLabel(
        "not retrieved", "Not retrieved", "None of the passages found holds evidence, so the answer had no chance."
    ),
    CauseLabel(
        "retrieved, not cited", "Retrieved, not cited", "A passage held the evidence; the answer cites nothing."
    ),
    CauseLabel(
        "cited the wrong span", "Cited the wrong span", "A passage held the evidence; the answer cites other words."
    ),
    CauseLabel(
        "right span, wrong answer", "Right span, wrong answer", "Evidence is cited, but no gold answer is given."
    ),
    CauseLabel("wrong answer", "Wrong answer", "No gold answer is given; no gold evidence tells where it went wrong."),
    CauseLabel("should have abstained", "Should have abstained", "The documents do not say; it answered all the same."),
    CauseLabel("needless abstention", "Needless abstention", "The documents say, yet it abstained."),
    CauseLabel("not judged", "Not judged", "There are no gold answers to compare with."),
    CauseLabel("right", "As it should be", "A correct answer, or an abstention where the documents do not say."),
)
"""In the order of the page: what went wrong, from the first step of answering to the last, then the rest."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One question with everything that the page says about it; the template takes the words from the case."""

    number: int
    case: Case
    outcome: str
    found: str
    notices: tuple[str, ...]
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """All questions of a kind: how many there are, and the entries of those that are shown."""

    kind: CauseLabel
    count: int
    entries: tuple[Entry, ...]


def group_questions(
    cases: Sequence[Case], rows: Sequence[Row], metrics: Iterable[Metric], shown: int = MAX_SHOWN
) -> tuple[Group, ...]:
    """The questions by what went wrong, and within a group the most confident first.

    Args:
        cases: in the order of the set.
        rows: what the metrics say, in the same order.
        metrics: those whose values may be shown: means only, because outcomes and facts say the rest.
        shown: how many questions get an entry; each group gets a fair share, so that none is crowded out.
    """
    members = [[at for at, row in enumerate(rows) if row.cause == kind.cause] for kind in CAUSE_LABELS]
    names = [metric.name for metric in metrics if metric.kind == "mean"]
    groups = []
    for kind, found, allowed in zip(
        CAUSE_LABELS, members, share_out(shown, [len(found) for found in members]), strict=True
    ):
        chosen = sorted(found, key=lambda at: -_surprise(cases[at].answer)) if kind.wrong else found
        if found:
            entries = tuple(_describe(at + 1, cases[at], rows[at], names) for at in chosen[:allowed])
            groups.append(Group(kind, len(found), entries))
    return tuple(groups)


def share_out(room: int, wanted: Sequence[int]) -> list[int]:
    """Give each as much as it wants if there is room, else the small ones all and the large ones equal shares.

    >>> share_out(100, [10, 500, 500])
    [10, 45, 45]
    """
    given = [0] * len(wanted)
    left = room
    waiting = sorted(range(len(wanted)), key=lambda at: wanted[at])
    for position, at in enumerate(waiting):
        given[at] = min(wanted[at], left // (len(waiting) - position))
        left -= given[at]
    return given


def cut_marked(text: str, start: int, document_id: str, others: Iterable[Span]) -> Pieces:
    """Cut a text, which stands at ``start`` of a document, where the characters of other spans begin and end."""
    pieces: list[tuple[str, bool]] = []
    at = start
    for span in merge_spans(others):
        first, last = max(span.start, at), min(span.end, start + len(text))
        if span.document_id == document_id and first < last:
            pieces += [(text[at - start : first - start], False), (text[first - start : last - start], True)]
            at = last
    pieces.append((text[at - start :], False))
    return tuple((words, marked) for words, marked in pieces if words)


def cut_markers(answer: Answer) -> tuple[tuple[str, int | None], ...]:
    """An answer's text cut at its markers: words and None, or a marker and the number of its citation."""
    named = {place: citation.number for citation in answer.citations for place in citation.markers}
    numbers = {str(citation.number): citation.number for citation in answer.citations}
    pieces: list[tuple[str, int | None]] = []
    at = 0
    for start, end in find_markers(answer):
        if at <= start < end <= len(answer.text):
            number = named.get((start, end)) or numbers.get(answer.text[start + 1 : end - 1])
            pieces += [(answer.text[at:start], None), (answer.text[start:end], number)]
            at = end
    pieces.append((answer.text[at:], None))
    return tuple((words, number) for words, number in _shorten(pieces) if words)


def mark_gold(span: Span, case: Case) -> Pieces:
    """The words of a piece of gold evidence, those that the answer cites marked; empty where the text is not at hand."""
    text = case.texts.get(span.document_id, "")[span.start : span.end]
    return cut_marked(clip(text), span.start, span.document_id, case.cited)


def mark_quote(citation: Citation, case: Case) -> Pieces:
    """The words of a quote, those that are gold evidence marked."""
    # Words that do not stand in the document cannot be held against its characters.
    others = () if is_exact(citation, case) is False else case.gold
    return cut_marked(clip(citation.quote), citation.span.start, citation.span.document_id, others)


def is_exact(citation: Citation, case: Case) -> bool | None:
    """Whether a quote stands in its document exactly; None where the text is not at hand."""
    span, text = citation.span, case.texts.get(citation.span.document_id)
    return None if text is None else text[span.start : span.end] == citation.quote


def clip(text: str, longest: int = MAX_CHARACTERS) -> str:
    """The beginning of a text that is longer than a page bears."""
    return text if len(text) <= longest else f"{text[:longest]} …"


def _describe(number: int, case: Case, row: Row, names: Iterable[str]) -> Entry:
    values = tuple((name, _number(value)) for name in names if (value := row.values[name]) is not None)
    return Entry(number, case, row.outcome, _describe_found(case), _find_notices(case.answer), values)


def _describe_found(case: Case) -> str:
    passages = case.answer.passages
    if not passages:
        return "no passages"
    told = format_count(len(passages), "passage")
    if not case.gold:
        return told
    ranks = [str(rank) for rank, relevant in enumerate(case.relevant, start=1) if relevant]
    return f"{told}; evidence in {'no. ' + ', '.join(ranks[:MAX_LISTED]) if ranks else 'none of them'}"


def _find_notices(answer: Answer) -> tuple[str, ...]:
    told = [clip(answer.fallback)] if answer.fallback else []
    told += map(clip, tell_unproven(answer))
    if answer.unknown_markers:
        told.append(f"cites what was not given: {clip(', '.join(answer.unknown_markers))}")
    unsupported = sum(sentence.supported is False for sentence in answer.sentences)
    if unsupported:
        told.append(f"{unsupported} of {len(answer.sentences)} sentences are judged unsupported by what they cite")
    if len(answer.citations) > MAX_LISTED:
        told.append(f"the first {MAX_LISTED} of {len(answer.citations)} quotes are shown")
    return tuple(told)


def _surprise(answer: Answer) -> float:
    """How sure the system was of what it did: of an answer its confidence, of an abstention the opposite."""
    if answer.confidence is None:
        return 0.0
    return 1.0 - answer.confidence if answer.abstained else answer.confidence


def _shorten(pieces: Iterable[tuple[str, int | None]]) -> Iterable[tuple[str, int | None]]:
    left = MAX_CHARACTERS
    for words, number in pieces:
        if len(words) > left:
            yield f"{words[:left]} …", number
            return
        left -= len(words)
        yield words, number


def _number(value: float | tuple[float, float]) -> str:
    return f"{value[0]:g} of {value[1]:g}" if isinstance(value, tuple) else f"{value:.2f}"
