"""What a query may ask of a device: its facts by key.

| key | what |
|---|---|
| `id`, `site` | as text |
| `state` | online, offline or never (enrolled, but never online) |
| `seen` | seconds since it was last heard |
| `serving`, `model`, `version` | variant that it serves, its network, and that network's version |
| `hardware` | class of devices with the same processor |
| `deployment` | none, underway, committed, rejected, rolled_back or failed |
| `agent` | version of the agent |
| `machine`, `task` | x86_64, aarch64, …; what its networks are for |
| `cpu.cores`, `cpu.quota` | cores, and how many of them it may use; 0: all |
| `cpu.NAME` | whether the processor has an instruction set, such as `cpu.avx2` or `cpu.vnni` |
| `memory`, `disk` | bytes that it may use, and that are free |
| `runtime.NAME` | version of a runtime |
| `accelerator.NAME`, `sensor.NAME` | whether it has one |
| `camera.fps`, `cameras` | frame rate of all cameras, and how many there are |
| `label.NAME` | a label, whatever its name |
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lamplighter_wire.messages import Capabilities

from lamplighter_controller.domain.devices import hardware_class
from lamplighter_controller.domain.selection.device_filter import PresenceState
from lamplighter_controller.domain.streams import stream_ids

Fact = str | float | bool

FIELDS = frozenset(
    {
        *("id", "site", "state", "seen", "serving", "model", "version", "hardware", "deployment"),
        *("agent", "machine", "task", "cpu.cores", "cpu.quota", "memory", "disk"),
        *("camera.fps", "cameras"),
    }
)
NUMBERS = frozenset({"seen", "cpu.cores", "cpu.quota", "memory", "disk", "camera.fps", "cameras"})
CPU, RUNTIME, ACCELERATOR = "cpu.", "runtime.", "accelerator."
SENSOR, LABEL = "sensor.", "label."
KINDS = (CPU, RUNTIME, ACCELERATOR, SENSOR)


@dataclass(frozen=True)
class DeviceFacts:
    """A device as queries see it.

    Attributes:
        seen_s: since it was last heard; None: never.
        model, version: of the variant that it serves.
        deployment: what became of the last one.
    """

    id: str
    site: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    state: PresenceState = PresenceState.NEVER
    seen_s: float | None = None
    serving: str = ""
    model: str = ""
    version: str = ""
    deployment: str = "none"
    agent: str = ""
    capabilities: Capabilities | None = None

    def of(self, key: str) -> Fact | None:
        """What a key names; None: the device has none."""
        if key in FIELDS:
            return self._field(key)
        kind = next((kind for kind in KINDS if key.startswith(kind)), None)
        if kind is not None:
            return self._reported(kind, key.removeprefix(kind))
        return self.labels.get(key.removeprefix(LABEL))

    def _field(self, key: str) -> Fact | None:
        facts = self.capabilities
        match key:
            case "id" | "site" | "serving" | "model" | "version" | "deployment" | "agent":
                return str(getattr(self, key))
            case "state":
                return str(self.state)
            case "seen":
                return self.seen_s
        return None if facts is None else _capability(facts, key)

    def _reported(self, kind: str, name: str) -> Fact | None:
        facts = self.capabilities or Capabilities()
        match kind:
            case "cpu.":
                return any(name in (isa, *isa.split("_")) for isa in facts.isa)
            case "runtime.":
                return facts.runtimes.get(name)
            case "accelerator.":
                return name in facts.accelerators
        return name in facts.sensors


def is_label(key: str) -> bool:
    """Whether a key is the name of a label."""
    return key not in FIELDS and not key.startswith(KINDS)


def label_name(key: str) -> str:
    """The label that a key names."""
    return key.removeprefix(LABEL)


def _capability(facts: Capabilities, key: str) -> Fact:
    known: dict[str, Fact] = {
        "hardware": hardware_class(facts),
        "machine": facts.machine,
        "task": facts.task,
        "cpu.cores": float(facts.cores),
        "cpu.quota": facts.cpu_quota_cores,
        "memory": float(facts.memory_bytes),
        "disk": float(facts.disk_free_bytes),
        "camera.fps": facts.camera_fps,
        "cameras": float(len(stream_ids(facts))),
    }
    return known[key]
