"""How often are citations right, and wrong ones caught? The quoting answerer, and chat models that cite wrongly on purpose.

python tests/benchmarks/measure_citations.py [--split report]

Asks the bundled questions through real chains. The chat models are scripted, behind a real local server that speaks the
OpenAI protocol; each answers with a sentence that is right (of the first passage, word for word) and one that is wrong
in a known way, so that what is caught is counted and not judged: it is marked as not proven, or cited from a passage that
holds it word for word in place of the one that was named. Printed are: citations whose quote equals the source
(all must); ALCE's citation recall and precision (Gao et al., EMNLP 2023) by the share of words and by the judge of support
(its own accuracy: measure_judge.py); and, of each kind of wrong sentence, the share that is marked as not proven.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import mean

from tqdm import tqdm

from ingest.pipeline import ingest_paths
from rag import testing as api
from rag.chain import build_chain
from rag.cite.judging import SUPPORTED, build_support_estimator
from rag.cite.support import CitedClaim, measure_support
from rag.english.sentences import find_sentences
from rag.evaluation import prepare_questions
from rag.evaluation.metrics.entailment import Judge, measure_precision, measure_recall, read_sentences
from rag.index.embeddings import build_embeddings
from rag.index.passage_index import PassageIndex
from rag.reader.span_reader import SpanReader
from rag.reader.training.claims import make_wrong
from rag.settings import read_settings
from rag.types import Answer, Passage, Question, Span

ROOT = Path(__file__).parents[2]

INVENTED = (
    "The delegations had planned to sign a peace treaty in the garden of the hotel.",
    "A week later both leaders apologised to the Vietnamese hosts.",
    "Chinese mediators paid for the flights of both delegations.",
    "Most of the reporters had left the city before the first dinner.",
    "The agreement was ratified by a large majority in the senate.",
    "He promised to open a factory for electric cars near the border.",
)
"""True nowhere; ours."""


@dataclass
class Tally:
    """What became of the sentences that a scripted model wrote wrongly, and of those that it wrote rightly."""

    wrong: int = 0
    caught: int = 0
    right: int = 0
    doubted: int = 0
    withheld: int = 0
    statuses: dict[str, int] = field(default_factory=dict)


class Script:
    """A chat model that writes one right sentence and then one that is wrong in one way, and remembers both."""

    def __init__(self, kind: str, seed: int = 0):
        self.kind = kind
        self.chooser = random.Random(seed)
        self.right = self.wrong = ""

    def __call__(self, exchange: api.Exchange) -> None:
        passages = list(exchange.request_.passages.items())
        if not passages:  # a follow-up to be made to stand alone
            return exchange.send_reply(exchange.request_.prompt.rpartition("Last question: ")[2])
        key, text = passages[0]
        sentences = pick_sentences(text)
        self.right, self.wrong = "", ""
        if not sentences:
            return exchange.send_reply("NOT-IN-THE-DOCUMENTS")
        self.right = self.chooser.choice(sentences)
        reply = f"{self.right} [{key}]"
        wrong, cited = self.make_wrong(sentences, passages)
        if wrong:
            self.wrong = wrong
            reply += f" {wrong}" + (f" [{cited}]" if cited else "")
        return exchange.send_reply(reply)

    def make_wrong(self, sentences: list[str], passages: list[tuple[str, str]]) -> tuple[str, str]:
        key = passages[0][0]
        others = [sentence for sentence in sentences if sentence != self.right] or sentences
        match self.kind:
            case "another passage is cited":
                elsewhere = [name for name, told in passages if others[0] not in told]
                return (others[0], self.chooser.choice(elsewhere)) if elsewhere else ("", "")
            case "a number, a name or a negation is changed":
                whole = "\n".join(told for _, told in passages)
                changed = (
                    made for other in others for made in make_wrong(other, whole, self.chooser) if made not in whole
                )
                return next(changed, ""), key
            case "the claim is invented":
                return self.chooser.choice(INVENTED), key
            case "the quotation is invented":
                return f"As it is put there, “{self.chooser.choice(INVENTED).lower().rstrip('.')}”.", key
            case "nothing is cited":
                return self.chooser.choice(INVENTED), ""
            case "the key is made up":
                return others[0], "99"
        raise ValueError(self.kind)


KINDS = (
    "another passage is cited",
    "a number, a name or a negation is changed",
    "the claim is invented",
    "the quotation is invented",
    "nothing is cited",
    "the key is made up",
)


def pick_sentences(text: str) -> list[str]:
    """The whole sentences of a passage that can stand in a reply."""
    found = [text[start:end] for start, end in find_sentences(text)]
    return [each for each in found if len(each) >= 40 and each.endswith(".") and not re.search(r"[\[\]\n]", each)]


@contextmanager
def bundled_index() -> Iterator[PassageIndex]:
    """An index of the bundled article, for a while."""
    embeddings = build_embeddings(read_settings())
    with tempfile.TemporaryDirectory() as folder:
        ingest_paths([ROOT / "data" / "articles"], directory=Path(folder), embeddings=embeddings)
        yield PassageIndex(Path(folder), embeddings)


def run_script(index: PassageIndex, questions: list[Question], kind: str) -> tuple[Tally, list[Answer]]:
    script, tally, answers = Script(kind), Tally(), []
    with api.serve(script) as server:
        settings = read_settings(chat_base_url=server.url, chat_model="test-model", chat_timeout=60.0)
        chain = build_chain(index, settings=settings)
        for question in tqdm(questions, desc=kind, file=sys.stderr):
            answer = chain.invoke(question)
            answers.append(answer)
            tally.withheld += answer.abstained and bool(script.right)
            for written, is_wrong in ((script.right, False), (script.wrong, True)):
                if not written:
                    continue
                shown = [each for each in answer.sentences if written[:-1] in each.text]
                marked = not shown or all(each.supported is False for each in shown)
                if is_wrong:
                    numbers = {number for each in shown for number in each.citations}
                    quotes = [each for each in answer.citations if each.number in numbers]
                    marked = marked or all(each.origin == "found" and written in each.passage.text for each in quotes)
                    tally.wrong, tally.caught = tally.wrong + 1, tally.caught + marked
                    for citation in quotes:
                        tally.statuses[citation.status] = tally.statuses.get(citation.status, 0) + 1
                else:
                    tally.right, tally.doubted = tally.right + 1, tally.doubted + marked
    return tally, answers


def build_judges(spans: SpanReader) -> list[Judge]:
    """Who says whether a quote entails a sentence, for ALCE's figures."""
    estimate = build_support_estimator(spans.judge)

    def judge(text: str, sentence: str) -> float:
        return estimate([CitedClaim(sentence, (), (Passage(Span("evidence", 0, max(1, len(text))), text),))])[0].support

    return [
        Judge("shared words", lambda text, sentence: measure_support(sentence, [text]), threshold=0.6),
        Judge("the judge", judge, threshold=SUPPORTED),
    ]


def count_valid_quotes(answers: list[Answer], texts: Mapping[str, str]) -> tuple[int, int]:
    cited = [citation for answer in answers for citation in answer.citations]
    valid = [texts[each.span.document_id][each.span.start : each.span.end] == each.quote for each in cited]
    return sum(valid), len(valid)


def show_alce(name: str, answers: list[Answer], judges: list[Judge]) -> None:
    figures = []
    for judge in judges:
        told = [read_sentences(answer, find_sentences) for answer in answers if not answer.abstained]
        recalls = [value for each in told if (value := measure_recall(each, judge)) is not None]
        precisions = [value for each in told if (value := measure_precision(each, judge)) is not None]
        figures.append(f"{100 * mean(recalls):5.1f} / {100 * mean(precisions):5.1f}" if recalls else "-")
    print(f"{name:44} {len(answers):8} {'   '.join(f'{each:>15}' for each in figures)}")


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="report", choices=("develop", "report"))
    options = parser.parse_args(arguments)
    judges = build_judges(SpanReader())
    with bundled_index() as index:
        texts = {record.id: index.document(record.id).text for record in index.documents()}
        asked = prepare_questions(ROOT / "data" / "questions" / "hanoi-summit.jsonl", texts, split=options.split)
        questions = [each for each in asked if each.answers]
        runs: dict[str, tuple[Tally, list[Answer]]] = {}
        quoting = build_chain(index, settings=read_settings())
        bar = partial(tqdm, questions, file=sys.stderr)
        everything: dict[str, list[Answer]] = {
            "quoting answerer": [quoting.invoke(each) for each in bar(desc="quoting")]
        }
        for kind in KINDS:
            runs[kind] = run_script(index, questions, kind)
            everything[kind] = runs[kind][1]
        print(f"{len(questions)} answerable questions of the {options.split} split\n")
        valid, cited = (
            sum(column)
            for column in zip(*(count_valid_quotes(each, texts) for each in everything.values()), strict=True)
        )
        print(f"quotes that equal the source: {valid} of {cited}\n")
        print(
            f"{'ALCE recall / precision, judged by':44} {'answers':>8} {'   '.join(f'{judge.name:>15}' for judge in judges)}"
        )
        for name, answers in everything.items():
            show_alce(name, answers, judges)
        print(
            f"\n{'wrong on purpose':44} {'wrong':>6} {'caught':>7} {'right':>6} {'doubted':>8}  statuses of what the wrong cite"
        )
        for kind, (tally, _) in runs.items():
            statuses = ", ".join(f"{count} {name}" for name, count in sorted(tally.statuses.items()))
            caught, doubted = 100 * tally.caught / max(1, tally.wrong), 100 * tally.doubted / max(1, tally.right)
            print(f"{kind:44} {tally.wrong:6} {caught:6.1f}% {tally.right:6} {doubted:7.1f}%  {statuses}")


if __name__ == "__main__":
    main()
