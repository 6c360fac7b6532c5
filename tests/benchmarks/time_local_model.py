"""A chat model of this machine, asked about the bundled article: tokens read, seconds to the first words, and what it says.

python tests/benchmarks/time_local_model.py --model NAME|FILE [--questions N] [--whole] [--split develop]

``--whole`` tells it whole passages in place of excerpts. Each answer is printed with the marks that Footnote gives its
sentences. Needs what ``make local-model`` brings.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from ingest.pipeline import ingest_paths
from rag.answer.quoting import build_answerer, build_reader
from rag.answer.writing import build_writer
from rag.chain import build_chain
from rag.errors import FootnoteError
from rag.evaluation import prepare_questions
from rag.index.embeddings import build_embeddings
from rag.index.passage_index import PassageIndex
from rag.llm.chat_model import build_chat_model, find_timeout
from rag.reader.span_reader import share_reader
from rag.settings import read_settings
from rag.types import Answer
from ui.render.terminal import render_answer

ROOT = Path(__file__).parents[2]


def show(answer: Answer) -> None:
    print(f"\n### {answer.question}\n{render_answer(answer, width=120)}")
    for sentence in answer.sentences:
        print(f"   {sentence.verdict} {sentence.support}: {sentence.text[:90]!r} {sentence.reason}")


def main(arguments: list[str] | None = None) -> None:
    """Ask, and print answers and times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="as behind local: in FOOTNOTE_CHAT_MODEL")
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--split", default="report", choices=("develop", "report"))
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args(arguments)
    settings = read_settings(chat_model=f"local:{options.model}")
    embeddings, spans = build_embeddings(settings), share_reader()
    with tempfile.TemporaryDirectory() as folder:
        ingest_paths([ROOT / "data" / "articles"], directory=Path(folder), embeddings=embeddings)
        index = PassageIndex(Path(folder), embeddings)
        texts = {record.id: index.document(record.id).text for record in index.documents()}
        asked = prepare_questions(ROOT / "data" / "questions" / "hanoi-summit.jsonl", texts, split=options.split)
        model = build_chat_model(settings)
        assert model is not None
        quoting = build_answerer(build_reader(embeddings, spans), abstain_below=settings.abstain_below)
        whole = build_writer(model, fallback=quoting, model_name=options.model, timeout=find_timeout(settings))
        chain = build_chain(index, settings=settings, answer=whole if options.whole else None)
        began = time.perf_counter()
        model.invoke("Reply with the one word: ready")
        print(f"ready after {time.perf_counter() - began:.1f} s", flush=True)
        firsts: list[float] = []
        totals: list[float] = []
        read: list[float] = []
        written: list[float] = []
        for question in [each for each in asked if each.answers][:: max(1, len(asked) // 2 // options.questions)]:
            if len(totals) == options.questions:
                break
            began, first, answer = time.perf_counter(), 0.0, None
            for answer in chain.stream(question):
                first = first or (time.perf_counter() - began if answer.text else 0.0)
            assert answer is not None
            firsts.append(first)
            totals.append(time.perf_counter() - began)
            if answer.usage:
                read.append(answer.usage.input_tokens)
                written.append(answer.usage.output_tokens)
            show(answer)
            sys.stdout.flush()
    print(
        f"\n{len(totals)} questions; medians: {median(read):.0f} tokens read, {median(written):.0f} written; first words"
    )
    print(f"after {median(firsts):.1f} s, the whole answer after {median(totals):.1f} s")


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"time_local_model: {error}")
