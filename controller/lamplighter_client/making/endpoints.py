"""What can be asked of the controller about points, builds and transfers."""

from lamplighter_client.documents.groups import Override
from lamplighter_client.documents.making.fronts import Front, RecipeFacts
from lamplighter_client.documents.making.transfers import TransferEntry, TransferSums
from lamplighter_client.documents.requests import CallOffBody
from lamplighter_client.documents.variants import Job
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.path_segments import path_segment


def front(device: str, regime: str = "") -> ApiRequest[Front]:
    """All points of the catalogue on a device; in its regime of now, or in another one."""
    return ApiRequest(f"/devices/{path_segment('device', device)}/front", Front, {"regime": regime})


def recipes() -> ApiRequest[list[RecipeFacts]]:
    """How variants are made."""
    return ApiRequest("/recipes", list[RecipeFacts])


def build(variant: str) -> ApiRequest[Job]:
    """Build a variant for which no device waits."""
    path = f"/variants/{path_segment('variant', variant)}/build"
    return ApiRequest(path, Job, method="POST")


def job(name: str) -> ApiRequest[Job]:
    """One piece of work of the workshop."""
    return ApiRequest(f"/jobs/{path_segment('job', name)}", Job)


def cancel(name: str) -> ApiRequest[Job]:
    """End a piece of work."""
    return ApiRequest(f"/jobs/{path_segment('job', name)}/cancel", Job, method="POST")


def call_off(device: str, reason: str, life_s: float, revision: int = 0) -> ApiRequest[Override]:
    """Take back what is under way to a device, which is kept from it for a while; of one revision,
    if given."""
    path = f"/devices/{path_segment('device', device)}/call-off"
    body = CallOffBody(reason=reason, life_s=life_s, revision=revision)
    return ApiRequest(path, Override, method="POST", body=body)


def transfers(limit: int = 200) -> ApiRequest[list[TransferEntry]]:
    """The newest orders, the newest first."""
    return ApiRequest("/transfers", list[TransferEntry], {"limit": limit})


def transfer_sums() -> ApiRequest[TransferSums]:
    """The newest orders in a few figures."""
    return ApiRequest("/transfers/sums", TransferSums)
