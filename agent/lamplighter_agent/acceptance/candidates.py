"""Opens candidates where they can be stopped: in a process of their own, as far as memory lets."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psutil
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.messages import OperatingPoint, Rung
from lamplighter_wire.rules.memory import MEASURING_PROCESS_BYTES, variant_bytes

from lamplighter_agent.acceptance.engine_apart import EngineApart
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.device.capabilities import usable_memory_bytes
from lamplighter_agent.inference.engine_pool import EnginePool
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.monitoring.process import ProcessMeter
from lamplighter_agent.settings import AgentSettings


class Candidates:
    """Opens a rung for its trial. What serves later is opened by the pool, once it has passed."""

    def __init__(self, settings: AgentSettings, slots: Slots, pool: EnginePool) -> None:
        self._settings, self._slots, self._pool = settings, slots, pool

    @contextmanager
    def open(self, rung: Rung, abort: Callable[[], bool]) -> Iterator[Serving]:
        """The rung with its engine, which ends with the block.

        An engine that the pool holds has run here before, and is used as it is. Where memory has no
        room for a process more, the candidate is tried in the agent itself.

        Raises:
            EngineError: it cannot be loaded, or not in time.
            MemoryError: it takes more than is free.
            SignatureError: its manifest is not trusted.
            CalledOffError: `abort` says so.
        """
        manifest = self._slots.manifest(rung.point.manifest)
        free_bytes = self._free_bytes()
        needed_bytes = process_bytes(manifest, rung.point)
        if self._pool.holds(rung.point) or needed_bytes > free_bytes:
            yield self._pool.serving(rung)
            return
        opening = self._pool.opening(manifest, rung.point)
        engine = EngineApart(opening, self._settings.trial_timeout_s, free_bytes, abort)
        with closing(engine):
            yield Serving(rung, manifest, engine)

    def _free_bytes(self) -> int:
        """Within what the owner allows, and what the machine has left."""
        usable = usable_memory_bytes(self._settings.memory_limit_bytes)
        return min(usable - ProcessMeter().memory_bytes(), int(psutil.virtual_memory().available))


def process_bytes(manifest: Manifest, point: OperatingPoint) -> int:
    """What a process takes that runs a variant at a point and nothing else."""
    return MEASURING_PROCESS_BYTES + variant_bytes(manifest, point.width, point.height)
