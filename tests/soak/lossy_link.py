"""A narrow link that loses packets, into a network namespace of its own. As root."""

import shutil
import subprocess
from collections.abc import Sequence

NAMESPACE = "lamplighter-soak"
NEAR, FAR = "lamp-near", "lamp-far"
NEAR_ADDRESS, FAR_ADDRESS = "10.99.0.1", "10.99.0.2"
TOOLS = ("ip", "tc", "iptables")


class LossyLink:
    """While open, what runs with `prefix` before its command reaches this machine by the link only.

    Args:
        rate_mbit: in each direction.
        loss: share of the packets that are lost, in each direction.

    Raises:
        RuntimeError: a tool is missing or the machine does not permit it; says which.
    """

    def __init__(self, rate_mbit: float, loss: float) -> None:
        self._rate_mbit, self._loss = rate_mbit, loss
        self.prefix: Sequence[str] = ("ip", "netns", "exec", NAMESPACE)

    def __enter__(self) -> "LossyLink":
        missing = [tool for tool in TOOLS if shutil.which(tool) is None]
        if missing:
            raise RuntimeError(f"install {', '.join(missing)} (Debian: iproute2, iptables)")
        self.close()
        for command in self._commands():
            _run(command.split())
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Also what an earlier run has left; safe to call twice."""
        for command in (f"ip netns del {NAMESPACE}", f"ip link del {NEAR}"):
            subprocess.run(command.split(), capture_output=True, check=False)

    def _commands(self) -> list[str]:
        inside = f"ip -n {NAMESPACE}"
        shape = f"root tbf rate {self._rate_mbit:g}mbit burst 16kb latency 400ms"
        lose = f"-m statistic --mode random --probability {self._loss:g} -j DROP"
        return [
            f"ip netns add {NAMESPACE}",
            f"ip link add {NEAR} type veth peer name {FAR} netns {NAMESPACE}",
            f"ip addr add {NEAR_ADDRESS}/24 dev {NEAR}",
            f"ip link set {NEAR} up",
            f"{inside} addr add {FAR_ADDRESS}/24 dev {FAR}",
            f"{inside} link set {FAR} up",
            f"{inside} link set lo up",
            f"tc qdisc add dev {NEAR} {shape}",
            f"tc -n {NAMESPACE} qdisc add dev {FAR} {shape}",
            f"ip netns exec {NAMESPACE} iptables -A INPUT -i {FAR} {lose}",
            f"ip netns exec {NAMESPACE} iptables -A OUTPUT -o {FAR} {lose}",
        ]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
