"""A read-only dashboard changes nothing, whichever key is pressed wherever it does something."""

import inspect
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module

import lamplighter_dashboard
import msgspec
import pytest
from fastapi.testclient import TestClient
from lamplighter_dashboard.app import Dashboard
from lamplighter_dashboard.model.docker_hosts import DockerHost, FakeHosts, HostAgent
from lamplighter_dashboard.screens.docker_hosts import DockerHostsScreen
from lamplighter_dashboard.screens.groups.group import GroupScreen
from lamplighter_dashboard.screens.making.variants import VariantsScreen
from lamplighter_dashboard.screens.modal.choose import ChooseScreen
from lamplighter_dashboard.screens.modal.confirm import ConfirmScreen
from lamplighter_dashboard.screens.rolling_out.board import RolloutScreen
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import Session
from tests.simulators.certificates import key_and_request
from tests.simulators.served_app import api_of

DEVICE = [
    *(f"device-{name}" for name in ("plan", "pin", "hold", "release", "roll-back", "probe")),
    *(f"device-{name}" for name in ("label", "limits", "move", "retire", "revoke")),
    *(f"attention-{name}" for name in ("acknowledge", "mute", "take-back")),
]
CHANGING: Mapping[str, Sequence[str]] = {
    "fleet": DEVICE,
    "device": DEVICE,
    "gone": ["device-restore"],
    "retired": ["device-restore"],
    "events": ["attention-acknowledge", "attention-mute", "attention-take-back"],
    "groups": ["groups-new", "groups-change", "groups-delete"],
    "group": ["group-set", "group-change", "group-delete"],
    "rollouts": ["rollouts-new", "rollout-step"],
    "rollout": ["rollout-step", "rollout-rehearse"],
    "provision": [
        *(f"provision-{name}" for name in ("token", "accept", "reject", "window", "renew")),
    ],
    "transfers": ["transfers-cancel"],
    "variants": ["variants-build"],
    "hosts": ["hosts-update", "hosts-remove"],
}
"""What changes the fleet, by the place in which it is tried."""
LOOKING_BY_PLACE = {
    "chart": "earlier later now",
    "controller": "other",
    "device": "before events log next page variants",
    "events": "now older severity",
    "fleet": "columns events group hide-hint sort turn views",
    "group": "fleet other",
    "groups": "fleet",
    "log": "again level",
    "next": "tab theme",
    "prompt": "command query",
    "provision": "hosts",
    "rollout": "map",
    "street": "class day-after day-before still",
    "table": "down first last mark open page-down page-up up",
    "transfers": "other",
    "variants": "class cost mark regime",
    "zoom": "in out",
}
LOOKING = {"back", "copy", "export", "help", "quit"} | {
    f"{place}-{name}" for place, names in LOOKING_BY_PLACE.items() for name in names.split()
}
"""What does not."""


def named_keys() -> set[str]:
    """Of all classes that have keys of their own with a name."""
    found: set[str] = set()
    for module in pkgutil.walk_packages(lamplighter_dashboard.__path__, "lamplighter_dashboard."):
        for _, one in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(one, App | Screen | Widget):
                keys = one.__dict__.get("BINDINGS", ())
                found |= {key.id for key in keys if isinstance(key, Binding) and key.id}
    return found


def test_of_every_key_it_is_known_whether_it_changes_something() -> None:
    changing = {key for keys in CHANGING.values() for key in keys}
    known = {key for key in named_keys() if not key.startswith("go-")}
    assert known == changing | LOOKING
    assert not changing & LOOKING


@pytest.fixture
def api(city: ServedFleet) -> Iterator[TestClient]:
    with api_of(city.fleet.app, city.token("admin")) as made:
        yield made


def fill(city: ServedFleet, api: TestClient) -> None:
    """Something for every key to act on."""
    for path, body in (
        ("groups", {"name": "strong", "query": "id=gateway-1"}),
        ("rollouts", {"name": "spring", "target": "int8-full-3f2a91", "group": "strong"}),
        ("claims/window", {"life_s": 600.0}),
        ("devices/cam-new/retire", {}),
    ):
        assert api.post(path, json=body).is_success, path
    ends_at = city.fleet.rig.clock.time() + 100 * 86_400.0
    box = city.fleet.box
    box.say("capabilities", msgspec.structs.replace(box.capabilities, certificate_ends_at=ends_at))
    body = {"device": "cam-a", "csr": key_and_request("cam-a")[1]}
    assert api_of(city.fleet.app, "").post("claims", json=body).is_success


async def go_to(seen: Session, place: str) -> None:
    app: Dashboard = seen.app
    app.action_go("fleet")
    await seen.pilot.pause()
    if place == "fleet":
        return
    if place in ("device", "gone"):
        await seen.opened("gateway-1" if place == "device" else "cam-new")
        return
    special = {
        "group": lambda: GroupScreen("strong"),
        "rollout": lambda: RolloutScreen("spring"),
        "variants": lambda: VariantsScreen("gateway-1"),
        "hosts": DockerHostsScreen,
    }
    if place in special:
        app.push_screen(special[place]())
    else:
        app.action_go(place)
    await seen.pilot.pause()
    screen = app.screen
    await seen.until(lambda: screen.connection().heard_at, f"what {place} shows")
    if place == "events":
        await seen.press("down")  # the newest is of no device


def key_of(seen: Session, name: str) -> str:
    active = [one.binding for one in seen.app.screen.active_bindings.values()]
    return next(one.key for one in active if one.id == name)


async def refused(seen: Session, place: str, name: str) -> None:
    """Press a key, and wait until that is said."""
    seen.app.clear_notifications()
    await seen.press(key_of(seen, name))
    if isinstance(seen.app.screen, ChooseScreen):  # of what: that is asked before
        await seen.press("enter")
    said = seen.app._notifications  # noqa: SLF001 - nothing else tells
    where = f"{place}: that {name} is refused"
    await seen.until(lambda: any("read-only" in one.message for one in said), where)
    assert not isinstance(seen.app.screen, ConfirmScreen)


@pytest.mark.long
def test_read_only_meets_every_key_that_changes_something(
    city: ServedFleet, api: TestClient
) -> None:
    fill(city, api)
    before = len(api.get("audit/export").json())
    agent = HostAgent("box-1", ["agent:1.1.0"], "1.1.0", True, True, "online", ["update"])
    engines = FakeHosts([DockerHost("north.toml", "ssh://north", [agent])], {})

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 5, "five devices")
        for place, keys in CHANGING.items():
            await go_to(seen, place)
            for name in keys:
                await refused(seen, place, name)

    city.drive(steps, read_only=True, hosts=engines)
    assert len(api.get("audit/export").json()) == before, "nothing was changed or tried"
    assert engines.done == []
