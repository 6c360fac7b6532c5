"""Examples as arrays: small ones that travel between processes, and the tensors that they unfold to on a device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rag.encoder.batches import pad_pairs
from rag.reader.span_model import Batch, lay_out
from rag.reader.training.examples import TrainingExample
from rag.reader.training.plan import BatchKind


@dataclass(frozen=True, slots=True)
class DeviceBatch:
    """A step's examples on a device.

    ``right_starts`` and ``right_ends``, bool, of shape (passages, tokens): where an answer may start and end, ``[CLS]``
    where there is none. ``supported`` and ``certain`` of shape (passages,), as in ``TrainingExample``. ``slots``: int64, of shape (groups, passages at most), the rows
    of each group's passages, -1 where it has fewer; without groups, each passage is one.
    """

    kind: BatchKind
    batch: Batch
    right_starts: Tensor
    right_ends: Tensor
    supported: Tensor
    certain: Tensor
    slots: Tensor


class HostBatch(NamedTuple):
    """A step's examples as small NumPy arrays: tensors take so long from process to process that a GPU would wait.

    ``starts`` and ``ends`` are rows and columns of what is right, of shape (2, n); the others as in ``DeviceBatch`` and
    ``pad_pairs``.
    """

    kind: BatchKind
    ids: Any
    firsts: Any
    lengths: Any
    starts: Any
    ends: Any
    supported: Any
    certain: Any
    slots: Any

    def to(self, device: str) -> DeviceBatch:
        """Unfold it on a device."""
        ids, firsts, lengths, starts, ends, supported, certain, slots = (
            torch.from_numpy(part).to(device, non_blocking=True) for part in self[1:]
        )
        marks = torch.zeros((2, *ids.shape), dtype=torch.bool, device=ids.device)
        for mark, (rows, columns) in zip(marks, (starts, ends), strict=True):
            mark[rows, columns] = True
        return DeviceBatch(self.kind, lay_out(ids, firsts, lengths), marks[0], marks[1], supported, certain, slots)


def build_host_batch(kind: BatchKind, examples: Sequence[Sequence[TrainingExample]]) -> HostBatch:
    """The arrays of examples, a list of them for each group."""
    import numpy as np

    flat = [example for group in examples for example in group]
    slots = np.full((len(examples), max(map(len, examples))), -1, dtype=np.int64)
    row = 0
    for number, group in enumerate(examples):
        slots[number, : len(group)] = range(row, row + len(group))
        row += len(group)
    padded = pad_pairs([(example.question, example.passage) for example in flat])
    ids = np.pad(
        padded.ids, ((0, 0), (0, -padded.ids.shape[1] % 8))
    )  # a GPU's attention is fast for multiples of eight
    supported = np.array([example.supported for example in flat], dtype=np.float32)
    certain = np.array([example.certain for example in flat], dtype=np.float32)
    return HostBatch(
        kind,
        ids.astype(np.int32),
        padded.seconds,
        padded.lengths,
        _mark(flat, 0),
        _mark(flat, 1),
        supported,
        certain,
        slots,
    )


def _mark(examples: Sequence[TrainingExample], side: int) -> Any:
    """Rows and tokens that are right as the start (side 0) or the end (side 1) of an answer; ``[CLS]`` if there is none."""
    import numpy as np

    right = []
    for row, example in enumerate(examples):
        first = len(example.question) + 2
        right += [(row, first + (place[0] if side == 0 else place[1] - 1)) for place in example.places]
        if not example.places:
            right.append((row, 0))
    return np.array(right, dtype=np.int64).T.copy()
