"""Which devices are there: births, last wills, and what is published anew at a birth."""

from collections.abc import Callable
from functools import partial

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Severity
from lamplighter_wire.messages import Birth, Status

from lamplighter_controller.domain.message_order import MessageStamp, next_known_revision
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.deciding.lanes import Lane
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord

# A short link loss is over before anybody needs to know of it.
WILL_RECHECK_S = 1.5
# A queue that takes longer than this is in a storm: a will is not believed before it has passed.
CALM_S = 0.25
# No honest device has come so far; to go on behind a number near the end of all would be the end.
MOST_LIKELY = 2**52


class Presence:
    """Follows the sessions of devices."""

    def __init__(
        self,
        devices: DeviceStore,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        decisions: Decisions,
        deployments: Deployments,
        renumber: Callable[[str, int], None],
    ) -> None:
        self._devices = devices
        self._clock = clock
        self._queue = queue
        self._events = events
        self._decisions = decisions
        self._deployments = deployments
        self._renumber = renumber

    def receive_birth(self, device: str, birth: Birth) -> None:
        """A session begins: presence, and desired and reported state are reconciled.

        The last birth that came counts: a device that has lost its numbers, or counts from a clock
        that was set back, is told where to go on.
        """
        record = self._devices.device(device)
        session = self._devices.device_state(device).session
        if birth.epoch == session.seq:
            return  # retained, it comes with each of our own connections
        if birth.epoch < record.epoch <= MOST_LIKELY:
            self._devices.after_commit(partial(self._renumber, device, record.epoch))
        try:
            self._reconcile(record, birth.highest_revision)
        finally:
            # Noted last: a birth that a power cut interrupts comes again as news.
            with self._devices.transaction():
                self._note_birth(device, birth, is_new=birth.epoch != record.epoch)

    def receive_status(self, device: str, status: Status) -> None:
        """Presence; a will is believed only with the current epoch and after a short re-check."""
        record = self._devices.device(device)
        if status.epoch < record.epoch:
            return
        if status.online and record.online and status.epoch == record.epoch:
            return
        if status.online:
            now = self._clock.time()
            self._devices.update_device(device, online=True, epoch=status.epoch, last_seen=now)
            return
        if not record.online and status.epoch == record.epoch:
            return
        self._devices.update_device(device, epoch=status.epoch)
        self._recheck_later(device, status.epoch)

    def _note_birth(self, device: str, birth: Birth, *, is_new: bool) -> None:
        """Not new where a status or will of the session was received before."""
        if is_new:
            text = device_sentences.online(device)
            self._events.add(ControllerEvent.ONLINE, text, device=device, epoch=birth.epoch)
        self._devices.update_device(
            device,
            state={"session": MessageStamp(birth.epoch, birth.at)},
            last_seen=self._clock.time(),
            agent_version=birth.agent_version[:80],
            **({"online": True, "epoch": birth.epoch} if is_new else {}),
        )

    def _reconcile(self, record: DeviceRecord, highest_revision: int) -> None:
        """Bring a device up to the last revision, or pass a revision that only it knows of."""
        known = next_known_revision(record.revision, highest_revision)
        if known > record.revision:
            raised = self._devices.update_device(record.id, revision=known)
            self._deployments.renew(raised, "the device knew a higher revision")
        elif record.revision and highest_revision < record.revision:
            self._deployments.republish(record)
        elif not record.revision:
            self._decisions.schedule(record.id, "birth")

    def _recheck_later(self, device: str, epoch: int) -> None:
        self._queue.later(WILL_RECHECK_S, self._recheck, device, epoch, lane=Lane.PRESENCE)

    def _recheck(self, device: str, epoch: int) -> None:
        """Behind what has come until now: the birth that disproves a will may wait there."""
        asked_at = self._clock.monotonic()
        self._queue.submit(
            self._confirm_offline, device, epoch, asked_at, lane=Lane.PRESENCE, owner=device
        )

    def _confirm_offline(self, device: str, epoch: int, asked_at: float) -> None:
        if self._clock.monotonic() - asked_at > CALM_S:
            # Much is coming in, and not all of it has reached the queue yet.
            self._recheck_later(device, epoch)
            return
        record = self._devices.device(device)
        if record.epoch == epoch and record.online:
            self._devices.update_device(device, online=False)
            self._events.add(
                ControllerEvent.OFFLINE,
                device_sentences.offline(device),
                device=device,
                severity=Severity.WARNING,
            )
