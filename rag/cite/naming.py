"""What documents are called where several are named beside one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rag.types import Passage


def name_documents(passages: Iterable[Passage]) -> dict[str, str]:
    """The title of each document by id; where several have one title, with the id beside it, which is made from the file's name."""
    titles = {passage.span.document_id: passage.title for passage in passages}
    counts = Counter(titles.values())
    return {name: f"{title} ({name})" if title and counts[title] > 1 else title for name, title in titles.items()}
