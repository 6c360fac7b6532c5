"""What documents are called where several are named beside one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rag.showing import read_stated_sender
from rag.types import Passage


def name_documents(passages: Iterable[Passage]) -> dict[str, str]:
    """The title of each document by id; where several have one title, with the id beside it, which is made from the file's name."""
    titles = {passage.span.document_id: passage.title for passage in passages}
    counts = Counter(titles.values())
    return {name: f"{title} ({name})" if title and counts[title] > 1 else title for name, title in titles.items()}


def name_place(title: str, heading: str) -> str:
    """Where a passage stands, in words: "title > heading"; of what a mail or a message says, who wrote it: "title, from Rita"."""
    sender = read_stated_sender(heading)
    if sender:
        heading = heading.rpartition(" > ")[0]
    place = " > ".join(name for name in dict.fromkeys((title, heading)) if name)
    return (f"{place}, from {sender}" if place else f"From {sender}") if sender else place
