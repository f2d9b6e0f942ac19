"""Which broker: ours or somebody else's, and how the controller proves itself to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec
from lamplighter_client.target import CONTROLLER_FILE, ControllerFile
from lamplighter_wire.errors import SettingsError

from lamplighter_controller.link.access.access_control import ShutOut
from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.link.broker_protocol import Broker
from lamplighter_controller.link.external import BROKER_FILES, ExternalBroker
from lamplighter_controller.link.mosquitto import ANYWHERE, Mosquitto
from lamplighter_controller.pki.authority import Authority, ClientFiles
from lamplighter_controller.pki.names import ServerFiles, reader_user
from lamplighter_controller.settings import ControllerSettings
from lamplighter_controller.store.readers.readers import ReaderStore
from lamplighter_controller.store.token_stores import CertificateStore


def make_broker(
    settings: ControllerSettings,
    authority: Authority,
    refused: Callable[[str], None] = lambda _reason: None,
) -> Broker:
    """Somebody else's broker where one is named, otherwise a mosquitto of ours.

    Raises:
        SettingsError: the URL cannot be used.
        BrokerError: mosquitto is missing.
    """
    if settings.broker_url:
        return ExternalBroker.at(settings.broker_url, settings.data_dir / BROKER_FILES)
    return Mosquitto(
        settings.data_dir / "broker",
        broker_server_files(settings, authority),
        AccessRules(revoked=authority.revocation_list([])),
        settings.broker_bind,
        _remembered_port(settings),
        outlives=not settings.stop_broker,
        refused=refused,
    )


def broker_server_files(settings: ControllerSettings, authority: Authority) -> ServerFiles:
    """What a broker of ours shows, and whom it trusts."""
    # The controller itself connects to the address that it listens on.
    bound = [] if settings.broker_bind in ANYWHERE else [settings.broker_bind]
    names = dict.fromkeys([*settings.public_names, *bound, "localhost", "127.0.0.1"])
    return authority.server_files(list(names))


class AdmissionStore(CertificateStore, ReaderStore, Protocol):
    """Who may connect, and who may no longer."""


def read_shut_out(store: AdmissionStore, authority: Authority) -> ShutOut:
    """Whom the broker keeps out, and who only reads, as the database has it."""
    readers = store.readers()
    active = {reader_user(record.name) for record in readers if record.ended_at is None}
    ended = [record for record in readers if record.ended_at is not None]
    out = {reader_user(record.name) for record in ended} - active
    revoked = [record.serial for record in store.revoked_certificates()]
    serials = [int(serial, 16) for serial in [*revoked, *(record.serial for record in ended)]]
    return ShutOut(
        frozenset(store.retired_devices()) | out,
        authority.revocation_list(serials),
        frozenset(active),
    )


def broker_client_files(settings: ControllerSettings, authority: Authority) -> ClientFiles:
    """How the controller proves itself to the broker.

    Raises:
        SettingsError: a certificate without its key, or the other way round.
    """
    files = authority.controller_files()
    if bool(settings.broker_cert) != bool(settings.broker_key):
        raise SettingsError("broker_cert and broker_key belong together: set both or neither")
    return ClientFiles(
        Path(settings.broker_ca) if settings.broker_ca else files.ca,
        Path(settings.broker_cert) if settings.broker_cert else files.cert,
        Path(settings.broker_key) if settings.broker_key else files.key,
    )


def _remembered_port(settings: ControllerSettings) -> int:
    """Devices remember the broker's port, so a free one is chosen only once."""
    if settings.broker_port:
        return settings.broker_port
    try:
        content = (settings.data_dir / CONTROLLER_FILE).read_bytes()
        return msgspec.json.decode(content, type=ControllerFile).broker_port
    except (OSError, ValueError):
        return 0
