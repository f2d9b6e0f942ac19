"""Whether another machine can be reached at a port, and where it ends if not."""

import errno
import socket
from collections.abc import Iterable

from lamplighter_wire.machine.checkup import Finding, failed, ok

CONNECT_S = 5.0
# A packet that nobody answers was dropped on the way: that is what firewalls do.
DROPPED = (errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH)


def road_findings(
    check: str, host: str, port: int, timeout_s: float = CONNECT_S
) -> Iterable[Finding]:
    """Whether something listens there."""
    place = f"{host} port {port}"
    try:
        socket.create_connection((host, port), timeout_s).close()
    except OSError as error:
        found, mend = road_trouble(host, port, error)
        yield failed(check, place, found, mend)
    else:
        yield ok(check, place, "it answers")


def road_trouble(host: str, port: int, error: OSError) -> tuple[str, str]:
    """What is wrong with a road by how connecting failed, and what to do."""
    if isinstance(error, socket.gaierror):
        mend = "write it to the DNS or into /etc/hosts of this machine, or use an address"
        return f"the name {host} is not known here", mend
    if isinstance(error, ConnectionRefusedError):
        mend = f"start it, or check the port; it must listen on {host}, not on 127.0.0.1 only"
        return "that machine is there, but nothing listens at this port", mend
    if isinstance(error, TimeoutError) or error.errno in DROPPED:
        mend = (
            "check that it is on and in the same network; a firewall on the way must let TCP"
            f" {port} through, on that machine for example: sudo ufw allow {port}/tcp"
        )
        return "no answer", mend
    return (error.strerror or str(error)).lower(), "check the address and the network"
