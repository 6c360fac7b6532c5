"""E-mail messages: head, body, nested messages, attachments named; whatever is broken in them."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clean import assemble
from ingest.formats.eml import parse_eml
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


def test_subject_sender_and_day_are_the_head() -> None:
    cleaned = assemble(parse_eml(bytes(message())), "mail")
    assert (cleaned.title, cleaned.author, cleaned.date) == ("Two kettles, one missing", "Ada Quill", "2014-05-12")
    assert cleaned.text == (
        "Two kettles, one missing\n\nBy Ada Quill, 12 May 2014\n\n"
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
    assert [block.text for block in parse_eml(bytes(made)).blocks] == ["The whole story.\nNext line."]


def test_encodings_of_bodies_and_headers() -> None:
    made = message("", subject="Käse — Grüße", sender="Jörg Müller <j@k.example>")
    made.set_content("Käse und Öl aus München, für die Küche.\n", charset="iso-8859-1")
    parsed = parse_eml(bytes(made))
    assert (parsed.title, parsed.author) == ("Käse — Grüße", "Jörg Müller")
    assert parsed.blocks[0].text == "Käse und Öl aus München, für die Küche."


def test_attachments_are_named_and_messages_inside_are_read() -> None:
    made = message()
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="bill.pdf")
    made.add_attachment(message("An earlier letter about the same kettles.\n", subject="Before"))
    parsed = parse_eml(bytes(made))
    assert parsed.note == "attachments were not read: bill.pdf"
    assert [block.text for block in parsed.blocks[-3:]] == [
        "Before",
        "By Ada Quill, 2014-05-12",
        "An earlier letter about the same kettles.",
    ]


def test_wrapped_lines_are_joined_and_quoted_ones_stay() -> None:
    wrapped = "This paragraph was wrapped by a program at some seventy characters,\nas they do, and goes on.\n"
    quoted = "> You wrote a line that was quoted here, with some length to it,\n> and another one.\n"
    blocks = [block.text for block in parse_eml(bytes(message(f"{wrapped}\n{quoted}\n-- \nAda\n"))).blocks]
    assert blocks[0] == wrapped.replace("\n", " ").strip()
    assert blocks[1] == quoted.strip() and blocks[2].endswith("\nAda")


@pytest.mark.parametrize(
    "kind", ["multipart/encrypted; boundary=x", "application/pkcs7-mime; smime-type=enveloped-data"]
)
def test_an_encrypted_message_is_refused(kind: str) -> None:
    with pytest.raises(SourceError, match="encrypted"):
        parse_eml(f"From: a@b.example\nContent-Type: {kind}\n\n--x\n\nwords\n--x--\n".encode())


@pytest.mark.parametrize(
    "content",
    [
        b"no header at all, just words\n",
        b"From: a@b.example\nSubject: nothing\n\n",
        b"Subject: x\nContent-Type: multipart/mixed; boundary=\n\n",
        b"Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n"
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
    assert parsed.blocks[0].text == "The kettle is here."


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("declared", ["", "Content-Type: text/plain; charset=us-ascii\n"])
def test_words_in_an_encoding_that_is_not_declared_are_read(encoding: str, declared: str) -> None:
    body = "Käse und Öl für alle aus der Küche."
    parsed = parse_eml(f"Subject: x\n{declared}\n".encode() + body.encode(encoding))
    assert parsed.blocks[0].text == body


def test_a_byte_order_mark_and_an_mbox_line_do_no_harm() -> None:
    for start in (b"\xef\xbb\xbf", b"From ada@kettle.example Mon May 12 2014\n"):
        assert parse_eml(start + bytes(message())).title == "Two kettles, one missing"


def test_an_invitation_does_not_hide_the_words_before_it() -> None:
    made = message("Stub.\n")
    made.add_alternative("<p>The whole story.</p>", subtype="html")
    made.add_alternative("BEGIN:VCALENDAR\n", subtype="calendar")
    assert [block.text for block in parse_eml(bytes(made)).blocks] == ["The whole story."]


def test_a_title_a_date_and_a_name_in_an_html_body_are_words_of_it() -> None:
    made = message("")
    made.set_content("<title>News</title><h1>News</h1><p>12 May 2014</p><p>By Bob Ross</p><p>Text.</p>", subtype="html")
    assert [block.text for block in parse_eml(bytes(made)).blocks] == ["News", "12 May 2014", "By Bob Ross", "Text."]


def test_flowing_lines_are_joined_and_a_signature_is_not() -> None:
    made = b"Subject: x\nContent-Type: text/plain; format=flowed\n\nOne line \nflows \non.\nNext.\n-- \nAda\n"
    assert parse_eml(made).blocks[0].text == "One line flows on.\nNext.\n--\nAda"


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
        assert parse_eml(b"Subject: x\n" + header + b"\n\nbody\n").blocks[0].text == "body"
    except SourceError as error:
        assert "nested" in str(error)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"Subject: a\nContent-Type: ", b"From: ", b"Date: "]))
def test_any_bytes_are_read_or_refused(content: bytes, start: bytes) -> None:
    try:
        parse_eml(start + content)
    except SourceError as error:
        assert "\n" not in str(error)
