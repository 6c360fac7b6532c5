"""A trial of the chat model that the settings name: it is set up and asked for one word."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread

from langchain_core.messages import HumanMessage

from rag.errors import ModelError
from rag.llm.chat_model import build_chat_model, chat_model_name, find_timeout, is_local
from rag.llm.providers import name_chat_model, shorten_name
from rag.llm.streaming import describe_failure, stream_text
from rag.settings import Settings

LONGEST_TRIAL = 20.0
"""Seconds that a trial may take at most: to set the model up, and then to hear from it."""

LONGEST_LOCAL_TRIAL = 120.0
"""The same for a model of this machine, which is loaded first."""

TRIAL = "This is a test of the connection. Reply with the one word: ready"
ENOUGH = 200
"""A trial's reply is read no further than so many characters."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a question to the chat model. ``seconds`` is from question to reply, ``failure`` a sentence."""

    model: str
    seconds: float = 0.0
    reply: str = ""
    failure: str = ""


def try_chat_model(settings: Settings) -> Trial:
    """Set the chat model up and ask it for one word, in at most ``LONGEST_TRIAL`` seconds each.

    The wait for the reply is also bounded by the settings' own. Nothing is raised: a failure is what is looked for.
    """
    longest = LONGEST_LOCAL_TRIAL if is_local(settings) else LONGEST_TRIAL
    limit = min(find_timeout(settings), longest)
    hasty = settings.model_copy(update={"chat_timeout": limit})
    told: Queue[str | Exception] = Queue()

    def talk() -> None:
        try:
            model = build_chat_model(hasty)
            if model is None:
                raise ModelError("no chat model is set; set FOOTNOTE_CHAT_MODEL")
            told.put(chat_model_name(hasty, model))
            with closing(stream_text(model, [HumanMessage(TRIAL)], timeout=limit)) as pieces:
                reply = ""
                for piece in pieces:
                    reply += piece
                    if len(reply) >= ENOUGH:
                        break
            told.put(reply)
        except Exception as error:  # told to the one who waits
            told.put(error)

    def wait(seconds: float) -> str:
        outcome = told.get(timeout=seconds)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    name, began = name_chat_model(settings), time.monotonic()
    Thread(target=talk, name="chat-model-trial", daemon=True).start()
    try:
        name = shorten_name(wait(LONGEST_TRIAL))
    except Empty:
        return Trial(name, LONGEST_TRIAL, failure=f"{name} could not be set up within {LONGEST_TRIAL:g} s")
    except ModelError as error:
        return Trial(name, time.monotonic() - began, failure=str(error))
    except Exception as error:  # each provider has a family of its own
        return Trial(name, time.monotonic() - began, failure=f"{name} {describe_failure(error)}")
    began = time.monotonic()
    try:
        reply = wait(limit + 0.5)  # a little more than the reading's own bound, which knows what happened
    except Empty:
        return Trial(name, limit, failure=f"{name} did not finish one word within {limit:g} s")
    except Exception as error:
        return Trial(name, time.monotonic() - began, failure=f"{name} {describe_failure(error)}")
    seconds = time.monotonic() - began
    if not reply.strip():
        return Trial(name, seconds, failure=f"{name} sent an empty reply")
    return Trial(name, seconds, reply)
