"""Enrolment over real HTTP: an honest controller, impostors, and answers that get lost."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from lamplighter_agent.errors import EnrolError
from lamplighter_agent.link.enrolment import default_device_id, enrol
from lamplighter_agent.link.identity import FOLDER, RECORD, load_identity
from lamplighter_controller.pki.authority import Authority
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.enrolment import (
    ENROL_PATH,
    BrokerAddress,
    EnrolRequest,
    EnrolResponse,
    Token,
    build_response,
    ca_key_sha256,
    verify_request,
)
from lamplighter_wire.errors import SignatureError
from lamplighter_wire.signing import KeySet, SigningKey

from tests.simulators.certificates import key_and_request

Change = Callable[[EnrolResponse], EnrolResponse]


class Office:
    """An enrolment office; `change` and `seal_with` make it lie."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.signing_key = SigningKey.generate()
        self.token = Token.create(self.authority.ca_key_hash)
        self.secret = self.token.secret
        self.name = ""
        self.change: Change = lambda response: response
        self.swallow = 0
        self.requests: list[EnrolRequest] = []
        office = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = office.answer(self.path, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        assert path == ENROL_PATH
        request = decode(body, EnrolRequest)
        self.requests.append(request)
        if self.swallow:
            self.swallow -= 1
            return 503, b"busy"
        try:
            verify_request(request, self.token.secret)
        except SignatureError as error:
            return 401, msgspec.json.encode({"title": "Unauthorised", "detail": str(error)})
        response = EnrolResponse(
            certificate=self.authority.sign_csr(request.csr, request.device),
            ca=self.authority.ca_pem,
            keys=KeySet.of(self.signing_key).to_dict(),
            broker=BrokerAddress(host="127.0.0.1", port=8883),
        )
        sealed = build_response(self.change(response), self.secret, request.nonce)
        return 200, encode(sealed)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built = Office(tmp_path / "pki")
    yield built
    built.close()


def test_a_token_becomes_an_identity(office: Office, tmp_path: Path) -> None:
    identity = enrol(office.url + "/", str(office.token), tmp_path, "cam-1")
    assert identity == load_identity(tmp_path)
    assert (identity.device, identity.broker_host, identity.broker_port) == (
        "cam-1",
        "127.0.0.1",
        8883,
    )
    assert identity.keys == KeySet.of(office.signing_key)
    assert identity.tls.key.stat().st_mode & 0o077 == 0
    certificate = x509.load_pem_x509_certificate(identity.tls.cert.read_bytes())
    assert certificate.subject.rfc4514_string() == "CN=cam-1"
    assert ca_key_sha256(identity.tls.ca.read_text()) == office.token.ca_key_sha256


def test_a_lost_answer_costs_no_token_and_no_key(office: Office, tmp_path: Path) -> None:
    office.swallow = 1
    with pytest.raises(EnrolError, match="503"):
        enrol(office.url, str(office.token), tmp_path, "cam-1")
    with pytest.raises(EnrolError, match="not enrolled"):
        load_identity(tmp_path)
    enrol(office.url, str(office.token), tmp_path, "cam-1")
    assert len(keys_of(office)) == 1


def test_a_power_cut_before_the_record_is_written_costs_no_token_and_no_key(
    office: Office, tmp_path: Path
) -> None:
    enrol(office.url, str(office.token), tmp_path, "cam-1")
    (tmp_path / FOLDER / RECORD).unlink()  # written last: all else is in its place
    identity = enrol(office.url, str(office.token), tmp_path, "cam-1")
    assert len(keys_of(office)) == 1
    assert identity.tls.key.exists()


def keys_of(office: Office) -> set[object]:
    """The public keys that certificates were asked for."""
    return {
        x509.load_pem_x509_csr(request.csr.encode()).public_key().public_numbers()  # type: ignore[union-attr]
        for request in office.requests
    }


def test_enrolling_again_makes_a_new_key(office: Office, tmp_path: Path) -> None:
    first = enrol(office.url, str(office.token), tmp_path, "cam-1").tls.key.read_bytes()
    assert enrol(office.url, str(office.token), tmp_path, "cam-1").tls.key.read_bytes() != first


def test_an_unknown_secret_gets_the_controllers_explanation(office: Office, tmp_path: Path) -> None:
    forged = Token.create(office.authority.ca_key_hash)
    with pytest.raises(EnrolError, match="not made with this token's secret"):
        enrol(office.url, str(forged), tmp_path, "cam-1")


def test_an_impostor_without_the_secret_is_not_believed(office: Office, tmp_path: Path) -> None:
    office.secret = "guess"
    with pytest.raises(EnrolError, match="secret"):
        enrol(office.url, str(office.token), tmp_path, "cam-1")


def test_another_authority_is_not_believed(office: Office, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    office.change = lambda response: msgspec.structs.replace(response, ca=other.ca_pem)
    with pytest.raises(EnrolError, match="authority"):
        enrol(office.url, str(office.token), tmp_path, "cam-1")


def test_a_certificate_of_another_authority_is_refused(office: Office, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    office.change = lambda response: msgspec.structs.replace(
        response, certificate=other.sign_csr(office.requests[-1].csr, "cam-1")
    )
    with pytest.raises(EnrolError, match="authority"):
        enrol(office.url, str(office.token), tmp_path, "cam-1")


@pytest.mark.parametrize(("name", "hint"), [("cam-1", "another key"), ("cam-2", "another device")])
def test_a_certificate_of_somebody_else_is_refused(
    office: Office, tmp_path: Path, name: str, hint: str
) -> None:
    _, csr = key_and_request(name)
    office.change = lambda response: msgspec.structs.replace(
        response, certificate=office.authority.sign_csr(csr, name)
    )
    with pytest.raises(EnrolError, match=hint):
        enrol(office.url, str(office.token), tmp_path, "cam-1")


@pytest.mark.parametrize("keys", [{"bad": "?"}, {"0" * 16: "QUJD"}])
def test_a_malformed_key_set_is_refused(
    office: Office, tmp_path: Path, keys: dict[str, str]
) -> None:
    office.change = lambda response: msgspec.structs.replace(response, keys=keys)
    with pytest.raises(EnrolError):
        enrol(office.url, str(office.token), tmp_path, "cam-1")
    with pytest.raises(EnrolError, match="not enrolled"):
        load_identity(tmp_path)


@pytest.mark.parametrize(
    ("url", "token", "device", "hint"),
    [
        ("http://127.0.0.1:9", None, "cam-1", "is the controller running"),
        ("ftp://x", None, "cam-1", "not a web address"),
        ("http://127.0.0.1:9", "nonsense", "cam-1", "token create"),
        ("http://127.0.0.1:9", None, "Cam 1", "not a device id"),
    ],
)
def test_mistakes_say_what_to_do(
    tmp_path: Path, url: str, token: str | None, device: str, hint: str
) -> None:
    with pytest.raises(EnrolError, match=hint):
        enrol(url, token or str(Token.create("a" * 64)), tmp_path, device)


def test_a_damaged_identity_says_enrol_again(office: Office, tmp_path: Path) -> None:
    enrol(office.url, str(office.token), tmp_path, "cam-1")
    (tmp_path / "identity" / "identity.json").write_text("{")
    with pytest.raises(EnrolError, match="enrol again"):
        load_identity(tmp_path)


@pytest.mark.parametrize(
    ("host", "device"),
    [("Gate-7.city.example", "gate-7"), ("Box_1", "box-1"), ("x" * 60, "x" * 40)],
)
def test_host_names_become_device_ids(host: str, device: str) -> None:
    assert default_device_id(host) == device
