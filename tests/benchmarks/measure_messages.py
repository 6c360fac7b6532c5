"""What people ask of chats and mails: who does what, who wrote what, to whom and when; and what nobody wrote. Generated, seeded.

python tests/benchmarks/measure_messages.py [--seed N] [--logs N] [--unseen] [--show]

Prints, by kind of question, how often the first quote is the right one, and nothing of others' words is quoted where one
person's are asked for; and how often what is not there is declined. Logs and threads are asked each by itself; mails that
are told apart by subject, sender or day lie in one library. With ``--unseen`` people offer, refuse and chatter in other words,
written down before the rules for such words were.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tqdm import tqdm

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.index.embeddings import build_embeddings
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings
from rag.types import Answer

PEOPLE = "Ada Bela Cora Dina Edda Fritz Greta Hugo Ines Jonas Karla Levin Mona Nils Olga Petra Quirin Rosa Sami Tilda".split()
LAST = "Abel Brandt Conti Dahl Engel Foster Grimm Holm Ivers Jansen Keller Lind Moser Novak Otto Peters".split()
THINGS = "projector,ladder,tent,gas cooker,extension cable,tablecloth,guitar,first-aid kit,sound system,banner".split(
    ","
)
TOWNS = "Arles Basel Cahors Delft Evora Fulda Ghent Hull".split()
TOPICS = "parking,heating,canteen,printer,garden,archive,lift,roof,newsletter,website".split(",")
FILLERS = (
    "Morning all",
    "ok",
    "haha",
    "great",
    "see you then",
    "thanks!",
    "sounds good",
    "no idea",
    "lol",
    "good night",
)
FORMS = (
    "[{day:%d/%m/%Y}, {day:%H:%M:%S}] {who}: {words}",
    "{day:%d/%m/%Y}, {day:%H:%M} - {who}: {words}",
    "[{day:%H:%M}] <{who}> {words}",
    "{who}  {day:%H:%M}\n{words}",
    "{who}: {words}",
)
ASKING = ("Who brings the {}?", "Can somebody bring the {}?", "Has anyone got a {} for Friday?")
YES = ("I'll bring it", "I can do that", "me, I have one", "I'll take mine along", "that's on me")
NO = ("I can't, mine is broken", "not me, sorry", "I lent mine to my brother")
UNSEEN_YES = (
    "leave it to me",
    "I'm on it",
    "sure, I'll pack it",
    "we still have ours in the attic, I can take it",
    "count on me",
)
UNSEEN_NO = (
    "ours was stolen last summer",
    "mine's in the repair shop",
    "I haven't got one, I'm afraid",
    "I gave ours away",
    "we never had one",
)
UNSEEN_FILLERS = (
    "hello everybody",
    "perfect",
    "see you all there",
    "hmm",
    "yay",
    "cheers",
    "will do",
    "got it",
    "same here",
)
ABOUT = (
    "The {} will be closed until May, because the pipes leak.",
    "I think the {} costs us far too much.",
    "We should ask Mr Grau about the {}, he knows the old plans.",
    "The {} works again since Tuesday.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its kind, words that the first quote has if it is right (empty: to be declined), and words of others."""

    kind: str
    text: str
    right: str
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class Log:
    """A chat that grows."""

    form: str
    day: datetime
    lines: list[str] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)

    def say(self, who: str, words: str) -> str:
        """Write a message down."""
        self.day += timedelta(seconds=37)
        self.lines.append(self.form.format(day=self.day, who=who, words=words))
        self.sent[who] = self.sent.get(who, 0) + 1
        return words


def make_chat(chooser: random.Random, *, unseen: bool = False) -> tuple[str, list[Asked]]:
    """A log of some people who plan something, and what is asked of it."""
    offers, refusals, fillers = (UNSEEN_YES, UNSEEN_NO, UNSEEN_FILLERS) if unseen else (YES, NO, FILLERS)
    people = chooser.sample(PEOPLE, 5)
    things = chooser.sample(THINGS, 5)
    log = Log(chooser.choice(FORMS), datetime(2024, 3, chooser.randint(1, 28), 9, 0, 0))
    asked = []

    def chat() -> None:
        for _ in range(chooser.randint(0, 3)):
            log.say(chooser.choice(people), chooser.choice(fillers))

    for thing in things[:3]:
        asking, refusing, bringing = chooser.sample(people, 3)
        chat()
        log.say(asking, chooser.choice(ASKING).format(thing))
        if chooser.random() < 0.5:
            log.say(refusing, chooser.choice(refusals))
        right = log.say(bringing, chooser.choice(offers))
        asked.append(Asked("who does it", f"Who will bring the {thing}?", f"{bringing}\0{right}"))
        asked.append(Asked("who asked", f"Who asked about the {thing}?", f"{asking}\0{thing}"))
    for town in chooser.sample(TOWNS, 2):
        who = chooser.choice(people)
        chat()
        clock = f"{chooser.randint(10, 22)}:{chooser.randint(10, 59)}"
        right = log.say(who, f"the train from {town} arrives at {clock}")
        asked.append(Asked("fact", f"When does the train from {town} arrive?", right))
        asked.append(Asked("what one said", f"What did {who} say about the train from {town}?", right))
    chat()
    quiet, absent = people[0], next(name for name in PEOPLE if name not in people)
    asked.append(Asked("absent topic", f"What did {quiet} say about the {things[3]}?", ""))
    asked.append(Asked("absent person", f"What did {absent} say about the {things[0]}?", ""))
    asked.append(Asked("absent thing", f"Who will bring the {things[4]}?", ""))
    counted = chooser.choice([who for who in people if log.sent.get(who)])
    asked.append(Asked("count", f"How many messages did {counted} send?", f"\1{log.sent[counted]} message"))
    return "\n".join(log.lines) + "\n", asked


def make_person(chooser: random.Random) -> tuple[str, str]:
    """A name, and it with an address."""
    first, last = chooser.choice(PEOPLE), chooser.choice(LAST)
    return f"{first} {last}", f"{first} {last} <{first.lower()}.{last.lower()}@mail.example>"


def make_thread(chooser: random.Random) -> tuple[str, list[Asked]]:
    """A mail that quotes two others, and what is asked of it."""
    people: dict[str, str] = {}
    while len(people) < 4:
        name, written = make_person(chooser)
        if not any(name.split()[0] in known for known in people):
            people[name] = written
    (mine, my), (second, its), (third, _), (_, cc) = people.items()
    topic, other = chooser.sample(TOPICS, 2)
    words = [template.format(topic) for template in chooser.sample(ABOUT, 3)]
    day = datetime(2024, chooser.randint(1, 12), chooser.randint(1, 28), 10, 22)
    first, deeper = (f"On {day - timedelta(days=back):%a, %d %b %Y} at 09:10, " for back in (1, 2))
    head = f"From: {my}\nTo: {its}\nCc: {cc}\nSubject: Re: The {topic}\nDate: {day:%a, %d %b %Y %H:%M:%S} +0000\n\n"
    if chooser.random() < 0.5:
        quoted = f"{first}{second} wrote:\n> {words[1]}\n>\n> {deeper}{third} wrote:\n>> {words[2]}\n"
    else:
        quoted = f"-----Original Message-----\nFrom: {second}\nSent: {day:%d %B %Y} 09:10\nTo: {mine}\nSubject: {topic}\n\n{words[1]}\n\n"
        quoted += f"From: {third}\nSent: {day:%d %B %Y} 08:10\nTo: {second}\nSubject: {topic}\n\n{words[2]}\n"
    asked = [
        *ask_head(f"{day:%d %b %Y}", my, its, cc, f"The {topic}"),
        Asked("only own words", f"What did {mine} write?", words[0], (words[1], words[2])),
        Asked("only own words", f"What did {second.split()[0]} say?", words[1], (words[0], words[2])),
        Asked(
            "only own words", f"What did {third.split()[0]} write about the {topic}?", words[2], (words[0], words[1])
        ),
        Asked("absent topic", f"What did {third.split()[0]} say about the {other}?", ""),
        Asked(
            "absent person",
            f"What did {next(name for name in PEOPLE if not any(name in each for each in people))} write?",
            "",
        ),
    ]
    return f"{head}{words[0]}\n\n{quoted}", asked


def ask_head(day: str, sender: str, reader: str, copied: str, subject: str) -> Iterator[Asked]:
    """What is asked of the head of the only mail."""
    yield Asked("head", "Who is the email from?", sender)
    yield Asked("head", "Who sent it?", sender)
    yield Asked("head", "When was it sent?", day)
    yield Asked("head", "What is the subject?", subject)
    yield Asked("head", "Who was copied?", copied)
    yield Asked("head", "Who is it addressed to?", reader)


def make_library(chooser: random.Random, mails: int = 10) -> tuple[list[str], list[Asked]]:
    """Mails of different subjects, senders and days, and what is asked of them together."""
    texts, asked = [], []
    names = chooser.sample([f"{first} {last}" for first in PEOPLE for last in LAST], 2 * mails)
    for number, topic in enumerate(TOPICS[:mails]):
        sender, reader = names[2 * number : 2 * number + 2]
        day = datetime(2024, number + 1, chooser.randint(1, 28), 10, 22)
        subject = f"About the {topic}"
        texts.append(
            f"From: {sender} <{number}@mail.example>\nTo: {reader} <r{number}@mail.example>\nSubject: {subject}\n"
            f"Date: {day:%a, %d %b %Y %H:%M:%S} +0000\n\nHello,\n\n{chooser.choice(ABOUT).format(topic)}\n\nBest,\n{sender.split()[0]}\n"
        )
        asked += [
            Asked("mail by subject", f"Who sent the email about the {topic}?", sender),
            Asked("mail by subject", f"When was the mail about the {topic} sent?", f"{day:%d %b %Y}"),
            Asked("mail by sender", f"What is the subject of the email from {sender}?", subject),
            Asked("mail by sender", f"Who did {sender} send the mail to?", reader),
            Asked("mail by day", f"Who sent the email of {day.day} {day:%B} {day.year}?", sender),
        ]
    asked.append(Asked("absent mail", "Who sent the email about the swimming pool?", ""))
    asked.append(Asked("absent mail", "What is the subject of the email from Xaver Zorn?", ""))
    asked.append(Asked("absent mail", "Who sent the email of 3 June 1999?", ""))
    return texts, asked


def is_right(asked: Asked, answer: Answer) -> bool:
    """Whether the first quote is the one; or the count said; or, where nothing is there, whether that is said."""
    if not asked.right:
        return answer.abstained
    if answer.abstained or not answer.citations:
        return False
    if asked.right.startswith("\1"):
        return answer.text.startswith(asked.right[1:])
    quotes = [citation.quote for citation in answer.citations]
    return all(words in quotes[0] for words in asked.right.split("\0")) and not any(
        words in quote for words in asked.others for quote in quotes
    )


def make_sets(seed: int, logs: int, *, unseen: bool = False) -> Iterator[tuple[list[tuple[str, str]], Sequence[Asked]]]:
    """Files, as names and texts, and what is asked of them."""
    chooser = random.Random(seed)
    for number in range(logs):
        text, asked = make_chat(chooser, unseen=unseen)
        yield [(f"chat-{number}.txt", text)], asked
        text, asked = make_thread(chooser)
        yield [(f"thread-{number}.eml", text)], asked
    texts, asked = make_library(chooser)
    yield [(f"mail-{number}.eml", text) for number, text in enumerate(texts)], asked


def main() -> None:
    """Ask, and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--logs", type=int, default=8, help="logs, and threads")
    parser.add_argument("--unseen", action="store_true", help="in words written down before the rules for them")
    parser.add_argument("--show", action="store_true", help="also print what went wrong")
    options = parser.parse_args()
    embeddings = build_embeddings(read_settings())
    right: dict[str, list[bool]] = defaultdict(list)
    for files, questions in tqdm(list(make_sets(options.seed, options.logs, unseen=options.unseen))):
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / name for name, _ in files]
            for path, (_, text) in zip(paths, files, strict=True):
                path.write_text(text, encoding="utf-8")
            ingest_paths(paths, directory=Path(folder) / "index", embeddings=embeddings)
            chain = build_chain(PassageIndex(Path(folder) / "index", embeddings))
            for asked in questions:
                answer = chain.invoke(asked.text)
                right[asked.kind].append(is_right(asked, answer))
                if options.show and not right[asked.kind][-1]:
                    print(
                        f"{asked.kind}: {asked.text!r} wants {asked.right!r}, got {answer.confidence} {answer.text!r}"
                    )
    for kind, told in right.items():
        print(f"{kind:16} {sum(told):4} of {len(told):4}  {sum(told) / len(told):.0%}")


if __name__ == "__main__":
    main()
