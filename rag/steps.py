"""What passes from step to step of the chain. Each step is a function from one of these to the next.

    question -> understand -> Understood -> retrieve -> Retrieved -> rank -> Retrieved
             -> answer -> Draft -> cite -> Cited -> check -> Answer

A step that can answer at once returns an ``Answer``, and the steps after it are passed over.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rag.types import (
    Answer,
    Origin,
    Passage,
    Question,
    Route,
    ScoredPassage,
    Seconds,
    ShortAnswer,
    Span,
    Status,
    Usage,
)


@dataclass(frozen=True, slots=True)
class Understood:
    """What is asked: the question, how it reads on its own, and which way it takes.

    ``parts`` are its questions one by one, where it holds several; ``notes`` tell what it was taken to mean, a line each.
    ``usage`` are the tokens that a chat model took for it; ``started`` is when work on it began, in seconds of
    ``time.perf_counter``.
    """

    question: Question
    standalone: str
    route: Route = "passages"
    parts: tuple[Understood, ...] = ()
    notes: tuple[str, ...] = ()
    usage: Usage | None = None
    started: float = field(default_factory=time.perf_counter, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class QuotedSentence:
    """One sentence of an answer, and the spans of the passages that prove it.

    ``opens`` begins a paragraph with it, and ``lead`` says before it who speaks, or what was counted or computed from the
    quotes that follow: it is no quote itself.
    """

    text: str
    evidence: tuple[tuple[Span, Passage], ...]
    opens: bool = False
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Exact:
    """What a question asks for exactly, found in whole documents without a model: a section's words, all rows of a kind.

    Args:
        quotes: the words of the documents that answer; before the first stands what was counted or computed from them.
        told: what is said where nothing is quoted: how many pages there are, or that a section is not there.
        declined: whether that says that the documents do not have what is asked for.
        short: the value that was asked for, where there is but one.
        left_out: how much more was found than is quoted.
        notes: lines to be told beside the answer.
        is_guess: whether it was found by likeness of meaning alone, and is told with a doubt.
    """

    quotes: tuple[QuotedSentence, ...] = ()
    told: str = ""
    declined: bool = False
    short: ShortAnswer | None = None
    left_out: int = 0
    notes: tuple[str, ...] = ()
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A question on its way to an answerer: what is asked, how it reads on its own, and the passages found for it.

    ``parts`` are its questions one by one, where it holds several; ``notes`` tell what it was taken to mean, a line each.
    ``whole`` are all passages of the documents, in order, where a chat model is asked about those as a whole; ``exact``
    is what answers without anybody reading; ``is_narrowed`` says that of a document's versions one is meant;
    ``going_on`` are passages whose end cuts a list, each with those in which that goes on;
    ``section`` is what a section has whose name means what is asked; ``usage`` the tokens that were taken so far. ``ready`` is when this was made, in seconds of ``time.perf_counter``, and ``seconds`` what it took.
    """

    question: Question
    standalone: str
    passages: tuple[ScoredPassage, ...]
    seconds: float = 0.0
    route: Route = "passages"
    parts: tuple[Retrieved, ...] = ()
    notes: tuple[str, ...] = ()
    whole: tuple[Passage, ...] = ()
    exact: Exact | None = None
    is_narrowed: bool = False
    going_on: tuple[tuple[Passage, ...], ...] = ()
    section: Exact | None = None
    usage: Usage | None = None
    ready: float = field(default_factory=time.perf_counter, compare=False, repr=False)

    def measure_seconds(self) -> Seconds:
        """What the question has taken until now."""
        answering = time.perf_counter() - self.ready
        return Seconds(self.seconds, answering, self.seconds + answering)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an answerer says, before it is cited: quoted sentences, or a reply that cites passages by keys, or plain text.

    Args:
        found: what it answers.
        quotes: sentences with the spans that prove them.
        reply: prose with a passage's key in square brackets behind what comes from it, as in ``It burned [2].``
        keys: the passage that each key stands for; where no key is a number, a number stands for the passage of that place.
        text: what is said without proof, a refusal say; shown where there are neither quotes nor a reply.
        passages: those that the answer was made from; those found if None.
        notes: lines to be told beside the answer, after those of ``found``.
        left_out: how much more was found than is quoted.
        is_final: whether this is all of the answer; what is not is shown while it grows, and never checked.
    """

    found: Retrieved
    quotes: tuple[QuotedSentence, ...] = ()
    reply: str = ""
    keys: Mapping[str, Passage] = field(default_factory=dict)
    text: str = ""
    short_answer: ShortAnswer | None = None
    passages: tuple[ScoredPassage, ...] | None = None
    abstained: bool = False
    confidence: float | None = None
    model: str = "custom"
    fallback: str | None = None
    notes: tuple[str, ...] = ()
    left_out: int = 0
    usage: Usage | None = None
    is_final: bool = True


@dataclass(frozen=True, slots=True)
class Proof:
    """A span to be cited at ``at``, an offset into what was written, by the sentence of that number; and who chose it."""

    at: int
    sentence: int
    span: Span
    passage: Passage
    status: Status
    origin: Origin = "model"


@dataclass(frozen=True, slots=True)
class Written:
    """What a chat model wrote, without its keys, and what it may rest on.

    Args:
        text: its words.
        bounds: where each of its sentences stands in them, as half-open offsets.
        proofs: what it cites, in order.
        named: passages that it names for the whole, in a list of sources at the end.
        passages: all that it was given, best first.
    """

    text: str
    bounds: tuple[tuple[int, int], ...]
    proofs: tuple[Proof, ...] = ()
    named: tuple[Passage, ...] = ()
    passages: tuple[Passage, ...] = ()

    @property
    def claims(self) -> tuple[str, ...]:
        """The words of each sentence."""
        return tuple(self.text[start:end] for start, end in self.bounds)


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer with its footnotes, before its sentences are checked.

    ``written`` is what its sentences claim, and where proof may be looked up for those that cite none; None where its
    sentences are quotes, which prove themselves.
    """

    found: Retrieved
    answer: Answer
    written: Written | None = None
    is_final: bool = True


Answerer = Callable[[Retrieved], Draft | Iterator[Draft]]
"""Answers one question: with a draft, or with growing drafts, of which the last is the answer."""

Rewriter = Callable[[Question], tuple[str, Usage | None]]
"""Makes a question stand alone, and tells the tokens that a chat model took for it."""

Ranker = Callable[[str, Sequence[ScoredPassage]], tuple[ScoredPassage, ...]]
"""From a question that stands alone and its passages to the same passages, best first, scored in [0, 1]."""
