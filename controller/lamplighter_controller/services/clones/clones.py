"""Two machines with one identity: noticed when one comes back that another had followed.

A program that has ended never speaks again, so a run that returns behind another means that both
are alive. The one that was there first gets a new key; then no other certificate counts any longer,
and whoever has only a copy of them, or has asked for one of his own, is refused.
"""

import logging
import secrets
from collections.abc import Callable
from functools import partial

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import CommandKind, EventKind, Severity
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Birth, Command, Event

from lamplighter_controller.link.outbound import COMMAND_EXPIRY_S, Outbound
from lamplighter_controller.services.clones.clone_choice import (
    followed,
    is_in_use,
    is_open,
    noticed,
)
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import Cloned
from lamplighter_controller.store.registering.stores import ClaimStore
from lamplighter_controller.store.token_stores import CertificateStore, TokenStore

log = logging.getLogger(__name__)
MOST_RUNS = 8


class Clones:
    """On the deciding thread. `shut_out` lets the broker know which certificates count."""

    def __init__(
        self,
        devices: DeviceStore,
        certificates: CertificateStore,
        tokens: TokenStore,
        claims: ClaimStore,
        clock: Clock,
        outbound: Outbound,
        events: EventLog,
        shut_out: Callable[[str], object],
    ) -> None:
        self._devices, self._certificates = devices, certificates
        self._tokens, self._claims = tokens, claims
        self._clock, self._outbound, self._events = clock, outbound, events
        self._shut_out = shut_out

    def receive_birth(self, device: str, birth: Birth) -> None:
        """A session begins; agents of before say nothing of their run."""
        runs = self._devices.device_state(device).runs
        if not birth.run or birth.epoch <= runs.get(birth.run, -1):
            return  # brokers deliver some births again
        before = next(reversed(runs), birth.run)
        is_back = birth.run in runs and birth.run != before
        others = {run: epoch for run, epoch in runs.items() if run != birth.run}
        kept = dict(list(others.items())[1 - MOST_RUNS :]) | {birth.run: birth.epoch}
        self._devices.update_state(device, runs=kept)
        cloned = self._spoken(device, birth.run, before, is_back=is_back)
        # With a certificate to come it asks again by itself.
        if cloned is not None and birth.run == cloned.first and not cloned.serial:
            self._devices.after_commit(partial(self._order_new_key, device, cloned.first))

    def receive_event(self, device: str, event: Event) -> None:
        """The first one uses its new key: nothing else that was given to either counts."""
        cloned = self._devices.device(device).cloned
        if event.kind != EventKind.CERTIFICATE_RENEWED or cloned is None or not is_open(cloned):
            return
        run = next(reversed(self._devices.device_state(device).runs), "")
        if is_in_use(cloned, run):
            self._settle(device, cloned)

    def _settle(self, device: str, cloned: Cloned) -> None:
        now = self._clock.time()
        self._certificates.revoke_certificates(device, now, but=cloned.serial)
        self._tokens.delete_tokens(device)
        self._claims.end_accepted_claims(device)
        settled = msgspec.structs.replace(cloned, settled_at=now)
        self._devices.update_device(device, cloned=settled)
        self._devices.after_commit(partial(self._shut_out, device))
        text = device_sentences.clone_refused(device)
        kind, severity = ControllerEvent.CLONE_REFUSED, Severity.WARNING
        self._events.add(kind, text, device=device, severity=severity)

    def _spoken(self, device: str, run: str, before: str, *, is_back: bool) -> Cloned | None:
        """What is to be settled, after the birth of a run."""
        known, now = self._devices.device(device).cloned, self._clock.time()
        if known is not None and is_open(known):
            cloned: Cloned | None = followed(known, run, before, is_back, now)
        else:
            cloned = noticed(known, run, before, now) if is_back else None
        if cloned is None:
            return None
        if cloned != known:
            self._devices.update_device(device, cloned=cloned)
        if known is None or not is_open(known) or cloned.first != known.first:
            self._tell(device)
        return cloned

    def _tell(self, device: str) -> None:
        text = device_sentences.cloned(device)
        severity = Severity.ERROR
        self._events.add(ControllerEvent.CLONED, text, device=device, severity=severity)

    def _order_new_key(self, device: str, run: str) -> None:
        """Only that run obeys; it is told again at each of its births."""
        now = self._clock.time()
        command = Command(
            id=secrets.token_hex(8),
            device=device,
            kind=CommandKind.RENEW,
            at=now,
            expires_at=now + COMMAND_EXPIRY_S,
            data={"run": run},
        )
        try:
            self._outbound.command(command)
        except TransportError as error:
            log.warning("%s is told at its next birth to make a key: %s", device, error)
