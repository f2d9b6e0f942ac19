"""The effects of a deployment, done for real on this device.

Every failure becomes a reason code; nothing is raised for what a controller may send.
"""

from collections.abc import Callable, Sequence

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import EventKind, Severity
from lamplighter_wire.messages import Desired, OperatingPoint
from lamplighter_wire.rules.limits import latency_limit_ms
from lamplighter_wire.words import device_events

from lamplighter_agent.acceptance.verdict import Verdict
from lamplighter_agent.delivery.transfer_totals import TransferTotals
from lamplighter_agent.deployment.failure_reasons import FAULTS, failure
from lamplighter_agent.deployment.journal import Record, known_rungs
from lamplighter_agent.deployment.state_machine import Succeeded
from lamplighter_agent.deployment.steps import Control, EffectResult
from lamplighter_agent.errors import CalledOffError
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.ladder.resident_models import ResidentModels
from lamplighter_agent.updating.fetching import Fetching
from lamplighter_agent.updating.garbage_collection import GarbageCollection
from lamplighter_agent.updating.ladder_filling import LadderFilling, PublishEvent
from lamplighter_agent.updating.mending import Mending
from lamplighter_agent.updating.probation import judge, judge_together
from lamplighter_agent.updating.proving import Proving
from lamplighter_agent.updating.step_events import event_from
from lamplighter_agent.updating.verifying import Verifying

WATCH_TICK_S = 0.1


class DeviceEffects:
    """Implements the runner's `Effects`. `residents`: the rungs that this device steps between."""

    def __init__(
        self,
        *,
        clock: Clock,
        serve: InService,
        residents: ResidentModels,
        fetching: Fetching,
        verifying: Verifying,
        proving: Proving,
        filling: LadderFilling,
        garbage: GarbageCollection,
        mending: Mending,
        publish: PublishEvent,
    ) -> None:
        self._clock, self._serve, self.residents = clock, serve, residents
        self._fetching, self._verifying, self._proving = fetching, verifying, proving
        self._filling, self._garbage, self._mending = filling, garbage, mending
        self._publish = publish

    def serving(self) -> OperatingPoint:
        current = self._serve.serving
        return current.point if current else OperatingPoint()

    def resume(self, record: Record) -> None:
        """Serve what is known-good, or any proven rung when that is damaged or cannot be opened."""
        self._mending.check(record)
        if not self.residents.resume(record):
            text = device_events.nothing_opens()
            self._publish(EventKind.DEPLOYMENT, Severity.ERROR, text, {})

    def damaged(self) -> list[str]:
        return self._mending.damaged

    def mend(self, record: Record, control: Control) -> bool:
        try:
            mended = self._mending.fetch(record, control.abort)
        except CalledOffError:
            return False
        return mended and self.residents.resume(record)

    def fetch(self, desired: Desired, record: Record, control: Control) -> EffectResult:
        totals, known = TransferTotals(record.transfer, control.progress), known_rungs(record)
        event = event_from(lambda: self._fetching.fetch(desired, known, totals, control.abort))
        return EffectResult(event=event, learned={"transfer": totals.spent})

    def verify(self, desired: Desired, _record: Record, _control: Control) -> EffectResult:
        return EffectResult(event=event_from(lambda: self._verifying.verify(desired)))

    def prove(self, desired: Desired, record: Record, control: Control) -> EffectResult:
        return self._proving.prove(desired, record, control.abort)

    def swap(self, desired: Desired, record: Record, _control: Control) -> EffectResult:
        try:
            gap_ms = self.residents.begin_trial(desired.primary)
        except FAULTS as error:
            return EffectResult(event=failure(error))
        return EffectResult(learned={"gap_ms": record.gap_ms + gap_ms})

    def watch(self, desired: Desired, _record: Record, control: Control) -> EffectResult:
        return EffectResult(event=event_from(lambda: self._watch(desired, control.abort)))

    def _watch(self, desired: Desired, abort: Callable[[], bool]) -> Verdict:
        with self._serve.proving():
            while not abort():
                verdict = judge_together(self._judge(stream, desired) for stream in self._watched())
                if verdict is not None:
                    return verdict
                self._clock.sleep(WATCH_TICK_S)
        raise CalledOffError("called off")

    def _watched(self) -> Sequence[Stream]:
        """The streams whose frames are waited for: a camera that is lost holds up nothing."""
        streams = self._serve.streams
        return [stream for stream in streams if stream.is_alive] or streams

    def _judge(self, stream: Stream, desired: Desired) -> Verdict | None:
        fps, slot_share = self._serve.fps_accepted_of(stream), desired.policy.slot_share
        limit_ms = latency_limit_ms(desired.limits, fps, slot_share)
        return judge(self._serve.served(stream), desired, limit_ms)

    def roll_back(self, record: Record) -> EffectResult:
        return EffectResult(event=Succeeded(), learned={"gap_ms": self.residents.fall_back(record)})

    def drop(self, record: Record) -> None:
        """Forget the candidate; the ladder that made room for it is open again."""
        self.residents.reopen(record)
        self._garbage.remove_variants(known_rungs(record))

    def ladder(self, desired: Desired, record: Record, control: Control) -> EffectResult:
        """Make the desired rungs resident and proven."""
        totals = TransferTotals(record.transfer, control.progress, aside=True)
        ladder = self._filling.fill(desired, record, totals, control)
        return EffectResult(learned={"ladder": ladder})
