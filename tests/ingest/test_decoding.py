"""Bytes as text: one bad byte spoils one character, older encodings are told from broken UTF-8, marks are not needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding import SOUND, decode, decode_utf8
from ingest.loaders import Kind
from ingest.parse import parse
from rag.errors import SourceError

GERMAN = "Der Präsident sagte, die Gespräche über die Größe der Straße seien verschoben worden.\n\n" * 20
RUSSIAN = "Переговоры были отложены до весны, сказал президент в Ханое.\n\n" * 20
PLAIN = "The ferry Saimaa carried 612 passengers in 1934. It was built in Turku and painted white.\n\n" * 20
OLDER = {
    "cp1252": "«ÉTÉ» À L’ÉCOLE: “ÉPÉE” – où êtes-vous né? Ça coûte 3 €. Größe, Straße, España, niño, jamón",
    "cp1250": "Zażółć gęślą jaźń. Łódź „Śląsk” – źdźbło",
    "iso8859-2": "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "cp1251": "Президент сказал, что переговоры были отложены до весны. «МОСКВА» — „Юг“",
    "koi8-r": "Президент сказал, что переговоры были отложены до весны. МОСКВА",
    "cp1253": "Ο πρόεδρος είπε ότι οι συνομιλίες αναβλήθηκαν. «ΑΘΗΝΑ»",
    "cp1254": "Başkan görüşmelerin bahara kadar ertelendiğini söyledi. «ŞİİR»",
    "cp1255": "הנשיא אמר כי השיחות נדחו עד האביב",
    "cp1256": "قال الرئيس إن المحادثات تأجلت حتى الربيع",
    "cp874": "ประธานาธิบดีกล่าวว่าการเจรจาถูกเลื่อนออกไป",
    "gbk": "总统表示，会谈已推迟到春天。我们将继续努力，争取达成协议。",
    "big5": "總統表示，會談已推遲到春天。我們將繼續努力，爭取達成協議。",
    "shift_jis": "大統領は会談が春まで延期されたと述べた。私たちは合意を目指します。",
    "euc_jp": "大統領は会談が春まで延期されたと述べた。私たちは合意を目指します。",
    "cp949": "대통령은 회담이 봄까지 연기되었다고 말했다. 우리는 합의를 위해 노력할 것입니다.",
}


def words(content: bytes, kind: Kind) -> str:
    return "\n".join(block.text for block in parse(content, kind).blocks)


@pytest.mark.parametrize("text", [GERMAN, RUSSIAN], ids=["German", "Russian"])
@pytest.mark.parametrize("bad", [b"\x92", b"\xe2\x80", b"\xff"], ids=["Windows quote", "cut character", "no character"])
def test_one_bad_byte_spoils_one_character(text: str, bad: bytes) -> None:
    half = len(text) // 2
    read = decode(text[:half].encode() + bad + text[half:].encode())
    assert read.replace("\ufffd", "") == text
    assert read.count("\ufffd") == 1


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("text", ""),
        ("markdown", "# Über\n\n"),
        ("rst", "Über\n====\n\n"),
        ("csv", "Größe;Straße\n1;2\n"),
        ("html", "<meta charset=utf-8><title>Über</title><p>"),
        ("eml", "From: Ada <a@b.org>\nContent-Type: text/plain; charset=utf-8\n\n"),
    ],
)
def test_every_format_says_how_much_it_could_not_read(kind: Kind, head: str) -> None:
    read = parse(head.encode() + GERMAN[:400].encode() + b"\x92Br\xc3\xbccke. " + GERMAN.encode(), kind)
    assert "1 character could not be read" in read.note
    text = " ".join(block.text for block in read.blocks)
    assert "\ufffdBrücke" in text
    assert "Straße" in text


def test_a_character_cut_at_the_end_costs_nothing_else() -> None:
    assert decode(RUSSIAN.strip().encode()[:-1]).startswith(RUSSIAN[:200])


def test_a_byte_that_no_encoding_knows_does_not_refuse_a_plain_text() -> None:
    read = decode(PLAIN.encode() + b"\x81\x8d\x8f\x90\x9d" + PLAIN.encode())
    assert read.startswith(PLAIN)
    assert read.endswith(PLAIN[100:])


@pytest.mark.parametrize("encoding", OLDER)
def test_texts_in_older_encodings_are_no_broken_utf_8(encoding: str) -> None:
    content = OLDER[encoding].encode(encoding)
    broken = content.decode("utf-8", "replace")
    bad = broken.count("\ufffd")
    assert sum(character > "\x7f" for character in broken) - bad < 0.7 * bad < SOUND * bad
    assert decode_utf8(content) is None


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text", [PLAIN, RUSSIAN, GERMAN, "会谈已推迟到春天。\n我们将继续努力。 Hanoi\n" * 9], ids=["en", "ru", "de", "zh"]
)
def test_wide_encodings_need_no_mark(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("kind", ["text", "markdown", "rst", "csv", "html"])
def test_every_text_format_reads_them(kind: Kind) -> None:
    assert "carried 612 passengers" in words(PLAIN.encode("utf-16-le"), kind)


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40,
        b"PK\x03\x04" + bytes(range(255, -1, -1)) * 40,
        bytes(1_000) + b"x",
    ],
    ids=["program", "archive", "zeros"],
)
def test_what_is_no_text_stays_refused(content: bytes) -> None:
    with pytest.raises(SourceError, match="not a text file"):
        decode(content)


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_are_read_or_refused_in_one_line(content: bytes) -> None:
    try:
        assert isinstance(decode(content), str)
    except SourceError as error:
        assert "\n" not in str(error)
