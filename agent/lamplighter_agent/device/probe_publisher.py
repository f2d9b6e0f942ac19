"""Publish what this device is worth: measured once, and again when that may have changed."""

import logging
from collections.abc import Callable

from lamplighter_wire.messages import Probe

from lamplighter_agent.device.kept_files import Conditions, KeptFiles
from lamplighter_agent.errors import AgentError
from lamplighter_agent.link.reporter import Reporter

log = logging.getLogger(__name__)


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
        """The kept result where there is one, unless it is to be `fresh`."""
        probe = None if fresh else self._kept.probe(self.conditions)
        try:
            if probe is None:
                probe = self._measure()
                self._kept.keep_probe(probe, self.conditions)
        except AgentError as error:
            log.error("probe failed: %s", error)
        if probe is not None:
            self._reporter.publish("probe", probe)
