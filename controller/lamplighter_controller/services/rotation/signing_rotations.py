"""Devices follow from one signing key to the next, and their orders are signed anew."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import encode
from lamplighter_wire.enums import CommandKind, Severity
from lamplighter_wire.messages import Birth, Capabilities, Envelope, ToldTime
from lamplighter_wire.signing import sign

from lamplighter_controller.errors import ConflictError
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.pki.rotation import Phase
from lamplighter_controller.pki.signer import Signer
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.rotation.rotations import MOST_NAMED, facts_of, tell
from lamplighter_controller.services.sentences import work_sentences
from lamplighter_controller.services.sentences.sentence import Sentence
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord

# In one command; a device that has slept through more asks for the rest by its version.
MOST_LISTS = 64
# Signed anew at once; what devices say is heard in between.
PAGE_DEVICES = 200


@dataclass(frozen=True)
class SigningStanding:
    """How far it is.

    Attributes:
        key: name of the one that signs.
        other: of the one that counts beside; empty: none does.
        behind: devices that do not believe the keys of now.
        unable: those of them whose agent cannot follow.
        unsigned: devices whose order another key than that of now has signed.
    """

    phase: Phase
    version: int
    key: str
    other: str
    behind: list[str]
    unable: list[str]
    unsigned: int


class SigningRotations:
    """On the deciding thread. Each step counts at once, and taken again it goes on."""

    def __init__(
        self,
        devices: DeviceStore,
        clock: Clock,
        queue: DecisionQueue,
        outbound: Outbound,
        events: EventLog,
        signer: Signer,
        deployments: Deployments,
        sign_others: Callable[[], object],
    ) -> None:
        self._devices, self._clock, self._queue = devices, clock, queue
        self._outbound, self._events = outbound, events
        self._signer, self._deployments = signer, deployments
        self._sign_others = sign_others  # what else devices are told, beside orders

    def tell_time(self, nonce: str) -> Envelope:
        """What time it is, signed for who asked with this number. On any thread."""
        told = ToldTime(nonce=nonce, at=self._clock.time())
        return sign(encode(told), self._signer.key)

    def resume(self) -> None:
        """After a start: orders that a crash has left unsigned."""
        self._sign_some()
        if self._signer.phase is Phase.SWITCHED:
            self._sign_others()

    def receive_capabilities(self, device: str, capabilities: Capabilities) -> None:
        """Which keys it believes: let it follow."""
        if self.awaits_keys(capabilities):
            self._devices.after_commit(lambda: self._tell(device, capabilities.signing_keys))

    def receive_birth(self, device: str, _birth: Birth) -> None:
        """It is back: what it was told while it was away may have expired."""
        self.receive_capabilities(device, facts_of(self._devices.device(device)))

    def awaits_keys(self, capabilities: Capabilities) -> bool:
        """Whether a device will believe other keys than now, once it is told."""
        return 0 <= capabilities.signing_keys < self._signer.version

    def standing(self) -> SigningStanding:
        """How far it is."""
        signer, behind = self._signer, self._behind()
        unable = [r for r in behind if r.capabilities and r.capabilities.signing_keys < 0]
        return SigningStanding(
            phase=signer.phase,
            version=signer.version,
            key=signer.key.key_id,
            other=signer.other.key_id if signer.other else "",
            behind=[r.id for r in behind],
            unable=[r.id for r in unable],
            unsigned=sum(1 for _ in self._unsigned()),
        )

    def rotate(self) -> None:
        """Raises ConflictError where another has begun to sign."""
        self._signer.begin()
        self._took(work_sentences.signing_key_counts())

    def switch(self, *, leave_behind: bool) -> None:
        """Raises ConflictError: it is not that far, or devices would be left behind."""
        self._check(leave_behind)
        self._signer.switch()
        self._took(work_sentences.signing_key_signs())
        self._queue.submit(self._sign_some)
        self._queue.submit(self._sign_others)

    def finish(self, *, leave_behind: bool) -> None:
        """Raises ConflictError: it is not that far, or devices would be left behind."""
        self._check(leave_behind)
        if self._signer.phase is Phase.SWITCHED:
            for record in list(self._unsigned()):
                self._deployments.sign_again(record)
            self._sign_others()
        self._signer.finish()
        self._took(work_sentences.signing_key_over())

    def _check(self, leave_behind: bool) -> None:
        if leave_behind or self._signer.phase is Phase.NONE:
            return
        behind = self._behind()
        if behind:
            named = ", ".join(record.id for record in behind[:MOST_NAMED])
            raise ConflictError(
                f"{len(behind)} devices do not believe the new key yet, and would take no orders"
                f" until they do: {named}; wait for them, or say --leave-behind"
            )

    def _took(self, text: Sentence) -> None:
        self._events.add(ControllerEvent.SIGNING_KEY, text, severity=Severity.WARNING)
        for record in self._devices.devices():
            self.receive_capabilities(record.id, facts_of(record))

    def _behind(self) -> list[DeviceRecord]:
        """Who does not believe the keys of now."""
        newest = self._signer.version
        return [r for r in self._devices.devices() if max(facts_of(r).signing_keys, 0) < newest]

    def _sign_some(self, after: str = "") -> None:
        """Those of a page behind the id `after`; the next page follows."""
        page = self._devices.devices(after=after, limit=PAGE_DEVICES)
        for record in page:
            if not self._deployments.is_signed_now(record):
                self._deployments.sign_again(record)
        if len(page) == PAGE_DEVICES:
            self._queue.submit(self._sign_some, page[-1].id)

    def _unsigned(self) -> Iterator[DeviceRecord]:
        records = self._devices.devices()
        return (r for r in records if not self._deployments.is_signed_now(r))

    def _tell(self, device: str, version: int) -> None:
        lists = self._signer.lists[version : version + MOST_LISTS]
        data = {"lists": [base64.b64encode(signed).decode() for signed in lists]}
        tell(self._outbound, device, CommandKind.SIGNING_KEYS, data, self._clock.time())
