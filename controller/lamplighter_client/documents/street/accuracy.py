"""How accurate points are before a device's cameras, and what that rests on."""

from typing import Annotated

from msgspec import Meta

from lamplighter_client.documents.base import Document
from lamplighter_client.documents.bounds import Name, Text
from lamplighter_client.documents.requests import Body

MOST_POINTS = 1000
MOST_COUNTED = 2**31
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=MOST_COUNTED)]
CountError = Annotated[float, Meta(ge=0, le=1e6)]
SizeText = Annotated[str, Meta(pattern=r"^[0-9]{1,5}x[0-9]{1,5}$(?!\n)")]


class LabelledPoint(Body, frozen=True, kw_only=True):
    """A variant at a size in a regime, as it was measured on labelled pictures of the cameras.

    `low` and `high` bound AP50 at 95 %. `count_error`: sum over pictures of |boxes - objects|, over
    all objects.
    """

    variant: Name
    size: SizeText
    regime: Text
    ap50: Share
    low: Share = 0.0
    high: Share = 0.0
    pictures: Count = 0
    objects: Count = 0
    count_error: CountError = 0.0


class LabelsBody(Body, frozen=True, kw_only=True):
    """All that was measured; what was told before is forgotten. Empty: nothing counts any more."""

    points: Annotated[list[LabelledPoint], Meta(max_length=MOST_POINTS)]


class ExpectedPoint(Document, frozen=True, kw_only=True):
    """What a plan reckons with; `basis` says what it rests on, and empty is: as it was measured."""

    variant: str = ""
    size: str = ""
    regime: str = ""
    ap50: float = 0.0
    low: float = 0.0  # least and most that it may be; 0: not told
    high: float = 0.0
    basis: str = ""
    tabled: float = 0.0  # in the catalogue


class SeenRegime(Document, frozen=True, kw_only=True):
    """What a device has seen by a point, that it served, in a regime.

    `free` and `covered`: boxes by height, in twelve bins; see `heights` of telemetry.
    """

    point: str = ""  # "variant@384x288"
    regime: str = ""
    pictures: int = 0
    free: list[int] = []
    covered: list[int] = []
    reference: str = ""  # the point that its boxes were compared with
    agreement: float | None = None  # F1 of them
    compared: int = 0  # windows with an agreement; older ones by their weight


class DeviceAccuracy(Document, frozen=True, kw_only=True):
    """Points of the variants that a device serves, holds, or was measured with."""

    device: str = ""
    points: list[ExpectedPoint] = []
    seen: list[SeenRegime] = []
    labelled: list[LabelledPoint] = []
    labelled_at: float = 0.0  # wall clock; 0: never
    labelled_by: str = ""
