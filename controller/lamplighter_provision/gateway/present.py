"""What stands on an engine, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

STATE_DIR = "/var/lib/lamplighter-agent"
IDENTITY_FILE = f"{STATE_DIR}/identity/identity.json"
"""Written last by an enrolment: where it is, the state holds an identity."""
CONFIG_DIR = "/etc/lamplighter"
CPU_PERIOD_US = 10_000
"""Short: an agent that has used up its share waits milliseconds, not a tenth of a second."""


class Role(Enum):
    """Which part of an agent's life a container is."""

    AGENT = "agent"
    PREVIOUS = "previous"  # what ran before an update, kept until the new one is up
    ENROL = "enrol"


@dataclass(frozen=True, slots=True)
class Shape:
    """All of a container that its file decides: two of equal shape need no step between them."""

    image_id: str
    settings_sha256: str
    cpu_quota_us: int
    memory_bytes: int
    processes: int
    tmp_bytes: int
    network: str
    devices: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    hardened: bool = True


@dataclass(frozen=True, slots=True)
class Container:
    """A container of an agent as found."""

    id: str
    shape: Shape
    running: bool
    healthy: bool | None = None  # None: not known yet
    restarts: int = 0
    exit_code: int = 0
    owes_online: bool = False  # what it takes the place of was connected
    image_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """An image that an engine holds or a file brings."""

    id: str
    architecture: str


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine holds of one device."""

    containers: Mapping[Role, Container] = field(default_factory=dict)
    has_state: bool = False


@dataclass(frozen=True, slots=True)
class Present:
    """What an engine is and holds."""

    architecture: str
    image: Image | None
    devices: Mapping[str, Found]


def container_name(device: str, role: Role = Role.AGENT) -> str:
    """The name of a device's container; that of its state volume is the agent's."""
    suffix = "" if role is Role.AGENT else f".{role.value}"
    return f"lamplighter-{device}{suffix}"
