"""What a broker did not deliver: devices send it again, and an operator is told."""

from collections import Counter

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Severity

from lamplighter_controller.link.quotas.misconduct import Misconduct
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.deciding.lanes import Lane
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import device_sentences

# A broker that drops messages drops many; those of so long are one event.
GATHER_S = 10.0
MESSAGES = "messages"


class DroppedMessages:
    """Counts them by device, for ATTENTION, and notes an event.

    Args:
        recent: of each device, how many within the last hour.
    """

    def __init__(
        self, events: EventLog, clock: Clock, queue: DecisionQueue, recent: Misconduct
    ) -> None:
        self._events, self._clock, self._queue, self._recent = events, clock, queue, recent
        self._untold: Counter[str] = Counter()

    def receive(self, device: str, count: int) -> None:
        """So many were not delivered, and come again. Returns at once."""
        self._recent.note(device, MESSAGES, self._clock.monotonic(), count)
        self._queue.submit(self._note, device, count, lane=Lane.PRESENCE)

    def _note(self, device: str, count: int) -> None:
        self._untold[device] += count
        if self._untold[device] == count:
            self._queue.later(GATHER_S, self._tell, device, lane=Lane.PRESENCE)

    def _tell(self, device: str) -> None:
        count = self._untold.pop(device, 0)
        self._events.add(
            ControllerEvent.NOT_DELIVERED,
            device_sentences.not_delivered(device, count),
            device=device,
            severity=Severity.WARNING,
            messages=count,
        )
