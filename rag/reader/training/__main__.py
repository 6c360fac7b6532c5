"""``python -m rag.reader.training``: train the span model, and measure it on a set in SQuAD's JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_cache_path

from rag.errors import FootnoteError

if TYPE_CHECKING:
    from rag.reader.span_model import SpanModel
    from rag.reader.training.squad_data import Dataset
    from rag.reader.training.train import Recipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what goes wrong is one line."""
    options = read_options(arguments)
    try:
        options.run(options)
    except FootnoteError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return 0


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ``run`` is the command."""
    parser = argparse.ArgumentParser(prog="python -m rag.reader.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train the span model, and write its weights")
    train.add_argument("--share", type=float, default=1.0, help="of each recipe, for a trial; 1 is all of it")
    train.add_argument(
        "--members", type=int, choices=(1, 2, 3), default=3, help="how many recipes to train and average"
    )
    begin = train.add_mutually_exclusive_group()
    begin.add_argument("--teacher", type=Path, metavar="DIR", help="an encoder to train first and to learn from after")
    begin.add_argument(
        "--start", type=Path, metavar="DIR", help="weights to go on from: only the last recipes are learnt"
    )
    train.add_argument("--checkpoints", type=Path, default=user_cache_path("footnote") / "reader", metavar="DIR")
    train.add_argument("--out", type=Path, metavar="DIR", help="where to write the weights; by default, the package")
    train.set_defaults(run=run_train)
    train.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    evaluate = commands.add_parser("evaluate", help="the span model's figures on one file")
    evaluate.add_argument("file", type=Path, help="a question set in SQuAD's JSON, 1.1 or 2.0")
    evaluate.set_defaults(run=run_evaluate)
    graph = commands.add_parser("graph", help="write the encoder's graph for ONNX Runtime, which holds no weights")
    graph.set_defaults(run=run_graph)
    return parser.parse_args(arguments)


def run_train(options: argparse.Namespace) -> None:
    """Train, or go on training, and write the average of the last recipes' weights."""
    from rag.encoder.tokens import build_tokenizer
    from rag.index.embeddings import find_default_model
    from rag.reader.span_model import build_span_model, read_span_model, save_weights
    from rag.reader.training.squad_data import build_dataset, hold_out, read_articles
    from rag.reader.training.support_head import refit_support
    from rag.reader.training.teacher import build_teacher
    from rag.reader.training.train import MEMBERS, TEACHER, WITH_DIALOGUES, WITH_TEACHER, average, shorten_recipe, train
    from rag.reader.training.validation import measure_held_out
    from rag.reader.weights import CARD_FILE, WEIGHTS_FILE

    folder = find_default_model()
    teacher = build_teacher(str(options.teacher), folder, dropout=TEACHER.dropout) if options.teacher else None
    model, facts = None, {}
    if options.start:
        model = read_span_model(folder, options.start / WEIGHTS_FILE.name, options.start / CARD_FILE.name)
        facts = read_recipe_facts(options.start / CARD_FILE.name)
    tokenizer = build_tokenizer(folder)
    learning, kept_out = hold_out(read_articles(options.data / "squad" / "train-v2.0-rebuilt.json"))
    dataset = read_training_data(options.data, learning, tokenizer)

    def train_all(
        recipes: Sequence[Recipe], name: str, start: SpanModel | None, teacher: SpanModel | None
    ) -> tuple[SpanModel, list[dict[str, Any]]]:
        trained = []
        shortened = [shorten_recipe(recipe, options.share) for recipe in recipes[: options.members]]
        for number, recipe in enumerate(shortened, 1):
            print(f"{name} {number} of {len(shortened)}: {recipe}", file=sys.stderr)
            model = build_span_model(folder, dropout=recipe.dropout)
            if start is not None:
                model.load_state_dict(start.state_dict())
            train(model, dataset, recipe, options.checkpoints / f"{name}-{number}", teacher)
            trained.append(model.state_dict())
        model = build_span_model(folder)
        model.load_state_dict(average(trained))
        return model.eval(), [asdict(recipe) for recipe in shortened]

    if model is None:
        model, facts["average_of"] = train_all(MEMBERS, "recipe", None, None)
        if teacher is not None:
            recipe = shorten_recipe(TEACHER, options.share)
            print(f"teacher: {recipe}", file=sys.stderr)
            train(teacher, dataset, recipe, options.checkpoints / "teacher")
            facts["teacher"] = asdict(recipe)
            model, facts["then_taught_and_averaged"] = train_all(WITH_TEACHER, "taught", model, teacher)
    before = model
    model, facts["then_talked_and_averaged"] = train_all(WITH_DIALOGUES, "talked", before, before)
    refit_support(model, before, dataset.claims)
    held_out = measure_held_out(model, build_dataset(kept_out, tokenizer))
    out = options.out or WEIGHTS_FILE.parent
    out.mkdir(parents=True, exist_ok=True)
    save_weights(model, out / WEIGHTS_FILE.name, out / CARD_FILE.name, facts | {"held_out": held_out})
    print(json.dumps(held_out))
    print(
        f"wrote {out / WEIGHTS_FILE.name}; next: python tests/benchmarks/fit_answers.py --data {options.data} --write",
        file=sys.stderr,
    )


def read_training_data(data: Path, articles: Sequence[Any], tokenizer: Any) -> Dataset:
    """All that is learnt from: articles in SQuAD's JSON, claims, and dialogues."""
    from dataclasses import replace

    from rag.reader.training.claims import encode_claims, read_claims
    from rag.reader.training.dialogues import encode_dialogues, read_dialogues
    from rag.reader.training.squad_data import build_dataset

    dialogues = encode_dialogues(read_dialogues(data, "even"), tokenizer)
    dataset = build_dataset(articles, tokenizer)
    claims = read_claims(data, [paragraph.text for paragraph in dataset.paragraphs])
    return replace(dataset, claims=encode_claims(claims, tokenizer), dialogues=dialogues)


def read_recipe_facts(card: Path) -> dict[str, Any]:
    """What a card says about how its weights were trained, without the last recipes."""
    facts = json.loads(card.read_text(encoding="utf-8"))
    return {name: facts[name] for name in ("average_of", "teacher", "then_taught_and_averaged") if name in facts}


def run_evaluate(options: argparse.Namespace) -> None:
    """Print the figures of one file as JSON."""
    from rag.reader.scoring import load_threshold
    from rag.reader.span_reader import SpanReader
    from rag.reader.training.evaluation import evaluate

    print(json.dumps(evaluate(options.file, SpanReader(), load_threshold())))


def run_graph(options: argparse.Namespace) -> None:
    """Write the graph into the package."""
    from rag.encoder.bert import GRAPH
    from rag.reader.training.graph import write_graph

    write_graph(GRAPH)
    print(f"wrote {GRAPH.name}: {GRAPH.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
