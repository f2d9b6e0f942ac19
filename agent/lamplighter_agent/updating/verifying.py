"""Whether a variant is what its manifest says, and whether this device may take it."""

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.promise import broken_promise
from lamplighter_wire.decoders.decoder import is_foreign
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Capabilities, Desired, OperatingPoint
from lamplighter_wire.rules.needs import unmet_needs
from lamplighter_wire.rules.sizes import SIZE_MULTIPLE, size_key, tiles

from lamplighter_agent.acceptance.verdict import PASSED, Verdict
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.device.capabilities import usable_memory_bytes
from lamplighter_agent.runtimes.runtime import remedy_for


class Verifying:
    """Puts variants together from chunks, and judges their manifests.

    Args:
        memory_limit_bytes: of the agent's settings; 0 for none.
    """

    def __init__(
        self, store: ChunkStore, slots: Slots, capabilities: Capabilities, memory_limit_bytes: int
    ) -> None:
        self._store, self._slots = store, slots
        self._capabilities, self._memory_limit_bytes = capabilities, memory_limit_bytes

    def verify(self, desired: Desired) -> Verdict:
        """Put the desired primary together, and judge it.

        Raises:
            BlobError: chunks are missing, damaged, or not what the manifest says.
            SignatureError: the manifest is not trusted.
            DiskFullError: there is no room.
        """
        sha = desired.primary.point.manifest
        manifest = self._slots.assemble(sha, self._store.read(sha), self._store.read)
        return self.judge(manifest, desired)

    def judge(self, manifest: Manifest, desired: Desired) -> Verdict:
        """Whether this device may take the variant, before anything is loaded."""
        broken = broken_promise(manifest)
        if broken:
            return Verdict(ReasonCode.HARMFUL, f"{manifest.id}: {broken}")
        missing = missing_needs(manifest, desired.primary.point, self._capabilities)
        if missing:
            return Verdict(ReasonCode.INCOMPATIBLE, f"{manifest.id} needs {missing}")
        limit = desired.limits.memory_bytes
        if limit and manifest.memory_bytes > limit:
            text = f"{manifest.memory_bytes} bytes of memory, limit {limit}"
            return Verdict(ReasonCode.OVER_BUDGET, text)
        usable = usable_memory_bytes(self._memory_limit_bytes)
        if manifest.memory_bytes > usable:
            text = f"needs {manifest.memory_bytes} bytes of memory, the device has {usable}"
            return Verdict(ReasonCode.OOM, text)
        return PASSED


def missing_needs(manifest: Manifest, point: OperatingPoint, capabilities: Capabilities) -> str:
    """What a variant at a point needs and does not get on a device, in words; "" for nothing."""
    missing = unmet_needs(manifest.needs, manifest.runtime, capabilities)
    if manifest.runtime not in capabilities.runtimes:
        missing.append(f"perhaps {remedy_for(manifest.runtime)}")
    if manifest.id != point.variant:
        missing.append(f"variant {point.variant}")
    size = size_key(point.width, point.height)
    if is_foreign(manifest.decoder):
        if size not in manifest.sizes:
            missing.append(f"one of the sizes {', '.join(manifest.sizes)}, not {size}")
    elif not tiles(point.width, point.height):
        missing.append(f"sizes in steps of {SIZE_MULTIPLE}, not {size}")
    if manifest.task != capabilities.task:
        missing.append(f"task {manifest.task}")
    return ", ".join(missing)
