"""The body of a mail by its layers: own words first, and each layer that is quoted as a message with its sender.

Layers are told by their marks (">"), and by the line or the head that names who wrote what follows: "On ... wrote:",
"-----Original Message-----", "From: ... Sent: ...", in the languages that mail programs speak.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, zip_longest

from ingest.blocks import Block

LONGEST_ATTRIBUTION, ATTRIBUTION_LINES = 300, 3
"""Characters of what names a sender, and lines over which a mail program may wrap it."""

HEAD_LINES, LEAST_FIELDS = 8, 3
"""Lines of a quoted head that are looked at, and fields that it has at least: less may be a sentence."""

DEEPEST = 50
"""Layers within one another that are told apart; a line with more marks is nobody's words."""

_ADDRESS = r"[^\s<>@,;:\"]{1,80}@[^\s<>@,;:\"]{1,80}"
_IN_BRACKETS = rf"(?:\s?[<\[(]{{1,2}}(?:mailto:)?{_ADDRESS}[>\])]{{1,2}})*"
_WHO = rf"(?:<?(?P<address>{_ADDRESS})>?|[\"']?(?P<name>[^\d<>:\"]{{2,60}}?)[\"']?{_IN_BRACKETS})"
_AT = r"(?P<when>.{4,90}?\d(?:\s?[AaPp]\.?[Mm]\.?)?(?:\s?Uhr)?(?:\s\(?(?:[A-Z]{2,5}|[+-]\d\d:?\d\d)\)?){0,2})"
_ATTRIBUTIONS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"On {_AT},? {_WHO} wrote:",
        rf"{_WHO} wrote (?:on|at) {_AT}:",
        rf"Am {_AT},? (?:schrieb|hat) {_WHO}(?: geschrieben)?:",
        rf"{_WHO} (?:schrieb|hat) am {_AT}(?: geschrieben)?:",
        rf"Le {_AT},? {_WHO} a écrit ?:",
        rf"El {_AT},? {_WHO} escribió:",
        rf"Il (?:giorno )?{_AT},? {_WHO} ha scritto:",
        rf"Op {_AT},? schreef {_WHO}:",
        rf"Em {_AT},? {_WHO} escreveu:",
        rf"Den {_AT},? skrev {_WHO}:",
    )
)
_NAMED_ALONE = re.compile(
    rf"{_WHO} (?:wrote|writes|said|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev) ?:"
)
"""Names a sender only before marked lines: anywhere else it may be a sentence."""

_DIVIDER = re.compile(
    r"[-_ ]{2,}\s*(?:Original Message|Forwarded [Mm]essage|Original-?Nachricht|Ursprüngliche Nachricht|Weitergeleitete Nachricht|"
    r"Message d['’]origine|Message transféré|Mensaje original|Messaggio originale|Oorspronkelijk bericht)\s*[-_ ]*|"
    r"Begin forwarded message:|Anfang der weitergeleiteten Nachricht:|Début du message réexpédié ?:"
)
_FIELDS = {
    "sender": "From|Von|De|Da|Van|Från|Fra",
    "when": "Sent|Date|Gesendet|Datum|Envoyé|Enviado|Fecha|Inviato|Data|Verzonden|Skickat|Sendt",
    "other": "To|Cc|Bcc|Subject|Reply-To|An|Kopie|Betreff|À|Copie|Objet|Para|Asunto|A|Oggetto|Aan|Onderwerp|Til|Till|Ämne|Emne",
}
_FIELD = re.compile(
    rf"\*?(?:{'|'.join(f'(?P<{name}>{words})' for name, words in _FIELDS.items())})\s?:\*?\s+(?P<value>\S.*)"
)
_MARKED = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_LIST = re.compile(r"\s*(?:[-*•]\s|\d+[.)]\s)")
_NAME_OF = re.compile(r"[\"']?(?P<name>[^<>\"\[(]*?[^<>\"\[(\s])[\"']?\s*(?:[<\[(].*)?")
_ESCAPED = ">From "
"""What a mailbox makes of a line that begins with "From", which is its own word for a new mail."""

SIGNATURE = "--"
"""The line above a signature (RFC 3676, section 4.3)."""


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """What says whose words follow: its lines, and in these the sender and the time, as offsets; all may be empty."""

    text: str
    sender: tuple[int, int] = (0, 0)
    when: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph of a body with its depth, the number of marks before its lines, or what names the sender of the next."""

    depth: int
    text: str
    attribution: Attribution | None = None
    block: Block | None = None
    """What it is where it is no paragraph, a row say; it is passed on as it is."""


def lay_out_text(text: str) -> Iterator[Block]:
    """The blocks of a body that is plain text, its lines ended by line feeds."""
    runs = [*_find_runs(text), (0, [])]
    return lay_out(
        part
        for (depth, lines), (below, _) in pairwise(runs)
        for part in _part_run(lines, depth, marks_follow=below > depth)
    )


def lay_out_blocks(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks of a body in which layers are marked by nothing but the words above them, as in HTML."""
    parts: list[Part] = []
    for block in blocks:
        is_prose = block.kind == "text" and not block.level
        parts += _part_run(block.text.split("\n"), 0) if is_prose else [Part(0, block.text, block=block)]
    return lay_out(parts)


def lay_out(parts: Iterable[Part]) -> Iterator[Block]:
    """Own words as they stand; what is quoted of one sender in one place as a message."""
    placed = list(_find_layers(list(parts)))
    speaking = {layer for layer, part in placed if not part.attribution and not part.block}
    told: dict[Attribution, int] = {}
    made = 0
    for (layer, is_block), group in groupby(placed, key=lambda pair: (pair[0], pair[1].block is not None)):
        members = [part for _, part in group]
        words = [part.text for part in members if not part.attribution]
        if is_block:
            blocks = [part.block for part in members if part.block]
        elif layer is None:
            blocks = [Block(text) for text in words]
        elif words:
            blocks = [_make_message("\n\n".join(words), layer, made - told[layer] if layer in told else 0)]
            told.setdefault(layer, made)
        else:  # what names the sender of nothing here stands above that sender's words, if there are any
            blocks = [] if layer in speaking else [Block(layer.text)]
        yield from blocks
        made += len(blocks)


def _find_layers(parts: Sequence[Part]) -> Iterator[tuple[Attribution | None, Part]]:
    """Each part with what names its sender; own words with None. What names a sender goes with what it names."""
    layers: dict[int, Attribution] = {}
    for part, after in zip_longest(parts, parts[1:]):
        if part.attribution:
            depth = max(part.depth, after.depth if after else 0)
            layers = {deep: layer for deep, layer in layers.items() if deep < depth} | {depth: part.attribution}
            yield part.attribution, part
        else:
            if part.depth:
                layers.setdefault(part.depth, Attribution(""))
            yield layers.get(part.depth), part


def _make_message(words: str, head: Attribution, above: int) -> Block:
    """A layer's words; below what names their sender, unless that stands ``above``, so many blocks."""
    if above:
        return Block(words, kind="message", sender_above=above)
    text = f"{head.text}\n\n{words}" if head.text else words
    start = len(text) - len(words)
    cells = tuple((low, low, high) for low, high in (head.sender, head.when, (start, len(text))))
    return Block(text, kind="message", cells=cells)


def _find_runs(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that follow one another at one depth, without their marks and without blank lines between."""
    depth = 0
    lines: list[str] = []
    for raw in text.split("\n"):
        marks = None if raw.startswith(_ESCAPED) else _MARKED.match(raw)
        own = min(marks[0].count(">"), DEEPEST) if marks else 0
        line = raw[marks.end() if marks else 0 :].rstrip()
        if lines and (own != depth or not line):
            yield depth, lines
            lines = []
        if line:
            depth = own
            lines.append(line.removeprefix(">") if line.startswith(_ESCAPED) else line)
    if lines:
        yield depth, lines


def _part_run(lines: Sequence[str], depth: int, *, marks_follow: bool = False) -> Iterator[Part]:
    """The paragraphs of a run of lines, and what in it names the sender of the next."""
    told: list[str] = []
    at = 0
    while at < len(lines):
        count, attribution = _read_attribution(lines, at, marks_follow)
        if told and (attribution or lines[at] == SIGNATURE):
            yield Part(depth, _join(told))
            told = []
        if attribution:
            yield Part(depth, attribution.text, attribution)
        else:
            told.append(lines[at])
        at += count
    if told:
        yield Part(depth, _join(told))


def _join(lines: Sequence[str]) -> str:
    """A paragraph; lines that were only wrapped for the width of a screen are joined."""
    is_wrapped = len(lines) > 1 and all(50 <= len(line) <= 80 for line in lines[:-1])
    return (" " if is_wrapped and not any(map(_LIST.match, lines)) else "\n").join(lines)


def _read_attribution(lines: Sequence[str], at: int, marks_follow: bool) -> tuple[int, Attribution | None]:
    """What names a sender at a line, with the number of its lines; one line and None where nothing does."""
    is_short = len(lines[at]) <= LONGEST_ATTRIBUTION
    above = 1 if is_short and _DIVIDER.fullmatch(lines[at].strip()) else 0
    fields = []
    for line in lines[at + above : at + above + HEAD_LINES]:
        found = _FIELD.match(line.strip()[:LONGEST_ATTRIBUTION])
        if not found:
            break
        fields.append(found)
    if fields and fields[0]["sender"] and (len(fields) >= LEAST_FIELDS or (above and len(fields) > 1)):
        return above + len(fields), _read_head(lines[at : at + above], fields)
    if above:
        return 1, Attribution(lines[at].strip())
    for count in range(1, min(ATTRIBUTION_LINES, len(lines) - at) + 1):
        joined = " ".join(line.strip() for line in lines[at : at + count])
        if len(joined) > LONGEST_ATTRIBUTION:
            break
        patterns = (*_ATTRIBUTIONS, _NAMED_ALONE) if marks_follow and at + count == len(lines) else _ATTRIBUTIONS
        if joined.endswith(":") and (
            found := next((hit for each in patterns if (hit := each.fullmatch(joined))), None)
        ):
            group = "name" if found["name"] else "address"
            when = found.span("when") if "when" in found.re.groupindex else (0, 0)
            return count, Attribution(joined, found.span(group), when)
    return 1, None


def _read_head(above: Sequence[str], fields: Sequence[re.Match[str]]) -> Attribution:
    """A quoted head: its lines, with the name of the sender and the time in them."""
    text = "".join(f"{line.strip()}\n" for line in above)
    sender = when = (0, 0)
    for found in fields:
        start = len(text) + found.start("value")
        if found["sender"]:
            name = _NAME_OF.fullmatch(found["value"])
            low, high = name.span("name") if name else (0, len(found["value"]))
            sender = start + low, start + high
        elif found["when"]:
            when = start, start + len(found["value"])
        text += f"{found[0]}\n"
    return Attribution(text.rstrip("\n"), sender, when)
