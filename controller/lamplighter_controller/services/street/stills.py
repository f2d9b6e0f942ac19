"""Stills: one picture of a device for each request. They pass through memory and are kept nowhere.

What of a picture leaves the device is its owner's switch, which the device alone obeys.
"""

import logging

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import Still, StillOrder
from lamplighter_wire.policy.still_limits import ANSWER_WITHIN_S, LEAST_APART_S, is_still

from lamplighter_controller.errors import ConflictError
from lamplighter_controller.link.orders import SILENCE
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.services.asking.questions import Question, QuestionKind, Questions
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore

log = logging.getLogger(__name__)

STILL = QuestionKind(
    CommandKind.STILL,
    noun="still",
    answer_within_s=ANSWER_WITHIN_S,
    least_apart_s=LEAST_APART_S,
    silence=SILENCE,
)


class Stills:
    """Call `ask` and `receive` on the deciding thread, `wait` on any other."""

    def __init__(
        self,
        devices: DeviceStore,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        outbound: Outbound,
    ) -> None:
        self._questions = Questions[Still](STILL, devices, clock, queue, outbound)
        self._events = events

    def ask(self, device: str, stream: str, by: str) -> Question[Still]:
        """Ask a device for one still. Raises as `Questions.ask`."""
        question = self._questions.ask(device, lambda name: StillOrder(order=name, stream=stream))
        text = device_sentences.still_asked(device, by)
        self._events.add(ControllerEvent.STILL_ASKED, text, device=device, stream=stream, by=by)
        return question

    def receive(self, device: str, still: Still) -> None:
        """The answer of a device; what nobody waits for is dropped."""
        question = self._questions.answered(device, still.order)
        if question is None:
            log.warning("a still is dropped: nobody waits for it", extra={"device": device})
        elif still.refused:
            self._questions.refuse(question, still.refused)
        elif not is_still(still.jpeg, still.preview, still.preview_width, still.preview_height):
            question.answer.set_exception(ConflictError(f"what {device} sent is no still"))
        else:
            question.answer.set_result(still)

    def wait(self, question: Question[Still]) -> Still:
        """The answer. Raises as `Questions.wait`."""
        return self._questions.wait(question)
