"""Inputs that broke a parser once (found by tests/fuzz): each is refused, or read, and never again breaks anything."""

from __future__ import annotations

import io
import zipfile

import pytest

from ingest.parse import parse
from rag.errors import SourceError


def make_zip(name: str = "word/document.xml", content: bytes = b"<x/>") -> bytearray:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, content)
    return bytearray(made.getvalue())


@pytest.mark.parametrize("kind", ["docx", "epub"])
def test_a_zip_directory_that_points_before_the_file(kind: str) -> None:
    broken = make_zip("word/document.xml" if kind == "docx" else "META-INF/container.xml")
    at = broken.rindex(b"PK\x05\x06")
    broken[at + 16 : at + 20] = (5_000).to_bytes(4, "little")  # where the directory is said to begin
    with pytest.raises(SourceError):
        parse(bytes(broken), kind)  # type: ignore[arg-type]


def test_a_zip_part_whose_name_is_not_the_text_that_it_claims_to_be() -> None:
    broken = make_zip("META-INF/container.xml")
    broken[6:8] = (0x800).to_bytes(2, "little")  # the flag of a name in UTF-8
    broken[30] = 0xE2
    with pytest.raises(SourceError, match="damaged"):
        parse(bytes(broken), "epub")


def test_control_characters_beside_hidden_words() -> None:
    for words in (b"a\x01b", b"a&#1;b", b"a&#xfffe;b"):
        text = parse(b"<p>x<b hidden>y</b>" + words + b"<i hidden>z</i>" + words + b"</p>", "html").blocks[0].text
        assert text == "xabab"
