"""What devices may not and tried, for the audit log: of each kind once an hour, how often."""

from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.audit.chain import AuditOutcome
from lamplighter_controller.link.quotas.misconduct import Misconduct
from lamplighter_controller.services.audit.audit_log import Attempt, AuditLog
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue

LOOK_S = 60.0
AGAIN_S = 3600.0


class DeviceRefusals:
    """On the deciding thread; what it has told of is forgotten at a start."""

    def __init__(
        self, audit: AuditLog, misconduct: Misconduct, clock: Clock, queue: DecisionQueue
    ) -> None:
        self._audit, self._misconduct = audit, misconduct
        self._clock, self._queue = clock, queue
        self._told: dict[tuple[str, str], tuple[int, float]] = {}  # how often, and when

    def sweep(self) -> None:
        """Every minute."""
        self.note()
        self._queue.later(LOOK_S, self.sweep)

    def note(self) -> None:
        """What is new, of each device and kind once an hour."""
        now, counts = self._clock.monotonic(), self._misconduct.totals()
        self._told = {key: told for key, told in self._told.items() if key in counts}
        for key, count in counts.items():
            before, at = self._told.get(key, (0, now - AGAIN_S))
            more = count - before if count >= before else count
            if more and now - at >= AGAIN_S:
                self._told[key] = (count, now)
                self._add(*key, more)

    def _add(self, device: str, kind: str, times: int) -> None:
        attempt = Attempt("say", f"device:{device}", f"device:{device}")
        self._audit.note(attempt, AuditOutcome.REFUSED, f"{kind} left out", times=times)
