"""Compare what is read from web pages with trafilatura alone, against the text that a reader came for.

``python tests/benchmarks/compare_html_extraction.py [--data DIR]``. Without a folder, made pages are read. With one (or
``FOOTNOTE_DATASETS``), public sets of real pages in it are too, each a checkout of its own, passed over where it is absent:

- ``article-extraction-benchmark`` (Scrapinghub): articles as text; recall, precision and F1 of runs of four words, as its
  ``evaluate.py`` computes them
- ``readability`` (Mozilla): its ``test/test-pages``, against the words of what its own tests expect; the same figures
- ``documentation-pages``: pages of documentation, NAME.html, and what they say, NAME.txt. Built from public sources: by Sphinx
  (``-b html`` with several themes, ``-b text`` for the words), by MkDocs (the words are those of the rendered Markdown)
- ``trafilatura``: phrases that a text must and must not have, as its ``tests/evaluate.py`` counts them; title, author, date
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parents[1]))
from made_html import PAGES, TITLE, Page

Read = tuple[str, str, str, str]
"""Text, title, author and date."""

RUN = 4
"""Words in a run, as article-extraction-benchmark compares them."""


@dataclass(frozen=True, slots=True)
class Annotated:
    """A page of trafilatura's set with phrases that its text has and has not; the head's fields are None where not told."""

    content: bytes
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    title: str | None
    author: str | None
    date: str | None


def footnote(content: bytes) -> Read:
    from ingest.formats.html.parse import parse_html

    found = parse_html(content)
    return "\n\n".join(block.text for block in found.blocks), found.title, found.author, found.date


def trafilatura(content: bytes) -> Read:
    from trafilatura import bare_extraction

    found = bare_extraction(content, with_metadata=True, include_comments=False)
    if found is None or isinstance(found, dict):
        return "", "", "", ""
    return found.text or "", found.title or "", found.author or "", found.date or ""


READERS: tuple[Callable[[bytes], Read], ...] = (footnote, trafilatura)


def find_runs(text: str) -> Counter[tuple[str, ...]]:
    """How often each run of words stands in a text; a shorter text is one run."""
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1)) if words)


def score_runs(right: str, read: str) -> tuple[float | None, float | None]:
    """Recall and precision of the runs of words; None where there are none to be shared out."""
    there, here = find_runs(right), find_runs(read)
    shared = (there & here).total()
    recall = 1.0 if there == here else shared / there.total() if there else None
    precision = 1.0 if there == here else shared / here.total() if here else None
    return recall, precision


def f1(recall: float, precision: float) -> float:
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0


def try_to(reader: Callable[[bytes], Read], content: bytes) -> Read | None:
    """What is read, or None where the page is refused."""
    from rag.errors import SourceError

    try:
        return reader(content)
    except SourceError:
        return None
    except Exception as error:
        print(f"  {reader.__name__}: {type(error).__name__}: {error}")
        return None


def load_articles(folder: Path) -> Iterator[tuple[str, bytes, str]]:
    """Name, page and text of each of article-extraction-benchmark."""
    for name, item in json.loads((folder / "ground-truth.json").read_text(encoding="utf-8")).items():
        yield name[:12], gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()), item["articleBody"]


def load_readable(folder: Path) -> Iterator[tuple[str, bytes, str]]:
    """Name, page and text of each of Readability's tests."""
    from lxml import html

    from ingest.formats.page_texts import texts_of

    for page in sorted((folder / "test" / "test-pages").iterdir()):
        expected = html.fromstring((page / "expected.html").read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
        yield page.name, (page / "source.html").read_bytes(), " ".join(texts_of(expected))


def load_documentation(folder: Path) -> Iterator[tuple[str, bytes, str]]:
    """Name, page and text of each page of documentation."""
    for page in sorted(folder.glob("*.html")):
        yield page.stem, page.read_bytes(), page.with_suffix(".txt").read_text(encoding="utf-8")


def compare_texts(title: str, pages: Iterable[tuple[str, bytes, str]], worst: int) -> None:
    """Against the texts that people or a tool made of pages."""
    content, right = {}, {}
    for name, markup, text in pages:
        content[name], right[name] = markup, text
    print(f"{title}, {len(content)} pages")
    print(f"{'reader':12} {'F1':>6} {'recall':>6} {'precision':>9} {'refused':>7} {'pages/s':>7}")
    for reader in READERS:
        started = time.perf_counter()
        found = {name: try_to(reader, markup) for name, markup in content.items()}
        speed = len(content) / (time.perf_counter() - started)
        scores = {name: score_runs(right[name], (found[name] or ("",))[0]) for name in right}
        recall = mean(one for one, _ in scores.values() if one is not None)
        precision = mean(other for _, other in scores.values() if other is not None)
        refused = sum(read is None for read in found.values())
        print(
            f"{reader.__name__:12} {f1(recall, precision):6.3f} {recall:6.3f} {precision:9.3f} {refused:7} {speed:7.1f}"
        )
        for name in sorted(scores, key=lambda name: f1(*(value or 0.0 for value in scores[name])))[:worst]:
            print(f"    {name[:50]:50} {scores[name][0] or 0:.2f} {scores[name][1] or 0:.2f}")


def load_annotated(folder: Path) -> Iterator[tuple[str, Annotated]]:
    """The pages of trafilatura's set."""
    tests = folder / "tests" if (folder / "tests").is_dir() else folder
    for item in json.loads((tests / "evaldata.json").read_text(encoding="utf-8")).values():
        paths = [tests / part / item["file"] for part in ("cache", "eval")]
        for path in [path for path in paths if path.is_file()][:1]:
            head = [item[name] or "" if name in item else None for name in ("title", "author", "date")]
            yield item["file"], Annotated(path.read_bytes(), tuple(item["with"]), tuple(item["without"]), *head)


def compare_annotated(folder: Path, worst: int) -> None:
    """Against the phrases, titles, authors and dates of trafilatura's set."""
    pages = dict(load_annotated(folder))
    print(f"trafilatura's pages, {len(pages)}")
    names = ("title", "author", "date")
    columns = "".join(f" {name:>6}" for name in names)
    print(f"{'reader':12} {'F1':>6} {'recall':>6} {'precision':>9} {'refused':>7} {'pages/s':>7}{columns}")
    for reader in READERS:
        started = time.perf_counter()
        found = {name: try_to(reader, page.content) for name, page in pages.items()}
        speed = len(pages) / (time.perf_counter() - started)
        hits, misses, wrong = 0, 0, 0
        faults: list[tuple[int, str]] = []
        for name, page in pages.items():
            text = " ".join((found[name] or ("",))[0].split())
            here = [" ".join(phrase.split()) in text for phrase in page.wanted]
            there = [" ".join(phrase.split()) in text for phrase in page.unwanted]
            hits, misses, wrong = hits + sum(here), misses + len(here) - sum(here), wrong + sum(there)
            faults.append((len(here) - sum(here) + sum(there), f"{name[:50]} -{len(here) - sum(here)} +{sum(there)}"))
        recall, precision = hits / max(1, hits + misses), hits / max(1, hits + wrong)
        refused = sum(read is None for read in found.values())
        heads = "".join(f" {score_head(field, at, pages, found):6.3f}" for at, field in enumerate(names, 1))
        line = f"{f1(recall, precision):6.3f} {recall:6.3f} {precision:9.3f} {refused:7} {speed:7.1f}{heads}"
        print(f"{reader.__name__:12} {line}")
        for _, fault in sorted(faults, reverse=True)[:worst]:
            print(f"    {fault}")


def score_head(field: str, at: int, pages: dict[str, Annotated], found: dict[str, Read | None]) -> float:
    """The share of the pages that have such a field for which it is read right, but for case and space."""
    told = [name for name, page in pages.items() if getattr(page, field)]
    right = [plain(getattr(pages[name], field)) == plain((found[name] or ("",) * 4)[at]) for name in told]
    return mean(right) if right else 0.0


def plain(text: str | list[str]) -> str:
    """The words of a name or a title, or of several names, in no order."""
    said = text if isinstance(text, str) else " ".join(text)
    return " ".join(sorted(re.findall(r"\w+", said.casefold())))


def score(read: Read, page: Page) -> tuple[float, float, str]:
    there, here = (
        Counter(re.findall(r"\w+", text))
        for text in ("\n".join((TITLE, *page.text)), "\n".join((TITLE, read[0].removeprefix(TITLE))))
    )
    shared = (there & here).total()
    wanted = (("title", TITLE, read[1]), ("author", page.author, read[2]), ("date", page.date, read[3]))
    wrong = ", ".join(f"{name} '{found}'" for name, right, found in wanted if found != right)
    return shared / there.total(), shared / max(1, here.total()), wrong or "all right"


def compare_made() -> None:
    """Against pages made in the shapes of different tools."""
    print(f"{'made page':26} {'reader':12} recall precision  title, author, date")
    for name, page in PAGES.items():
        for reader in READERS:
            recall, precision, head = score(reader(page.markup.encode()), page)
            print(f"{name:26} {reader.__name__:12} {recall:6.3f} {precision:9.3f}  {head}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare what is read from web pages with trafilatura alone.")
    parser.add_argument("--data", type=Path, default=os.environ.get("FOOTNOTE_DATASETS"), help="folder of the sets")
    parser.add_argument("--worst", type=int, default=0, help="so many of the worst pages of each reader are named")
    parser.add_argument("--set", action="append", help="one set alone; may be given several times")
    parser.add_argument("--only", choices=[reader.__name__ for reader in READERS], help="one reader alone")
    options = parser.parse_args()
    if options.only:
        globals()["READERS"] = tuple(reader for reader in READERS if reader.__name__ == options.only)
    compare_made()
    texts = {
        "article-extraction-benchmark": load_articles,
        "readability": load_readable,
        "documentation-pages": load_documentation,
    }
    for name in (*texts, "trafilatura"):
        folder = Path(options.data or "") / name
        if not options.data or not folder.is_dir() or (options.set and name not in options.set):
            continue
        print()
        if name in texts:
            compare_texts(name, texts[name](folder), options.worst)
        else:
            compare_annotated(folder, options.worst)


if __name__ == "__main__":
    main()
