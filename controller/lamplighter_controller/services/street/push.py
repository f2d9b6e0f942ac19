"""Posts what crossed the streets to a city's platform, a quarter of an hour at a time.

Each interval is posted once its last windows had time to come; what was not taken, and what a
device tells late, is posted later, for a week, the oldest first. What comes twice is the same.
A target that answers and refuses everything is asked ever more seldom, until it takes something.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.ngsi_ld import Place
from lamplighter_client.street.whole_quarters import SETTLES_S
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Severity

from lamplighter_controller.domain.street.intervals import INTERVAL_S
from lamplighter_controller.domain.telemetry.summary import stretch_of
from lamplighter_controller.errors import WebhookError
from lamplighter_controller.link.webhooks.post import ask
from lamplighter_controller.services.devices.device_listing import all_devices
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import work_sentences
from lamplighter_controller.services.street.context_broker import ContextBroker
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.known_movements import KnownMovements
from lamplighter_controller.services.street.places import place_at
from lamplighter_controller.services.street.push_progress import PushProgress
from lamplighter_controller.services.street.push_target import (
    AllRefusedError,
    Ask,
    Door,
    PushStanding,
    PushTarget,
    Refused,
    Told,
    check_target,
)
from lamplighter_controller.services.street.sensor_things_server import SensorThingsServer
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import DeviceRecord

log = logging.getLogger(__name__)

LOOK_S = 60.0
MOST_WAIT_S = float(INTERVAL_S)  # a longer one would cost a whole interval of delay
GRACE_S = SETTLES_S
BACKLOG_S = 7 * 86_400.0
# Counted together: as many devices as have so many intervals due. A bound of memory and requests.
MOST_INTERVALS = 200
MOST_NAMED = 50  # in an event


class Receiver(Protocol):
    """To whom it is told."""

    aside: set[str]  # names that it refuses, while it takes others

    def tell(self, several: Sequence[Told]) -> tuple[int, list[Refused]]:
        """Tell one interval of some devices; how much was taken, and what newly was not.

        Raises:
            WebhookError: it has to wait; all of it is told again. A `AllRefusedError` where it
                answers and refuses everything.
        """


class _Due(NamedTuple):
    """What is due of a device, oldest first, and when its last interval ends."""

    device: str
    place: Place
    counts: list[StreetCount]
    until: float


def backoff_s(vain: int) -> float:
    """Until a target that refused everything so often, one time after the other, is asked again."""
    return min(LOOK_S * 2.0 ** min(vain, 10), MOST_WAIT_S)


def _receiver(target: PushTarget, door: Door) -> Receiver:
    return SensorThingsServer(door) if target.form == "sensorthings" else ContextBroker(door)


class StreetPush:
    """A thread of its own; without a target it does nothing.

    Attributes:
        standing: how it goes, for whoever asks; replaced as a whole.
        wait_s: until the next look.

    Raises:
        InvalidError: nothing can be posted to the target; it names the setting.
    """

    def __init__(
        self,
        store: Store,
        counts: StreetCounts,
        known: KnownMovements,
        events: EventLog,
        clock: Clock,
        target: PushTarget,
        progress: Path,
        *,
        ask: Ask = ask,
    ) -> None:
        check_target(target)
        self._store, self._counts, self._known = store, counts, known
        self._events, self._clock = events, clock
        self._target, self._path = target, progress
        self._closing = threading.Event()
        self._receiver = _receiver(target, Door(target, ask, self._closing.is_set))
        self._trouble, self._done_until = "", 0.0
        self._vain, self.wait_s = 0, LOOK_S
        self.standing = PushStanding(target.url)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, where there is a target."""
        if self._target.url:
            self._thread = threading.Thread(target=self._run, name="street-push", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop behind the request that is under way; the rest is posted after the next start."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(15.0)

    def look(self) -> None:
        """Post what is due; tell the first time that it goes wrong, and when it is right again."""
        self.wait_s, again_at = LOOK_S, None
        try:
            self.push_due()
            self._tell("")
            self.standing = self.standing.going_well()
        except WebhookError as error:
            now = self._clock.time()
            if isinstance(error, AllRefusedError):
                self._vain += 1
                self.wait_s = backoff_s(self._vain)
                again_at = now + self.wait_s
            if not self._closing.is_set():
                self._tell(str(error))
                self.standing = self.standing.failing(str(error), now, again_at)

    def push_due(self) -> int:
        """Post every interval that is due; how much was taken.

        Raises:
            WebhookError: the target takes nothing, or cannot be reached; what is left stays due.
        """
        end = stretch_of(self._clock.time() - GRACE_S, INTERVAL_S)
        if end <= self._done_until:
            return 0
        progress, taken = PushProgress(self._path), 0
        for several in self._batches(progress, end):
            taken += self._push(several, progress)
            self._known.save()
        if not self._closing.is_set():
            self._done_until = end
        return taken

    def _push(self, several: Sequence[_Due], progress: PushProgress) -> int:
        """One interval after the other, so that nothing is told twice in a request."""
        taken = 0
        for start in sorted({one.start for due in several for one in due.counts}):
            if self._closing.is_set():
                return taken
            told = [self._told(due, start) for due in several]
            accepted, refused = self._receiver.tell([one for one in told if one.counts])
            taken += accepted
            if accepted:
                self._vain = 0
                self.standing = self.standing._replace(accepted_at=self._clock.time())
            if refused:
                self._tell_refused(refused)
            self._note_aside(refused)
            progress.save({one.device: start + INTERVAL_S for one in told if one.counts})
        progress.save({due.device: due.until for due in several})
        return taken

    def _told(self, due: _Due, start: float) -> Told:
        counts = [one for one in due.counts if one.start == start]
        return Told(due.device, due.place, self._known.completed(due.device, counts))

    def _run(self) -> None:
        while not self._closing.wait(self.wait_s):
            try:
                self.look()
            except Exception:
                log.exception("street counts cannot be posted; tried again")

    def _batches(self, progress: PushProgress, end: float) -> Iterator[list[_Due]]:
        """Some devices at a time."""
        batch: list[_Due] = []
        for page in all_devices(self._store, self._clock.time()):
            for device in page:
                if self._closing.is_set():
                    return
                batch.append(self._due(device, progress, end))
                if sum(len(due.counts) for due in batch) >= MOST_INTERVALS:
                    yield batch
                    batch = []
        if batch:
            yield batch

    def _due(self, device: DeviceRecord, progress: PushProgress, end: float) -> _Due:
        # What it has not told of yet may still come.
        due = min(end, stretch_of(device.measured_at, INTERVAL_S))
        begin = max(progress.until(device.id, end - INTERVAL_S), end - BACKLOG_S)
        counts = self._counts.counts(device.id, begin, due) if begin < due else []
        place = place_at(device, self._store)
        return _Due(device.id, place, counts, max(begin, due))

    def _tell(self, trouble: str) -> None:
        if bool(trouble) == bool(self._trouble):
            return
        self._trouble = trouble
        severity = Severity.WARNING if trouble else Severity.INFO
        text = work_sentences.street_push(trouble[:200])
        self._events.add(ControllerEvent.STREET_PUSH, text, severity=severity)

    def _note_aside(self, refused: Sequence[Refused]) -> None:
        why = refused[0].why if refused else self.standing.aside_why
        aside = len(self._receiver.aside)
        self.standing = self.standing._replace(aside=aside, aside_why=why if aside else "")

    def _tell_refused(self, refused: Sequence[Refused]) -> None:
        names = [one.name for one in refused]
        text = work_sentences.street_push_refused(names, refused[0].why)
        self._events.add(
            ControllerEvent.STREET_PUSH, text, severity=Severity.WARNING, refused=names[:MOST_NAMED]
        )
