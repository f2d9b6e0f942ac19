"""Intervals as OGC SensorThings (1.1) entities: a thing with datastreams, and their observations.

One datastream for each movement and class. A server that knows the thing already takes the
observations alone; `name` finds the datastream there.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.movements import CountRow, count_rows, iso_time
from lamplighter_client.street.ngsi_ld import Place

COUNT_TYPE = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_CountObservation"
UNIT = {"name": "road users", "symbol": "1", "definition": "https://qudt.org/vocab/unit/NUM"}


def thing(device: str, place: Place, intervals: Sequence[StreetCount]) -> dict[str, Any]:
    """The device with a datastream for each movement and class, for one deep insert."""
    names = sorted({_name(row) for row in count_rows(intervals) if row.movement})
    made: dict[str, Any] = {
        "name": device,
        "description": f"Camera that counts road users at {place.address}",
        "properties": {"source": "lamplighter"},
        "Datastreams": [_datastream(name) for name in names],
    }
    if place.latitude is not None:
        made["Locations"] = [
            {
                "name": place.address,
                "description": "Where the camera stands",
                "encodingType": "application/geo+json",
                "location": {"type": "Point", "coordinates": [place.longitude, place.latitude]},
            }
        ]
    return made


def observations(intervals: Iterable[StreetCount]) -> Iterator[dict[str, Any]]:
    """One for each interval, movement and class; none of a gap, and a zero where nothing came."""
    for row in count_rows(list(intervals)):
        if row.counted is not None and row.movement:
            yield {
                "datastream": _name(row),
                "observation": {
                    "phenomenonTime": f"{row.start}/{_end(row)}",
                    "result": row.counted,
                    "parameters": {"street": row.street, "watched_s": row.watched_s},
                    **({"resultQuality": row.trouble} if row.trouble else {}),
                },
            }


def _name(row: CountRow) -> str:
    return " ".join(filter(None, (row.device, row.stream, row.movement, row.kind)))


def _end(row: CountRow) -> str:
    return iso_time(row.begin + row.seconds)


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
