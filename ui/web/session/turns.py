"""One question of a conversation, and the thread that brings its answer."""

from __future__ import annotations

import logging
import queue
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.english.intents import MAX_CHARACTERS
from rag.errors import FootnoteError, QuestionError
from rag.question import tell_reply
from rag.types import Answer, Question
from ui.render.language import format_number, gettext, mark
from ui.render.messages import render_answer, render_stopped
from ui.web.session.feedback import Verdict
from ui.web.session.history import KeptTurn, refresh_answer
from ui.web.session.waiting_line import WaitingLine

UNFORESEEN = mark("something went wrong that was not foreseen; ask again, or ask differently")

SHOWN_OF_LONG = 300
"""Characters that are shown of a question that is too long to be asked."""

MEMORY_FACTOR = 5
"""How many bytes of memory a byte of a kept turn takes at most: as a text, and as the objects of its answer."""

TURN_BYTES = 3_000
"""Bytes of a turn beside that."""


@dataclass(slots=True)
class Turn:
    """One question and what the page shows as its answer.

    ``alone`` says that the question does not refer to what was said before, as a suggested one does not.
    ``everything`` that it was asked for all of a long list. ``documents`` are those that alone may answer, where it was
    asked of some; ``narrowed`` that only some were asked, for whatever reason. ``news`` brings how many wait before it, snapshots of the answer, or what went wrong; None ends it. ``kept`` is the
    answer with the digests of what it cites, and ``verdict`` what the person said of it. ``is_ours`` says that this
    server has answered, and not whoever wrote what a browser kept.
    """

    id: str
    asked: str
    html: str
    alone: bool = False
    everything: bool = False
    narrowed: bool = False
    answer: Answer | None = None
    done: bool = False
    is_ours: bool = True
    kept: KeptTurn | None = None
    verdict: Verdict | None = None
    documents: tuple[str, ...] = ()
    news: queue.SimpleQueue[int | Answer | FootnoteError | None] = field(default_factory=queue.SimpleQueue)

    def draw(self, answer: Answer) -> str:
        """An answer to it as HTML."""
        return render_answer(answer, self.id, is_ours=self.is_ours, is_all=self.everything, is_narrowed=self.narrowed)

    @property
    def weight(self) -> int:
        """Bytes of memory that it takes, rather too many than too few."""
        return TURN_BYTES + sys.getsizeof(self.html) + (MEMORY_FACTOR * self.kept.size if self.kept else 0)


def take_up(kept: KeptTurn) -> Turn:
    """A turn that a browser kept; it is not drawn yet."""
    return Turn(
        kept.id,
        kept.asked,
        "",
        everything=kept.everything,
        narrowed=kept.narrowed,
        answer=kept.answer,
        done=True,
        is_ours=bool(kept.signature),
        kept=kept,
    )


def draw_kept(turn: Turn, digests: Mapping[str, str]) -> Turn:
    """Draw a turn that is kept, what it quotes from documents that are gone or have changed set apart.

    Args:
        turn: which is changed.
        digests: of the documents that there are now, by id.
    """
    if turn.kept:
        turn.answer = refresh_answer(turn.kept, digests)
        html = turn.draw(turn.answer)
        turn.html = html if turn.answer.seconds.total > 0 else render_stopped(html)
    return turn


def bound_question(text: str) -> str:
    """The question as it is asked and held. Raises QuestionError where it is longer than questions may be."""
    words = text.strip()
    if len(words) > MAX_CHARACTERS:
        words = " ".join(words.split())
    if len(words) > MAX_CHARACTERS:
        raise QuestionError(
            gettext(
                "the question has %(count)s characters, the limit is %(limit)s; shorten it, or add long text as a document",
                count=format_number(len(words)),
                limit=format_number(MAX_CHARACTERS),
            )
        )
    return words


def shorten_question(text: str) -> str:
    """What is shown of a question that was too long to be asked."""
    return f"{text.strip()[:SHOWN_OF_LONG]} …"


def tell_turns(turns: Sequence[Turn]) -> tuple[tuple[str, str], ...]:
    """What was said, for a question to refer to; of what was declined, or never answered, only the question."""
    return tuple((turn.asked, tell_reply(turn.answer)[:MAX_CHARACTERS]) for turn in turns if turn.answer)


def answer_turn(
    line: WaitingLine, find_chain: Callable[[], Any], question: Question, turn: Turn, owner: str = ""
) -> None:
    """Put an answer's snapshots into the turn's news, and whatever went wrong as one line.

    The place in the line is held until the work has ended, even where nobody waits for it any more: so much of it, and
    no more, is done at once.
    """

    def goes_on(before: int) -> bool:
        turn.news.put(before)
        return not turn.done

    try:
        with line.place(goes_on, owner) as has_place:
            turn.news.put(0)
            for answer in find_chain().stream(question) if has_place and not turn.done else ():
                if turn.done:  # stopped in the meantime
                    break
                turn.news.put(answer)
    except FootnoteError as error:
        turn.news.put(error)
    except Exception:  # a bug, or a failure nobody foresaw: the person gets a line, the log the rest
        logging.getLogger(__name__).exception("a question could not be answered")
        turn.news.put(FootnoteError(gettext(UNFORESEEN)))
    finally:
        turn.news.put(None)
