"""Whether what a controller keeps can be used: database, certificates, what it builds with."""

import importlib.util
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from cryptography import x509
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.machine.checkup import Finding, failed, ok, skipped, warning

from lamplighter_controller.errors import BrokerError, StoreError
from lamplighter_controller.link.mosquitto_process import find_mosquitto, permitted_files
from lamplighter_controller.pki.rotation import Phase, own_certificate, read_rotation
from lamplighter_controller.pki.signer import read_signing
from lamplighter_controller.settings import ControllerSettings
from lamplighter_controller.store.engines import make_engine, shown
from lamplighter_controller.store.migrate import found_revision, newest_revision
from lamplighter_controller.workshop.materials import materials_in

SOON = timedelta(days=30)
# Reading every page of a larger file takes too long for a look.
MOST_CHECKED_BYTES = 200_000_000
LEAST_FILES = 4096
FROM_BACKUP = "put it back from a backup: lamplighter restore"


def check_database(settings: ControllerSettings) -> Iterable[Finding]:
    """Whether it opens, is whole, and is of this version; it is not changed."""
    place = shown(settings.database)
    path = Path(sa.make_url(settings.database).database or "")
    is_file = settings.database.startswith("sqlite")
    if is_file and not path.exists():
        yield skipped("database", place, "it is made at the first start")
        return
    engine = make_engine(settings.database)
    try:
        with engine.connect() as connection:
            if is_file and path.stat().st_size < MOST_CHECKED_BYTES:
                said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
                if said != "ok":
                    yield failed("database", place, f"it is damaged: {said}", FROM_BACKUP)
                    return
            yield _version(place, connection)
    except StoreError as error:
        found, _, mend = str(error).partition("; ")
        yield failed("database", place, found, mend or "see that its server runs")
    finally:
        engine.dispose()


def _version(place: str, connection: sa.Connection) -> Finding:
    found = found_revision(connection)
    if not found:
        return skipped("database", place, "it is empty; its tables are made at the next start")
    newest = newest_revision()
    if found == newest:
        return ok("database", place, f"it opens, its schema is {found}")
    if found < newest:
        return ok("database", place, f"it opens; the next start brings it from {found} to {newest}")
    mend = "install that version or a later one"
    return failed("database", place, f"it is of a later version ({found}, not {newest})", mend)


def check_certificates(settings: ControllerSettings) -> Iterable[Finding]:
    """When those of authority, broker and API end."""
    pki = settings.data_dir / "pki"
    authority = own_certificate(pki)
    if not authority.exists():
        yield skipped("certificates", str(pki), "they are made at the first start")
        return
    given = Path(settings.api_cert) if settings.api_cert else pki / "api" / "server.crt"
    for path in (authority, pki / "server.crt", given):
        if path.exists() or (path == given and settings.api_cert):
            yield _certificate(path)


def check_rotations(settings: ControllerSettings) -> Iterable[Finding]:
    """Whether one authority or signing key takes another's place now."""
    pki = settings.data_dir / "pki"
    under_way = {"authority": read_rotation(pki).phase, "signing-key": read_signing(pki).phase}
    for what, phase in under_way.items():
        if phase is Phase.NONE:
            continue
        step = "switch" if phase is Phase.OVERLAP else "finish"
        mend = f"who has not followed: lamplighter {what} status; then: lamplighter {what} {step}"
        yield warning("rotation", str(pki), f"another {what} takes its place ({phase})", mend)


def _certificate(path: Path) -> Finding:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        return failed("certificates", str(path), f"it cannot be read: {error}", FROM_BACKUP)
    end = certificate.not_valid_after_utc
    found = f"it holds until {end:%Y-%m-%d}"
    if end < datetime.now(UTC):
        return failed(
            "certificates",
            str(path),
            f"it ended {end:%Y-%m-%d}",
            "set the clock if it is wrong, else restart the controller, which renews its own",
        )
    if end < datetime.now(UTC) + SOON:
        return warning(
            "certificates",
            str(path),
            found,
            "restart the controller, which renews its own; put one from outside in its place",
        )
    return ok("certificates", str(path), found)


def check_broker_program(settings: ControllerSettings) -> Iterable[Finding]:
    """Whether there is a mosquitto to start, and how many devices it may serve."""
    if settings.broker_url:
        yield skipped("mosquitto", settings.broker_url, "somebody else runs the broker")
        return
    try:
        yield ok("mosquitto", find_mosquitto(), "it is installed")
    except BrokerError as error:
        found, _, mend = str(error).partition(". ")
        yield failed("mosquitto", "PATH", found, mend)
        return
    files = permitted_files()
    if files < LEAST_FILES:
        found = f"the broker may open {files} files, one for each device"
        mend = "LimitNOFILE= of the unit, or ulimit -Hn"
        yield warning("open files", "limits of this process", found, mend)
    else:
        yield ok("open files", "limits of this process", f"the broker may open {files}")


def check_building(settings: ControllerSettings) -> Iterable[Finding]:
    """Whether variants can be built here, and of what."""
    if settings.executor:
        yield skipped("building", settings.executor, "others build")
        return
    missing = [name for name in ("torch", "onnx") if importlib.util.find_spec(name) is None]
    if missing:
        mend = "pip install 'lamplighter[compress]', torch first, or let others build: executor"
        yield failed("building", "Python packages", f"missing: {', '.join(missing)}", mend)
        return
    yield ok("building", "Python packages", "what recipes need is installed")
    try:
        weights = materials_in(settings.materials_dir, settings.data_dir).weights_dir
    except SettingsError as error:
        found, _, mend = str(error).rpartition(": ")
        yield failed("materials", settings.materials_dir or "those that ship", found, mend)
    else:
        yield ok("materials", str(weights.parent), "weights, calibration and evaluation are there")
