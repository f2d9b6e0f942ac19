"""The proof of a candidate: room for it, its acceptance test, and what serves meanwhile."""

from collections.abc import Callable

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import Desired, Rung

from lamplighter_agent.acceptance.acceptance_test import AcceptanceTest
from lamplighter_agent.acceptance.verdict import PASSED, Verdict
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.deployment.journal import Record, known_rungs
from lamplighter_agent.deployment.state_machine import Succeeded
from lamplighter_agent.deployment.steps import EffectResult
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.operating_points import same_work
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.ladder.resident_models import ResidentModels
from lamplighter_agent.updating.memory_room import MemoryRoom
from lamplighter_agent.updating.step_events import event_from


class Proving:
    """Proves candidates beside what serves, or in its place where memory holds only one."""

    def __init__(
        self,
        clock: Clock,
        slots: Slots,
        serve: InService,
        residents: ResidentModels,
        room: MemoryRoom,
        acceptance: AcceptanceTest,
    ) -> None:
        self._clock, self._slots, self._serve = clock, slots, serve
        self._residents, self._room, self._acceptance = residents, room, acceptance

    def prove(self, desired: Desired, record: Record, abort: Callable[[], bool]) -> EffectResult:
        """Whether the desired primary may serve; what left for it serves again if it may not."""
        incumbent = self._serve.serving
        started = self._clock.monotonic()
        result = self._test(desired, record, incumbent, abort)
        if incumbent is None or self._serve.serving is not None:
            return result
        if not isinstance(result.event, Succeeded):
            self._residents.clear()  # the candidate first: there is room for one of them only
            self._residents.fall_back(record)
        gap_ms = (self._clock.monotonic() - started) * 1e3
        return msgspec.structs.replace(result, learned={**result.learned, "gap_ms": gap_ms})

    def _test(
        self,
        desired: Desired,
        record: Record,
        incumbent: Serving | None,
        abort: Callable[[], bool],
    ) -> EffectResult:
        figures: dict[str, object] = {}

        def test() -> Verdict:
            is_cold = self._room.make_for(desired.primary, incumbent)
            if is_proven(desired.primary, record, self._slots):
                return PASSED  # the device itself steps to it without a trial
            result = self._acceptance.run(desired, None if is_cold else incumbent, abort)
            figures.update(golden_f1=result.golden_f1, trial=result.trial)
            return result.verdict

        return EffectResult(event=event_from(test), learned=figures)


def is_proven(rung: Rung, record: Record, slots: Slots) -> bool:
    """Whether the same work on the same variant has been proven on this device."""
    is_known = any(same_work(rung.point, known.point) for known in known_rungs(record))
    return is_known and slots.has(rung.point.manifest)
