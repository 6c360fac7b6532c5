"""Training the span model: ``python -m rag.reader train --data DIR``. Goes on from its last checkpoint when ended."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from rag.models import has_bfloat16
from rag.reader.dataset import Dataset
from rag.reader.lessons import Lesson, Step, Tutor, plan_steps
from rag.reader.model import SpanModel, build_batch

KEEP_EVERY = 250
"""Steps between checkpoints."""

WARM_UP = 0.03
"""The share of the steps in which the learning rate rises; after that it falls to nothing, in a straight line."""

GROUP_SINGLES = 0.3
"""How much each passage of a group weighs by itself, beside the group as a whole."""


@dataclass(frozen=True, slots=True)
class Course:
    """What training does; the same course and seed give the same weights on the same machine.

    ``cut``, ``whole`` and ``groups`` count questions, as ``plan_steps`` takes them.
    """

    cut: int
    whole: int
    groups: int
    seed: int = 0
    learning_rate: float = 2e-4
    weight_decay: float = 0.01


def train(model: SpanModel, dataset: Dataset, course: Course, folder: Path) -> None:
    """Train in place, on a GPU where there is one.

    Args:
        model: changed in place; ends on the CPU.
        dataset: what is learnt from.
        course: how much of it, and how.
        folder: for the checkpoint, from which the next call goes on, and ``log.jsonl``: a line every 50 steps.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    steps = plan_steps(dataset, cut=course.cut, whole=course.whole, groups=course.groups, seed=course.seed)
    torch.manual_seed(course.seed)
    torch.nn.init.normal_(model.head.weight, std=0.02)
    torch.nn.init.zeros_(model.head.bias)
    model.to(device).train()
    model.encoder.set_attn_implementation("eager")  # on a CPU, the backward pass of the fused one takes thrice as long
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=course.learning_rate, weight_decay=course.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, len(steps)))
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    done = _resume(checkpoint, course, model, optimizer, schedule)
    tutor = Tutor(dataset)
    log = (folder / "log.jsonl").open("a", encoding="utf-8")
    started, recent, tokens = time.monotonic(), [], 0
    with log, tqdm(total=len(steps), initial=done, unit="batch", mininterval=5) as bar:
        for number in range(done, len(steps)):
            loss, length = _learn(model, tutor.lessons(steps[number]), steps[number], device)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learning, 1.0)
            optimizer.step()
            schedule.step()
            recent.append(float(loss.detach()))
            tokens += length
            bar.update()
            if (number + 1) % 50 == 0:
                seconds = time.monotonic() - started
                line = {"step": number + 1, "kind": steps[number].kind, "loss": round(sum(recent) / len(recent), 4)}
                log.write(json.dumps(line | {"tokens_per_second": round(tokens / seconds)}) + "\n")
                log.flush()
                bar.set_postfix(loss=line["loss"], tokens_per_second=round(tokens / seconds))
                recent.clear()
            if (number + 1) % KEEP_EVERY == 0 or number + 1 == len(steps):
                _keep(checkpoint, course, number + 1, model, optimizer, schedule)
    model.encoder.set_attn_implementation("sdpa")
    model.to("cpu").eval()


def _learn(model: SpanModel, lessons: Sequence[Sequence[Lesson]], step: Step, device: str) -> tuple[Tensor, int]:
    """The loss of a batch, and how many tokens it had."""
    flat = [lesson for group in lessons for lesson in group]
    batch = build_batch([(lesson.question, lesson.passage) for lesson in flat]).to(device)
    is_fast = device == "cuda" or has_bfloat16()
    with torch.autocast(device, torch.bfloat16) if is_fast else contextlib.nullcontext():
        starts, ends = model(batch)
    right = [_mark(flat, starts.shape, side).to(device) for side in (0, 1)]
    single = (_miss(starts, right[0]) + _miss(ends, right[1])) / 2
    if step.kind != "group":
        return single.mean(), batch.ids.numel()
    sizes = [len(group) for group in lessons]
    together = [
        (_miss_together(own_starts, own_right[0]) + _miss_together(own_ends, own_right[1])) / 2
        for own_starts, own_ends, *own_right in zip(
            *(torch.split(part, sizes) for part in (starts, ends, *right)), strict=True
        )
    ]
    return torch.stack(together).mean() + GROUP_SINGLES * single.mean(), batch.ids.numel()


def _mark(lessons: Sequence[Lesson], shape: torch.Size, side: int) -> Tensor:
    """Which tokens are right as the start (side 0) or the end (side 1) of an answer: ``[CLS]`` where there is none."""
    right = torch.zeros(shape, dtype=torch.bool)
    for row, lesson in enumerate(lessons):
        first = len(lesson.question) + 2
        for place in lesson.places:
            right[row, first + (place[0] if side == 0 else place[1] - 1)] = True
        if not lesson.places:
            right[row, 0] = True
    return right


def _miss(scores: Tensor, right: Tensor) -> Tensor:
    """Minus the log of the probability that falls on right tokens, wherever the answer's text stands: shape (rows,)."""
    return scores.logsumexp(-1) - scores.masked_fill(~right, -torch.inf).logsumexp(-1)


def _miss_together(scores: Tensor, right: Tensor) -> Tensor:
    """The same over all passages of a group, with one "not here": that of the passage that is least sure of it.

    Clark and Gardner, ACL 2018 (shared normalisation).
    """
    nowhere = scores[:, 0].min()
    everything = torch.cat([nowhere[None], scores[:, 1:].flatten()])
    held = torch.cat([(right[:, 0].all())[None], right[:, 1:].flatten()])
    return everything.logsumexp(0) - everything.masked_fill(~held, -torch.inf).logsumexp(0)


def _rate(step: int, steps: int) -> float:
    warm = max(1, round(WARM_UP * steps))
    return (step + 1) / warm if step < warm else max(0.0, (steps - step) / max(1, steps - warm))


def _keep(path: Path, course: Course, step: int, model: SpanModel, optimizer: Any, schedule: Any) -> None:
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
    half = path.with_suffix(".new")
    torch.save({"course": asdict(course), "step": step} | state, half)
    half.replace(path)


def _resume(path: Path, course: Course, model: SpanModel, optimizer: Any, schedule: Any) -> int:
    """Take up a checkpoint of the same course; the number of steps that are done."""
    if not path.is_file():
        return 0
    kept = torch.load(path, weights_only=True)
    if kept["course"] != asdict(course):
        return 0
    model.load_state_dict(kept["model"])
    optimizer.load_state_dict(kept["optimizer"])
    schedule.load_state_dict(kept["schedule"])
    return int(kept["step"])
