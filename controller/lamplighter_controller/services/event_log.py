"""What the controller itself does and notices, for operators."""

import logging
from enum import StrEnum
from typing import Any

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Outcome, Severity

from lamplighter_controller.services.sentences.sentence import Sentence
from lamplighter_controller.store.records import EventRecord
from lamplighter_controller.store.telemetry.stores import EventSink

log = logging.getLogger(__name__)
LOG_LEVELS = {Severity.WARNING: logging.WARNING, Severity.ERROR: logging.ERROR}


class ControllerEvent(StrEnum):
    """Kinds of events that the controller makes; outcomes of deployments are kinds as well."""

    STARTED = "started"
    ENROLLED = "enrolled"
    REGISTERED = "registered"
    CLAIMED = "claimed"
    RETIRED = "retired"
    REVOKED = "revoked"
    RESTORED = "restored"
    RELEASED = "released"
    AUTHORITY = "authority"
    SIGNING_KEY = "signing_key"
    CLONED = "cloned"
    CLONE_REFUSED = "clone_refused"
    BROKER_FILES = "broker_files"
    ONLINE = "online"
    OFFLINE = "offline"
    NOT_DELIVERED = "not_delivered"
    CAPABILITIES = "capabilities"
    PROBE_ASKED = "probe_asked"
    CERTIFICATE_ISSUED = "certificate_issued"
    CERTIFICATE_REFUSED = "certificate_refused"
    UNKNOWN_REQUEST = "unknown_request"
    LATE_REQUEST = "late_request"
    NO_PLAN = "no_plan"
    DEPLOY = "deploy"
    POLICY = "policy"
    GROUP = "group"
    OVERRIDE = "override"
    ATTENTION = "attention"
    ROLLOUT = "rollout"
    CONFIGURATION = "configuration"
    HELD = "held"
    WITHDRAWN = "withdrawn"
    GAVE_UP = "gave_up"
    NOT_BELIEVED = "not_believed"
    PREPARED = "prepared"
    PREPARE_FAILED = "prepare_failed"
    EXECUTOR_AWAY = "executor_away"
    EXECUTOR_BACK = "executor_back"
    BUILD = "build"
    BUILT = "built"
    BUILD_FAILED = "build_failed"
    EVALUATED = "evaluated"
    EVALUATION_FAILED = "evaluation_failed"
    SITE = "site"
    SITE_PARENT = "site_parent"
    SITE_NO_GAIN = "site_no_gain"
    SITE_STOPPED = "site_stopped"
    SITE_FAILED = "site_failed"
    SITE_REMOVED = "site_removed"
    PICTURES_ASKED = "pictures_asked"
    PICTURES_COLLECTED = "pictures_collected"
    PICTURES_DELETED = "pictures_deleted"
    PICTURES_LEFT = "pictures_left"
    STILL_ASKED = "still_asked"
    UPKEEP_FAILED = "upkeep_failed"
    UNREADABLE = "unreadable"
    WEBHOOK = "webhook"
    STREET_PUSH = "street_push"
    DISK_SHORT = "disk_short"
    DISK_ENOUGH = "disk_enough"


class EventLog:
    """Keeps events and logs them."""

    def __init__(self, events: EventSink, clock: Clock) -> None:
        self._events = events
        self._clock = clock

    def add(
        self,
        kind: ControllerEvent | Outcome,
        text: Sentence,
        *,
        device: str = "",
        severity: Severity = Severity.INFO,
        **data: Any,
    ) -> None:
        """Note it; `data` are figures and names for programs."""
        level = LOG_LEVELS.get(severity, logging.INFO)
        log.log(level, "%s", text, extra={"device": device, "event": str(kind)})
        now = self._clock.time()
        self._events.add_event(
            EventRecord(
                device=device,
                at=now,
                kind=kind,
                severity=severity,
                text=text,
                data=data,
                received_at=now,
            )
        )
