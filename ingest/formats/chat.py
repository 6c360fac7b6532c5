"""Chat logs: each message a block of its own, with its sender and its time, whatever program wrote the log.

A log is known by its shape: most lines begin a message in one and the same form, and senders come again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ingest.blocks import Block, Parsed
from ingest.byline import find_byline
from ingest.limits import count_up

SAMPLE_LINES = 400
"""So many first lines are looked at for the form of a log."""

LONGEST_HEAD = 160
"""Characters of a line that are looked at for a sender and a time."""

NAME_WORDS = 4
"""Words of a name that stands in a line with nothing but a time; more are a sentence."""

LONGEST_DAY = 60
"""Characters of a line that may only name a day."""

LEAST_TIMED, LEAST_BARE = 3, 6
"""Messages of a log at least: with times, and without."""

SHARE_TIMED, SHARE_BARE, SHARE_ABOVE = 0.4, 0.7, 0.2
"""The share of lines that begin a message at least: with times, without, and where words stand below their sender."""

REPEATED_TIMED, REPEATED_BARE = 0.25, 0.4
"""The share of messages, at least, whose sender has sent another one before: in a timetable none has."""

TALKING = 0.3
"""The share of messages without times, at least, that speak to somebody; of the lines of a form, none do."""

_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d{1,6})?(?:\s?[AaPp]\.?[Mm]\.?)?(?:Z|\s?UTC|[+-]\d\d:?\d\d)?(?![\d:])"
_MONTH = r"(?:[A-Z][a-z]{2,8}\.?)"
_DAY = (
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mo|Di|Mi|Do|Fr|Sa|So)[a-z]*\.?,?\s)?"
    rf"(?:\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|\d{{1,2}}\.?\s{_MONTH},?(?:\s\d{{4}})?|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s\d{{4}})?|"
    r"[Tt]oday|[Yy]esterday|[Hh]eute|[Gg]estern|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)"
)
_WHEN = rf"(?:{_DAY}(?:,?\s(?:at\s|um\s)?|T){_CLOCK}|{_CLOCK}(?:,?\s{_DAY})?)"
_NAME = r"(?:[@~]\s?)?(?:[^\W\d]|\+\d|[\u2600-\U0001faff])[^:<>\[\]{}|=\\/\t\n]{0,39}?"
_PLAIN_NAME = r"@?[^\W\d_][\w'’.-]{0,19}(?: [\w'’.-]{1,20}){0,2}"
_NICK = r"[@+%&~ ]?(?P<sender>[^<>\s][^<>]{0,30}?)"


@dataclass(frozen=True, slots=True)
class Form:
    """How a line that begins a message is written: its groups are ``sender`` and, where told, ``when`` and ``words``.

    ``is_above`` says that the words follow on the next lines; ``is_nick`` that the sender's name stands in angle brackets.
    """

    pattern: re.Pattern[str]
    is_timed: bool = True
    is_above: bool = False
    is_nick: bool = False


FORMS = (
    # [12:03] <amir> words; <amir> words
    Form(re.compile(rf"(?:[\[(]?(?P<when>{_WHEN})[\])]?\s+)?<{_NICK}>\s+(?P<words>\S.*)"), is_nick=True),
    # [12/03/2024, 09:01:12] Ben: words; 12/03/24, 9:01 - Ben: words; 09:01:12 From Ben to Everyone: words
    Form(
        re.compile(
            rf"[\[(]?(?P<when>{_WHEN})[\])]?\s*(?:[-–—|]\s*)?(?:From\s+)?(?P<sender>{_NAME})(?:\s+to\s+Everyone)?\s*:"
            r"(?:\s+(?P<words>.*))?"
        )
    ),
    # 2024-03-12 10:15:22<tab>amir<tab>words
    Form(re.compile(rf"(?P<when>{_WHEN})\t[@+ ]?(?P<sender>\w[^\t]{{0,39}})\t(?P<words>.+)")),
    # Ben (09:01): words
    Form(re.compile(rf"(?P<sender>{_NAME})\s*[\[(](?P<when>{_WHEN})[\])]\s*:?\s+(?P<words>\S.*)")),
    # Ben, [12.03.2024 09:01]
    Form(re.compile(rf"(?P<sender>{_NAME}),\s\[(?P<when>{_WHEN})\]:?"), is_above=True),
    # Ben — Today at 9:01 AM; Ben  9:01 AM; Ben [9:01 AM]
    Form(re.compile(rf"(?P<sender>{_NAME})(?:\s+APP)?\s*(?:\s|[-–—•|,]\s*|\s\[)(?P<when>{_WHEN})\]?:?"), is_above=True),
    # [09:01] Ben
    Form(re.compile(rf"[\[(]?(?P<when>{_WHEN})[\])]?\s+(?:[-–—|]\s*)?(?P<sender>{_NAME})"), is_above=True),
    # Ben: words
    Form(re.compile(rf"(?P<sender>{_PLAIN_NAME}):\s+(?P<words>\S.*)"), is_timed=False),
)

_LEVELS = frozenset(
    "debug info notice warn warning error err fatal critical crit severe trace verbose fine alert emerg panic".split()
)
"""What stands at the place of a sender in the log of a program."""

_TALKS = re.compile(
    r"[?!]|\b(?:i|i'm|i'll|me|my|we|we'll|us|you|your|ok|okay|yes|no|thanks|hi|hello|ich|du|wir|ja|nein|je|tu|nous|oui|non)\b",
    re.IGNORECASE,
)
_STRONG = re.compile(r"^(?:[-*] )?\*\*(.{1,60}?)\*\*")
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\ufeff]")
"""Marks of the direction of writing, which programs put before a message and nobody sees."""

_EVENT = re.compile(r"\*{1,3} |-!-|-->|<--|---")
"""How a line begins that tells what happened, and is nobody's message: somebody came, or waves."""

_TIME_ALONE = re.compile(rf"\[?{_WHEN}\]?")
_RULED = re.compile(r"[\s—–=*-]*(.*?)[\s—–=*-]*")


def find_chat(text: str) -> Parsed | None:
    """The messages of a text that is a chat log, with what stands between them; None where it is none."""
    raw = text.split("\n")
    form = find_form([_clean(line) for line in islice(filter(str.strip, raw), SAMPLE_LINES)])
    return None if form is None else Parsed(tuple(count_up(_lay_out([_clean(line) for line in raw], form))))


def _clean(line: str) -> str:
    return _STRONG.sub(r"\1", _MARKS.sub("", line).rstrip())


def find_form(lines: Sequence[str]) -> Form | None:
    """The form in which most lines, none of them blank, begin a message; None where they are no log."""
    sample = [line for line in lines if not line.startswith("# ")]
    best: tuple[int, Form] | None = None
    for form in FORMS:
        heads = [found for line in sample if (found := _read_head(line, form))]
        if len(heads) > (best[0] if best else 0) and _is_log(heads, len(sample), form):
            best = len(heads), form
    return best[1] if best else None


def _is_log(heads: Sequence[re.Match[str]], lines: int, form: Form) -> bool:
    least = LEAST_TIMED if form.is_timed else LEAST_BARE
    share = SHARE_ABOVE if form.is_above else SHARE_TIMED if form.is_timed else SHARE_BARE
    if len(heads) < least or len(heads) < share * lines:
        return False
    senders = [head["sender"].strip() for head in heads]
    told = Counter(sender.casefold() for sender in senders)
    if any(name.split()[-1] in _LEVELS for name in told):
        return False
    repeated = REPEATED_TIMED if form.is_timed else REPEATED_BARE
    if not form.is_nick and len(senders) - len(told) < max(1, repeated * len(senders)):
        return False
    if form.is_timed:
        return True
    talking = sum(bool(_TALKS.search(head["words"])) for head in heads)
    return len(told) > 1 and talking >= TALKING * len(heads) and not _are_fields(senders)


def _are_fields(names: Sequence[str]) -> bool:
    """Whether names come again in one and the same order, as the fields of records do; two may take turns in talking."""
    width = len(set(names))
    return width > 2 and all(name == names[at % width] for at, name in enumerate(names))


def _read_head(line: str, form: Form) -> re.Match[str] | None:
    """What begins a message in a line; a line with a sender and nothing else is that from end to end."""
    if form.is_above:
        found = form.pattern.fullmatch(line) if len(line) <= LONGEST_HEAD else None
        return found if found and len(found["sender"].split()) <= NAME_WORDS else None
    return form.pattern.match(line[:LONGEST_HEAD])


def _lay_out(lines: Sequence[str], form: Form) -> Iterator[Block]:
    """A block a message, and one for what stands between: headings, and what happened."""
    since = 0
    """Blocks from the last one that names a sender to the next."""
    for head, told in _part(lines, form):
        text = "\n".join(told).strip("\n")
        if not text.strip():
            continue
        title, level = ("", 0) if head else _find_heading(text)
        is_said = head is not None or bool(since and _TIME_ALONE.fullmatch(told[0]))
        yield _make_message(text, head, since) if is_said else Block(title or text, level)
        since = 1 if head else since + bool(since)


def _part(lines: Sequence[str], form: Form) -> Iterator[tuple[re.Match[str] | None, list[str]]]:
    """The lines of each message with the one that begins it; of what is none, without."""
    head: re.Match[str] | None = None
    told: list[str] = []
    opening = ""
    for line in lines:
        is_awaited = form.is_above and head is not None and len(told) == 1  # what this sender says, whatever it is like
        found = None if is_awaited and line else _read_head(line, form)
        is_apart = not found and (_find_heading(line)[0] or _is_event(line, form, opening))
        if found or is_apart or (form.is_above and _TIME_ALONE.fullmatch(line)):
            yield head, told
            head, told = found, []
            opening = opening or (_shape(line[: found.start("sender")]) if found else "")
        told.append(line)
        if is_apart:
            yield None, told
            head, told = None, []
    yield head, told


def _make_message(text: str, head: re.Match[str] | None, since: int) -> Block:
    if head is None:
        return Block(text, kind="message", sender_above=since)
    named = head.groupdict()
    sender, when = (head.span(name) if named.get(name) else (0, 0) for name in ("sender", "when"))
    start = head.start("words") if named.get("words") else head.end()
    start += len(text[start:]) - len(text[start:].lstrip())
    cells = tuple((low, low, high) for low, high in (sender, when, (start, len(text))))
    return Block(text, kind="message", cells=cells)


def _is_event(line: str, form: Form, opening: str) -> bool:
    """Whether a line tells what happened: it begins with a time as messages do, or with a sign for it."""
    is_timed = bool(opening) and any(map(str.isdigit, line[:LONGEST_HEAD])) and _shape(line).startswith(opening)
    return is_timed or (form.is_nick and _EVENT.match(line) is not None)


def _shape(line: str) -> str:
    """How a line begins, whatever the figures in it; nothing where no figure is in it."""
    shape = re.sub(r"\d+", "0", line[:LONGEST_HEAD]).rstrip("<@+ ")
    return shape if "0" in shape else ""


def _find_heading(line: str) -> tuple[str, int]:
    """The words and the level of a line that is a heading of Markdown's, or only names a day; else nothing, and 0."""
    if match := re.fullmatch(r"(#{1,6})\s+(\S.*)", line):
        return match[2], len(match[1])
    words = _RULED.fullmatch(line) if len(line) <= LONGEST_DAY else None
    named = words[1].removeprefix("Day changed ") if words else ""
    byline = find_byline(named) if named else None
    return (named, 2) if byline and byline[1] and not byline[0] else ("", 0)
