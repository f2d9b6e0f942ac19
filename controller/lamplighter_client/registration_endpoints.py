"""What can be asked of the controller about devices that are to come."""

from collections.abc import Mapping, Sequence

from msgspec import UNSET

from lamplighter_client.documents import (
    Claim,
    ClaimWindow,
    EnrolmentToken,
    InventoryEntry,
    RegisteredDevice,
    Registration,
)
from lamplighter_client.documents.registering.registrations import (
    TOKEN_LIFE_S,
    AcceptBody,
    ClaimWindowBody,
    RegistrationsBody,
)
from lamplighter_client.documents.requests import CodeBody
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.path_segments import path_segment


def register(
    entries: Sequence[InventoryEntry],
    *,
    dry_run: bool = False,
    tokens: bool = True,
    life_s: float = TOKEN_LIFE_S,
) -> ApiRequest[list[RegisteredDevice]]:
    """Register devices, all or none; or say what that would change."""
    body = RegistrationsBody(devices=list(entries), dry_run=dry_run, tokens=tokens, life_s=life_s)
    return ApiRequest("/registrations", list[RegisteredDevice], method="POST", body=body)


def registrations() -> ApiRequest[list[Registration]]:
    """What devices are registered as."""
    return ApiRequest("/registrations", list[Registration])


def forget(name: str) -> ApiRequest[Registration]:
    """End a registration and its open tokens."""
    return ApiRequest(
        f"/registrations/{path_segment('registration', name)}", Registration, method="DELETE"
    )


def inventory() -> ApiRequest[list[InventoryEntry]]:
    """All devices as they can be registered again."""
    return ApiRequest("/inventory", list[InventoryEntry])


def tokens() -> ApiRequest[list[EnrolmentToken]]:
    """Enrolment tokens and codes, without their text."""
    return ApiRequest("/tokens", list[EnrolmentToken])


def revoke_token(token: str) -> ApiRequest[EnrolmentToken]:
    """End an enrolment token, by its id."""
    return ApiRequest(f"/tokens/{path_segment('token', token)}", EnrolmentToken, method="DELETE")


def create_code(device_name: str) -> ApiRequest[EnrolmentToken]:
    """A short code for a technician."""
    return ApiRequest("/codes", EnrolmentToken, method="POST", body=CodeBody(device=device_name))


def claims() -> ApiRequest[list[Claim]]:
    """Who asks to come in."""
    return ApiRequest("/claims", list[Claim])


def open_claims(life_s: float) -> ApiRequest[ClaimWindow]:
    """Take new claims for so long; 0: no longer."""
    body = ClaimWindowBody(life_s=life_s)
    return ApiRequest("/claims/window", ClaimWindow, method="POST", body=body)


def accept_claim(
    claim: str, site: str | None = None, labels: Mapping[str, str] | None = None
) -> ApiRequest[Claim]:
    """Let a device in."""
    body = AcceptBody(
        site=UNSET if site is None else site, labels=UNSET if labels is None else dict(labels)
    )
    return ApiRequest(
        f"/claims/{path_segment('claim', claim)}/accept", Claim, method="POST", body=body
    )


def reject_claim(claim: str) -> ApiRequest[Claim]:
    """Keep a device out."""
    return ApiRequest(f"/claims/{path_segment('claim', claim)}/reject", Claim, method="POST")
