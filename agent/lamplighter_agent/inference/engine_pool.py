"""The engines that are open and warm."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.errors import TaskError
from lamplighter_wire.messages import OperatingPoint, Rung
from lamplighter_wire.rules.sizes import size_key
from lamplighter_wire.tasks.registry import task_reading
from lamplighter_wire.tasks.task import Task
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.errors import EngineError
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.inference.turn import Turn
from lamplighter_agent.runtimes.engine import Engine, LoadsBySize
from lamplighter_agent.runtimes.opening import Opening
from lamplighter_agent.runtimes.runtime import Runtimes

# Sizes run once before they serve: the runtime plans its memory on the first picture of a size.
WARM_UP_RUNS = 2


class EnginePool:
    """Opens each variant once per number of threads; rungs of one variant share the engine.

    Args:
        session_config: the device's own entries; they win over the manifest's.
        turn: held while an engine runs, so that none is closed under way.
        task: what this device is for; a variant of another one is not opened.
    """

    def __init__(
        self,
        slots: Slots,
        session_config: Mapping[str, str],
        turn: Turn,
        runtimes: Runtimes,
        task: Task,
    ) -> None:
        self._slots, self._config, self._turn = slots, session_config, turn
        self._runtimes, self._task = runtimes, task
        self._engines: dict[tuple[str, int], Engine] = {}
        self._warm: set[tuple[str, int, int, int]] = set()

    def serving(self, rung: Rung) -> Serving:
        """Open (or reuse) and warm the engine of a rung.

        Raises:
            EngineError: it cannot be loaded or run, its runtime is not installed, or it is of
                another task, or its outputs cannot be read here.
            SignatureError: its manifest is not trusted.
        """
        point = rung.point
        manifest = self._slots.manifest(point.manifest)
        key = (point.manifest, point.threads)
        if key not in self._engines:
            self._engines[key] = self._open(self.opening(manifest, point))
        serving = Serving(rung, manifest, self._engines[key])
        self._warm_up(key, serving)
        return serving

    def opening(self, manifest: Manifest, point: OperatingPoint) -> Opening:
        """How the engine of a point is opened, here or in another process.

        Raises:
            EngineError: it is of another task, or its outputs cannot be read here, or its runtime
                cannot serve.
        """
        if manifest.task != self._task.name:
            raise EngineError(f"{manifest.id} is for {manifest.task}, not {self._task.name}")
        tensors = self._tensors(manifest)
        return Opening(
            runtime=self._runtimes.find(manifest.runtime).name,
            folder=str(self._slots.folder(point.manifest)),
            input=tensors.input,
            outputs=list(tensors.outputs),
            threads=point.threads,
            session_config={**manifest.session_config, **self._config},
        )

    def _open(self, opening: Opening) -> Engine:
        runtime = self._runtimes.find(opening.runtime)
        tensors = TensorNames(opening.input, tuple(opening.outputs))
        folder, config = Path(opening.folder), opening.session_config
        return runtime.open(folder, tensors, opening.threads, config)

    def _tensors(self, manifest: Manifest) -> TensorNames:
        try:
            return task_reading(self._task, manifest.decoder).tensors
        except TaskError as error:
            raise EngineError(f"{manifest.id}: {error}") from error

    def holds(self, point: OperatingPoint) -> bool:
        """Whether the point's engine is open, with its size where each has memory of its own."""
        key = (point.manifest, point.threads)
        if key not in self._engines:
            return False
        engine = self._engines[key]
        if isinstance(engine, LoadsBySize):
            return size_key(point.width, point.height) in engine.loaded
        return True

    def keep(self, points: Iterable[OperatingPoint]) -> None:
        """Close all other engines, and give back the sizes that those which stay do not need."""
        needed: dict[tuple[str, int], set[str]] = {}
        for point in points:
            sizes = needed.setdefault((point.manifest, point.threads), set())
            sizes.add(size_key(point.width, point.height))
        with self._turn:
            for key, engine in list(self._engines.items()):
                if key not in needed:
                    self._engines.pop(key).close()
                    self._forget_warm(key, set())
                elif isinstance(engine, LoadsBySize):
                    engine.keep_sizes(needed[key])
                    self._forget_warm(key, needed[key])

    def close(self) -> None:
        self.keep([])

    def _forget_warm(self, key: tuple[str, int], sizes: Collection[str]) -> None:
        """All sizes of an engine but these have to be warmed up again."""
        self._warm = {
            warm for warm in self._warm if warm[:2] != key or size_key(*warm[2:]) in sizes
        }

    def _warm_up(self, key: tuple[str, int], serving: Serving) -> None:
        size = (*key, serving.point.width, serving.point.height)
        if size in self._warm:
            return
        picture = np.zeros((1, serving.point.height, serving.point.width, 3), np.uint8)
        for _ in range(WARM_UP_RUNS):  # beside the frames: the first may take as long as loading
            serving.engine.infer(picture)
        self._warm.add(size)
