"""What a run of a question set depends on, as a report and a run that goes on need it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from rag.evaluation import QuestionSet
    from rag.index.passage_index import PassageIndex
    from rag.settings import Settings


def read_texts(opened: PassageIndex) -> dict[str, str]:
    """The texts of all documents in the index, by id."""
    return {record.id: opened.document(record.id).text for record in opened.documents()}


def describe_settings(settings: Settings, found: QuestionSet, **asked: Any) -> dict[str, Any]:
    """What answers depend on, as a report and a run that goes on need it; no secrets."""
    known: dict[str, Any] = {
        "question_set": found.digest,
        "embedding_model": settings.embedding_model,
        "passages": settings.passages,
        "abstain_below": settings.abstain_below,
    }
    if settings.uses_chat_model:
        known |= {"chat_model": settings.chat_model, "chat_server": urlsplit(settings.chat_base_url).hostname}
    return known | {name: value for name, value in asked.items() if value}
