"""Intervals as NGSI-LD entities `TrafficFlowObserved` (FIWARE Smart Data Models, Transportation).

One entity for each movement and class of vehicle; the newest interval is its state, as context
brokers keep the earlier ones. What was not watched has no entity: a gap is told by its absence.
People are no vehicles of that model and are left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from lamplighter_wire.street.turns import is_turn

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.movements import iso_time

CONTEXT = (
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Transportation/master/"
    "context.jsonld"
)
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
    """Where a device is: the model wants a position or an address."""

    address: str
    latitude: float | None = None
    longitude: float | None = None


def place_of(device: str, site: str, labels: Mapping[str, str]) -> Place:
    """From a device's site and its labels `latitude` and `longitude`, in degrees."""
    try:
        latitude, longitude = float(labels["latitude"]), float(labels["longitude"])
    except (KeyError, ValueError):
        return Place(site or device)
    return Place(site or device, latitude, longitude)


def traffic_flow(intervals: Iterable[StreetCount], place: Place) -> Iterator[dict[str, Any]]:
    """Entities in normalized form, in the order of the intervals."""
    for interval in intervals:
        for movement, by_class in sorted((interval.counts or {}).items()):
            for kind, count in sorted(by_class.items()):
                if kind in VEHICLES:
                    yield _entity(interval, place, movement, kind, count)


def _entity(
    interval: StreetCount, place: Place, movement: str, kind: str, count: int
) -> dict[str, Any]:
    begin, end = iso_time(interval.start), iso_time(interval.start + interval.seconds)
    names = (interval.device, interval.stream, movement.replace("/", "-"), kind)
    return {
        "id": "urn:ngsi-ld:TrafficFlowObserved:" + ":".join(filter(None, names)),
        "type": "TrafficFlowObserved",
        "name": _property(movement),
        "source": _property("lamplighter"),
        "dateObserved": _property(f"{begin}/{end}"),
        "dateObservedFrom": _property({"@type": "DateTime", "@value": begin}),
        "dateObservedTo": _property({"@type": "DateTime", "@value": end}),
        "intensity": _property(count),
        "vehicleType": _property(VEHICLES[kind]),
        **_measured(interval, movement, kind),
        **_where(place),
        "@context": [CONTEXT],
    }


def _measured(interval: StreetCount, movement: str, kind: str) -> dict[str, Any]:
    """Speed (km/h) and occupancy (0 to 1), where they were measured."""
    speed = (interval.speed_kmh or {}).get(movement, {}).get(kind)
    occupancy = (interval.occupancy or {}).get(movement.rpartition("/")[0])
    named = {"averageVehicleSpeed": speed, "occupancy": None if is_turn(movement) else occupancy}
    return {name: _property(value) for name, value in named.items() if value is not None}


def _where(place: Place) -> dict[str, Any]:
    where = {"address": _property({"type": "PostalAddress", "streetAddress": place.address})}
    if place.latitude is not None:
        point = {"type": "Point", "coordinates": [place.longitude, place.latitude]}
        where["location"] = {"type": "GeoProperty", "value": point}
    return where


def _property(value: object) -> dict[str, object]:
    return {"type": "Property", "value": value}
