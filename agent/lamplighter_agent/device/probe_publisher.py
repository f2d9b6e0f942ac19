"""Publish what this device is worth: measured once, and again when that may have changed."""

from collections.abc import Callable

from lamplighter_wire.enums import EventKind, Severity
from lamplighter_wire.messages import Probe

from lamplighter_agent.device.kept_files import Conditions, KeptFiles
from lamplighter_agent.link.reporter import Reporter


class ProbePublisher:
    """Keeps the result for as long as the conditions it was measured under."""

    def __init__(
        self,
        measure: Callable[[], Probe],
        kept: KeptFiles,
        conditions: Conditions,
        reporter: Reporter,
    ) -> None:
        self._measure, self._kept = measure, kept
        self.conditions, self._reporter = conditions, reporter

    def publish(self, *, fresh: bool = False) -> None:
        """The kept result where there is one, unless it is to be `fresh`.

        Raises nothing: a device that cannot measure itself serves all the same.
        """
        probe = None if fresh else self._kept.probe(self.conditions)
        if probe is None:
            probe = self._measured()
        if probe is not None:
            self._reporter.publish("probe", probe)

    def _measured(self) -> Probe | None:
        """A new result, which is kept; None, and an event, when it fails."""
        try:
            probe = self._measure()
        except Exception as error:  # noqa: BLE001 - whatever the libraries raise, it must serve
            reason = str(error) or type(error).__name__
            data = {"error": type(error).__name__}
            text = f"the probe failed: {reason}"
            self._reporter.event(EventKind.PROBE_FAILED, Severity.ERROR, text, data)
            return None
        self._kept.keep_probe(probe, self.conditions)
        return probe
