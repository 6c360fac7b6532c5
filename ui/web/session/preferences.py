"""What a person may set on the page for themselves, kept by their browser: who answers, how much is read, when to abstain."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.llm.local.table import PREFIX
from ui.render.panels import Chosen
from ui.web.session.facets import Pairs, read_ids, read_pairs
from ui.web.session.own_machine import find_offered

if TYPE_CHECKING:
    from rag.settings import Settings

MOST_PASSAGES = 20
"""As many as may be chosen on the page; the setting of the server may be higher."""

MOST_CERTAIN = 0.6
"""The highest threshold that may be chosen: above it hardly anything is answered."""


LARGEST = 1_000_000
"""No number that is chosen is larger."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chose.

    Attributes:
        quotes: the embedded answerer quotes, though a chat model could write.
        passages: how many passages are given to the answerer.
        abstain_below: the confidence below which the embedded answerer abstains.
        model: the chat model of this machine that writes in place of the server's; empty where that one does.
        where: what documents were chosen by; not all of it may still be offered.
        documents: the ids of those that alone are asked; empty for all. Not all of them may still be there.
    """

    quotes: bool
    passages: int
    abstain_below: float
    model: str = ""
    where: Pairs = field(default=(), compare=False)  # it goes with each question, and makes no other chain
    documents: tuple[str, ...] = field(default=(), compare=False)  # so do these

    def apply(self, settings: Settings) -> Settings:
        """The server's settings with these in their place."""
        chosen: dict[str, Any] = {"passages": self.passages, "abstain_below": self.abstain_below}
        if self.quotes or self.model:
            chosen |= {"chat_model": f"{PREFIX}{self.model}" if self.model else "", "chat_base_url": ""}
        return settings.model_copy(update=chosen)

    def show(self) -> Chosen:
        """As the settings panel shows them; what was set higher than may be chosen there stays."""
        return Chosen(
            quotes=self.quotes,
            model=self.model,
            passages=self.passages,
            most_passages=max(MOST_PASSAGES, self.passages),
            abstain_below=self.abstain_below,
            most_certain=max(MOST_CERTAIN, self.abstain_below),
            where=dict(self.where),
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def default_preferences(settings: Settings) -> Preferences:
    """What holds until something else is chosen."""
    return Preferences(not settings.uses_chat_model, settings.passages, settings.abstain_below)


def read_preferences(
    values: Any, settings: Settings, before: Preferences | None = None, *, is_own: bool = False
) -> Preferences:
    """Choices from a browser, which may be anything: what does not fit is as the server has it.

    Args:
        values: from the browser.
        settings: the server's.
        before: which documents are asked already, where the values say nothing of it, as a form of settings does not.
        is_own: whether it is this machine's person who chooses, among its chat models, too.
    """
    usual = default_preferences(settings)
    given = values if isinstance(values, dict) else {}
    passages, threshold = _number(given.get("passages")), _number(given.get("abstain_below"))
    model = given.get("model")
    offered = find_offered(settings) if is_own and isinstance(model, str) else ()
    can_write = any(each.name == model and each.can_run for each in offered)
    fits = passages is not None and 1 <= passages <= max(MOST_PASSAGES, usual.passages) and passages == int(passages)
    return Preferences(
        quotes=not can_write and (given.get("quotes") is True or usual.quotes),
        passages=int(passages) if passages is not None and fits else usual.passages,
        abstain_below=threshold if threshold is not None and 0 <= threshold <= 1 else usual.abstain_below,
        model=str(model) if can_write else "",
        where=read_pairs(given.get("where")),
        documents=read_ids(given["documents"]) if "documents" in given else before.documents if before else (),
    )


@cache
def read_costs() -> tuple[dict[str, float], ...]:
    """What a threshold costs, as measured by ``tests/benchmarks/measure_thresholds.py``, by rising threshold.

    Each has ``threshold``, and the percentages ``declined`` of questions that the documents do not answer and
    ``needless`` of those that they do.
    """
    path = Path(__file__).parents[1] / "assets" / "thresholds.json"
    return tuple(json.loads(path.read_text(encoding="utf-8"))["costs"])


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) <= LARGEST else None  # no NaN either
