"""What an answer is made of: the sentences that belong to it, as few as answer, and how they stand together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from rag.english.enumerating import announces, find_enumerations, wants_all
from rag.english.leaning import leans
from rag.reader.features import Candidate
from rag.types import Passage, Span


@dataclass(frozen=True, slots=True)
class Plenty:
    """How many sentences are quoted: the best, and others up to ``most`` that are about as likely to belong to the answer.

    ``least``: the probability, in [0, 1], of each of the others; ``share``: that as a share of the best one's.
    """

    most: int
    least: float
    share: float


FEW = Plenty(4, 0.2, 0.5)
"""Of five settings the one that found as many good answers as any, and most of the evidence beside those: natural questions'
develop split, scorers fitted without the document asked about."""

LISTED = Plenty(8, 0.1, 0.25)
"""For a question that wants all of something: half of that. Not measured, for want of such questions."""


LONGEST = 1_000
"""Characters of an enumeration in prose that is quoted whole."""


LONGEST_LED = 500
"""Characters behind a colon that are quoted with what leads to them, where they are no list."""


def choose_answer(question: str, candidates: Sequence[Candidate], probabilities: Sequence[float]) -> list[Candidate]:
    """The sentences that belong to the answer, best first; what is told in turn ("The first was ...") together where all is wanted."""
    wholes = {told[0]: told for told in find_told_in_turn(candidates)} if wants_all(question) else {}
    gathered, places = list(probabilities), {candidate: at for at, candidate in enumerate(candidates)}
    for told in wholes.values():
        rows = [places[candidate] for candidate in told]
        for at in rows:
            gathered[at] = 0.0
        gathered[rows[0]] = 1 - prod(1 - probabilities[at] for at in rows)  # that any of them belongs to it
    chosen = choose_sentences(candidates, gathered)
    return [each for candidate in chosen for each in wholes.get(candidate, (candidate,))]


def find_told_in_turn(candidates: Sequence[Candidate]) -> list[tuple[Candidate, ...]]:
    """The sentences of each enumeration in a paragraph, in their order; one may go on in the next passage."""
    ordered = sorted({candidate.span: candidate for candidate in candidates}.values(), key=lambda each: each.span)
    found, begun = [], 0
    for at in range(1, len(ordered) + 1):
        if at < len(ordered) and ordered[at].block is None and _goes_on(ordered[at - 1], ordered[at]):
            continue
        paragraph, begun = ordered[begun:at], at
        for first, last in find_enumerations([each.text for each in paragraph]):
            if paragraph[last].span.end - paragraph[first].span.start <= LONGEST:
                found.append(tuple(paragraph[first : last + 1]))
    return found


def choose_sentences(
    candidates: Sequence[Candidate], probabilities: Sequence[float], plenty: Plenty = FEW
) -> list[Candidate]:
    """The sentence that is likeliest to belong to the answer, and others that do, best first; none is told twice."""
    order = sorted(range(len(candidates)), key=lambda at: (-probabilities[at], candidates[at].span))
    least = max(plenty.least, plenty.share * probabilities[order[0]])
    chosen: list[Candidate] = []
    for at in order:
        if len(chosen) == plenty.most or (chosen and probabilities[at] < least):
            break
        if all(candidates[at].text != earlier.text for earlier in chosen):
            chosen.append(candidates[at])
    return chosen


def join_sentences(chosen: Sequence[Candidate], candidates: Sequence[Candidate]) -> tuple[tuple[Span, Passage], ...]:
    """The spans to quote, best first: sentences that follow one another are one quote, and no words are quoted twice.

    A sentence that leans on the one before it ("This ...", "He ...") brings that one, and words that lead to a list, to code or
    to what else stands below them bring that, as far as it stands in the passage.
    """
    before = {later: earlier for earlier, later in pairwise(candidates) if is_next(earlier, later)}
    lists = find_led(candidates) | find_lists(candidates)
    quotes: list[tuple[Span, Passage]] = []
    for candidate in chosen:
        span, home = candidate.span, candidate.passage
        if candidate in before and leans(candidate.text):
            span = Span(span.document_id, before[candidate].span.start, span.end)
        if candidate in lists:
            span = Span(span.document_id, span.start, lists[candidate].span.end)
        met = [at for at, quote in enumerate(quotes) if _meet(span, home, *quote)]
        bounds = [span, *(quotes[at][0] for at in met)]
        span = Span(span.document_id, min(each.start for each in bounds), max(each.end for each in bounds))
        place = min(met, default=len(quotes))
        quotes = [quote for at, quote in enumerate(quotes) if at not in met]
        quotes.insert(place, (span, home))
    return tuple(quotes)


def find_lists(candidates: Sequence[Candidate]) -> dict[Candidate, Candidate]:
    """By each sentence that leads to a list or table, the last item or row of that in the same passage.

    It ends with a colon, or says that something follows ("... are summarized below."): then the rest of its paragraph may stand
    between, and the list may have parts, each under a line that ends with a colon.
    """
    found: dict[Candidate, Candidate] = {}
    leads: list[Candidate] = []
    before: Candidate | None = None
    for candidate in candidates:
        kind = candidate.block.kind if candidate.block else ""
        last = before.block.kind if before and before.block else ""
        if before is None or before.row != candidate.row or (last in ("item", "row") and kind not in ("", last)):
            leads = []
        if kind in ("item", "row"):
            found |= dict.fromkeys(leads, candidate)
        elif kind == "" and announces(candidate.text):
            if last:  # a part of the list ends
                leads = [lead for lead in leads if candidate.text.endswith(":") and not lead.text.endswith(":")]
            leads.append(candidate)
        elif kind != "caption" and not (kind == last == "" and before and is_next(before, candidate)):
            leads = []
        elif kind == "":  # a colon leads to what follows it at once
            leads = [lead for lead in leads if not lead.text.endswith(":")]
        before = candidate
    return found


def find_led(candidates: Sequence[Candidate]) -> dict[Candidate, Candidate]:
    """By each sentence that ends with a colon, the last one of what stands behind it: the code, or the paragraph as far as it is short."""
    found: dict[Candidate, Candidate] = {}
    for at, lead in enumerate(candidates):
        if not lead.text.endswith(":") or lead.block is not None:
            continue
        last = lead
        for later in candidates[at + 1 :]:
            is_begun = last is not lead
            goes_on = later.block == last.block and (later.block is not None or is_next(last, later))
            fits = later.span.end - lead.span.end <= LONGEST_LED
            if later.row != lead.row or not fits or (is_begun and not goes_on):
                break
            last = later
        if last is not lead:
            found[lead] = last
    return found


def is_next(earlier: Candidate, later: Candidate) -> bool:
    """Whether one sentence follows another in the same paragraph of the same passage."""
    return earlier.row == later.row and _is_joint(earlier.passage.text[earlier.place[1] : later.place[0]])


def _goes_on(earlier: Candidate, later: Candidate) -> bool:
    """Whether a sentence follows another in the same paragraph, of the same passage or of the next one."""
    if earlier.row == later.row:
        return is_next(earlier, later)
    follows = earlier.span.document_id == later.span.document_id and later.passage.span.start == later.span.start
    return follows and 0 <= later.span.start - earlier.span.end <= 1  # an empty line lies between paragraphs


def passage_words(span: Span, passage: Passage) -> str:
    """The words of a span that lies inside a passage."""
    return passage.text[span.start - passage.span.start : span.end - passage.span.start]


def _meet(span: Span, home: Passage, other: Span, its_home: Passage) -> bool:
    """Whether two quotes overlap, or nothing but a space or a line's end of the same paragraph lies between them."""
    if span.overlap(other):
        return True
    if home.span != its_home.span:
        return False
    low, high = sorted((span, other), key=lambda each: each.start)
    return low.end == high.start or _is_joint(passage_words(Span(span.document_id, low.end, high.start), home))


def _is_joint(between: str) -> bool:
    return not between.strip() and "\n\n" not in between
