"""Makes the rungs of a new ladder resident, one by one, after the commit."""

import logging
from collections.abc import Callable
from typing import Any

import msgspec
from lamplighter_wire.enums import EventKind, ReasonCode, Severity
from lamplighter_wire.messages import Desired, Rung
from lamplighter_wire.words import device_events
from lamplighter_wire.words.reasons import reason_words

from lamplighter_agent.acceptance.acceptance_test import AcceptanceTest
from lamplighter_agent.acceptance.verdict import Verdict
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.delivery.transfer_totals import TransferTotals
from lamplighter_agent.deployment.failure_reasons import FAULTS
from lamplighter_agent.deployment.journal import Record, known_rungs
from lamplighter_agent.deployment.state_machine import Failed
from lamplighter_agent.deployment.steps import Control
from lamplighter_agent.errors import CalledOffError
from lamplighter_agent.ladder.resident_models import ResidentModels
from lamplighter_agent.updating.fetching import Fetching
from lamplighter_agent.updating.garbage_collection import GarbageCollection
from lamplighter_agent.updating.memory_room import MemoryRoom
from lamplighter_agent.updating.proving import is_proven
from lamplighter_agent.updating.step_events import event_from
from lamplighter_agent.updating.verifying import Verifying

log = logging.getLogger(__name__)

PublishEvent = Callable[[EventKind, Severity, str, dict[str, Any]], None]


class LadderFilling:
    """Fetches, verifies and proves rungs; those that fail are left out and named in an event."""

    def __init__(
        self,
        *,
        slots: Slots,
        residents: ResidentModels,
        fetching: Fetching,
        verifying: Verifying,
        room: MemoryRoom,
        acceptance: AcceptanceTest,
        garbage: GarbageCollection,
        publish: PublishEvent,
    ) -> None:
        self._slots, self._residents = slots, residents
        self._fetching, self._verifying = fetching, verifying
        self._room, self._acceptance = room, acceptance
        self._garbage, self._publish = garbage, publish

    def fill(
        self, desired: Desired, record: Record, totals: TransferTotals, control: Control
    ) -> list[Rung]:
        """The ladder from now on: the desired rungs that are proven here.

        Called off, it is what has been proven so far, and what was known before.
        """
        proven: list[Rung] = []
        self._residents.settle(record)
        try:
            for rung in desired.ladder:
                rung_desired = msgspec.structs.replace(desired, primary=rung)
                if self._may_stay(rung, record) or self._make_ready(
                    rung_desired, record, totals, control
                ):
                    proven += [rung]
        except CalledOffError:
            ladder = merged(proven, record.ladder)
            self._residents.settle(msgspec.structs.replace(record, ladder=ladder))
            return ladder
        record = msgspec.structs.replace(record, ladder=proven)
        self._residents.settle(record)
        self._garbage.forget_variants(known_rungs(record))
        return proven

    def _may_stay(self, rung: Rung, record: Record) -> bool:
        """Whether a rung needs no proof, and is open: there is room for it beside the others."""
        try:
            if not is_proven(rung, record, self._slots) or self._room.lacking_bytes(rung):
                return False
            return self._residents.try_open(rung) is not None
        except FAULTS as error:
            log.warning("variant %s cannot be read: %s", rung.point.variant, error)
            return False

    def _make_ready(
        self, desired: Desired, record: Record, totals: TransferTotals, control: Control
    ) -> bool:
        """Fetch, verify and prove one rung, the primary of `desired`; whether that succeeds.

        Raises:
            CalledOffError: there is something newer to do.
        """
        known, abort = known_rungs(record), control.abort
        steps: tuple[Callable[[], Verdict], ...] = (
            lambda: self._fetching.fetch(desired, known, totals, abort),
            lambda: self._verifying.verify(desired),
            lambda: self._prove(desired, abort),
        )
        for work in steps:
            event = event_from(work)
            if event is None:
                raise CalledOffError("called off")
            if isinstance(event, Failed):
                self._publish_left_out(desired.primary, event)
                return False
        return True

    def _prove(self, desired: Desired, abort: Callable[[], bool]) -> Verdict:
        """Prove the rung and open it here.

        Raises:
            EngineError, MemoryError: it cannot be loaded or run.
            CalledOffError: `abort` says so.
        """
        needed = self._room.lacking_bytes(desired.primary)
        if needed:
            return Verdict(ReasonCode.OOM, f"needs {needed} bytes")
        result = self._acceptance.run_for_ladder(desired.primary, desired.limits, abort)
        if result.verdict.passed:
            self._residents.open(desired.primary)
        return result.verdict

    def _publish_left_out(self, rung: Rung, event: Failed) -> None:
        data = {"reason": event.reason, "variant": rung.point.variant}
        text = device_events.left_out(rung.point, event.detail or reason_words(event.reason))
        self._publish(EventKind.DEPLOYMENT, Severity.WARNING, text, data)


def merged(proven: list[Rung], before: list[Rung]) -> list[Rung]:
    """Rungs proven so far, and those from before."""
    return proven + [rung for rung in before if rung not in proven]
