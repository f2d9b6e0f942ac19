"""Publish that what serves breaks its limits, and ask for what keeps them."""

from lamplighter_wire.enums import EventKind, Severity, TriggerKind
from lamplighter_wire.messages import Telemetry
from lamplighter_wire.words import device_events

from lamplighter_agent.deployment.journal import limits_of, policy_of
from lamplighter_agent.deployment.runner import Runner
from lamplighter_agent.deployment.state_machine import RESTING
from lamplighter_agent.link.reporter import Reporter
from lamplighter_agent.monitoring import breach
from lamplighter_agent.settings import AgentSettings


class BreachWatch:
    """Takes windows of telemetry of all streams one by one, on one thread."""

    def __init__(self, settings: AgentSettings, runner: Runner, reporter: Reporter) -> None:
        self._settings, self._runner, self._reporter = settings, runner, reporter
        self._states: dict[str, breach.BreachState] = {}
        self._time_scale = min(settings.time_scale, 1.0)

    def follow_settings(self, settings: AgentSettings) -> None:
        """Go by these from now on."""
        self._settings = settings

    def judge(self, window: Telemetry) -> None:
        """A window that has ended.

        A deployment under way judges for itself, and its end changes what is served. What it takes
        beside (a ladder is proven after the end) is no breach of what serves.
        """
        record = self._runner.record
        state = self._states.get(window.stream, breach.BreachState())
        if window.disturbed or record.machine.phase not in RESTING:
            self._states[window.stream] = breach.forget(state)
            return
        limits = limits_of(record, self._settings.power_budget_w)
        state, text = breach.step(state, window, limits, policy_of(record), self._time_scale)
        self._states[window.stream] = state
        if text:
            self._publish(window, text)

    def _publish(self, window: Telemetry, text: str) -> None:
        """What answers it changes what all streams are served by: they begin anew."""
        end = window.start + window.seconds
        self._states = {name: breach.told(state, end) for name, state in self._states.items()}
        data = {"serving": window.serving.variant}
        said = device_events.breach(text)
        self._reporter.event(EventKind.BREACH, Severity.WARNING, said, data, window.stream)
        self._reporter.request_recompression(
            TriggerKind.BREACH, self._runner.highest_revision, stream=window.stream
        )
