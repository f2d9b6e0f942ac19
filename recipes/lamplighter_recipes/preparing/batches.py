"""Training batches: how to train, and a thread that makes batches ahead of the training step."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lamplighter_wire.rules.sizes import DEFAULT_SIZES, parse_size
from torch import Tensor

from lamplighter_recipes.tasks.detection.training.augmentation import AugmentConfig
from lamplighter_recipes.tasks.detection.training.distillation_loss import SoftConfig

QUEUE_BATCHES = 4  # prepared ahead by the loader thread
# Sizes (width, height) and how often each is drawn.
SIZES: tuple[tuple[int, int, float], ...] = tuple(
    (*parse_size(size), share) for size, share in zip(DEFAULT_SIZES, (0.25, 0.55, 0.2), strict=True)
)
# Pictures uint8 [N, H, W, 3] with their labels, as the family's loss takes them.
Batch = tuple[Tensor, Any]


@dataclass(frozen=True)
class TrainConfig:
    """How to train; `real_share` is the part of each batch that comes from real frames.

    `augment` and `soft` (the teacher's weight) are detection's.
    """

    minutes: float = 30.0
    batch: int = 16
    learning_rate: float = 5e-4
    weight_decay: float = 1e-3
    ema_decay: float = 0.998
    real_share: float = 0.25
    sizes: tuple[tuple[int, int, float], ...] = SIZES
    threads: int = 0  # 0: torch's own choice
    bfloat16: bool = True  # twice as fast where the CPU has AVX512-BF16 or AMX
    seed: int = 0
    max_steps: int | None = None
    checkpoint: Path | None = None
    checkpoint_s: float = 60.0
    log_s: float = 30.0
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    soft: SoftConfig = field(default_factory=SoftConfig)


def made_ahead(make: Callable[[], Batch]) -> Iterator[Batch]:
    """An endless stream of batches, made by one thread ahead of the training step."""
    ahead = _ReadAhead(make)
    try:
        while True:
            yield ahead.next()
    finally:
        ahead.stop()


class _ReadAhead:
    """Makes batches on a thread of its own until it is stopped or making one fails."""

    def __init__(self, make: Callable[[], Batch]) -> None:
        self._make = make
        self._ready: queue.Queue[Batch | Exception] = queue.Queue(QUEUE_BATCHES)
        self._stopped = threading.Event()
        threading.Thread(target=self._work, name="batches", daemon=True).start()

    def next(self) -> Batch:
        """The next batch; raises what making it raised."""
        item = self._ready.get()
        if isinstance(item, Exception):
            raise item
        return item

    def stop(self) -> None:
        """Let the thread end; what it has made is dropped."""
        self._stopped.set()

    def _work(self) -> None:
        try:
            while not self._stopped.is_set():
                self._offer(self._make())
        except Exception as error:  # noqa: BLE001 - handed to the consumer
            self._offer(error)

    def _offer(self, item: Batch | Exception) -> None:
        while not self._stopped.is_set():
            try:
                self._ready.put(item, timeout=0.5)
            except queue.Full:
                continue
            return
