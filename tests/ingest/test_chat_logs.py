"""Chat logs of the usual programs, each message with its sender and its time; and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.blocks import Parsed
from ingest.clean import assemble
from ingest.formats.chat import find_chat
from ingest.loaders import Kind
from ingest.parse import parse

TALK = [
    ("Olga", "9:01", "Who paints the hull?"),
    ("Nils Quist", "9:02", "I do."),
    ("Olga", "9:03", "In April?"),
    ("Nils Quist", "9:10", "In May, I think: it is warmer"),
    ("Olga", "9:15", "Fine by me"),
    ("Nils Quist", "9:20", "Then we are done!"),
]
LINES = {
    "phone": "[04/02/2025, {when}:12] {who}: {words}",
    "phone, another one": "04.02.25, {when} - {who}: {words}",
    "half days": "[2/4/25, {when}:12\u202fAM] {who}: {words}",
    "marks of direction": "\u200e[04/02/2025, {when}:12] {who}: \u200e{words}",
    "time": "[{when}] {who}: {words}",
    "time without brackets": "{when} {who}: {words}",
    "machine time": "2025-02-04T0{when}:12Z {who}: {words}",
    "meeting": "0{when}:12 From  {who}  to  Everyone : {words}",
    "nick": "<{who}> {words}",
    "nick with time": "[{when}] <@{who}> {words}",
    "tabs": "2025-02-04 {when}:12\t{who}\t{words}",
    "time behind": "{who} ({when}): {words}",
    "strong": "**{who}** ({when}): {words}",
    "above": "{who}  {when} AM\n{words}",
    "above, dash": "{who} — Today at {when} AM\n{words}",
    "above, brackets": "{who}, [04.02.2025 {when}]\n{words}\n",
    "above, time first": "[{when}] {who}\n{words}\n",
    "names alone": "{who}: {words}",
}


def read_talk(parsed: Parsed | None) -> list[tuple[str, ...]]:
    """The sender, the time and the words of each message, by the offsets of the document."""
    assert parsed is not None
    cleaned = assemble(parsed, "chat")
    messages = [block for block in cleaned.blocks if block.kind == "message"]
    return [tuple(cleaned.text[start:end] for _, start, end in block.cells) for block in messages]


@pytest.mark.parametrize("form", LINES)
def test_each_message_is_told_with_its_sender_whatever_program_wrote_the_log(form: str) -> None:
    log = "\n".join(LINES[form].format(who=who, when=when, words=words) for who, when, words in TALK)
    told = read_talk(find_chat(log))
    assert [(who, words) for who, _, words in told] == [(who, words) for who, _, words in TALK]
    assert all(when in found for (_, when, _), (_, found, _) in zip(TALK, told, strict=True) if "when" in LINES[form])


def test_lines_that_begin_no_message_go_on_with_the_one_before() -> None:
    log = (
        "04.02.25, 9:00 - Messages are end-to-end encrypted.\n04.02.25, 9:01 - Olga: Bring\nbrushes\n\nand rollers\n"
        "04.02.25, 9:02 - Nils left\n04.02.25, 9:03 - Olga: 10:30 then\n04.02.25, 9:04 - +49 170 12: ok\n"
    )
    assert read_talk(find_chat(log)) == [
        ("Olga", "04.02.25, 9:01", "Bring\nbrushes\n\nand rollers"),
        ("Olga", "04.02.25, 9:03", "10:30 then"),
        ("+49 170 12", "04.02.25, 9:04", "ok"),
    ]
    assert [block.text for block in find_chat(log).blocks if block.kind == "text"] == [  # type: ignore[union-attr]
        "04.02.25, 9:00 - Messages are end-to-end encrypted.",
        "04.02.25, 9:02 - Nils left",
    ]


def test_a_further_message_below_a_time_is_of_the_same_sender() -> None:
    log = "Olga  9:01 AM\nBring brushes\n9:02\nand rollers\nNils  9:03 AM\nok\nOlga  9:04 AM\nfine\n"
    assert [(who, words) for who, _, words in read_talk(find_chat(log))] == [
        ("Olga", "Bring brushes"),
        ("Olga", "9:02\nand rollers"),
        ("Nils", "ok"),
        ("Olga", "fine"),
    ]


def test_words_that_end_with_a_time_begin_no_message_of_their_own() -> None:
    log = "Olga  9:01\nit leaves at 9:15\nNils  9:02\nthe boat from the old quay at 9:15\nand\nthe next boat from there at 9:40\nOlga  9:03\nok\n"
    assert [(who, words) for who, _, words in read_talk(find_chat(log))] == [
        ("Olga", "it leaves at 9:15"),
        ("Nils", "the boat from the old quay at 9:15\nand\nthe next boat from there at 9:40"),
        ("Olga", "ok"),
    ]


def test_days_and_headings_of_a_log_are_headings() -> None:
    log = "# The boat\n\n--- Day changed Tue Feb 4 2025\n[9:01] Olga: hi\n[9:02] Nils: ho\n\n5 February 2025\n\n[9:03] Olga: hi\n"
    parsed = find_chat(log)
    assert parsed is not None
    assert [(block.text, block.level) for block in parsed.blocks if block.level] == [
        ("The boat", 1),
        ("5 February 2025", 2),
    ]


def test_events_of_a_relay_chat_are_nobodys_messages() -> None:
    log = "9:00 -!- olga has joined #boat\n9:01 <@olga> who paints?\n9:02 < nils> me\n9:03  * nils waves\n9:04 <@olga> ok\n"
    assert [who for who, *_ in read_talk(find_chat(log))] == ["olga", "nils", "olga"]


@pytest.mark.parametrize("kind", ["text", "markdown", "code"])
def test_logs_are_known_in_files_of_text(kind: Kind) -> None:
    log = "\n".join(f"[{when}] {who}: {words}" for who, when, words in TALK)
    assert len(read_talk(parse(log.encode(), kind))) == len(TALK)


@pytest.mark.parametrize(
    "text",
    [
        "Name: Fig tree\nPrice: 30\nHeight: 2 m\n" * 5,
        "Name: Fig\nPrice: 30\n" * 6,
        "10:00 Opening: the chair speaks\n10:30 Budget: figures\n11:00 Break: coffee\n11:30 Close: lunch\n",
        "2025-02-04 10:15:22 INFO: started\n2025-02-04 10:15:23 ERROR: disk full\n" * 4,
        "2025-02-04 10:15:22,123 - app.main - WARNING: slow\n" * 4,
        "Feb  4 10:15:22 host sshd[123]: Accepted\n" * 4,
        "host: localhost\nport: 80\nuser: ada\nhost: other\nport: 81\nuser: bob\n",
        "Note: he wrote it down.\nThen he left, and said: good.\nNobody saw him.\nAt 10:15 he came back.\n",
        "The train leaves at 10:15.\nIt arrives at 11:20.\nAt 12:00 there is lunch.\n",
        "<html>\n<body>\n<p>\nwords\n",
        "if x:\n    y: int = 3\n    z: int = 4\n    y: int = 5\n",
        "",
    ],
)
def test_what_only_looks_like_a_log_is_none(text: str) -> None:
    assert find_chat(text) is None


@given(
    st.lists(
        st.sampled_from(["[9:01] Olga: hi", "[9:02] Nils: so, 9:03", "9:04", "", "more", "# x", "[9:05] all left"]),
        max_size=30,
    )
)
def test_every_word_is_kept_and_every_offset_is_true(lines: list[str]) -> None:
    text = "\n".join(["[9:00] Olga: hi"] * 20 + lines)
    parsed = find_chat(text)
    assert parsed is not None
    assert "".join(block.text for block in parsed.blocks).split() == text.replace("# ", "").replace(
        "\n", ""
    ).split() or sorted(" ".join(block.text for block in parsed.blocks).split()) == sorted(
        text.replace("# ", "").split()
    )
    assert all(sender in ("Olga", "Nils") for sender, *_ in read_talk(parsed))
