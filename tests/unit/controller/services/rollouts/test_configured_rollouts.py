"""Rollouts of settings, streets and agents: the same waves, gates and verbs as of a model."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.domain.rollouts.changes.agent_version import AgentChange
from lamplighter_controller.domain.rollouts.changes.change import Change
from lamplighter_controller.domain.rollouts.changes.settings import SettingsChange
from lamplighter_controller.domain.rollouts.changes.street import StreetChange
from lamplighter_controller.domain.rollouts.rollout import (
    FailureResponse,
    RolloutPlan,
    RolloutState,
    WaveKind,
)
from lamplighter_controller.errors import ConflictError, InvalidError
from lamplighter_controller.services.rollouts.kinds.agent_versions import due_devices
from lamplighter_wire.messages import Configuration, Configured, Street, StreetLine
from lamplighter_wire.policy.device_settings import DeviceSettings

from tests.simulators.configured_fleet import ConfiguredFleet
from tests.simulators.rollout_fleet import OLD

PLAN = RolloutPlan(
    group="all",
    change=SettingsChange(settings=DeviceSettings(fps_cap=5.0)),
    waves=WaveKind.FIXED,
    first=2.0,
    watch_s=20.0,
    deadline_s=600.0,
)
Make = Callable[..., ConfiguredFleet]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[ConfiguredFleet] = []

    def _make(count: int = 6) -> ConfiguredFleet:
        made.append(ConfiguredFleet(tmp_path, [OLD], count))
        made[-1].rig.services.groups.create("all", "id=cam-*")
        made[-1].measure(15)
        return made[-1]

    yield _make
    made[-1].rig.close()


def begin(fleet: ConfiguredFleet, change: Change | None = None, **plan: object) -> None:
    rollouts = fleet.rig.services.rollouts
    wanted = msgspec.structs.replace(PLAN, **({"change": change} if change else {}), **plan)
    rollouts.create("r1", wanted, "ops")
    rollouts.act("r1", "approve", "", "chief")
    rollouts.act("r1", "start", "", "ops")
    fleet.rig.settle()


def act(fleet: ConfiguredFleet, verb: str) -> None:
    fleet.rig.services.rollouts.act("r1", verb, "", "ops")
    fleet.rig.settle()


def state(fleet: ConfiguredFleet) -> RolloutState:
    return fleet.rig.store.rollout("r1").state


def states(fleet: ConfiguredFleet) -> dict[str, str]:
    return {t.device: str(t.state) for t in fleet.rig.store.rollout_targets("r1")}


def caps(fleet: ConfiguredFleet) -> dict[str, float | None]:
    """Device -> the cap on its frame rate that is in force there."""
    return {name: fleet.configured(name).settings.fps_cap for name in fleet.names}


def street(name: str) -> Street:
    return Street(width=640, height=480, lines=[StreetLine(name=name, ends=((0, 9), (9, 9)))])


def test_settings_reach_all_devices_wave_by_wave(make: Make) -> None:
    fleet = make()
    begin(fleet)
    fleet.obey()
    assert {name for name, cap in caps(fleet).items() if cap == 5.0} == {"cam-0", "cam-1"}
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.SUCCEEDED
    assert set(caps(fleet).values()) == {5.0}
    versions = [len(fleet.rig.store.configurations(name, 9)) for name in fleet.names]
    assert versions == [1] * 6, "each told once"
    assert not any(fleet.deployments(name, "")[1:] for name in fleet.names), "no model was moved"


def test_rolled_back_each_device_has_its_own_former_settings(make: Make) -> None:
    fleet = make()
    setting = fleet.rig.services.configurations.set_settings
    setting("cam-0", DeviceSettings(fps_cap=9.0, telemetry_s=5.0), "ops")
    fleet.obey()
    begin(fleet)
    fleet.live()
    assert caps(fleet)["cam-0"] == 5.0
    assert fleet.configured("cam-0").settings.telemetry_s == 5.0, "what it does not bring stays"
    hand = msgspec.structs.replace(fleet.configured("cam-0").settings, log_level="debug")
    setting("cam-0", hand, "ops")
    act(fleet, "roll-back")
    fleet.obey()
    assert caps(fleet) == {"cam-0": 9.0} | dict.fromkeys(fleet.names[1:])
    assert fleet.configured("cam-0").settings.log_level == "debug", "set by hand meanwhile"


def test_rolled_back_who_had_the_settings_before_is_told_nothing_new(make: Make) -> None:
    fleet = make(count=2)
    fleet.rig.services.configurations.set_settings("cam-0", DeviceSettings(fps_cap=5.0), "ops")
    begin(fleet)
    fleet.live()
    act(fleet, "roll-back")
    fleet.obey()
    assert caps(fleet) == {"cam-0": 5.0, "cam-1": None}
    versions = {name: len(fleet.rig.store.configurations(name, 9)) for name in fleet.names}
    assert versions == {"cam-0": 2, "cam-1": 2}, "by hand and told; told and back"


def test_a_refusal_is_a_failure_in_the_agents_words_and_leaves_nothing_behind(make: Make) -> None:
    fleet = make()

    def refusal(name: str, said: Configuration) -> str:
        return "fps_cap: 5 is too low" if name == "cam-1" and said.settings.fps_cap == 5.0 else ""

    fleet.refusal = refusal  # type: ignore[method-assign]
    begin(fleet)
    fleet.live(2)
    assert state(fleet) is RolloutState.PAUSED
    (target,) = [t for t in fleet.rig.store.rollout_targets("r1") if t.device == "cam-1"]
    assert target.reason == "refused: fps_cap: 5 is too low"
    assert fleet.rig.services.configurations.of("cam-1").settings == DeviceSettings()
    fleet.refusal = lambda *_: ""  # type: ignore[method-assign]
    act(fleet, "retry")
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.SUCCEEDED
    assert set(caps(fleet).values()) == {5.0}


def test_the_gate_stops_settings_that_make_canaries_slower(make: Make) -> None:
    fleet = make()

    def slower(configured: Configured) -> float:
        return 1.6 if configured.settings.fps_cap == 5.0 else 1.0

    fleet.slower = slower  # type: ignore[method-assign]
    begin(fleet, on_error=FailureResponse.ROLL_BACK)
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.ROLLED_BACK
    assert "latency: worse" in fleet.rig.store.rollout("r1").rollout.reason
    fleet.obey()
    assert set(caps(fleet).values()) == {None}
    told = [name for name in fleet.names if fleet.rig.store.configurations(name, 9)]
    assert told == ["cam-0", "cam-1"], "nobody else has had them"


def test_an_older_agent_that_passes_a_setting_over_has_failed(make: Make) -> None:
    fleet = make()
    begin(fleet)
    said = fleet.capabilities("cam-0")
    took = Configured(version=1, settings_version=1)
    fleet._say("cam-0", msgspec.structs.replace(said, configured=took))  # noqa: SLF001
    fleet.rig.wait(5.0)
    (target,) = [t for t in fleet.rig.store.rollout_targets("r1") if t.device == "cam-0"]
    assert target.reason == "its agent does not know fps_cap; update it"


def test_who_cannot_be_set_or_is_so_already_is_left_out(make: Make) -> None:
    fleet = make()
    said = fleet.capabilities("cam-2")
    fleet._say("cam-2", msgspec.structs.replace(said, configured=None))  # noqa: SLF001
    fleet.rig.services.configurations.set_settings("cam-3", DeviceSettings(fps_cap=5.0), "ops")
    fleet.obey()
    fleet.rig.services.rollouts.create("r1", PLAN, "ops")
    skipped = {t.device: t.reason for t in fleet.rig.services.rollouts.preview("r1").skipped}
    assert skipped == {
        "cam-2": "its agent cannot be set from afar; update it",
        "cam-3": "it has the target already",
    }


def test_a_device_that_is_retired_meanwhile_holds_up_nobody(make: Make) -> None:
    fleet = make()
    begin(fleet, error_share=0.5, success_share=0.5)
    for name in ("cam-1", "cam-4"):  # one that was told, and one that waits
        fleet.rig.services.retirements.retire(name, None)
    fleet.quiet = {"cam-1", "cam-4"}
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.SUCCEEDED
    told = {name: one for name, one in states(fleet).items() if one != "succeeded"}
    assert told == {"cam-1": "skipped", "cam-4": "skipped"}
    real = fleet.rig.services.rehearsals.compare("r1").real
    assert real is not None
    assert (real.failures, real.latency_ratio) == (0, 1.0)


@pytest.mark.parametrize("row", range(0, 9, 2))
def test_a_controller_killed_behind_any_save_goes_on_without_a_double_step(
    make: Make, row: int
) -> None:
    fleet = make(count=4)
    rollouts = fleet.rig.services.rollouts
    rollouts.create("r1", PLAN, "ops")
    rollouts.act("r1", "approve", "", "chief")
    if row == 0:
        fleet.lose_what_follows()
    rollouts.act("r1", "start", "", "ops")
    fleet.rig.settle()
    if row == 0:
        fleet.restart()
    for look in range(1, 40):
        fleet.obey()
        fleet.measure()
        if look == row:
            fleet.lose_what_follows()
        fleet.rig.wait(5.0)
        if look == row:
            fleet.restart()
        if state(fleet) is not RolloutState.RUNNING:
            break
    assert look >= row, "it was killed"
    assert state(fleet) is RolloutState.SUCCEEDED
    assert set(caps(fleet).values()) == {5.0}
    versions = [len(fleet.rig.store.configurations(name, 9)) for name in fleet.names]
    assert versions == [1] * 4, "each told once"


def test_each_device_gets_the_street_that_was_drawn_for_it(make: Make) -> None:
    fleet = make()
    fleet.rig.services.configurations.set_street("cam-0", street("old"), "ops")
    fleet.obey()
    drawn = {name: street(f"line-of-{name}") for name in fleet.names[:-1]}
    begin(fleet, StreetChange(streets=drawn))
    assert states(fleet)["cam-5"] == "skipped"
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.SUCCEEDED
    said = {name: fleet.told(name) for name in drawn}
    assert {name: one.street for name, one in said.items() if one} == drawn
    before = {t.device: t.before for t in fleet.rig.store.rollout_targets("r1")}
    assert (before["cam-0"], before["cam-1"]) == ("street 1", "own lines")
    act(fleet, "roll-back")
    fleet.obey()
    back = {name: one.street for name in drawn if (one := fleet.told(name))}
    assert back == {"cam-0": street("old")} | dict.fromkeys(fleet.names[1:-1])


def test_a_street_that_cannot_be_counted_on_is_no_rollout(make: Make) -> None:
    fleet = make(count=2)
    line = StreetLine(name="n", ends=((0, 0), (9, 9)), stream="east")
    change = StreetChange(streets={"cam-0": Street(lines=[line])})
    plan = msgspec.structs.replace(PLAN, change=change)
    with pytest.raises(InvalidError, match=r"street of cam-0: .* 'east', which the device lacks"):
        fleet.rig.services.rollouts.create("r1", plan, "ops")


def test_an_agents_version_waits_for_whoever_installs_it(make: Make) -> None:
    fleet = make(count=2)
    for name in fleet.names:
        fleet.update_agent(name, "1.0")
    begin(fleet, AgentChange(version="1.1"), deadline_s=60.0)
    for _ in range(30):
        fleet.live()
    assert set(states(fleet).values()) == {"ordered"}, "the deadline does not run meanwhile"
    fleet.update_agent("cam-0", "1.1")
    fleet.update_agent("cam-1", "0.9")
    fleet.live()
    assert states(fleet) == {"cam-0": "watched", "cam-1": "failed"}
    (failed,) = [t for t in fleet.rig.store.rollout_targets("r1") if t.device == "cam-1"]
    assert failed.reason == "it runs 0.9"
    assert state(fleet) is RolloutState.PAUSED


def due(fleet: ConfiguredFleet) -> dict[str, str]:
    whole = fleet.rig.services.rollouts.whole("r1")
    return due_devices(whole, fleet.rig.store.some_devices(fleet.names))


def test_who_is_due_gets_the_version_and_after_a_way_back_the_one_of_before(make: Make) -> None:
    fleet = make(count=2)
    for name in fleet.names:
        fleet.update_agent(name, "1.0")
    begin(fleet, AgentChange(version="1.1"))
    assert due(fleet) == {"cam-0": "1.1", "cam-1": "1.1"}
    fleet.update_agent("cam-0", "1.1")
    assert due(fleet) == {"cam-1": "1.1"}, "who reports it is not due"
    act(fleet, "pause")
    assert due(fleet) == {}
    act(fleet, "roll-back")
    assert due(fleet) == {"cam-0": "1.0"}, "the other one has it still"


def test_whoever_installs_says_that_it_failed_and_the_rollout_stops(make: Make) -> None:
    fleet = make(count=2)
    rollouts = fleet.rig.services.rollouts
    begin(fleet, AgentChange(version="1.1"))
    rollouts.fail("r1", "cam-0", "the new one does not come up", "installer")
    assert state(fleet) is RolloutState.PAUSED
    assert states(fleet) == {"cam-0": "failed", "cam-1": "ordered"}
    with pytest.raises(ConflictError, match="cam-0 is not due"):
        rollouts.fail("r1", "cam-0", "again", "installer")
    act(fleet, "retry")
    assert due(fleet) == {"cam-0": "1.1", "cam-1": "1.1"}


def test_what_devices_do_by_themselves_nobody_else_reports_as_failed(make: Make) -> None:
    fleet = make(count=2)
    begin(fleet)
    with pytest.raises(InvalidError, match="devices follow by themselves"):
        fleet.rig.services.rollouts.fail("r1", "cam-0", "no", "ops")


def test_an_agent_that_does_not_come_up_has_failed(make: Make) -> None:
    fleet = make(count=2)
    begin(fleet, AgentChange(version="1.1"), deadline_s=60.0)
    fleet.quiet = {"cam-0"}
    fleet.live(2)
    fleet.rig.wait(1000.0)
    assert states(fleet)["cam-0"] == "failed"


@pytest.mark.parametrize("is_agent", [False, True])
def test_settings_and_agents_wait_for_the_hours_of_their_devices(
    make: Make, is_agent: bool
) -> None:
    fleet = make()
    hour = fleet.rig.clock.time() / 3600 % 24
    window = {"release_from_hour": (hour + 2) % 24, "release_until_hour": (hour + 3) % 24}
    fleet.rig.services.policy_changes.change("fleet", window)
    begin(fleet, AgentChange(version="1.1") if is_agent else None)
    fleet.live(3)
    assert set(states(fleet).values()) == {"waiting"}
    (target, *_) = fleet.rig.store.rollout_targets("r1")
    assert "changes are released from" in target.reason
    fleet.rig.wait(2.1 * 3600)
    fleet.live()
    assert "ordered" in states(fleet).values() or "watched" in states(fleet).values()


def test_an_agent_is_not_due_at_an_hour_at_which_its_device_may_not_be_changed(make: Make) -> None:
    fleet = make()
    begin(fleet, AgentChange(version="1.1"))
    rollouts = fleet.rig.services.rollouts
    assert rollouts.due_devices("r1") == {"cam-0": "1.1", "cam-1": "1.1"}
    fleet.rig.services.policy_changes.change(
        "fleet", {"release_from_hour": 3.0, "release_until_hour": 3.0}
    )
    assert rollouts.due_devices("r1") == {}
    act(fleet, "roll-back")
    assert set(rollouts.due_devices("r1")) <= {"cam-0", "cam-1"}, "going back waits for nothing"
