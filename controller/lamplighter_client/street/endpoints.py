"""One request for each operation on street data."""

from lamplighter_client.documents.street.accuracy import DeviceAccuracy, LabelledPoint, LabelsBody
from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.documents.street.stills import DeviceStill, StillBody
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.path_segments import path_segment


def street_counts(
    device: str, since: float, until: float, interval_s: int, stream: str | None = None
) -> ApiRequest[list[StreetCount]]:
    """All intervals of a device within [since, until), oldest first, gaps among them."""
    query: dict[str, str | int | float | bool] = {
        "since": since,
        "until": until,
        "interval_s": interval_s,
    }
    if stream is not None:
        query["stream"] = stream
    path = f"/devices/{path_segment('device', device)}/counts"
    return ApiRequest(path, list[StreetCount], query, whole=True)


def accuracy(device: str) -> ApiRequest[DeviceAccuracy]:
    """What is expected before its cameras, and what that rests on."""
    return ApiRequest(f"/devices/{path_segment('device', device)}/accuracy", DeviceAccuracy)


def label_accuracy(device: str, points: list[LabelledPoint]) -> ApiRequest[DeviceAccuracy]:
    """What was measured on labelled pictures of them; in place of what was told before."""
    path = f"/devices/{path_segment('device', device)}/accuracy"
    return ApiRequest(path, DeviceAccuracy, method="POST", body=LabelsBody(points=points))


def take_still(device: str, stream: str = "") -> ApiRequest[DeviceStill]:
    """One picture of a device's camera, if its owner permits that."""
    path = f"/devices/{path_segment('device', device)}/still"
    return ApiRequest(path, DeviceStill, method="POST", body=StillBody(stream=stream))
