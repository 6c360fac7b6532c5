"""Worked examples of the metrics: one small story, replies to one question about it, and the figure that they give.

``EXAMPLES`` has one for every metric, so that no definition says one thing and its function another.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.evaluation.metrics.cases import Case
from rag.types import (
    Answer,
    Citation,
    Passage,
    Question,
    ScoredPassage,
    Seconds,
    Sentence,
    Span,
    UnprovenSentence,
    Usage,
)

STORY = "Rain fell all night. The river rose on Monday. By Tuesday the bridge was closed."
ASKED = Question("When did the river rise?", "asked", answers=("on Monday",), evidence=(Span("story", 21, 46),))
UNANSWERABLE = Question("Who mended the bridge?", "unanswerable", answers=())

FIRST, SECOND, THIRD = (0, 20), (21, 46), (47, 80)
"""Where the three sentences of the story stand; the second is the gold evidence."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to the story's question, or to the one that it does not answer: places are offsets into the story.

    ``tokens`` are those that a chat model read and wrote, ``proven`` tells of each of its sentences whether it is, and
    ``set_aside`` how many are not, so that another answer stands in.
    """

    says: str = ""
    cites: tuple[tuple[int, int], ...] = ()
    finds: tuple[tuple[int, int], ...] = ()
    confidence: float | None = None
    seconds: float = 0.0
    abstains: bool = False
    fails: bool = False
    tokens: tuple[int, int] | None = None
    proven: tuple[bool, ...] = ()
    set_aside: int = 0
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Example:
    """Replies, the figure that a metric gives for them together (None for n/a), and why."""

    replies: tuple[Reply, ...]
    gives: float | None
    because: str


def give(gives: float | None, because: str, *replies: Reply) -> Example:
    """An example, figure first."""
    return Example(replies, gives, because)


def build_cases(example: Example) -> tuple[Case, ...]:
    """The replies as cases that metrics measure."""
    return tuple(_build_case(reply) for reply in example.replies)


def _build_case(reply: Reply) -> Case:
    question = ASKED if reply.answerable else UNANSWERABLE
    answer = Answer(
        question.text,
        reply.says,
        id=question.id,
        citations=tuple(
            Citation(number, passage.span, passage.text, passage)
            for number, passage in enumerate(map(_find_passage, reply.cites), start=1)
        ),
        passages=tuple(ScoredPassage(_find_passage(place), 0.5) for place in reply.finds),
        abstained=reply.abstains,
        confidence=reply.confidence,
        seconds=Seconds(total=reply.seconds),
        error="it failed" if reply.fails else None,
        sentences=tuple(
            Sentence("It did.", 0, 7, supported=is_so, verdict="supported" if is_so else "not found")
            for is_so in reply.proven
        ),
        fallback="nothing is proven" if reply.set_aside else None,
        unproven=(UnprovenSentence("It did.", "not found"),) * reply.set_aside,
        usage=Usage(*reply.tokens) if reply.tokens else None,
    )
    return Case(question, answer, {"story": STORY})


def _find_passage(place: tuple[int, int]) -> Passage:
    return Passage(Span("story", *place), STORY[slice(*place)])


RIGHT = Reply("It rose on Monday.", confidence=0.9)
WRONG = Reply("It rose on Friday.", confidence=0.6)
ABSTAINED = Reply(abstains=True, confidence=0.2)
FAILED = Reply(fails=True)
RIGHTLY_ABSTAINED = Reply(abstains=True, confidence=0.1, answerable=False)
MADE_UP = Reply("The mayor did.", confidence=0.4, answerable=False)
CITES = Reply("On Monday.", cites=((36, 56),))
TWO_FOUND = Reply(finds=(FIRST, SECOND, THIRD))
HALF_FOUND = Reply(finds=((36, 56),))

WRITTEN = Reply("It did. It did.", tokens=(700, 20), proven=(True, False))
SET_ASIDE = Reply("It rose on Monday.", tokens=(900, 10), set_aside=2)

TWO_QUOTES = Reply("On Monday. At night.", cites=(SECOND, FIRST))
THREE_QUOTES = Reply("At night. On Monday.", cites=(FIRST, SECOND, THIRD))

EXAMPLES: dict[str, Example] = {
    "good": give(
        0.25,
        "the second begins with what is no evidence; a failure and an abstention are not good",
        TWO_QUOTES,
        THREE_QUOTES,
        FAILED,
        ABSTAINED,
    ),
    "first_quote": give(
        0.5, "the first quotes the evidence first, the second something else", TWO_QUOTES, THREE_QUOTES
    ),
    "quote_precision": give(
        5 / 12, "1 of 2 and 1 of 3; what quotes nothing is not counted", TWO_QUOTES, THREE_QUOTES, ABSTAINED
    ),
    "em": give(0.5, "the first is the gold answer, the second says more", Reply("On Monday!"), RIGHT),
    "f1": give(2 / 3, "2 of 4 words are gold, and 2 of 2 gold words are said: 2 x .5 x 1 / 1.5", RIGHT),
    "contains": give(0.5, "'on Monday' stands in the first, and not in the second", RIGHT, WRONG),
    "key_phrases": give(0.5, "a gold answer is held by the first, and not by the second", RIGHT, WRONG),
    "word_recall": give(0.5, "'on', and not 'Monday'", WRONG),
    "em_squad": give(0.5, "abstained rightly, and needlessly", RIGHTLY_ABSTAINED, ABSTAINED),
    "f1_squad": give(0.5, "abstained rightly, and answered what has no answer", RIGHTLY_ABSTAINED, MADE_UP),
    "crag": give(-0.25, "+1, 0, -1 and -1", RIGHT, ABSTAINED, WRONG, FAILED),
    "mrr": give(0.5, "the second passage holds the evidence", TWO_FOUND),
    "citation_hit": give(0.5, "the first cites some of it, the second nothing", CITES, ABSTAINED),
    "citation_precision": give(
        0.5, "10 of the 20 characters cited; what cites nothing is not counted", CITES, ABSTAINED
    ),
    "citation_recall": give(0.2, "10 of the 25 characters of evidence, and none", CITES, ABSTAINED),
    "citation_f1": give(4 / 9, "2 x .5 x .4 / .9", CITES),
    "joint_f1": give(4 / 9, "both words right, cited with precision .5 and recall .4", CITES),
    "quote_validity": give(1.0, "1 of 1 quotes; what quotes nothing adds nothing", CITES, ABSTAINED),
    "abstention_precision": give(0.5, "1 of 2 abstentions", RIGHTLY_ABSTAINED, ABSTAINED, RIGHT),
    "abstained_correctly": give(0.5, "1 of 2 questions that the documents do not answer", RIGHTLY_ABSTAINED, MADE_UP),
    "abstention_f1": give(2 / 3, "2 x 1 / (2 + 1)", RIGHTLY_ABSTAINED, ABSTAINED, RIGHT),
    "false_answer": give(0.5, "the first abstained, the second made something up", RIGHTLY_ABSTAINED, MADE_UP),
    "needless_abstention": give(2 / 3, "an abstention and a failure, of 3", ABSTAINED, FAILED, WRONG),
    "aurc": give(
        (0 + 1 / 2 + 2 / 3) / 3,
        "risks 0, 1/2 and 2/3 of right, wrong and abstained",
        RIGHT,
        WRONG,
        ABSTAINED,
    ),
    "ece": give(0.35, "gaps .1 (right at .9) and .6 (wrong at .6), half each", RIGHT, WRONG, ABSTAINED),
    "written": give(
        0.5, "another answer stands in for the second; who asks no model is not counted", WRITTEN, SET_ASIDE, RIGHT
    ),
    "unproven": give(0.75, "1 of 2 sentences, and 2 of 2 that another answer stands in for", WRITTEN, SET_ASIDE, RIGHT),
    "tokens_read": give(800.0, "700 and 900", WRITTEN, SET_ASIDE, RIGHT),
    "tokens_written": give(15.0, "20 and 10", WRITTEN, SET_ASIDE, RIGHT),
    "failed": give(0.5, "1 of 2", RIGHT, FAILED),
    **{
        f"seconds_p{percent}": give(
            1 + percent / 100, "between 1 and 2 seconds, interpolated", Reply(seconds=1.0), Reply(seconds=2.0)
        )
        for percent in (50, 95)
    },
    **{f"hit@{k}": give(float(k >= 2), "the second passage holds the evidence", TWO_FOUND) for k in (1, 3, 5, 8)},
    "recall@5": give(1.0, "the one relevant passage is second", TWO_FOUND),
    "ndcg@5": give(0.63093, "1 / log2(2 + 1) for rank 2, of 1 / log2(1 + 1)", TWO_FOUND),
    "recall@1": give(0.0, "the one relevant passage is second", TWO_FOUND),
    "ndcg@1": give(0.0, "the one relevant passage is second", TWO_FOUND),
    "span_recall@5": give(0.4, "10 of the 25 characters of evidence", HALF_FOUND),
    "span_precision@5": give(0.5, "10 of the 20 characters retrieved", HALF_FOUND),
    "span_iou@5": give(10 / 35, "10 found / (20 retrieved + 15 missed)", HALF_FOUND),
}
"""By the metric's name."""
