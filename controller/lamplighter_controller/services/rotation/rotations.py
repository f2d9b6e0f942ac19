"""Devices follow from one authority to the next; nobody is left behind unless it is said."""

import base64
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import encode
from lamplighter_wire.enums import CommandKind, Severity
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Authorities, Capabilities, Command
from lamplighter_wire.signing import sign

from lamplighter_controller.errors import ConflictError
from lamplighter_controller.link.outbound import COMMAND_EXPIRY_S, Outbound
from lamplighter_controller.pki import rotation as steps
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.rotation import Phase, Rotation
from lamplighter_controller.pki.signer import Signer
from lamplighter_controller.services.devices.renewals import Renewals
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.readers.readers import active_readers
from lamplighter_controller.services.sentences import work_sentences
from lamplighter_controller.services.sentences.sentence import Sentence
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.readers.readers import ReaderStore
from lamplighter_controller.store.records import DeviceRecord

log = logging.getLogger(__name__)
MOST_NAMED = 5


@dataclass(frozen=True)
class RotationStanding:
    """How far it is.

    Attributes:
        behind: devices that do not know the authorities of now.
        old: devices whose certificate is the old authority's.
        readers: programs that the next step cuts off: they know only the old one, or have its
            certificate.
    """

    phase: Phase
    version: int
    behind: list[str]
    old: list[str]
    readers: list[str]


class Rotations:
    """On the deciding thread. Steps are written down, and count at once.

    Args:
        changed: the broker and all that knows the authority has to follow.
    """

    def __init__(
        self,
        devices: DeviceStore,
        readers: ReaderStore,
        clock: Clock,
        outbound: Outbound,
        events: EventLog,
        authority: Authority,
        signer: Signer,
        renewals: Renewals,
        changed: Callable[[], None],
    ) -> None:
        self._devices, self._readers, self._clock = devices, readers, clock
        self._outbound, self._events = outbound, events
        self._authority, self._signer = authority, signer
        self._renewals, self._changed = renewals, changed

    def receive_capabilities(self, device: str, capabilities: Capabilities) -> None:
        """Which authorities it knows, and whose certificate it has: let it follow."""
        if capabilities.authorities < self._authority.rotation.version:
            self._devices.after_commit(lambda: self._tell(device))
        elif self._is_old(capabilities):
            self._devices.after_commit(lambda: self._renew(device))

    def standing(self) -> RotationStanding:
        """How far it is."""
        rotation = self._authority.rotation
        active = self._devices.devices()
        return RotationStanding(
            phase=rotation.phase,
            version=rotation.version,
            behind=[r.id for r in active if facts_of(r).authorities < rotation.version],
            old=[r.id for r in active if self._is_old(facts_of(r))],
            readers=self._readers_cut_off(rotation),
        )

    def rotate(self) -> None:
        """Raises ConflictError where another has begun to sign."""
        steps.begin(self._authority.directory, self._clock.time())
        self._took(work_sentences.authority_counts())

    def switch(self, *, leave_behind: bool) -> None:
        """Raises ConflictError: it is not that far, or devices would be left behind."""
        standing = self.standing()
        self._check(standing.behind, standing.readers, leave_behind)
        steps.switch(self._authority.directory, self._clock.time())
        self._took(work_sentences.authority_signs())

    def finish(self, *, leave_behind: bool) -> None:
        """Raises ConflictError: it is not that far, or devices would be left behind."""
        standing = self.standing()
        self._check(standing.old, standing.readers, leave_behind)
        steps.finish(self._authority.directory)
        self._took(work_sentences.authority_over())

    def _readers_cut_off(self, rotation: Rotation) -> list[str]:
        """They cannot be told: who runs them gives them new files."""
        ends = {Phase.OVERLAP: rotation.begun_at, Phase.SWITCHED: rotation.signs_since}
        since = ends.get(rotation.phase, 0.0)
        active = active_readers(self._readers).values()
        return sorted(reader.name for reader in active if reader.created_at < since)

    def _check(self, devices: Sequence[str], readers: Sequence[str], leave_behind: bool) -> None:
        if leave_behind:
            return
        if readers:
            raise ConflictError(
                f"readers would be cut off: {', '.join(readers)}; end them, add them again and"
                " give their programs the new files, or say --leave-behind"
            )
        if devices:
            named = ", ".join(devices[:MOST_NAMED])
            raise ConflictError(
                f"{len(devices)} devices would be left behind and have to enrol again: {named};"
                " wait for them, or say --leave-behind"
            )

    def _took(self, text: Sentence) -> None:
        """What devices have said comes again with the new connection to the broker: they are told
        then."""
        self._authority.reload()
        self._events.add(ControllerEvent.AUTHORITY, text, severity=Severity.WARNING)
        self._devices.after_commit(self._changed)

    def _is_old(self, capabilities: Capabilities) -> bool:
        return bool(
            capabilities.certificate_ends_at
            and capabilities.certificate_ends_at < self._authority.least_end
        )

    def _tell(self, device: str) -> None:
        said = Authorities(
            version=self._authority.rotation.version, authorities=self._authority.all_pems
        )
        envelope = encode(sign(encode(said), self._signer.key))
        data = {"envelope": base64.b64encode(envelope).decode()}
        tell(self._outbound, device, CommandKind.AUTHORITIES, data, self._clock.time())

    def _renew(self, device: str) -> None:
        try:
            self._renewals.order(device)
        except (TransportError, ConflictError) as error:
            log.warning("%s is told to renew later: %s", device, error)


def tell(
    outbound: Outbound, device: str, kind: CommandKind, data: Mapping[str, Any], now: float
) -> None:
    """Once; without the broker it is told when it is heard of again."""
    command = Command(
        id=secrets.token_hex(8),
        device=device,
        kind=kind,
        at=now,
        expires_at=now + COMMAND_EXPIRY_S,
        data=dict(data),
    )
    try:
        outbound.command(command)
    except TransportError as error:
        log.warning("%s is told of %s later: %s", device, kind, error)


def facts_of(record: DeviceRecord) -> Capabilities:
    """What a device has said of itself, if anything."""
    return record.capabilities or Capabilities()
