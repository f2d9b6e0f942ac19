"""From what shall run and what runs to the steps between: every way there is to begin."""

import dataclasses
from typing import Any

import msgspec
import pytest
from lamplighter_provision.engine.container import creation, read_container
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Agent, Gateway, Limits
from lamplighter_provision.gateway.planning import (
    Kind,
    differences,
    plan,
    plan_removal,
    shape_of,
    unlisted,
)
from lamplighter_provision.gateway.present import (
    Container,
    Found,
    Image,
    Present,
    Role,
    container_name,
)

IMAGE = Image("sha256:" + "a" * 64, "amd64")
OTHER = Image("sha256:" + "b" * 64, "amd64")
GATEWAY = Gateway(
    image="agent:1",
    url="http://controller:8080",
    agents={"cam-1": Agent(source="rtsp://camera/1")},
)
SHAPE = shape_of(GATEWAY, "cam-1", IMAGE.id)
RUNS = Container("c1", SHAPE, running=True)
OLD = dataclasses.replace(RUNS, shape=dataclasses.replace(SHAPE, image_id=OTHER.id))


def present(found: Found | None = None, image: Image | None = IMAGE) -> Present:
    return Present("x86_64", image, {} if found is None else {"cam-1": found})


def kinds(found: Found | None = None, gateway: Gateway = GATEWAY) -> list[Kind]:
    return [step.kind for step in plan(gateway, present(found))]


def found(**containers: Container) -> Found:
    return Found({Role[name.upper()]: c for name, c in containers.items()}, has_state=True)


def test_nothing_there_enrol_and_create() -> None:
    assert kinds() == [Kind.ENROL, Kind.CREATE]


def test_all_as_it_shall_be_nothing_to_do() -> None:
    assert kinds(found(agent=RUNS)) == []


def test_a_state_without_containers_is_used_and_said() -> None:
    (step,) = plan(GATEWAY, present(Found(has_state=True)))
    assert (step.kind, step.detail) == (Kind.CREATE, "its state is there")


def test_a_stopped_agent_is_started() -> None:
    assert kinds(found(agent=dataclasses.replace(RUNS, running=False))) == [Kind.START]


@pytest.mark.parametrize(
    ("enrol", "expected"),
    [
        ({"running": False, "exit_code": 0}, [Kind.DROP_ENROL, Kind.CREATE]),
        (
            {"running": False, "exit_code": 3},
            [Kind.DROP_ENROL, Kind.DROP_STATE, Kind.ENROL, Kind.CREATE],
        ),
        (
            {"running": True, "exit_code": 0},
            [Kind.DROP_ENROL, Kind.DROP_STATE, Kind.ENROL, Kind.CREATE],
        ),
    ],
)
def test_an_enrolment_that_was_cut_off(enrol: dict[str, Any], expected: list[Kind]) -> None:
    assert kinds(found(enrol=dataclasses.replace(RUNS, **enrol))) == expected


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        ({"previous": OLD}, [Kind.RESTORE, Kind.UPDATE]),
        ({"previous": RUNS}, [Kind.RESTORE, Kind.START]),
        ({"previous": OLD, "agent": RUNS}, [Kind.FINISH]),
        (
            {"previous": OLD, "agent": dataclasses.replace(RUNS, healthy=False)},
            [Kind.RESTORE, Kind.UPDATE],
        ),
        (
            {"previous": OLD, "agent": dataclasses.replace(RUNS, running=False)},
            [Kind.RESTORE, Kind.UPDATE],
        ),
    ],
)
def test_an_update_that_was_cut_off(containers: dict[str, Container], expected: list[Kind]) -> None:
    assert kinds(found(**containers)) == expected


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"limits": Limits(cpus=2.0)}, "cpus"),
        ({"limits": Limits(memory_mb=300)}, "memory"),
        ({"limits": Limits(processes=64)}, "processes"),
        ({"limits": Limits(tmp_mb=9)}, "tmp"),
        ({"network": "host"}, "network"),
        ({"agents": {"cam-1": Agent(source="rtsp://camera/2")}}, "settings"),
        ({"agents": {"cam-1": Agent(source="rtsp://camera/1", paths=("/srv",))}}, "paths"),
        ({"agents": {"cam-1": Agent(source="rtsp://camera/1", devices=("/dev/a",))}}, "devices"),
    ],
)
def test_what_has_changed_is_named(change: dict[str, Any], word: str) -> None:
    steps = plan(msgspec.structs.replace(GATEWAY, **change), present(found(agent=RUNS)))
    assert [step.kind for step in steps] == [Kind.UPDATE]
    assert word in steps[0].detail.split(", ")


def test_another_image_is_an_update() -> None:
    assert str(plan(GATEWAY, present(found(agent=OLD)))[0]) == "cam-1: update (image)"


def test_a_missing_image_is_loaded_or_built_first() -> None:
    loads = msgspec.structs.replace(GATEWAY, image_file="agent.tar")
    steps = plan(loads, present(found(agent=OLD), image=OTHER), brought=IMAGE)
    assert [step.kind for step in steps] == [Kind.LOAD_IMAGE, Kind.UPDATE]
    assert plan(loads, present(found(agent=RUNS)), brought=IMAGE) == []
    builds = msgspec.structs.replace(GATEWAY, build="folder")
    steps = plan(builds, present(image=None))
    assert [step.kind for step in steps] == [Kind.BUILD_IMAGE, Kind.ENROL, Kind.CREATE]


def test_an_image_that_nobody_brings_is_named() -> None:
    with pytest.raises(ProvisionError, match="name its file with image_file"):
        plan(GATEWAY, present(image=None))


@pytest.mark.parametrize("brought", [None, Image(OTHER.id, "arm64")])
def test_an_image_for_another_processor_is_refused(brought: Image | None) -> None:
    here = Present("x86_64", Image(IMAGE.id, "arm64"), {})
    with pytest.raises(ProvisionError, match="is for arm64, the engine's machine is amd64"):
        plan(GATEWAY, here, brought)


def test_removal_keeps_the_state_unless_it_shall_be_forgotten() -> None:
    here = present(found(agent=RUNS))
    assert [s.kind for s in plan_removal(["cam-1"], here, forget=False)] == [Kind.REMOVE]
    assert [s.kind for s in plan_removal(["cam-1"], here, forget=True)] == [
        Kind.REMOVE,
        Kind.FORGET,
    ]
    assert plan_removal(["cam-2"], here, forget=True) == []


def test_others_on_the_engine_are_left_alone() -> None:
    here = Present("x86_64", IMAGE, {"cam-9": found(agent=RUNS)})
    assert unlisted(GATEWAY, here) == ["cam-9"]
    assert {step.device for step in plan(GATEWAY, here)} == {"cam-1"}


def inspected(role: Role = Role.AGENT, **state: Any) -> dict[str, Any]:
    """What an engine tells of a container that it made as it was asked to."""
    asked = creation("cam-1", role, SHAPE, ["run"])
    return {
        "Id": "c1",
        "Name": "/" + container_name("cam-1", role),
        "Image": asked["Image"],
        "Config": {name: asked[name] for name in ("Labels", "User")},
        "HostConfig": asked["HostConfig"],
        "State": {"Running": True} | state,
    }


@pytest.mark.parametrize("role", list(Role))
def test_what_was_asked_for_is_read_back(role: Role) -> None:
    device, read_role, container = read_container(inspected(role))
    assert (device, read_role) == ("cam-1", role)
    assert differences(SHAPE, container.shape) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ReadonlyRootfs", False),
        ("Privileged", True),
        ("CapDrop", None),
        ("CapAdd", ["SYS_ADMIN"]),
        ("SecurityOpt", None),
        ("MemorySwap", -1),
        ("CpuPeriod", 0),
    ],
)
def test_a_softened_container_is_seen(name: str, value: Any) -> None:
    document = inspected()
    document["HostConfig"][name] = value
    assert differences(SHAPE, read_container(document)[2].shape) == ["hardening"]


@pytest.mark.parametrize("owes_online", [True, False])
def test_what_a_new_container_owes_is_read_back(owes_online: bool) -> None:
    asked = creation("cam-1", Role.AGENT, SHAPE, ["run"], owes_online=owes_online)
    document = inspected() | {"Config": {"Labels": asked["Labels"]}}
    assert read_container(document)[2].owes_online == owes_online


def test_a_container_that_begins_again_and_again_does_not_run() -> None:
    document = inspected(Restarting=True, Health={"Status": "unhealthy"}) | {"RestartCount": 4}
    _, _, container = read_container(document)
    assert (container.running, container.healthy, container.restarts) == (False, False, 4)


def test_neither_settings_nor_addresses_of_cameras_are_in_what_inspect_shows() -> None:
    assert "rtsp://" not in str(inspected())
