"""Training the span model: ``python -m rag.reader train --data DIR``. Goes on from its last checkpoint when ended."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from tqdm import tqdm

from rag.models import has_bfloat16
from rag.reader.dataset import Dataset
from rag.reader.lessons import Kind, Lesson, Step, Tutor, plan_steps
from rag.reader.model import IMPOSSIBLE, Batch, SpanModel, lay_out, pad_pairs

KEEP_EVERY = 120.0
"""Seconds between checkpoints."""

WARM_UP = 0.03
"""The share of the steps in which the learning rate rises; after that it falls to nothing, in a straight line."""

GROUP_SINGLES = 0.3
"""How much each passage of a group weighs by itself, beside the group as a whole."""

WORKERS = 4
"""Processes that prepare lessons for a GPU; a CPU prepares them between its steps."""


@dataclass(frozen=True, slots=True)
class Course:
    """What training does; the same course and seed give the same weights on the same machine (on a GPU, nearly).

    ``cut``, ``whole``, ``groups`` and ``claims`` count questions, and ``batch`` passages, as ``plan_steps`` takes them.
    """

    cut: int
    whole: int
    groups: int
    claims: int = 0
    seed: int = 0
    batch: int = 96
    learning_rate: float = 2e-4
    weight_decay: float = 0.01
    dropout: float = 0.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step's lessons on a device.

    ``right_starts`` and ``right_ends``, bool, of shape (passages, tokens): where an answer may start and end, ``[CLS]``
    where there is none. ``supported`` of shape (passages,). ``slots``: int64, of shape (groups, passages at most), the rows
    of each group's passages, -1 where it has fewer; without groups, each passage is one.
    """

    kind: Kind
    batch: Batch
    right_starts: Tensor
    right_ends: Tensor
    supported: Tensor
    slots: Tensor


class Sheet(NamedTuple):
    """A step's lessons as small NumPy arrays: tensors take so long from process to process that a GPU would wait.

    ``starts`` and ``ends`` are rows and columns of what is right, of shape (2, n); the others as in ``Prepared`` and
    ``pad_pairs``.
    """

    kind: Kind
    ids: Any
    firsts: Any
    lengths: Any
    starts: Any
    ends: Any
    supported: Any
    slots: Any

    def to(self, device: str) -> Prepared:
        """Unfold it on a device."""
        ids, firsts, lengths, starts, ends, supported, slots = (
            torch.from_numpy(part).to(device, non_blocking=True) for part in self[1:]
        )
        marks = torch.zeros((2, *ids.shape), dtype=torch.bool, device=ids.device)
        for mark, (rows, columns) in zip(marks, (starts, ends), strict=True):
            mark[rows, columns] = True
        return Prepared(self.kind, lay_out(ids, firsts, lengths), marks[0], marks[1], supported, slots)


MEMBERS = (
    Course(131_000, 310_560, 29_064, 112_704, seed=1, learning_rate=2e-4, dropout=0.1),
    Course(131_000, 306_144, 28_260, 116_640, seed=2, learning_rate=4e-4, dropout=0.1),
    Course(131_000, 323_328, 31_284, 119_616, seed=3, learning_rate=3e-4, dropout=0.0),
)
"""The courses whose weights are averaged into the shipped ones: better than any one of them (Wortsman et al., ICML 2022).

On an H200 GPU, the three side by side took six minutes; how much each learnt is what it got through in that time.
"""


def shorten_course(course: Course, share: float) -> Course:
    """The same course with a share of its questions."""
    counts = {name: round(share * getattr(course, name)) for name in ("cut", "whole", "groups", "claims")}
    return replace(course, **counts)


def average(members: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of models' weights, name by name."""
    return {name: torch.stack([member[name].float() for member in members]).mean(0) for name in members[0]}


def train(model: SpanModel, dataset: Dataset, course: Course, folder: Path) -> None:
    """Train in place, on a GPU where there is one.

    Args:
        model: changed in place; ends on the CPU.
        dataset: what is learnt from.
        course: how much of it, and how.
        folder: for the checkpoint, from which the next call goes on, and ``log.jsonl``: a line every 50 steps.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    steps = plan_steps(
        dataset,
        cut=course.cut,
        whole=course.whole,
        groups=course.groups,
        claims=course.claims,
        batch=course.batch,
        seed=course.seed,
    )
    torch.manual_seed(0)  # whatever the course, so that the weights of several can be averaged
    for head in (model.head, model.support):
        torch.nn.init.normal_(head.weight, std=0.02)
        torch.nn.init.zeros_(head.bias)
    model.to(device).train()
    if device == "cpu":  # there, the backward pass of the fused one takes thrice as long
        model.encoder.set_attn_implementation("eager")
    torch.backends.cuda.enable_cudnn_sdp(False)  # it makes a new plan for every shape, which takes longer than the step
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(
        learning, lr=course.learning_rate, weight_decay=course.weight_decay, fused=device == "cuda"
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, len(steps)))
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    done = _resume(checkpoint, course, model, optimizer, schedule)
    log = (folder / "log.jsonl").open("a", encoding="utf-8")
    started = kept = time.monotonic()
    losses, tokens = [], 0
    with log, tqdm(total=len(steps), initial=done, unit="batch", mininterval=5) as bar:
        for number, sheet in enumerate(prepare(dataset, steps[done:], WORKERS if device == "cuda" else 0), done):
            torch.manual_seed(course.seed + number)  # dropout draws the same whether training was cut off or not
            loss = _learn(model, sheet.to(device))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learning, 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.detach())
            tokens += sheet.ids.size
            bar.update()
            if (number + 1) % 50 == 0:
                speed = round(tokens / (time.monotonic() - started))
                line = {"step": number + 1, "kind": sheet.kind, "loss": round(float(torch.stack(losses).mean()), 4)}
                log.write(json.dumps(line | {"tokens_per_second": speed}) + "\n")
                log.flush()
                bar.set_postfix(loss=line["loss"], tokens_per_second=speed)
                losses.clear()
            if time.monotonic() - kept >= KEEP_EVERY or number + 1 == len(steps):
                _keep(checkpoint, course, number + 1, model, optimizer, schedule)
                kept = time.monotonic()
    model.encoder.set_attn_implementation("sdpa")
    model.to("cpu").eval()


def prepare(dataset: Dataset, steps: Sequence[Step], workers: int) -> Iterator[Sheet]:
    """The lessons of the steps, in order."""
    yield from torch.utils.data.DataLoader(
        _Lessons(Tutor(dataset), steps),
        batch_size=None,
        num_workers=workers,
        prefetch_factor=16 if workers else None,
        collate_fn=_as_it_is,  # type: ignore[arg-type]
    )


class _Lessons(torch.utils.data.Dataset[Sheet]):
    def __init__(self, tutor: Tutor, steps: Sequence[Step]):
        self._tutor, self._steps = tutor, steps

    def __len__(self) -> int:
        return len(self._steps)

    def __getitem__(self, number: int) -> Sheet:
        return build_sheet(self._steps[number].kind, self._tutor.lessons(self._steps[number]))


def _as_it_is(sheet: Sheet) -> Sheet:
    return sheet


def build_sheet(kind: Kind, lessons: Sequence[Sequence[Lesson]]) -> Sheet:
    """The arrays of lessons, a list of them for each group."""
    import numpy as np

    flat = [lesson for group in lessons for lesson in group]
    slots = np.full((len(lessons), max(map(len, lessons))), -1, dtype=np.int64)
    row = 0
    for number, group in enumerate(lessons):
        slots[number, : len(group)] = range(row, row + len(group))
        row += len(group)
    ids, firsts, lengths = pad_pairs([(lesson.question, lesson.passage) for lesson in flat])
    ids = np.pad(ids, ((0, 0), (0, -ids.shape[1] % 8)))  # a GPU's attention is fast for multiples of eight
    supported = np.array([lesson.supported for lesson in flat], dtype=np.float32)
    return Sheet(kind, ids.astype(np.int32), firsts, lengths, _mark(flat, 0), _mark(flat, 1), supported, slots)


def _mark(lessons: Sequence[Lesson], side: int) -> Any:
    """Rows and tokens that are right as the start (side 0) or the end (side 1) of an answer; ``[CLS]`` if there is none."""
    import numpy as np

    right = []
    for row, lesson in enumerate(lessons):
        first = len(lesson.question) + 2
        right += [(row, first + (place[0] if side == 0 else place[1] - 1)) for place in lesson.places]
        if not lesson.places:
            right.append((row, 0))
    return np.array(right, dtype=np.int64).T.copy()


def _learn(model: SpanModel, prepared: Prepared) -> Tensor:
    """The loss of a batch."""
    device = prepared.slots.device.type
    with torch.autocast(device, torch.bfloat16) if _is_fast(device) else contextlib.nullcontext():
        if prepared.kind == "claim":
            return binary_cross_entropy_with_logits(model.judge_claims(prepared.batch), prepared.supported)
        scores = model(prepared.batch)
    loss = torch.zeros((), device=device)
    for own, right in zip(scores, (prepared.right_starts, prepared.right_ends), strict=True):
        single = _miss(own, right).mean()
        if prepared.kind == "group":
            slots = prepared.slots
            loss += _miss(join(own, slots), join_right(right, slots)).mean() / 2 + GROUP_SINGLES * single / 2
        else:
            loss += single / 2
    return loss


def _miss(scores: Tensor, right: Tensor) -> Tensor:
    """Minus the log of the probability that falls on right tokens, wherever the answer's text stands: shape (rows,)."""
    return scores.logsumexp(-1) - scores.masked_fill(~right, -torch.inf).logsumexp(-1)


def join(scores: Tensor, slots: Tensor) -> Tensor:
    """The scores of each group's passages side by side, after one "not here": that of the passage least sure of it.

    Clark and Gardner, ACL 2018 (shared normalisation). Shapes (passages, tokens) and (groups, passages of a group) ->
    (groups, 1 + passages of a group x (tokens - 1)).
    """
    rows = scores[slots].masked_fill((slots < 0)[..., None], IMPOSSIBLE)
    nowhere = rows[..., 0].masked_fill(slots < 0, -IMPOSSIBLE).amin(1)
    return torch.cat([nowhere[:, None], rows[..., 1:].flatten(1)], dim=1)


def join_right(right: Tensor, slots: Tensor) -> Tensor:
    """What is right in ``join``'s arrangement: "not here" only where no passage of the group holds the answer."""
    rows = right[slots]
    nowhere = (rows[..., 0] | (slots < 0)).all(1)
    return torch.cat([nowhere[:, None], (rows[..., 1:] & (slots >= 0)[..., None]).flatten(1)], dim=1)


def _is_fast(device: str) -> bool:
    return device == "cuda" or has_bfloat16()


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
