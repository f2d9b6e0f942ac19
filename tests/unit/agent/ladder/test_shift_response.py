"""A shift is kept, answered from the ladder, published, and followed by a request."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.runner import Runner
from lamplighter_agent.device.kept_files import KeptFiles
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.ladder.resident_models import LadderStep
from lamplighter_agent.ladder.shift_response import ShiftResponse
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.enums import TriggerKind
from lamplighter_wire.messages import (
    Desired,
    Event,
    Limits,
    OperatingPoint,
    Regime,
    Shift,
    Workload,
)
from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy

from tests.simulators.idle_effects import IdleEffects
from tests.simulators.listening_controller import DEVICE, ListeningController
from tests.unit.agent.inference.test_serve_loop import Street

DUSK = Shift(after=Workload(regime=Regime(light="night"), fps_demand=3.0))
DAY, NIGHT = OperatingPoint(variant="day"), OperatingPoint(variant="night")
SETTINGS = AgentSettings(power_budget_w=6.0)


class Device:
    """A response over a ladder of which the test says what it steps to."""

    def __init__(
        self, folder: Path, step: LadderStep | None, settings: AgentSettings = SETTINGS
    ) -> None:
        self.controller = ListeningController(folder)
        reporter, clock = self.controller.reporter, self.controller.clock
        journal = Journal(folder / "journal.json")
        journal.save(Record(desired=Desired(limits=Limits(latency_p95_ms=90.0))))
        runner = Runner(DEVICE, journal, IdleEffects(), reporter.report, clock)
        serve = InService(
            clock,
            [
                Stream(settings, Street(clock), StreetMonitor(settings), name)
                for name in settings.streams
            ],
        )
        self.kept, self._step = KeptFiles(folder), step
        self.limits: list[Limits] = []
        self.workloads: list[Workload] = []
        self.response = ShiftResponse(settings, runner, serve, self._step_to, self.kept, reporter)

    def _step_to(
        self, workload: Workload, limits: Limits, policy: DevicePolicy
    ) -> LadderStep | None:
        assert policy == DEFAULTS
        self.workloads.append(workload)
        self.limits.append(limits)
        return self._step


@pytest.mark.parametrize("step", [LadderStep(NIGHT, DAY, 0.1), None])
def test_the_controller_is_told_what_happened_and_asked_for_better(
    tmp_path: Path, step: LadderStep | None
) -> None:
    device = Device(tmp_path, step)
    device.response.respond(DUSK)
    (request,) = device.controller.requests()
    assert (request.trigger, request.shift) == (TriggerKind.SHIFT, DUSK)
    assert (request.answered_by, request.served) == ((NIGHT, DAY) if step else (None, None))
    kinds = [kind for kind, _ in device.controller.events()]
    assert kinds == ["workload_shift", *(["ladder_switch"] if step else [])]
    assert bool(device.controller.messages("reported")) == bool(step)
    assert device.kept.workload() == DUSK.after, "a restart begins there"
    assert device.workloads == [DUSK.after]


def test_the_step_keeps_the_newest_limits_and_the_devices_own_budget(tmp_path: Path) -> None:
    device = Device(tmp_path, None)
    device.response.respond(DUSK)
    assert device.limits == [Limits(latency_p95_ms=90.0, power_w=6.0)]


def test_a_shift_of_one_stream_is_answered_for_all(tmp_path: Path) -> None:
    settings = AgentSettings(sources={"north": "a", "south": "b"})
    device = Device(tmp_path, None, settings)
    dusk = msgspec.structs.replace(DUSK, stream="south")
    device.response.respond(dusk)
    assert device.workloads == [
        Workload(
            regime=Regime(light="night"), fps_demand=DUSK.after.fps_demand + settings.fps_floor
        )
    ], "north asks for the floor, and in the night most frames are seen"
    (request,) = device.controller.requests()
    assert (request.stream, request.shift) == ("south", dusk)
    events = [e for e in device.controller.messages("event") if isinstance(e, Event)]
    assert [event.stream for event in events] == ["south"]
    assert device.kept.workload("south") == DUSK.after
    assert device.kept.workload("north") is None
