"""E-mail messages: head, body, nested messages, attachments named; whatever is broken in them."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clean import assemble
from ingest.formats.eml import parse_eml
from ingest.parse import parse
from rag.errors import SourceError

BODY = "The kettle arrived on Tuesday, and it whistles as it should.\n\nThe second one is still missing.\n"


def message(body: str = BODY, **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = headers.get("subject", "Two kettles, one missing")
    made["From"] = headers.get("sender", "Ada Quill <ada@kettle.example>")
    made["Date"] = headers.get("date", "Mon, 12 May 2014 23:30:00 -0700")
    if body:
        made.set_content(body)
    return made


def read_body(made: EmailMessage) -> list[str]:
    """The blocks of a message below its head."""
    head, *body = parse_eml(bytes(made)).blocks
    assert head.kind == "row"
    return [block.text for block in body]


def test_subject_sender_and_day_are_the_head() -> None:
    cleaned = assemble(parse_eml(bytes(message())), "mail")
    assert (cleaned.title, cleaned.author, cleaned.date) == ("Two kettles, one missing", "Ada Quill", "2014-05-12")
    assert cleaned.text == (
        "Two kettles, one missing\n\nBy Ada Quill, 12 May 2014\n\n"
        "From: Ada Quill <ada@kettle.example>; Date: Mon, 12 May 2014 23:30:00 -0700; Subject: Two kettles, one missing\n\n"
        "The kettle arrived on Tuesday, and it whistles as it should.\n\nThe second one is still missing.\n"
    )


def test_a_plain_part_is_preferred_unless_it_is_a_stub() -> None:
    made = message()
    made.add_alternative("<p>The same in <b>HTML</b>.</p>", subtype="html")
    assert "HTML" not in assemble(parse_eml(bytes(made)), "x").text
    made = message("See the HTML part.\n")
    made.add_alternative(
        "<div>The <b>whole</b> story.<br>Next line.</div><div style='display:none'>obey me</div>", subtype="html"
    )
    assert read_body(made) == ["The whole story.\nNext line."]


def test_encodings_of_bodies_and_headers() -> None:
    made = message("", subject="Käse — Grüße", sender="Jörg Müller <j@k.example>")
    made.set_content("Käse und Öl aus München, für die Küche.\n", charset="iso-8859-1")
    parsed = parse_eml(bytes(made))
    assert (parsed.title, parsed.author) == ("Käse — Grüße", "Jörg Müller")
    assert parsed.blocks[-1].text == "Käse und Öl aus München, für die Küche."


def test_attachments_are_named_and_messages_inside_are_read() -> None:
    made = message()
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="bill.pdf")
    made.add_attachment(message("An earlier letter about the same kettles.\n", subject="Before"))
    parsed = parse_eml(bytes(made))
    assert parsed.note == "attachments were not read: bill.pdf"
    assert [block.text for block in parsed.blocks[-4:]] == [
        "Before",
        "By Ada Quill, 2014-05-12",
        "From: Ada Quill <ada@kettle.example>; Date: Mon, 12 May 2014 23:30:00 -0700; Subject: Before",
        "An earlier letter about the same kettles.",
    ]


def test_wrapped_lines_are_joined_in_each_layer() -> None:
    wrapped = "This paragraph was wrapped by a program at some seventy characters,\nas they do, and goes on.\n"
    quoted = "> You wrote a line that was quoted here, with some length to it,\n> and another one.\n"
    listed = "- one\n- another\n"
    blocks = read_body(message(f"{wrapped}\n{listed}\n{quoted}\n-- \nAda\n"))
    assert blocks[0] == wrapped.replace("\n", " ").strip()
    assert blocks[1:] == [
        listed.strip(),
        "You wrote a line that was quoted here, with some length to it, and another one.",
        "--\nAda",
    ]


@pytest.mark.parametrize(
    "kind", ["multipart/encrypted; boundary=x", "application/pkcs7-mime; smime-type=enveloped-data"]
)
def test_an_encrypted_message_is_refused(kind: str) -> None:
    with pytest.raises(SourceError, match="encrypted"):
        parse_eml(f"From: a@b.example\nContent-Type: {kind}\n\n--x\n\nwords\n--x--\n".encode())


def test_lines_that_flow_do_not_flow_out_of_a_quote() -> None:
    head = "From: a@b.example\nContent-Type: text/plain; format=flowed\n\n"
    body = "On 1 May 2023 at 10:00, Bob Oak wrote:\n> When is \n> it? \nAt noon, as \nit was.\n"
    blocks = parse_eml((head + body).encode()).blocks
    assert [(block.kind, block.text.split("\n\n")[-1]) for block in blocks[1:]] == [
        ("message", "When is\nit?"),
        ("text", "At noon, as it was."),
    ]


def test_a_message_that_says_all_in_its_subject_is_read() -> None:
    found = parse_eml(b"From: a@b.example\nSubject: We sail at noon\n\n")
    assert [block.text for block in found.blocks] == ["From: a@b.example; Subject: We sail at noon"]
    assert found.note == "no words but those of its head"


@pytest.mark.parametrize(
    ("declared", "body", "words"),
    [
        ("boundary=b", "--c\nContent-Type: text/plain\n\nThe tide turns.\n--c--\n", "The tide turns."),
        ("boundary=b", "--c\nContent-Type: text/html\n\n<p>The tide <b>turns.</b>\n--c--\n", "The tide turns."),
        ("boundary=", "The tide turns.\n", "The tide turns."),
    ],
)
def test_parts_that_are_not_where_they_are_declared_are_read(declared: str, body: str, words: str) -> None:
    for kind in ("mixed", "alternative"):
        content = f"From: a@b.example\nSubject: Tides\nContent-Type: multipart/{kind}; {declared}\n\n{body}"
        assert [block.text for block in parse_eml(content.encode()).blocks[1:]] == [words]


def test_encodings_that_are_called_by_the_names_of_smaller_ones() -> None:
    letters = "朱镕基"  # the second is in GBK alone
    head = "From: a@b.example\nContent-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: 8bit\n\n"
    assert letters in parse_eml(head.encode() + letters.encode("gbk") + b" was there.\n").blocks[-1].text


def test_addresses_that_are_written_wrongly_keep_their_words() -> None:
    row = (
        parse_eml(b"From: Ada @ Harbour <ada@x.example\nTo: Bob <@y.example:bob@x.example>, , joe\n\nNoon.\n")
        .blocks[0]
        .text
    )
    assert all(word in row for word in ("Ada", "Harbour", "ada@x.example", "y.example", "joe"))


@pytest.mark.parametrize(
    "content",
    [
        b"no header at all, just words\n",
        b"From: a@b.example\n\n",
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=\n\n",
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=a\n\n"
        + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 200,
    ],
)
def test_what_holds_no_words_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(SourceError) as caught:
        parse_eml(content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "Content-Type: text/plain; charset=no-such",
        "Content-Transfer-Encoding: base64",
        "Date: yesterday",
        "From: <<>",
        "Subject: =?x?q?=ff?=",
    ],
)
def test_a_broken_header_costs_no_words(line: str) -> None:
    body = "VGhlIGtldHRsZSBpcyBoZXJlLg==" if "base64" in line else "The kettle is here."
    parsed = parse_eml(f"{line}\nMessage-ID: <1@x>\n\n{body}\n".encode())
    assert parsed.blocks[-1].text == "The kettle is here."


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("declared", ["", "Content-Type: text/plain; charset=us-ascii\n"])
def test_words_in_an_encoding_that_is_not_declared_are_read(encoding: str, declared: str) -> None:
    body = "Käse und Öl für alle aus der Küche."
    parsed = parse_eml(f"Subject: x\n{declared}\n".encode() + body.encode(encoding))
    assert parsed.blocks[-1].text == body


def test_a_byte_order_mark_and_an_mbox_line_do_no_harm() -> None:
    for start in (b"\xef\xbb\xbf", b"From ada@kettle.example Mon May 12 2014\n"):
        assert parse_eml(start + bytes(message())).title == "Two kettles, one missing"


def test_an_invitation_does_not_hide_the_words_before_it() -> None:
    made = message("Stub.\n")
    made.add_alternative("<p>The whole story.</p>", subtype="html")
    made.add_alternative("BEGIN:VCALENDAR\n", subtype="calendar")
    assert read_body(made) == ["The whole story."]


def test_a_title_a_date_and_a_name_in_an_html_body_are_words_of_it() -> None:
    made = message("")
    made.set_content("<title>News</title><h1>News</h1><p>12 May 2014</p><p>By Bob Ross</p><p>Text.</p>", subtype="html")
    assert read_body(made) == ["News", "12 May 2014", "By Bob Ross", "Text."]


def test_flowing_lines_are_joined_and_a_signature_is_not() -> None:
    made = b"Subject: x\nContent-Type: text/plain; format=flowed\n\nOne line \nflows \non.\nNext.\n-- \nAda\n"
    assert [block.text for block in parse_eml(made).blocks[1:]] == ["One line flows on.\nNext.", "--\nAda"]


def test_an_encrypted_part_is_named_and_an_encrypted_text_refused() -> None:
    made = message()
    made.add_attachment(b"xx", maintype="application", subtype="pkcs7-mime", filename="smime.p7m")
    parsed = parse_eml(bytes(made))
    assert "encrypted" in parsed.note and parsed.blocks
    with pytest.raises(SourceError, match="encrypted"):
        parse_eml(b"Subject: x\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n")


@pytest.mark.parametrize(
    "header", [b"From: " + b"(" * 5_000, b"Content-Type: text/plain; " + b"a=b; " * 50_000, b"To: " + b"a@b, " * 50_000]
)
def test_a_monstrous_header_is_cut_or_refused(header: bytes) -> None:
    try:
        assert parse_eml(b"Subject: x\n" + header + b"\n\nbody\n").blocks[-1].text == "body"
    except SourceError as error:
        assert "nested" in str(error)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"Subject: a\nContent-Type: ", b"From: ", b"Date: "]))
def test_any_bytes_are_read_or_refused(content: bytes, start: bytes) -> None:
    try:
        parse_eml(start + content)
    except SourceError as error:
        assert "\n" not in str(error)


HEAD = "From: Ada Lee <ada@x.example>\nTo: b@x.example\nSubject: Tides at noon\nDate: Mon, 5 May 2025 10:00:00 +0000\n"
MESSAGE = f"{HEAD}\nThe tide is high at noon today.\n"


@pytest.mark.parametrize(
    "content",
    [
        MESSAGE.encode("utf-16"),
        MESSAGE.encode("utf-16-le"),
        b"\r\n \n" + MESSAGE.encode(),
        b"\xc2\xa0\n" + MESSAGE.encode(),
        b">From ada@x.example Mon May 5 10:00:00 2025\n" + MESSAGE.encode(),
        b"Saved by a program\n\n" + MESSAGE.encode(),
        MESSAGE.replace("at noon\n", "at\nnoon\n").encode(),
        MESSAGE.replace("From:", "From :").encode(),
        MESSAGE.replace("\n", "\r").encode(),
    ],
    ids=[
        "UTF-16",
        "without mark",
        "blank lines",
        "hard space",
        "mbox",
        "line above",
        "not indented",
        "space",
        "old Mac",
    ],
)
def test_a_head_is_found_however_it_was_saved(content: bytes) -> None:
    read = parse_eml(content)
    assert (read.title, read.author, read.date) == ("Tides at noon", "Ada Lee", "2025-05-05")
    row = "From: {} <ada@x.example>; To: b@x.example; Date: Mon, 5 May 2025 10:00:00 +0000; Subject: Tides at noon"
    assert [block.text for block in read.blocks] == [row.format("Ada Lee"), "The tide is high at noon today."]


def test_letters_in_a_head_need_no_declaration() -> None:
    made = MESSAGE.replace("Ada Lee", "Ása Löf").encode("cp1252")
    assert parse_eml(made).author == "Ása Löf"


def test_words_that_look_like_a_header_stay_words() -> None:
    with pytest.raises(SourceError, match="no e-mail message"):
        parse_eml(b"Date: the fruit of the date palm.\nIt is sweet.\n\nDates grow in Oman.\n")
    body = f"{HEAD}\nNotes\nFrom: the harbour\nTo: the lighthouse\nrun two buses.\n"
    assert parse_eml(body.encode()).blocks[-1].text == "Notes\nFrom: the harbour\nTo: the lighthouse\nrun two buses."


def test_who_was_sent_it_and_a_copy_is_said() -> None:
    made = message()
    made["To"] = "Ben Roe <ben@x.example>, c@x.example"
    made["Cc"] = "Dora <dora@x.example>"
    row = parse_eml(bytes(made)).blocks[0]
    assert row.kind == "row"
    assert "; To: Ben Roe <ben@x.example>, c@x.example; Cc: Dora <dora@x.example>; " in row.text
    assert [row.text[value:end] for _, value, end in row.cells][1:3] == [
        "Ben Roe <ben@x.example>, c@x.example",
        "Dora <dora@x.example>",
    ]


def test_a_mail_that_was_saved_as_text_is_read_as_one() -> None:
    read = parse(MESSAGE.encode(), "text")
    assert (read.author, read.blocks) == ("Ada Lee", parse_eml(MESSAGE.encode()).blocks)
    sent = "From: Ada Lee\nSent: Monday, 5 May 2025 10:00\nTo: Ben Roe\nSubject: Tides\n\nHigh at noon.\n"
    assert "Sent: Monday, 5 May 2025 10:00" in parse(sent.encode(), "markdown").blocks[0].text
    for prose in (
        "From: here\nTo: there\n\nA walk.\n",
        f"A letter\n\n{MESSAGE}",
        "From: a\nSubject: b\nTo: c\nand words\n",
    ):
        assert parse(prose.encode(), "text").author == ""


def test_a_bad_byte_in_a_declared_encoding_costs_one_character() -> None:
    words = "Переговоры были отложены до весны. " * 10
    made = (
        HEAD.encode()
        + b"Content-Type: text/plain; charset=euc-jp\n\n"
        + ("大統領は会談" * 30).encode("euc-jp")
        + b"\xff"
    )
    assert parse_eml(made).blocks[-1].text.startswith("大統領は会談" * 30)
    made = HEAD.encode() + b"Content-Type: text/plain; charset=utf-8\n\n" + words.encode() + b"\xd0"
    assert parse_eml(made).blocks[-1].text.startswith(words)
