"""Devices that nobody has registered: they wait until an operator accepts or rejects them."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial

import msgspec
from lamplighter_client.documents import InventoryEntry
from lamplighter_wire.clock import Clock
from lamplighter_wire.enrolment import EnrolResponse
from lamplighter_wire.enums import Severity
from lamplighter_wire.joining.claims import ClaimAnswer, ClaimRequest, ClaimState, fingerprint
from lamplighter_wire.topics import is_device_id

from lamplighter_controller.domain.message_order import MessageStamp
from lamplighter_controller.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    TooManyError,
)
from lamplighter_controller.pki.authority import csr_key_hash
from lamplighter_controller.services.access.login_limits import LoginLimits
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.registering.enrolment_tokens import KEPT_OUT, is_kept_out
from lamplighter_controller.services.registering.permissions import Permission
from lamplighter_controller.services.registering.registrations import Registrations
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.registering.records import ClaimRecord
from lamplighter_controller.store.registering.stores import ClaimStore

MOST_PENDING = 100
MOST_KEPT = 500
# A device asks every few seconds: one that has not for so long has gone.
GONE_S = 600.0
# Of when it was last heard no more is told apart: not every request writes to the disk.
HEARD_S = 30.0
ID_CHARS = 12

Admit = Callable[[Permission, str], EnrolResponse]


class Claims:
    """Takes claims while an operator wants them, and answers those that are decided on.

    Whether claims are taken is forgotten with the process. What changes is called on the deciding
    thread by whoever calls this.

    Args:
        admit: gives a device that was accepted a certificate for its request.
        limits: of new claims, and of answers to accepted ones, by where they come from.
        authority: certificate (PEM) and hash of the key of the authority.
    """

    def __init__(
        self,
        store: ClaimStore,
        devices: DeviceStore,
        clock: Clock,
        events: EventLog,
        limits: LoginLimits,
        registrations: Registrations,
        admit: Admit,
        authority: Callable[[], tuple[str, str]],
    ) -> None:
        self._store = store
        self._devices = devices
        self._clock = clock
        self._events = events
        self._limits = limits
        self._registrations = registrations
        self._admit = admit
        self._authority = authority
        self._until = 0.0

    def open(self, life_s: float, by: str) -> float:
        """Take claims for so long, from now on; 0: no longer. Until when."""
        self._until = self._clock.time() + life_s
        text = device_sentences.claims_taken(life_s)
        self._events.add(ControllerEvent.CLAIMED, text, by=by)
        return self._until

    def open_until(self) -> float:
        """Wall time; 0: they are not taken."""
        return self._until if self._until > self._clock.time() else 0.0

    def claim(self, request: ClaimRequest, source: str) -> ClaimAnswer:
        """A device asks, for the first time or again; where it is accepted, it is admitted.

        Raises:
            TooManyError: too many ask, from there or together.
            ConflictError: claims are not taken, it is rejected, its name is another's, or it has
                been here with what it was given.
            InvalidError: the certificate request is not in order.
        """
        self._limits.check(source, "")
        record = self._known(request, source)
        if record is None:
            self._limits.note_failure(source)
            record = self._new(request, source)
        elif self._clock.time() - record.last_at > HEARD_S:
            record = msgspec.structs.replace(record, last_at=self._clock.time(), source=source)
            self._store.put_claim(record)
        if record.state == ClaimState.REJECTED:
            raise ConflictError(f"an operator has rejected {record.device}")
        if record.state == ClaimState.PENDING:
            return ClaimAnswer(state=record.state, ca=self._authority()[0])
        self._limits.note_failure(source)  # each makes a certificate
        who = f"claim:{id_of(record)}"
        check = partial(self._check_unused, record)
        permission = Permission(record.device, who, record.decided_at, source, check)
        admitted = self._admit(permission, request.csr)
        return ClaimAnswer(
            state=record.state,
            ca=admitted.ca,
            certificate=admitted.certificate,
            keys=admitted.keys,
            broker=admitted.broker,
            signed_keys=admitted.signed_keys,
            camera=self._registrations.of(record.device).camera,
        )

    def all(self) -> list[tuple[ClaimRecord, str]]:
        """Each with its fingerprint; those that have gone are left out."""
        since = self._clock.time() - GONE_S
        kept = [r for r in self._store.claims() if not _has_gone(r, since)]
        _, ca_key_hash = self._authority()
        return [(record, _fingerprint(ca_key_hash, record.key)) for record in kept]

    def accept(
        self, claim: str, by: str, site: str | None, labels: Mapping[str, str] | None
    ) -> ClaimRecord:
        """It gets its certificate when it asks again.

        Raises:
            NotFoundError: there is no such claim.
            ConflictError: it is decided on, or a device of this name has enrolled or is accepted.
        """
        record = self._pending(claim)
        self._check_free(record.device)
        self._check_only(record.device)
        if site is not None or labels is not None:
            entry = self._entry(record.device, site, labels or {})
            self._registrations.register([entry], 0.0, with_tokens=False, by=by)
        return self._decided(record, ClaimState.ACCEPTED, by)

    def reject(self, claim: str, by: str) -> ClaimRecord:
        """It is told, and asks in vain from now on.

        Raises:
            NotFoundError: there is no such claim.
            ConflictError: it is decided on.
        """
        return self._decided(self._pending(claim), ClaimState.REJECTED, by)

    def _entry(self, device: str, site: str | None, labels: Mapping[str, str]) -> InventoryEntry:
        """What is said of it, and what it is registered as beside that."""
        known = self._registrations.of(device)
        return InventoryEntry(
            id=device,
            site=known.site if site is None else site,
            labels={**known.labels, **labels},
            camera=known.camera,
            latency_p95_ms=known.objective.get("latency_p95_ms"),
            power_w=known.objective.get("power_w"),
            memory_bytes=known.objective.get("memory_bytes"),
        )

    def _known(self, request: ClaimRequest, source: str) -> ClaimRecord | None:
        try:
            if not is_device_id(request.device):
                raise InvalidError("not a device id; use 1 to 40 of a-z, 0-9 and '-'")
            key = csr_key_hash(request.csr)
        except InvalidError:
            self._limits.note_failure(source)
            raise
        record = self._store.claim(key)
        if record is not None and record.device != request.device:
            raise ConflictError(f"this key has asked as {record.device}; ask as that again")
        return record

    def _new(self, request: ClaimRequest, source: str) -> ClaimRecord:
        if not self.open_until():
            raise ConflictError("claims are not taken now; an operator: lamplighter claim open")
        self._check_free(request.device)
        self._make_room()
        now = self._clock.time()
        record = ClaimRecord(
            key=csr_key_hash(request.csr),
            device=request.device,
            source=source,
            state=ClaimState.PENDING,
            first_at=now,
            last_at=now,
        )
        self._store.put_claim(record)
        text = device_sentences.claimed(record.device, source)
        self._events.add(
            ControllerEvent.CLAIMED, text, severity=Severity.WARNING, claim=id_of(record)
        )
        return record

    def _make_room(self) -> None:
        """Those that have gone make room for others; those that wait do not.

        Raises:
            TooManyError: too many wait.
        """
        since, claims = self._clock.time() - GONE_S, self._store.claims()
        gone = [record for record in claims if _has_gone(record, since)]
        pending = [r for r in claims if r.state == ClaimState.PENDING and r not in gone]
        if len(pending) >= MOST_PENDING:
            raise TooManyError(f"{len(pending)} devices wait to be accepted or rejected; try later")
        decided = sorted((r for r in claims if r.state != ClaimState.PENDING), key=_decided_at)
        for record in [*gone, *decided[: max(0, len(claims) - len(gone) - MOST_KEPT)]]:
            self._store.delete_claim(record.key)

    def _pending(self, claim: str) -> ClaimRecord:
        record = next((r for r in self._store.claims() if id_of(r) == claim), None)
        if record is None:
            raise NotFoundError(f"no claim {claim!r}; see: lamplighter claim list")
        if record.state != ClaimState.PENDING:
            raise ConflictError(f"{claim} of {record.device} is {record.state} already")
        return record

    def _check_free(self, device: str) -> None:
        try:
            record = self._devices.device(device)
        except NotFoundError:
            return
        if is_kept_out(record):
            raise ConflictError(f"{device} {KEPT_OUT}")
        if record.retired_at is None:
            text = f"{device} has enrolled already; ask as another with --device, or use a token"
            raise ConflictError(text)

    def _check_only(self, device: str) -> None:
        """Of two that ask under one name one comes in."""
        for other in self._store.claims():
            if other.device == device and other.state == ClaimState.ACCEPTED:
                text = f"{id_of(other)} is accepted as {device} and about to come in"
                raise ConflictError(f"{text}; reject this one, and let it ask under another name")

    def _check_unused(self, record: ClaimRecord) -> None:
        """A lost answer is given again; what the device has been here with is not.

        Raises:
            ConflictError: it has come in, or its claim has ended meanwhile.
        """
        now = self._store.claim(record.key)
        if now is None or now.state != ClaimState.ACCEPTED or self._has_come(record.device):
            text = f"the claim of {record.device} is used up"
            raise ConflictError(f"{text}; an operator: lamplighter token create {record.device}")

    def _has_come(self, device: str) -> bool:
        """Whether it has had a session since it enrolled."""
        try:
            record = self._devices.device(device)
        except NotFoundError:
            return False
        is_its_own = record.released_at is None
        return is_its_own and self._devices.device_state(device).session != MessageStamp()

    def _decided(self, record: ClaimRecord, state: ClaimState, by: str) -> ClaimRecord:
        now = self._clock.time()
        decided = msgspec.structs.replace(record, state=state, decided_at=now, by=by)
        self._store.put_claim(decided)
        text = device_sentences.claim_decided(record.device, record.source, state, by)
        self._events.add(ControllerEvent.CLAIMED, text, by=by, claim=id_of(record))
        return decided


def id_of(record: ClaimRecord) -> str:
    """By which it is accepted or rejected."""
    return record.key[:ID_CHARS]


def _decided_at(record: ClaimRecord) -> float:
    return record.decided_at or 0.0


def _has_gone(record: ClaimRecord, since: float) -> bool:
    return record.state == ClaimState.PENDING and record.last_at < since


@lru_cache(MOST_KEPT)
def _fingerprint(ca_key_hash: str, key: str) -> str:
    return fingerprint(ca_key_hash, key)
