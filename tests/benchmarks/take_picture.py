"""Takes the README's picture of the page, `ui/web/assets/page.png`, as it is now: two questions, and the source of the second answer.

python tests/benchmarks/take_picture.py
python tests/benchmarks/take_picture.py --out elsewhere.png
"""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path

from time_page import ARGUMENTS, ARTICLES, CHROMIUM, ROOT, serve

QUESTIONS = ("What did Trump say on leaving the summit?", "Which country moved closer to the United States?")
SIZE = {"width": 1280, "height": 800}
COLOURS = 128
"""Of a page in so few colours as this one nobody sees a difference; the picture is a quarter as large."""


def take(address: str) -> bytes:
    """The page as a person sees it who has asked twice and points at the last footnote."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, reduced_motion="reduce", color_scheme="light")  # type: ignore[arg-type]
        page.goto(address)
        page.wait_for_selector("#source .document")
        for number, question in enumerate(QUESTIONS, start=1):
            page.fill("#question textarea", question)
            page.press("#question textarea", "Enter")
            page.wait_for_function("n => document.querySelectorAll('#chat .actions').length === n", arg=number)
            page.wait_for_selector("#question .submit-button")
        page.wait_for_selector("#next [data-ask]")
        page.locator("#chat a.footnote").last.hover()
        page.wait_for_selector("#preview .copying")
        page.wait_for_timeout(500)
        picture = page.screenshot()
        browser.close()
        return picture


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "ui" / "web" / "assets" / "page.png", metavar="FILE")
    options = parser.parse_args(arguments)

    from PIL import Image

    from ingest.pipeline import ingest_paths
    from rag import build_embeddings, read_settings

    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        ingest_paths([ARTICLES], directory=index, embeddings=build_embeddings(read_settings()))
        with serve(index) as (address, _):
            picture = Image.open(io.BytesIO(take(address))).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(options.out, optimize=True)
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
