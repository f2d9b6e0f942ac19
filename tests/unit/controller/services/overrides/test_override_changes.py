"""Operators hold, pin, release and roll back by hand; devices follow, also after a restart."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lamplighter_client.documents.requests import LabelBody, OverrideBody, RollBackBody
from lamplighter_controller.errors import ConflictError, InvalidError, NotFoundError
from lamplighter_controller.services.overrides.override_changes import OverrideChanges, RolledBack
from lamplighter_wire.messages import OperatingPoint

from tests.simulators.controller_rig import Device, Rig, spec

OFFERS = [spec("full-fp32", 0.85, 900.0), spec("p50-fp32", 0.80, 300.0)]
BETTER = [*OFFERS, spec("better-fp32", 0.95, 280.0)]
DAY = 86400.0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Starts a controller on the same database, time going on."""
    rigs: list[Rig] = []

    def _start(offers: list[object] = OFFERS) -> Rig:
        clock = rigs[-1].clock if rigs else None
        if rigs:
            rigs[-1].close()
        rigs.append(Rig(tmp_path, offers, clock=clock))  # type: ignore[arg-type]
        rigs[-1].queue.submit(rigs[-1].services.restart.start_over)
        rigs[-1].queue.submit(rigs[-1].services.override_changes.resume)
        rigs[-1].settle()
        return rigs[-1]

    yield _start
    rigs[-1].close()


def settled(rig: Rig, name: str = "cam-1") -> Device:
    device = rig.device(name)
    device.introduce(dense_ms=5.0, int8_ms=50.0)
    device.report("committed")
    return device


def changes(rig: Rig) -> OverrideChanges:
    return rig.services.override_changes


def pin(rig: Rig, target: str, *, life_s: float = 3600.0, **scope: str) -> int:
    where = scope or {"device": "cam-1"}
    body = OverrideBody(kind="pin", target=target, reason="seems better", life_s=life_s, **where)
    number = changes(rig).set(body, "ops").id
    rig.settle()
    return number


def hold(rig: Rig, life_s: float = 3600.0, **scope: str) -> int:
    where = scope or {"device": "cam-1"}
    body = OverrideBody(kind="hold", reason="being cleaned", life_s=life_s, **where)
    number = changes(rig).set(body, "ops").id
    rig.settle()
    return number


def serves(device: Device) -> str:
    return device.desired.primary.point.variant


def test_a_pinned_device_is_told_to_serve_the_target_and_the_plan_says_why(
    start: Callable[..., Rig],
) -> None:
    rig = start()
    device = settled(rig)
    assert serves(device) == "full-fp32"
    pin(rig, "p50-fp32")
    assert (serves(device), device.desired.revision) == ("p50-fp32", 2)
    assert device.desired.reasons[0] == "pinned to p50-fp32 by ops: seems better"
    assert "operator" in device.desired.trades, "the device need not gain by it"
    plan = rig.store.plans("cam-1")[0]
    assert plan.document["reasons"][0] == "pinned to p50-fp32 by ops: seems better"
    device.report("committed")
    rig.services.decisions.consider("cam-1", "operator")
    assert device.desired.revision == 2, "and stays there"


def test_a_pin_ends_by_its_time_and_the_best_serves_again(start: Callable[..., Rig]) -> None:
    rig = start()
    device = settled(rig)
    pin(rig, "p50-fp32", life_s=60.0)
    device.report("committed")
    rig.wait(59.0)
    assert serves(device) == "p50-fp32"
    rig.wait(2.0)
    assert serves(device) == "full-fp32"
    assert rig.store.overrides() == []
    (ended,) = rig.store.overrides(ended=True)
    assert ended.ended_by == "its time"


def test_a_pin_that_ends_while_no_controller_runs(start: Callable[..., Rig]) -> None:
    rig = start()
    device = settled(rig)
    pin(rig, "p50-fp32", life_s=60.0)
    device.report("committed")
    rig.clock.advance(120.0)
    again = start()
    assert again.store.overrides() == []
    assert serves(Device(again, "cam-1", {})) == "full-fp32"


def test_a_pin_lasts_over_a_restart(start: Callable[..., Rig]) -> None:
    rig = start()
    device = settled(rig)
    pin(rig, "p50-fp32")
    device.report("committed")
    again = start()
    again.services.decisions.consider("cam-1", "operator")
    again.settle()
    assert Device(again, "cam-1", {}).orders == [], "nothing new"
    changes(again).end(1, "ops")
    again.settle()
    assert serves(Device(again, "cam-1", {})) == "full-fp32"


def test_a_held_device_is_told_nothing_until_it_is_released(start: Callable[..., Rig]) -> None:
    settled(start())
    rig = start()
    number = hold(rig)
    rig.close()
    rig = start(BETTER)
    assert Device(rig, "cam-1", {}).orders == []
    held = rig.store.intents(["cam-1"])["cam-1"]
    assert held.held == "held by ops: being cleaned"
    assert held.until == rig.store.override(number).until
    changes(rig).end(number, "ops")
    rig.settle()
    assert serves(Device(rig, "cam-1", {})) == "better-fp32"
    with pytest.raises(ConflictError, match="was ended by ops"):
        changes(rig).end(number, "ops")


def test_a_hold_ends_by_its_time(start: Callable[..., Rig]) -> None:
    settled(start())
    hold(start(), life_s=600.0)
    rig = start(BETTER)
    rig.wait(599.0)
    assert Device(rig, "cam-1", {}).orders == []
    rig.wait(2.0)
    assert serves(Device(rig, "cam-1", {})) == "better-fp32"


def test_a_group_is_pinned_and_who_comes_in_follows(start: Callable[..., Rig]) -> None:
    rig = start()
    first, second = settled(rig), settled(rig, "cam-2")
    rig.store.configure_device("cam-1", None, site="north")
    rig.services.groups.create("north", "site=north")
    number = pin(rig, "p50-fp32", group="north")
    assert (serves(first), serves(second)) == ("p50-fp32", "full-fp32")
    rig.services.fleet.label("cam-2", None, LabelBody(site="north"))
    rig.settle()
    assert serves(second) == "p50-fp32"
    with pytest.raises(ConflictError, match=f"end override {number} first"):
        rig.services.groups.delete("north")


def test_a_device_s_own_pin_counts_before_its_group_s(start: Callable[..., Rig]) -> None:
    rig = start()
    device = settled(rig)
    rig.services.groups.create("all", "id=*")
    pin(rig, "full-fp32")
    pin(rig, "p50-fp32", group="all")
    assert serves(device) == "full-fp32"


def test_rolling_back_needs_no_download_where_the_device_holds_it(
    start: Callable[..., Rig],
) -> None:
    settled(start())
    rig = start(BETTER)
    device = Device(rig, "cam-1", {})
    device.report("committed", resident=["full-fp32", "better-fp32"])
    way = changes(rig).way_back("cam-1")
    assert way == RolledBack("cam-1", "full-fp32", is_held=True)
    assert rig.store.overrides() == [], "asking changes nothing"
    body = RollBackBody(device="cam-1", reason="misses bicycles", life_s=DAY)
    (rolled,) = changes(rig).roll_back(body, "ops")
    rig.settle()
    assert rolled == replace(way, override=1)
    assert serves(device) == "full-fp32"
    assert device.desired.reasons[0] == ("pinned to full-fp32 by ops: rolled back: misses bicycles")


def test_a_device_that_has_served_one_thing_only_is_left_as_it_is(
    start: Callable[..., Rig],
) -> None:
    rig = start()
    device = settled(rig)
    body = RollBackBody(device="cam-1", reason="?", life_s=DAY)
    way = changes(rig).way_back("cam-1")
    (rolled,) = changes(rig).roll_back(body, "ops")
    rig.settle()
    assert rolled == way
    assert "served nothing else" in rolled.why_not
    assert (device.desired.revision, rig.store.overrides()) == (1, [])


def test_a_pin_to_what_cannot_run_changes_nothing_and_says_so(start: Callable[..., Rig]) -> None:
    rig = start([*OFFERS, spec("huge-fp32", 0.99, 1e7)])
    device = settled(rig)
    pin(rig, "huge-fp32")
    assert device.desired.revision == 1
    assert rig.store.device_state("cam-1").serving == OperatingPoint(
        **{f: getattr(device.desired.primary.point, f) for f in OperatingPoint.__struct_fields__}
    )
    plan = rig.store.plans("cam-1")[0]
    assert plan.document["reasons"][0].startswith("pinned to huge-fp32")


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        ({"kind": "pin", "target": "p51", "device": "cam-1"}, NotFoundError, "model list"),
        ({"kind": "pin", "target": "nanodet"}, InvalidError, "a device or a group"),
        ({"kind": "hold", "device": "cam-1", "group": "a"}, InvalidError, "one of both"),
        ({"kind": "hold", "device": "cam-1", "target": "x"}, InvalidError, "no target"),
        ({"kind": "hold", "device": "cam-9"}, NotFoundError, "device list"),
        ({"kind": "hold", "group": "a"}, NotFoundError, "group list"),
    ],
)
def test_what_is_refused_is_not_half_done(
    start: Callable[..., Rig], body: dict[str, str], error: type[Exception], words: str
) -> None:
    rig = start()
    settled(rig)
    with pytest.raises(error, match=words):
        changes(rig).set(OverrideBody(reason="r", life_s=60.0, **body), "ops")  # type: ignore[arg-type]
    assert rig.store.overrides(ended=True) == []
