"""Cutting a document into passages: whole sentences, items and rows, packed up to a size, never across a heading.

The passages partition the text: joined, they are the document. Each one's offsets are those at which it was cut.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice, pairwise, takewhile

from ingest.message_context import MessageContext
from rag.english.enumerating import find_enumerations
from rag.english.sentences import find_sentences
from rag.index.embeddings import TokenCounter
from rag.types import Block, Document, Heading, Passage, Span

MAX_CHARACTERS = 800
MAX_TOKENS = 256
CONTEXT_TOKENS = 48
"""Of those tokens, how many the title and the heading may take."""

CONTEXT_CHARACTERS = 160
TOKEN_BATCH = 2_000

TOGETHER = ("item", "row", "message")
"""What is not cut where it fits a passage."""

LEAD_IN_CHARACTERS = 200
"""Of the words before a list or a table, how many are looked at for those that introduce it."""


def split_document(
    document: Document,
    count_tokens: TokenCounter,
    *,
    max_characters: int = MAX_CHARACTERS,
    max_tokens: int = MAX_TOKENS,
) -> tuple[Passage, ...]:
    """Cut a document into passages of at most ``max_characters`` and, with title and heading, ``max_tokens`` tokens.

    Both bounds are needed: a word of over 100 characters is one unknown token to the encoder. A text of nothing but
    white space gives no passages.
    """
    text = document.text
    if not text.strip():
        return ()
    budget = max_tokens - CONTEXT_TOKENS
    pieces = keep_together(_find_pieces(text, max_characters), document, max_characters)
    pieces = keep_enumerations(text, pieces, max_characters)
    tokens: list[int] = []
    for at in range(0, len(pieces), TOKEN_BATCH):
        tokens += count_tokens([text[start:end] for start, end in pieces[at : at + TOKEN_BATCH]])
    pieces, tokens = _cut_heavy(text, pieces, tokens, budget, count_tokens)
    sections = [heading.start for heading in document.outline]
    passages = []
    find_heading = _HeadingFinder(document)
    lead_ins = find_lead_ins(document)
    find_context = MessageContext(document)
    find_blocks = _BlockFinder(document.blocks)
    for start, end in _pack(pieces, tokens, set(sections), max_characters, budget):
        page = bisect_right(document.page_starts, start)
        last = bisect_right(document.page_starts, end - 1)
        passages.append(
            Passage(
                span=Span(document.id, start, end),
                text=text[start:end],
                title=document.title,
                heading=" > ".join(filter(None, (find_heading(start), lead_ins.get(start), find_context(start)))),
                page=page or None,
                page_breaks=document.page_starts[page:last],
                blocks=find_blocks(start, end),
            )
        )
    return tuple(passages)


def embedding_texts(passages: Sequence[Passage], count_tokens: TokenCounter) -> list[str]:
    """What is embedded of passages: title and heading, in 48 tokens at most, help to find one without entering its text."""
    contexts = [". ".join(part for part in (passage.title, passage.heading) if part) for passage in passages]
    fitting = {context: context[:CONTEXT_CHARACTERS] for context in contexts}
    # Most fit; what is written in signs or scripts of a token a letter is halved until it does.
    while heavy := [
        name
        for name, count in zip(fitting, count_tokens(list(fitting.values())), strict=True)
        if count > CONTEXT_TOKENS
    ]:
        fitting |= {name: fitting[name][: len(fitting[name]) // 2] for name in heavy}
    return [
        f"{fitting[context]}\n{passage.text}" if context else passage.text
        for context, passage in zip(contexts, passages, strict=True)
    ]


class _HeadingFinder:
    """The headings that enclose an offset, outermost first, joined by `` > ``; the title itself is left out.

    It is asked for rising offsets, and so passes over the outline once.
    """

    def __init__(self, document: Document):
        self._document = document
        self._path: list[Heading] = []
        self._next = 0

    def __call__(self, at: int) -> str:
        text, outline = self._document.text, self._document.outline
        while self._next < len(outline) and outline[self._next].start <= at:
            heading = outline[self._next]
            if heading.start == at:  # a passage that begins with headings is about what stands below them
                after = text[heading.end : heading.end + 9]
                at = heading.end + len(after) - len(after.lstrip())
            while self._path and self._path[-1].level >= heading.level:
                self._path.pop()
            self._path.append(heading)
            self._next += 1
        names = [text[heading.start : heading.end].strip() for heading in self._path]
        return " > ".join(name for name in names if name != self._document.title)


class _BlockFinder:
    """The blocks that a stretch has a part in. It is asked for stretches in order, and so passes over the blocks once."""

    def __init__(self, blocks: Sequence[Block]):
        self._blocks = blocks
        self._first = 0

    def __call__(self, start: int, end: int) -> tuple[Block, ...]:
        blocks = self._blocks
        while self._first < len(blocks) and blocks[self._first].end <= start:
            self._first += 1
        return tuple(takewhile(lambda block: block.start < end, islice(blocks, self._first, None)))


def find_lead_ins(document: Document) -> dict[int, str]:
    """What introduces a list or a table, by the beginning of each item or row but the first one: that follows it anyway.

    A passage that begins there would not say whose items they are.
    """
    text, found, lead_in = document.text, {}, ""
    for before, block in pairwise((None, *document.blocks)):
        assert block is not None
        goes_on = before is not None and before.kind == block.kind and not text[before.end : block.start].strip()
        if not goes_on:
            lead_in = _find_lead_in(text, block, before)
        elif block.kind in TOGETHER and lead_in:
            found[block.start] = lead_in
    return found


def _find_lead_in(text: str, block: Block, before: Block | None) -> str:
    above = text[max(0, block.start - LEAD_IN_CHARACTERS) : block.start].rstrip()
    if not above.endswith(":") and not (
        before and before.kind == "caption" and not text[before.end : block.start].strip()
    ):
        return ""
    start, end = find_sentences(above)[-1]
    return " ".join(above[start:end].split())


def keep_together(pieces: Sequence[tuple[int, int]], document: Document, limit: int) -> list[tuple[int, int]]:
    """The pieces with those of one item or row joined, and the first of a list with the words that lead to it."""
    text = document.text
    begins = {block.start: block for block in document.blocks if block.kind in TOGETHER}
    joined: list[tuple[int, int]] = []
    until = 0
    for start, end in pieces:
        block = begins.get(start)
        leads = bool(block and joined and text[slice(*joined[-1])].rstrip().endswith(":"))
        if joined and (start < until or leads) and end - joined[-1][0] <= limit:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
        until = block.end if block else until
    return joined


def keep_enumerations(text: str, pieces: Sequence[tuple[int, int]], limit: int) -> list[tuple[int, int]]:
    """The pieces with those of one enumeration in prose joined ("Two things helped. The first was ..."), where it fits."""
    joined: list[tuple[int, int]] = []
    begun = 0
    for at in range(1, len(pieces) + 1):
        if at < len(pieces) and "\n\n" not in text[pieces[at - 1][0] : pieces[at - 1][1]]:
            continue
        paragraph, begun = pieces[begun:at], at
        done = 0
        for first, last in find_enumerations([text[start:end] for start, end in paragraph]):
            if paragraph[last][1] - paragraph[first][0] <= limit:
                joined += [*paragraph[done:first], (paragraph[first][0], paragraph[last][1])]
                done = last + 1
        joined += paragraph[done:]
    return joined


def _find_pieces(text: str, limit: int) -> list[tuple[int, int]]:
    """Sentences with the white space after them, so that they join without gaps; over-long ones are cut."""
    spans = find_sentences(text)
    starts = [0, *(start for start, _ in spans[1:])]
    ends = [*starts[1:], len(text)]
    pieces: list[tuple[int, int]] = []
    for start, end in zip(starts, ends, strict=True):
        while end - start > limit:
            cut = _find_cut(text, start, start + limit)
            pieces.append((start, cut))
            start = cut
        pieces.append((start, end))
    return pieces


def _find_cut(text: str, start: int, limit: int) -> int:
    """Where to cut a piece that is too long: after the last white space, else at the limit."""
    for at in range(limit, start + (limit - start) // 2, -1):
        if text[at - 1].isspace():
            return at
    return limit


def _cut_heavy(
    text: str, pieces: list[tuple[int, int]], tokens: list[int], budget: int, count_tokens: TokenCounter
) -> tuple[list[tuple[int, int]], list[int]]:
    """Halve the pieces that have more tokens than fit, until all fit."""
    while any(count > budget and end - start > 1 for (start, end), count in zip(pieces, tokens, strict=True)):
        halved: list[tuple[int, int]] = []
        for (start, end), count in zip(pieces, tokens, strict=True):
            if count > budget and end - start > 1:
                middle = _find_cut(text, start, max(start + 1, (start + end) // 2))
                halved += [(start, middle), (middle, end)]
            else:
                halved.append((start, end))
        known = dict(zip(pieces, tokens, strict=True))
        unknown = [piece for piece in halved if piece not in known]
        known.update(zip(unknown, count_tokens([text[start:end] for start, end in unknown]), strict=True))
        pieces, tokens = halved, [known[piece] for piece in halved]
    return pieces, tokens


def _pack(
    pieces: Sequence[tuple[int, int]], tokens: Sequence[int], sections: set[int], max_characters: int, budget: int
) -> list[tuple[int, int]]:
    """Join neighbouring pieces up to the limits, section by section; a section's passages are of like size."""
    packed: list[tuple[int, int]] = []
    first = 0
    for at in range(1, len(pieces) + 1):
        # A heading begins a section, but stays with a heading right before it.
        if at == len(pieces) or (pieces[at][0] in sections and pieces[at - 1][0] not in sections):
            own = slice(first, at)
            packed += _pack_evenly(pieces[own], tokens[own], max_characters, budget)
            first = at
    return packed


def _pack_evenly(
    pieces: Sequence[tuple[int, int]], tokens: Sequence[int], max_characters: int, budget: int
) -> list[tuple[int, int]]:
    """As few passages as fit, and no scrap at the end: the limit is lowered while their number stays the same."""
    packed = _pack_greedily(pieces, tokens, max_characters, budget)
    whole = pieces[-1][1] - pieces[0][0]
    for share in (1.0, 1.1, 1.2, 1.3):
        limit = min(max_characters, int(share * whole / len(packed)) + 1)
        even = _pack_greedily(pieces, tokens, limit, budget)
        if len(even) == len(packed):
            return even
    return packed


def _pack_greedily(
    pieces: Sequence[tuple[int, int]], tokens: Sequence[int], limit: int, budget: int
) -> list[tuple[int, int]]:
    packed: list[tuple[int, int]] = []
    used = 0
    for (start, end), count in zip(pieces, tokens, strict=True):
        if packed and end - packed[-1][0] <= limit and used + count <= budget:
            packed[-1] = (packed[-1][0], end)
            used += count
        else:
            packed.append((start, end))
            used = count
    return packed
