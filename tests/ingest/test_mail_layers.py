"""Mails by their layers: own words, and whose the quoted ones are, however the program marks them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.blocks import Block, Parsed
from ingest.clean import assemble
from ingest.formats.eml import parse_eml
from ingest.formats.mail_layers import lay_out_blocks, lay_out_text

Told = tuple[str, str, str]


def read_messages(blocks: list[Block]) -> list[Told]:
    """The sender, the time and the words of each message, by the offsets of the document."""
    cleaned = assemble(Parsed(tuple(blocks)), "mail")
    found = []
    for block in cleaned.blocks:
        if block.kind == "message":
            sender, when, words = (cleaned.text[start:end] for _, start, end in block.cells)
            found.append((sender, when, words))
    return found


def read_own(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks if block.kind == "text"]


THREAD = """\
Not before May, I think.

On Tue, 4 Feb 2025 at 08:12, Olga Brandt <olga@quay.example> wrote:
> Shall we paint the hull in April? The yard has a place for us, and the paint is
> cheaper than last year.
>
> On Mon, 3 Feb 2025 at 19:40, Nils Quist <nils@quay.example> wrote:
>> The hull needs paint.
>
> I asked the yard.
"""


def test_each_layer_is_a_message_with_its_sender_and_without_marks() -> None:
    blocks = list(lay_out_text(THREAD))
    assert read_own(blocks) == ["Not before May, I think."]
    assert read_messages(blocks) == [
        (
            "Olga Brandt",
            "Tue, 4 Feb 2025 at 08:12",
            "Shall we paint the hull in April? The yard has a place for us, and the paint is cheaper than last year.",
        ),
        ("Nils Quist", "Mon, 3 Feb 2025 at 19:40", "The hull needs paint."),
        ("Olga Brandt", "Tue, 4 Feb 2025 at 08:12", "I asked the yard."),
    ]
    assert not any(">" in block.text.replace(".example>", "") for block in blocks)


@pytest.mark.parametrize(
    ("line", "sender"),
    [
        ("On Mon, Feb 3, 2025 at 7:40 PM Nils Quist <nils@quay.example> wrote:", "Nils Quist"),
        ("On Mon, Feb 3, 2025 at 7:40 PM Nils Quist\n<nils@quay.example> wrote:", "Nils Quist"),
        ("On 3 Feb 2025, at 19:40, Quist, Nils <nils@quay.example> wrote:", "Quist, Nils"),
        ("On 03/02/2025 19:40, nils@quay.example wrote:", "nils@quay.example"),
        ('On 2025-02-03 19:40 +0100, "Nils Quist" wrote:', "Nils Quist"),
        ("Nils Quist wrote on Mon, 3 Feb 2025 at 19:40:", "Nils Quist"),
        ("Nils Quist writes:", "Nils Quist"),
        ("Am 03.02.2025 um 19:40 schrieb Nils Quist <nils@quay.example>:", "Nils Quist"),
        ("Am Mo., 3. Feb. 2025 um 19:40 Uhr schrieb Nils Quist:", "Nils Quist"),
        ("Le lun. 3 févr. 2025 à 19:40, Nils Quist <nils@quay.example> a écrit :", "Nils Quist"),
        ("El lun, 3 feb 2025 a las 19:40, Nils Quist (<nils@quay.example>) escribió:", "Nils Quist"),
    ],
)
def test_the_line_that_names_a_sender_is_known_in_its_usual_forms(line: str, sender: str) -> None:
    blocks = list(lay_out_text(f"Yes.\n\n{line}\n> The hull needs paint.\n"))
    assert read_own(blocks) == ["Yes."]
    assert [(told[0], told[2]) for told in read_messages(blocks)] == [(sender, "The hull needs paint.")]


@pytest.mark.parametrize(
    "head",
    [
        "-----Original Message-----\nFrom: Nils Quist <nils@quay.example>\nSent: Monday, 3 February 2025 19:40\nTo: Olga Brandt\nSubject: Hull",
        "From: Nils Quist [mailto:nils@quay.example]\nSent: 3 February 2025 19:40\nTo: Olga Brandt\nCc: Rosa\nSubject: Hull",
        "-----Ursprüngliche Nachricht-----\nVon: Nils Quist\nGesendet: Montag, 3. Februar 2025 19:40\nAn: Olga\nBetreff: Rumpf",
        "De : Nils Quist <nils@quay.example>\nEnvoyé : lundi 3 février 2025 19:40\nÀ : Olga\nObjet : Coque",
        "---------- Forwarded message ---------\nFrom: Nils Quist <nils@quay.example>\nDate: Mon, 3 Feb 2025 at 19:40\nSubject: Hull",
        "*From:* Nils Quist <nils@quay.example>\n*Sent:* 3 February 2025 19:40\n*To:* Olga Brandt",
    ],
)
@pytest.mark.parametrize("gap", ["\n\n", "\n"])
def test_a_quoted_head_begins_a_layer_without_marks(head: str, gap: str) -> None:
    """Below such a head programs quote without marks, down to the next one."""
    blocks = list(lay_out_text(f"Yes.\n\n{head}{gap}The hull needs paint.\n\nSoon.\n"))
    assert read_own(blocks) == ["Yes."]
    ((sender, when, words),) = read_messages(blocks)
    assert (sender, words) == ("Nils Quist", "The hull needs paint.\n\nSoon.")
    assert "2025" in when


def test_answers_between_quoted_lines_are_own_words() -> None:
    text = "On 4 Feb 2025, Olga Brandt wrote:\n> Is it April?\n\nMay.\n\n> And who paints?\n\nWe do.\n\n-- \nNils\nThe yard\n"
    blocks = list(lay_out_text(text))
    assert read_own(blocks) == ["May.", "We do.", "--\nNils\nThe yard"], "a signature stands apart"
    assert [told[::2] for told in read_messages(blocks)] == [
        ("Olga Brandt", "Is it April?"),
        ("Olga Brandt", "And who paints?"),
    ]


def test_whose_words_are_quoted_may_not_be_told() -> None:
    blocks = list(lay_out_text("> Is it April?\n\nMay.\n"))
    assert read_messages(blocks) == [("", "", "Is it April?")]


def test_no_word_is_lost_where_nothing_follows_what_names_a_sender() -> None:
    line = "On 4 Feb 2025, Olga Brandt wrote:"
    assert [block.text for block in lay_out_text(f"Yes.\n\n{line}\n")] == ["Yes.", line]
    nested = "On 4 Feb 2025, Olga Brandt wrote:\n> On 3 Feb 2025, Nils Quist wrote:\n>> Paint it.\n> When?\n"
    assert [told[::2] for told in read_messages(list(lay_out_text(nested)))] == [
        ("Nils Quist", "Paint it."),
        ("Olga Brandt", "When?"),
    ]


@pytest.mark.parametrize(
    "prose",
    [
        "As Quist wrote:\n\nPaint is all.",
        "From: the yard\nTo: the quay\nby boat.",
        ">From the yard it is a mile.",
        "On the quay, Nils wrote: paint it.",
        "He saw what the others wrote:",
    ],
)
def test_prose_is_nobody_elses(prose: str) -> None:
    blocks = list(lay_out_text(f"Words before.\n\n{prose}\n\nWords after.\n"))
    assert {block.kind for block in blocks} == {"text"}


def test_rows_and_headings_of_a_quoted_page_stay_what_they_are() -> None:
    row = Block("a; b", kind="row")
    blocks = [Block("Yes."), Block("On 4 Feb 2025, Olga Brandt wrote:"), Block("See:"), row, Block("Good?")]
    laid_out = list(lay_out_blocks(blocks))
    assert laid_out[2] is row
    assert [told[::2] for told in read_messages(laid_out)] == [("Olga Brandt", "See:"), ("Olga Brandt", "Good?")]


def test_the_layers_of_a_page_are_told_by_the_words_above_them() -> None:
    page = (
        "<p>Yes.</p><div>-----Original Message-----<br>From: Nils Quist<br>Sent: 3 February 2025 19:40<br>To: Olga</div>"
        "<p>The hull needs paint.</p><p>Soon.</p>"
    )
    made = f"From: Olga <o@quay.example>\nSubject: Re: Hull\nContent-Type: text/html\n\n{page}"
    assert [told[::2] for told in read_messages(list(parse_eml(made.encode()).blocks))] == [
        ("Nils Quist", "The hull needs paint.\n\nSoon.")
    ]


@given(
    st.lists(
        st.sampled_from(
            ["> a", ">> b c", "own", "", "On 4 Feb 2025, Olga Brandt wrote:", "-- ", "From: x", "To: y", "Date: 1"]
        )
    )
)
def test_every_word_is_kept_and_every_offset_is_true(lines: list[str]) -> None:
    text = "\n".join(lines)
    blocks = list(lay_out_text(text))
    assert sorted("\n".join(block.text for block in blocks).split()) == sorted(text.replace(">", "").split())
    for told in read_messages(blocks):
        assert all(words in text.replace(">", "") or "\n" in words or " " in words for words in told)
