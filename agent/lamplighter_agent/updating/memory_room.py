"""Memory for one engine more: what is free, and who leaves when that is too little."""

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.messages import OperatingPoint, Rung
from lamplighter_wire.rules.memory import MEASURING_PROCESS_BYTES, variant_bytes

from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.device.capabilities import usable_memory_bytes
from lamplighter_agent.inference.engine_pool import EnginePool
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.ladder.resident_models import ResidentModels
from lamplighter_agent.monitoring.process import ProcessMeter


class MemoryRoom:
    """Judges before anything is loaded. `limit_bytes`: of the agent's settings, 0 for none."""

    def __init__(
        self, limit_bytes: int, slots: Slots, pool: EnginePool, residents: ResidentModels
    ) -> None:
        self._limit_bytes = limit_bytes
        self._slots, self._pool, self._residents = slots, pool, residents

    def free_bytes(self) -> int:
        """What the agent may still take."""
        return usable_memory_bytes(self._limit_bytes) - ProcessMeter().memory_bytes()

    def lacking_bytes(self, rung: Rung, beside_bytes: int = 0) -> int:
        """What a rung needs when that is more than is free; 0 when there is room, or it is open.

        `beside_bytes` are needed as well.

        Raises:
            EngineError: its variant is not on this device.
            SignatureError: its manifest is not trusted.
        """
        if self._pool.holds(rung.point):
            return 0
        needed = beside_bytes + _bytes(self._slots.manifest(rung.point.manifest), rung.point)
        return needed if needed > self.free_bytes() else 0

    def make_for(self, rung: Rung, incumbent: Serving | None) -> bool:
        """Close the ladder, then what serves, as far as the rung and its trial need it.

        A trial takes a process of its own. Where that alone is too much it is left out.

        Returns:
            Whether the incumbent had to leave.

        Raises:
            MemoryError: it does not fit even alone.
            EngineError, SignatureError: as in `lacking_bytes`.
        """
        if not self.lacking_bytes(rung, MEASURING_PROCESS_BYTES):
            return False
        self._residents.keep_only(incumbent)
        needed = self.lacking_bytes(rung)
        if not needed:
            return False
        free = self.free_bytes()
        room = free + (_bytes(incumbent.manifest, incumbent.point) if incumbent else 0)
        if needed > room:
            raise MemoryError(f"the model needs {needed} bytes, {room} are free on this device")
        self._residents.clear()
        return True


def _bytes(manifest: Manifest, point: OperatingPoint) -> int:
    """What a variant takes of the memory of a process that has none of it, at a point."""
    return variant_bytes(manifest, point.width, point.height)
