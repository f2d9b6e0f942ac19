"""How devices are set: settings, and streets as GeoJSON in the coordinates of the picture."""

from typing import Annotated, Any, Literal

from lamplighter_wire.policy.device_settings import DeviceSettings
from msgspec import Meta

from lamplighter_client.documents.base import Document
from lamplighter_client.documents.bounds import Name, Text
from lamplighter_client.documents.requests import Body

MOST_FEATURES = 128
Position = Annotated[
    list[Annotated[float, Meta(ge=-1e5, le=1e5)]], Meta(min_length=2, max_length=3)
]


class LineString(Document, frozen=True, kw_only=True, tag="LineString"):
    """A counting line by its two ends: "in" is from its left to its right side."""

    coordinates: Annotated[list[Position], Meta(max_length=64)]


class Polygon(Document, frozen=True, kw_only=True, tag="Polygon"):
    """A zone or a mask by its corners; of several rings the first is its edge."""

    coordinates: Annotated[list[Annotated[list[Position], Meta(max_length=65)]], Meta(max_length=8)]


class FeatureProperties(Document, frozen=True, kw_only=True):
    """Its name, by which counts are told, and of which camera of the device it is."""

    name: Text = ""
    stream: Text = ""
    mask: bool = False  # of a polygon: who stands in it is passed over


class Feature(Document, frozen=True, kw_only=True):
    """A line, a zone or a mask; what other programs add to it is passed over."""

    geometry: LineString | Polygon
    properties: FeatureProperties = FeatureProperties()
    type: Literal["Feature"] = "Feature"


class Distance(Document, frozen=True, kw_only=True):
    """Metres of road between two lines of one camera: who crosses both tells his speed."""

    first: Text
    second: Text
    distance_m: Annotated[float, Meta(ge=1.0, le=1000.0)]
    stream: Text = ""


class CameraPosition(Document, frozen=True, kw_only=True):
    """Where a camera stands in degrees of WGS 84, and where it looks: clockwise from north."""

    latitude: Annotated[float, Meta(ge=-90.0, le=90.0)]
    longitude: Annotated[float, Meta(ge=-180.0, le=180.0)]
    heading_deg: Annotated[float, Meta(ge=0.0, lt=360.0)] | None = None
    stream: Text = ""  # empty: of all cameras that have none of their own


class StreetFile(Document, frozen=True, kw_only=True):
    """What is drawn, in pixels of pictures of a size; without one, of those that the camera gives.

    Downwards is more, as in pictures.
    """

    type: Literal["FeatureCollection"]
    features: Annotated[list[Feature], Meta(max_length=MOST_FEATURES)]
    camera: Annotated[str, Meta(max_length=200)] = ""
    width: Annotated[int, Meta(ge=0, le=100_000)] = 0
    height: Annotated[int, Meta(ge=0, le=100_000)] = 0
    distances: Annotated[list[Distance], Meta(max_length=32)] = []
    turns: bool = False  # count by entry and exit as well
    positions: Annotated[list[CameraPosition], Meta(max_length=16)] = []


SettingValue = Annotated[float, Meta(ge=-1e9, le=1e9)] | bool | Text


class StreetBody(Body, frozen=True, kw_only=True):
    """A street that a device shall count on, and why."""

    street: StreetFile
    reason: Text = ""


class SettingsBody(Body, frozen=True, kw_only=True):
    """Settings that a device shall have; null: as its own settings say again."""

    values: Annotated[dict[Name, SettingValue | None], Meta(min_length=1, max_length=20)]
    reason: Text = ""


class Standing(Document, frozen=True, kw_only=True):
    """How far a device follows what is set of it."""

    version: int = 0  # wanted; 0: nothing was ever set
    in_force: int = 0  # as the device says
    refused: int = 0  # a version that it does not take
    detail: str = ""  # why; or what of the version in force the device does not know


class DeviceStreet(Document, frozen=True, kw_only=True):
    """What a device counts on; null: the lines of its own settings."""

    device: str = ""
    street: StreetFile | None = None
    street_version: int = 0  # names the counts that were made on it
    standing: Standing = Standing()
    notes: list[str] = []  # what of it is perhaps not meant; that nothing changes


class SetDevice(Document, frozen=True, kw_only=True):
    """What is set of a device's settings, beside what it has in force of them."""

    device: str = ""
    settings: DeviceSettings = DeviceSettings()
    settings_version: int = 0
    in_force: DeviceSettings = DeviceSettings()
    standing: Standing = Standing()


class ConfigurationEntry(Document, frozen=True, kw_only=True):
    """One version of how a device was set."""

    version: int = 0
    at: float = 0.0
    by: str = ""
    reason: str = ""
    settings: dict[str, Any] = {}
    settings_version: int = 0
    street: StreetFile | None = None
    street_version: int = 0
