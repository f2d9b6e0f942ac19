"""Damaged variants of known rungs: noticed at the start, put together anew, fetched again."""

import logging
from collections.abc import Callable
from typing import Any

from lamplighter_wire.enums import EventKind, Severity
from lamplighter_wire.messages import Desired, Rung, Transfer
from lamplighter_wire.words import device_events

from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.delivery.transfer_totals import TransferTotals
from lamplighter_agent.deployment.failure_reasons import FAULTS
from lamplighter_agent.deployment.journal import Record, known_rungs
from lamplighter_agent.deployment.state_machine import Phase
from lamplighter_agent.errors import CalledOffError
from lamplighter_agent.updating.fetching import Fetching
from lamplighter_agent.updating.verifying import Verifying

log = logging.getLogger(__name__)

PublishEvent = Callable[[EventKind, Severity, str, dict[str, Any]], None]
# Phases that go on, after a start, with a candidate that was verified before.
VERIFIED = (Phase.STAGED, Phase.PROBATION)


class Mending:
    """Checks what may serve against its manifest. What is damaged is never opened."""

    def __init__(
        self,
        store: ChunkStore,
        slots: Slots,
        fetching: Fetching,
        verifying: Verifying,
        publish: PublishEvent,
    ) -> None:
        self._store, self._slots = store, slots
        self._fetching, self._verifying, self._publish = fetching, verifying, publish
        self._damaged: dict[str, Rung] = {}  # by the hash of the manifest

    @property
    def damaged(self) -> list[str]:
        """Ids of the variants that wait to be fetched."""
        return list(dict.fromkeys(rung.point.variant for rung in self._damaged.values()))

    def check(self, record: Record) -> None:
        """Read the files of all that may serve; what the chunks on the disk give is mended now."""
        rungs = {rung.point.manifest: rung for rung in _may_serve(record)}
        self._damaged = {sha: rung for sha, rung in rungs.items() if not self._is_whole(sha, rung)}

    def fetch(self, record: Record, abort: Callable[[], bool]) -> bool:
        """Fetch what is damaged and still known; whether anything was mended.

        Raises nothing but CalledOffError: what does not come now is tried again.
        """
        known = known_rungs(record)
        wanted = {rung.point.manifest for rung in known}
        self._damaged = {sha: rung for sha, rung in self._damaged.items() if sha in wanted}
        mended = [rung for rung in self._damaged.values() if self._fetched(rung, record, abort)]
        for rung in mended:
            del self._damaged[rung.point.manifest]
        return bool(mended)

    def _is_whole(self, sha: str, rung: Rung) -> bool:
        damage = self._slots.check(sha)
        if not damage:
            return True
        text = device_events.damaged(rung.point.variant, damage)
        self._tell(EventKind.VARIANT_DAMAGED, Severity.ERROR, rung, text)
        try:
            self._slots.assemble(sha, self._store.read(sha), self._store.read)
        except FAULTS as error:
            log.warning("variant %s is not mended yet: %s", rung.point.variant, error)
            return False
        text = device_events.mended(rung.point.variant, fetched=False)
        self._tell(EventKind.VARIANT_MENDED, Severity.INFO, rung, text)
        return True

    def _fetched(self, rung: Rung, record: Record, abort: Callable[[], bool]) -> bool:
        by_artifact = record.desired is not None and record.desired.by_artifact
        revision = record.machine.revision
        desired = Desired(revision=revision, primary=rung, by_artifact=by_artifact)
        totals = TransferTotals(Transfer(), lambda _: None)
        try:
            verdict = self._fetching.fetch(desired, known_rungs(record), totals, abort)
            verdict = self._verifying.verify(desired) if verdict.passed else verdict
        except CalledOffError:
            raise
        except FAULTS as error:
            log.warning("variant %s is not mended yet: %s", rung.point.variant, error)
            return False
        if verdict.passed:
            text = device_events.mended(rung.point.variant, fetched=True)
            self._tell(EventKind.VARIANT_MENDED, Severity.INFO, rung, text)
        return verdict.passed

    def _tell(self, kind: EventKind, severity: Severity, rung: Rung, text: str) -> None:
        self._publish(kind, severity, text, {"variant": rung.point.variant})


def _may_serve(record: Record) -> list[Rung]:
    known, desired = known_rungs(record), record.desired
    is_tried = desired is not None and record.machine.phase in VERIFIED
    return [desired.primary, *known] if desired is not None and is_tried else known
