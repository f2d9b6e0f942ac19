"""A connection to the broker that asks what time it is where the machine's clock is in the way.

A machine without a battery for its clock, or with one that somebody set to another year, would find
the broker's certificate expired or not valid yet, and each order too old.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from lamplighter_wire.errors import TransportError, WireError
from lamplighter_wire.signing import KeySet
from lamplighter_wire.transport.handshake import is_about_dates, peer_dates, shake_hands
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles
from lamplighter_wire.transport.protocol import Will

from lamplighter_agent.link.timing.believed_clock import BelievedClock

log = logging.getLogger(__name__)


class PunctualTransport(MqttTransport):
    """MQTT over TLS by a clock that may be corrected.

    Args:
        url: of the controller's API; empty: there is nobody to ask.
        keys: those that sign now.
    """

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str,
        tls: TlsFiles,
        *,
        clock: BelievedClock,
        url: str,
        keys: Callable[[], KeySet],
    ) -> None:
        super().__init__(host, port, client_id, tls)
        self._broker, self._files = (host, port), tls
        self._clock, self._url, self._keys = clock, url, keys

    def present(self, tls: TlsFiles) -> None:
        """Files of the connections to come."""
        self._files = tls
        super().present(self._dated(tls))

    def prove(self, tls: TlsFiles) -> None:
        """Whether the broker takes these files. Raises TransportError."""
        shake_hands(*self._broker, self._dated(tls))

    def connect(self, will: Will | None = None) -> None:
        """Connect once. Raises TransportError with the cause."""
        if self._clock.is_doubted:
            self._ask("the clock is in doubt")
        try:
            self._connect_dated(will)
        except TransportError as error:
            if not is_about_dates(error) or not self._ask(str(error)):
                raise
            self._connect_dated(will)

    def _connect_dated(self, will: Will | None) -> None:
        files = self._dated(self._files)
        if files.any_time:
            self._check_dates(files)
        super().present(files)
        super().connect(will)

    def _dated(self, files: TlsFiles) -> TlsFiles:
        return replace(files, any_time=self._clock.is_corrected)

    def _check_dates(self, files: TlsFiles) -> None:
        """By the time that is believed, for TLS looks at the machine's only."""
        begin, end = peer_dates(*self._broker, files)
        if not begin <= self._clock.time() < end:
            raise TransportError(f"{self._broker[0]}: its certificate has expired, or begins later")

    def _ask(self, cause: str) -> bool:
        """Whether the controller has said what time it is."""
        from lamplighter_wire.https.told_time import ask_time  # seldom needed, and not small

        if not self._url:
            return False
        try:
            self._clock.believe(ask_time(self._url, self._files.ca.read_text(), self._keys()))
        except (WireError, OSError) as error:
            log.warning("%s, and the controller does not tell the time: %s", cause, error)
            return False
        return True
