"""The API beyond loopback: TLS by the controller's own authority, or a certificate from outside."""

import asyncio
import os
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI
from lamplighter_agent.errors import EnrolError
from lamplighter_agent.link.enrolment import enrol
from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient, Client
from lamplighter_client.errors import UnreachableError, UntrustedError
from lamplighter_client.target import Target, find_controller
from lamplighter_controller.api.serving.certificate import ApiCertificate, make_certificate
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.settings import ControllerSettings
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.https.trust import pin_of

from tests.integration.test_controller_serve import Server, eventually
from tests.simulators.served_app import served

pytestmark = pytest.mark.broker
NOWHERE = Path("/nowhere")


@contextmanager
def running(data: Path, *options: str) -> Iterator[Server]:
    """A controller with these options meanwhile."""
    server = Server(data)
    data.mkdir()
    server.options += options
    try:
        server.start()
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Listens everywhere, with a certificate of its own."""
    data = tmp_path_factory.mktemp("tls") / "data"
    with running(data, "--host", "0.0.0.0", "--advertise", "192.0.2.1,localhost") as made:  # noqa: S104
        yield made


def port(server: Server) -> int:
    return int(urlsplit(server.facts["url"]).port or 0)


def token(server: Server) -> str:
    return Path(server.facts["token_file"]).read_text()


def rollup(target: Target) -> int:
    with Client(target) as api:
        return api.send(endpoints.rollup()).devices


def test_commands_on_this_machine_find_it(server: Server) -> None:
    assert server.facts["url"].startswith("https://127.0.0.1:")
    assert rollup(find_controller(server.data)) == 0


def test_a_token_says_whom_to_believe(server: Server) -> None:
    target = find_controller(NOWHERE, f"https://localhost:{port(server)}", token(server))
    assert rollup(target) == 0

    async def from_the_dashboard() -> int:
        api = AsyncClient(target)
        try:
            return (await api.send(endpoints.rollup())).devices
        finally:
            await api.close()

    assert asyncio.run(from_the_dashboard()) == 0


def test_a_token_of_another_controller_believes_nobody_here(server: Server) -> None:
    other = token(server).partition(".")[0] + "." + "0" * 64
    with pytest.raises(UntrustedError, match="another controller answers"):
        find_controller(NOWHERE, f"https://localhost:{port(server)}", other)


def test_an_unknown_authority_is_named_with_a_file(server: Server) -> None:
    url, bare = f"https://localhost:{port(server)}", token(server).partition(".")[0]
    with pytest.raises(UntrustedError, match=r"authority that is not known here.*--ca"):
        rollup(find_controller(NOWHERE, url, bare))
    words = ["--ca", str(server.data / "pki/ca.crt"), "device", "list", "--url", url]
    command = [sys.executable, "-m", "lamplighter_cli", *words, "--token", "-"]
    ran = subprocess.run(command, input=bare.encode(), capture_output=True, timeout=60)
    assert ran.returncode == 0, ran.stderr


def test_a_file_that_is_no_authority_is_named(server: Server, tmp_path: Path) -> None:
    url, none = f"https://localhost:{port(server)}", tmp_path / "none.pem"
    with pytest.raises(UntrustedError, match="does not exist"):
        find_controller(NOWHERE, url, "t", none)
    none.write_text("nonsense")
    with pytest.raises(UntrustedError, match="holds no certificates"):
        find_controller(NOWHERE, url, "t", none)


def test_a_wrong_name_is_told_with_what_helps(server: Server) -> None:
    url = f"https://127.0.0.2:{port(server)}"
    with pytest.raises(UntrustedError, match=r"not for 127\.0\.0\.2.*--advertise 127\.0\.0\.2"):
        rollup(find_controller(NOWHERE, url, token(server)))


def test_plain_http_to_it_is_told(server: Server) -> None:
    with pytest.raises(UnreachableError, match="write https://"):
        rollup(Target(f"http://localhost:{port(server)}", token(server)))


def test_a_device_enrols_by_its_token_alone(server: Server, tmp_path: Path) -> None:
    with Client(find_controller(server.data)) as api:
        made = api.send(endpoints.create_token("cam-1")).token
    url = f"https://localhost:{port(server)}"
    other = made.replace(pin_of(made), "0" * 64)
    with pytest.raises(EnrolError, match="another controller answers"):
        enrol(url, other, tmp_path, "cam-1")
    with pytest.raises(EnrolError, match=r"not for 127\.0\.0\.2"):
        enrol(f"https://127.0.0.2:{port(server)}", made, tmp_path, "cam-1")
    with pytest.raises(EnrolError, match="write https://"):
        enrol(f"http://localhost:{port(server)}", made, tmp_path, "cam-1")
    assert enrol(url, made, tmp_path, "cam-1").device == "cam-1"


def test_its_key_is_its_own_and_its_tls_is_new(server: Server) -> None:
    assert stat.S_IMODE((server.data / "pki/api/server.key").stat().st_mode) == 0o600
    context = find_controller(server.data).context
    assert context is not None
    with socket.create_connection(("127.0.0.1", port(server)), 5.0) as plain:
        assert context.wrap_socket(plain, server_hostname="localhost").version() == "TLSv1.3"


def test_who_ends_no_handshake_is_put_out_and_fills_no_log(server: Server) -> None:
    before = server.log.stat().st_size
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", port(server)), 5.0) as stranger:
            stranger.sendall(b"\x16\x03\x01nonsense")
    assert rollup(find_controller(server.data)) >= 0
    assert server.log.stat().st_size - before < 2000


class Outside:
    """A certificate that is not the controller's, for `localhost`."""

    def __init__(self, folder: Path) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.cert_file, self.key_file = folder / "outside.crt", folder / "outside.key"
        kind = serialization.PrivateFormat.PKCS8
        bare = serialization.NoEncryption()
        pem = self.key.private_bytes(serialization.Encoding.PEM, kind, bare)
        self.key_file.write_bytes(pem)

    def put(self, ends: timedelta) -> None:
        """Put one in its place that ends so long from now."""
        now = datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "city")])
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + ends)
            .add_extension(names, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        part = self.cert_file.with_suffix(".part")
        part.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        part.replace(self.cert_file)


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    made = Outside(tmp_path)
    made.put(timedelta(days=60))
    return made


def test_a_certificate_from_outside_is_shown_and_renewed_as_it_runs(
    outside: Outside, tmp_path: Path
) -> None:
    words = ["--certificate", str(outside.cert_file), "--key", str(outside.key_file)]
    with running(tmp_path / "data", *words) as server:
        assert rollup(find_controller(server.data)) == 0  # although the address is not its name
        url, bearer = f"https://localhost:{port(server)}", token(server)
        assert rollup(find_controller(NOWHERE, url, bearer, outside.cert_file)) == 0
        with pytest.raises(UntrustedError, match="authority that is not known here"):
            rollup(find_controller(NOWHERE, url, bearer))
        outside.put(timedelta(days=-1))

        def has_expired() -> bool:
            try:
                rollup(find_controller(NOWHERE, url, bearer, outside.cert_file))
            except UntrustedError as error:
                return "has expired; renew it" in str(error)
            return False

        assert eventually(has_expired)
        outside.cert_file.write_text("half of a cert")
        eventually(lambda: "is not renewed" in server.log.read_text())
        outside.put(timedelta(days=60))
        eventually(lambda: not has_expired())


def test_no_tls_is_told() -> None:
    with served(FastAPI()) as url, pytest.raises(UntrustedError, match=r"no TLS.* write http://"):
        rollup(find_controller(NOWHERE, url.replace("http", "https"), "ll_x." + "0" * 64))


def made_for(folder: Path, **values: object) -> ApiCertificate | None:
    settings = ControllerSettings(**values)  # type: ignore[arg-type]
    return make_certificate(settings, Authority(folder / "pki"))


def test_plain_http_is_for_this_machine_or_by_name(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        assert made_for(tmp_path, api_host=host) is None
    for host in ("0.0.0.0", "", "::", "192.0.2.7", "controller.example"):  # noqa: S104
        assert made_for(tmp_path, api_host=host) is not None
        assert made_for(tmp_path, api_host=host, api_plain=True) is None


def test_its_own_certificate_is_for_all_names_and_made_anew_in_time(tmp_path: Path) -> None:
    made = made_for(tmp_path, api_host="192.0.2.7", public_names=["controller.example"])
    assert made is not None
    assert made.context.minimum_version == ssl.TLSVersion.TLSv1_2
    path = tmp_path / "pki/api/server.crt"
    first = x509.load_pem_x509_certificate(path.read_bytes())
    names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} >= {"controller.example", "192.0.2.7", "127.0.0.1"}
    made.refresh()
    assert x509.load_pem_x509_certificate(path.read_bytes()) == first
    path.unlink()  # as one that is near its end
    made.refresh()
    assert x509.load_pem_x509_certificate(path.read_bytes()) != first


def test_files_that_do_not_fit_end_the_start(outside: Outside, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other").server_files(["localhost"])
    environ = os.environ | {"LAMPLIGHTER_API_CERT": str(outside.cert_file)}
    command = [sys.executable, "-m", "lamplighter_cli", "serve", "--data", str(tmp_path / "data")]
    command += ["--port", "0", "--broker-port", "0"]
    environ |= {"LAMPLIGHTER_API_KEY": str(other.key)}
    ran = subprocess.run(command, env=environ, capture_output=True, timeout=60)
    assert ran.returncode == 1
    assert "is not the key of" in ran.stderr.decode()
    assert "Traceback" not in ran.stderr.decode()
    with pytest.raises(SettingsError, match="belong together"):
        made_for(tmp_path, api_cert=str(outside.cert_file))
