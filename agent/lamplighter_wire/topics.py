"""Build and parse topics: the only place that knows where the slashes are.

`lamplighter/v1/{device}/up/{channel}` is written by the device only,
`lamplighter/v1/{device}/down/{channel}` is read by the device only, and
`lamplighter/v1/blob/{artifact}/{sha256}` carries chunks, published once for all devices that were
ordered the artifact and miss them. Devices that know no artifacts hear theirs on
`lamplighter/v1/blob/{sha256}`.
"""

import re
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from lamplighter_wire.errors import TopicError

ROOT = "lamplighter/v1"

UP_CHANNELS = (
    "birth",
    "status",
    "capabilities",
    "probe",
    "reported",
    "telemetry",
    "event",
    "request",
    "picture",
    "still",
    "log",
)
DOWN_CHANNELS = ("desired", "configuration", "command", "confirmed")
RETAINED_CHANNELS = frozenset(
    {"birth", "status", "capabilities", "reported", "desired", "configuration"}
)

ALL_UP = f"{ROOT}/+/up/+"

# A camera of a device, as messages name it; empty: the only one. A `$` alone lets a line end pass.
StreamId = Annotated[str, Meta(pattern="^[a-z0-9-]{0,40}$(?!\n)")]
MAX_STREAMS = 16
StreamIds = Annotated[list[StreamId], Meta(max_length=MAX_STREAMS)]

_DEVICE = re.compile(r"[a-z0-9-]{1,40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# "blob" is a topic segment of its own, so no device may carry that name.
_RESERVED = frozenset({"blob"})


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed device topic."""

    device: str
    direction: str
    channel: str


def is_device_id(text: str) -> bool:
    """Whether `text` is a valid device id: `[a-z0-9-]{1,40}`, and not a reserved word."""
    return _DEVICE.fullmatch(text) is not None and text not in _RESERVED


def up(device: str, channel: str) -> str:
    """Topic on which a device speaks. Raises TopicError for an unknown channel or id."""
    return _build(device, "up", channel, UP_CHANNELS)


def down(device: str, channel: str) -> str:
    """Topic on which a device listens. Raises TopicError for an unknown channel or id."""
    return _build(device, "down", channel, DOWN_CHANNELS)


def all_down(device: str) -> str:
    """Subscription of one device to everything meant for it."""
    return f"{ROOT}/{_checked(device)}/down/+"


def is_sha256(text: str) -> bool:
    """Whether `text` is a SHA-256 in hexadecimal."""
    return _SHA256.fullmatch(text) is not None


def blob(sha256: str, artifact: str = "") -> str:
    """Topic of one content-addressed chunk; `artifact`: as which it is fetched, by its hash."""
    for text in (sha256, artifact or sha256):
        if not is_sha256(text):
            raise TopicError(f"not a SHA-256 in hexadecimal: {text!r}")
    return "/".join(filter(None, (ROOT, "blob", artifact, sha256)))


def blobs_of(artifact: str) -> str:
    """Filter of all chunks of an artifact."""
    return blob(artifact) + "/+"


def parse_blob(topic: str) -> str | None:
    """The chunk's hash when `topic` is a blob topic, otherwise None."""
    head, _, sha256 = topic.removeprefix(f"{ROOT}/blob/").rpartition("/")
    is_ours = topic.startswith(f"{ROOT}/blob/") and is_sha256(sha256)
    return sha256 if is_ours and (not head or is_sha256(head)) else None


def parse(topic: str) -> Address:
    """Split a device topic. Raises TopicError when it is not one of ours."""
    parts = topic.split("/")
    if len(parts) != 5 or "/".join(parts[:2]) != ROOT or not is_device_id(parts[2]):
        raise TopicError(f"not a device topic: {topic!r}")
    channels = {"up": UP_CHANNELS, "down": DOWN_CHANNELS}.get(parts[3], ())
    if parts[4] not in channels:
        raise TopicError(f"unknown channel: {topic!r}")
    return Address(parts[2], parts[3], parts[4])


def _build(device: str, direction: str, channel: str, known: tuple[str, ...]) -> str:
    if channel not in known:
        raise TopicError(f"unknown {direction} channel {channel!r}; known: {', '.join(known)}")
    return f"{ROOT}/{_checked(device)}/{direction}/{channel}"


def _checked(device: str) -> str:
    if not is_device_id(device):
        raise TopicError(f"not a device id: {device!r}; use 1 to 40 of a-z, 0-9 and '-'")
    return device
