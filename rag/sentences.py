"""Where sentences begin and end: sentencex, which keeps offsets and knows abbreviations, initials and decimals."""

from __future__ import annotations

import re

_WIDE_SPACE = re.compile(r"[^\S\n]")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


def find_sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of a text as half-open code-point offsets, trimmed of white space, in order.

    None crosses a blank line, and every character that is not white space lies in exactly one.
    """
    import sentencex

    found = []
    # sentencex cuts bytes: it stumbles over white space of more than one, and over what UTF-8 cannot carry. One
    # character for another keeps every offset.
    plain = _HALF_PAIR.sub("\ufffd", _WIDE_SPACE.sub(" ", text))
    start = 0
    for end in [*(match.start() for match in _BLANK_LINE.finditer(text)), len(text)]:
        paragraph = plain[start:end]
        for boundary in sentencex.get_sentence_boundaries("en", paragraph) if paragraph.strip() else ():
            words = paragraph[boundary["start_index"] : boundary["end_index"]]
            if words.strip():
                at = start + boundary["start_index"]
                found.append((at + len(words) - len(words.lstrip()), at + len(words.rstrip())))
        start = end
    return found
