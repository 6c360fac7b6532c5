"""The embedded reader: which sentences it picks and quotes, how sure it is, and how it declines."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from rag.answer.abstention import ABSTENTION, format_refusal
from rag.answer.composing import FEW, LISTED, LONGEST_LED, choose_sentences, join_sentences, passage_words
from rag.answer.document_heads import STATED, UNTOLD
from rag.answer.quotable import asks_the_same, may_answer
from rag.answer.quoting import build_answerer, build_reader
from rag.answer.short_answers import find_short_answer
from rag.english.source import asks_about_source, is_this_meant, may_mean_another
from rag.index.embeddings import build_embeddings
from rag.reader.features import (
    ANSWERABILITY_FEATURES,
    FEATURES,
    PASSAGE_FEATURES,
    Candidate,
    find_sentence_candidates,
    measure,
    measure_passages,
)
from rag.reader.nearness import build_nearness
from rag.reader.scoring import LogisticScorer, load_scorers
from rag.reader.source_lines import find_source_line, find_stated, read_passages
from rag.reader.span_reader import PassageReading, SpanReader
from rag.settings import read_settings
from rag.steps import Retrieved
from rag.types import UNSURE_BELOW, Block, Passage, Question, ScoredPassage, Span

TEXT = "Kettles\n\nBy Ada Quill, 2 May 2014\n\nA copper kettle holds two litres. Iron ones were cast in Leeds. Is tea better?"


@cache
def load_embeddings() -> Any:
    return build_embeddings(read_settings())


def passages(text: str = TEXT, title: str = "Kettles", heading: str = "") -> tuple[ScoredPassage, ...]:
    return (ScoredPassage(Passage(Span("d", 0, len(text)), text, title, heading), 1.0),)


def read(question: str, spans: SpanReader, text: str = TEXT) -> Any:
    reader = build_reader(load_embeddings(), spans)
    return reader(Retrieved(Question(question), question, passages(text)))


def words(reading: Any) -> list[str]:
    return [TEXT[span.start : span.end] for span, _ in reading.evidence]


def test_the_short_answer_stands_inside_the_first_sentence(spans: SpanReader) -> None:
    reading = read("How much does a copper kettle hold?", spans)
    sentence, short = reading.evidence[0][0], reading.short
    assert short.text == TEXT[short.span.start : short.span.end] and "two" in short.text
    assert sentence.start <= short.span.start < short.span.end <= sentence.end


def test_the_byline_answers_who_wrote_it_and_only_where_there_is_one(spans: SpanReader) -> None:
    reading = read("Who wrote this article?", spans)
    assert words(reading) == ["By Ada Quill, 2 May 2014"] and reading.short.text == "Ada Quill"
    assert read("When was it published?", spans).short.text == "2 May 2014"
    bare = "A copper kettle holds two litres. Iron ones were cast in Leeds."
    assert read("Who wrote this article?", spans, bare).confidence < 0.2


HEADS = {
    "Ada Quill¹, Otto Moor² and Bea van Dyk³": "author",
    "Ada Quill, ada@kettles.example\nOtto Moor, otto@kettles.example": "author",
    "Author: Ada Quill": "author",
    "Prepared by Quill & Sons": "author",
    "Created: 20-May-2019": "date",
    "Last updated: May 3, 2021": "date",
    "October 14, 2009       Version 1.0": "date",
    "Posted 9 February 2018 16:37 GMT": "date",
    "Otto Moor": "",
    "Kettle Works, University of Leeds": "",
    "By the river stood a mill.": "",
    "Written by hand, in ink": "",
    "On 3 May 2019 the court ruled that the harbour of Leeds was to be closed for all ships of Norway.": "",
}


@pytest.mark.parametrize("line", HEADS)
def test_a_head_as_people_write_it_says_who_and_when(line: str, spans: SpanReader) -> None:
    text = f"Kettles\n\nSecond edition\n\n{line}\n\nCopper shines. Iron ones were cast in Leeds."
    for asked, about in (("who wrote this", "author"), ("When was this last updated?", "date")):
        stated = find_stated(asked, passages(text))
        assert [text[low:high] for (low, high), _ in stated] == ([line] if HEADS[line] == about else []), asked
    if HEADS[line]:
        reading = read("Who wrote this and when?", spans, text)
        assert [text[span.start : span.end] for span, _ in reading.evidence] == [line] and reading.confidence == STATED


def test_who_and_when_are_told_from_two_lines_and_the_short_answer_is_who(spans: SpanReader) -> None:
    text = "Kettles\n\nDated 2 May 2014\n\nAuthor: Ada Quill\n\nCopper shines."
    reading = read("who wrote this plan and when?", spans, text)
    assert [text[span.start : span.end] for span, _ in reading.evidence] == ["Author: Ada Quill", "Dated 2 May 2014"]
    assert reading.short.text == "Ada Quill"
    doubted = read("when was this last revised?", spans, text)
    assert doubted.short.text == "2 May 2014" and doubted.confidence < UNSURE_BELOW, "it may have been revised later"


def test_which_part_of_who_and_when_is_not_said_is_told(spans: SpanReader) -> None:
    for head, note in (("Author: Ada Quill", UNTOLD["date"]), ("Created: 2 May 2014", UNTOLD["author"])):
        text = f"Kettles\n\n{head}\n\nCopper shines."
        assert read("Who wrote this and when?", spans, text).note == note
    assert read("Who wrote this?", spans, "Kettles\n\nAuthor: Ada Quill\n\nCopper shines.").note == ""


SONGS = "Songs\n\nBy Ada Quill, 2 May 2014\n\nThe Harbour Song was written by Otto Moor in 1871. It has nine verses."


def test_what_a_talk_was_about_is_meant_and_not_the_document(spans: SpanReader) -> None:
    reader, before = build_reader(load_embeddings(), spans), "What is the Harbour Song?"
    talk = ((before, "The Harbour Song was written in 1871."),)

    def quote(text: str, standalone: str, history: Any) -> str:
        reading = reader(Retrieved(Question(text, history=history), standalone, passages(SONGS, "Songs")))
        return passage_words(*reading.evidence[0])

    assert "Otto Moor" in quote("who wrote it?", f"{before} who wrote it? (Harbour Song)", talk)
    assert quote("who wrote it?", "who wrote it?", ()) == "By Ada Quill, 2 May 2014"
    assert quote("who wrote this?", f"{before} who wrote this?", talk) == "By Ada Quill, 2 May 2014"


@pytest.mark.parametrize(
    ("asked", "is_meant"),
    [
        ("Who wrote this?", True),
        ("who wrote this report and when", True),
        ("When was it last updated?", True),
        ("Who is the author?", True),
        ("Who is the author of Kettles?", False),
        ("Who is the author of the Harbour Song?", False),
        ("Who wrote this song?", False),
        ("Who wrote the report?", False),
    ],
)
def test_a_document_is_meant_where_nothing_else_is_named(asked: str, is_meant: bool) -> None:
    assert is_this_meant(asked) is is_meant


def test_a_question_in_a_text_answers_only_another_one() -> None:
    asked = 'It is called "Why did the kettle leak?".'
    assert asks_the_same("Why did it leak?", asked) and asks_the_same("Why?", asked)
    assert not asks_the_same("What is it called?", asked)
    assert not asks_the_same("Why did it leak?", "It was cracked.")


def test_a_report_that_a_text_tells_of_is_not_the_text(spans: SpanReader) -> None:
    text = "Kettles\n\nBy Ada Quill\n\nThe report on kettles was written by Otto Moor of Leeds."
    assert not find_stated("Who wrote the report?", passages(text))
    assert find_stated("Who wrote Kettles?", passages(text)), "its title means the text"


def test_a_head_that_is_not_asked_about_is_no_answer(spans: SpanReader) -> None:
    quoted = words(read("When were iron kettles cast?", spans)) + words(read("What is a kettle?", spans))
    assert not {"Kettles", "By Ada Quill, 2 May 2014"} & set(quoted)


@pytest.mark.parametrize(
    ("asked", "before", "another"),
    [
        ("and who wrote it?", ("Why did the talks fail?", "The price of coal was too high."), False),
        ("who is the author?", ("Why did the talks fail?", "The price of coal was too high."), False),
        ("and who wrote it?", ("Which song did they sing?", "An old one."), True),
        ("who wrote it", ("What did she read?", "A letter of her aunt's."), True),
        ("who wrote it", ("What is on the shelf?", "“Kettles of the North”, mostly."), True),
        ("when was it released?", ("Why did the talks fail?", "The price of coal was too high."), True),
    ],
)
def test_it_is_the_document_where_nothing_else_was_named_that_is_written(
    asked: str, before: tuple[str, str], another: bool
) -> None:
    assert may_mean_another(asked, before) is another


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Kettles", "By Ada Quill, 2 May 2014"),
        ("Kettles", "Dated 2 May 2014"),
        ('Who wrote "Ada Quill"? (Ada Quill)', "By Ada Quill"),
        ("", "By Ädä Quìll 🫖 and " + "others " * 60),
        ("漢字" * 30, "By 漢字, 2 May 2014"),
    ],
)
@pytest.mark.parametrize("asked", ["Who wrote this?", "When was this text published?", "What is the title?"])
def test_what_is_read_of_a_head_stands_in_its_line(spans: SpanReader, asked: str, title: str, line: str) -> None:
    head = f"{title}\n\n" if title else ""
    (found,) = passages(f"{head}{line}\n\nCopper shines.", title)
    (reading,) = read_passages(spans, asked, [found])
    assert (reading.offsets[1:, 0] >= reading.offsets[:-1, 0]).all() and (np.diff(reading.words) >= 0).all()
    about = asks_about_source(asked)
    place = about and find_source_line(found.passage, about)
    if place:
        best = reading.best_span(*place)
        assert place[0] <= best.start < best.end <= place[1]
        assert asked != "Who wrote this?" or "By" not in found.passage.text[best.start : best.end]
    said = {"title": bool(title), "author": line.startswith("By"), "date": "2014" in line}
    assert about and bool(place) == said[about]


def test_headings_and_rules_of_dashes_are_no_candidates() -> None:
    text = "Metals\n\n-----\n\nCopper shines."
    assert [found.text for found in find_sentence_candidates(passages(text, heading="Kettles > Metals"))] == [
        "Copper shines."
    ]


LISTED_TEXT = (
    "Kettles\n\nThey are made of:\n\n- Copper. It shines.\n\n- Iron.\n\nName: Ada; Town: Leeds. Or Hull\n\nNobody came."
)


def blocks_of(text: str, **kinds: tuple[str, ...]) -> tuple[Block, ...]:
    found = [
        Block(text.index(words), text.index(words) + len(words), kind)  # type: ignore[arg-type]
        for kind, listed in kinds.items()
        for words in listed
    ]
    return tuple(sorted(found))


def test_of_a_numbered_heading_neither_part_is_quoted() -> None:
    text = "2. Installation\n\nUse the new hose. It is 2 m long."
    found = find_sentence_candidates(passages(text, heading="Manual > 2. Installation"))
    assert [each.text for each in found] == ["Use the new hose.", "It is 2 m long."]


def test_a_row_and_a_short_item_are_quoted_whole() -> None:
    (found,) = passages(LISTED_TEXT)
    marked = blocks_of(LISTED_TEXT, item=("- Copper. It shines.", "- Iron."), row=("Name: Ada; Town: Leeds. Or Hull",))
    candidates = find_sentence_candidates([replace(found, passage=replace(found.passage, blocks=marked))])
    assert [candidate.text for candidate in candidates][1:] == [
        "They are made of:",
        "Copper. It shines.",
        "Iron.",
        "Name: Ada; Town: Leeds. Or Hull",
        "Nobody came.",
    ]
    for candidate in candidates:
        assert LISTED_TEXT[candidate.span.start : candidate.span.end] == candidate.text
    long = "Long. " * 80
    (found,) = passages(long)
    item = Block(0, len(long.rstrip()), "item")
    cut = find_sentence_candidates([replace(found, passage=replace(found.passage, blocks=(item,)))])
    assert len(cut) == 80 and all(candidate.block == item for candidate in cut)


def test_of_a_row_that_is_longer_than_a_passage_its_rest_is_quoted_as_one() -> None:
    text = "Uniform.Cup: 10; Cupper.Points: 8; Town: Leeds. Or Hull\n\nNobody came."
    (found,) = passages(text)
    row = Block(0, text.index("\n"), "row")
    moved = replace(found.passage, span=Span(found.passage.span.document_id, 30, 30 + len(text)))
    cut = replace(found, passage=replace(moved, blocks=(replace(row, start=0, end=30 + row.end),)))
    assert [each.text for each in find_sentence_candidates([cut])] == [text[: row.end], "Nobody came."]


def test_words_that_lead_to_a_list_bring_the_list() -> None:
    (found,) = passages(LISTED_TEXT)
    marked = blocks_of(LISTED_TEXT, item=("- Copper. It shines.", "- Iron."))
    candidates = find_sentence_candidates([replace(found, passage=replace(found.passage, blocks=marked))])
    lead = next(candidate for candidate in candidates if candidate.text == "They are made of:")
    ((span, _),) = join_sentences([lead], candidates)
    assert LISTED_TEXT[span.start : span.end] == "They are made of:\n\n- Copper. It shines.\n\n- Iron."
    iron = next(candidate for candidate in candidates if candidate.text == "Iron.")
    ((span, _),) = join_sentences([iron, lead], candidates)
    assert LISTED_TEXT[span.start : span.end].startswith("They are made of:"), "nothing is quoted twice"
    bare = find_sentence_candidates([found])
    ((span, _),) = join_sentences([next(each for each in bare if each.text == lead.text)], bare)
    below = f"{lead.text}\n\n- Copper. It shines."
    assert LISTED_TEXT[span.start : span.end] == below, "what follows is a list only where the document says so"


@pytest.mark.parametrize(("asked", "may"), [("What shines?", False), ("Which papers on copper does it cite?", True)])
def test_a_reference_is_quoted_only_where_references_are_asked_for(asked: str, may: bool) -> None:
    text = "Quill, A. (2014). Copper shines. Journal of Kettles."
    (found,) = passages(text)
    marked = replace(found.passage, blocks=(Block(0, len(text), "reference"),))
    for candidate in find_sentence_candidates([replace(found, passage=marked)]):
        assert may_answer(candidate, asked) is may


def test_candidates_are_exact_slices() -> None:
    for found in find_sentence_candidates(passages()):
        assert TEXT[found.span.start : found.span.end] == found.text


def test_what_is_far_less_likely_than_the_best_is_not_told() -> None:
    (home,) = passages()
    candidates = [Candidate(Span("d", at, at + 1), str(at), home.passage, 0) for at in range(10)]

    def told(*probabilities: float, plenty: Any = FEW) -> list[str]:
        return [found.text for found in choose_sentences(candidates[: len(probabilities)], probabilities, plenty)]

    assert told(0.01, 0.95, 0.1, 0.01) == ["1"]
    assert told(0.5, 0.9, 0.8, 0.1) == ["1", "2", "0"]
    assert told(0.02, 0.01) == ["0"], "the best is told, however unlikely: whether to answer is decided elsewhere"
    assert len(told(*[0.9] * 10)) == 4 and len(told(*[0.9] * 10, plenty=LISTED)) == 8
    twice = [candidates[0], Candidate(Span("d", 20, 21), "0", home.passage, 0)]
    assert choose_sentences(twice, [0.9, 0.8]) == twice[:1], "nothing is told twice"


def scripted_reading(text: str, marked: dict[str, float]) -> PassageReading:
    """A reading in which each word is a token; those that are marked score so as a beginning and an end."""
    places = [(found.start(), found.end()) for found in re.finditer(r"\w+", text)]
    scores = np.array([marked.get(text[low:high], -5.0) for low, high in places], dtype=np.float32)
    return PassageReading(np.array(places), scores, scores, 0.0, np.arange(len(places)))


def test_words_are_marked_only_in_the_sentence_that_stands_clearest() -> None:
    text = "A copper kettle holds two litres. Iron ones were cast in Leeds."
    copper, iron = find_sentence_candidates(passages(text))
    reading = scripted_reading(text, {"two": 2.0, "Leeds": 3.0})
    assert find_short_answer(copper, [copper, iron], [reading]) is None
    short = find_short_answer(iron, [copper, iron], [reading])
    assert short is not None and short.text == "Leeds" == text[short.span.start : short.span.end]


def test_a_list_stands_in_the_order_of_the_text_and_marks_no_words(spans: SpanReader) -> None:
    text = (
        "Kettles of tin were made in York. The council met on Monday. Iron kettles were cast in Leeds by Ada Quill.\n\n"
        "Nobody came to the fair. Kettles of copper were made by Otto Berg in Hull."
    )
    asked = "List all who made kettles"
    reading = build_reader(load_embeddings(), spans)(Retrieved(Question(asked), asked, passages(text), route="list"))
    places = [span for span, _ in reading.evidence]
    assert len(places) > 1 and places == sorted(places) and reading.short is None
    likeliest = build_reader(load_embeddings(), spans)(Retrieved(Question(asked), asked, passages(text)))
    assert likeliest.evidence[0][0] != places[0], "the likeliest is not the first of the text, or this shows nothing"


def test_words_that_end_with_a_colon_bring_what_they_lead_to() -> None:
    text = (
        "Set the port as follows:\n\nkettle set 2222\nkettle start\n\nThat is all. There are limits: none.\n\nIt is said:\n\n"
        + "Long. " * 120
    )
    candidates = find_sentence_candidates(passages(text))
    by_text = {candidate.text: candidate for candidate in candidates}
    for lead, whole in (
        ("Set the port as follows:", "Set the port as follows:\n\nkettle set 2222\nkettle start"),
        ("That is all.", "That is all."),
    ):
        ((span, _),) = join_sentences([by_text[lead]], candidates)
        assert text[span.start : span.end] == whole
    ((span, _),) = join_sentences([by_text["It is said:"]], candidates)
    assert len("It is said:") < span.end - span.start <= len("It is said:") + LONGEST_LED


def test_sentences_without_a_space_between_them_are_one_quote() -> None:
    text = "水は冷たい。火は熱い。"
    water, fire = find_sentence_candidates(passages(text))
    for chosen in ([water, fire], [fire, water]):
        ((span, _),) = join_sentences(chosen, (water, fire))
        assert text[span.start : span.end] == text


LEANING = "Ada cast kettles. She sold them in Leeds. This made her rich. Otto did not.\n\nHe had none."


def quoted(*texts: str) -> list[str]:
    candidates = find_sentence_candidates(passages(LEANING))
    chosen = [next(found for found in candidates if found.text == text) for text in texts]
    return [LEANING[span.start : span.end] for span, _ in join_sentences(chosen, candidates)]


def test_a_sentence_that_leans_brings_the_one_before_it() -> None:
    assert quoted("This made her rich.") == ["She sold them in Leeds. This made her rich."]
    assert quoted("Otto did not.", "She sold them in Leeds.") == [
        "Otto did not.",
        "Ada cast kettles. She sold them in Leeds.",
    ]
    assert quoted("He had none.") == ["He had none."], "a paragraph of its own begins anew"


def test_nothing_is_quoted_twice_and_neighbours_are_one_quote() -> None:
    assert quoted("This made her rich.", "She sold them in Leeds.", "Ada cast kettles.") == [
        "Ada cast kettles. She sold them in Leeds. This made her rich."
    ]
    assert quoted("Ada cast kettles.", "Otto did not.", "She sold them in Leeds.") == [
        "Ada cast kettles. She sold them in Leeds.",
        "Otto did not.",
    ]
    assert quoted("He had none.", "Otto did not.") == ["He had none.", "Otto did not."], "paragraphs are apart"


@pytest.mark.parametrize("text", [TEXT, "One sentence.", "Kettles\n\n" + "x" * 3000])
def test_measures_are_finite_and_as_many_as_the_weights(text: str, spans: SpanReader) -> None:
    found = passages(text)
    candidates = find_sentence_candidates(found)
    readings = spans.read("What?", [text])
    measured = measure("How many?", candidates, found, readings, build_nearness(load_embeddings()))
    assert measure_passages(found, readings).shape == (1, len(PASSAGE_FEATURES))
    assert measured.features.shape == (len(candidates), len(FEATURES)) and measured.misfits.shape == (len(candidates),)
    assert np.isfinite(measured.features).all() and np.isfinite(measured.span_over_others)
    scorers = load_scorers()
    assert len(scorers.passage.weights) == len(PASSAGE_FEATURES)
    assert len(scorers.sentence.weights) == len(FEATURES)
    assert len(scorers.answerable.weights) == len(ANSWERABILITY_FEATURES)
    assert 0 <= scorers.confidence(scorers.sentence(measured.features), measured) <= 1


def test_a_scorer_is_a_logistic_regression() -> None:
    scorer = LogisticScorer((1.0, -1.0), 0.5)
    rows = np.array([[0.0, 0.5], [2.0, 0.0]], dtype=np.float32)
    assert scorer(rows) == pytest.approx([0.5, 1 / (1 + np.exp(-2.5))])


def test_a_refusal_names_what_the_passages_never_mention() -> None:
    assert format_refusal("Were the kettles of Geneva enamelled?", passages()) == (
        f"{ABSTENTION} The closest passages do not mention “Geneva” or “enamelled”."
    )
    assert format_refusal("Did he find a kettle?", passages()) == ABSTENTION
    for asked in ("Compare copper and iron, please", "List copper kettles", "Summarise kettles", "Show iron ones"):
        assert format_refusal(asked, passages()) == ABSTENTION, asked
    assert "“Rome”" in format_refusal("List the kettles of Rome", passages())
    assert format_refusal("How many litres did a kettle hold?", passages()) == ABSTENTION
    assert format_refusal("Does Zorn, or Zürn, or Zarn, or Zirn?", passages()).count("“") == 3
    assert format_refusal("Why?", ()) == format_refusal("Geneva?", ()) == ABSTENTION


def test_nothing_found_is_declined(spans: SpanReader) -> None:
    answer = build_answerer(build_reader(load_embeddings(), spans), abstain_below=0.0)
    draft = answer(Retrieved(Question("Why?"), "Why?", ()))
    assert draft.abstained and draft.confidence == 0.0
    assert answer(Retrieved(Question("Why?"), "Why?", passages("- - -"))).abstained
