"""Training the span model: ``python -m rag.reader.training train --data DIR``. Goes on from its last checkpoint when ended."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from rag.encoder.processor import has_bfloat16
from rag.reader.span_model import SpanModel
from rag.reader.training.batches import HostBatch, build_host_batch
from rag.reader.training.examples import ExampleBuilder
from rag.reader.training.loss import measure_loss
from rag.reader.training.plan import Step, plan_steps
from rag.reader.training.squad_data import Dataset

KEEP_EVERY = 120.0
"""Seconds between checkpoints."""

WARM_UP = 0.03
"""The share of the steps in which the learning rate rises; after that it falls to nothing, in a straight line."""

WORKERS = 4
"""Processes that load_batches examples for a GPU; a CPU prepares them between its steps."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What training does; the same recipe and seed give the same weights on the same machine (on a GPU, nearly).

    ``cut``, ``whole``, ``groups``, ``claims`` and ``dialogues`` count questions, and ``batch`` passages, as ``plan_steps``
    takes them; ``altered`` is the share of questions over single passages that only a teacher can judge, as ``ExampleBuilder``
    takes it.
    """

    cut: int
    whole: int
    groups: int
    claims: int = 0
    dialogues: int = 0
    seed: int = 0
    batch: int = 96
    learning_rate: float = 2e-4
    weight_decay: float = 0.01
    dropout: float = 0.0
    altered: float = 0.0


MEMBERS = (
    Recipe(131_000, 310_560, 29_064, 112_704, seed=1, learning_rate=2e-4, dropout=0.1),
    Recipe(131_000, 306_144, 28_260, 116_640, seed=2, learning_rate=4e-4, dropout=0.1),
    Recipe(131_000, 323_328, 31_284, 119_616, seed=3, learning_rate=3e-4, dropout=0.0),
)
"""The first recipes. The mean of their weights is better than any one of them (Wortsman et al., ICML 2022).

On an H200 GPU, the three side by side took six minutes; how much each learnt is what it got through in that time.
"""

TEACHER = Recipe(26_400, 118_752, 9_900, 39_552, seed=0, learning_rate=6e-5, dropout=0.1)
"""The teacher's own: three minutes on the same GPU."""

WITH_TEACHER = (
    Recipe(20_928, 94_464, 7_872, 31_488, seed=11, learning_rate=3e-4, dropout=0.0, altered=0.25),
    Recipe(19_296, 87_072, 7_260, 28_992, seed=12, learning_rate=2e-4, dropout=0.1, altered=0.25),
    Recipe(19_104, 86_304, 7_188, 28_704, seed=13, learning_rate=4e-4, dropout=0.0, altered=0.25),
)
"""The recipes under a teacher, from the mean of the first ones. Seven and a half minutes."""

WITH_DIALOGUES = (
    Recipe(2_000, 7_000, 900, 1_600, 7_600, seed=31, batch=48, learning_rate=6e-5),
    Recipe(2_000, 7_000, 900, 1_600, 7_600, seed=32, batch=48, learning_rate=6e-5),
)
"""The last recipes, with dialogues, from the mean of those; what the model was itself is their teacher for all but the dialogues,
so that nothing else is unlearnt. The mean of these is shipped. A quarter of an hour each on two cores with matrix units.
"""


def shorten_recipe(recipe: Recipe, share: float) -> Recipe:
    """The same recipe with a share of its questions."""
    counts = {name: round(share * getattr(recipe, name)) for name in ("cut", "whole", "groups", "claims", "dialogues")}
    return replace(recipe, **counts)


def average(members: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of models' weights, name by name."""
    return {name: torch.stack([member[name].float() for member in members]).mean(0) for name in members[0]}


def train(model: SpanModel, dataset: Dataset, recipe: Recipe, folder: Path, teacher: SpanModel | None = None) -> None:
    """Train in place, on a GPU where there is one.

    Args:
        model: changed in place; ends on the CPU.
        dataset: what is learnt from.
        recipe: how much of it, and how.
        folder: for the checkpoint, from which the next call goes on, and ``log.jsonl``: a line every 50 steps.
        teacher: a trained one, to be like.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    steps = plan_steps(
        dataset,
        cut=recipe.cut,
        whole=recipe.whole,
        groups=recipe.groups,
        claims=recipe.claims,
        dialogues=recipe.dialogues,
        batch=recipe.batch,
        seed=recipe.seed,
    )
    model.to(device).train()
    if teacher is not None:
        teacher.to(device).eval()
    attention = model.encoder.config._attn_implementation
    if device == "cpu" and has_bfloat16():  # there, the fused one takes a third longer; without, it takes a third less
        model.encoder.set_attn_implementation("eager")
    torch.backends.cuda.enable_cudnn_sdp(False)  # it makes a new plan for every shape, which takes longer than the step
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(
        learning, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=device == "cuda"
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, len(steps)))
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    done = _resume(checkpoint, recipe, model, optimizer, schedule)
    log = (folder / "log.jsonl").open("a", encoding="utf-8")
    started = kept = time.monotonic()
    losses, tokens = [], 0
    workers = WORKERS if device == "cuda" else 0
    with log, tqdm(total=len(steps), initial=done, unit="batch", mininterval=5) as bar:
        for number, host_batch in enumerate(load_batches(dataset, steps[done:], recipe.altered, workers), done):
            torch.manual_seed(recipe.seed + number)  # dropout draws the same whether training was cut off or not
            loss = measure_loss(model, host_batch.to(device), teacher)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learning, 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.detach())
            tokens += host_batch.ids.size
            bar.update()
            if (number + 1) % 50 == 0:
                speed = round(tokens / (time.monotonic() - started))
                line = {
                    "step": number + 1,
                    "kind": host_batch.kind,
                    "loss": round(float(torch.stack(losses).mean()), 4),
                }
                log.write(json.dumps(line | {"tokens_per_second": speed}) + "\n")
                log.flush()
                bar.set_postfix(loss=line["loss"], tokens_per_second=speed)
                losses.clear()
            if time.monotonic() - kept >= KEEP_EVERY or number + 1 == len(steps):
                _keep(checkpoint, recipe, number + 1, model, optimizer, schedule)
                kept = time.monotonic()
    model.encoder.set_attn_implementation(attention)
    model.to("cpu").eval()


def load_batches(dataset: Dataset, steps: Sequence[Step], altered: float, workers: int) -> Iterator[HostBatch]:
    """The examples of the steps, in order."""
    yield from torch.utils.data.DataLoader(
        _Examples(ExampleBuilder(dataset, altered), steps),
        batch_size=None,
        num_workers=workers,
        prefetch_factor=16 if workers else None,
        collate_fn=_as_it_is,  # type: ignore[arg-type]
    )


class _Examples(torch.utils.data.Dataset[HostBatch]):
    def __init__(self, builder: ExampleBuilder, steps: Sequence[Step]):
        self._tutor, self._steps = builder, steps

    def __len__(self) -> int:
        return len(self._steps)

    def __getitem__(self, number: int) -> HostBatch:
        return build_host_batch(self._steps[number].kind, self._tutor.examples(self._steps[number]))


def _as_it_is(host_batch: HostBatch) -> HostBatch:
    return host_batch


def _rate(step: int, steps: int) -> float:
    warm = max(1, round(WARM_UP * steps))
    return (step + 1) / warm if step < warm else max(0.0, (steps - step) / max(1, steps - warm))


def _keep(path: Path, recipe: Recipe, step: int, model: SpanModel, optimizer: Any, schedule: Any) -> None:
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
    half = path.with_suffix(".new")
    torch.save({"recipe": asdict(recipe), "step": step} | state, half)
    half.replace(path)


def _resume(path: Path, recipe: Recipe, model: SpanModel, optimizer: Any, schedule: Any) -> int:
    """Take up a checkpoint of the same recipe; the number of steps that are done."""
    if not path.is_file():
        return 0
    kept = torch.load(path, weights_only=True)
    if kept.get("recipe") != asdict(recipe):
        return 0
    model.load_state_dict(kept["model"])
    optimizer.load_state_dict(kept["optimizer"])
    schedule.load_state_dict(kept["schedule"])
    return int(kept["step"])
