"""Feed broken and strange replies of a chat model to reading and composing: ``make fuzz``, or with --seconds and --seed.

Replies are made of pieces: evidence keys, opaque ones or numbers, in every kind of bracket, raised, bare behind a
sentence, called passages, listed at the end; halves of them, keys that nobody gave, years and amounts, quotes of the
passages, code, odd characters. They are cut, spliced, repeated and flipped; each is read whole, and
at several lengths as it would be while it grows, and composed with a judge and without. Failed is: an exception, a
reading that while it grows shows what the whole does not, composing that takes seconds, and any marker, number, offset
or quote that is not what it is said to be. The replies that failed are made shorter while they fail alike, and kept in
a folder, to become tests.

Printed are two tables: the pieces by kind (how many, in how many replies, of which how many failed), and what was found
in the replies. The exit status is 1 where one failed.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from rag.cite.attribution import find_evidence  # noqa: E402
from rag.cite.checking import judge_sentences, put_evidence  # noqa: E402
from rag.cite.citations import Composed, compose_written, read_proofs  # noqa: E402
from rag.cite.judging import build_support_estimator  # noqa: E402
from rag.cite.support import measure_support  # noqa: E402
from rag.english.sentences import find_sentences  # noqa: E402
from rag.llm.reply_parser import ParsedReply, cut_thought, read_reply  # noqa: E402
from rag.steps import Written  # noqa: E402
from rag.types import Passage, Span  # noqa: E402

ODD_PASSAGES = (
    "The mill was built in 1874 by the Harrow brothers. It burned down in March 1911. Nobody was hurt, but 1,200 sacks "
    "of flour were lost.",
    "Yes. Yes. Yes. It is as it is. It is as it is. No!",
    'He said “the mill burned down in March” and «nobody was hurt at all», then "the rest is silence here" [sic] (1).',
    "\n\n  Indented `code[1]` and ``` fences ``` in a passage.\nA second line\u2028a third \u200bline.  \n",
    "שלום עולם, זה משפט בעברית. המילה השנייה כאן. 中文句子在这里。第二句话也在。",
    "Cafe\u0301 nai\u0308ve \U0001f469\u200d\U0001f469\u200d\U0001f467 costs ３０ euros. \ufb01nally ½ of it. İstanbul ẞ ſ.",
    "Word",
    "x" * 300,
)
BRACKETS = (
    "[]",
    "[]",
    "[]",
    "[]",
    "【】",
    "［］",
    "〔〕",
    "()",
    "（）",
    "[)",
    "(]",
    "[】",
    "【]",
    "{}",
    "<>",
    "〈〉",
    "「」",
    "⟨⟩",
    "（)",
)
QUOTE_PAIRS = ('""', '""', "“”", "“”", "«»", "„“", "„”", "''", '"”', "““")
HEADS = (
    "Sources:", "Sources", "**Sources:**", "## References", "References used:", "sources cited：", "Source: ", "---\nSources:",
    "Citations:\n", "> Sources:", "Bibliography", "Works cited:", "Footnotes:", "*Sources*:", "Sources: none of them", "SOURCES :",
)  # fmt: skip
PIECES: dict[str, tuple[str, ...]] = {
    "code": (
        "`", "``", "```", "````", "`" * 7, "```\n", "\n```\n", "\n````py\n", "~~~\n", "\n~~~~\n", "\n   ```\n", "\n    ```\n", "`x`",
        "``a`b``", "\n```x``` ", "```json [", "\n~~~ [", "` ", "\n```` \n", "\n~~~`\n",
    ),
    "markdown": (
        "# ", "\n## Title\n", "\n- ", "\n* ", "\n1. ", "\n12) ", "\n> ", "**", "__", "***", "\n---\n", "\n===\n", "| a | b |\n|---|---|\n",
        "\n| 1 | 2 |", "[link](https://a.b/c?d=[1])", "![image](x)", "[^1]", "[^1]: note", "\n- [ ] ", "\n- [x] ", "\\[", "\\]", "<https://a.b>",
    ),
    "brackets": (
        "[", "]", "[[", "]]", "[[[", "【", "】", "［", "］", "［［", "〔", "〕", "(", ")", "（", "）", "[]", "[[]]", "()", "{", "}", "[ ", " ]", "[\n", "\n]",
        "[" * 40, "]" * 40, "(" * 40, "†", "[,", ",]", "[;]", "[see ", "(see ", "[passage ", "[sources: ", "[^",
    ),
    "unicode": (
        "\u0301", "e\u0301\u0323", "\U0001f600", "\U0001f468\u200d\U0001f469", "\u200b", "\u200d", "\ufeff", "\u202e", "\u2066", "שלום ", "مرحبا ", "\ue000",
        "\U000f0000", "\ud800", "\udc00", "\ud83d", "\x00", "\x1b[31m", "\x7f", "中文。", "ﬁ", "İ", "ẞ", "K", "½", "１２", "⑴", "ﷺ" * 3, "\u00ad", "…", "！", "？",
    ),
    "space": (" ", "  ", "\t", "\n", "\n\n", "\n \n", "\r", "\r\n", "\u00a0", "\u2003", "\u2028", "\u2029", "\x0b", "\x0c", "\x85", " " * 130, "\n" * 30),
    "html": ("<b>", "</b>", "<br>", "<script>", "&amp;", "&#91;1&#93;", "<sup>1</sup>", "<passage>", "</passage ", "<!-- ", "-->", "<cite>"),
    "thought": ("<think>", "</think>", "<think>hm</think>", "<thinking>", "NOT-IN-THE-DOCUMENTS"),
    "ends": (".", ". ", "! ", "? ", ": ", ":", "; ", ", ", "...", "。", "Mr. ", "e.g. ", "3.14", "1,200", '."', ".”", "?!)"),
    "quotation marks": ('"', "“", "”", "„", "«", "»", "'", "’", "‘", '""', "“”", "”“"),
}  # fmt: skip
SENTENCE_ENDS = (". ", ". ", " ", "! ", ".” ", ", ")
RAISED = ("¹", "²", "³", "¹²", "¹,²", "⁴ ", "①", "②③", "<sup>1</sup>", "<sup>[2]</sup>", "<sup>", "⑳", "⁰")
RAISED_BEHIND = ("", ".", "burned", "km", "10", "x", " ", "m")
QUANTITIES = (
    "in 1911. ", "on 1 May. ", "No. 2\n", "Fig. 1\n", "(1) a mill and (2) a bridge ", "5 km² ", "x² ", "2. ", "1 ", "(1911) ",
    "[12 men] ", "at 2:30. ", "1.5 ", "p. 3\n",
)  # fmt: skip
OPAQUE_KEYS = ("k7qd", "m4tz", "b2xw", "h9fc", "t3jn", "r8vp", "z5gk", "d6sl")
PLAIN_FORMS = (
    (" ", ("Nobody was hurt there [{}].", "Nobody was hurt there ({}).", "Nobody was hurt there 【{}】.", "Nobody was hurt [[{}]].")),
    (" ", ("Nobody was hurt there [^{}].", "Nobody was hurt there {{{}}}.", "Nobody was hurt <{}>.", "Nobody was hurt. [Passage {}]")),
    ("\n", ("Nobody was hurt there. {}", "Nobody was hurt there. Source: {}", "Nobody was hurt there. (Passage {})")),
    ("\n", ("Nobody was hurt there <sup>{}</sup>.", "Nobody was hurt there. Passage {}.", "- Nobody was hurt ([{}])")),
)  # fmt: skip
"""Sentences with a key each that has to be found, and what stands between them."""
WORDS = (
    "the mill burned down in March 1911 and nobody was hurt because both sides wanted more than the other would give in Hanoi "
    "Harrow 1874 no not 12 see source evidence references array[i] f(x)"
).split()
KINDS = (
    *PIECES,
    "key",
    "half key",
    "keys together",
    "quote",
    "unknown key",
    "bare key",
    "raised key",
    "mention",
    "quantity",
    "number",
    "sources",
    "passage",
    "prose",
    "long word",
)
WEIGHTS = [3 if kind in ("key", "prose", "quote", "half key", "space") else 1 for kind in KINDS]
MOST_SECONDS = 3.0
"""Seconds that composing may take once; a reply of these lengths takes a hundredth of that."""
OPEN, CLOSE = r"\[【［〔", r"\]】］〕"


@dataclass
class Case:
    """A reply, the passages by their keys, and the lengths at which it is read while it grows."""

    text: str
    passages: dict[str, Passage]
    ends: list[int]
    kinds: Counter[str] = field(default_factory=Counter)
    expected: list[str] | None = None
    """The keys that must be found, in order, where the reply is plain enough to say."""


def make_passages() -> list[Passage]:
    """Paragraphs of the bundled article, and odd ones."""
    made = []
    article = (ROOT / "data" / "articles" / "hanoi-summit.md").read_text(encoding="utf-8")
    for found in re.finditer(r"(?:[^\n]+\n?)+", article):
        if len(found.group()) > 80:
            made.append(Passage(Span("article", found.start(), found.end()), found.group(), "Article", "Heading"))
    at = 7
    for text in ODD_PASSAGES:
        made.append(Passage(Span("odd", at, at + len(text)), text, "Odd [1]", page=3))
        at += len(text) + 2
    return made


def make_sentence(passages: Sequence[Passage], chance: random.Random) -> str:
    """A sentence of a passage."""
    text = chance.choice(passages).text
    start, end = chance.choice(find_sentences(text))
    return text[start:end]


def mangle(words: str, chance: random.Random) -> str:
    """A sentence as a model misquotes it."""
    parts = words.split(" ")
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(parts))
        match chance.randrange(6):
            case 0:
                parts[at] = chance.choice(WORDS)
            case 1:
                parts = parts[:at] or parts
            case 2:
                parts = parts[at:]
            case 3:
                parts.insert(at, "...")
            case 4:
                parts[at] = parts[at].upper()
            case _:
                parts[at] = parts[at].replace("'", "’").replace(",", "") or "x"
    return " ".join(parts)


def make_piece(kind: str, keys: Sequence[str], passages: Sequence[Passage], chance: random.Random) -> str:
    """One piece of that kind."""
    key = chance.choice(keys)
    bracket = chance.choice(BRACKETS)
    times = 1 if chance.random() < 0.9 else 2
    left, right = bracket[0] * times, bracket[1] * times
    match kind:
        case "key":
            label = chance.choice(("", "", "", "", "", "passage ", "see ", "Source: ", "^", " ", "#", "`", "key:"))
            after = chance.choice(("", "", "", "", "", "†source", ", page 2", " ", "†L1-L9", "`", ":", "."))
            return left + label + (key.upper() if chance.random() < 0.1 else key) + after + right
        case "half key":
            return left + key[: chance.randrange(1, len(key) + 1)] + chance.choice(("", "", ", ", ' "', ": “", "\n"))
        case "keys together":
            joint = chance.choice((", ", "; ", " and ", " ", "][", "] [", "|", ",", "，", "] and ["))
            return left + joint.join(chance.choices([*keys, "p9wx", "3"], k=chance.randrange(2, 6))) + right
        case "quote":
            words = make_sentence(passages, chance)
            words = words if chance.random() < 0.5 else mangle(words, chance)
            words *= chance.choice((1,) * 9 + (12,))
            marks = chance.choice(QUOTE_PAIRS)
            joint = chance.choice((" ", " ", " ", ": ", "", ", ", "\n", " - "))
            return left + key + joint + marks[0] + words + marks[1] + chance.choice(("", "", "", " ")) + right
        case "unknown key":
            letters = "".join(
                chance.choices("bcdfghjkmnpqrstvwxz23456789aeiou", k=chance.choice((1, 3, 4, 4, 4, 5, 9)))
            )
            return left + chance.choice(("", "", "", "see ")) + letters + right
        case "bare key":
            label = chance.choice(("", "", "", "Source: ", "Sources: ", "Passage ", "see passage ", "(Passage "))
            joint = chance.choice((", ", "; ", " and ", " "))
            named = joint.join(chance.choices([*keys, "1", "2"], k=chance.choice((1, 1, 2, 3))))
            return chance.choice(SENTENCE_ENDS) + label + named + chance.choice(("\n", "\n", ".\n", " ", ") ", "."))
        case "raised key":
            return chance.choice(RAISED_BEHIND) + chance.choice(RAISED) + chance.choice(("", " ", ".", "\n", "x"))
        case "mention":
            return (
                chance.choice(("By passage ", "Passage ", "passages "))
                + key
                + chance.choice((" it is. ", ", ", ".\n", ".5 "))
            )
        case "quantity":
            return chance.choice(QUANTITIES)
        case "number":
            return left + chance.choice(("0", "1", "2", "3", "12", "999", "1, 2", "1-3", "1–2", "2019", "３", "1911, 2", "-1", "1.5", "١")) + right  # fmt: skip
        case "sources":
            entry = chance.choice(("- ", "* ", "1. ", "", "\n", "[1]: "))
            lines = [entry + make_piece("key", keys, passages, chance) + " Town" for _ in range(chance.randrange(4))]
            return (
                chance.choice(("\n", "\n\n", "")) + chance.choice(HEADS) + chance.choice(("\n", " ")) + "\n".join(lines)
            )
        case "passage":
            words = make_sentence(passages, chance)
            marks = chance.choice((*QUOTE_PAIRS, "  "))
            return marks[0] + (words if chance.random() < 0.5 else mangle(words, chance)) + marks[1]
        case "prose":
            return " ".join(chance.choices(WORDS, k=chance.randrange(1, 15))) + chance.choice(
                (" ", ".", ". ", "\n", "")
            )
        case "long word":
            return chance.choice("xaǅ7_[`(é") * chance.choice((61, 119, 120, 121, 500, 501, 1001, 3000))
    return chance.choice(PIECES[kind])


def mutate(text: str, other: str, chance: random.Random) -> str:
    """A reply with something wrong with it."""
    at = chance.randrange(len(text) + 1)
    length = min(chance.choice((1, 2, 5, 30, 200)), len(text) - at)
    match chance.randrange(7):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + text[at + length :]
        case 2:
            return text[:at] + text[at : at + length] * chance.choice((2, 2, 20)) + text[at:]
        case 3:
            start = chance.randrange(len(other) + 1)
            return text[:at] + other[start : start + length] + text[at:]
        case 4:
            return text[:at] + text[at : at + length][::-1] + text[at + length :]
        case 5:
            return text[:at] + text[at : at + length].swapcase() + text[at + length :]
    code = (ord(text[at]) if at < len(text) else 32) ^ (1 << chance.randrange(16))
    return text[:at] + chr(min(code, 0x10FFFF)) + text[at + 1 :]


def make_cases(chance: random.Random) -> Iterator[Case]:
    """Cases without end: one in eight is plain enough to know what must be found."""
    library = make_passages()
    other = ""
    while True:
        chosen = chance.sample(library, chance.randrange(1, 7))
        numbers = [str(number) for number in range(1, len(chosen) + 1)]
        keys = numbers if chance.random() < 0.5 else chance.sample(OPAQUE_KEYS, len(chosen))
        passages = dict(zip(keys, chosen, strict=True))
        if chance.random() < 0.125:
            named = chance.choices(keys, k=chance.randrange(1, 8))
            joint, forms = chance.choice(PLAIN_FORMS)
            text = joint.join(chance.choice(forms).format(key) for key in named)
            case = Case(text, passages, [], Counter(["plain"]), named)
        else:
            kinds = chance.choices(KINDS, WEIGHTS, k=chance.choice((2, 5, 12, 40)))
            text = "".join(make_piece(kind, keys, chosen, chance) for kind in kinds)
            for _ in range(chance.choice((0, 0, 1, 3))):
                text = mutate(text, other, chance)
            if chance.random() < 0.05:
                # Small models fall into saying the same over and over.
                kinds.append("loop")
                text = (text[-200:] * 60)[:6000]
            case = Case(text, passages, [], Counter(kinds))
        at = chance.randrange(len(case.text) + 1)
        case.ends = sorted({min(at + more, len(case.text)) for more in range(9)})
        case.ends = sorted({*case.ends, *(chance.randrange(len(case.text) + 1) for _ in range(5)), len(case.text)})
        other = case.text
        yield case


def read_words(pairs: Sequence[tuple[str, str]]) -> list[float]:
    """A stand-in for the model that judges; it has to be quick here, and not right."""
    return [measure_support(claim, [text]) for claim, text in pairs]


SUPPORT = build_support_estimator(read_words)


def check(case: Case, found: Counter[str]) -> None:
    """Read and compose one reply; what is found in it is counted.

    Raises:
        AssertionError: what was promised of replies does not hold.
    """
    text = cut_thought(case.text)
    whole = read_reply(text, case.passages)
    check_reading(whole, case.passages)
    unclosed = re.search(rf"[{OPEN}][^{OPEN}{CLOSE}\n]{{0,110}}\Z", text.strip())
    if unclosed and any(re.search(rf"\b{key}\b", unclosed.group()) for key in case.passages):
        # A reply that repeats itself ends alike without its end.
        alike = text[: unclosed.start() + len(text) - len(text.lstrip())].rstrip().endswith(unclosed.group().rstrip())
        assert alike or not whole.text.endswith(unclosed.group()), "a key in a bracket never closed is shown at the end"
    if case.expected is not None:
        assert [key for _, key in whole.marks] == case.expected, "other keys were found than stand there"
    began = time.perf_counter()
    written = read_proofs(whole, case.passages)
    composed = compose_written(written)
    judged = judge_sentences(written.claims, composed.sentences, composed.citations, SUPPORT)
    composed = replace(composed, sentences=judged)
    assert time.perf_counter() - began < MOST_SECONDS, "composing takes too long"
    check_composed(composed, whole, written, case.passages)
    began = time.perf_counter()
    doubted = [number for number, sentence in enumerate(judged) if sentence.supported is False]
    evidence = find_evidence(written, doubted, SUPPORT)
    assert time.perf_counter() - began < MOST_SECONDS, "looking evidence up takes too long"
    written, composed = put_evidence(written, judged, evidence)
    check_composed(composed, whole, written, case.passages)
    assert all(composed.sentences[number].supported for number in evidence), "found, and not supported"
    found["sentences with evidence found"] += len(evidence)
    check_growth(case, whole, found)
    text = ""
    for start, end in zip([0, *case.ends], [*case.ends, len(case.text)], strict=True):
        text += case.text[start:end]
    assert read_reply(cut_thought(text), case.passages) == whole, "it reads otherwise as it was cut"
    found["replies"] += 1
    found["characters"] += len(case.text)
    found["marks"] += len(whole.marks)
    found["quotes inside markers"] += len(whole.quotes)
    found["unknown markers"] += len(whole.unknown)
    found["keys left in the prose"] += sum(len(re.findall(rf"\b{key}\b", whole.text)) for key in case.passages)
    found["sentences"] += len(composed.sentences)
    found["sentences judged"] += sum(each.support is not None for each in composed.sentences)
    for citation in composed.citations:
        found[f"citations, {citation.status}"] += 1


def check_reading(reply: ParsedReply, passages: Mapping[str, Passage]) -> None:
    """What holds of every reading, whole or not."""
    places = [at for at, _ in reply.marks]
    assert places == sorted(places) and all(0 <= at <= len(reply.text) for at in places), "marks outside the text"
    assert {key for _, key in reply.marks} <= set(passages), "a mark of a key that nobody gave"
    assert all(0 <= number < len(reply.marks) for number, _ in reply.quotes), "a quote of no mark"
    assert is_in_order(reply.unknown, reply.text), "an unknown marker is not in the text"
    assert not ({marker[1:-1].casefold() for marker in reply.unknown} & set(passages)), "a known key is called unknown"
    keys = "|".join(map(re.escape, passages))
    if not re.search("[`~]", reply.text):
        assert not re.search(rf"[{OPEN}](?:{keys})[{CLOSE}]", reply.text), "a key in brackets is shown"


def check_growth(case: Case, whole: ParsedReply, found: Counter[str]) -> None:
    """While it grows, nothing is shown that the whole does not show, but for a list of sources at its end."""
    shown = ""
    for end in case.ends:
        growing = read_reply(cut_thought(case.text[:end]), case.passages, finished=False)
        check_reading(growing, case.passages)
        settled = growing.text
        assert whole.text.startswith(settled) or settled.startswith(whole.text), "what was shown is not in the whole"
        if whole.text.startswith(settled):
            sure = [mark for mark in growing.marks if mark[0] < len(settled)]
            assert list(whole.marks[: len(sure)]) == sure, "a mark moved"
        else:
            found["lists of sources taken back"] += 1
        found["growing readings"] += 1
        found["growing readings that hold something back"] += len(growing.text) < len(case.text[:end].rstrip())
        found["growing readings that take something back"] += not growing.text.startswith(shown)
        shown = growing.text
        if end % 4 == 0:
            written = read_proofs(growing, case.passages)
            composed = compose_written(written)
            check_composed(composed, growing, written, case.passages)
            assert all(each.support is None for each in composed.sentences), "judged before its end"


def check_composed(composed: Composed, reply: ParsedReply, written: Written, passages: Mapping[str, Passage]) -> None:
    """Every offset holds, every quote is its passage's, and numbers count from one in order of first mention."""
    text, citations = composed.text, composed.citations
    assert [citation.number for citation in citations] == list(range(1, len(citations) + 1)), "numbers"
    assert len({citation.span for citation in citations}) == len(citations), "a span with two numbers"
    firsts = [citation.markers[0] for citation in citations]
    assert firsts == sorted(firsts), "numbers are not in the order of first mention"
    ends = [0, *(sentence.end for sentence in composed.sentences)]
    for before, sentence in zip(ends, composed.sentences, strict=False):
        assert before <= sentence.start < sentence.end <= len(text), "sentences overlap"
        assert text[sentence.start : sentence.end] == sentence.text, "a sentence's offsets"
        assert sentence.support is None or 0 <= sentence.support <= 1, "support"
        assert (sentence.support is None) == (sentence.supported is None), "supported without support"
        own = {c.number for c in citations for low, high in c.markers if sentence.start <= low and high <= sentence.end}
        assert set(sentence.citations) == own, "a sentence's numbers are not those that stand in it"
    placed = sorted(marker for citation in citations for marker in citation.markers)
    for (_, before), (start, _) in pairwise(placed):
        assert before <= start, "markers overlap"
    for citation in citations:
        home = citation.passage.span
        assert any(citation.passage is passage for passage in passages.values()), "a passage that nobody gave"
        assert citation.status in ("verbatim", "close", "unverified"), "status"
        assert home.start <= citation.span.start < citation.span.end <= home.end, "outside its passage"
        low, high = citation.span.start - home.start, citation.span.end - home.start
        assert citation.span.document_id == home.document_id and citation.quote == citation.passage.text[low:high], (
            "not the words between its offsets"
        )
        for start, end in citation.markers:
            assert text[start:end] == f"[{citation.number}]", "a marker's offsets"
            assert sum(each.start <= start and end <= each.end for each in composed.sentences) == 1, "a homeless marker"
    rest = "".join(text[low:high] for low, high in zip([0, *(p[1] for p in placed)], [*(p[0] for p in placed), len(text)], strict=True))  # fmt: skip
    assert re.sub(r"\s", "", rest) == re.sub(r"\s", "", reply.text), "other words than the reply's"
    assert is_in_order(reply.unknown, rest), "an unknown marker got lost"
    if composed.sentences:
        assert {citation.span for citation in citations} == {proof.span for proof in written.proofs}, "a proof got lost"
        if all(proof.origin == "model" for proof in written.proofs):
            cited = {id(citation.passage) for citation in citations}
            assert cited == {id(passages[key]) for _, key in reply.marks}, "a known key got lost"


def is_in_order(markers: Sequence[str], text: str) -> bool:
    """Whether all markers stand in the text one after the other."""
    at = 0
    for marker in markers:
        at = text.find(marker, at)
        if at < 0:
            return False
        at += len(marker)
    return True


def find_problem(case: Case, found: Counter[str]) -> str:
    """What is wrong with it; empty where nothing is."""
    try:
        check(case, found)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]
    return ""


def shorten(case: Case, problem: str, seconds: float = 5.0) -> Case:
    """The case with as much of it left out as can be while it fails alike."""
    until = time.monotonic() + seconds

    def fails(text: str) -> bool:
        ends = list(range(len(text) + 1)) if len(text) < 400 else case.ends
        return find_problem(Case(text, case.passages, ends), Counter()) == problem

    text, length = case.text, max(1, len(case.text) // 2)
    if not fails(text):
        return case
    while length and time.monotonic() < until:
        at = 0
        while at < len(text) and time.monotonic() < until:
            shorter = text[:at] + text[at + length :]
            if fails(shorter):
                text = shorter
            else:
                at += length
        length //= 2
    return Case(text, case.passages, list(range(len(text) + 1)), case.kinds)


def fuzz(seconds: float, seed: int, keep: Path) -> int:
    """Try replies until the time is up, print the totals, and return how many failed."""
    chance = random.Random(seed)
    pieces, replies, failed, found, problems = (Counter[str]() for _ in range(5))
    slowest = (0.0, 0)
    until = time.monotonic() + seconds
    for number, case in enumerate(make_cases(chance), 1):
        if time.monotonic() >= until:
            break
        pieces += case.kinds
        replies.update(case.kinds.keys())
        began = time.perf_counter()
        problem = find_problem(case, found)
        slowest = max(slowest, (time.perf_counter() - began, len(case.text)))
        if problem:
            failed.update(case.kinds.keys())
            problems[problem] += 1
            if problems[problem] <= 3:
                keep.mkdir(parents=True, exist_ok=True)
                name = keep / f"{seed}-{number}.json"
                small = shorten(case, problem)
                told = {key: passage.text for key, passage in case.passages.items()}
                name.write_text(json.dumps({"problem": problem, "text": small.text, "passages": told}, indent=1))
                print(f"{problem}: {ascii(small.text)[:300]} -> {name}", flush=True)
    print(f"\n{'piece':18} {'pieces':>9} {'replies':>9} {'failed':>7}")
    for kind in sorted(pieces):
        print(f"{kind:18} {pieces[kind]:9,} {replies[kind]:9,} {failed[kind]:7,}")
    print(f"\n{'found':42} {'count':>12}")
    for label, count in sorted(found.items()):
        print(f"{label:42} {count:12,}")
    print(f"{'failures':42} {sum(problems.values()):12,}")
    for problem, count in problems.most_common():
        print(f"  {problem[:100]} ({count:,})")
    print(f"slowest: {slowest[0]:.2f} s for all readings of a reply of {slowest[1]:,} characters")
    print(f"seed {seed}, {seconds:g} seconds")
    return sum(problems.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="folder for the replies that failed")
    arguments = parser.parse_args()
    sys.exit(1 if fuzz(arguments.seconds, arguments.seed, arguments.keep) else 0)


if __name__ == "__main__":
    main()
