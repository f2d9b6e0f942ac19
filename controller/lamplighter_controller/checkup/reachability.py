"""Under which name devices reach this machine, and whether that can work."""

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Collection, Iterable

import psutil
from lamplighter_wire.https.web_address import is_loopback
from lamplighter_wire.machine.checkup import Finding, failed, ok, warning

from lamplighter_controller.link.mosquitto import ANYWHERE

ADVERTISE = "name this machine as devices see it: --advertise NAME (public_names)"
KEEP = "--host 127.0.0.1"
LISTEN = "let it listen where devices are: --host 0.0.0.0 (api_host, broker_bind)"
RESOLVE_S = 5.0  # a server of names that is away must not hold up a start for longer
# Nothing is sent there: the kernel only says from which address it would be (RFC 5737, RFC 3849).
ELSEWHERE = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))


def reach_findings(
    host: str, told: str, own: Collection[str], resolve: Callable[[str], list[str]]
) -> Iterable[Finding]:
    """Whether devices that are told a name reach a broker that listens on `host`.

    Args:
        own: addresses of this machine.
        resolve: a name's addresses as this machine knows them; none: it knows no such name.
    """
    place = f"devices are told {told}, the broker listens on {host or 'all addresses'}"
    listens_beyond = host in ANYWHERE or not is_loopback(host)
    if not listens_beyond:
        yield _on_loopback(place, told)
    elif is_loopback(told):
        found = "no device can reach it: to each of them this name means itself"
        yield failed("reach", place, found, f"{ADVERTISE} first, or keep to this machine: {KEEP}")
    elif _is_number(told):
        yield _number(place, host, told, own)
    else:
        yield _name(place, host, told, own, resolve(told))


def _on_loopback(place: str, told: str) -> Finding:
    if is_loopback(told):
        return ok("reach", place, "devices on this machine reach it, and no others")
    found = "no other machine reaches it unless something forwards the port"
    return warning("reach", place, found, LISTEN)


def _number(place: str, host: str, told: str, own: Collection[str]) -> Finding:
    listened = own if host in ANYWHERE else (host,)
    if told in listened:
        return ok("reach", place, "it is an address of this machine; devices need it to stay so")
    if told in own:
        found = "this is another address of this machine, where it does not listen"
        return failed("reach", place, found, f"--host {told}, or --host 0.0.0.0")
    found = "it is no address of this machine"
    return warning(
        "reach", place, found, "fine behind a router that forwards the ports; else " + ADVERTISE
    )


def _name(place: str, host: str, told: str, own: Collection[str], addresses: list[str]) -> Finding:
    if not addresses:
        found = f"the name {told} is not known here, and devices must know it"
        return warning("reach", place, found, f"write {told} to the DNS, or {ADVERTISE}")
    shown = ", ".join(addresses)
    if all(is_loopback(address) for address in addresses):
        return ok("reach", place, "here the name means this machine; devices must know it as well")
    listened = set(own if host in ANYWHERE else (host,))
    if listened & set(addresses):
        return ok("reach", place, f"the name means {shown}")
    found = f"the name means {shown}, where this machine does not listen"
    mend = f"fine behind a router that forwards the ports; else mend the DNS, or {ADVERTISE}"
    return warning("reach", place, found, mend)


def own_addresses() -> set[str]:
    """Of this machine's interfaces."""
    families = (socket.AF_INET, socket.AF_INET6)
    return {
        address.address.partition("%")[0]
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family in families
    }


def outward_address() -> str:
    """The address under which others would most likely reach this machine; empty: none."""
    for target, family in ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as road:
                road.connect((target, 9))
                address = str(road.getsockname()[0])
        except OSError:
            continue
        if not is_loopback(address):
            return address
    return ""


def resolved(name: str, patience_s: float = RESOLVE_S) -> list[str]:
    """A name's addresses; none where this machine does not know it, or does not know it in time."""
    addresses: list[str] = []

    def ask() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            entries = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            addresses.extend(dict.fromkeys(str(entry[4][0]) for entry in entries))

    asking = threading.Thread(target=ask, name="resolve", daemon=True)
    asking.start()
    asking.join(patience_s)
    return list(addresses)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
