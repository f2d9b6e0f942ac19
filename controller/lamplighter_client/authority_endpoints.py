"""What can be asked of the controller about its authority, and the key that it signs with."""

from lamplighter_client.documents import AuthorityRotation, SigningKeyRotation
from lamplighter_client.documents.requests import RotationBody
from lamplighter_client.endpoints import ApiRequest


def rotation() -> ApiRequest[AuthorityRotation]:
    """How far a rotation is."""
    return ApiRequest("/authority/rotation", AuthorityRotation)


def rotate() -> ApiRequest[AuthorityRotation]:
    """Begin one."""
    return ApiRequest("/authority/rotate", AuthorityRotation, method="POST")


def switch(*, leave_behind: bool = False) -> ApiRequest[AuthorityRotation]:
    """Let the other authority sign."""
    body = RotationBody(leave_behind=leave_behind)
    return ApiRequest("/authority/switch", AuthorityRotation, method="POST", body=body)


def finish(*, leave_behind: bool = False) -> ApiRequest[AuthorityRotation]:
    """End the old authority."""
    body = RotationBody(leave_behind=leave_behind)
    return ApiRequest("/authority/finish", AuthorityRotation, method="POST", body=body)


def signing_rotation() -> ApiRequest[SigningKeyRotation]:
    """How far it is that one signing key takes another's place."""
    return ApiRequest("/signing-key/rotation", SigningKeyRotation)


def rotate_signing() -> ApiRequest[SigningKeyRotation]:
    """Let another key count beside."""
    return ApiRequest("/signing-key/rotate", SigningKeyRotation, method="POST")


def switch_signing(*, leave_behind: bool = False) -> ApiRequest[SigningKeyRotation]:
    """Let the other key sign."""
    body = RotationBody(leave_behind=leave_behind)
    return ApiRequest("/signing-key/switch", SigningKeyRotation, method="POST", body=body)


def finish_signing(*, leave_behind: bool = False) -> ApiRequest[SigningKeyRotation]:
    """End the old key."""
    body = RotationBody(leave_behind=leave_behind)
    return ApiRequest("/signing-key/finish", SigningKeyRotation, method="POST", body=body)
