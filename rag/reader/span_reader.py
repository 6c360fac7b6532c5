"""Reading: the span model over a question and its passages; for each token, how well an answer starts and ends there."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from rag.encoder.batches import gather, pad_pairs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.reader.span_scores import SpanScorer
    from rag.settings import Engine

    Floats = NDArray[np.float32]

LONGEST_SPAN = 30
"""Tokens that a short answer has at most."""

WINDOW, OVERLAP = 320, 96
"""Tokens of a passage that are read at once; a longer one is read in pieces that overlap so far."""

MOST_QUESTION_TOKENS = 160
"""Of a longer question the end is read, where the asking is done; together with a window this is all the model takes."""

MOST_CLAIM_TOKENS = 128
"""Of a longer claim the beginning is judged."""

SPECIAL_TOKENS = 3
"""Those that stand around a question and a passage."""

REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class BestSpan:
    """The likeliest answer in a stretch of text: its score (a sum of two logits) and its offsets in the passage's text."""

    score: float
    start: int
    end: int


HOPELESS = BestSpan(-30.0, 0, 0)
"""Of a stretch without a token."""


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What the span model made of one passage for one question.

    ``starts`` and ``ends`` are logits of shape (tokens,), ``offsets`` the tokens' half-open offsets in the passage's
    text, shape (tokens, 2); ``nowhere`` is the score of "not here", on the scale of a span's. ``words``, shape (tokens,),
    numbers the word that each token is a piece of.
    """

    offsets: NDArray[np.int64]
    starts: Floats
    ends: Floats
    nowhere: float
    words: NDArray[np.int64]

    def best_span(self, low: int = 0, high: int | None = None) -> BestSpan:
        """The best span of at most ``LONGEST_SPAN`` tokens between two offsets of the passage's text, in whole words."""
        import numpy as np

        inside = self.offsets[:, 0] >= low
        if high is not None:
            inside &= self.offsets[:, 1] <= high
        (rows,) = inside.nonzero()
        if not len(rows):
            return HOPELESS
        first, last = int(rows[0]), int(rows[-1]) + 1
        sums = self.starts[first:last, None] + self.ends[None, first:last]
        steps = np.arange(last - first)[None, :] - np.arange(last - first)[:, None]
        sums = np.where((steps >= 0) & (steps < LONGEST_SPAN), sums, -np.inf)
        start, end = divmod(int(sums.argmax()), last - first)
        words = self.words[first:last]
        from_word, to_word = np.searchsorted(words, words[start]), np.searchsorted(words, words[end], side="right") - 1
        low, high = self.offsets[first + from_word, 0], self.offsets[first + to_word, 1]
        return BestSpan(float(sums[start, end]), int(low), int(high))


class SpanReader:
    """Reads passages with the trained span model, which is loaded at the first question, and remembers what it read.

    Args:
        load: gives the span model at work and its tokenizer; the shipped ones if not given.
    """

    def __init__(self, load: Callable[[], tuple[SpanScorer, Any]] | None = None):
        self._load = load or load_shipped
        self._loaded: tuple[SpanScorer, Any] | None = None
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], PassageReading] = OrderedDict()

    def read(self, question: str, texts: Sequence[str]) -> list[PassageReading]:
        """One reading for each passage's text, in order. Raises ModelError where the weights are missing or damaged."""
        return self.read_pairs([(question, text) for text in texts])

    def read_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[PassageReading]:
        """One reading for each pair of question and passage, in order; those of like length are read together."""
        with self._lock:
            known = {pair: self._known[pair] for pair in pairs if pair in self._known}
        unknown = list(dict.fromkeys(pair for pair in pairs if pair not in known))
        known |= zip(unknown, self._read(unknown), strict=True)
        with self._lock:
            for pair in dict.fromkeys(pairs):
                self._known[pair] = known[pair]
                self._known.move_to_end(pair)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return [known[pair] for pair in pairs]

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """For each pair of a claim and a text, the probability that the text supports the claim, in [0, 1].

        A text that is longer than the model reads at once is read in pieces, and the best of them counts. Raises
        ModelError where the weights are missing or damaged.
        """
        if not pairs:
            return []
        import numpy as np

        scorer, tokenizer = self.loaded_model()
        encode = tokenizer.encode_batch
        claims = [found.ids for found in encode([claim for claim, _ in pairs], add_special_tokens=False)]
        told = [found.ids for found in encode([text for _, text in pairs], add_special_tokens=False)]
        windows = [(row, low) for row, ids in enumerate(told) for low in find_window_starts(len(ids))]

        def tokens(window: tuple[int, int]) -> tuple[list[int], list[int]]:
            return claims[window[0]][:MOST_CLAIM_TOKENS], told[window[0]][window[1] : window[1] + WINDOW]

        best = [0.0] * len(pairs)
        for group in gather(windows, lambda window: SPECIAL_TOKENS + sum(map(len, tokens(window)))):
            logits = scorer.score_claims(pad_pairs([tokens(window) for window in group]))
            likely = 1 / (1 + np.exp(-logits.astype(np.float64)))
            for (row, _), probability in zip(group, likely.tolist(), strict=True):
                best[row] = max(best[row], probability)
        return best

    def loaded_model(self) -> tuple[SpanScorer, Any]:
        """The model and its tokenizer, loaded when they are first needed."""
        with self._lock:
            self._loaded = self._loaded or self._load()
            return self._loaded

    def _read(self, pairs: Sequence[tuple[str, str]]) -> list[PassageReading]:
        if not pairs:
            return []
        import numpy as np

        scorer, tokenizer = self.loaded_model()
        questions = list(dict.fromkeys(question for question, _ in pairs))
        texts = list(dict.fromkeys(text for _, text in pairs))
        asked = dict(zip(questions, tokenizer.encode_batch(questions, add_special_tokens=False), strict=True))
        told = dict(zip(texts, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True))
        windows = [(row, low) for row, (_, text) in enumerate(pairs) for low in find_window_starts(len(told[text].ids))]
        starts = [np.full(len(told[text].ids), -np.inf, dtype=np.float32) for _, text in pairs]
        ends = [part.copy() for part in starts]
        nowhere = np.full(len(pairs), np.inf, dtype=np.float32)

        def tokens(window: tuple[int, int]) -> tuple[list[int], list[int]]:
            question, text = pairs[window[0]]
            return asked[question].ids[-MOST_QUESTION_TOKENS:], told[text].ids[window[1] : window[1] + WINDOW]

        for group in gather(windows, lambda window: SPECIAL_TOKENS + sum(map(len, tokens(window)))):
            scores = scorer.score_spans(pad_pairs([tokens(window) for window in group]))
            for row, (pair, low) in enumerate(group):
                question, passage = tokens((pair, low))
                first = len(question) + 2
                for kept, found in zip((starts[pair], ends[pair]), scores, strict=True):
                    piece = found[row, first : first + len(passage)]
                    kept[low : low + len(passage)] = np.maximum(kept[low : low + len(passage)], piece)
                nowhere[pair] = min(nowhere[pair], scores[0][row, 0] + scores[1][row, 0])
        return [
            PassageReading(
                np.asarray(told[text].offsets, dtype=np.int64).reshape(-1, 2),
                starts[row],
                ends[row],
                float(nowhere[row]),
                np.asarray(told[text].word_ids, dtype=np.int64),
            )
            for row, (_, text) in enumerate(pairs)
        ]


@cache
def share_reader(engine: Engine = "auto") -> SpanReader:
    """The reader of the shipped weights that all chains of this process share: they are large, and loaded once."""
    return SpanReader(partial(load_shipped, engine))


def load_shipped(engine: Engine = "auto") -> tuple[SpanScorer, Any]:
    """The span model that ships with the package, on the engine that is asked for, and its tokenizer."""
    from rag.encoder.tokens import build_tokenizer
    from rag.index.embeddings import find_default_model

    folder = find_default_model()
    tokenizer = build_tokenizer(folder)
    if engine == "torch":
        from rag.reader.span_model import TorchSpanScorer, load_span_model

        return TorchSpanScorer(load_span_model(folder)), tokenizer
    from rag.reader.span_scores import load_span_scorer

    return load_span_scorer(folder), tokenizer


def find_window_starts(tokens: int) -> range:
    """The first tokens of the windows in which a text of so many tokens is read."""
    return range(0, max(1, tokens - OVERLAP), WINDOW - OVERLAP)
