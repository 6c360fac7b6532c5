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


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"Subject: a\nContent-Type: ", b"From: ", b"Date: "]))
def test_any_bytes_are_read_or_refused(content: bytes, start: bytes) -> None:
    try:
        parse_eml(start + content)
    except SourceError as error:
        assert "\n" not in str(error)
