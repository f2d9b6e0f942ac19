"""Somebody stands between a device that claims and its controller, with TLS of his own."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from lamplighter_agent.errors import EnrolError
from lamplighter_agent.link.claims import enrol_by_claim
from lamplighter_controller.pki.authority import Authority
from lamplighter_wire.https.trust import AUTHORITY_PATH, AuthorityAnswer
from lamplighter_wire.joining.claims import CLAIM_PATH, ClaimAnswer, ClaimState


class Between:
    """Answers as a controller would, over TLS of his own; `named` is the authority in answers."""

    def __init__(self, folder: Path) -> None:
        self.own = Authority(folder / "own")
        self.named = self.own.ca_pem
        self.states = [ClaimState.PENDING]
        between = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                assert self.path == AUTHORITY_PATH
                self.tell(AuthorityAnswer(certificate=between.own.ca_pem))

            def do_POST(self) -> None:
                assert self.path == CLAIM_PATH
                self.rfile.read(int(self.headers["Content-Length"]))
                state = between.states.pop(0)
                self.tell(ClaimAnswer(state=state, ca=between.named, certificate="none"))

            def tell(self, document: object) -> None:
                body = msgspec.json.encode(document)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        files = self.own.server_files(["localhost"])
        context.load_cert_chain(files.cert, files.key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def between(tmp_path: Path) -> Iterator[Between]:
    made = Between(tmp_path)
    yield made
    made.close()


def test_who_vouches_for_the_connection_must_be_in_the_fingerprint(
    between: Between, tmp_path: Path
) -> None:
    between.named = Authority(tmp_path / "controller").ca_pem
    told: list[str] = []
    with pytest.raises(EnrolError, match="another authority than the one met before"):
        enrol_by_claim(between.url, tmp_path / "device", "cam-7", tell=told.append)
    assert told == [], "no fingerprint is shown that an operator could find the same"


def test_an_authority_that_changes_on_the_way_is_not_believed(
    between: Between, tmp_path: Path
) -> None:
    between.states = [ClaimState.PENDING, ClaimState.ACCEPTED]
    told: list[str] = []

    def wait(_seconds: float) -> None:
        between.named = Authority(tmp_path / "controller").ca_pem

    with pytest.raises(EnrolError, match="another authority than the one met before"):
        enrol_by_claim(between.url, tmp_path / "device", "cam-7", tell=told.append, wait=wait)
    assert len(told) == 1
