"""How a device is set from afar: its settings, and the street that it counts on."""

from typing import Annotated

from msgspec import Meta

from lamplighter_wire.messages.base import Message
from lamplighter_wire.policy.device_settings import DeviceSettings
from lamplighter_wire.topics import StreamId

# As many as anybody draws; each is looked at in every frame.
MOST_LINES, MOST_ZONES, MOST_CORNERS = 64, 32, 64
LONGEST_NAME = 40
MOST_DISTANCES = 32

# Names become keys of counts, as in `north/in`.
StreetName = Annotated[str, Meta(pattern=r"^[^\s/\x00-\x1f\x7f]{1,40}$(?!\n)")]
Pixels = Annotated[float, Meta(ge=-100_000.0, le=100_000.0)]
Corner = tuple[Pixels, Pixels]


class StreetLine(Message, frozen=True, kw_only=True):
    """A counting line from one end to the other: "in" is from its left to its right side."""

    name: StreetName = "line"
    ends: tuple[Corner, Corner] = ((0.0, 0.0), (0.0, 0.0))
    stream: StreamId = ""  # which camera, `[a-z0-9-]{1,40}`; empty: the only one


class StreetZone(Message, frozen=True, kw_only=True):
    """An area: "in" is who comes into it, "out" is who leaves it."""

    name: StreetName = "zone"
    corners: Annotated[list[Corner], Meta(max_length=MOST_CORNERS)] = []
    stream: StreamId = ""


class StreetDistance(Message, frozen=True, kw_only=True):
    """How far apart two lines are on the road: who crosses both, either way, tells his speed."""

    first: StreetName = "first"
    second: StreetName = "second"
    distance_m: Annotated[float, Meta(ge=1.0, le=1000.0)] = 1.0
    stream: StreamId = ""


class Street(Message, frozen=True, kw_only=True):
    """What a device counts on, in pixels of pictures of a size; 0: of those that its camera gives.

    Lines and zones stay where they are in the picture when the camera gives another size.
    """

    camera: Annotated[str, Meta(max_length=200)] = ""  # name of the view, for people
    width: Annotated[int, Meta(ge=0, le=100_000)] = 0
    height: Annotated[int, Meta(ge=0, le=100_000)] = 0
    lines: Annotated[list[StreetLine], Meta(max_length=MOST_LINES)] = []
    zones: Annotated[list[StreetZone], Meta(max_length=MOST_ZONES)] = []
    distances: Annotated[list[StreetDistance], Meta(max_length=MOST_DISTANCES)] = []
    turns: bool = False  # count by entry and exit as well: "north/to-west"


class Configuration(Message, frozen=True, kw_only=True):
    """How a device shall be set; signed, retained, and of versions the highest counts.

    It is taken as a whole or not at all. Without one, or where it says nothing, the device's own
    settings are in force.
    """

    device: str = ""
    version: int = 0
    issued_at: float = 0.0
    settings: DeviceSettings = DeviceSettings()
    settings_version: int = 0  # the version in which they last changed
    street: Street | None = None  # None: the lines of the device's own settings
    street_version: int = 0  # the version in which it last changed; names what was counted on


class Configured(Message, frozen=True, kw_only=True):
    """What a device has taken of configurations, and what it refused last."""

    version: int = 0  # in force; 0: its own settings are
    settings: DeviceSettings = DeviceSettings()  # of it, as far as the device knows them
    settings_version: int = 0
    street_version: int = 0
    refused: int = 0  # a version that it does not take; 0: none since `version`
    detail: str = ""  # why
