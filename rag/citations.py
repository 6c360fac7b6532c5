"""Citations: from claims or a chat model's reply to an answer's text with numbered markers, sentences and quotes. Pure.

Two ways lead here. The embedded answerer brings claims with their evidence (``compose_answer``). A chat model writes
prose that cites passages by evidence keys: ``read_reply`` finds the keys, ``compose_reply`` turns each into the exact
sentence that supports the words before it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rag.prompts import KEY_SHAPE
from rag.sentences import find_sentences
from rag.support import SUPPORTED, find_best_sentence, find_words, judge_quote, measure_support
from rag.types import Citation, Passage, Sentence, Span, Status


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer, and the spans of the passages that prove it.

    ``opens`` begins a paragraph with it, and ``lead`` says before it who speaks; the lead claims nothing itself.
    """

    text: str
    evidence: tuple[tuple[Span, Passage], ...]
    opens: bool = False
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's text with its sentences and citations."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A chat model's reply without its keys: where they stood, and the markers that stand for nothing.

    ``marks`` holds an offset into ``text`` and a key each. Unknown markers stay in the text, in square brackets.
    """

    text: str
    marks: tuple[tuple[int, str], ...]
    unknown: tuple[str, ...]


_STATUSES = ("verbatim", "close", "unverified")
"""From best to worst."""


@dataclass(frozen=True, slots=True)
class _Proof:
    """A span that is to be cited at ``at`` by the sentence of that number."""

    at: int
    sentence: int
    span: Span
    passage: Passage
    status: Status


_FINISHED = re.compile(r"[.!?…。！？।][\"'”’»)\]]*\Z")
"""How a sentence ends that another may follow on the same line."""


def compose_answer(claims: Sequence[Claim]) -> Composed:
    """Join claims into a text; each is followed by markers ``[n]``, numbered in order of first mention.

    A claim that is no finished sentence, a title say, is a paragraph of its own.

    Raises:
        ValueError: a span does not lie inside its passage.
    """
    text = ""
    bounds: list[tuple[int, int]] = []
    proofs: list[_Proof] = []
    for number, claim in enumerate(claims):
        if text:
            runs_on = not claim.opens and _FINISHED.search(text) and _FINISHED.search(claim.text)
            text += " " if runs_on else "\n\n"
        text += claim.lead
        bounds.append((len(text), len(text) + len(claim.text)))
        text += claim.text
        proofs += [_Proof(len(text), number, span, passage, "verbatim") for span, passage in claim.evidence]
    composed = _compose(text, bounds, proofs)
    return replace(composed, sentences=tuple(replace(each, support=1.0, supported=True) for each in composed.sentences))


def compose_reply(reply: Reply, passages: Mapping[str, Passage]) -> Composed:
    """Turn each key into the sentence of its passage that best supports the words before the key.

    Args:
        reply: what ``read_reply`` found.
        passages: what each key stands for.
    """
    bounds = find_sentences(reply.text)
    proofs = list(_find_proofs(reply, bounds, passages)) if bounds else []
    composed = _compose(reply.text, bounds, proofs)
    proofs_of: dict[int, list[_Proof]] = {}
    for proof in proofs:
        proofs_of.setdefault(proof.sentence, []).append(proof)
    judged = (
        _judge(sentence, reply.text[start:end], proofs_of.get(number, []))
        for number, (sentence, (start, end)) in enumerate(zip(composed.sentences, bounds, strict=True))
    )
    return replace(composed, sentences=tuple(judged))


_OPEN, _CLOSE = r"\[【［〔", r"\]】］〕"
_TOKEN = re.compile(
    rf"""
    ^[ ]{{0,3}}(?P<fence>`{{3,}}+(?=[^`\n]*$)|~{{3,}}+)[^\n]*(?:\n(?s:.*?)^[ ]{{0,3}}(?P=fence)[`~]*+[ \t]*$|(?s:.*)\Z)
    | (?<!`)(?P<ticks>`{{1,3}}+)(?!`)[^\n]{{0,500}}?(?<!`)(?P=ticks)(?!`)
    | (?P<open>(?<!`)`{{1,3}}+(?!`))(?=[^\n]{{0,500}}\Z)
    | \[\[(?P<double>[^{_OPEN}{_CLOSE}\n]{{1,120}})\]\]
    | [{_OPEN}](?P<inner>[^{_OPEN}{_CLOSE}\n]{{1,120}})[{_CLOSE}]
    | [(（](?P<round>[^(){_OPEN}{_CLOSE}（）\n]{{1,60}})[)）]
    """,
    re.VERBOSE | re.MULTILINE,
)
"""Fenced code, code in a line, a code mark that may yet be closed, and what stands in brackets."""

_HALF_MARKER = re.compile(rf"(?:\[\[[^{_OPEN}{_CLOSE}\n]{{0,120}}\]|\[?[{_OPEN}][^{_OPEN}{_CLOSE}\n]{{0,120}})\Z")
_LABEL = re.compile(r"(?:passages?|sources?|keys?|evidence|references?|refs?|see)\b[\s:#]*", re.IGNORECASE)
_SEPARATOR = re.compile(r"(?:[\s,;|/&、，；]|\band\b)+")
_UNKNOWN = re.compile(r"\[\w{1,7}\]")
_NUMBER = re.compile(r"\d{1,3}(?:[-–]\d{1,3})?")
_SOURCES = re.compile(
    r"[\s#*_>-]*(?:sources?|references?|citations?|footnotes|bibliography|works cited)(?: used| cited)?"
    r"(?P<mark>[\s*_]*[:：]?[\s*_]*)(?P<rest>.*)",
    re.IGNORECASE,
)
_ENTRY = re.compile(rf"\s*(?:[-*•+]\s|\d+[.)]|[{_OPEN}(<^]|https?://)")


def read_reply(text: str, keys: Collection[str], *, finished: bool = True) -> Reply:
    """Find the evidence keys in a chat model's reply.

    Accepted are ``[k]``, ``[k1, k2]``, ``[k1][k2]``, ``[[k]]``, full-width brackets and ``(k)``, with or without a
    word such as "passage" before the key. Code is left alone. A list of sources at the end is left out. Numbers
    that the model made up, and keys that nobody gave it, are unknown markers; years and words in brackets are prose.

    Takes time linear in the text, and depends on nothing but the text so far: however it arrives, it reads the same.

    Args:
        text: the reply, or as much of it as there is.
        keys: the evidence keys that were given to the model.
        finished: whether this is all. If not, a marker or piece of code begun at the end is held back.
    """
    known = {key.casefold(): key for key in keys}
    text = _cut_sources(text.strip(), known)
    half = _HALF_MARKER.search(text, max(0, len(text) - 130))
    if half and (not finished or _is_half_key(half.group(), known)):
        text = text[: half.start()]
    pieces: list[str] = []
    marks: list[tuple[int, str]] = []
    unknown: list[str] = []
    length = at = 0

    def add(piece: str) -> None:
        nonlocal length
        if marks and marks[-1][0] == length and piece[:1].isalnum():
            piece = f" {piece}"
        pieces.append(piece)
        length += len(piece)

    for found in _TOKEN.finditer(text):
        if found["open"] and not finished:
            text = text[: found.start()]
            break
        named, made_up = _read_marker(found, known)
        if not named and not made_up:
            continue
        before = text[at : found.start()]
        add(before.rstrip(" \t") if named else before)
        marks += [(length, key) for key in named]
        for marker in made_up:
            add(marker)
        unknown += made_up
        at = found.end()
    add(text[at:])
    whole = "".join(pieces).rstrip()
    return Reply(whole, tuple((min(at, len(whole)), key) for at, key in marks), tuple(unknown))


def _read_marker(found: re.Match[str], known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The known keys in a bracket, and its unknown markers as they are shown; both empty where it is prose or code."""
    inner = found["double"] or found["inner"] or found["round"]
    if not inner:
        return [], []
    parts = [part.strip("^@#`'\"*_:") for part in _SEPARATOR.split(_LABEL.sub("", inner.split("†")[0].strip()))]
    parts = [part for part in parts if part]
    named = list(dict.fromkeys(known[part.casefold()] for part in parts if part.casefold() in known))
    others = [part for part in parts if part.casefold() not in known]
    made_up = [part for part in others if _NUMBER.fullmatch(part) or KEY_SHAPE.fullmatch(part)]
    if len(made_up) < len(others):
        # Words beside a known key ("see k, page 2") say no more than the key does; without one they are prose.
        made_up = []
    if others and (found["round"] or not (named or made_up)):
        return [], []
    return named, [f"[{part}]" for part in made_up]


def _cut_sources(text: str, known: Mapping[str, str]) -> str:
    """The text without a list of sources at its end: a line that says so, and nothing but entries after it."""
    end = len(text)
    cut = end
    while end > 0:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end]
        head = _SOURCES.fullmatch(line) if len(line) <= 500 else None
        if head and (":" in head["mark"] or "：" in head["mark"] or not head["rest"]):
            if not head["rest"] or _is_entry(head["rest"], known):
                cut = start
        elif line.strip() and not _is_entry(line, known):
            break
        end = start - 1
    return text[:cut].rstrip() if text[:cut].strip() else text


def _is_entry(line: str, known: Mapping[str, str]) -> bool:
    return bool(_ENTRY.match(line)) or any(word in known for word in re.findall(r"\w+", line[:500].casefold()))


def _is_half_key(half: str, known: Mapping[str, str]) -> bool:
    """Whether a bracket that the model never closed was going to cite."""
    parts = [part for part in _SEPARATOR.split(half.lstrip("[【［〔").casefold()) if part]
    return not parts or any(key.startswith(parts[-1]) for key in known)


def _find_proofs(reply: Reply, bounds: Sequence[tuple[int, int]], passages: Mapping[str, Passage]) -> Iterator[_Proof]:
    before = owner_before = -1
    for at, marks in groupby(reply.marks, key=lambda mark: mark[0]):
        owner = _find_owner(at, bounds, reply.text)
        start, end = bounds[owner]
        # Of several keys in a sentence, each proves the words since the one before it.
        clause = _UNKNOWN.sub("", reply.text[before if owner == owner_before else start : at])
        claim = clause if len(find_words(clause)) >= 3 else _UNKNOWN.sub("", reply.text[start:end])
        for _, key in marks:
            passage = passages[key]
            low, high = find_best_sentence(claim, passage.text)
            span = Span(passage.span.document_id, passage.span.start + low, passage.span.start + high)
            yield _Proof(at, owner, span, passage, judge_quote(claim, passage.text[low:high]))
        before, owner_before = at, owner


def _find_owner(at: int, bounds: Sequence[tuple[int, int]], text: str) -> int:
    """The number of the sentence that a mark belongs to: the one it stands in or after; before the first, the first."""
    number = max(0, bisect_left(bounds, (at, -1)) - 1)
    end = bounds[number][1]
    if at > end and number + 1 < len(bounds):
        following = bounds[number + 1][0]
        if "\n" in text[end:at] and "\n" not in text[at:following]:
            return number + 1
    return number


def _judge(sentence: Sentence, words: str, proofs: Sequence[_Proof]) -> Sentence:
    """Say whether the sentence is supported. One that cites nothing is not, unless it claims nothing either."""
    if not proofs:
        claims_nothing = len(find_words(words)) < 2 or words.endswith((":", "?"))
        return sentence if claims_nothing else replace(sentence, support=0.0, supported=False)
    quotes = [_quote(proof.span, proof.passage) for proof in proofs]
    support = measure_support(_UNKNOWN.sub("", words), quotes, [proof.passage.text for proof in proofs])
    return replace(sentence, support=support, supported=support >= SUPPORTED)


def _compose(text: str, bounds: Sequence[tuple[int, int]], proofs: Sequence[_Proof]) -> Composed:
    """Put a marker ``[n]`` into the text for each proof, in order, and carry the sentences' offsets along."""
    cited: dict[Span, Citation] = {}
    mentions: list[list[Span]] = [[] for _ in bounds]
    places: list[list[tuple[int, int]]] = [[] for _ in bounds]
    pieces: list[str] = []
    marked: list[int] = []  # offsets of the old text that are followed by markers,
    growth = [0]  # and how much longer the new text is after each of them
    done = length = 0
    for at, group in groupby(proofs, key=lambda proof: proof.at):
        pieces.append(text[done:at])
        length += at - done
        done = at
        here: set[Span] = set()
        for proof in group:
            mentions[proof.sentence].append(proof.span)
            if proof.span in here:
                continue
            citation = cited.get(proof.span) or _cite(len(cited) + 1, proof)
            gap = " " if not here and at and not text[at - 1].isspace() and text[at - 1] not in "([{（" else ""
            marker = f"[{citation.number}]"
            place = (length + len(gap), length + len(gap) + len(marker))
            status = min(citation.status, proof.status, key=_STATUSES.index)
            cited[proof.span] = replace(citation, markers=(*citation.markers, place), status=status)
            places[proof.sentence].append(place)
            pieces.append(gap + marker)
            length = place[1]
            here.add(proof.span)
        marked.append(at)
        growth.append(length - at)
    whole = "".join(pieces) + text[done:]
    sentences = []
    for (start, end), spans, own in zip(bounds, mentions, places, strict=True):
        start += growth[bisect_right(marked, start)]
        end += growth[bisect_left(marked, end)]
        start, end = min([start, *(place[0] for place in own)]), max([end, *(place[1] for place in own)])
        numbers = tuple(dict.fromkeys(cited[span].number for span in spans))
        sentences.append(Sentence(whole[start:end], start, end, numbers))
    return Composed(whole, tuple(sentences), tuple(cited.values()))


def _cite(number: int, proof: _Proof) -> Citation:
    quote = _quote(proof.span, proof.passage)
    return Citation(
        number, proof.span, quote, proof.passage, status=proof.status, page=proof.passage.find_page(proof.span.start)
    )


def _quote(span: Span, passage: Passage) -> str:
    """The document's own words, cut out of the passage by offsets."""
    home = passage.span
    if span.overlap(home) != span.end - span.start:
        raise ValueError(f"{span} does not lie inside its passage {home}")
    return passage.text[span.start - home.start : span.end - home.start]
