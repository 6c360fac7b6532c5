"""A chat model of this machine on real questions: is what it writes shown, proven, and as well cited as what is quoted?

python tests/benchmarks/measure_chat_model.py --model NAME|FILE --data DIR --answers FILE [--natural 60] [--bundled 40]
    [--split report] [--seed N] [--threads N] [--replay FILE] [--figures] [--draw FILE | --verdicts FILE]

Asks questions of the natural set (``natural/`` of the data sets) and of the bundled one, each of its own document, and
appends a line for each answer to FILE; run again, it goes on where it stopped. ``--replay`` takes what the model wrote from the answers of an earlier run, to
measure what becomes of the same words: citations, evidence looked up, verdicts. ``--figures`` only prints the table of what
FILE holds, ``--draw`` and ``--verdicts`` are about sentences of it that a person reads (``read_by_people.py``). The quoting answerer answers the same questions. Needs what ``make local-model`` brings.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from langchain_core.language_models import BaseChatModel, FakeListChatModel
from natural_questions import find_documents
from read_by_people import count_verdicts, draw, list_written
from repeated_replies import repeat_reply
from tqdm import tqdm

from ingest.pipeline import ingest_paths
from rag.answer.writing import EVIDENCE
from rag.chain import build_chain
from rag.cite.citing import cite
from rag.errors import FootnoteError
from rag.evaluation import prepare_questions
from rag.evaluation.formats.letters import find_letters
from rag.evaluation.metrics.intervals import wilson_interval
from rag.index.embeddings import build_embeddings
from rag.index.passage_index import PassageIndex
from rag.llm.chat_model import build_chat_model
from rag.settings import Settings, read_settings
from rag.steps import Cited, Draft
from rag.types import Answer, Citation, Evidence, Question, Span

ROOT = Path(__file__).parents[2]
DRAWN = 100
"""Sentences that a person reads."""

BUNDLED = ROOT / "data" / "questions" / "hanoi-summit.jsonl"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the index that is asked, and where each piece of its evidence stands; none where nothing answers."""

    question: Question
    index: PassageIndex
    gold: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """A whole answer, and seconds to the evidence that is shown first, to the first words, and to the end."""

    answer: Answer
    evidence: float | None
    words: float | None
    whole: float


def read_bundled(folder: Path, embeddings: Any, split: str) -> Iterator[Asked]:
    """The questions about the bundled article."""
    ingest_paths([ROOT / "data" / "articles"], directory=folder, embeddings=embeddings)
    index = PassageIndex(folder, embeddings)
    texts = {record.id: index.document(record.id).text for record in index.documents()}
    for question in prepare_questions(BUNDLED, texts, split=split):
        yield Asked(question, index, tuple(place_evidence(each, texts) for each in question.evidence))


def read_documents(folder: Path, embeddings: Any, data: Path, split: str) -> Iterator[Asked]:
    """The natural questions, each restricted to its document."""
    for row, index, name in find_documents(data, split, folder, embeddings):
        text = index.document(name).text
        history = tuple((asked, told) for asked, told in row.get("history") or ())
        gold = tuple(
            tuple(Span(name, *place) for place in find_letters(piece["quote"], text)) for piece in row["evidence"]
        )
        yield Asked(Question(row["question"], id=row["id"], history=history, documents=(name,)), index, gold)


def place_evidence(evidence: Evidence | Span, texts: dict[str, str]) -> tuple[Span, ...]:
    """Where a piece of evidence stands."""
    if isinstance(evidence, Span):
        return (evidence,)
    return tuple(
        Span(name, *place)
        for name, text in texts.items()
        if evidence.document in (None, name)
        for place in find_letters(evidence.quote, text)
    )


def ask_timed(chain: Any, question: Question) -> Timed:
    """Ask, and time what is shown on the way."""
    began = time.perf_counter()
    evidence = words = None
    answer = None
    for answer in chain.stream(question):
        now = time.perf_counter() - began
        if EVIDENCE in answer.notes:
            evidence = evidence or now
        elif answer.text:
            words = words or now
    assert answer is not None
    return Timed(answer, evidence, words, time.perf_counter() - began)


def cite_noting(replies: list[str], draft: Draft) -> Cited:
    """The chain's step, which also notes what the model wrote, as it wrote it."""
    if draft.reply:
        replies.append(draft.reply)
    return cite(draft)


def cites_gold(citations: Sequence[Citation], gold: Sequence[Sequence[Span]]) -> bool:
    """Whether a quote touches a piece of the evidence."""
    return any(cited.span.overlap(span) for cited in citations for piece in gold for span in piece)


def write_answers(options: argparse.Namespace) -> None:
    """Ask all that has not been asked yet."""
    settings = read_settings(chat_model=f"local:{options.model}", chat_threads=options.threads)
    embeddings = build_embeddings(settings)
    folder = options.answers.with_suffix(".index")
    chooser = random.Random(options.seed)
    asked: list[Asked] = []
    for many, questions in (
        (options.natural, read_documents(folder / "natural", embeddings, options.data, options.split)),
        (options.bundled, read_bundled(folder / "bundled", embeddings, options.split)),
    ):
        found = list(questions)
        asked += chooser.sample(found, min(many, len(found)))
    chooser.shuffle(asked)  # whatever is finished is a sample of both
    done = {record["id"] for record in read_records(options.answers)}
    earlier = {record["id"]: record for record in read_records(options.replay)} if options.replay else {}
    if options.replay:
        asked = [each for each in asked if earlier.get(each.question.id, {}).get("reply")]
    writer = FakeListChatModel(responses=[""]) if options.replay else load_model(settings)
    plain = read_settings(chat_model="", chat_base_url="")
    for each in tqdm(asked, unit="question", file=sys.stderr, disable=None):
        if each.question.id in done:
            continue
        quoted = build_chain(each.index, settings=plain).invoke(each.question)
        replies: list[str] = []
        question, answerer = each.question, None
        if options.replay:
            told = earlier[question.id]
            answerer = partial(repeat_reply, told, each.index, settings.chat_model)
            question = replace(question, text=told["answer"]["standalone_question"], history=())
        noting = partial(cite_noting, replies)
        chain = build_chain(each.index, settings=settings, chat_model=writer, answer=answerer, cite=noting)
        timed = ask_timed(chain, question)
        answer = timed.answer
        record = {
            "id": each.question.id,
            "document": each.question.documents[0] if each.question.documents else "",
            "answerable": bool(each.gold),
            "gold": [[asdict(span) for span in piece] for piece in each.gold],
            "cites_gold": cites_gold(answer.citations, each.gold),
            "quoted_cites_gold": cites_gold(quoted.citations, each.gold),
            "quoted": quoted.to_dict(),
            "answer": answer.to_dict(),
            "reply": replies[-1] if replies else "",
            "seconds": {"evidence": timed.evidence, "words": timed.words, "whole": timed.whole},
        }
        with options.answers.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def load_model(settings: Settings) -> BaseChatModel:
    """The model, which has begun to answer."""
    model = build_chat_model(settings)
    assert model is not None
    model.invoke("Reply with the one word: ready")
    return model


def read_records(path: Path) -> list[dict[str, Any]]:
    """The answers that a file holds; none where there is no such file yet."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def print_figures(records: Sequence[dict[str, Any]]) -> None:
    """The table of the answers."""
    asked = [each for each in records if each["reply"] or each["answer"]["usage"]]  # it was the model's turn
    own = [each for each in asked if not each["answer"]["fallback"]]
    shown = [each for each in own if not each["answer"]["abstained"]]
    sentences = [sentence for each in shown for sentence in each["answer"]["sentences"]]
    claims = [sentence for sentence in sentences if sentence["supported"] is not None]
    yes = [each for each in records if each["answerable"]]
    no = [each for each in records if not each["answerable"]]
    print(f"{len(records)} questions, {len(yes)} of them answerable; the model wrote for {len(asked)}")
    replaced = Counter(each["answer"]["fallback"].partition(";")[0] for each in asked if each["answer"]["fallback"])
    print(f"written answers not replaced: {share(len(own), len(asked))}; {dict(replaced)}")
    beside = sum(bool(each["answer"]["unproven"]) for each in asked)
    print(f"of those replaced, shown greyed below what is quoted: {beside} of {len(asked) - len(own)}")
    written = [sentence for each in asked for sentence in list_written(each)]
    print(f"sentences that it wrote: {len(written)}; proven {share(sum(s.is_proven for s in written), len(written))}")
    print(f"sentences that claim: {len(claims)}; with a footnote {share(sum(map(has_footnote, claims)), len(claims))}")
    for verdict, many in Counter(each["verdict"] for each in claims).most_common():
        print(f"  {verdict}: {share(many, len(claims))}")
    origins = Counter(cited["origin"] for each in shown for cited in each["answer"]["citations"])
    print(f"footnotes by who chose them: {dict(origins)}")
    for name, told in (("the model's", "cites_gold"), ("the quoting answerer's", "quoted_cites_gold")):
        print(f"evidence among {name} citations, answerable: {share(sum(each[told] for each in yes), len(yes))}")
    for name, key in (("the model's path", "answer"), ("the quoting answerer", "quoted")):
        needless, right = ([each[key]["abstained"] for each in group] for group in (yes, no))
        print(
            f"{name} declines: {share(sum(needless), len(yes))} answerable, {share(sum(right), len(no))} unanswerable"
        )
    print_times([each for each in asked if each["answer"]["usage"]])


def print_times(asked: Sequence[dict[str, Any]]) -> None:
    """Seconds until something is seen, and tokens a second; nothing of a replay, where no model wrote."""
    if not asked:
        return
    for name in ("evidence", "words", "whole"):
        if seconds := sorted(each["seconds"][name] for each in asked if each["seconds"][name] is not None):
            high = seconds[int(0.9 * (len(seconds) - 1))]
            print(f"seconds to {name}: median {median(seconds):.1f}, nine of ten within {high:.1f} ({len(seconds)})")
    for name in ("input_tokens", "output_tokens"):
        print(f"{name}: median {median(each['answer']['usage'][name] for each in asked):.0f}")
    written = [
        (each["answer"]["usage"]["output_tokens"], each["seconds"]["whole"] - each["seconds"]["words"])
        for each in asked
        if each["seconds"]["words"] is not None and each["answer"]["usage"]["output_tokens"] > 9
    ]
    if written:
        print(f"tokens written a second: {sum(many for many, _ in written) / sum(took for _, took in written):.1f}")


def has_footnote(sentence: dict[str, Any]) -> bool:
    """Whether a sentence carries one."""
    return bool(sentence["citations"])


def share(some: int, all_of_them: int) -> str:
    """A share in percent with its 95 % interval."""
    interval = wilson_interval(some, all_of_them)
    if interval is None:
        return "none"
    return (
        f"{some} of {all_of_them}, {100 * some / all_of_them:.0f} % ({100 * interval[0]:.0f}-{100 * interval[1]:.0f})"
    )


def main(arguments: list[str] | None = None) -> None:
    """Ask, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b", help="as behind local: in FOOTNOTE_CHAT_MODEL")
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--answers", type=Path, required=True, help="file that the answers are kept in")
    parser.add_argument("--replay", type=Path, help="answers of an earlier run, whose words are taken")
    parser.add_argument("--natural", type=int, default=60)
    parser.add_argument("--bundled", type=int, default=40)
    parser.add_argument("--threads", type=int, default=0, help="that the model computes with; 0: one on each core")
    parser.add_argument("--split", default="develop", choices=("develop", "report"))
    parser.add_argument("--seed", type=int, default=29)
    parser.add_argument("--figures", action="store_true", help="print what the file holds, and ask nothing")
    parser.add_argument("--draw", type=Path, help="write a hundred of the sentences there, to be read by a person")
    parser.add_argument("--verdicts", type=Path, help="such a file with verdicts; our marks are counted against them")
    options = parser.parse_args(arguments)
    if options.draw:
        many = draw(read_records(options.answers), options.draw, many=DRAWN, seed=options.seed)
        print(f'{min(DRAWN, many)} of {many} sentences are in {options.draw}; set "supported" to true or false')
        return
    if options.verdicts:
        for what, count in count_verdicts(read_records(options.answers), read_records(options.verdicts)).items():
            print(f"{what}: {count}")
        return
    if not options.figures:
        if options.data is None:
            parser.error("name the folder of the data sets with --data")
        write_answers(options)
    print_figures(read_records(options.answers))


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_chat_model: {error}")
