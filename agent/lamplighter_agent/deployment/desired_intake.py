"""Which desired states are believed: signed, meant for this device, and in time."""

import logging
from collections.abc import Callable

from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.errors import AddressError, ExpiredError, SignatureError, WireError
from lamplighter_wire.messages import Desired, Envelope
from lamplighter_wire.signing import KeySet, open_desired

from lamplighter_agent.deployment.failure_reasons import reason_of
from lamplighter_agent.deployment.runner import Runner

log = logging.getLogger(__name__)


class DesiredIntake:
    """Hands to the runner what is believed, and the reason where it is not.

    Args:
        doubt: asks what time it is, after which an order comes again; False: that is known.
    """

    def __init__(
        self,
        keys: Callable[[], KeySet],
        device: str,
        clock: Clock,
        runner: Runner,
        doubt: Callable[[], bool] = lambda: False,
    ) -> None:
        self._keys, self._device, self._clock = keys, device, clock
        self._runner, self._doubt = runner, doubt
        self.believed: Envelope | None = None
        """The last one as it was signed; None until one has come since the start."""
        self._unbelieved: Envelope | None = None

    def receive(self, envelope: Envelope) -> None:
        """Returns at once: it is called on the transport's thread."""
        try:
            desired = open_desired(envelope, self._keys(), self._device, self._clock.time())
        except ExpiredError as error:
            self._expired(envelope, str(error))
        except AddressError as error:
            log.warning("desired state dropped, misaddressed: %s", error)
        except WireError as error:
            self._unbelieved = envelope if isinstance(error, SignatureError) else None
            self._runner.refuse(reason_of(error), str(error), claimed_revision(envelope))
        else:
            self.believed, self._unbelieved = envelope, None
            self._runner.submit(desired)

    def again(self) -> None:
        """Other keys count now: what none of the former ones had signed is looked at once more."""
        envelope, self._unbelieved = self._unbelieved, None
        if envelope is not None:
            self.receive(envelope)

    def _expired(self, envelope: Envelope, text: str) -> None:
        """What is retained at the broker comes again, expired, long after it was done."""
        desired = decode(envelope.payload, Desired)
        if desired.revision and desired.revision == self._runner.highest_revision:
            self._runner.submit(desired)
        elif self._doubt():
            log.warning("%s: is it, or is the clock wrong?", text)
        else:
            self._runner.refuse(ReasonCode.EXPIRED, text, desired.revision)


def claimed_revision(envelope: Envelope) -> int:
    """The revision that a desired state claims, believed or not; 0 when it cannot be read.

    Only good for stating what was refused.
    """
    try:
        return decode(envelope.payload, Desired).revision
    except WireError:
        return 0
