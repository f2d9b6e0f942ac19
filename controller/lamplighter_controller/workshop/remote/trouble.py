"""Whether anybody is there to do jobs, and since when not."""

import logging

from lamplighter_wire.clock import Clock

from lamplighter_controller.workshop.executors.executor import ReportTrouble, ignore_trouble

log = logging.getLogger(__name__)


class Trouble:
    """What is wrong with the way to the workers. It is reported when it comes and when it goes."""

    def __init__(self, clock: Clock) -> None:
        self.report: ReportTrouble = ignore_trouble
        self.text = ""
        self._clock = clock
        self._since = 0.0

    def note(self, text: str) -> None:
        """What is wrong now; empty: nothing."""
        was, self.text = self.text, text
        if bool(was) == bool(text):
            return
        self._since = self._clock.monotonic()
        log.log(logging.WARNING if text else logging.INFO, "executor: %s", text or "is back")
        self.report(text)

    def lasts_s(self, after: float) -> float:
        """For how long something has been wrong, counted from a time on; 0: nothing is."""
        return self._clock.monotonic() - max(self._since, after) if self.text else 0.0
