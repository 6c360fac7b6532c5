"""Compare what is read from web pages with trafilatura, against the text that a reader came for.

``python tests/benchmarks/compare_html_extraction.py``; trafilatura is no part of Footnote, and is left out where it is
not installed. Columns: words of the text that were read (recall), words read that are of the text (precision), and
whether title, author and date are those of the page.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from made_html import PAGES, TITLE, Page

Read = tuple[str, str, str, str]
"""Text, title, author and date."""


def footnote(markup: str) -> Read:
    from ingest.formats.html.parse import parse_html

    found = parse_html(markup.encode())
    return "\n\n".join(block.text for block in found.blocks), found.title, found.author, found.date


def trafilatura(markup: str) -> Read:
    from trafilatura import bare_extraction, extract

    found = bare_extraction(markup, with_metadata=True)
    text = extract(markup, favor_recall=True) or ""
    return text, (found and found.title) or "", (found and found.author) or "", (found and found.date) or ""


def score(read: Read, page: Page) -> tuple[float, float, str]:
    there, here = (
        Counter(re.findall(r"\w+", text))
        for text in ("\n".join((TITLE, *page.text)), "\n".join((TITLE, read[0].removeprefix(TITLE))))
    )
    shared = sum((there & here).values())
    wanted = (("title", TITLE, read[1]), ("author", page.author, read[2]), ("date", page.date, read[3]))
    wrong = ", ".join(f"{name} '{found}'" for name, right, found in wanted if found != right)
    return shared / sum(there.values()), shared / max(1, sum(here.values())), wrong or "all right"


def main() -> None:
    readers: list[Callable[[str], Read]] = [footnote, trafilatura]
    print(f"{'page':26} {'reader':12} recall precision  title, author, date")
    for name, page in PAGES.items():
        for reader in readers:
            try:
                recall, precision, head = score(reader(page.markup), page)
            except ImportError:
                continue
            print(f"{name:26} {reader.__name__:12} {recall:6.3f} {precision:9.3f}  {head}")


if __name__ == "__main__":
    main()
