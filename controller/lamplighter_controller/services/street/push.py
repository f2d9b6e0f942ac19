"""Posts what crossed the streets to a city's context broker, a quarter of an hour at a time.

Each interval is posted once its last windows had time to come, as NGSI-LD entities; what was not
taken, and what a device tells late, is posted later, for a week. An entity that comes twice is the
same one.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamplighter_client.street.ngsi_ld import place_of, traffic_flow
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Severity

from lamplighter_controller.domain.street.intervals import INTERVAL_S
from lamplighter_controller.domain.telemetry.summary import stretch_of
from lamplighter_controller.errors import WebhookError
from lamplighter_controller.link.webhooks.post import checked_url, post
from lamplighter_controller.services.devices.device_listing import all_devices
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import work_sentences
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.push_progress import PushProgress
from lamplighter_controller.store.fleet.stores import FleetStore

log = logging.getLogger(__name__)

LOOK_S = 60.0
GRACE_S = 120.0  # windows are seconds long, and come within one or two
BACKLOG_S = 7 * 86_400.0
# In one request; brokers bound its size.
MOST_ENTITIES = 500
Post = Callable[..., int]
Entities = list[dict[str, Any]]


@dataclass(frozen=True)
class PushTarget:
    """Where to; an empty `url`: nowhere.

    token_file: holds a bearer token; empty: none.
    may_be_local: whether it may be on this machine itself.
    """

    url: str = ""
    token_file: str = ""
    may_be_local: bool = False


class StreetPush:
    """A thread of its own; without a target it does nothing.

    Raises:
        InvalidError: nothing can be posted to the target.
    """

    def __init__(
        self,
        fleet: FleetStore,
        counts: StreetCounts,
        events: EventLog,
        clock: Clock,
        target: PushTarget,
        progress: Path,
        *,
        send: Post = post,
    ) -> None:
        if target.url:
            checked_url(target.url, may_be_local=target.may_be_local)
        self._fleet, self._counts, self._events, self._clock = fleet, counts, events, clock
        self._target, self._path, self._send = target, progress, send
        self._trouble, self._done_until = "", 0.0
        self._closing = threading.Event()
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
        try:
            self.push_due()
            self._tell("")
        except WebhookError as error:
            self._tell(str(error))

    def push_due(self) -> int:
        """Post every interval that is due; how many entities were taken.

        Raises:
            WebhookError: the target took nothing, or cannot be reached; what is left stays due.
        """
        end = stretch_of(self._clock.time() - GRACE_S, INTERVAL_S)
        if end <= self._done_until:
            return 0
        progress, taken = PushProgress(self._path), 0
        for entities, until in self._batches(progress, end):
            if entities:
                self._post(entities)
                taken += len(entities)
            progress.save(until)
        if not self._closing.is_set():
            self._done_until = end
        return taken

    def _run(self) -> None:
        while not self._closing.wait(LOOK_S):
            try:
                self.look()
            except Exception:
                log.exception("street counts cannot be posted; tried again")

    def _batches(
        self, progress: PushProgress, end: float
    ) -> Iterator[tuple[Entities, dict[str, float]]]:
        """Entities for one request, and up to when they bring whom."""
        entities: Entities = []
        until: dict[str, float] = {}
        for page in all_devices(self._fleet, self._clock.time()):
            for device in page:
                if self._closing.is_set():
                    return
                # What it has not told of yet may still come.
                due = min(end, stretch_of(device.measured_at, INTERVAL_S))
                begin = max(progress.until(device.id, end - INTERVAL_S), end - BACKLOG_S)
                if begin < due:
                    counts = self._counts.counts(device.id, begin, due)
                    where = place_of(device.id, device.site, device.labels)
                    entities += traffic_flow(counts, where)
                until[device.id] = max(begin, due)
                if len(entities) >= MOST_ENTITIES:
                    yield entities, until
                    entities, until = [], {}
        if until:
            yield entities, until

    def _post(self, entities: Entities) -> None:
        headers = {"content-type": "application/ld+json", "user-agent": "Lamplighter"}
        if self._target.token_file:
            headers["authorization"] = f"Bearer {_token(self._target.token_file)}"
        for first in range(0, len(entities), MOST_ENTITIES):
            body = json.dumps(entities[first : first + MOST_ENTITIES]).encode()
            local = self._target.may_be_local
            status = self._send(self._target.url, headers, body, may_be_local=local)
            if not 200 <= status < 300:
                raise WebhookError(f"it answered with status {status}")

    def _tell(self, trouble: str) -> None:
        if bool(trouble) == bool(self._trouble):
            return
        self._trouble = trouble
        severity = Severity.WARNING if trouble else Severity.INFO
        text = work_sentences.street_push(trouble[:200])
        self._events.add(ControllerEvent.STREET_PUSH, text, severity=severity)


def _token(file: str) -> str:
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        why = error.strerror or repr(error)
        raise WebhookError(f"street_push_token: cannot read {file}: {why}") from error
