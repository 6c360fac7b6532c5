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

HEEDED = 0.7
"""How much what the teacher finds weighs, beside what is right."""

SOFTENED = 2.0
"""The temperature at which model and teacher are compared."""

WORKERS = 4
"""Processes that prepare lessons for a GPU; a CPU prepares them between its steps."""


@dataclass(frozen=True, slots=True)
class Course:
    """What training does; the same course and seed give the same weights on the same machine (on a GPU, nearly).

    ``cut``, ``whole``, ``groups`` and ``claims`` count questions, and ``batch`` passages, as ``plan_steps`` takes them;
    ``altered`` is the share of questions over single passages that only a teacher can judge, as ``Tutor`` takes it.
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
    altered: float = 0.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step's lessons on a device.

    ``right_starts`` and ``right_ends``, bool, of shape (passages, tokens): where an answer may start and end, ``[CLS]``
    where there is none. ``supported`` and ``certain`` of shape (passages,), as in ``Lesson``. ``slots``: int64, of shape (groups, passages at most), the rows
    of each group's passages, -1 where it has fewer; without groups, each passage is one.
    """

    kind: Kind
    batch: Batch
    right_starts: Tensor
    right_ends: Tensor
    supported: Tensor
    certain: Tensor
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
    certain: Any
    slots: Any

    def to(self, device: str) -> Prepared:
        """Unfold it on a device."""
        ids, firsts, lengths, starts, ends, supported, certain, slots = (
            torch.from_numpy(part).to(device, non_blocking=True) for part in self[1:]
        )
        marks = torch.zeros((2, *ids.shape), dtype=torch.bool, device=ids.device)
        for mark, (rows, columns) in zip(marks, (starts, ends), strict=True):
            mark[rows, columns] = True
        return Prepared(self.kind, lay_out(ids, firsts, lengths), marks[0], marks[1], supported, certain, slots)


MEMBERS = (
    Course(131_000, 310_560, 29_064, 112_704, seed=1, learning_rate=2e-4, dropout=0.1),
    Course(131_000, 306_144, 28_260, 116_640, seed=2, learning_rate=4e-4, dropout=0.1),
    Course(131_000, 323_328, 31_284, 119_616, seed=3, learning_rate=3e-4, dropout=0.0),
)
"""The first courses. The mean of their weights is better than any one of them (Wortsman et al., ICML 2022).

On an H200 GPU, the three side by side took six minutes; how much each learnt is what it got through in that time.
"""

TEACHER = Course(26_400, 118_752, 9_900, 39_552, seed=0, learning_rate=6e-5, dropout=0.1)
"""The teacher's own: three minutes on the same GPU."""

TAUGHT = (
    Course(20_928, 94_464, 7_872, 31_488, seed=11, learning_rate=3e-4, dropout=0.0, altered=0.25),
    Course(19_296, 87_072, 7_260, 28_992, seed=12, learning_rate=2e-4, dropout=0.1, altered=0.25),
    Course(19_104, 86_304, 7_188, 28_704, seed=13, learning_rate=4e-4, dropout=0.0, altered=0.25),
)
"""The courses under a teacher, from the mean of the first ones; the mean of these is shipped. Seven and a half minutes."""


def shorten_course(course: Course, share: float) -> Course:
    """The same course with a share of its questions."""
    counts = {name: round(share * getattr(course, name)) for name in ("cut", "whole", "groups", "claims")}
    return replace(course, **counts)


def average(members: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of models' weights, name by name."""
    return {name: torch.stack([member[name].float() for member in members]).mean(0) for name in members[0]}


def train(model: SpanModel, dataset: Dataset, course: Course, folder: Path, teacher: SpanModel | None = None) -> None:
    """Train in place, on a GPU where there is one.

    Args:
        model: changed in place; ends on the CPU.
        dataset: what is learnt from.
        course: how much of it, and how.
        folder: for the checkpoint, from which the next call goes on, and ``log.jsonl``: a line every 50 steps.
        teacher: a trained one, to be like.
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
    model.to(device).train()
    if teacher is not None:
        teacher.to(device).eval()
    attention = model.encoder.config._attn_implementation
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
    workers = WORKERS if device == "cuda" else 0
    with log, tqdm(total=len(steps), initial=done, unit="batch", mininterval=5) as bar:
        for number, sheet in enumerate(prepare(dataset, steps[done:], course.altered, workers), done):
            torch.manual_seed(course.seed + number)  # dropout draws the same whether training was cut off or not
            loss = _learn(model, sheet.to(device), teacher)
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
    model.encoder.set_attn_implementation(attention)
    model.to("cpu").eval()


def prepare(dataset: Dataset, steps: Sequence[Step], altered: float, workers: int) -> Iterator[Sheet]:
    """The lessons of the steps, in order."""
    yield from torch.utils.data.DataLoader(
        _Lessons(Tutor(dataset, altered), steps),
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
    certain = np.array([lesson.certain for lesson in flat], dtype=np.float32)
    return Sheet(kind, ids.astype(np.int32), firsts, lengths, _mark(flat, 0), _mark(flat, 1), supported, certain, slots)


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


def _learn(model: SpanModel, prepared: Prepared, teacher: SpanModel | None = None) -> Tensor:
    """The loss of a batch: by what is right, and by what the teacher finds likely where there is one."""
    device = prepared.slots.device.type
    with torch.autocast(device, torch.bfloat16) if _is_fast(device) else contextlib.nullcontext():
        if prepared.kind == "claim":
            logits = model.judge_claims(prepared.batch)
            targets = prepared.supported
            if teacher is not None:
                with torch.no_grad():
                    taught = teacher.judge_claims(prepared.batch).sigmoid()
                targets = HEEDED * taught + (1 - HEEDED) * targets
            return binary_cross_entropy_with_logits(logits, targets)
        scores = model(prepared.batch)
        if teacher is None:
            return _miss_right(scores, prepared)
        with torch.no_grad():
            taught_scores = teacher(prepared.batch)
    return (1 - HEEDED) * _miss_right(scores, prepared) + HEEDED * _miss_teacher(scores, taught_scores, prepared)


def _miss_right(scores: Sequence[Tensor], prepared: Prepared) -> Tensor:
    """The mean over starts and ends of ``_miss``: of groups where there are any, and of single passages."""
    loss = torch.zeros((), device=prepared.slots.device)
    for own, right in zip(scores, (prepared.right_starts, prepared.right_ends), strict=True):
        single = (_miss(own, right) * prepared.certain).sum() / prepared.certain.sum().clamp(min=1)
        if prepared.kind == "group":
            slots = prepared.slots
            loss += _miss(join(own, slots), join_right(right, slots)).mean() / 2 + GROUP_SINGLES * single / 2
        else:
            loss += single / 2
    return loss


def _miss_teacher(scores: Sequence[Tensor], taught: Sequence[Tensor], prepared: Prepared) -> Tensor:
    """The same beside a teacher's scores: how far the softened distributions are apart (Kullback and Leibler)."""
    loss = torch.zeros((), device=prepared.slots.device)
    for own, other in zip(scores, taught, strict=True):
        single = _part(own, other).mean()
        if prepared.kind == "group":
            loss += (
                _part(join(own, prepared.slots), join(other, prepared.slots)).mean() / 2 + GROUP_SINGLES * single / 2
            )
        else:
            loss += single / 2
    return loss


def _part(scores: Tensor, taught: Tensor) -> Tensor:
    """The divergence of each row's distribution from the teacher's, both softened by ``SOFTENED``: shape (rows,)."""
    own, other = (each.div(SOFTENED).log_softmax(-1) for each in (scores, taught))
    return SOFTENED**2 * (other.exp() * (other - own)).sum(-1)


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
