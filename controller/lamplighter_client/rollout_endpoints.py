"""What can be asked of the controller about rollouts."""

from lamplighter_client.documents import (
    Rollout,
    RolloutPreview,
    RolloutRehearsal,
    RolloutTarget,
)
from lamplighter_client.documents.rollouts import (
    CanaryFigure,
    DueDevice,
    DueFailure,
    RolloutBody,
    RolloutStepBody,
    Verb,
)
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.path_segments import path_segment


def rollouts() -> ApiRequest[list[Rollout]]:
    """All rollouts, the oldest first."""
    return ApiRequest("/rollouts", list[Rollout])


def rollout(name: str) -> ApiRequest[Rollout]:
    """One rollout and how far it is."""
    return ApiRequest(_of(name), Rollout)


def rollout_devices(name: str) -> ApiRequest[list[RolloutTarget]]:
    """All its devices."""
    return ApiRequest(_of(name, "/devices"), list[RolloutTarget], {"limit": 500}, whole=True)


def due_devices(name: str) -> ApiRequest[list[DueDevice]]:
    """Who is to be given which version of the agent now."""
    return ApiRequest(_of(name, "/due"), list[DueDevice])


def fail_due_device(name: str, device: str, reason: str) -> ApiRequest[Rollout]:
    """Say that what a device is due for could not be installed there."""
    body = DueFailure(reason=reason)
    part = f"/due/{path_segment('device', device)}/failure"
    return ApiRequest(_of(name, part), Rollout, method="POST", body=body)


def preview_rollout(name: str) -> ApiRequest[RolloutPreview]:
    """Who would come into it now."""
    return ApiRequest(_of(name, "/preview"), RolloutPreview)


def preview_plan(body: RolloutBody) -> ApiRequest[RolloutPreview]:
    """Who would come into a rollout that is not drafted yet."""
    return ApiRequest("/rollouts/preview", RolloutPreview, method="POST", body=body)


def rehearse_rollout(name: str) -> ApiRequest[RolloutRehearsal]:
    """Run it against a model of its devices."""
    return ApiRequest(_of(name, "/rehearsal"), RolloutRehearsal, method="POST")


def rollout_rehearsal(name: str) -> ApiRequest[RolloutRehearsal]:
    """What was predicted of it, and what is known by now."""
    return ApiRequest(_of(name, "/rehearsal"), RolloutRehearsal)


def canary_figures(name: str) -> ApiRequest[list[CanaryFigure]]:
    """How its canaries changed beside the control group."""
    return ApiRequest(_of(name, "/canaries"), list[CanaryFigure])


def create_rollout(body: RolloutBody) -> ApiRequest[Rollout]:
    """Draft a rollout."""
    return ApiRequest("/rollouts", Rollout, method="POST", body=body)


def step_rollout(name: str, verb: Verb, reason: str = "", version: int = 0) -> ApiRequest[Rollout]:
    """Approve, start, pause, resume, retry, abort, roll back or end it; at a version, if given."""
    body = RolloutStepBody(verb=verb, reason=reason)
    return ApiRequest(_of(name, "/steps"), Rollout, method="POST", body=body, version=version)


def _of(name: str, part: str = "") -> str:
    return f"/rollouts/{path_segment('rollout', name)}{part}"
