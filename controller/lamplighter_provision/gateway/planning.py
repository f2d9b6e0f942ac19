"""From what a gateway shall run and what it runs to the steps between. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from enum import Enum

from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.agent_file import agent_file, digest
from lamplighter_provision.gateway.desired import Gateway
from lamplighter_provision.gateway.present import (
    CPU_PERIOD_US,
    STATE_DIR,
    Container,
    Found,
    Image,
    Present,
    Role,
    Shape,
)
from lamplighter_provision.gateway.versions import version_of

MB = 1_000_000
# As engines and images name the same processor.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armhf": "arm"}
KEPT_STATE = "its state is there"
WORDS = {
    "image_id": "image",
    "settings_sha256": "settings",
    "cpu_quota_us": "cpus",
    "memory_bytes": "memory",
    "tmp_bytes": "tmp",
    "hardened": "hardening",
}


class Kind(Enum):
    """What a step does."""

    LOAD_IMAGE = "load image"
    BUILD_IMAGE = "build image"
    DROP_ENROL = "remove leftover of an enrolment"
    DROP_STATE = "remove state without an identity"
    FINISH = "finish the update that was interrupted"
    RESTORE = "go back to what ran before the interrupted update"
    ENROL = "enrol"
    CREATE = "create and start"
    UPDATE = "update"
    START = "start"
    REMOVE = "remove"
    FORGET = "remove state and identity"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `device` is empty where it is about the image."""

    kind: Kind
    device: str = ""
    detail: str = ""

    def __str__(self) -> str:
        text = f"{self.device}: {self.kind.value}" if self.device else self.kind.value
        return f"{text} ({self.detail})" if self.detail else text


def plan(gateway: Gateway, present: Present, brought: Image | None = None) -> list[Step]:
    """All steps, in their order.

    Args:
        brought: what the gateway's image file holds.

    Raises:
        ProvisionError: the image is missing or for another processor.
    """
    steps = list(_image_steps(gateway, present, brought))
    image = brought or (None if steps else present.image)
    _check_architecture(gateway, present, image)
    for device in gateway.agents:
        shape = shape_of(gateway, device, image.id if image else "")
        found = present.devices.get(device, Found())
        steps += [_told(step, gateway, found) for step in _device_steps(device, shape, found)]
    return steps


def plan_removal(devices: list[str], present: Present, *, forget: bool) -> list[Step]:
    """Remove what runs; the state, which holds the identity, only where it shall be forgotten."""
    steps = []
    for device in devices:
        found = present.devices.get(device, Found())
        if found.containers:
            steps.append(Step(Kind.REMOVE, device))
        if forget and found.has_state:
            steps.append(Step(Kind.FORGET, device))
    return steps


def shape_of(gateway: Gateway, device: str, image_id: str) -> Shape:
    """The container that a device shall have."""
    agent, limits = gateway.agents[device], gateway.limits_of(device)
    return Shape(
        image_id=image_id,
        settings_sha256=digest(agent_file(device, agent, STATE_DIR)),
        cpu_quota_us=round(limits.cpus * CPU_PERIOD_US),
        memory_bytes=limits.memory_mb * MB,
        processes=limits.processes,
        tmp_bytes=limits.tmp_mb * MB,
        network=gateway.network,
        devices=agent.device_files,
        groups=agent.groups if agent.device_files else (),
        paths=agent.paths,
    )


def differences(wanted: Shape, found: Shape) -> list[str]:
    """What is not as it shall be, in an operator's words."""
    names = [f.name for f in fields(Shape) if getattr(wanted, f.name) != getattr(found, f.name)]
    return [WORDS.get(name, name) for name in names]


def unlisted(gateway: Gateway, present: Present) -> list[str]:
    """Devices of this engine that the gateway's file does not name."""
    return sorted(present.devices.keys() - gateway.agents.keys())


def _image_steps(gateway: Gateway, present: Present, brought: Image | None) -> Iterator[Step]:
    if brought is not None:
        if present.image is None or present.image.id != brought.id:
            yield Step(Kind.LOAD_IMAGE, detail=gateway.image_file)
    elif present.image is None and gateway.build:
        yield Step(Kind.BUILD_IMAGE, detail=gateway.build)
    elif present.image is None:
        raise ProvisionError(
            f"image: the engine has no {gateway.image}; name its file with image_file, or a folder"
            " with build"
        )


def _check_architecture(gateway: Gateway, present: Present, image: Image | None) -> None:
    if image is None:
        return
    here = ARCHITECTURES.get(present.architecture, present.architecture)
    if image.architecture != here:
        raise ProvisionError(
            f"image: {gateway.image} is for {image.architecture}, the engine's machine is {here};"
            f" build one for {here}"
        )


def _device_steps(device: str, wanted: Shape, found: Found) -> Iterator[Step]:
    agent = found.containers.get(Role.AGENT)
    previous = found.containers.get(Role.PREVIOUS)
    if Role.ENROL in found.containers:
        yield Step(Kind.DROP_ENROL, device)
    if previous is not None:
        if agent is not None and _is_up(agent) and not differences(wanted, agent.shape):
            yield Step(Kind.FINISH, device)
        else:
            yield Step(Kind.RESTORE, device)
            agent = previous
    if agent is not None:
        yield from _present_steps(device, wanted, agent, restored=agent is previous)
        return
    if may_be_enrolled(found):
        yield Step(Kind.CREATE, device, KEPT_STATE)
        return
    if found.has_state:
        yield Step(Kind.DROP_STATE, device)
    yield Step(Kind.ENROL, device)
    yield Step(Kind.CREATE, device)


def _present_steps(
    device: str, wanted: Shape, agent: Container, *, restored: bool
) -> Iterator[Step]:
    changed = differences(wanted, agent.shape)
    if changed:
        yield Step(Kind.UPDATE, device, ", ".join(changed))
    elif restored or not agent.running:
        yield Step(Kind.START, device)


def _told(step: Step, gateway: Gateway, found: Found) -> Step:
    """With the versions in it where another one comes."""
    agent = found.containers.get(Role.AGENT) or found.containers.get(Role.PREVIOUS)
    if step.kind is not Kind.UPDATE or agent is None:
        return step
    runs = version_of(gateway, agent)
    if runs in ("", gateway.version):
        return step
    words = f"{WORDS['image_id']}: {runs} to {gateway.version}"
    return replace(step, detail=step.detail.replace(WORDS["image_id"], words, 1))


def may_be_enrolled(found: Found) -> bool:
    """Whether the state may hold an identity; for sure only a container of the state can tell."""
    enrol = found.containers.get(Role.ENROL)
    return found.has_state and (enrol is None or (not enrol.running and enrol.exit_code == 0))


def _is_up(container: Container) -> bool:
    return container.running and container.healthy is not False
