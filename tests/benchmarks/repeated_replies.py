"""What a chat model wrote in an earlier run, answered again: to measure what becomes of the same words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rag.answer.excerpts import MOST_EXCERPTS
from rag.english.replying import find_loop
from rag.index.passage_index import PassageIndex
from rag.llm.prompts import number_passages
from rag.steps import Draft, Retrieved
from rag.types import Answer, Span


def repeat_reply(told: dict[str, Any], index: PassageIndex, model: str, found: Retrieved) -> Draft:
    """What a model wrote earlier, with the passages that it was given then: its numbers mean these, whatever is found now."""
    given = []
    for each in Answer.from_dict(told["answer"]).passages[:MOST_EXCERPTS]:
        passage = each.passage
        name, words = passage.span.document_id, passage.text
        at = index.document(name).text.find(words)
        span = Span(name, at, at + len(words)) if at >= 0 else passage.span  # read otherwise since
        given.append(replace(each, passage=replace(passage, span=span)))
    keys = number_passages([each.passage for each in given])
    reply = told["reply"][: find_loop(told["reply"])].rstrip()
    return Draft(found, reply=reply, keys=keys, passages=tuple(given), model=model)
