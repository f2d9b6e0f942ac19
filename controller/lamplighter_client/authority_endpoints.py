"""What can be asked of the controller about its authority."""

from lamplighter_client.documents import AuthorityRotation
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
