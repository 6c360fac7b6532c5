"""Questions as LangChain's chains are asked: a dictionary of parts, messages, a conversation of messages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from langchain_core.messages import BaseMessage, convert_to_messages

from rag.errors import QuestionError
from rag.types import Question

Asked: TypeAlias = str | Question | BaseMessage | Mapping[str, Any] | Sequence[Any]
"""What a chain takes: a text, a ``Question``, messages of which the last is asked, or a dictionary of the parts of a question."""

WORDS, TURNS = ("question", "input"), ("history", "chat_history")
"""What a dictionary may call the words that are asked, and what was said before."""

PARTS = (*WORDS, "messages", *TURNS, "documents", "where", "everything", "id")


def take_question(asked: object) -> object:
    """What is asked as a ``Question``, or the text alone; whatever is none of what a chain takes, as it is.

    Raises:
        QuestionError: a dictionary has no question, or a key that is none of its parts; or messages cannot be read.
    """
    if isinstance(asked, Mapping):
        return _take_parts(asked)
    if isinstance(asked, BaseMessage):
        return _take_messages([asked])
    if isinstance(asked, Sequence) and not isinstance(asked, str | bytes):
        return _take_messages(asked)
    if isinstance(asked, Question) and has_messages(asked.history):
        return replace(asked, history=pair_messages(asked.history))
    return asked


def has_messages(turns: object) -> bool:
    """Whether a conversation is one of messages, and not of pairs of texts."""
    fits = isinstance(turns, Sequence) and not isinstance(turns, str | bytes)
    return fits and any(
        isinstance(turn, BaseMessage) or (isinstance(turn, Mapping) and {"role", "content"} <= turn.keys())
        for turn in turns  # type: ignore[attr-defined]
    )


def pair_messages(messages: Sequence[Any]) -> tuple[tuple[str, str], ...]:
    """Messages as pairs of a question and its answer; what tools and the system say is left out.

    Raises:
        QuestionError: something among them is no message.
    """
    pairs: list[tuple[str, str]] = []
    for message in _read_messages(messages):
        words = str(message.text)
        if message.type == "human":
            pairs.append((words, ""))
        elif message.type == "ai" and words.strip():
            asked, told = pairs.pop() if pairs else ("", "")
            pairs.append((asked, f"{told}\n{words}" if told else words))
    return tuple(pairs)


def _take_parts(given: Mapping[Any, Any]) -> Question:
    if unknown := [key for key in given if key not in PARTS]:
        raise QuestionError(f"a question has no '{unknown[0]!s:.60}'; its parts are: {', '.join(PARTS)}")
    rest = {key: value for key in ("documents", "where", "everything", "id") if (value := given.get(key)) is not None}
    history: Any = next((given[key] for key in TURNS if given.get(key) is not None), ())
    words = next((given[key] for key in WORDS if given.get(key) is not None), None)
    if words is None and given.get("messages") is not None:
        words = given["messages"]
    if words is None:
        raise QuestionError("the dictionary asks nothing; give it a 'question', or 'messages'")
    question = take_question(words)
    if not isinstance(question, Question):
        question = Question(question)  # type: ignore[arg-type]  # what is no text is told when it is read
    turns = pair_messages(history) if has_messages(history) else history or question.history
    return replace(question, history=turns, **rest)


def _take_messages(messages: Sequence[Any]) -> Question:
    """The last message of a person as the question, after what was said before it."""
    read = _read_messages(messages)
    last = next((at for at in range(len(read) - 1, -1, -1) if read[at].type == "human"), None)
    if last is None:
        raise QuestionError("there is no message of a person among them; end with one, such as HumanMessage('Who?')")
    return Question(str(read[last].text), history=pair_messages(read[:last]))


def _read_messages(messages: Sequence[Any]) -> list[BaseMessage]:
    try:
        return convert_to_messages(messages)
    except Exception as error:  # it complains of each kind of thing in another way
        kinds = ", ".join(dict.fromkeys(type(each).__name__ for each in messages[:20]))
        raise QuestionError(
            f"these are no messages ({kinds}); give messages of LangChain, or a text, or a Question"
        ) from error
