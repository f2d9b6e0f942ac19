"""Filter, order and paging of devices: the same on every database."""

from collections.abc import Iterator

import msgspec
import pytest
from lamplighter_controller.domain.devices import hardware_class
from lamplighter_controller.domain.selection.device_filter import parse_filter
from lamplighter_controller.domain.selection.device_selection import (
    DeviceOrder,
    DeviceSelection,
    Position,
)
from lamplighter_controller.services.devices.device_listing import position
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import DeploymentRecord, DeviceRecord, PlanRecord
from lamplighter_controller.store.sql import SqlStore
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Capabilities, OperatingPoint, Reported

NOW = 1000.0
SMALL, LARGE = Capabilities(cores=1), Capabilities(cores=4)


def serving(variant: str) -> Reported:
    return Reported(serving=OperatingPoint(variant=variant))


DEVICES = (
    DeviceRecord(
        id="cam-1",
        site="north",
        labels={"group": "gate", "a.b": "x"},
        online=True,
        last_seen=NOW - 10,
        capabilities=SMALL,
        reported=serving("v1"),
    ),
    DeviceRecord(
        id="cam-2",
        site="north",
        labels={"group": "street"},
        last_seen=NOW - 400,
        capabilities=LARGE,
        reported=serving("v2"),
    ),
    DeviceRecord(id="cam-3", site="south, west", labels={"site": "x"}, enrolled_at=5.0),
    DeviceRecord(id="gw-1", agent_version="1.0", online=True, last_seen=NOW - 400),
    DeviceRecord(id="old", site="north", retired_at=1.0, last_seen=NOW),
)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = SqlStore(url)
    for device in DEVICES:
        opened.add_device(device)
    for name, outcome in (("cam-1", Outcome.COMMITTED), ("cam-2", Outcome.NONE)):
        plan = PlanRecord(device=name, at=1.0, cause="", variant="v", regime="")
        deployment = DeploymentRecord(
            device=name, revision=1, plan=0, variant="v", at=1.0, outcome=outcome
        )
        opened.save_desired(plan, deployment, b"")
    yield opened
    opened.close()


def chosen(
    store: Store,
    text: str = "",
    order: DeviceOrder = DeviceOrder.ID,
    *,
    descending: bool = False,
    retired: bool = False,
    after: Position | None = None,
    limit: int = 99,
) -> list[DeviceRecord]:
    requirements = parse_filter(text)
    return store.select_devices(
        DeviceSelection(NOW, limit, requirements, order, descending, retired, after)
    )


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ["cam-1", "cam-2", "cam-3", "gw-1"]),
        ("site=north", ["cam-1", "cam-2"]),
        ('site="south, west"', ["cam-3"]),
        ("site!=north", ["cam-3", "gw-1"]),
        ("!site", ["gw-1"]),
        ("site", ["cam-1", "cam-2", "cam-3"]),
        ("id=cam-*", ["cam-1", "cam-2", "cam-3"]),
        ("id=gw-1|cam-2", ["cam-2", "gw-1"]),
        ("id=c%*", []),
        ("group=gate", ["cam-1"]),
        ("group=gate|street", ["cam-1", "cam-2"]),
        ("group!=gate", ["cam-2", "cam-3", "gw-1"]),
        ("group=s*", ["cam-2"]),
        ("group", ["cam-1", "cam-2"]),
        ("!group", ["cam-3", "gw-1"]),
        ("label.site=x", ["cam-3"]),
        ("a.b=x", ["cam-1"]),
        ("state=online", ["cam-1", "gw-1"]),
        ("state=offline|never", ["cam-2", "cam-3"]),
        ("state!=never", ["cam-1", "cam-2", "gw-1"]),
        ("seen<60", ["cam-1"]),
        ("seen>5m", ["cam-2", "cam-3", "gw-1"]),
        ("seen>5m,state=online", ["gw-1"]),
        ("serving=v1", ["cam-1"]),
        ("!serving", ["cam-3", "gw-1"]),
        (f"hardware={hardware_class(LARGE)}", ["cam-2"]),
        ("deployment=committed", ["cam-1"]),
        ("deployment=underway", ["cam-2"]),
        ("deployment=none", ["cam-3", "gw-1"]),
        ("agent=1.*", ["gw-1"]),
    ],
)
def test_a_filter_leaves_those_that_it_names(store: Store, text: str, ids: list[str]) -> None:
    assert [device.id for device in chosen(store, text)] == ids


def test_records_come_whole(store: Store) -> None:
    (device,) = chosen(store, "id=cam-1,deployment=committed")
    assert device == msgspec.structs.replace(DEVICES[0], revision=1)


def test_retired_devices_are_left_out_unless_asked_for(store: Store) -> None:
    assert [device.id for device in chosen(store, "site=north", retired=True)][-1] == "old"
    alone = DeviceSelection(NOW, 99, retired=True, retired_only=True)
    assert [device.id for device in store.select_devices(alone)] == ["old"]


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        (DeviceOrder.ID, ["cam-1", "cam-2", "cam-3", "gw-1"]),
        (DeviceOrder.SITE, ["gw-1", "cam-1", "cam-2", "cam-3"]),
        (DeviceOrder.SEEN, ["cam-1", "cam-2", "gw-1", "cam-3"]),
        (DeviceOrder.SERVING, ["cam-3", "gw-1", "cam-1", "cam-2"]),
        (DeviceOrder.ENROLLED, ["cam-1", "cam-2", "gw-1", "cam-3"]),
    ],
)
@pytest.mark.parametrize("descending", [False, True])
def test_pages_in_order(
    store: Store, order: DeviceOrder, ids: list[str], *, descending: bool
) -> None:
    read: list[str] = []
    after = None
    while page := chosen(store, order=order, descending=descending, after=after, limit=1):
        read.append(page[0].id)
        after = position(page[0], order)
    assert read == (ids[::-1] if descending else ids)


def test_a_new_device_moves_no_other_to_another_page(store: Store) -> None:
    (first,) = chosen(store, order=DeviceOrder.SITE, limit=1)
    store.add_device(DeviceRecord(id="cam-0"))
    after = position(first, DeviceOrder.SITE)
    rest = chosen(store, order=DeviceOrder.SITE, after=after)
    assert [device.id for device in rest] == ["cam-1", "cam-2", "cam-3"]


def test_what_a_device_reports_anew_is_found(store: Store) -> None:
    store.update_device("cam-3", reported=serving("v3"), capabilities=SMALL)
    assert [device.id for device in chosen(store, "serving=v3")] == ["cam-3"]
    same_class = chosen(store, f"hardware={hardware_class(SMALL)}")
    assert [device.id for device in same_class] == ["cam-1", "cam-3"]
