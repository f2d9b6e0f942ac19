"""The newest lines of a device's log for each request. They pass through memory, kept nowhere."""

import logging
from functools import partial

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import DeviceLog, LogOrder
from lamplighter_wire.policy.log_limits import ANSWER_WITHIN_S, LEAST_APART_S, LogLevel

from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.services.asking.questions import Question, QuestionKind, Questions
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.store.base import DeviceStore

log = logging.getLogger(__name__)

LOG = QuestionKind(
    CommandKind.LOG,
    noun="log",
    answer_within_s=ANSWER_WITHIN_S,
    least_apart_s=LEAST_APART_S,
    silence="its link is slow or gone, or its agent is older than this controller",
)


class DeviceLogs:
    """Call `ask` and `receive` on the deciding thread, `wait` on any other."""

    def __init__(
        self, devices: DeviceStore, clock: Clock, queue: DecisionQueue, outbound: Outbound
    ) -> None:
        self._questions = Questions[DeviceLog](LOG, devices, clock, queue, outbound)

    def ask(self, device: str, lines: int, level: LogLevel) -> Question[DeviceLog]:
        """Ask a device for its newest lines of a level and above. Raises as `Questions.ask`."""
        return self._questions.ask(device, partial(_order, lines, level))

    def receive(self, device: str, told: DeviceLog) -> None:
        """The answer of a device; what nobody waits for is dropped."""
        question = self._questions.answered(device, told.order)
        if question is None:
            log.warning("lines of a log are dropped: nobody waits", extra={"device": device})
        elif told.refused:
            self._questions.refuse(question, told.refused)
        else:
            question.answer.set_result(told)

    def wait(self, question: Question[DeviceLog]) -> DeviceLog:
        """The answer. Raises as `Questions.wait`."""
        return self._questions.wait(question)


def _order(lines: int, level: LogLevel, name: str) -> LogOrder:
    return LogOrder(order=name, lines=lines, level=level)
