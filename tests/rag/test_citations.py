"""Citations: numbering, offsets and quotes; and the reading of evidence keys in whatever a chat model writes."""

from __future__ import annotations

import re
import string
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cite.checking import judge_sentences
from rag.cite.citations import Composed, compose_answer, compose_written, read_proofs
from rag.cite.judging import SupportEstimator
from rag.llm.reply_parser import ParsedReply, read_reply
from rag.steps import QuotedSentence
from rag.types import Passage, Span

MILL = (
    "The mill was built in 1874 by the Harrow brothers. It burned down in March 1911. "
    "Nobody was hurt, but 1,200 sacks of flour were lost."
)
BRIDGE = "The bridge has stood since 1931. Both towns paid for it."
DOCUMENT = f"Opening line.\n\n{MILL}\n\n{BRIDGE}"
PASSAGES = {
    "k7qd": Passage(Span("town", DOCUMENT.index(MILL), DOCUMENT.index(MILL) + len(MILL)), MILL, "Town", "Mill", 3),
    "m4tz": Passage(Span("town", DOCUMENT.index(BRIDGE), len(DOCUMENT)), BRIDGE, "Town", "Bridge"),
}


def span_of(words: str) -> Span:
    start = DOCUMENT.index(words)
    return Span("town", start, start + len(words))


def assert_sound(composed: Composed) -> None:
    """Every offset holds, every quote is the document's, and numbers count from one in order of first mention."""
    assert [citation.number for citation in composed.citations] == list(range(1, len(composed.citations) + 1))
    assert len({citation.span for citation in composed.citations}) == len(composed.citations)
    first = [citation.markers[0] for citation in composed.citations]
    assert first == sorted(first)
    for citation in composed.citations:
        assert citation.quote == DOCUMENT[citation.span.start : citation.span.end]
        assert citation.page == citation.passage.page
        for start, end in citation.markers:
            assert composed.text[start:end] == f"[{citation.number}]"
            owners = [each for each in composed.sentences if each.start <= start and end <= each.end]
            assert [citation.number in each.citations for each in owners] == [True]
    for sentence in composed.sentences:
        assert composed.text[sentence.start : sentence.end] == sentence.text
    ends = [0, *(sentence.end for sentence in composed.sentences)]
    assert all(before <= sentence.start for before, sentence in zip(ends, composed.sentences, strict=False))


def compose(text: str, estimate: SupportEstimator | None = None) -> Composed:
    written = read_proofs(read_reply(text, PASSAGES), PASSAGES)
    composed = compose_written(written)
    if estimate:
        judged = judge_sentences(written.claims, composed.sentences, composed.citations, estimate)
        composed = replace(composed, sentences=judged)
    assert_sound(composed)
    return composed


class TestClaims:
    def test_markers_follow_each_claim_and_count_first_mentions(self) -> None:
        built, burned = (
            span_of("The mill was built in 1874 by the Harrow brothers."),
            span_of("It burned down in March 1911."),
        )
        mill = PASSAGES["k7qd"]
        composed = compose_answer(
            [
                QuotedSentence("It burned.", ((burned, mill),)),
                QuotedSentence("It was old.", ((built, mill), (burned, mill))),
            ]
        )
        assert composed.text == "It burned. [1] It was old. [2][1]"
        assert [sentence.text for sentence in composed.sentences] == ["It burned. [1]", "It was old. [2][1]"]
        assert [sentence.citations for sentence in composed.sentences] == [(1,), (2, 1)]
        assert composed.citations[0].quote == "It burned down in March 1911."
        assert composed.citations[0].page == 3
        assert_sound(composed)

    def test_a_claim_that_ends_in_a_bracket_keeps_its_distance(self) -> None:
        burned = span_of("It burned down in March 1911.")
        composed = compose_answer(
            [QuotedSentence("It burned [sic]", ((burned, PASSAGES["k7qd"]), (burned, PASSAGES["k7qd"])))]
        )
        assert composed.text == "It burned [sic] [1]"
        assert_sound(composed)

    def test_a_claim_without_evidence_carries_no_marker(self) -> None:
        assert compose_answer([QuotedSentence("So it goes.", ())]).sentences[0].citations == ()
        assert compose_answer([]) == Composed("", (), ())

    def test_evidence_outside_its_passage_is_a_bug_and_is_said(self) -> None:
        with pytest.raises(ValueError, match="does not lie inside its passage"):
            compose_answer([QuotedSentence("No.", ((span_of("Opening line."), PASSAGES["k7qd"]),))])

    @given(st.lists(st.tuples(st.text(min_size=1, max_size=20), st.lists(st.integers(0, 4), max_size=4)), max_size=6))
    def test_any_claims_give_sound_offsets(self, drawn: list[tuple[str, list[int]]]) -> None:
        start = PASSAGES["k7qd"].span.start
        spans = [Span("town", start + 5 * n, start + 5 * n + 7) for n in range(5)]
        claims = [QuotedSentence(text, tuple((spans[n], PASSAGES["k7qd"]) for n in cited)) for text, cited in drawn]
        composed = compose_answer(claims)
        assert_sound(composed)
        for claim, sentence in zip(claims, composed.sentences, strict=True):
            assert sentence.text.startswith(claim.text)
            assert re.fullmatch(r" ?(?:\[\d\])*", sentence.text[len(claim.text) :])


class TestReading:
    @pytest.mark.parametrize(
        ("written", "text", "marks"),
        [
            ("It burned [k7qd].", "It burned.", [(9, "k7qd")]),
            ("It burned.[k7qd] Then", "It burned. Then", [(10, "k7qd")]),
            ("It burned. [k7qd][m4tz]", "It burned.", [(10, "k7qd"), (10, "m4tz")]),
            ("It burned [k7qd, m4tz].", "It burned.", [(9, "k7qd"), (9, "m4tz")]),
            ("It burned [k7qd; M4TZ] .", "It burned .", [(9, "k7qd"), (9, "m4tz")]),
            ("It burned [k7qd and m4tz]", "It burned", [(9, "k7qd"), (9, "m4tz")]),
            ("It burned 【k7qd】。", "It burned。", [(9, "k7qd")]),
            ("It burned［k7qd，m4tz］", "It burned", [(9, "k7qd"), (9, "m4tz")]),
            ("It burned 【k7qd†source】", "It burned", [(9, "k7qd")]),
            ("It burned [[k7qd]].", "It burned.", [(9, "k7qd")]),
            ("It burned [[k7qd], [m4tz]].", "It burned.", [(9, "k7qd"), (9, "m4tz")]),
            ("It burned (k7qd).", "It burned.", [(9, "k7qd")]),
            ("It burned [passage k7qd].", "It burned.", [(9, "k7qd")]),
            ("It burned [^k7qd] down", "It burned down", [(9, "k7qd")]),
            ("It burned [k7qd]down", "It burned down", [(9, "k7qd")]),
            ("It burned [see k7qd, page 2].", "It burned.", [(9, "k7qd")]),
            ("[k7qd] It burned", " It burned", [(0, "k7qd")]),
            ("It burned [k7qd][k7qd]", "It burned", [(9, "k7qd"), (9, "k7qd")]),
        ],
    )
    def test_keys_are_found_however_they_are_written(
        self, written: str, text: str, marks: list[tuple[int, str]]
    ) -> None:
        assert read_reply(written, PASSAGES) == ParsedReply(text, tuple(marks), ())

    @pytest.mark.parametrize(
        ("written", "text", "marks"),
        [
            ("It burned [2].", "It burned.", [(9, "2")]),
            ("It burned ［２］.", "It burned.", [(9, "2")]),
            ("It burned [1-3].", "It burned.", [(9, "1"), (9, "2"), (9, "3")]),
            ("It burned ([1], [3]).", "It burned.", [(9, "1"), (9, "3")]),
            ("It burned (2).", "It burned.", [(9, "2")]),
            ("It burned {2}.", "It burned.", [(9, "2")]),
            ("It burned 〈2〉。", "It burned。", [(9, "2")]),
            ("It burned [^2]", "It burned", [(9, "2")]),
            ("It burned [2: The mill].", "It burned.", [(9, "2")]),
            ("It burned (passage 2, p. 4).", "It burned.", [(9, "2")]),
            ("It burned<sup>2</sup>.", "It burned.", [(9, "2")]),
            ("It burned.² It fell.¹,³", "It burned. It fell.", [(10, "2"), (19, "1"), (19, "3")]),
            ("It burned ②.", "It burned.", [(9, "2")]),
            ("It burned. 2\nIt fell. 1, 3", "It burned.\nIt fell.", [(10, "2"), (19, "1"), (19, "3")]),
            ("It burned. Source: 2", "It burned.", [(10, "2")]),
            ("It burned. Source: [2]", "It burned.", [(10, "2")]),
            ("It burned. (Passage 2)", "It burned.", [(10, "2")]),
            ("As passage 2 says, it burned.", "As passage 2 says, it burned.", [(12, "2")]),
        ],
    )
    def test_numbers_are_read_wherever_a_model_puts_them(
        self, written: str, text: str, marks: list[tuple[int, str]]
    ) -> None:
        assert read_reply(written, ["1", "2", "3"]) == ParsedReply(text, tuple(marks), ())

    @pytest.mark.parametrize(
        "prose",
        [
            "It burned in 1911.",
            "It burned on 2 May. 3 men saw it.",
            "It is No. 2",
            "See Fig. 2",
            "It was in Mar. 2",
            "He paid 2",
            "It is 3 km² wide, or 2 m³, or x².",
            "There were two: (1) a mill and (2) a bridge.",
            "(1) a mill",
            "1. a mill\n2. a bridge",
            "It cost [2 to 3 per cent] more.",
            "Then [in 2 days] it fell.",
            "In (1911) it burned.",
            "f(2) and a[2b] and 2:3",
            "Passage 4 is missing.",
        ],
    )
    def test_years_amounts_and_items_are_no_keys(self, prose: str) -> None:
        assert read_reply(prose, ["1", "2", "3"]) == ParsedReply(prose, (), ())

    def test_a_number_stands_for_the_passage_of_that_place_where_keys_are_opaque(self) -> None:
        assert read_reply("It burned [2].", PASSAGES).marks == ((9, list(PASSAGES)[1]),)

    @pytest.mark.parametrize(
        ("tail", "listed"),
        [
            ("\n\nSources: [1], [3]", ("1", "3")),
            ("\nSources: 1, 3", ("1", "3")),
            ("\n\nReferences:\n- Passage 3\n- Passage 1", ("3", "1")),
            ("\n\n[^1]: The town, on its mill", ("1",)),
            ("\n\n**Source:** Passage 2", ("2",)),
        ],
    )
    def test_what_is_listed_at_the_end_is_kept_apart_and_never_shown(self, tail: str, listed: tuple[str, ...]) -> None:
        text = f"It burned.{tail}"
        assert read_reply(text, ["1", "2", "3"]) == ParsedReply("It burned.", (), (), (), listed)
        for end in range(len("It burned."), len(text)):
            assert read_reply(text[:end], ["1", "2", "3"], finished=False).text == "It burned."

    @pytest.mark.parametrize(
        ("written", "text", "unknown"),
        [
            ("It burned [3].", "It burned [3].", ["[3]"]),
            ("It burned [0][7].", "It burned [0][7].", ["[0]", "[7]"]),
            ("It burned [8, 9].", "It burned [8][9].", ["[8]", "[9]"]),
            ("It burned 【3】.", "It burned [3].", ["[3]"]),
            ("It burned [p9wx].", "It burned [p9wx].", ["[p9wx]"]),
            ("It burned [k7q].", "It burned [k7q].", ["[k7q]"]),
            ("It burned [3], really [3].", "It burned [3], really [3].", ["[3]", "[3]"]),
        ],
    )
    def test_made_up_markers_are_kept_and_counted(self, written: str, text: str, unknown: list[str]) -> None:
        assert read_reply(written, PASSAGES) == ParsedReply(text, (), tuple(unknown))

    def test_a_known_and_a_made_up_key_in_one_bracket_go_their_own_ways(self) -> None:
        assert read_reply("It burned [k7qd, p9wx].", PASSAGES) == ParsedReply(
            "It burned[p9wx].", ((9, "k7qd"),), ("[p9wx]",)
        )
        assert compose("It burned [k7qd, p9wx].").text == "It burned [1][p9wx]."

    @pytest.mark.parametrize(
        "prose",
        [
            "By the [2020 census] it had grown.",
            "In [1911] it burned.",
            "He said it [the mill] burned [sic].",
            "An array[i] and f(x) and (see above) and []",
            "An unclosed [bracket and\nanother [line",
            "Nested [[brackets] here] and [a [b] c].",
            "Code `a[1]` and ``b[k7qd]`` stays.",
            "```\nx[k7qd] = y[3]\n```",
            "```x[k7qd]``` in a line",
            "~~~\n[k7qd]\n``` no end\n[3]",
            "1,000 (k) and (1) and (p9wx)",
        ],
    )
    def test_prose_and_code_are_left_alone(self, prose: str) -> None:
        assert read_reply(prose, PASSAGES) == ParsedReply(prose, (), ())

    def test_a_lone_backtick_hides_nothing(self) -> None:
        assert read_reply("It cost 5` then [k7qd].", PASSAGES).marks == ((15, "k7qd"),)

    def test_after_code_markers_are_read_again(self) -> None:
        assert read_reply("```\n[k7qd]\n```\nIt burned [k7qd].", PASSAGES).marks == ((24, "k7qd"),)

    @pytest.mark.parametrize(
        "tail",
        [
            "\n\nSources: [k7qd]",
            "\n\nSources: k7qd, m4tz",
            "\n\n**References:**\n- [k7qd] The mill\n- [m4tz] The bridge\n",
            "\n\n## Sources\n\n1. Town, Mill (k7qd)\n2. Town, Bridge",
            "\nSources\n[k7qd]: Town\n[1]: Town",
            "\n\nReferences:",
            "\n---\nsources used:\n* k7qd",
        ],
    )
    def test_a_list_of_sources_at_the_end_is_dropped(self, tail: str) -> None:
        reply = read_reply("It burned [k7qd]." + tail, PASSAGES)
        assert reply.text.rstrip("-\n") == "It burned."
        assert len(reply.marks) == 1 and reply.unknown == ()

    @pytest.mark.parametrize(
        "text",
        [
            "Sources: the mill and the bridge.",
            "It burned.\nSources: two witnesses say so, and nobody else does.",
            "It burned.\n\nSources:\n- two witnesses\n\nNobody else says so.",
            "It burned.\nReferences to the fire are rare.",
            "It burned.\n\nEvidence:\n- Sacks were lost.",
        ],
    )
    def test_prose_about_sources_stays(self, text: str) -> None:
        assert read_reply(text, PASSAGES).text == text

    def test_a_reply_that_is_nothing_but_a_list_of_sources_stays(self) -> None:
        assert read_reply("Sources:\n- a witness [k7qd]", PASSAGES).marks

    @pytest.mark.parametrize(
        ("written", "quote"),
        [
            ('It burned [k7qd "It burned down"].', "It burned down"),
            ("It burned [K7QD: “It burned down”].", "It burned down"),
            ('It burned 【k7qd, "down in March"】.', "down in March"),
        ],
    )
    def test_words_beside_a_key_are_what_it_quotes(self, written: str, quote: str) -> None:
        assert read_reply(written, PASSAGES) == ParsedReply("It burned.", ((9, "k7qd"),), (), ((0, quote),))
        for end in range(len("It burned") + 1, len(written) - 2):
            assert read_reply(written[:end], PASSAGES, finished=False).text == "It burned"

    def test_words_in_quotes_beside_no_key_are_prose(self) -> None:
        assert read_reply('He [the keeper "himself"] said so.', PASSAGES).marks == ()

    @pytest.mark.parametrize("half", ['[k7qd "the mill bur', "[k7qd, page", "[k7qd:", "[#k7qd", "[k7qd [k7qd ["])
    def test_a_marker_that_is_broken_off_does_not_show_its_key(self, half: str) -> None:
        assert read_reply(f"It burned {half}", PASSAGES).text == "It burned"

    def test_code_that_may_go_on_is_not_shown_yet(self) -> None:
        for growing in ("It is `a [k7qd]`", "```x [k7qd]"):
            assert "k7qd" not in read_reply(growing, PASSAGES, finished=False).text

    def test_quotations_without_end_take_no_time(self) -> None:
        began = time.monotonic()
        compose('"the mill was built" [k7qd] ' * 400)
        compose("“" + "the mill was the mill " * 90 + "” [k7qd]")
        assert time.monotonic() - began < 60  # minutes where every quotation is looked up for every key

    @pytest.mark.parametrize("half", ["[", "[k", "[k7qd", "【", "【k7", "[k7qd, m4", "[[k7qd", "[[k7qd]", "`code [k7"])
    def test_a_half_written_marker_is_held_back(self, half: str) -> None:
        growing = read_reply(f"It burned {half}", PASSAGES, finished=False)
        assert growing == ParsedReply("It burned", (), ())

    def test_code_fences_in_a_line_do_not_hide_the_rest(self) -> None:
        assert read_reply("```x``` burned [k7qd].", PASSAGES).marks == ((14, "k7qd"),)

    def test_at_the_end_half_a_key_is_dropped_and_half_a_bracket_is_kept(self) -> None:
        assert read_reply("It burned [k7q", PASSAGES).text == "It burned"
        assert read_reply("It burned [k7qd, ", PASSAGES).text == "It burned"
        assert read_reply("It burned [in the", PASSAGES).text == "It burned [in the"
        assert read_reply("It burned [see: ", PASSAGES).text == "It burned [see:"

    @given(st.text("[]【】`k7qdm4tz3 ,.\n(", max_size=60))
    def test_while_it_grows_no_half_written_key_is_shown(self, text: str) -> None:
        for end in range(len(text) + 1):
            growing = read_reply(text[:end], PASSAGES, finished=False)
            half = re.search(r"[\[【][^\[\]【】\n]*$", text[:end])
            # Whatever is being written there, as long as its bracket is open it makes no difference.
            assert not half or growing == read_reply(text[: half.start()] + "[x", PASSAGES, finished=False)
            assert all(0 <= at <= len(growing.text) for at, _ in growing.marks)

    @given(st.text("[]【】[](`~k7qdm4tz3 ,.\n-:Sources", max_size=120))
    def test_reading_is_sound_on_anything(self, text: str) -> None:
        reply = read_reply(text, PASSAGES)
        assert [at for at, _ in reply.marks] == sorted(at for at, _ in reply.marks)
        assert {key for _, key in reply.marks} <= set(PASSAGES)
        assert all(marker in reply.text for marker in reply.unknown)
        assert_sound(compose_written(read_proofs(reply, PASSAGES)))

    @given(st.text(string.ascii_letters + " .,\n!?'\"", max_size=200))
    def test_prose_without_brackets_is_unchanged(self, text: str) -> None:
        if not re.search(r"(?i)source|reference|citation|footnote|bibliography|evidence", text):
            assert read_reply(text, PASSAGES) == ParsedReply(text.strip(), (), ())

    @pytest.mark.parametrize(
        "piece",
        [
            "[",
            "[[",
            "]",
            "[k7qd",
            "[k7qd]",
            "`",
            "`a``b```c",
            "```\n",
            "````\n```\n",
            "(",
            "【",
            "\nSources:",
            "\n- [3]",
            " ",
            "\n",
        ],
    )
    def test_a_megabyte_of_anything_is_read(self, piece: str) -> None:
        """Linear reading takes seconds at most here; quadratic reading would run into the time limit of a test."""
        text = piece * (1_000_000 // len(piece))
        assert len(read_reply(text, PASSAGES).text) <= len(text)


class TestComposing:
    def test_a_key_becomes_the_sentence_that_supports_the_words_before_it(self) -> None:
        composed = compose("The fire of March 1911 burned the mill down [k7qd]. Both towns paid for the bridge. [m4tz]")
        assert composed.text == "The fire of March 1911 burned the mill down [1]. Both towns paid for the bridge. [2]"
        assert [citation.quote for citation in composed.citations] == [
            "It burned down in March 1911.",
            "Both towns paid for it.",
        ]
        assert [sentence.citations for sentence in composed.sentences] == [(1,), (2,)]

    def test_two_keys_in_a_sentence_each_prove_the_words_before_them(self) -> None:
        composed = compose("The Harrow brothers built it in 1874 [k7qd] and it burned in March 1911 [k7qd].")
        assert [citation.quote[:8] for citation in composed.citations] == ["The mill", "It burne"]
        assert composed.sentences[0].citations == (1, 2)

    def test_the_same_sentence_cited_twice_has_one_number(self) -> None:
        composed = compose("It burned in 1911 [k7qd]. In March it burned down [k7qd][k7qd].")
        assert composed.text == "It burned in 1911 [1]. In March it burned down [1]."
        assert len(composed.citations[0].markers) == 2

    def test_a_key_before_the_words_proves_what_follows(self) -> None:
        composed = compose("According to [k7qd], 1,200 sacks of flour were lost.")
        assert composed.text == "According to [1], 1,200 sacks of flour were lost."
        assert "1,200 sacks" in composed.citations[0].quote
        composed = compose("[k7qd] Nobody was hurt in the fire.")
        assert composed.text == "[1] Nobody was hurt in the fire."
        assert composed.sentences[0].text == composed.text

    def test_keys_after_list_items_and_paragraphs_stay_with_them(self) -> None:
        composed = compose("- Built in 1874 [k7qd]\n- Burned in March 1911 [k7qd]\n\nBoth towns paid.\n[m4tz]")
        assert [sentence.citations for sentence in composed.sentences if sentence.citations][-1] == (3,)
        assert len(composed.citations) == 3

    def test_statuses_and_support_follow_the_words(self, support: SupportEstimator) -> None:
        composed = compose(
            "The mill burned down in March 1911 [k7qd]. The bridge was sold to a bank in Leeds [m4tz]. "
            "The bridge has stood since 1932 [m4tz]. Everybody cried all night long. Here is why:",
            support,
        )
        assert [citation.status for citation in composed.citations] == ["close", "unverified"]
        supported = [sentence.supported for sentence in composed.sentences]
        assert supported == [True, False, False, False, None]
        assert composed.sentences[3].support == 0.0 and composed.sentences[4].support is None

    def test_numbers_of_list_items_and_of_made_up_markers_are_no_claims(self, support: SupportEstimator) -> None:
        written = "1. It burned down in March 1911 [k7qd].\n2. The bridge has stood since 1931 [m4tz][9]."
        composed = compose(written, support)
        assert [citation.status for citation in composed.citations] == ["verbatim", "verbatim"]
        assert [sentence.supported for sentence in composed.sentences if sentence.citations] == [True, True]

    def test_a_reply_of_keys_alone_claims_nothing(self) -> None:
        assert compose("[k7qd]").sentences == ()
        assert compose("").text == ""

    def test_a_made_up_number_is_not_taken_for_a_footnote(self, support: SupportEstimator) -> None:
        composed = compose("It burned down in March 1911 [k7qd]. It reopened [7].", support)
        assert composed.citations[0].markers == ((29, 32),)
        assert composed.sentences[1].citations == () and composed.sentences[1].supported is False
