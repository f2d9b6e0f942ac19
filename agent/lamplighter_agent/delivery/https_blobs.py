"""One blob after the other over a connection to the controller, from where the last one broke."""

import http.client
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from lamplighter_wire.blobs import MAX_BLOB_BYTES
from lamplighter_wire.errors import SignatureError
from lamplighter_wire.https.device_credential import BLOB_PATH, ORDER_HEADER, make_credential
from lamplighter_wire.https.trouble import connection_trouble
from lamplighter_wire.https.trust import HTTPS, trusting
from lamplighter_wire.https.web_address import in_address, proxy_before
from lamplighter_wire.transport.mqtt import TlsFiles

from lamplighter_agent.errors import AgentError, RefusedError, RoadError

TIMEOUT_S = 20.0
READ_BYTES = 16 * 1024
# A frame may be a little longer than what it holds.
MOST_BYTES = MAX_BLOB_BYTES + 4096


class HttpsBlobs:
    """Reads blobs by their hash. Not safe to use from several threads: each has its own.

    Args:
        url: of the controller, as it was named at enrolment.
        files: who the device is, and whom it believes; asked at each request, for it is renewed.
        order: what the device was ordered, for neighbours, who do not know; they are reached
            without a proxy.
    """

    def __init__(
        self, url: str, files: Callable[[], TlsFiles], order: Callable[[], str] | None = None
    ) -> None:
        self._url, self._files, self._order = url, files, order
        self._connection: http.client.HTTPConnection | None = None

    def read(self, sha: str, frame: bytearray) -> None:
        """Bring what `frame` lacks of a blob's zstd frame, and keep in it what came.

        Raises:
            RoadError: the connection broke, or the controller is busy: try again later.
            RefusedError: the controller does not give it to this device.
        """
        try:
            answer = self._ask(sha, len(frame))
            self._check(answer)
            if answer.status == http.client.OK:
                del frame[:]  # from the beginning after all
            while data := answer.read(READ_BYTES):
                frame += data
                if len(frame) > MOST_BYTES:
                    raise RefusedError(f"the controller sends more than {MOST_BYTES} bytes")
            if answer.length:
                raise RoadError(f"the connection broke {answer.length} bytes before the end")
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise RoadError(connection_trouble(error, self._url)) from error
        except AgentError:
            self.close()
            raise

    def close(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = None

    def _ask(self, sha: str, offset: int) -> http.client.HTTPResponse:
        files = self._files()
        headers = {"Authorization": _credential(files.cert, files.key, sha)}
        if self._order is not None:
            headers |= {ORDER_HEADER: self._order()}
        if offset:
            headers |= {"Range": f"bytes={offset}-"}
        if self._connection is None:
            self._connection = _connection(
                self._url, files.ca.read_text(), straight=self._order is not None
            )
        path = urlsplit(self._url).path.rstrip("/") + BLOB_PATH + sha
        self._connection.request("GET", path, headers=headers)
        return self._connection.getresponse()

    def _check(self, answer: http.client.HTTPResponse) -> None:
        status = answer.status
        if status in (http.client.OK, http.client.PARTIAL_CONTENT):
            return
        said = answer.read(READ_BYTES).decode(errors="replace")
        text = f"{self._url} answers {status} {answer.reason}: {said[:200]}"
        if status == http.client.TOO_MANY_REQUESTS or status >= 500:
            raise RoadError(text)
        raise RefusedError(text)


def _credential(certificate: Path, key: Path, sha: str) -> str:
    try:
        return make_credential(certificate.read_bytes(), key.read_bytes(), sha)
    except (ValueError, SignatureError) as error:
        raise RefusedError(f"the device's own certificate cannot be used: {error}") from error


def _connection(url: str, authority: str, *, straight: bool) -> http.client.HTTPConnection:
    """Straight, or through the proxy of the environment."""
    parts, proxy = urlsplit(url), "" if straight else proxy_before(url)
    host, is_tls = in_address(parts.hostname or ""), url.startswith(HTTPS)
    port = parts.port or (443 if is_tls else 80)
    through = urlsplit(proxy if "//" in proxy else f"//{proxy}") if proxy else None
    to = (through.hostname or "", through.port or 3128) if through else (parts.hostname or "", port)
    if not is_tls and through is None:
        return http.client.HTTPConnection(*to, timeout=TIMEOUT_S)
    if not is_tls:
        raise RefusedError("no proxy is used for plain HTTP; reach the controller by https")
    context: ssl.SSLContext = trusting(authority)
    connection = http.client.HTTPSConnection(*to, timeout=TIMEOUT_S, context=context)
    if through is not None:
        connection.set_tunnel(host, port)
    return connection
