"""The span model at work: what it reads, how it is loaded, how passages are ranked by it, and how it is measured."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ModelError
from rag.index.embeddings import find_default_model
from rag.reader.reranking import build_ranker
from rag.reader.scoring import LogisticScorer, Scorers, load_scorers, load_threshold
from rag.reader.span_model import read_span_model, save_weights
from rag.reader.span_reader import HOPELESS, LONGEST_SPAN, WINDOW, PassageReading, SpanReader, find_window_starts
from rag.reader.span_scores import load_span_scorer
from rag.reader.training.__main__ import main
from rag.reader.training.evaluation import Prediction, evaluate, find_best_threshold, predict
from rag.reader.weights import CARD_FILE, WEIGHTS_FILE
from rag.types import Passage, ScoredPassage, Span

KETTLE = "A copper kettle holds two litres. Iron ones were cast in Leeds by Ada Quill in 1902."


NEAR = 1e-3
"""How far the same logits may lie apart when they are worked out in another batch."""


def reading(starts: list[float], ends: list[float], nowhere: float = 0.0) -> PassageReading:
    """Tokens of two characters each."""
    offsets = np.array([(2 * at, 2 * at + 2) for at in range(len(starts))], dtype=np.int64).reshape(-1, 2)
    words = np.arange(len(starts))
    return PassageReading(offsets, np.array(starts, dtype=np.float32), np.array(ends, dtype=np.float32), nowhere, words)


@given(st.lists(st.tuples(st.floats(-9, 9, width=32), st.floats(-9, 9, width=32)), min_size=1, max_size=50), st.data())
def test_the_best_span_is_the_best_of_all_that_fit(logits: list[tuple[float, float]], data: Any) -> None:
    first = data.draw(st.integers(0, len(logits) - 1))
    last = data.draw(st.integers(first, len(logits) - 1))
    best = reading([a for a, _ in logits], [b for _, b in logits]).best_span(2 * first, 2 * last + 2)
    every = {
        (low, high): np.float32(logits[low][0]) + np.float32(logits[high][1])
        for low in range(first, last + 1)
        for high in range(low, min(last + 1, low + LONGEST_SPAN))
    }
    assert best.score == pytest.approx(max(every.values()), abs=1e-4)
    assert every[best.start // 2, best.end // 2 - 1] == pytest.approx(best.score, abs=1e-4)


def test_where_no_token_lies_nothing_is_found() -> None:
    assert reading([1.0, 1.0], [1.0, 1.0]).best_span(1, 3) == HOPELESS
    assert reading([], []).best_span() == HOPELESS


def test_a_span_that_ends_inside_a_word_is_grown_to_all_of_it() -> None:
    found = replace(reading([0, 9, 0, 0], [0, 0, 9, 0]), words=np.array([0, 1, 1, 1]))
    apart = replace(found, words=np.arange(4))
    offsets = found.offsets.tolist()
    assert (found.best_span().start, found.best_span().end) == (offsets[1][0], offsets[3][1])
    assert (apart.best_span().start, apart.best_span().end) == (offsets[1][0], offsets[2][1])
    assert found.best_span(0, offsets[2][1]).end == offsets[2][1], "but not out of the stretch that is looked at"


def test_the_answer_is_marked_in_the_source(spans: SpanReader) -> None:
    (found,) = spans.read("Who cast the iron kettles?", [KETTLE])
    best = found.best_span()
    assert "Ada Quill" in KETTLE[best.start : best.end]
    assert best.score > found.nowhere
    (other,) = spans.read("Which river runs through Paris?", [KETTLE])
    assert other.best_span().score - other.nowhere < best.score - found.nowhere


def test_batches_long_passages_and_odd_ones_read_as_they_do_alone(spans: SpanReader) -> None:
    fresh = SpanReader()
    long = "Nothing of it is known. " * 200 + KETTLE
    texts = [KETTLE, "", " \n ", "х" * 3000, "水" * 600, long, "🫖 " * 40]
    together = fresh.read("Who cast the iron kettles?", texts)
    for text, found in zip(texts, together, strict=True):
        (alone,) = SpanReader(fresh.loaded_model).read("Who cast the iron kettles?", [text])
        assert found.starts == pytest.approx(alone.starts, abs=NEAR)
        assert found.nowhere == pytest.approx(alone.nowhere, abs=NEAR)
        assert np.isfinite(found.starts).all() and len(found.offsets) == len(found.starts) == len(found.ends)
        assert all(0 <= low <= high <= len(text) for low, high in found.offsets.tolist())
    best = together[5].best_span()
    assert "Ada Quill" in long[best.start : best.end], "the end of a long passage is read too"


@pytest.mark.parametrize("tokens", [0, 1, WINDOW, WINDOW + 1, 3 * WINDOW])
def test_windows_leave_no_token_out(tokens: int) -> None:
    covered = {at for low in find_window_starts(tokens) for at in range(low, min(tokens, low + WINDOW))}
    assert covered == set(range(tokens))


def test_an_overlong_question_is_read_and_an_empty_one_too(spans: SpanReader) -> None:
    for question in ("why " * 4000, "", "?" * 50):
        (found,) = spans.read(question, [KETTLE])
        assert np.isfinite(found.starts).all()


def test_what_was_read_is_remembered_and_threads_share_it() -> None:
    calls = []
    shared = SpanReader()
    loaded = load_span_scorer(find_default_model())

    def load() -> Any:
        calls.append(1)
        from rag.encoder.tokens import build_tokenizer

        return loaded, build_tokenizer(find_default_model())

    shared = SpanReader(load)
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(shared.read("Who?", [KETTLE])[0])) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(calls) == 1 and len(results) == 6
    assert all(np.allclose(result.starts, results[0].starts, atol=1e-4) for result in results)
    assert shared.read("Who?", [KETTLE])[0] is shared.read("Who?", [KETTLE])[0]


def test_missing_and_altered_weights_are_one_line(tmp_path: Path) -> None:
    weights, card = tmp_path / WEIGHTS_FILE.name, tmp_path / CARD_FILE.name
    folder = find_default_model()
    with pytest.raises(ModelError, match="missing"):
        load_span_scorer(folder, weights, card)
    shutil.copy(CARD_FILE, card)
    content = bytearray(WEIGHTS_FILE.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ModelError, match="not the published ones") as caught:
        load_span_scorer(folder, weights, card)
    assert "\n" not in str(caught.value)


def test_weights_are_kept_as_sixteen_bits_without_the_word_table(tmp_path: Path) -> None:
    model = read_span_model(find_default_model())
    save_weights(model, tmp_path / "w", tmp_path / "c", {"seed": 1})
    assert (tmp_path / "w").stat().st_size < 25e6
    assert json.loads((tmp_path / "c").read_text())["seed"] == 1
    again = read_span_model(find_default_model(), tmp_path / "w", tmp_path / "c")
    assert all((value == again.state_dict()[name]).all() for name, value in model.state_dict().items())


def passage(text: str, at: int = 0) -> ScoredPassage:
    return ScoredPassage(Passage(Span("d", at, at + len(text)), text), 0.5)


class Scripted(SpanReader):
    """Marks what it is told to."""

    def __init__(self, scores: dict[str, float]):
        super().__init__()
        self.scores = scores

    def read_pairs(self, pairs: Any) -> list[PassageReading]:
        return [reading([self.scores[text] / 2], [self.scores[text] / 2]) for _, text in pairs]


def test_the_passage_that_reads_best_comes_first() -> None:
    only_spans = Scorers(LogisticScorer((0.0, 0.0, 1.0, 0.0), 0.0), load_scorers().sentence, load_scorers().answerable)
    rank = build_ranker(Scripted({"ab": 1.0, "cd": 9.0, "ef": -5.0}), only_spans)
    ranked = rank("Who?", [passage("ab"), passage("cd", 5), passage("ef", 9)])
    assert [found.passage.text for found in ranked] == ["cd", "ab", "ef"]
    assert all(0 <= found.score <= 1 for found in ranked)
    assert rank("Who?", []) == ()


@pytest.mark.parametrize("model", ["embedded", "chat"])
def test_both_answerers_get_the_passages_ranked(model: str, article_index: Path, embeddings: Any) -> None:
    from langchain_core.language_models import FakeListChatModel

    from rag.chain import build_chain
    from rag.index.passage_index import PassageIndex
    from rag.retrieve.hybrid import find_passages
    from rag.settings import read_settings

    index = PassageIndex(article_index, embeddings)
    question = "Who asked for the meeting to be put off?"
    chat_model = FakeListChatModel(responses=["Someone did."]) if model == "chat" else None
    answer = build_chain(index, settings=read_settings(), chat_model=chat_model).invoke(question)
    found = find_passages(question, [index], count=read_settings().passages)
    assert list(answer.passages) == list(build_ranker(SpanReader())(question, found))


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans(), st.floats(0, 1)), min_size=1, max_size=20))
def test_the_best_threshold_is_the_best_of_all(rows: list[tuple[float, bool, float]]) -> None:
    predictions = [Prediction("", "x", margin, kind, 0.0, f1 if kind else 0.0) for margin, kind, f1 in rows]

    def total(threshold: float) -> float:
        answered = [(p.margin > threshold, p) for p in predictions]
        return sum(p.f1 if there and p.answerable else float(not there and not p.answerable) for there, p in answered)

    margins = sorted({p.margin for p in predictions})
    cuts = [margins[0] - 1, *margins]
    assert total(find_best_threshold(predictions)) == pytest.approx(max(map(total, cuts)), abs=1e-6)


def test_an_even_threshold_weighs_both_kinds_alike() -> None:
    """Three answerable and one unanswerable question: answering the last one would cost the unanswerable one."""
    rows = [(3.0, True), (2.0, True), (1.0, False), (0.0, True)]
    predictions = [Prediction("", "x", margin, kind, 0.0, 0.9 if kind else 0.0) for margin, kind in rows]
    assert 1.0 < find_best_threshold(predictions, even=True) < 2.0
    cheap = [*predictions, *(Prediction("", "x", -1.0, True, 0.0, 0.9) for _ in range(3))]
    assert find_best_threshold(cheap) < -1.0 and 1.0 < find_best_threshold(predictions[:3], even=True) < 2.0


def question_set(path: Path, *, impossible: bool) -> Path:
    asked = [
        {"id": "1", "question": "Who cast the iron kettles?", "answers": [{"text": "Ada Quill", "answer_start": 64}]}
    ]
    if impossible:
        asked.append({"id": "2", "question": "Who owns Mars?", "answers": [], "is_impossible": True})  # type: ignore[dict-item]
    articles = [{"title": "Kettles", "paragraphs": [{"context": KETTLE, "qas": asked}]}]
    path.write_text(json.dumps({"version": "x", "data": articles}))
    return path


def test_figures_follow_from_the_predictions(tmp_path: Path, spans: SpanReader) -> None:
    path = question_set(tmp_path / "two.json", impossible=True)
    declined = evaluate(path, spans, 1e9)
    assert (declined["n"], declined["exact"], declined["has_answer_f1"], declined["no_answer_f1"]) == (
        2,
        50.0,
        0.0,
        100.0,
    )
    answered = evaluate(path, spans, -1e9)
    assert answered["no_answer_f1"] == 0.0 and answered["has_answer_f1"] > 0
    assert answered["tuned_on_this_set"]["f1"] >= max(answered["f1"], declined["f1"])
    (first, second) = predict(json.loads(path.read_text())["data"], spans)
    assert first.answerable and not second.answerable and first.margin > second.margin


def test_evaluate_prints_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(question_set(tmp_path / "one.json", impossible=False))]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["n"] == 1 and figures["threshold"] == load_threshold() and figures["no_answer_f1"] is None
    assert figures["always_answering"]["f1"] > 50
    assert {"exact", "f1", "has_answer_f1"} <= figures.keys()
    assert main(["evaluate", str(tmp_path / "none.json")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_question_longer_than_the_model_takes_is_read_from_its_end(spans: SpanReader) -> None:
    text, story = "The mill was sold to Ada Quill in 1902.", "old places near the coast " * 100
    ends = [spans.read(f"{begin} {story}When was it sold?", [text])[0] for begin in ("Many", "Few")]
    assert ends[0].nowhere == ends[1].nowhere and np.array_equal(ends[0].starts, ends[1].starts)
    (full,) = spans.read(f"{story}When was it sold?", [f"{'word ' * 2_000}{text}"])  # the most that it is given at once
    assert np.isfinite(full.nowhere) and np.isfinite(full.starts).all()
