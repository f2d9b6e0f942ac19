"""Intervals as NGSI-LD entities `TrafficFlowObserved` (FIWARE Smart Data Models, Transportation).

One entity for each movement and class of vehicle; the newest interval is its state, and each figure
says by `observedAt` when it was so. What was watched and had nobody is 0; what was not watched has
no entity: a gap is told by its absence. An entity of a part of an interval says so by `complete`,
`watchedSeconds` and `trouble`, and what is to be known beside one that is whole by `notes`: the
model does not know these and does not forbid them. People are no vehicles of that model and are
left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

from lamplighter_wire.street.turns import is_turn

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.movements import iso_time
from lamplighter_client.street.whole_quarters import whole_quarters

CONTEXT = (
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Transportation/master/"
    "context.jsonld"
)
PREFIX = "urn:ngsi-ld:TrafficFlowObserved:"
# A property cannot be empty, and one that is left out stays as it was at brokers that update.
NOTHING = "none"
DEGREES = "DD"  # of an angle, in the codes of UN/CEFACT
# The model's words for the classes of a street.
VEHICLES = {
    "car": "car",
    "truck": "lorry",
    "bus": "bus",
    "motorcycle": "motorcycle",
    "bicycle": "bicycle",
    "van": "van",
}


class Place(NamedTuple):
    """Where a device is: the model wants a position or an address.

    `address` is its site, and empty where none is set. Degrees of WGS 84; `heading_deg` is where
    its camera looks, clockwise from north. `cameras` are those with positions of their own, by
    stream.
    """

    address: str
    latitude: float | None = None
    longitude: float | None = None
    heading_deg: float | None = None
    cameras: Mapping[str, "Place"] = MappingProxyType({})

    def of(self, stream: str) -> "Place":
        """Where one of its cameras is."""
        return self.cameras.get(stream, self)


class Position(Protocol):
    """Of a street: of one camera, or with an empty stream of all others."""

    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...
    @property
    def heading_deg(self) -> float | None: ...
    @property
    def stream(self) -> str: ...


def place_of(site: str, labels: Mapping[str, str], positions: Iterable[Position] = ()) -> Place:
    """From the positions of its street, else its labels `latitude` and `longitude` in degrees.

    The address is its site. Where all cameras have positions of their own, the first one's is the
    device's.
    """
    cameras = {
        one.stream: Place(site, one.latitude, one.longitude, one.heading_deg) for one in positions
    }
    first = next(iter(cameras.values()), None)
    whole = cameras.pop("", first) or _labelled(site, labels)
    return whole._replace(cameras=cameras) if cameras else whole


def _labelled(address: str, labels: Mapping[str, str]) -> Place:
    try:
        latitude, longitude = float(labels["latitude"]), float(labels["longitude"])
    except (KeyError, ValueError):
        return Place(address)
    return Place(address, latitude, longitude)


def traffic_flow(intervals: Iterable[StreetCount], place: Place) -> Iterator[dict[str, Any]]:
    """Entities in normalized form, oldest first, and one for each interval, movement and class.

    What was seen in any of the intervals is 0 in the others, where these were watched.
    """
    for interval in whole_quarters(intervals):
        for movement, by_class in sorted((interval.counts or {}).items()):
            for kind, count in sorted(by_class.items()):
                if kind in VEHICLES:
                    yield _entity(interval, place, movement, kind, count)


def entity_id(device: str, stream: str, movement: str, kind: str) -> str:
    """A URI whatever a line is called: signs that have no place in one are percent-encoded."""
    names = (device, stream, movement.replace("/", "-"), kind)
    return PREFIX + ":".join(quote(name, safe="") for name in names if name)


def _entity(
    interval: StreetCount, place: Place, movement: str, kind: str, count: int
) -> dict[str, Any]:
    begin, end = iso_time(interval.start), iso_time(interval.start + interval.seconds)
    observed = {
        "dateObserved": f"{begin}/{end}",
        "dateObservedFrom": {"@type": "DateTime", "@value": begin},
        "dateObservedTo": {"@type": "DateTime", "@value": end},
        "intensity": count,
        **_measured(interval, movement, kind),
        **_watched(interval),
    }
    return {
        "id": entity_id(interval.device, interval.stream, movement, kind),
        "type": "TrafficFlowObserved",
        "name": _property(movement),
        "source": _property("lamplighter"),
        "vehicleType": _property(VEHICLES[kind]),
        **{name: _property(value) | {"observedAt": end} for name, value in observed.items()},
        **_where(place.of(interval.stream)),
        "@context": [CONTEXT],
    }


def _watched(interval: StreetCount) -> dict[str, Any]:
    """How far the figures are those of the whole interval; beside what the model knows."""
    return {
        "complete": interval.complete,
        "watchedSeconds": round(interval.watched_s, 1),
        "trouble": interval.trouble or NOTHING,
        "notes": "; ".join(interval.notes) or NOTHING,
        "streetVersion": interval.street,
    }


def _measured(interval: StreetCount, movement: str, kind: str) -> dict[str, Any]:
    """Speed (km/h) and occupancy (0 to 1), where they were measured."""
    speed = (interval.speed_kmh or {}).get(movement, {}).get(kind)
    occupancy = (interval.occupancy or {}).get(movement.rpartition("/")[0])
    named = {"averageVehicleSpeed": speed, "occupancy": None if is_turn(movement) else occupancy}
    return {name: value for name, value in named.items() if value is not None}


def _where(place: Place) -> dict[str, Any]:
    """Where it stands and looks. Without a site and a position the address is there, and empty:
    the model wants one of them."""
    where: dict[str, Any] = {}
    if place.address or place.latitude is None:
        street = {"streetAddress": place.address} if place.address else {}
        where["address"] = _property({"type": "PostalAddress", **street})
    if place.heading_deg is not None:
        where["cameraHeading"] = _property(place.heading_deg) | {"unitCode": DEGREES}
    if place.latitude is not None:
        point = {"type": "Point", "coordinates": [place.longitude, place.latitude]}
        where["location"] = {"type": "GeoProperty", "value": point}
    return where


def _property(value: object) -> dict[str, object]:
    return {"type": "Property", "value": value}
