"""A device whose clock is years off comes online at a real broker, by the controller's word."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lamplighter_agent.link.timing.believed_clock import BelievedClock
from lamplighter_agent.link.timing.punctual_transport import PunctualTransport
from lamplighter_controller.link.mosquitto import Mosquitto
from lamplighter_controller.pki.authority import CA_KEY, Authority
from lamplighter_wire.errors import SignatureError, TransportError
from lamplighter_wire.https.told_time import ask_time
from lamplighter_wire.signing import KeySet, SigningKey
from lamplighter_wire.transport.mqtt import TlsFiles

from tests.simulators.broker_rules import open_rules
from tests.simulators.certificates import key_and_request
from tests.simulators.time_teller import telling

pytestmark = pytest.mark.broker
KEY = SigningKey.generate()
DAY_S = 86400.0


def ended_yesterday(path: Path, folder: Path) -> None:
    """A certificate as it looks to a machine that is years ahead of its end."""
    old = x509.load_pem_x509_certificate(path.read_bytes())
    signing = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), None)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    builder = x509.CertificateBuilder(
        old.issuer,
        old.subject,
        old.public_key(),  # type: ignore[arg-type]
        old.serial_number,
        old.not_valid_before_utc,
        datetime.now(UTC) - timedelta(days=1),
        list(old.extensions),
    )
    new = builder.sign(signing, hashes.SHA256())
    path.write_bytes(new.public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[int, TlsFiles]]:
    """The port of a broker whose certificate this machine finds expired, and a device's files."""
    authority = Authority(tmp_path / "pki")
    own = authority.server_files(["localhost"])
    ended_yesterday(own.cert, tmp_path / "pki")
    broker = Mosquitto(tmp_path / "broker", own, open_rules(authority)).start()
    key, request = key_and_request("cam-1")
    tls = TlsFiles(authority.ca_path, tmp_path / "cam-1.crt", tmp_path / "cam-1.key")
    tls.cert.write_text(authority.sign_csr(request, "cam-1"))
    tls.key.write_bytes(key)
    yield broker.port, tls
    broker.stop()


def transport(files: tuple[int, TlsFiles], clock: BelievedClock, url: str) -> PunctualTransport:
    port, tls = files
    keys = KeySet.of(KEY)
    return PunctualTransport(
        "localhost", port, "cam-1", tls, clock=clock, url=url, keys=lambda: keys
    )


def test_the_controllers_word_counts_before_the_machines_clock(
    files: tuple[int, TlsFiles],
) -> None:
    clock = BelievedClock()
    with telling(lambda: time.time() - 3 * DAY_S, KEY) as url:
        device = transport(files, clock, url)
        device.connect()
        assert device.connected
        device.prove(files[1])
        device.present(files[1])
        device.connect()  # as after a renewal
        device.close()
    assert abs(clock.time() - (time.time() - 3 * DAY_S)) < 60


def test_what_has_really_expired_is_not_believed(files: tuple[int, TlsFiles]) -> None:
    with telling(time.time, KEY) as url, pytest.raises(TransportError, match="expired"):
        transport(files, BelievedClock(), url).connect()
    clock = BelievedClock()
    clock.believe(time.time() + 400 * DAY_S)  # the machine is behind, and the broker's is over
    with telling(clock.time, KEY) as url, pytest.raises(TransportError, match="expired"):
        transport(files, clock, url).connect()


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9"])
def test_where_nobody_can_be_asked_the_cause_is_told(files: tuple[int, TlsFiles], url: str) -> None:
    with pytest.raises(TransportError, match="expired"):
        transport(files, BelievedClock(), url).connect()


def test_only_a_signed_answer_to_ones_own_question_counts() -> None:
    others = KeySet.of(SigningKey.generate())
    with telling(time.time, KEY) as url:
        assert abs(ask_time(url, "", KeySet.of(KEY)) - time.time()) < 60
        with pytest.raises(SignatureError, match="not to be believed"):
            ask_time(url, "", others)
    with (
        telling(time.time, KEY, nonce="ab" * 16) as url,
        pytest.raises(SignatureError, match="others asked for"),
    ):
        ask_time(url, "", KeySet.of(KEY))
