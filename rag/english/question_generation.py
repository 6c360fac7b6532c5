"""Rules that turn a plain English sentence, or a heading, into a question that it answers.

They would rather say nothing than say it clumsily: a sentence that they do not fully understand gives no question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.english.words import AUXILIARIES, MONTHS, NUMBERS, POINTING
from rag.types import Document

LONGEST_SENTENCE, LONGEST_QUESTION, LONGEST_SUBJECT = 40, 14, 8
"""All in words. Long sentences hold asides that the rules would trip over; long questions nobody clicks on."""

LAST = 9
"""The rank of what a heading gives; the best is 0."""

# fmt: off
_MONTH = f"(?:{'|'.join(MONTHS)})"
_DATE = rf"(?:in (?:early |late |mid-)?(?:{_MONTH} )?(?:1\d|20)\d\d|on (?:{_MONTH} \d\d?|\d\d? {_MONTH})(?:,? (?:1\d|20)\d\d)?)(?![\w–-])"
_YEAR = re.compile(r"\W*(?:1\d|20)\d\ds?\W*")
_TOLD = re.compile(r"(?:\bwas|\bwere|\bhad|[a-z]ed)\b")
_OPENING_DATE = re.compile(f"{_DATE},? ", re.IGNORECASE)
_OPENER = re.compile(rf"\A(?!{_DATE}, )(?:However|Currently|Nevertheless|Moreover|Historically|(?:In|At|During|After|Before|From|As of|By|Throughout|Under|On) [^,]{{3,60}}), ", re.IGNORECASE)
_PLAIN = re.compile(r"[\w ,.'’%$€£&/()–-]+")
_ACRONYM = re.compile(r"((?:[A-Z][\w'’-]+ (?:(?:of|for|and|on|the|in) ){0,2}){2,6})\(([A-Z]{3,6})\)")
_APPOSITION = re.compile(r"(?<![A-Z]\. )((?:[A-Z][a-z’'-]+ ){1,2}[A-Z][a-z’'-]+), (?:an?|the) (?:[\w-]+ ){0,4}?(\w+)(?=,| (?:of|who|and|at|in)\b)")
_DEFINES = re.compile(r"(?:an?|one of the|the|[A-Z]\w+) (?!(?:same|only|most|main|second|third|result|reason|case|name|part)\b)\w")
_SUPERLATIVE = re.compile(r"the (?:[a-z]{2,}est|most(?! [a-z]+ (?:of|in|for|to) )|main|chief|first|last|only) [a-z].*(?: of | in | for | to |[A-Z])")
_IS, _AT = "(is|are|was|were)", "(?:in|on|at|between|near|within) (?:the )?[A-Z]"
_NUMBER = rf"(?:(?:about|over|more than|some|around|nearly) )?(?:(?!19|20)\d[\d,]*|{'|'.join(NUMBERS[2:])})"
_THINGS = r"(?!hundred|thousand|million|billion|times|percent)((?:[a-z-]+ )?[a-z]+s)(?: (?:in|on|with|for|at|across)\b|,|$)"
_RULES = tuple(
    (rank, re.compile(pattern), frame)
    for rank, pattern, frame in (
        (0, r"(\w+(?: (?!(?:\w+ly )?(?:due|owing|thanks))[^,]+?)?),?(?: (?:partly|mainly|mostly|largely|simply))?(?<! only)(?<! just) (?:because|so that|in order to|(?:due|owing|thanks) to|as a result of)\b", "Why {clause}?"),
        (0, r"(\w+ (?!by )[^,]+?) (?:by (?:means of|[a-z]+ing)|with the help of)\b", "How {clause}?"),
        (1, rf"(\w+(?: (?!by )[^,]+?)?) (?P<answer>{_DATE})(?=,|$)", "When {clause}?"),
        (1, r"(?:was|were) (founded|discovered|invented|developed|designed|built|painted|composed|directed|produced|established|created|introduced|led|proposed|coined|conquered|defeated|captured|commissioned|domesticated|translated|published|launched|signed|destroyed|named) by (?:the )?(?!Royal|Act)[A-Z]", "Who {0} {subject}?"),
        (1, "(?:was|were) written by (?:the )?[A-Z]", "Who wrote {subject}?"),
        (1, f"{_IS} (located|situated|based|headquartered|born|held|buried) {_AT}", "Where {0} {subject} {1}?"),
        (1, r"(is|are|was|were|has|have|had) (?:mainly |best |widely )?((?:been )?(?:known for|famous for|responsible for|used for|kept for|bred for|criticized for|criticised for|praised for|credited with|accused of|associated with|equipped with|composed of|made (?:up )?of|caused by|descended from|derived from|divided into|converted into|attributed to|inspired by|named after)) \w", "What {0} {subject} {1}?"),
        (1, "can be used (?:for|as|to) ", "What can {subject} be used for?"),
        (1, f"(?:originated|lies|lie|lives|live) {_AT}", "Where {before} {subject}{after}?"),
        (1, f"took place {_AT}", "Where did {subject} take place?"),
        (1, "(?:has|had) a population of ", "What is the population of {subject}?"),
        (1, f"(?:has|have|had) {_NUMBER} {_THINGS}", "How many {0} {before} {subject} have?"),
        (2, f"(is|are) {_AT}", "Where {0} {subject}?"),
        (2, f"{_IS} (reported|said|supposed|believed|alleged) to have (?!been|taken place)[a-z]", "What {0} {subject} {1} to have done?"),
        (2, rf"{_IS} ((?:not )?(?:expected|likely|unlikely|required|able|unable|allowed|forbidden|designed|intended|obliged|determined|willing|unwilling)) to (?!be\b|have\b)[a-z]", "What {0} {subject} {1} to do?"),
        (2, r"(?:refused|decided|wanted|needed|failed|agreed|promised|wants|refuses) to (?!be\b)[a-z]", "What {before} {subject}{after} to do?"),
        (2, "(consist|depend)(?:s|ed)? (?:very much )?(of|on|upon) ", "What {before} {subject} {0} {1}?"),
        (3, "(?:argue|claim|believe|suggest|conclude|predict|warn)e?[ds] that ", "What {before} {subject}{after}?"),
        (4, rf"can ((?!be )[a-z]+(?<!ly)) (?:an?|the|several|many|{_NUMBER}|(?!as )[a-z]+s) ", "What can {subject} {0}?"),
        (4, rf"(?:(?:contain|require|lack|prohibit|employ)s?|won|gained|invented|discovered|caused) (?:an?|the|several|many|{_NUMBER}|(?!as )[a-z]+s) ", "What {before} {subject}{after}?"),
    )
)
"""How a verb and what follows it give a question: its rank (0 is best), what is looked for, and the question's frame."""

_BE = frozenset("is are was were".split())
_AUXILIARIES = frozenset(AUXILIARIES) - {"do", "does", "did"}
_REGULAR = """abandon accept acquire add adopt agree announce appoint argue arrive attack believe cancel cause celebrate
change claim close collapse complete conclude conquer convert create decide declare defeat deny design die disappear discover
dismiss divide end enter establish expand fail found gain grant host incorporate introduce invade invent issue join launch
marry move need offer open originate pass predict promise propose publish purchase reach receive refuse reject release
remain remove replace report resign retire return serve sign start suggest survive tour visit want warn""".split()
_IRREGULAR = """became:become began:begin bought:buy broke:break built:build chose:choose fell:fall gave:give grew:grow
held:hold left:leave lost:lose made:make met:meet rose:rise sold:sell took:take won:win wrote:write""".split()
_PAST = {re.sub("([^aeiou])yed$", r"\1ied", f"{verb.removesuffix('e')}ed"): verb for verb in _REGULAR}
_PAST |= dict(pair.split(":") for pair in _IRREGULAR)
_PLURAL = "live lie contain consist depend require lack remain become".split()
_HAVE = {"has": "does", "have": "do", "had": "did"}
_VERBS = {word: (word, "") for word in _AUXILIARIES} | {verb: ("do", f" {verb}") for verb in _PLURAL}
_VERBS |= {f"{verb}s": ("does", f" {verb}") for verb in (*_PLURAL, *"need want refuse employ prohibit argue claim believe suggest warn".split())}
_VERBS |= {past: ("did", f" {verb}") for past, verb in _PAST.items()}
_PARTICIPLES = frozenset("""born held built made won lost taken given begun written found sold sent led shown torn drawn
thrown fought taught brought bought broken chosen stolen sworn laid overthrown driven grown known become been""".split())
_PEOPLE = frozenset("""king queen president minister politician physicist chemist engineer inventor writer author poet
painter artist composer musician singer actor actress director scientist philosopher monk priest bishop pope emperor general
soldier lawyer judge journalist historian economist astronomer physician architect explorer mayor professor leader""".split())
_SMALL = frozenset("the a an of and for in on at from to with within between de von van la".split())
_PRONOUNS = frozenset("he she it they we you i them him us our my there such".split()).union(POINTING) - {"that"}
_JOINTS = frozenset("that which who whom when while where if as because but or though although than both".split())
# How a sentence begins that leans on the one before it, or does not begin with what it speaks of.
_LEANING = _PRONOUNS.union(_JOINTS, _SMALL - {"the", "a", "an", "la"}, """his her its their your here however then so
yet also thus another other others each every one either neither none nothing nobody all what why how after before since
until once by under over during despite unlike like among not no only even just still today today's now instead later most
many some few several much more less per due given finally second third next last nearby various around about""".split())
# What no subject holds that can be understood out of its place, or that the rules can take apart.
_NOT_NAMED = _PRONOUNS.union(_JOINTS, """his her its their latter former same other others following above next result
reason himself herself itself themselves later never not often always said says by may might time called""".split())
_NOT_ASKED = (_AUXILIARIES - {"have"}).union(_PRONOUNS, _JOINTS - {"as", "or", "than", "both"}, ["later", "ago", "whose"])
_IDLE = frozenset("also then thus therefore finally eventually subsequently consequently officially still once largely mainly mostly primarily".split())
_ASKS = re.compile(r"(?:Who|What) (?:is|are|was|were|comes|came|happens|happened|went|won|lost) [a-z]|[^?]+\?$")
_NO_NAME = re.compile(r"""(?ix)(?:an?|introduction|conclusions?|contents|references|notes|bibliography|see\ also|results|
    external\ links|abstract|summary|appendix|index|overview|preface|background|methods?|discussion|\w+(?:ing|ed|ly))\b|.*\d""")
# fmt: on


@dataclass(frozen=True, slots=True)
class Words:
    """What a text's words tell: those written small, those with a capital within a sentence, and those that need no telling."""

    common: frozenset[str]
    names: frozenset[str]
    telling: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Clause:
    """A sentence taken apart. ``subject`` is spelt as within a question."""

    subject: str
    verb: str
    rest: str

    @property
    def inverted(self) -> tuple[str, str]:
        """What stands before and after the subject of a question: "was" and "", but "did" and " fall" for "fell"."""
        is_whole = self.verb in _HAVE and not _is_participle(self.rest)  # "has two towers", but not "has fallen"
        return (_HAVE[self.verb], " have") if is_whole else _VERBS[self.verb]

    def invert(self, said: str) -> str:
        """The clause in the order of a question, as far as ``said``; empty where that would be no good English."""
        words = [word for word in said.split()[1:] if word not in _IDLE]
        unasked = _NOT_ASKED | _PAST.keys() if self.verb in _PAST else _NOT_ASKED
        is_bare = self.verb in _AUXILIARIES and (words[:1] == ["to"] or all(word.endswith("ly") for word in words))
        if is_bare or unasked.intersection(map(str.lower, words)) or any(map(_YEAR.fullmatch, words)):
            return ""
        before, after = self.inverted
        return " ".join([before, self.subject + after, *words])


def read_words(text: str, title: str) -> Words:
    """What the words of a document tell that help to understand its sentences."""
    names, small = Counter(re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", text)), Counter(re.findall(r"\b[a-z]+", text))
    common = frozenset(word for word, count in small.items() if count > names[word.capitalize()])
    return Words(common, frozenset(names), frozenset(re.findall(r"\w+", title.casefold())))


def _read_sentence(raw: str) -> str:
    """The words of a plain sentence without its full stop and asides; empty where it is none."""
    if len(raw) > 20 * LONGEST_SENTENCE or not raw.endswith("."):
        return ""
    sentence = _OPENER.sub("", " ".join(raw[:-1].split())).replace(" in fact ", " ")
    sentence = re.split("[;:—]", sentence)[0].strip()
    return sentence if _PLAIN.fullmatch(sentence) and 4 <= sentence.count(" ") + 1 <= LONGEST_SENTENCE else ""


def ask_of(raw: str, known: Words) -> Iterator[tuple[int, str, str]]:
    """The questions that a sentence answers, each with its rank, 0 is the best, and the words that answer, where plain."""
    sentence = _read_sentence(raw)
    for match in _ACRONYM.finditer(sentence):
        if match[2] == "".join(word[0] for word in match[1].split() if word[0].isupper()):
            yield 4, f"What does {match[2]} stand for?", match[1].strip()
    for match in _APPOSITION.finditer(sentence):
        if match[2] in _PEOPLE and match[1].split()[0].lower() not in _LEANING | _SMALL:
            yield 2, f"Who {'was' if _TOLD.search(sentence) else 'is'} {match[1]}?", ""
    if clause := _read_clause(re.sub(r" \([^()]*\)", "", sentence), known):
        yield from _ask_of_clause(clause)


def _ask_of_clause(clause: _Clause) -> Iterator[tuple[int, str, str]]:
    before, after = clause.inverted
    has_happened = clause.verb in _PAST or (clause.verb in _BE and _is_participle(clause.rest))
    said = f"{clause.verb} {clause.rest}".replace(" also ", " ")
    for rank, pattern, frame in _RULES:
        if match := pattern.match(said):
            whole = clause.invert(match[1]) if "{clause}" in frame and (has_happened or frame[:3] == "Why") else ""
            if whole or "{subject}" in frame:
                gaps = {"subject": clause.subject, "before": before, "after": after, "clause": whole}
                answer = re.sub("^(?:in|on) ", "", match.groupdict().get("answer", ""))
                yield rank, frame.format(*match.groups(), **gaps), answer
    if clause.verb in _BE and _DEFINES.match(clause.rest):
        yield 3, _ask_what_it_is(clause), ""


def _ask_what_it_is(clause: _Clause) -> str:
    """Who or what the subject is; empty where it is not plain whether that is a person, or nothing much is asked."""
    subject, rest = clause.subject, clause.rest
    if _SUPERLATIVE.match(subject):
        return f"{'Who' if _PEOPLE.intersection(subject.lower().split()) else 'What'} {clause.verb} {subject}?"
    nouns = re.split(r",| of | who | in | that ", rest)[0].split()[:6]
    if _PEOPLE.intersection(nouns):
        return f"Who {clause.verb} {subject}?" if subject[0].isupper() else ""
    if subject.startswith("the "):
        is_clear = not rest[0].isupper() or re.search(" (?:of|in|for) ", subject)
        is_known = is_clear and re.match("(?!the most).*[A-Z]", subject)
        return f"What {clause.verb} {subject}?" if is_known else ""
    if subject[0].isupper() and (clause.verb == "was" or re.search("(?:er|or|ist|ian|m[ae]n)$", nouns[-1])):
        return ""
    return "" if re.match("an? ", subject) and not re.match("an? ", rest) else f"What {clause.verb} {subject}?"


def _read_clause(sentence: str, known: Words) -> _Clause | None:
    """A sentence as subject, verb and rest; None where the rules are not sure to have understood it."""
    date = _OPENING_DATE.match(sentence)
    words = sentence[date.end() if date else 0 :].split()
    at = next((at for at, word in enumerate(words[: LONGEST_SUBJECT + 1]) if word in _VERBS), 0)
    subject = [word for word in words[:at] if word not in _IDLE]
    if at + 1 >= len(words) or not _is_subject(subject, known.telling):
        return None
    rest = " ".join(words[at + 1 :])
    if date:  # "In 1920, the bridge was closed" is read as "The bridge was closed in 1920"
        rest = f"{rest.split(',')[0]} {date[0][0].lower()}{date[0][1:].rstrip(' ,')}"
    return _Clause(_in_a_question(subject, known), words[at], rest)


def _is_subject(words: Sequence[str], known: frozenset[str]) -> bool:
    """Whether words before a verb name one thing, and so that it is known to someone who has not read the text."""
    if not words or words[0].lower() in _LEANING or not all(re.fullmatch(r"[\w'’.-]+", word) for word in words):
        return False
    if (
        re.search(r"(?:ly|ing)$|^\W*(?:\d|[Oo]ne\b)", words[0])
        or any(map(_YEAR.fullmatch, words))
        or words[-1].lower() in _SMALL
    ):
        return False
    for before, word, after in zip(["of", *words], words, [*words[1:], "of"], strict=False):
        is_second = word in ("the", "a", "an") and before not in _SMALL
        is_verb = re.fullmatch("[a-z]+(?:ly|ing)", word) or (re.fullmatch("[a-z]+ed", word) and after in _SMALL)
        if is_second or is_verb or word.lower() in _NOT_NAMED:
            return False
    telling = [word for word in words if word.lower() not in _SMALL]
    return words[0].lower() != "the" or len(telling) > 1 or not telling[0].islower() or telling[0] in known


def _is_participle(rest: str) -> bool:
    """Whether what follows a form of "be" or "have" goes on with a participle, perhaps after an adverb."""
    words = [word for word in rest.split()[:3] if word not in _IDLE | {"first", "not"} and not word.endswith("ly")]
    return bool(words) and (words[0] in _PARTICIPLES or words[0].endswith("ed"))


def _in_a_question(words: Sequence[str], known: Words) -> str:
    """Words that began a sentence, as they are spelt within one: a first word that is no name loses its capital."""
    first = re.split(r"\W", words[0])[0]
    is_before_name = words[1:] and words[1][0].isupper() and first == words[0]
    is_name = first in known.names or not words[1:] or first.endswith(("an", "ish", "ese")) or not first[1:].islower()
    if first.lower() in _SMALL or not (is_before_name or (is_name and first.lower() not in known.common)):
        first = first.lower()
    return " ".join([first + words[0][len(first) :], *words[1:]])


def ask_of_headings(document: Document, known: Words) -> Iterator[tuple[int, str, int, int]]:
    """Headings that ask something, as they are, and what is said under those that name something."""
    for at, heading in enumerate(document.outline):
        words = document.text[heading.start : heading.end].split()
        after = document.outline[at + 1].start if at + 1 < len(document.outline) else len(document.text)
        name = " ".join(words)
        if name == document.title or heading.start >= after or not _PLAIN.fullmatch(name.removesuffix("?")):
            continue
        is_name = words[0].lower() not in _LEANING and _NOT_ASKED.isdisjoint(words) and not _NO_NAME.match(name)
        if _ASKS.match(name):
            yield LAST, f"{name.rstrip('?')}?", heading.start, after
        elif is_name and len(words) <= 5:
            yield LAST, f"What is said about {_in_a_question(words, known)}?", heading.start, after
