"""What is asked of mails and chats and can be told exactly: a value of a mail's head, what somebody said, who asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from rag.english.follow_ups import holds_question_before
from rag.english.messages import MAIL_WORDS, MessageQuestion, read_message_question
from rag.english.terms import find_terms, is_content, stem_all
from rag.index.passage_index import PassageIndex
from rag.retrieve.hybrid import choose_states
from rag.retrieve.mail_heads import Head, choose_heads, find_heads, find_value
from rag.retrieve.quoting_places import MOST_READ, MOST_SHOWN, keep_first
from rag.retrieve.senders import Said, begins_with, find_said
from rag.steps import Exact, QuotedSentence, Understood
from rag.types import Block, Passage, ScoredPassage, ShortAnswer, Span

MOST_DOCUMENTS, MOST_PASSAGES = 40, 2_000
"""Documents among those found that are looked at, and passages of them all; of a larger log the first ones."""

MOST_QUOTED, MOST_CHARACTERS = 8, 2_400
"""Messages, or mails, that are quoted at once, and characters of them all."""

ABOUT = 0.5
"""The share of a topic's words, at least, that a message has for it to be about that."""

_MAILS = re.compile(r"\be?-?mails?\b", re.IGNORECASE)

REACH = 2
"""Messages after a question among which its answer is looked for."""


def answer_about_messages(
    asked: Understood, found: Sequence[ScoredPassage], indexes: Sequence[PassageIndex]
) -> Exact | None:
    """What a question asks of mails or chats; None where it asks nothing of them, or there are none.

    ``found`` is what search found for it, best first; ``indexes`` are where the documents lie.
    """
    question = read_message_question(asked.standalone)
    if question is None or holds_question_before(asked.question, asked.standalone):
        return None
    named, likely = asked.question.documents, tuple(dict.fromkeys(hit.passage.span.document_id for hit in found))
    wholes = list(_read_wholes((named if 0 < len(named) <= MOST_DOCUMENTS else likely)[:MOST_DOCUMENTS], indexes))
    is_head = question.wants == "head"
    exact = _tell_head(question, wholes) if is_head else _tell_said(question, asked.standalone, wholes, indexes)
    if exact is None:
        return None
    bounds = (MOST_SHOWN, MOST_READ) if asked.question.everything else (MOST_QUOTED, MOST_CHARACTERS)
    kept = keep_first(exact.quotes, *bounds)
    return replace(exact, quotes=tuple(kept), left_out=len(exact.quotes) - len(kept))


def _read_wholes(documents: Sequence[str], indexes: Sequence[PassageIndex]) -> Iterator[tuple[Passage, ...]]:
    """The passages of documents that hold a mail or messages."""
    read = 0
    for state, names in choose_states(indexes, documents) if documents else ():
        for name in names:
            read += state.record(name).passages
            if read <= MOST_PASSAGES:
                yield state.passages(name)


def _tell_head(question: MessageQuestion, wholes: Sequence[Sequence[Passage]]) -> Exact | None:
    """A value of the head of the mail that is asked about, or of each that may be."""
    mails = [heads for passages in wholes if (heads := find_heads(passages))]
    if not mails or (not question.names_mail and 2 * len(mails) < len(wholes)):
        return None  # "it" may be any document
    named = bool(question.topic or question.who)
    heads = [head for own in mails for head in (own if named or len(mails) == 1 else own[:1])]
    chosen = choose_heads(question, heads)
    if not chosen:
        return Exact(told="No mail here is the one that you name.", declined=True)
    told = [(head, value) for head in chosen if (value := find_value(head, question.field))]
    if not told:
        return Exact(told=f"The head of that mail has no “{question.field}”.", declined=True)
    quotes = [_quote(head.passage, span, _name_mail(head, chosen)) for head, (span, _) in told]
    shorts = {value.text: value for _, (_, value) in told}
    short = next(iter(shorts.values())) if len(shorts) == 1 else None
    return Exact(tuple(quotes), short=short)


def _name_mail(head: Head, chosen: Sequence[Head]) -> str:
    """What tells a mail from the others that are quoted."""
    return f"“{head.columns.get('Subject') or head.title}”: " if len(chosen) > 1 else ""


def _tell_said(
    question: MessageQuestion,
    text: str,
    wholes: Sequence[Sequence[Passage]],
    indexes: Sequence[PassageIndex],
) -> Exact | None:
    said = _drop_repeated(each for passages in wholes for each in find_said(passages))
    senders = list(dict.fromkeys(each.sender for each in said if each.sender))
    if not senders:
        return None
    named = find_named_senders(question.who, senders)
    if question.who and not named:
        return _miss_sender(question.who, text, wholes) if _are_talk(said, wholes) else None
    own = [each for each in said if each.sender in named] if named else said
    match question.wants:
        case "said":
            return _quote_said(question, own, said, indexes)
        case "when":
            return _quote_times(find_about(question.topic, own, said) if question.topic else own[:1])
        case "asked" | "mentioned":
            asking = [each for each in said if "?" in each.text] if question.wants == "asked" else said
            return _quote_who(find_about(question.topic, asking))
        case "count":
            lines = [each for each in own if is_chat_line(each)]
            if lines and _MAILS.search(text):
                return None  # a chat has none, and of mails their layers would be counted
            return _count(lines or own, named)
        case "senders":
            firsts: dict[str, Said] = {}
            for each in said:
                if each.sender:
                    firsts.setdefault(each.sender, each)
            return _quote_all(list(firsts.values()))
        case "first" | "last":
            messages = [each for each in own if each.message] or own
            return _quote_all(messages[:1] if question.wants == "first" else messages[-1:])
    return None


def _are_talk(said: Sequence[Said], wholes: Sequence[object]) -> bool:
    """Whether most of what was found is mails and chats."""
    return 2 * len({each.span.document_id for each in said}) >= len(wholes)


def _miss_sender(who: str, question: str, wholes: Sequence[Sequence[Passage]]) -> Exact | None:
    """That nobody of a name writes here; None where it is no name, or one that somebody speaks of."""
    typed = re.search(rf"\b{re.escape(who)}", question, re.IGNORECASE)
    told = any(
        re.search(rf"\b{re.escape(who)}\b", home.text, re.IGNORECASE) for passages in wholes for home in passages
    )
    if not typed or not typed[0][0].isupper() or told:
        return None
    return Exact(told=f"Nobody called “{typed[0]}” writes here.", declined=True)


def find_named_senders(who: str, senders: Iterable[str]) -> list[str]:
    """The senders whom a question names: by their whole name, or by a part of it."""
    asked = who.casefold().split()
    return [
        name
        for name in senders
        if asked and set(asked) <= {*name.casefold().replace(",", " ").split(), name.casefold()}
    ]


def find_about(topic: str, said: Sequence[Said], conversation: Sequence[Said] = ()) -> list[Said]:
    """What has most of a topic's words, and in a conversation the answers to questions that have them; in order."""
    wanted = {term for term in find_terms([topic])[0] if is_content(term) and term not in stem_all(MAIL_WORDS)}
    if not wanted:
        return []
    share = {each: len(wanted & terms) / len(wanted) for each, terms in _find_terms((*said, *conversation)).items()}
    best = max(share.values(), default=0.0)
    if best < ABOUT:
        return []
    about = {each for each in said if share[each] >= best}
    questions = [at for at, each in enumerate(conversation) if share[each] >= best and "?" in each.text]
    for at in questions:
        following = conversation[at + 1 : at + 1 + REACH]
        answers = [each for each in following if each.sender != conversation[at].sender and each in set(said)]
        about |= set(answers[:1])
    return [each for each in said if each in about]


def _find_terms(said: Iterable[Said]) -> dict[Said, set[str]]:
    distinct = list(dict.fromkeys(said))
    terms = find_terms([each.text for each in distinct]) if distinct else []
    return {each: set(found) for each, found in zip(distinct, terms, strict=True)}


def _quote_said(
    question: MessageQuestion, own: Sequence[Said], said: Sequence[Said], indexes: Sequence[PassageIndex]
) -> Exact:
    if not question.topic:
        return _quote_all(own)
    if about := find_about(question.topic, own, said):
        return _quote_all(about)
    if near := find_near(question.topic, own, indexes):
        return replace(_quote_all(near), is_guess=True)
    return Exact(told=f"{own[0].sender} does not mention “{question.topic}” here.", declined=True)


NEAR, MOST_COMPARED = 0.45, 300
"""The least cosine of a topic and a message that has none of its words, for the message to be about it, set by hand; and how
many messages of a sender are so compared."""


def find_near(topic: str, said: Sequence[Said], indexes: Sequence[PassageIndex]) -> list[Said]:
    """What is nearest to a topic by its meaning, if that is near enough."""
    import numpy as np

    embeddings = indexes[0].embeddings
    vectors = np.asarray(embeddings.embed_documents([each.text for each in said[:MOST_COMPARED]]))
    nearness = vectors @ np.asarray(embeddings.embed_query(topic))
    best = int(nearness.argmax())
    return [said[best]] if nearness[best] >= NEAR else []


def _quote_who(about: Sequence[Said]) -> Exact | None:
    """Messages with their senders: the answer is who they are."""
    exact = _quote_all(about) if about else None
    if exact is None:
        return None
    senders = {each.sender for each in about}
    short = _find_sender_words(about[0]) if len(senders) == 1 else None
    return Exact(exact.quotes, short=short)


def _quote_times(about: Sequence[Said]) -> Exact | None:
    """Messages from the beginning of their line, where the time stands; None where no time is told."""
    timed = [each for each in about if each.message and each.when]
    if not timed:
        return None
    quotes, shorts = [], []
    for each in timed:
        message, home = each.message, each.passage
        assert message is not None
        _, (_, start, end), _ = message.cells
        low = message.start if home.span.start <= message.start <= start else each.span.start
        quotes.append(_quote(home, Span(each.span.document_id, low, each.span.end)))
        shorts.append(ShortAnswer(each.when, Span(each.span.document_id, start, end)))
    return Exact(tuple(quotes), short=shorts[0] if len(shorts) == 1 else None)


def _count(own: Sequence[Said], named: Sequence[str]) -> Exact | None:
    """How many messages there are of a sender, or in all, told before those that are quoted."""
    messages: dict[Block, Said] = {}
    for each in own:
        if each.message:
            messages.setdefault(each.message, each)
    if not messages:
        return None
    exact = _quote_all(list(messages.values()))
    total = len(messages)
    who = f" from {named[0]}" if len(named) == 1 else ""
    lead = f"{total} message{'s' if total > 1 else ''}{who}: "
    first, *others = exact.quotes
    return Exact((QuotedSentence(first.text, first.evidence, True, lead), *others))


def is_chat_line(said: Said) -> bool:
    """Whether something was said in a chat, where the sender's name stands before the words, and not in a mail."""
    return said.message is not None and begins_with(said.text, said.sender)


def _quote_all(said: Sequence[Said]) -> Exact:
    """What was said; what follows in one place of one sender is one quote."""
    quotes: list[QuotedSentence] = []
    pieces = [list(group) for _, group in groupby(said, key=lambda each: (each.passage.id, each.message, each.sender))]
    joined = [piece for group in pieces for piece in _join(group)]
    for first, span in joined:
        is_named = not first.sender or begins_with(first.text, first.sender)
        quotes.append(_quote(first.passage, span, "" if is_named else f"{first.sender}: "))
    return Exact(tuple(quotes))


def _join(group: Sequence[Said]) -> Iterator[tuple[Said, Span]]:
    """The stretches of what follows one another with nothing but white space between."""
    home, stretch = group[0].passage, [group[0]]
    for each in (*group[1:], None):
        end = stretch[-1].span.end
        if each and not home.text[end - home.span.start : each.span.start - home.span.start].strip():
            stretch.append(each)
            continue
        yield stretch[0], Span(home.span.document_id, stretch[0].span.start, end)
        stretch = [each] if each else []


def _quote(home: Passage, span: Span, lead: str = "") -> QuotedSentence:
    words = home.text[span.start - home.span.start : span.end - home.span.start]
    return QuotedSentence(words, ((span, home),), True, lead)


def _find_sender_words(said: Said) -> ShortAnswer | None:
    """Where the sender's name stands in a quote; None where it does not."""
    if not said.sender or not begins_with(said.text, said.sender):
        return None
    start = said.span.start + said.text.index(said.sender)
    return ShortAnswer(said.sender, Span(said.span.document_id, start, start + len(said.sender)))


def _drop_repeated(said: Iterable[Said]) -> list[Said]:
    """What was said, once: a reply quotes what it replies to, and that may be there as a mail of its own.

    In a chat everybody says "ok" more than once.
    """
    distinct: dict[tuple[str, str, Span | None], Said] = {}
    for each in said:
        key = each.sender.casefold(), " ".join(each.text.split()), each.span if is_chat_line(each) else None
        distinct.setdefault(key, each)
    return list(distinct.values())
