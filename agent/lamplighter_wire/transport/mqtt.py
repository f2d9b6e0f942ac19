"""MQTT 5 through paho: the only module that knows paho."""

import contextlib
import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from lamplighter_wire.errors import TransportError
from lamplighter_wire.https.any_time import NO_CHECK_TIME
from lamplighter_wire.transport.protocol import Handler, Received, Will
from lamplighter_wire.transport.publication import Publication

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 10.0
KEEPALIVE_S = 20
# The broker keeps what is meant for an absent client this long.
SESSION_EXPIRY_S = 86_400
# One window of chunks and some commands may be under way to a client.
RECEIVE_MAXIMUM = 32
# paho's own default; the broker's Receive Maximum may lower it.
SEND_MAXIMUM = 20
# Nothing of ours is larger; protects the memory of a camera.
MAX_PACKET_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the authority's certificate, our certificate, our key.

    Attributes:
        any_time: believe the broker whatever the dates of its certificate, for this machine's clock
            is known to be wrong.
    """

    ca: Path
    cert: Path
    key: Path
    any_time: bool = False


class MqttTransport:
    """One client of an MQTT 5 broker.

    The session at the broker outlives the connection (clean start off), so what is published to
    an absent device with QoS 1 waits for it. Reconnecting is the caller's decision.
    """

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str,
        tls: TlsFiles | None = None,
        username: str = "",
        password: str = "",
        *,
        session_expiry_s: int = SESSION_EXPIRY_S,
        receive_maximum: int = RECEIVE_MAXIMUM,
        send_maximum: int = SEND_MAXIMUM,
        keepalive_s: int = KEEPALIVE_S,
    ) -> None:
        self._host, self._port, self._client_id = host, port, client_id
        self._tls, self._username, self._password = tls, username, password
        self._session_expiry_s = session_expiry_s
        self._receive_maximum = receive_maximum
        self._keepalive_s = keepalive_s
        self._handler: Handler | None = None
        self._deferred = False
        self._lost: Callable[[str], None] | None = None
        self._client: paho.Client | None = None
        self._attempt = _Attempt()
        self._send_maximum = send_maximum

    @property
    def connected(self) -> bool:
        return self._client is not None and self._attempt.up

    def present(self, tls: TlsFiles) -> None:
        """Files of the connections to come."""
        self._tls = tls

    def on_message(self, handler: Handler, *, deferred: bool = False) -> None:
        self._handler, self._deferred = handler, deferred

    def on_disconnect(self, handler: Callable[[str], None]) -> None:
        self._lost = handler

    def connect(self, will: Will | None = None) -> None:
        """Connect once. Raises TransportError with the cause."""
        self._connect(will)
        if self._attempt.receive_maximum < self._send_maximum:
            # paho ignores the broker's Receive Maximum, and sending more would end the
            # connection; its own limit can be set before connecting only.
            self._send_maximum = self._attempt.receive_maximum
            self._connect(will)

    def _connect(self, will: Will | None) -> None:
        self.close()
        attempt = _Attempt()
        client = self._new_client(attempt, will)
        self._client, self._attempt = client, attempt
        try:
            client.connect(
                self._host,
                self._port,
                self._keepalive_s,
                clean_start=False,
                properties=self._connect_properties(),
            )
        except (OSError, ValueError) as error:
            self._client = None
            raise TransportError(f"{self._host}:{self._port}: {error}") from error
        client.loop_start()
        if not attempt.done.wait(CONNECT_TIMEOUT_S) or not attempt.up:
            cause = attempt.reason or "no answer"
            self.close()
            raise TransportError(f"{self._host}:{self._port} refused {self._client_id}: {cause}")

    def subscribe(self, *topic_filters: str, kept: bool = True) -> None:
        code, _ = self._require().subscribe([(wanted, int(kept)) for wanted in topic_filters])
        _check(code, f"subscribe {', '.join(topic_filters)}")

    def unsubscribe(self, *topic_filters: str) -> None:
        code, _ = self._require().unsubscribe(list(topic_filters))
        _check(code, f"unsubscribe {', '.join(topic_filters)}")

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        expiry_s: int | None = None,
        properties: dict[str, str] | None = None,
        wait_s: float | None = None,
    ) -> Publication:
        """QoS 1. With `wait_s`, block until acknowledged; never from a handler.

        Raises:
            RefusedError: waited for, and the broker does not permit it.
            TransportError: there is no connection, or no answer in time.
        """
        client, attempt = self._require(), self._attempt
        info = client.publish(
            topic,
            payload,
            qos=1,
            retain=retain,
            properties=_publish_properties(expiry_s, properties),
        )
        _check(info.rc, f"publish {topic}")
        publication = attempt.claim(info.mid)
        publication.name(f"{self._client_id} to use {topic}")
        if wait_s is not None:
            publication.wait(wait_s)
        return publication

    def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        self._attempt.closing = True
        client.disconnect()
        client.loop_stop()

    def _require(self) -> paho.Client:
        client = self._client
        if client is None or not self._attempt.up:
            raise TransportError("not connected")
        return client

    def _connect_properties(self) -> Properties:
        properties = _properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self._session_expiry_s
        properties.ReceiveMaximum = self._receive_maximum
        properties.MaximumPacketSize = MAX_PACKET_BYTES
        return properties

    def _new_client(self, attempt: "_Attempt", will: Will | None) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(self._send_maximum)
        if self._tls is not None:
            client.tls_set_context(tls_context(self._tls))
        if self._username:
            client.username_pw_set(self._username, self._password)
        if will is not None:
            properties = _properties(PacketTypes.WILLMESSAGE)
            properties.WillDelayInterval = 0
            client.will_set(will.topic, will.payload, 1, will.retain, properties)
        client.on_connect = attempt.on_connect
        client.on_publish = attempt.on_publish
        client.on_subscribe = _on_subscribe
        client.on_message = self._message_handler(client)
        client.on_disconnect = self._disconnect_handler(attempt)
        return client

    def _disconnect_handler(self, attempt: "_Attempt") -> Callable[..., None]:
        def on_disconnect(
            client: paho.Client, userdata: Any, flags: Any, code: ReasonCode, properties: Any
        ) -> None:
            was_up, attempt.up = attempt.up, False
            attempt.reason = attempt.reason or str(code)
            attempt.done.set()
            attempt.lose_open()
            if was_up and not attempt.closing and self._lost is not None:
                self._lost(attempt.reason)

        return on_disconnect

    def _message_handler(self, client: paho.Client) -> Callable[..., None]:
        acks = _Acks(client)

        def on_message(_client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
            done = acks.expect(message) if message.qos else _nothing
            if not self._handle(message, done if self._deferred else _nothing):
                done()

        return on_message

    def _handle(self, message: paho.MQTTMessage, done: Callable[[], None]) -> bool:
        """Hand a message on; whether the handler answers for its acknowledgement."""
        if self._handler is None:
            return False
        user = _user_properties(message)
        received = Received(message.topic, bytes(message.payload), bool(message.retain), user, done)
        try:
            self._handler(received)
        except Exception:  # a fault in one message must not end the connection's thread
            log.exception("message on %s could not be handled", message.topic)
            return False
        return self._deferred


class _Acks:
    """Acknowledges a connection's messages in the order in which they came, as MQTT wants it.

    A number means nothing to a later connection, so each has its own; acknowledging on one that
    has ended does nothing.
    """

    def __init__(self, client: paho.Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._done: dict[int, bool] = {}  # in the order in which they came

    def expect(self, message: paho.MQTTMessage) -> Callable[[], None]:
        """Note a message; returns what says that it is done."""
        number, qos = message.mid, message.qos
        with self._lock:
            self._done[number] = False

        def done() -> None:
            with self._lock:
                self._done[number] = True
                while self._done and self._done[first := next(iter(self._done))]:
                    del self._done[first]
                    with contextlib.suppress(OSError):  # the connection has ended
                        self._client.ack(first, qos)

        return done


def _nothing() -> None:
    """There is nothing to acknowledge, or it is not the handler's business."""


class _Open:
    """A message without an answer, or without anybody who asked for it yet."""

    def __init__(self) -> None:
        self.publication = Publication()
        self.is_claimed = False


class _Attempt:
    """What became of one connection. Written by paho's thread."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.up = False
        self.closing = False
        self.reason = ""
        self.receive_maximum = 65_535  # what MQTT 5 prescribes when the broker says nothing
        self._open: dict[int, _Open] = {}  # by packet number, which the next message may reuse

    def on_connect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: Any,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self.up = not code.is_failure
        self.reason = str(code) if code.is_failure else ""
        self.receive_maximum = getattr(properties, "ReceiveMaximum", self.receive_maximum)
        self.done.set()

    def on_publish(
        self, client: paho.Client, userdata: Any, mid: int, code: ReasonCode, properties: Any
    ) -> None:
        if code.is_failure:
            log.warning("the broker refused a message: %s", code)
        opened = self._open.setdefault(mid, _Open())
        opened.publication.settle(str(code) if code.is_failure else "")
        if opened.is_claimed:
            self._open.pop(mid, None)

    def claim(self, mid: int) -> Publication:
        """What becomes of a message that was just given to paho.

        Its thread may have the answer already. No lock: paho calls back while it holds its own.
        Whoever comes second of claim and answer takes the entry out.
        """
        opened = self._open.setdefault(mid, _Open())
        opened.is_claimed = True
        if opened.publication.is_settled:
            self._open.pop(mid, None)
        if not self.up:
            opened.publication.lose(self.reason)
        return opened.publication

    def lose_open(self) -> None:
        """The connection has ended: nobody waits for answers any longer."""
        for opened in list(self._open.values()):
            opened.publication.lose(self.reason)


def _on_subscribe(
    client: paho.Client, userdata: Any, mid: int, codes: list[ReasonCode], properties: Any
) -> None:
    for code in codes:
        if code.is_failure:
            log.warning("the broker refused a subscription: %s", code)


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """Trusts our authority only. Raises TransportError when a file is missing or malformed."""
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(files.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if files.any_time:
            context.verify_flags |= NO_CHECK_TIME
        context.load_cert_chain(str(files.cert), str(files.key))
    except OSError as error:
        raise TransportError(f"cannot use the certificate files: {error}") from error
    return context


def _publish_properties(expiry_s: int | None, user: dict[str, str] | None) -> Properties | None:
    if expiry_s is None and not user:
        return None
    properties = _properties(PacketTypes.PUBLISH)
    if expiry_s is not None:
        properties.MessageExpiryInterval = expiry_s
    if user:
        properties.UserProperty = list(user.items())
    return properties


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]


def _user_properties(message: paho.MQTTMessage) -> dict[str, str]:
    return dict(getattr(message.properties, "UserProperty", []))


def _check(code: MQTTErrorCode | int, what: str) -> None:
    if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
        raise TransportError(f"{what}: {paho.error_string(MQTTErrorCode(code))}")
