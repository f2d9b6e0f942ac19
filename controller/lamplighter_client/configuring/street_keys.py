"""Keys of street files that nobody reads: what was meant by them. Pure.

GeoJSON lets programs add members of their own (RFC 7946, section 6.1), so those that tools are
known to write pass, as do all properties that are not nearly one of ours.
"""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from lamplighter_client.documents.configuring.configurations import (
    CameraPosition,
    Distance,
    FeatureProperties,
    StreetFile,
)

IDENTITY = {"bbox", "crs", "id", "name", "title", "description", "comment", "version"}
ORIGIN = {"generator", "timestamp", "date", "copyright", "license", "attribution", "fileName"}
LOOKS = {"properties", "metadata", "style", "styles", "xy_coordinate_resolution"}
FOREIGN = IDENTITY | ORIGIN | LOOKS
FOREIGN_MARKS = ("@", "_", "$", "x-")  # JSON-LD, and what programs keep for themselves
NEARLY = 0.8  # alike as difflib measures it: "strem" and "stream" 0.91, "stroke" and "stream" 0.67


def body_keys_problems(body: Mapping[str, Any]) -> dict[str, str]:
    """The same of a request's body, by where in it the file stands: "street", "streets.cam-1".

    Args:
        body: JSON that is a `StreetBody`, or a `RolloutBody`.
    """
    files = {f"streets.{name}": file for name, file in (body.get("streets") or {}).items()}
    if "street" in body:
        files["street"] = body["street"]
    return {at: problem for at, file in files.items() if (problem := street_keys_problem(file))}


def street_keys_problem(document: Mapping[str, Any]) -> str:
    """The first key that would be lost, and what was meant; empty: none.

    Args:
        document: JSON that is a `StreetFile`.
    """
    own = [key for key in document if key not in FOREIGN and not key.startswith(FOREIGN_MARKS)]
    problems = [
        _unknown("the file", own, StreetFile.__struct_fields__),
        *(
            _unknown(f"{kind} {number}", one, fields)
            for kind, fields in (
                ("positions", CameraPosition.__struct_fields__),
                ("distances", Distance.__struct_fields__),
            )
            for number, one in enumerate(document.get(kind, ()), start=1)
        ),
        *(
            _nearly(number, feature.get("properties", {}))
            for number, feature in enumerate(document.get("features", ()), start=1)
        ),
    ]
    return next(filter(None, problems), "")


def _unknown(where: str, keys: Collection[str], known: Collection[str]) -> str:
    """All but the known ones are refused."""
    for key in keys:
        if key not in known:
            near = get_close_matches(key.lower(), known, 1)
            meant = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(known)}"
            return f"{where} has a key {key!r}, which nothing reads; {meant}"
    return ""


def _nearly(number: int, properties: Collection[str]) -> str:
    """Only what is nearly one of ours that is not there is refused."""
    known = FeatureProperties.__struct_fields__
    for key in properties:
        near = get_close_matches(key.lower(), known, 1, NEARLY)
        if near and near[0] not in properties:
            return (
                f"feature {number} has a property {key!r}, which nothing reads; did you mean"
                f" {near[0]!r}?"
            )
    return ""
