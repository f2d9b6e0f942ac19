"""Whether the ports answer or are free, and what a firewall may do to them."""

import socket
from collections.abc import Iterable, Sequence
from pathlib import Path

from lamplighter_wire.https.web_address import is_loopback
from lamplighter_wire.machine.checkup import Finding, failed, ok, warning
from lamplighter_wire.machine.road_checks import road_findings

UFW, FIREWALLD = "etc/ufw/ufw.conf", "run/firewalld"
REACHED_BY = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with


def port_findings(
    check: str, host: str, port: int, option: str, is_running: bool
) -> Iterable[Finding]:
    """Of a controller that runs, whether its port answers; else whether it is free.

    Args:
        option: how another port is named.
    """
    if is_running:
        yield from road_findings(check, REACHED_BY.get(host, host), port)
        return
    place = f"{host or 'all addresses'} port {port}"
    if not port:
        yield ok(check, place, "any free one is taken")
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        mend = f"end what uses it (ss -ltnp), or name another: {option}"
        yield failed(check, place, (error.strerror or str(error)).lower(), mend)
    else:
        yield ok(check, place, "it is free")


def firewall_findings(host: str, ports: Sequence[int], root: Path = Path("/")) -> Iterable[Finding]:
    """Which ports must be open, with the command of the firewall that this machine has."""
    shown = ", ".join(f"TCP {port}" for port in ports)
    if is_loopback(host):
        yield ok("firewall", host, "nothing from outside is expected")
        return
    if _is_on(root / UFW):
        mend = "; ".join(f"sudo ufw allow {port}/tcp" for port in ports)
        found = f"ufw is on; devices need {shown}"
        yield warning("firewall", str(root / UFW), found, f"unless done: {mend}")
    elif (root / FIREWALLD).exists():
        rules = " ".join(f"--add-port={port}/tcp" for port in ports)
        found = f"firewalld is on; devices need {shown}"
        mend = f"unless done: sudo firewall-cmd --permanent {rules}; sudo firewall-cmd --reload"
        yield warning("firewall", str(root / FIREWALLD), found, mend)
    else:
        found = f"none of ufw and firewalld is on; devices need {shown}"
        yield ok("firewall", "ufw, firewalld", found)


def _is_on(configuration: Path) -> bool:
    try:
        lines = configuration.read_text().splitlines()
    except OSError:
        return False
    return any(line.replace(" ", "").lower() == "enabled=yes" for line in lines)
