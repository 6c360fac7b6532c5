"""Feed broken and strange documents to reading, cleaning and splitting: ``make fuzz``, or with --seconds and --seed.

The fixtures of every format, and made texts, are cut, flipped, repeated and spliced. Each is read as it would be by
``footnote ingest``, and whatever comes out of it is split. Failed is: an exception other than SourceError, a parser's
own slip (the worker's report of one), a worker that broke down, and any passage that is not exactly the text between
its offsets, is too long, or leaves a gap. The inputs that failed are kept in a folder, to become tests.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import sys
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "ingest")]

from made_containers import make_mhtml  # noqa: E402
from made_html import PAGES  # noqa: E402
from made_office import ods, odt, pptx, shape, xlsx  # noqa: E402
from test_eml import message as make_message  # noqa: E402
from test_rst import SURVEY  # noqa: E402

from ingest.clean import assemble  # noqa: E402
from ingest.limits import Limits  # noqa: E402
from ingest.loaders import KINDS, Kind  # noqa: E402
from ingest.sandbox.confined import Confined, parsing  # noqa: E402
from ingest.split import MAX_CHARACTERS, MAX_TOKENS, embedding_texts, split_document  # noqa: E402
from rag.errors import SourceError  # noqa: E402
from rag.index.embeddings import TokenCounter, build_embeddings, build_token_counter  # noqa: E402
from rag.settings import read_settings  # noqa: E402
from rag.types import Document  # noqa: E402

MARKUP = (
    "# ", "## ", "\n\n", "\n", "- ", "1. ", "| a | b |\n|---|---|\n", "```\n", "> ", "<div>", "</p>", "<table><tr><td>",
    "<h2>", "&amp;", "&#x0;", ".. note::\n\n   ", "=====\n", ":ref:`x`", ",", ";", '"', "\t", "\r\n", "\x00", "\ufeff", "\u200b",
    "\u2028", "\x85", "\u00ad", "Mr. ", "e.g. ", "3.14 ", "...", "!? ", "“", "\u0301", "\U0001f600", "中文", "שלום ",
    "x" * 120, "a. " * 30, "(" * 50, "*" * 40, "[[", "](", "Subject: x\n", "From: a@b\n", "Content-Type: text/html\n\n",
)  # fmt: skip
WORDS = "the summit ended without a deal because both sides wanted more than the other would give in Hanoi".split()


def find_seeds() -> dict[Kind, list[bytes]]:
    """Files of each kind: the fixtures, the bundled article, the README, and what the tests make."""
    seeds: dict[Kind, list[bytes]] = defaultdict(list)
    places = [*(ROOT / "tests" / "fixtures").rglob("*"), *(ROOT / "data" / "articles").iterdir(), ROOT / "README.md"]
    for path in sorted(places):
        if path.is_file() and path.suffix.lower() in KINDS:
            seeds[KINDS[path.suffix.lower()]].append(path.read_bytes())
    seeds["html"] += [page.markup.encode() for page in PAGES.values()]
    seeds["mhtml"] += [make_mhtml(page.markup.encode("ascii", "ignore").decode()) for page in PAGES.values()]
    seeds["rst"].append(SURVEY.encode())
    seeds["csv"] += [b'name,born,place\nAda,1815,London\nAlan,1912,"Maida Vale, London"\n' * 5, b"a;b\n1;2\n3;4\n"]
    letter = make_message()
    letter.add_alternative(PAGES["blog"].markup, subtype="html")
    letter.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="bill.pdf")
    letter.add_attachment(make_message("An earlier letter.\n", subject="Before"))
    seeds["eml"] += [bytes(letter), bytes(make_message())]
    seeds["sheets"] += [
        xlsx({"A": [["Port", "High"], ["Brest", 7.1], [None, 8]], "B": [["x"]]}, merged=["A2:A3"]),
        ods(""),
    ]
    seeds["pptx"].append(
        pptx(shape("Tides", "ctrTitle") + shape("high\nlow", "body"), shape("End"), notes={1: "Speak up."})
    )
    seeds["odt"].append(
        odt("<text:h>Tides</text:h><text:p>High<text:s/>water.</text:p><text:list><text:list-item/></text:list>")
    )
    seeds["json"].append(b'[{"name": "Ada", "born": 1815, "at": {"city": ["London"]}}, [1, null, true]]')
    seeds["notebook"].append(
        b'{"cells": [{"cell_type": "code", "source": ["x"], "outputs": [{"text": "1"}]}], "metadata": {}}'
    )
    seeds["code"].append(Path(__file__).read_bytes())
    return seeds


def make_text(chance: random.Random) -> str:
    """Words, markup and odd characters in any order."""
    parts = []
    for _ in range(chance.randrange(1, 400)):
        dice = chance.random()
        if dice < 0.6:
            parts.append(chance.choice(WORDS) + chance.choice((" ", " ", " ", ". ", ", ", "\n", "\n\n")))
        elif dice < 0.95:
            parts.append(chance.choice(MARKUP))
        else:
            parts.append(chr(chance.choice((chance.randrange(0xD800), chance.randrange(0xE000, 0x110000)))))
    return "".join(parts)


def mutate(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """A file with a few things wrong with it."""
    data = bytearray(content)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data) + 1)
        length = min(chance.choice((1, 4, 64, 1024)), len(data) - at)
        match chance.randrange(7):
            case 0:
                del data[at:]
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length] * chance.choice((1, 2, 50))
            case 3:
                other = chance.choice(others)
                start = chance.randrange(len(other) + 1)
                data[at:at] = other[start : start + length]
            case 4:
                data[at:at] = chance.choice(MARKUP).encode("utf-8", "surrogatepass")
            case 5:
                data[at : at + length] = chance.randbytes(length)
            case _:
                for _ in range(chance.randrange(1, 8)):
                    if data:
                        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def mutate_part(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """A zip container whose directory is right and one of whose parts has a few things wrong with it."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(made, "w") as new:
        names = given.namelist()
        wrong = chance.choice(names)
        for name in names:
            part = given.read(name)
            new.writestr(name, mutate(part, [part, *others], chance) if name == wrong else part)
    return made.getvalue()


def make_inputs(chance: random.Random) -> Iterator[tuple[Kind, bytes]]:
    """Inputs of all kinds in turn, without end."""
    seeds = find_seeds()
    kinds: list[Kind] = sorted(set(KINDS.values()))
    encodings = ("utf-8", "utf-16", "cp1252", "utf-8-sig", "gb18030")
    while True:
        for kind in kinds:
            if seeds[kind] and chance.random() < 0.7:
                inside = kind in ("docx", "epub", "odt", "pptx", "sheets") and chance.random() < 0.8
                change = mutate_part if inside else mutate
                yield kind, change(chance.choice(seeds[kind]), seeds[kind], chance)
            else:
                yield kind, make_text(chance).encode(chance.choice(encodings), "replace")


def check(content: bytes, kind: Kind, parse_one: Confined, count_tokens: TokenCounter) -> int:
    """Read and split one input; the number of passages.

    Raises:
        SourceError: it is refused, which is right.
        AssertionError: what was promised of passages does not hold.
    """
    cleaned = assemble(parse_one(content, kind), "fuzz")
    document = Document(
        "fuzz", cleaned.title, cleaned.text, "fuzz", "0", outline=cleaned.outline, page_starts=cleaned.page_starts
    )
    passages = split_document(document, count_tokens)
    assert "".join(passage.text for passage in passages) == (document.text if document.text.strip() else ""), "a gap"
    for passage in passages:
        span = passage.span
        assert passage.text == document.text[span.start : span.end], "not the text between its offsets"
        assert len(passage.text) <= MAX_CHARACTERS, "too many characters"
    tokens = count_tokens(embedding_texts(passages, count_tokens)) if passages else []
    assert all(count <= MAX_TOKENS or len(p.text) == 1 for p, count in zip(passages, tokens, strict=True)), (
        "too many tokens"
    )
    for heading in document.outline:
        line = document.text[heading.start : heading.end]
        assert line.strip() and "\n" not in line, "the outline points at no line"
    starts = document.page_starts
    assert list(starts) == sorted(starts) and all(0 <= start <= len(document.text) for start in starts), "page starts"
    return len(passages)


def fuzz(seconds: float, seed: int, keep: Path) -> int:
    """Try inputs until the time is up, print the totals, and return how many failed."""
    chance = random.Random(seed)
    count_tokens = build_token_counter(build_embeddings(read_settings()))
    tried, read, refused, failed, passages = (Counter[str]() for _ in range(5))
    reasons = Counter[str]()
    until = time.monotonic() + seconds
    with parsing(Limits(seconds=20)) as parse_one:
        for kind, content in make_inputs(chance):
            if time.monotonic() >= until:
                break
            tried[kind] += 1
            problem = ""
            try:
                passages[kind] += check(content, kind, parse_one, count_tokens)
                read[kind] += 1
            except SourceError as error:
                refused[kind] += 1
                reasons[re.sub(r"[\d,.]+|its part \S+", "…", str(error))[:60]] += 1
                if any(
                    words in str(error) for words in ("cannot be read as", "broke down", "makes no sense", "takes more")
                ):
                    problem = str(error)
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
            if problem:
                failed[kind] += 1
                keep.mkdir(parents=True, exist_ok=True)
                name = keep / f"{seed}-{sum(tried.values())}.{kind}"
                name.write_bytes(content)
                print(f"{kind}: {problem[:200]} -> {name}", flush=True)
    print(f"\n{'format':10} {'tried':>7} {'read':>7} {'refused':>8} {'failed':>7} {'passages':>9}")
    counts = (tried, read, refused, failed, passages)
    for label in (*sorted(tried), "all"):
        row = [sum(c.values() if label == "all" else (c[kind] for kind in c if kind == label)) for c in counts]
        print(f"{label:10} {row[0]:7} {row[1]:7} {row[2]:8} {row[3]:7} {row[4]:9}")
    print("\nrefused most often: " + "; ".join(f"{reason} ({count})" for reason, count in reasons.most_common(6)))
    print(f"seed {seed}, {seconds:g} seconds")
    return sum(failed.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="folder for the inputs that failed")
    arguments = parser.parse_args()
    sys.exit(1 if fuzz(arguments.seconds, arguments.seed, arguments.keep) else 0)


if __name__ == "__main__":
    main()
