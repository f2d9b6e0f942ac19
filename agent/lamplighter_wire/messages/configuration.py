"""How a device is set from afar: its settings, and the street that it counts on."""

from typing import Annotated

from msgspec import Meta

from lamplighter_wire.messages.base import Message
from lamplighter_wire.policy.device_settings import DeviceSettings
from lamplighter_wire.topics import StreamId

# As many as anybody draws; each is looked at in every frame.
MOST_LINES, MOST_ZONES, MOST_MASKS, MOST_CORNERS = 64, 32, 32, 64
LONGEST_NAME = 40
MOST_DISTANCES = 32
MOST_POSITIONS = 16

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


class StreetMask(Message, frozen=True, kw_only=True):
    """An area whose road users are passed over: foot points in it are nobody's."""

    name: StreetName = "mask"
    corners: Annotated[list[Corner], Meta(max_length=MOST_CORNERS)] = []
    stream: StreamId = ""


class StreetPosition(Message, frozen=True, kw_only=True):
    """Where a camera stands (WGS 84), and where it looks: clockwise from north."""

    latitude: Annotated[float, Meta(ge=-90.0, le=90.0)] = 0.0  # degrees
    longitude: Annotated[float, Meta(ge=-180.0, le=180.0)] = 0.0
    heading_deg: Annotated[float, Meta(ge=0.0, lt=360.0)] | None = None  # None: not known
    stream: StreamId = ""  # which camera; empty: all that have none of their own


class StreetDistance(Message, frozen=True, kw_only=True):
    """How far apart two lines are on the road: who crosses both, either way, tells his speed."""

    first: StreetName = "first"
    second: StreetName = "second"
    distance_m: Annotated[float, Meta(ge=1.0, le=1000.0)] = 1.0
    stream: StreamId = ""


class Street(Message, frozen=True, kw_only=True):
    """What a device counts on, in pixels of pictures of a size; 0: of those that its camera gives.

    What is drawn stays where it is in the picture when the camera gives another size.
    """

    camera: Annotated[str, Meta(max_length=200)] = ""  # name of the view, for people
    width: Annotated[int, Meta(ge=0, le=100_000)] = 0
    height: Annotated[int, Meta(ge=0, le=100_000)] = 0
    lines: Annotated[list[StreetLine], Meta(max_length=MOST_LINES)] = []
    zones: Annotated[list[StreetZone], Meta(max_length=MOST_ZONES)] = []
    distances: Annotated[list[StreetDistance], Meta(max_length=MOST_DISTANCES)] = []
    turns: bool = False  # count by entry and exit as well: "north/to-west"
    masks: Annotated[list[StreetMask], Meta(max_length=MOST_MASKS)] = []
    positions: Annotated[list[StreetPosition], Meta(max_length=MOST_POSITIONS)] = []


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
    masks: int = 0  # of the street, as many as the device passes road users over in
    refused: int = 0  # a version that it does not take; 0: none since `version`
    detail: str = ""  # why
