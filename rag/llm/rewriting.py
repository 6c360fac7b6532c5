"""Making a follow-up stand alone with a chat model's help."""

from __future__ import annotations

import logging
from contextlib import closing

from rag.english.follow_ups import make_standalone
from rag.errors import ModelError
from rag.llm.prompts import format_rewrite
from rag.llm.reply_parser import cut_thought, declines
from rag.llm.streaming import LONGEST_THOUGHT, ChatModel, stream_text
from rag.steps import Rewriter
from rag.types import Question, Usage

_log = logging.getLogger(__name__)

REWRITE_SECONDS = 15.0
"""Seconds to wait for the next words of a rewritten question; the reader has nothing to look at meanwhile."""

LONGEST_QUESTION = 600
"""Characters of a rewritten question; what is longer is something else."""


def build_rewriter(chat_model: ChatModel) -> Rewriter:
    """A function that makes a follow-up stand alone with the model's help; without it where the model fails.

    It returns the question, and the tokens that this took, None where nobody counts them.
    """

    def rewrite(question: Question) -> tuple[str, Usage | None]:
        if not question.history:
            return question.text, None
        written = ""
        used: list[Usage] = []
        messages = format_rewrite(question)
        try:
            with closing(stream_text(chat_model, messages, timeout=REWRITE_SECONDS, on_usage=used.append)) as pieces:
                for piece in pieces:
                    written += piece
                    thinks = written[:20].lstrip().startswith("<think")
                    if len(written) > (LONGEST_THOUGHT if thinks else 2 * LONGEST_QUESTION):
                        break
        except ModelError as failure:
            _log.info("a follow-up is made to stand alone by rules: the chat model %s", failure)
            return make_standalone(question), _sum(used)
        line = " ".join(cut_thought(written).split()).strip("\"'“”`* ")
        fits = 0 < len(line) <= LONGEST_QUESTION and not declines(line)
        _log.debug("a follow-up is made to stand alone by %s", "the chat model" if fits else "rules")
        return line if fits else make_standalone(question), _sum(used)

    return rewrite


def _sum(used: list[Usage]) -> Usage | None:
    return sum(used, Usage()) if used else None
