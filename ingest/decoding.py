"""Bytes as text, and text with one kind of line break and of space: what every parser begins with."""

from __future__ import annotations

import codecs
import re
import unicodedata

from rag.errors import SourceError

BYGONE = (
    "cp437",
    "cp775",
    "cp850",
    "cp852",
    "cp855",
    "cp857",
    "cp858",
    "cp860",
    "cp861",
    "cp862",
    "cp863",
    "cp864",
    "cp865",
    "cp866",
    "cp869",
    "mac_latin2",
    "mac_iceland",
    "mac_turkish",
    "mac_cyrillic",
    "mac_greek",
    "mac_roman",
)
"""Code pages that hardly any file has today, and that short texts in today's are mistaken for."""

SAMPLE = 100_000
"""How much of a file is looked at to tell its encoding."""

SOUND = 3
"""So many characters beyond ASCII that are sound UTF-8 outweigh one that is broken. Sentences in the older encodings of 15
languages had 0.6 at most (``tests/ingest/test_decoding.py`` holds them to it); one bad byte in a page of German leaves 60."""

FEW = 0.05
"""A text of which no encoding makes sense is read as UTF-8 all the same, if no greater share of it is broken."""

_NEW_LINES = re.compile(r"\r\n?|\x85|\u2028")
_NEW_PARAGRAPHS = re.compile(r"[\f\u2029]")
_SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
# Byte-order marks, zero-width spaces, soft hyphens, direction marks. The zero-width joiners stay: some scripts and
# many emoji are spelt with them. Characters are not normalised otherwise: a quotation keeps the author's own.
_TAGS = re.compile("(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+")
"""Letters that no reader sees and every model reads; only flags are spelt with them."""

_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
# The look-behind keeps it linear: without it, each of a million spaces inside a line would be a place to begin from.
_TRAILING = re.compile(r"(?<![ \t\v])[ \t\v]++$", re.MULTILINE)


def decode(content: bytes) -> str:
    """Bytes as text: by byte-order mark, as UTF-8, else as charset-normalizer judges.

    What cannot be read stands as U+FFFD: a bad byte, or a character cut in two, does not spoil the rest.

    Raises:
        SourceError: there is nothing in it, or it is not text.
    """
    if not content.strip():
        raise SourceError("the file is empty")
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _readable(content.decode(encoding, errors="replace"))
    sample = content[:SAMPLE]
    has_zeros = b"\x00" in sample
    if has_zeros and (wide := _find_wide_encoding(sample)):
        return _readable(content.decode(wide, errors="replace"))
    text = decode_utf8(content)
    if text is not None:
        return _readable(text)
    if has_zeros:
        raise SourceError("not a text file (binary content)")
    return _readable(content.decode(_guess_encoding(sample), errors="replace"))


def decode_utf8(content: bytes) -> str | None:
    """Bytes as UTF-8, with U+FFFD for what is broken in it; None where too much is for it to be UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    sound = sum(1 for _ in _BEYOND_ASCII.finditer(text)) - broken
    return text if sound >= SOUND * broken else None


def _find_wide_encoding(sample: bytes) -> str:
    """The encoding of a text in UTF-32 or UTF-16 that has no byte-order mark; empty where it is neither.

    Read in the wrong order of bytes, spaces and line breaks turn into other signs, and letters into no signs at all.
    """
    for name in ("utf-32-le", "utf-32-be"):
        try:
            sample[: len(sample) // 4 * 4].decode(name)
            return name
        except UnicodeDecodeError:
            continue
    blanks = {}
    for name in ("utf-16-le", "utf-16-be"):
        text = sample[: len(sample) // 2 * 2].decode(name, errors="replace")
        strange = sum(
            character == "\ufffd" or unicodedata.category(character) in ("Cn", "Co", "Cs") for character in text
        )
        if strange * 100 <= len(text):
            blanks[name] = text.count(" ") + text.count("\n")
    best = max(blanks, key=lambda name: blanks[name], default="")
    return best if best and blanks[best] else ""


def _guess_encoding(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample, cp_exclusion=list(BYGONE)))
    if not matches:
        text = sample.decode("utf-8", errors="replace")
        if text.count("\ufffd") <= FEW * len(text):
            return "utf-8"
        raise SourceError("not a text file, or in an encoding that cannot be told; save it as UTF-8")
    best = matches[0]
    # A short text fits several code pages alike; of those, Western European is by far the most common.
    alike = (match.encoding for match in matches if (match.chaos, match.coherence) == (best.chaos, best.coherence))
    return "cp1252" if "cp1252" in alike else best.encoding


def _readable(text: str) -> str:
    """Refuse what decodes but is no writing: more than one character in ten is a control character."""
    sample = text[:SAMPLE]
    if sum(1 for _ in _CONTROLS.finditer(sample)) * 10 > len(sample):
        raise SourceError("not a text file (binary content)")
    return text


def normalise(raw: str) -> str:
    """One kind of line break and of space, and no characters that cannot be seen."""
    text = _NEW_LINES.sub("\n", raw)
    text = _NEW_PARAGRAPHS.sub("\n\n", text)
    text = _TAGS.sub("", _UNSEEN.sub("", _SPACES.sub(" ", text)))
    text = _LONE_SURROGATE.sub("\ufffd", text)
    return _TRAILING.sub("", text)
