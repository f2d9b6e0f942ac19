"""What a device says about itself."""

from lamplighter_wire.messages.base import Message
from lamplighter_wire.messages.configuration import Configured
from lamplighter_wire.topics import StreamIds


class CameraFacts(Message, frozen=True, kw_only=True):
    """What a camera gives, as measured; 0: not known yet."""

    fps: float = 0.0
    width: int = 0
    height: int = 0
    rotation_deg: int = 0  # by which pictures are turned before they are looked at
    bits: int = 0  # of each colour
    busy_cores: float = 0.0  # that receiving and decoding it take beside serving


class Capabilities(Message, frozen=True, kw_only=True):
    """Reported by the device about itself; retained."""

    device: str = ""
    agent_version: str = ""
    machine: str = ""  # x86_64, aarch64, …
    cpu_model: str = ""
    isa: list[str] = []  # avx2, avx512_vnni, asimddp, …
    cores: int = 1
    cpu_quota_cores: float = 0.0  # 0: no quota
    memory_bytes: int = 0  # what the agent may use (cgroup limit or total)
    disk_free_bytes: int = 0
    accelerators: list[str] = []
    task: str = "traffic"  # what its networks are for
    runtimes: dict[str, str] = {}  # name -> version
    encodings: list[str] = []  # packed parts that it can expand; empty: none
    decoders: list[str] = []  # of outputs that are not the task's own, that it knows
    sensors: list[str] = []  # energy and temperature readers found
    power_budget_w: float = 0.0  # 0: mains, no budget
    idle_w: float = 0.0
    active_w_per_core: float = 0.0
    streams: StreamIds = []  # one for each camera; empty: a single one without a name
    certificate_ends_at: float = 0.0  # of the certificate in use; 0: not known
    authorities: int = 0  # version of those it trusts; 0: those of its enrolment
    signing_keys: int = -1  # version of the keys that it believes; -1: it cannot follow to others
    cameras: dict[str, CameraFacts] = {}  # by stream; "": that of the only one
    camera_fps: float = 0.0  # of all cameras together; 0: not known
    camera_width: int = 0
    camera_height: int = 0
    configured: Configured | None = None  # of configurations; null: an agent that takes none
    realised_by: str = ""  # how an emulated envelope was brought about; empty on real hardware


class ProbeEntry(Message, frozen=True, kw_only=True):
    """One micro-benchmark: milliseconds per run at p50."""

    name: str = ""  # dense_fp32, dense_int8, depthwise_fp32, depthwise_int8, memory, session
    runtime: str = "onnxruntime"
    latency_p50_ms: float = 0.0
    latency_p95_ms: float = 0.0
    work_mmac: float = 0.0  # million multiply-accumulates per run; 0 where meaningless
    bytes_moved: int = 0


class Probe(Message, frozen=True, kw_only=True):
    """A short benchmark of what the capabilities are worth, measured on the device."""

    device: str = ""
    at: float = 0.0
    seconds: float = 0.0
    threads: int = 1
    entries: list[ProbeEntry] = []


class Birth(Message, frozen=True, kw_only=True):
    """First words of a session; retained."""

    device: str = ""
    epoch: int = 0  # ties the last will to this birth
    at: float = 0.0
    agent_version: str = ""
    highest_revision: int = 0
    variant: str = ""
    run: str = ""  # of the agent's program: another after each start


class Authorities(Message, frozen=True, kw_only=True):
    """Whose certificates count at the broker; signed as desired state is, and of versions the
    highest counts."""

    version: int = 0
    authorities: list[str] = []  # PEM


class SigningKeys(Message, frozen=True, kw_only=True):
    """By whose keys orders are signed, each as name -> base64 public key; of versions the highest
    counts."""

    version: int = 0
    keys: dict[str, str] = {}
    former: dict[str, str] = {}  # they sign no more; manifests that they have signed still count


class SignedKeys(Message, frozen=True, kw_only=True):
    """`SigningKeys` as they were encoded, and who has signed that."""

    payload: bytes = b""
    signatures: dict[str, bytes] = {}  # name of a key -> Ed25519 over payload


class Status(Message, frozen=True, kw_only=True):
    """Presence; retained; also the last will (online = false)."""

    device: str = ""
    online: bool = False
    epoch: int = 0
    at: float = 0.0
