"""Posts one delivery to an address that was looked at first.

The name is resolved once, the addresses are judged, and the connection goes to one of these: a name
that means another machine a moment later leads nowhere else. Redirects are not followed, proxies of
the environment are not used, and of an answer's body no more is read than is asked for.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from lamplighter_controller.errors import InvalidError, WebhookError

TIMEOUT_S = 10.0
# Whoever answers a byte at a time holds up all others.
ANSWER_S = 60.0
MOST_URL = 1000
PORTS = {"http": 80, "https": 443}
# Where clouds hand out secrets beside link-local addresses: Amazon by IPv6, Alibaba, Azure, Oracle.
METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    )
)
REMEDY = "write it as https://HOST/PATH, without user and password"


def checked_url(url: str, *, may_be_local: bool = True) -> str:
    """The address itself. A name is judged when it is asked, as it may mean another machine then.

    Raises:
        InvalidError: nothing can be posted there, or nothing may be.
    """
    parts = _split(url)
    good = parts is not None and parts.scheme in PORTS and bool(parts.hostname)
    if not good or len(url) > MOST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidError(f"not the address of a webhook; {REMEDY}")
    if parts is not None and (parts.username or parts.password or parts.fragment):
        raise InvalidError(f"user, password and fragment have no place in it; {REMEDY}")
    host = parts.hostname or "" if parts is not None else ""
    if _is_number(host) and not is_permitted(host, may_be_local=may_be_local):
        where = f"{host} is an address where nothing may be posted"
        raise InvalidError(f"{where}; name another{_permission(host)}")
    return url


class Answer(NamedTuple):
    """What was answered; of the body the beginning."""

    status: int
    body: bytes = b""


def post(url: str, headers: Mapping[str, str], body: bytes, *, may_be_local: bool) -> int:
    """The status that is answered.

    Args:
        may_be_local: whether it may go to this machine itself.

    Raises:
        WebhookError: nobody may be asked there, or nobody answers.
    """
    asked = ask("POST", url, headers, body, may_be_local=may_be_local, answer_s=TIMEOUT_S)
    return asked.status


def ask(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    may_be_local: bool,
    most_bytes: int = 0,
    answer_s: float = ANSWER_S,
) -> Answer:
    """The same with any method; of the answer's body at most so many bytes are read.

    Args:
        answer_s: all of the answer has to come in so many seconds after the connection.

    Raises:
        WebhookError: nobody may be asked there, or nobody answers.
    """
    parts = urlsplit(checked_url(url))
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    address = _permitted(host, port, may_be_local)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with (
            contextlib.closing(_connection(parts.scheme, host, port, address)) as connection,
            _ending_after(answer_s, connection.sock),
        ):
            connection.request(method, path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            return Answer(int(answer.status), answer.read(most_bytes) if most_bytes else b"")
    except (OSError, http.client.HTTPException) as error:
        raise WebhookError(str(error) or type(error).__name__) from error


@contextlib.contextmanager
def _ending_after(seconds: float, road: socket.socket) -> Iterator[None]:
    """The connection ends after so long, whatever goes over it.

    Raises:
        WebhookError: it did.
    """
    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(road, socket.SHUT_RDWR)  # below TLS, which another thread reads

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, ValueError, http.client.HTTPException) as error:
        if is_over.is_set():
            raise WebhookError(f"no whole answer within {seconds:g} s") from error
        raise
    finally:
        timer.cancel()


def is_permitted(address: str, *, may_be_local: bool) -> bool:
    """Whether a delivery may go to an address of IPv4 or IPv6.

    Machines of the own network may be meant, and mostly are. Not so what means nobody or everybody,
    and what hands out secrets to whoever asks from here: the addresses where clouds have their
    metadata, all that are link-local, and this machine itself.
    """
    number = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address):
        teredo = number.teredo[1] if number.teredo else None
        embedded = number.ipv4_mapped or number.sixtofour or teredo or _nat64(number)
        if embedded is not None:
            return is_permitted(str(embedded), may_be_local=may_be_local)
    if number.is_loopback:
        return may_be_local
    is_for_nobody = number.is_unspecified or number.is_multicast or number.is_reserved
    return not (is_for_nobody or number.is_link_local or number in METADATA)


def _permission(address: str) -> str:
    """What would permit a refused address; empty where nothing does."""
    is_own = is_permitted(address, may_be_local=True)
    return ", or set webhooks_local = true, as it is this machine itself" if is_own else ""


def _is_number(host: str) -> bool:
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host.partition("%")[0])
        return True
    return False


def _nat64(number: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if number not in ipaddress.ip_network("64:ff9b::/96"):
        return None
    return ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)


def _permitted(host: str, port: int, may_be_local: bool) -> str:
    """An address of a host; all that its name means must be permitted."""
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise WebhookError(f"the name {host} is not known here") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    for address in addresses:
        if not is_permitted(address, may_be_local=may_be_local):
            where = f"{host} means {address}, where nothing may be posted"
            raise WebhookError(f"{where}; name another{_permission(address)}")
    return addresses[0]


def _connection(scheme: str, host: str, port: int, address: str) -> http.client.HTTPConnection:
    """To that address, under the host's name."""
    road = socket.create_connection((address, port), TIMEOUT_S) if scheme == "http" else None
    if road is not None:
        plain = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        plain.sock = road
        return plain
    context = ssl.create_default_context()
    secured = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
    raw = socket.create_connection((address, port), TIMEOUT_S)
    try:
        secured.sock = context.wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise
    return secured


def _split(url: str) -> SplitResult | None:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        if parts.port != 0:
            return parts
    return None
