"""The nouns of Footnote: frozen, slotted dataclasses that every module shares.

The one idea is the span: half-open code-point offsets into a document's cleaned text. Passages, citations and gold
evidence are all spans, so they can be compared by character, and they survive a different cutting of the document.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rag.blocks import Block as Block
from rag.blocks import BlockKind as BlockKind
from rag.blocks import Heading as Heading
from rag.conditions import Metadata as Metadata
from rag.conditions import Where
from rag.costs import UNTIMED
from rag.costs import Seconds as Seconds
from rag.costs import Usage as Usage
from rag.showing import describe, render_html, render_markdown

SCHEMA_VERSION = 1
"""Version of the JSON written by ``Answer.to_dict`` and by every ``--json`` line. A new key that may be left out keeps it."""

Status = Literal["verbatim", "close", "unverified"]
Origin = Literal["model", "found"]
Verdict = Literal["supported", "not found", "contradicted"]
"""What a sentence's evidence makes of it: it says so, it does not say so, or it says the opposite."""

Route = Literal["passages", "list", "summary", "small_talk", "library", "exact"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of one document: code points ``start`` (included) to ``end`` (excluded) of its cleaned text.

    Raises:
        ValueError: unless ``0 <= start < end``.
    """

    document_id: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, not {self.start}:{self.end}")

    def overlap(self, other: Span) -> int:
        """How many characters the two spans share; 0 when they lie in different documents."""
        if self.document_id != other.document_id:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class Document:
    """A whole source: its cleaned text, what is known about it, and where it came from.

    ``digest`` is the sha256 of the cleaned text, ``source_digest`` that of the file's bytes, both in hexadecimal.
    ``page_starts`` holds the offset at which each page begins; it is empty for sources without pages. ``blocks`` are the
    items of its lists, the rows of its tables and the like, in order; what lies between them is running text or headings.
    ``metadata`` is what else whoever brought it in told of it.
    """

    id: str
    title: str
    text: str = field(repr=False)
    source: str
    source_digest: str
    author: str = ""
    date: str = ""
    outline: tuple[Heading, ...] = field(default=(), repr=False)
    page_starts: tuple[int, ...] = field(default=(), repr=False)
    blocks: tuple[Block, ...] = field(default=(), repr=False)
    metadata: Metadata = field(default=(), repr=False)

    @property
    def digest(self) -> str:
        """The sha256 of the cleaned text, the one that offsets are bound to."""
        return text_digest(self.text)

    def quote(self, span: Span) -> str:
        """The exact words of ``span``."""
        return self.text[span.start : span.end]


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a document together with its words; ``document.text[start:end] == text`` always holds.

    ``title`` and ``heading`` say what the passage belongs to. They help to find it, and are not part of its text.
    ``page`` is the page on which it begins, None in a document without pages; ``page_breaks`` are the offsets into the
    document at which further pages begin within it. ``blocks`` are those of the document that it has a part in, and
    ``metadata`` is the document's.
    """

    span: Span
    text: str
    title: str = ""
    heading: str = ""
    page: int | None = None
    page_breaks: tuple[int, ...] = ()
    blocks: tuple[Block, ...] = field(default=(), repr=False)
    metadata: Metadata = field(default=(), repr=False, compare=False)

    def find_page(self, at: int) -> int | None:
        """The page on which the document's offset ``at`` stands; None in a document without pages."""
        return None if self.page is None else self.page + bisect_right(self.page_breaks, at)

    @property
    def id(self) -> str:
        """A name for the passage that is unique within an index."""
        return f"{self.span.document_id}:{self.span.start}-{self.span.end}"


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage with its relevance to one question, in [0, 1]; higher is better."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """One numbered footnote: the quoted evidence and where its markers ``[number]`` stand in the answer's text.

    ``quote`` equals the document's text from ``span.start`` to ``span.end``. ``status`` tells how the quote was
    matched: ``verbatim``, ``close`` (the writer's words differ a little; the document's own are shown) or
    ``unverified``. ``origin`` tells who chose it: ``model`` where whoever answered cited it, the chat model or the
    embedded reader; ``found`` where the evidence was looked up afterwards for a sentence that cited none.
    """

    number: int
    span: Span
    quote: str
    passage: Passage
    markers: tuple[tuple[int, int], ...] = ()
    status: Status = "verbatim"
    page: int | None = None
    origin: Origin = "model"

    @property
    def metadata(self) -> Metadata:
        """What is known beside the text of the document that is quoted."""
        return self.passage.metadata


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer: ``answer.text[start:end]``, the footnotes it carries, and whether they support it.

    ``support`` is a probability in [0, 1]; it, ``supported`` and ``verdict`` are None where nothing has judged the sentence.
    ``reason`` says in one line why it is not supported.
    """

    text: str
    start: int
    end: int
    citations: tuple[int, ...] = ()
    support: float | None = None
    supported: bool | None = None
    verdict: Verdict | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UnprovenSentence:
    """A sentence that a chat model wrote where nothing of what it wrote is proven, and why; ``verdict`` is None where it claims nothing."""

    text: str
    verdict: Verdict | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The few words that answer the question, and the span of the source that they were taken from."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Evidence:
    """Gold evidence by quotation: ``quote`` must stand in ``document`` (in any document when None)."""

    quote: str
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the words, the conversation before them, and optionally which documents may answer.

    ``documents`` holds ids; one id alone is taken for itself. ``where`` says what the metadata of documents must say, as
    ``{"kind": "memo"}`` or ``"year>=2023"`` do. ``everything`` asks for all of a long list, or of a long section, and
    not only for its beginning. The rest is gold data of evaluation sets, which nothing that answers a
    question may read: ``answers``, of which one is enough, is None where it is unknown and empty where abstaining is
    right; of ``must`` all words are wanted. ``any_evidence`` says that one piece of the evidence is enough. ``kind`` is
    one word of what sort of question it is, ``note`` is for people.
    """

    text: str
    id: str = ""
    history: tuple[tuple[str, str], ...] = ()
    documents: tuple[str, ...] = ()
    answers: tuple[str, ...] | None = None
    evidence: tuple[Evidence | Span, ...] = ()
    tags: tuple[str, ...] = ()
    split: str = ""
    must: tuple[str, ...] = ()
    any_evidence: bool = False
    kind: str = ""
    note: str = ""
    everything: bool = False
    where: Where = ()

    def __post_init__(self) -> None:
        documents: object = self.documents
        if isinstance(documents, str):  # letter by letter it would name other documents
            object.__setattr__(self, "documents", (documents,))


UNSURE_BELOW = 0.4
"""An answer of less confidence is given with a doubt. On the bundled questions that thresholds are chosen on, 8 of 17
answers between this and the threshold of abstaining cited the evidence, and 43 of 50 surer ones."""


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A reply with its proof. ``text`` carries markers ``[n]``; each names the citation of that number.

    ``abstained`` says that the documents do not answer; ``passages`` then are the closest ones found. ``fallback``
    is one line saying why the chosen chat model did not write this answer, and ``error`` one line saying why there is
    no answer at all; both are None when all went well. ``notes`` say what the question was taken to mean where that is
    not plain, a line each. ``unproven`` is what a chat model wrote where none of it is proven and something else is answered:
    to be looked at, and no part of the answer. ``confidence`` is in [0, 1], or None where nothing estimated it. ``left_out`` is how much more
    of a list or a section was found than is quoted.
    """

    question: str
    text: str
    standalone_question: str = ""
    id: str = ""
    short_answer: ShortAnswer | None = None
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[ScoredPassage, ...] = ()
    abstained: bool = False
    confidence: float | None = None
    model: str = "embedded"
    route: Route = "passages"
    fallback: str | None = None
    unproven: tuple[UnprovenSentence, ...] = ()
    unknown_markers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: int = 0
    seconds: Seconds = UNTIMED
    usage: Usage | None = None
    error: str | None = None

    def __post_init__(self) -> None:
        if not self.standalone_question:  # a question that stands alone is its own
            object.__setattr__(self, "standalone_question", self.question)

    @property
    def unsure(self) -> bool:
        """Whether this is likelier wrong than right: given, for what it is worth, and to be read with doubt."""
        return not self.abstained and self.confidence is not None and self.confidence < UNSURE_BELOW

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain JSON values: the object that ``footnote ask --json`` prints."""
        from rag.serialize import to_record  # the schema knows these types, and pydantic need not be there before

        return dict(to_record(self))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Answer:
        """The answer of such an object, without the blocks of its passages. Raises QuestionError where it has another shape."""
        from rag.serialize import parse_answer

        return parse_answer(values if not isinstance(values, Mapping) else {"id": "", **values}, needs_id=False)

    to_markdown = render_markdown
    _repr_html_ = render_html
    __repr__ = describe


def text_digest(text: str) -> str:
    """The sha256 of a text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
