"""The report on a run: table, JSON and page say the same figures, hide nothing, and let no text break out."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_run import FROZE, HOSTILE, LONG, RTL, TEXTS, cite, make_hostile_run, make_run, score_run

from rag.evaluation.metrics.cases import CAUSES
from rag.evaluation.metrics.metric import Metric
from rag.evaluation.metrics.table import METRICS
from rag.evaluation.report.html import render_html
from rag.evaluation.report.html_figures import choose_part, show_share
from rag.evaluation.report.html_links import link_figures, link_tags, list_tiles
from rag.evaluation.report.html_questions import CAUSE_LABELS, cut_marked, cut_markers, group_questions, share_out
from rag.evaluation.report.svg import Bar, Point, Whisker, draw_bar, draw_reliability, draw_risk_coverage, draw_whiskers
from rag.evaluation.report.text import render_table
from rag.evaluation.run.figures import to_dict
from rag.evaluation.run.scoring import pair_answers, score
from rag.types import Answer, Question, Span

SHARES = st.floats(0, 1, allow_nan=False)
INLINE_TAGS = {"a", "b", "bdi", "i", "mark", "span", "sup"}
EMPTY_TAGS = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, and its words by the element they stand in."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY_TAGS:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes what it opened"
        if tag not in INLINE_TAGS:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        """The words in order, white space folded."""
        return " ".join("".join(self.words).split())

    def find(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        """The attributes of the elements of this name that have these attributes."""
        return [
            found
            for name, found in self.elements
            if name == tag and all(found.get(key.strip("_")) == value for key, value in wanted.items())
        ]


def make_page(run: tuple[list[Question], list[Answer]] | None = None, **options: Any) -> Page:
    questions, answers = run or make_run()
    return Page(render_html(questions, answers, score_run(questions, answers), texts=TEXTS, **options))


# ---- the page: what it says ----


def test_every_outcome_is_counted_at_the_head_of_the_page() -> None:
    text = make_page().text
    for told in (
        "11 asked",
        "2 as it should be 18 %",
        "6 wrong 55 %",
        "1 declined though answerable 9 %",
        "1 failed 9 %",
        "1 not judged 9 %",
    ):
        assert told in text, told


def test_what_is_counted_leads_to_its_questions() -> None:
    questions, answers = make_run()
    scores = score_run(questions, answers)
    page = Page(render_html(questions, answers, scores, texts=TEXTS))
    ids = {attrs["id"] for _, attrs in page.elements if attrs.get("id")}
    links = [str(attrs["href"]) for tag, attrs in page.elements if tag == "a" and attrs.get("href")]
    assert links and {link[1:] for link in links if link.startswith("#")} <= ids
    tiles = list_tiles(scores.rows)
    assert sum(tile.count for tile in tiles) == len(questions), "each question is in one of them"
    part, _ = choose_part(scores)
    cases = pair_answers(questions, answers, TEXTS, scores.errors)
    groups = group_questions(cases, scores.rows, scores.metrics)
    found = link_figures(cases, scores.rows, scores.metrics, part, groups)
    score = part.scores["contains"]
    assert score.value is not None and found["contains"].count == round((1 - score.value) * score.n)
    assert all(f"#q{number}" in links for number in found["contains"].numbers)
    tags = {tag for question in questions for tag in question.tags}
    for name, linked in link_tags(cases, tags, groups).items():
        assert linked.count == sum(name in question.tags for question in questions) == len(linked.numbers)
    assert link_figures(cases, scores.rows, scores.metrics, part, ())["contains"].numbers == (), "those that are shown"


def test_the_headlines_are_the_figures_of_the_scores_with_interval_and_n() -> None:
    questions, answers = make_run()
    scores = score_run(questions, answers)
    found = scores.slice("split", "report").scores["contains"]
    assert found.low is not None and found.high is not None and found.value is not None
    text = Page(render_html(questions, answers, scores, texts=TEXTS)).text
    shown = f"{100 * found.value:.1f} % {100 * found.low:.1f} to {100 * found.high:.1f}; n {found.n}, 1 abstained"
    assert f"A gold answer stands in the answer {shown}" in text
    assert "Quotes that are exact 100.0 %" in text


def test_the_split_to_report_is_shown_and_the_one_to_tune_on_only_beside_it() -> None:
    questions, answers = make_run()
    part, beside = choose_part(score_run(questions, answers))
    assert (part.name, beside and beside.name) == ("report", "develop")
    alone = [question for question in questions if question.split == "develop"]
    part, beside = choose_part(score_run(alone, answers))
    assert (part.kind, beside) == ("all", None)


def test_what_went_wrong_is_counted_by_cause_and_linked_to_its_questions() -> None:
    page = make_page()
    questions = make_run()[0]
    links = {found["href"] for found in page.find("a")}
    for kind in CAUSE_LABELS:
        assert page.find("section", id=kind.anchor), kind.cause
        assert not kind.wrong or f"#{kind.anchor}" in links
    numbers = [int(str(found["id"])[1:]) for found in page.find("details", class_="question")]
    causes = [
        "broken", "unfound", "uncited", "astray", "missed", "guess", "too bold", "too shy", "open", "right", "modest"
    ]  # fmt: skip
    assert [questions[number - 1].id for number in numbers] == causes


def test_every_cause_there_is_has_a_place_on_the_page() -> None:
    assert sorted(kind.cause for kind in CAUSE_LABELS) == sorted(CAUSES)


def test_within_a_group_the_surest_come_first() -> None:
    questions = [Question(f"q{number}", id=f"q{number}", answers=("x",)) for number in range(3)]
    sure = {"q0": 0.2, "q1": 0.9, "q2": None}
    answers = [Answer(name, "y", id=name, confidence=confidence) for name, confidence in sure.items()]
    assert [found["id"] for found in make_page((questions, answers)).find("details", class_="question")] == [
        "q2", "q1", "q3"
    ]  # fmt: skip


def test_a_question_shows_gold_answer_quotes_and_what_became_of_it() -> None:
    text = make_page().text
    start = text.index("What about astray?")
    shown = text[start : text.index("What about missed?")]
    for told in (
        "March The boats stayed where they were until March. harbour 30–75",
        "May. [1]",
        "1 The harbour froze in January. harbour 0–29",
        "On harbour · Winter",
        "astray · develop · when",
        "2 passages; evidence in no. 2. 0.250 s",
        "confidence 0.900",
    ):
        assert told in shown, (told, shown)


def test_marked_are_the_words_that_are_both_cited_and_gold() -> None:
    questions = [Question("When?", id="q", answers=("January",), evidence=(Span("harbour", 4, 20),))]
    answers = [Answer("When?", "January [1]", id="q", citations=(cite(1, FROZE, "January [1]"),))]
    html = render_html(questions, answers, score_run(questions, answers), texts=TEXTS)
    assert "The <mark>harbour froze in</mark> January." in html
    assert ">\n<mark>harbour froze in</mark><" in html.replace('<p class="text" dir="auto">', ">\n")


def test_a_quote_that_is_not_the_documents_is_called_so_and_never_marked() -> None:
    citation = cite(1, FROZE, "x [1]", quote="The harbour melted in June!!!")
    questions = [Question("When?", id="q", answers=("January",), evidence=(FROZE,))]
    answers = [Answer("When?", "x [1]", id="q", citations=(citation,))]
    html = render_html(questions, answers, score_run(questions, answers), texts=TEXTS)
    assert '<span class="badge wrong">not exact</span>' in html
    assert "<mark>The harbour melted" not in html
    unknown = render_html(questions, answers, score_run(questions, answers))
    assert "not exact" not in unknown, "without the documents nobody can tell"


def test_the_judge_and_its_accuracy_stand_in_the_header() -> None:
    run = make_run()
    assert "Judge none: every figure is counted from the gold data" in make_page(run).text
    judge = {"name": "a support model", "accuracy": 0.62, "n": 500}
    text = make_page(run, settings={"judge": judge, "question_set": "ab" * 32, "seconds": 300.0, "models": ["a"]}).text
    assert "Judge name a support model, accuracy 0.62, n 500" in text
    assert "Set's digest abababababababab …" in text
    assert "Wall time 5.0 min" in text


def test_the_charts_are_drawn_with_a_title_and_a_description() -> None:
    page = make_page()
    charts = page.find("svg", role="img")
    assert len(charts) == 2
    for chart in charts:
        for name in str(chart["aria-labelledby"]).split():
            assert page.find("title", id=name) or page.find("desc", id=name)
    assert re.search(r"AURC \d+\.\d %", page.text) and re.search(r"ECE \d+\.\d %", page.text)


def test_without_confidence_there_are_no_charts_and_no_link_to_them() -> None:
    questions, answers = make_run()
    page = make_page((questions, [replace(answer, confidence=None) for answer in answers]))
    assert page.find("svg", role="img") == [] and page.find("a", href="#confidence") == []


def test_a_question_without_an_answer_is_shown_as_failed() -> None:
    questions, answers = make_run()
    text = make_page((questions, answers[1:])).text
    assert "there is no answer to this question" in text and "2 failed" in text


@pytest.mark.parametrize("count", [0, 1])
def test_a_run_of_next_to_nothing_has_a_page(count: int) -> None:
    questions, answers = make_run()
    assert f"{count} asked" in make_page((questions[:count], answers)).text


def test_metrics_of_ones_own_are_shown_beside_the_headlines_or_alone() -> None:
    own = Metric("length", lambda case: float(len(case.answer.text)), "all", "mean", "letters said", "me", bounds=None)
    questions, answers = make_run()
    alone = render_html(questions, answers, score(answers, questions, TEXTS, {"length": own}), texts=TEXTS)
    mean = sum(len(answer.text) for answer in answers if answer.id in {q.id for q in questions if q.split == "report"})
    assert f"Measured letters said {mean / 7:.2f}" in Page(alone).text
    both = render_html(questions, answers, score(answers, questions, TEXTS, {**METRICS, "length": own}), texts=TEXTS)
    assert "Also measured letters said" in Page(both).text and "Quotes that are exact" in Page(both).text
    few = render_html(questions, answers, score(answers, questions, TEXTS, {"mrr": METRICS["mrr"]}), texts=TEXTS)
    assert f"Measured 050100 {METRICS['mrr'].definition} 100.0 % 51.0 to 100.0; n 4" in Page(few).text


# ---- the page: one file, safe, and of bearable size ----


@pytest.mark.parametrize("run", [make_run, make_hostile_run])
def test_the_page_is_one_file_that_fetches_and_runs_nothing(run: Any) -> None:
    page = make_page(run(), settings={"name": HOSTILE, "judge": {HOSTILE: RTL}, HOSTILE: HOSTILE})
    allowed = set(
        "html head meta title style body header main nav section h1 h2 h3 p a b i sup ul li dl dt dd div span bdi mark table "
        "thead tbody tr th td details summary blockquote figure figcaption svg line circle rect text polyline polygon desc".split()
    )
    ids = [found["id"] for _, found in page.elements if "id" in found]
    assert {tag for tag, _ in page.elements} <= allowed
    assert len(ids) == len(set(ids)), "an id names one element"
    for tag, found in page.elements:
        assert not any(name.startswith("on") or name in ("src", "srcset", "srcdoc", "action") for name in found), tag
        href = found.get("href") or "#questions"
        assert href.startswith("#") and href[1:] in ids, href
    policy = page.find("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    assert str(policy).startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_hostile_texts_are_shown_as_they_are() -> None:
    text = make_page(make_hostile_run(), settings={"name": HOSTILE}).text
    assert HOSTILE in text and RTL in text and LONG in text
    assert "\N{REPLACEMENT CHARACTER}[31m" in text
    make_page(make_hostile_run()).text.encode("utf-8")


@given(st.text(st.characters(), max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_text_whatever_changes_the_shape_of_the_page(words: str) -> None:
    def shape(text: str) -> list[str]:
        questions = [Question(f"Q{text}", id="q", answers=(f"a{text}",), tags=(f"t{text}",), evidence=(FROZE,))]
        citation = replace(cite(1, FROZE), quote=f"q{text}")
        answers = [Answer(f"Q{text}", f"A{text}", id="q", citations=(citation,), model=f"m{text}", fallback=f"f{text}")]
        return [tag for tag, _ in make_page((questions, answers), settings={"name": f"n{text}"}).elements]

    # A text without letters or digits is a gold answer without words, which changes the outcome: so give it some.
    assert shape(f"{words} z") == shape("y z")


def test_many_questions_are_capped_and_the_page_says_so() -> None:
    questions, answers = [], []
    for number in range(300):
        for question, answer in zip(*make_run(), strict=True):
            questions.append(replace(question, id=f"{question.id} {number}"))
            answers.append(replace(answer, id=f"{answer.id} {number}"))
    page = make_page((questions, answers), shown=110)
    assert len(page.find("details", class_="question")) == 110
    assert "110 of 3,300 questions are on this page" in page.text
    assert "all are in answers.jsonl" in page.text
    assert page.text.count("11 of them are shown.") == len(CAUSE_LABELS), "no kind is crowded out"


def test_a_very_long_text_is_cut_and_says_so() -> None:
    questions = [Question("q", id="q", answers=("a" * 50_000,))]
    answers = [Answer("q", "b" * 50_000, id="q", error="c" * 50_000)]
    html = render_html(questions, answers, score_run(questions, answers))
    assert len(html) < 50_000 and "bbb …" in html


def test_the_same_run_gives_the_same_page() -> None:
    questions, answers = make_run()
    scores = score_run(questions, answers)
    assert render_html(questions, answers, scores) == render_html(questions, list(reversed(answers)), scores)


# ---- the pieces ----


@given(st.integers(0, 200), st.lists(st.integers(0, 100), max_size=8))
def test_room_is_shared_out_fairly(room: int, wanted: list[int]) -> None:
    given_ = share_out(room, wanted)
    assert all(got <= want for got, want in zip(given_, wanted, strict=True))
    assert sum(given_) == min(room, sum(wanted)) or not wanted
    short = [got for got, want in zip(given_, wanted, strict=True) if got < want]
    assert all(got >= max(given_) - 1 for got in short), "who gets less than it wants gets as much as anyone"


@given(
    st.text("ab ", max_size=30),
    st.integers(0, 20),
    st.lists(st.tuples(st.sampled_from(["d", "e"]), st.integers(0, 60), st.integers(1, 20)), max_size=4),
)
def test_marks_cover_exactly_the_shared_characters(text: str, start: int, places: list[tuple[str, int, int]]) -> None:
    spans = [Span(document, first, first + length) for document, first, length in places]
    pieces = cut_marked(text, start, "d", spans)
    assert "".join(words for words, _ in pieces) == text
    marked = [flag for words, flag in pieces for _ in words]
    assert marked == [
        any(span.document_id == "d" and span.start <= start + at < span.end for span in spans)
        for at in range(len(text))
    ]


@given(st.lists(st.tuples(st.text("ab [1]", max_size=6), st.booleans()), max_size=6))
def test_an_answer_cut_at_its_markers_is_the_whole_answer(parts: list[tuple[str, bool]]) -> None:
    text, markers = "", []
    for words, marker in parts:
        text += words
        if marker:
            markers.append((len(text), len(text) + 3))
            text += "[1]"
    answer = Answer("q", text, citations=(replace(cite(1, FROZE), markers=tuple(markers)),) if markers else ())
    pieces = cut_markers(answer)
    assert "".join(words for words, _ in pieces) == text
    assert [words for words, number in pieces if number == 1] == ["[1]"] * len(markers)


def test_markers_that_lie_outside_the_answer_do_no_harm() -> None:
    answer = Answer("q", "ab", citations=(replace(cite(1, FROZE), markers=((1, 9), (0, 1), (0, 2))),))
    assert "".join(words for words, _ in cut_markers(answer)) == "ab"


@pytest.mark.parametrize(("count", "total", "shown"), [(0, 9, "0 %"), (1, 300, "0.3 %"), (299, 300, "99.7 %"),
                                                       (300, 300, "100 %"), (0, 0, "n/a")])  # fmt: skip
def test_a_share_never_rounds_something_to_nothing(count: int, total: int, shown: str) -> None:
    assert show_share(count, total) == shown


# ---- the drawings ----


def find_numbers(svg: str, *names: str) -> list[float]:
    """The values of these attributes, per cent signs aside; the drawing must be well-formed XML."""
    drawing = ElementTree.fromstring(svg)
    return [
        float(value.rstrip("%"))
        for element in drawing.iter()
        for name, value in element.attrib.items()
        if name in names
    ]


@given(st.lists(st.tuples(SHARES, SHARES, SHARES, st.booleans()), min_size=1, max_size=3))
def test_whiskers_lie_on_their_axis(values: list[tuple[float, float, float, bool]]) -> None:
    drawing = draw_whiskers(
        [Whisker(sorted(each[:3])[1], min(each[:3]), max(each[:3]), faint=each[3]) for each in values]
    )
    assert all(0 <= number <= 100 for number in find_numbers(drawing, "x1", "x2", "cx"))
    assert drawing.count("<circle") == len(values)


def test_a_figure_without_an_interval_is_a_dot_and_a_missing_one_keeps_its_row() -> None:
    assert '<line class="whisker' not in draw_whiskers([Whisker(0.5)])
    assert find_numbers(draw_whiskers([None, Whisker(0.5, faint=True)]), "cy") == [20.0]


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=5).filter(any))
def test_the_pieces_of_a_bar_fill_it_in_proportion(counts: list[int]) -> None:
    drawing = ElementTree.fromstring(draw_bar([Bar(count, "good") for count in counts]))
    widths = [float(piece.attrib["width"].rstrip("%")) for piece in drawing.iter("rect")]
    assert widths == pytest.approx([100 * count / sum(counts) for count in counts if count], abs=0.01)


@given(st.lists(st.tuples(SHARES, SHARES, SHARES, SHARES, st.booleans()), max_size=30))
def test_charts_stay_inside_their_frame_and_are_well_formed(
    values: list[tuple[float, float, float, float, bool]],
) -> None:
    points = [Point(x, y, low, high, faint, 1) for x, y, low, high, faint in sorted(values)]
    for draw in (draw_risk_coverage, draw_reliability):
        drawing = draw(points, "a < b", 'c & "d"')
        assert all(0 <= number <= 340 for number in find_numbers(drawing, "x", "x1", "x2", "cx"))
        assert all(0 <= number <= 250 for number in find_numbers(drawing, "y", "y1", "y2", "cy"))
        for line in ElementTree.fromstring(drawing).iter():
            for place in line.attrib.get("points", "").split():
                x, y = map(float, place.split(","))
                assert 0 <= x <= 340 and 0 <= y <= 250


# ---- the table and the machine's form ----


def test_the_table_tells_what_went_wrong() -> None:
    questions, answers = make_run()
    table = render_table(score_run(questions, answers))
    assert re.search(r"what went wrong +develop +report +all\n", table)
    assert re.search(r"not retrieved +1 +0 +1\n", table)
    assert re.search(r"needless abstention +0 +1 +1\n", table)
    only_right = [question for question in questions if question.id in ("right", "modest")]
    assert "what went wrong" not in render_table(score_run(only_right, answers))


def test_the_machines_form_has_the_cause_of_every_question() -> None:
    questions, answers = make_run()
    values = json.loads(json.dumps(to_dict(score_run(questions, answers), {"passages": 8})))
    causes = {row["id"]: row["cause"] for row in values["questions"]}
    assert causes["astray"] == "cited the wrong span" and causes["right"] == "right"
    everything = next(part for part in values["slices"] if part["kind"] == "all")
    assert everything["causes"]["should have abstained"] == 1
    assert sum(everything["causes"].values()) == len(questions)


def test_open_questions_draw_no_risk_and_leave_out_the_figures_that_need_answers() -> None:
    questions, answers = make_run()
    open_questions = [replace(question, answers=None) for question in questions]
    html = render_html(open_questions, answers, score_run(open_questions, answers), {}, texts=TEXTS)
    assert "Are the surest answers right?" not in html
    assert "A gold answer stands in the answer" not in html
    assert "Quotes that are exact" in html
