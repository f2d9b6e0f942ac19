"""Publish what this device is worth: measured once, and again when that may have changed."""

import threading
from collections.abc import Callable

from lamplighter_wire.enums import EventKind, Severity
from lamplighter_wire.messages import Probe
from lamplighter_wire.words import device_events

from lamplighter_agent.device.kept_files import Conditions, KeptFiles
from lamplighter_agent.link.reporter import Reporter

# A device that has not been measured is served nothing: what hinders it passes, or is mended.
AGAIN_S, MOST_AGAIN_S = 60.0, 3600.0


class ProbePublisher:
    """Keeps the result for as long as the conditions it was measured under.

    Safe to use from any thread; one measures at a time.
    """

    def __init__(
        self,
        measure: Callable[[], Probe],
        kept: KeptFiles,
        conditions: Conditions,
        reporter: Reporter,
    ) -> None:
        self._measure, self._kept = measure, kept
        self.conditions, self._reporter = conditions, reporter
        self._measuring = threading.Lock()
        self._is_told = False

    def run(self, stop: threading.Event, again_s: float = AGAIN_S) -> None:
        """Where it fails, try again, ever less often, until there is a result or `stop` is set."""
        while not self._is_told and not stop.wait(again_s):
            if not self._is_told:
                self.publish()
            again_s = min(MOST_AGAIN_S, 2 * again_s)

    def publish(self, *, fresh: bool = False) -> None:
        """The kept result where there is one, unless it is to be `fresh`.

        Raises nothing: a device that cannot measure itself serves all the same.
        """
        with self._measuring:
            probe = None if fresh else self._kept.probe(self.conditions)
            if probe is None:
                probe = self._measured()
        if probe is not None:
            self._reporter.publish("probe", probe)
            self._is_told = True

    def _measured(self) -> Probe | None:
        """A new result, which is kept; None, and an event, when it fails."""
        try:
            probe = self._measure()
        except Exception as error:  # noqa: BLE001 - whatever the libraries raise, it must serve
            reason = str(error) or type(error).__name__
            data = {"error": type(error).__name__}
            text = device_events.probe_failed(reason)
            self._reporter.event(EventKind.PROBE_FAILED, Severity.ERROR, text, data)
            return None
        self._kept.keep_probe(probe, self.conditions)
        return probe
