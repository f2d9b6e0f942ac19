"""A breach is published and answered by a request, unless a deployment is to blame."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_agent.bootstrap import JOURNAL
from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.runner import Runner
from lamplighter_agent.deployment.state_machine import Machine, Phase
from lamplighter_agent.monitoring.breach_watch import BreachWatch
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.enums import TriggerKind
from lamplighter_wire.messages import Desired, Limits, Telemetry

from tests.simulators.idle_effects import IdleEffects
from tests.simulators.listening_controller import DEVICE, ListeningController

SETTINGS = AgentSettings(power_budget_w=3.0)
OVER = Telemetry(frames=50, power_w=4.0)


@pytest.fixture
def controller(tmp_path: Path) -> ListeningController:
    return ListeningController(tmp_path)


def watch_of(controller: ListeningController, folder: Path, record: Record) -> BreachWatch:
    journal = Journal(folder / JOURNAL)
    journal.save(record)
    report = controller.reporter.report
    runner = Runner(DEVICE, journal, IdleEffects(), report, controller.clock)
    return BreachWatch(SETTINGS, runner, controller.reporter)


def two_windows(watch: BreachWatch, window: Telemetry) -> None:
    for start in (100.0, 110.0):
        watch.judge(msgspec.structs.replace(window, start=start))


def test_two_windows_over_the_budget_are_a_breach(
    controller: ListeningController, tmp_path: Path
) -> None:
    record = Record(machine=Machine(phase=Phase.COMMITTED, revision=4, highest=4))
    two_windows(watch_of(controller, tmp_path, record), OVER)
    assert controller.events() == [("breach", "warning")]
    (request,) = controller.requests()
    assert (request.trigger, request.revision) == (TriggerKind.BREACH, 4)


def test_what_a_deployment_draws_is_no_breach_of_what_serves(
    controller: ListeningController, tmp_path: Path
) -> None:
    watch = watch_of(controller, tmp_path, Record())
    two_windows(watch, msgspec.structs.replace(OVER, disturbed=True))
    assert controller.events() == []


@pytest.mark.parametrize("phase", [Phase.FETCHING, Phase.STAGED, Phase.PROBATION])
def test_a_deployment_under_way_judges_for_itself(
    controller: ListeningController, tmp_path: Path, phase: Phase
) -> None:
    two_windows(watch_of(controller, tmp_path, Record(machine=Machine(phase=phase))), OVER)
    assert controller.events() == []


def test_the_limits_of_the_newest_desired_state_come_before_the_budget(
    controller: ListeningController, tmp_path: Path
) -> None:
    desired = Desired(limits=Limits(power_w=5.0))
    two_windows(watch_of(controller, tmp_path, Record(desired=desired)), OVER)
    assert controller.events() == []


def test_each_stream_breaks_limits_by_itself_and_the_device_tells_once(
    controller: ListeningController, tmp_path: Path
) -> None:
    watch = watch_of(controller, tmp_path, Record(desired=Desired(limits=Limits(power_w=9.0))))
    late = Telemetry(frames=5, dropped=45, stream="south")
    for start in (100.0, 110.0, 120.0):
        watch.judge(Telemetry(frames=50, stream="north", start=start))
        watch.judge(msgspec.structs.replace(late, start=start))
        watch.judge(msgspec.structs.replace(late, stream="west", start=start + 1))
    assert controller.events() == [("breach", "warning")]
    (request,) = controller.requests()
    assert (request.trigger, request.stream) == (TriggerKind.BREACH, "south")
