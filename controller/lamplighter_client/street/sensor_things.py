"""Intervals as OGC SensorThings (1.1) entities: a thing with datastreams, and their observations.

One datastream for each movement and class, one more of their speed where that was measured, and one
of the occupancy of each line and zone. A server gives them their ids: one that knows the thing
already takes the observations alone, each linked to the datastream that has its name there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.movements import CountRow, count_rows, iso_time
from lamplighter_client.street.ngsi_ld import Place
from lamplighter_client.street.whole_quarters import whole_quarters

COUNT_TYPE = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_CountObservation"
MEASUREMENT_TYPE = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
UNIT = {"name": "road users", "symbol": "1", "definition": "https://qudt.org/vocab/unit/NUM"}


class _About(NamedTuple):
    """What a datastream of measurements is about."""

    name: str
    text: str
    definition: str
    unit: dict[str, str]


WHAT = {
    "speed": _About(
        "space mean speed",
        "Space mean speed between two lines, in an interval",
        "https://en.wikipedia.org/wiki/Traffic_flow",
        {
            "name": "kilometre per hour",
            "symbol": "km/h",
            "definition": "https://qudt.org/vocab/unit/KiloM-PER-HR",
        },
    ),
    "occupancy": _About(
        "occupancy",
        "Share of the watched time in which a vehicle was on a line or in a zone",
        "https://en.wikipedia.org/wiki/Traffic_flow",
        {"name": "share", "symbol": "1", "definition": "https://qudt.org/vocab/unit/UNITLESS"},
    ),
}


def thing(device: str, place: Place, intervals: Sequence[StreetCount]) -> dict[str, Any]:
    """The device with a datastream for each movement and class, for one deep insert."""
    rows = [row for row in _rows(intervals) if row.movement]
    counted = {_name(row) for row in rows}
    measured = {(one.name, one.what) for row in rows for one in _measured(row)}
    made: dict[str, Any] = {
        "name": device,
        "description": f"Camera that counts road users at {place.address or device}",
        "properties": _properties(place),
        "Datastreams": [
            *(_datastream(name) for name in sorted(counted)),
            *(_measured_datastream(name, WHAT[what]) for name, what in sorted(measured)),
        ],
    }
    if place.latitude is not None:
        made["Locations"] = [
            {
                "name": place.address or device,
                "description": "Where the camera stands",
                "encodingType": "application/geo+json",
                "location": {"type": "Point", "coordinates": [place.longitude, place.latitude]},
            }
        ]
    return made


def _properties(place: Place) -> dict[str, Any]:
    heading_deg = {} if place.heading_deg is None else {"heading_deg": place.heading_deg}
    return {"source": "lamplighter", **heading_deg}


def observations(intervals: Iterable[StreetCount]) -> Iterator[dict[str, Any]]:
    """One for each interval, movement and class; none of a gap, and a zero where nothing came."""
    told: set[tuple[str, float]] = set()  # the occupancy of a line is in each of its rows
    for row in _rows(intervals):
        if row.counted is not None and row.movement:
            yield _observation(row, _name(row), row.counted)
        for one in _measured(row):
            if (one.name, row.begin) not in told:
                told.add((one.name, row.begin))
                yield _observation(row, one.name, one.value, one.of)


def linked(entry: Mapping[str, Any], datastream: int | str) -> dict[str, Any]:
    """An observation as it is posted: with its datastream's id at the server."""
    return {**entry["observation"], "Datastream": {"@iot.id": datastream}}


def _rows(intervals: Iterable[StreetCount]) -> list[CountRow]:
    """Of each camera what was seen of it over the same lines, oldest first."""
    cameras: dict[tuple[str, str], list[StreetCount]] = {}
    for one in intervals:
        cameras.setdefault((one.device, one.stream), []).append(one)
    whole = [one for several in cameras.values() for one in whole_quarters(several)]
    return sorted((row for one in whole for row in count_rows([one])), key=lambda row: row.begin)


class _Measured(NamedTuple):
    """A figure beside a count: in which datastream, what it is, and of how many."""

    name: str
    what: str
    value: float
    of: int | None = None


def _measured(row: CountRow) -> list[_Measured]:
    found = []
    if row.speed_kmh is not None:
        name = f"{_name(row)} speed"
        found.append(_Measured(name, "speed", row.speed_kmh, row.speed_count))
    if row.occupancy is not None:
        place = row.movement.rpartition("/")[0]
        name = " ".join(filter(None, (row.device, row.stream, place, "occupancy")))
        found.append(_Measured(name, "occupancy", row.occupancy))
    return found


def _observation(
    row: CountRow, datastream: str, result: float, of: int | None = None
) -> dict[str, Any]:
    parameters: dict[str, Any] = {"street": row.street, "watched_s": row.watched_s}
    if row.notes:
        parameters["notes"] = row.notes
    if of is not None:
        parameters["measurements"] = of
    return {
        "datastream": datastream,
        "observation": {
            "phenomenonTime": f"{row.start}/{_end(row)}",
            "result": result,
            "parameters": parameters,
            **({"resultQuality": row.trouble} if row.trouble else {}),
        },
    }


def _name(row: CountRow) -> str:
    return " ".join(filter(None, (row.device, row.stream, row.movement, row.kind)))


def _end(row: CountRow) -> str:
    return iso_time(row.begin + row.seconds)


def _measured_datastream(name: str, about: "_About") -> dict[str, Any]:
    like = _datastream(name)
    observed = {"name": about.name, "definition": about.definition, "description": about.text}
    return like | {
        "description": about.text,
        "observationType": MEASUREMENT_TYPE,
        "unitOfMeasurement": about.unit,
        "ObservedProperty": observed,
    }


def _datastream(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": "Road users in an interval, by a network on the camera",
        "observationType": COUNT_TYPE,
        "unitOfMeasurement": UNIT,
        "ObservedProperty": {
            "name": "traffic volume",
            "definition": "https://en.wikipedia.org/wiki/Traffic_count",
            "description": "How many crossed a line in an interval",
        },
        "Sensor": {
            "name": "camera with a detector",
            "description": "Detection, tracking and counting on the device",
            "encodingType": "text/html",
            "metadata": "https://schema.org/SoftwareApplication",
        },
    }
