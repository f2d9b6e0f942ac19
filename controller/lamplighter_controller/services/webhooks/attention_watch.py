"""Looks at all devices now and then: webhooks are told what needs attention, and what is
acknowledged ends with its notice."""

import logging
import threading
from collections.abc import Mapping
from typing import Any

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Severity

from lamplighter_controller.domain.attention.changes import AttentionChanges, Key
from lamplighter_controller.domain.attention.health import Notice
from lamplighter_controller.services.attention.mark_changes import MarkChanges
from lamplighter_controller.services.devices.device_listing import all_devices
from lamplighter_controller.services.health import Health
from lamplighter_controller.services.webhooks.deliveries import Deliveries
from lamplighter_controller.store.fleet.stores import FleetStore
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.webhooks.records import OpenNoticeRecord, WebhookRecord
from lamplighter_controller.store.webhooks.stores import WebhookStore

log = logging.getLogger(__name__)

LOOK_S = 15.0
SEVERITIES = (Severity.INFO, Severity.WARNING, Severity.ERROR)
BEGUN, ENDED = "attention.begun", "attention.ended"


class AttentionWatch:
    """A thread of its own; without webhooks and acknowledgements it looks at nothing."""

    def __init__(
        self,
        fleet: FleetStore,
        webhooks: WebhookStore,
        health: Health,
        deliveries: Deliveries,
        clock: Clock,
        marks: MarkChanges,
    ) -> None:
        self._fleet, self._webhooks, self._health = fleet, webhooks, health
        self._deliveries, self._clock = deliveries, clock
        self._marks = marks
        self._changes: AttentionChanges | None = None
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin after the first interval: by then devices have been heard again."""
        self._thread = threading.Thread(target=self._run, name="attention", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(15.0)

    def look(self) -> None:
        """At all devices; what is news by now is told to those who want to know."""
        webhooks = [record for record in self._webhooks.webhooks() if not record.ended_at]
        if not webhooks:
            self._changes = None
        if not (webhooks or self._marks.has_acknowledged()):
            return
        notices, devices = self._now()
        self._marks.follow(notices)
        if webhooks:
            self._tell_news(webhooks, notices, devices)

    def _tell_news(
        self,
        webhooks: list[WebhookRecord],
        notices: Mapping[Key, Notice],
        devices: Mapping[str, DeviceRecord],
    ) -> None:
        """Of what is marked only the end of what was told before."""
        told = {(notice.device, notice.kind): notice for notice in self._webhooks.open_notices()}
        if self._changes is None:
            self._changes = AttentionChanges(list(told))
        concerning = {k: n for k, n in notices.items() if not n.marked or k in told}
        changes = self._changes.look(concerning)
        now = self._clock.time()
        begun = [_opened(key, notice, now) for key, notice in changes.begun.items()]
        ended = [told[key] for key in changes.ended if key in told]
        if not (begun or changes.ended):
            return
        try:
            with self._webhooks.transaction():
                self._webhooks.save_notices(begun, changes.ended)
                for kind, records in ((BEGUN, begun), (ENDED, ended)):
                    for record in records:
                        self._tell(webhooks, kind, record, devices.get(record.device), now)
        except BaseException:
            self._changes = None  # what was not kept is news again
            raise

    def _run(self) -> None:
        while not self._closing.wait(LOOK_S):
            try:
                self.look()
            except Exception:
                log.exception("what needs attention cannot be told; tried again")

    def _now(self) -> tuple[dict[Key, Notice], dict[str, DeviceRecord]]:
        """All notices, and the devices that have one."""
        notices: dict[Key, Notice] = {}
        devices: dict[str, DeviceRecord] = {}
        for page in all_devices(self._fleet, self._clock.time()):
            for record, wrong in zip(page, self._health.all_notices(page), strict=True):
                if wrong:
                    devices[record.id] = record
                notices |= {(record.id, notice.kind): notice for notice in reversed(wrong)}
        return notices, devices

    def _tell(
        self,
        webhooks: list[WebhookRecord],
        kind: str,
        notice: OpenNoticeRecord,
        device: DeviceRecord | None,
        now: float,
    ) -> None:
        content = _content(kind, notice, device, now)
        for webhook in webhooks:
            if _weight(notice.severity) >= _weight(webhook.severity):
                self._deliveries.add(webhook, content)


def _opened(key: Key, notice: Notice, now: float) -> OpenNoticeRecord:
    return OpenNoticeRecord(
        device=key[0],
        kind=notice.kind[:60],
        severity=notice.severity,
        text=notice.text,
        since=now,
    )


def _content(
    kind: str, notice: OpenNoticeRecord, device: DeviceRecord | None, now: float
) -> Mapping[str, Any]:
    return {
        "type": kind,
        "at": now,
        "device": notice.device,
        "site": device.site if device else "",
        "labels": device.labels if device else {},
        "kind": notice.kind,
        "severity": notice.severity,
        "text": notice.text,
        "since": notice.since,
    }


def _weight(severity: str) -> int:
    names = [str(known) for known in SEVERITIES]
    return names.index(severity) if severity in names else 0
