"""Pictures of text, as scanners make them, and stand-ins for the program that reads them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

DOTS_PER_INCH = 200


def draw_page(lines: Sequence[str]) -> Image.Image:
    """A page of A5 in black on white."""
    page = Image.new("L", (int(5.8 * DOTS_PER_INCH), int(8.3 * DOTS_PER_INCH)), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(34)
    for number, line in enumerate(lines):
        pen.text((100, 120 + 56 * number), line, fill=0, font=font)
    return page


def save_as(kind: str, *pages: Sequence[str]) -> bytes:
    """Scanned pages as a file: PNG, JPEG, TIFF or PDF."""
    first, *others = map(draw_page, pages)
    made = io.BytesIO()
    more = {"save_all": True, "append_images": others} if kind in ("PDF", "TIFF") else {}
    first.save(made, kind, **more, **({"resolution": DOTS_PER_INCH} if kind == "PDF" else {}))
    return made.getvalue()


def put_on_path(folder: Path, script: str) -> None:
    """A program of tesseract's name, in the shell's own words: it can start no other program."""
    program = folder / "tesseract"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
