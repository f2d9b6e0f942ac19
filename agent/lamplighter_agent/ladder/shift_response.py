"""What a device does about a workload shift at once."""

from collections.abc import Callable

import msgspec
from lamplighter_wire.enums import EventKind, Severity, TriggerKind
from lamplighter_wire.messages import Limits, Shift, Workload
from lamplighter_wire.policy.device_policy import DevicePolicy
from lamplighter_wire.words import device_events

from lamplighter_agent.deployment.journal import limits_of, policy_of
from lamplighter_agent.deployment.runner import Runner
from lamplighter_agent.device.kept_files import KeptFiles
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.ladder.resident_models import LadderStep
from lamplighter_agent.link.reporter import Reporter
from lamplighter_agent.settings import AgentSettings

StepTo = Callable[[Workload, Limits, DevicePolicy], LadderStep | None]


class ShiftResponse:
    """Steps to the resident rung for the new workload of all streams, and asks for better.

    Args:
        step_to: steps to the best resident rung; None when that serves already.
    """

    def __init__(
        self,
        settings: AgentSettings,
        runner: Runner,
        serve: InService,
        step_to: StepTo,
        kept: KeptFiles,
        reporter: Reporter,
    ) -> None:
        self._settings, self._runner, self._serve = settings, runner, serve
        self._step_to, self._kept, self._reporter = step_to, kept, reporter

    def follow_settings(self, settings: AgentSettings) -> None:
        """Go by these from now on."""
        self._settings = settings

    def respond(self, shift: Shift) -> None:
        """Returns at once: it is called on the serve loop's thread of the stream that shifted."""
        self._reporter.later(lambda: self._kept.keep_workload(shift.after, shift.stream))
        record = self._runner.record
        limits = limits_of(record, self._settings.power_budget_w)
        step = self._step_to(self._serve.workload_after(shift), limits, policy_of(record))
        self._publish_shift(shift)
        if step is not None:
            self._publish_step(step, shift.stream)
        self._reporter.request_recompression(
            TriggerKind.SHIFT,
            self._runner.highest_revision,
            stream=shift.stream,
            shift=shift,
            answered_by=step.point if step else None,
            served=step.before if step else None,
        )

    def _publish_shift(self, shift: Shift) -> None:
        threshold = self._serve.threshold(shift.after.regime)
        data = {**msgspec.to_builtins(shift), "threshold": threshold}
        text = device_events.workload_shift(shift)
        self._reporter.event(EventKind.WORKLOAD_SHIFT, Severity.INFO, text, data, shift.stream)

    def _publish_step(self, step: LadderStep, stream: str) -> None:
        point = step.point
        data = {"to": msgspec.to_builtins(point), "switch_ms": step.switch_ms}
        text = device_events.ladder_switch(point)
        self._reporter.event(EventKind.LADDER_SWITCH, Severity.INFO, text, data, stream)
        self._reporter.later(lambda: self._reporter.report(self._runner.reported()))
