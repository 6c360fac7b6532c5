"""Questions about mails and chats: who sent one to whom and when, and what somebody said in it.

The rules only propose what may be meant. Whether there is a mail or a chat, and whether anybody of that name wrote in it, is
for those to say who have the documents.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from rag.english.source import fold_question

HeadField = Literal["From", "To", "Cc", "Date", "Subject"]
Wanted = Literal["head", "said", "asked", "mentioned", "when", "count", "senders", "first", "last"]

MAIL_HEAD = frozenset(("From", "To", "Cc", "Date", "Sent", "Subject"))
"""The columns of a mail's head; one that has a sender and another of them is one."""

_ADDRESS = re.compile(r"\s*[<\[(]?[^\s<>]+@[^\s<>]+[>\])]?\s*")


@dataclass(frozen=True, slots=True)
class MessageQuestion:
    """What is asked of mails or messages.

    Args:
        wants: a value of a mail's head, what somebody said, who asked or mentioned something, when somebody said it, how
            many messages there are, who wrote any, or the first or last one.
        field: the value of the head.
        who: the sender, as the question names them; empty where it names none.
        topic: what the mail or the message is about, as the question says it.
        names_mail: whether the question says that it is about a mail or a chat, and not only "it".
    """

    wants: Wanted
    field: HeadField = "From"
    who: str = ""
    topic: str = ""
    names_mail: bool = False


_MAIL = r"(?:e-?mails?|mails?|messages?|letters?|mailings?|invitations?|repl(?:y|ies))"
_CHAT = r"(?:chats?|conversations?|threads?|logs?|groups?|channels?|discussions?|correspondence)"
_IT = rf"(?:it|this|that|(?:the|this|that|his|her|their|my|our|last|first) (?:\w+ )?{_MAIL})"
_ABOUT = (
    r"(?P<about>(?:,? (?:about|on|of|regarding|concerning|from|by|to|titled|called|with|in|sent|dated|at|for)\b.*?)?)"
)
_SAYING = r"(?:says?|said|asks?|asked|writes?|wrote|written|tells?|told|repl(?:y|ied)|answer(?:ed)?|suggest(?:ed)?|propos(?:e|ed)|mention(?:ed)?|post(?:ed)?|text(?:ed)?|announced?|explain(?:ed)?|comment(?:ed)?|report(?:ed)?|promised?|offer(?:ed)?)"
_TOPIC = r"(?: (?:about|on|regarding|concerning|as to|of|that|to) (?P<topic>.+))?"

_HEADS: tuple[tuple[HeadField, str], ...] = (
    ("From", rf"who(?:m|'s)? (?:is|was|did|does)?\s?{_IT}{_ABOUT}(?: come| sent| written)? (?:from|by)"),
    ("From", rf"(?:from|by) whom (?:is|was|did|does) {_IT}{_ABOUT}(?: come| sent| written)?"),
    ("From", rf"who (?:sent|wrote|e-?mailed|mailed|forwarded|penned) {_IT}{_ABOUT}"),
    (
        "From",
        rf"(?:who (?:is|was)|name|what is) (?:the |its )?(?:sender|author|writer)(?:'s (?:name|e-?mail|address|mail address))?{_ABOUT}",
    ),
    ("From", rf"whose {_MAIL} (?:is|was) (?:it|this|that)"),
    (
        "To",
        rf"who(?:m)? (?:is|was|are|were) {_IT}{_ABOUT} ?(?:addressed|sent|written|directed|mailed|meant|going)? ?(?:to|for)",
    ),
    ("To", rf"(?:to|for) whom (?:is|was|did) {_IT}{_ABOUT}(?: addressed| sent| written| go)?"),
    ("To", rf"who (?:received|receives|got|gets) {_IT}{_ABOUT}"),
    ("To", rf"(?:who (?:is|are|was|were)|name) (?:the |its )?(?:recipients?|addressees?|receivers?){_ABOUT}"),
    ("To", rf"who(?:m)? did (?P<who>[^?]+?) (?:send|write|address|mail|e-?mail) (?:{_IT}{_ABOUT} )?to"),
    (
        "Cc",
        rf"who (?:else )?(?:is|was|are|were|got|gets) (?:also )?(?:put )?(?:copied|cc'?e?d|(?:in|on) (?:the )?(?:cc|copy|carbon copy))(?: in)?{_ABOUT}(?: (?:in|on) {_IT})?",
    ),
    (
        "Cc",
        rf"who (?:else )?(?:received|receives|got|gets|was sent|were sent|was given) (?:a |the )?(?:copy|copies|cc){_ABOUT}",
    ),
    ("Cc", rf"who(?:m)? did (?P<who>[^?]+?) (?:copy|cc)(?: in)?(?: (?:on|in) {_IT}{_ABOUT})?"),
    ("Cc", rf"(?:what|who) (?:is|are) (?:in |on )?(?:the )?(?:cc|copy)(?: line| field)?{_ABOUT}"),
    (
        "Date",
        rf"(?:when|(?:on )?(?:what|which) (?:day|date)|(?:at )?what time) (?:is|was|were) {_IT}{_ABOUT} ?(?:sent|written|dated|mailed|posted|from)",
    ),
    (
        "Date",
        rf"(?:when|(?:on )?(?:what|which) (?:day|date)|(?:at )?what time) did (?P<who>[^?]+?) (?:send|write|mail|e-?mail) {_IT}{_ABOUT}",
    ),
    ("Date", rf"(?:what|which) (?:is|was) the (?:date|day|time) (?:of|on) {_IT}{_ABOUT}"),
    ("Date", rf"what (?:date|day) (?:is|was) {_IT}{_ABOUT}(?: sent| from| of)?"),
    (
        "Subject",
        rf"what(?:'s| is| was| does)? (?:the|its) (?:subject|title)(?: line)?(?: (?:of|in) {_IT})?(?: say)?{_ABOUT}",
    ),
    ("Subject", rf"(?:what|which) subject (?:does|did|has|is|was) {_IT}{_ABOUT}(?: have| under)?"),
)
_ALONE: dict[str, HeadField] = {
    "from": "From", "sender": "From", "to": "To", "recipient": "To", "recipients": "To", "addressee": "To",
    "cc": "Cc", "copied": "Cc", "subject": "Subject", "subject line": "Subject", "date sent": "Date",
}  # fmt: skip

_SPEECH: tuple[tuple[Wanted, str], ...] = (
    # "When did Lea say that the train comes?" asks for the train's time, as likely as not.
    ("when", rf"(?:when|at what time|what time|(?:on )?(?:what|which) (?:day|date)) (?:did|has|was it that) (?P<who>[^?]+?) (?:first )?{_SAYING}(?: (?:about|on|regarding|concerning) (?P<topic>.+))?"),
    ("first", rf"what (?:did|has) (?P<who>[^?]+?) {_SAYING} first"),
    ("last", rf"what (?:did|has) (?P<who>[^?]+?) {_SAYING} (?:last|in the end|at the end)"),
    ("first", r"(?:what|which) (?:is|was) (?P<who>\S+?(?: \S+?){0,2}?)(?:'s?) first message"),
    ("last", r"(?:what|which) (?:is|was) (?P<who>\S+?(?: \S+?){0,2}?)(?:'s?) (?:last|latest|newest|most recent) message"),
    ("first", r"(?:what|which) (?:is|was) the (?:very )?first (?:message|thing)(?: (?:from|by|of|that) (?P<who>[^?]+?)(?: (?:said|wrote|sent))?)?"),
    ("last", r"(?:what|which) (?:is|was) the (?:very )?(?:last|latest|newest|most recent) (?:message|thing)(?: (?:from|by|of|that) (?P<who>[^?]+?)(?: (?:said|wrote|sent))?)?"),
    ("first", rf"who (?:wrote|posted|sent|said|spoke) (?:the )?first(?: {_MAIL})?(?: in the {_CHAT})?"),
    ("last", rf"who (?:wrote|posted|sent|said|spoke) (?:the )?last(?: {_MAIL})?(?: in the {_CHAT})?"),
    ("count", rf"how (?:many {_MAIL}|often|many times) (?:did|has|have) (?P<who>[^?]+?) (?:send|sent|write|written|post|posted)(?: in the {_CHAT}| in total| here| altogether)?"),
    ("count", rf"how many {_MAIL} (?:are|were|came|did (?:we|they|you) get)(?: sent| written| posted| there)?(?: (?:from|by|of) (?P<who>[^?]+?))?(?: (?:are there )?in the (?:\w+ )?{_CHAT})?"),
    ("senders", rf"who (?:all )?(?:is|are|was|were|took part|takes part|participated|participates|wrote|writes|talks?|talked|spoke|posted)(?: part)? (?:in|on) (?:the|this) (?:\w+ )?{_CHAT}"),
    ("senders", rf"who (?:are|were) the (?:participants|members|senders|people)(?: (?:in|of) (?:the|this) (?:\w+ )?{_CHAT})?"),
    ("said", rf"(?:what|which) (?:did|does|do|has|had|was) (?P<who>[^?]+?) (?:have to )?{_SAYING}(?: to \S+)?{_TOPIC}"),
    ("said", rf"what (?:is|was|were|are) (?P<who>[^?]+?)(?:'s?) (?:answers?|repl(?:y|ies)|messages?|responses?|suggestions?|words|comments?|proposals?|own words){_TOPIC}"),
    ("said", rf"(?:what does|what did|show|give|list|quote)(?: me)?(?: all)?(?: of)?(?: the)? (?:messages?|e-?mails?|mails?|repl(?:y|ies)|posts?) (?:from|by|of|that) (?P<who>[^?]+?)(?: (?:say|contain|wrote|sent))?{_TOPIC}"),
    ("said", r"how did (?P<who>[^?]+?) (?:answer|reply|respond|react)(?: to (?P<topic>.+))?"),
    ("asked", r"who (?:asked|asks|was asking|wanted to know|inquired|enquired|wondered)(?: (?:about|for|after|whether|if))? (?P<topic>.+)"),
    ("mentioned", r"who (?:mentioned|mentions|talked about|talks about|spoke (?:about|of)|wrote about|wrote of|brought up|said (?:anything|something) about) (?P<topic>.+)"),
)  # fmt: skip

_HEAD_RULES = tuple((field, re.compile(rf"(?:and |so |please )?{pattern}")) for field, pattern in _HEADS)
_SPEECH_RULES = tuple((wants, re.compile(rf"(?:and |so |please )?{pattern}")) for wants, pattern in _SPEECH)
_NAMES_MAIL = re.compile(rf"\b(?:{_MAIL}|{_CHAT}|address|senders?|recipients?|addressees?|subject|cc|cc'?e?d|copied)\b")

_IN_CHAT = re.compile(rf",? (?:in|from) (?:the|this) (?:\w+ )?{_CHAT}$")
_OF_WHOM = re.compile(rf"^(?:the |an? )?(?:\w+ )?{_MAIL} (?:from|of|by) ")

MAIL_WORDS = frozenset(
    "email emails e-mail e-mails mail mails message messages letter letters mailing invitation reply replies chat "
    "conversation thread log group channel sent send sender wrote write written dated addressed subject copied copy cc".split()
)
"""Words of a question that say no more than that it is about mails."""


def read_message_question(text: str) -> MessageQuestion | None:
    """What a question may ask of mails or messages; None where it asks nothing of them."""
    folded = fold_question(text)
    is_named = names_mail(text)
    if field := _ALONE.get(folded):
        return MessageQuestion("head", field, names_mail=True)
    for plain in dict.fromkeys((_IN_CHAT.sub("", folded), folded)):
        for wants, rule in _SPEECH_RULES:
            if found := rule.fullmatch(plain):
                told = found.groupdict()
                topic = (told.get("topic") or "").strip(" ,")
                return MessageQuestion(wants, "From", _read_who(told.get("who")), topic, is_named)
        for field, rule in _HEAD_RULES:
            if found := rule.fullmatch(plain):
                told = found.groupdict()
                return MessageQuestion("head", field, _read_who(told.get("who")), told.get("about") or "", is_named)
    return None


def names_mail(text: str) -> bool:
    """Whether a question says that it is about a mail, a chat or what their heads hold."""
    return bool(_NAMES_MAIL.search(fold_question(text)))


def _read_who(words: str | None) -> str:
    """A sender as a question names them, without what only says that they wrote."""
    return _OF_WHOM.sub("", words or "").removesuffix("'s").removesuffix("'").strip()


def is_mail_head(columns: Collection[str]) -> bool:
    """Whether the names of a row's columns are those of a mail's head."""
    return "From" in columns and len(columns) > 1 and MAIL_HEAD.issuperset(columns)


def read_name(sender: str) -> str:
    """The name in what a mail says of its sender: "Rita Sol" of "Rita Sol <rita@example.org>"; the address where none is."""
    name = _ADDRESS.sub("", sender).strip(" \"',;")
    return name or sender.strip(" <>[]()")
