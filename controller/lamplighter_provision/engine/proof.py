"""Whether an agent's container has come up: it gives signs of life, and goes on to do so."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_provision.errors import ProvisionError

CHECK_S = 1.0
SETTLE_S = 3.0
"""So long an agent must stay up after its first sign of life."""
HEALTH = ["python3", "-m", "lamplighter_agent", "health"]
ONLINE = "online"


@dataclass(frozen=True)
class Proof:
    """Watches the agents of one engine.

    Args:
        start_s: how long one may take to come up.
        report: told how one stands that has come up.
    """

    engine: DockerEngine
    start_s: float
    report: Callable[[str], None]

    def standing(self, device: str) -> str:
        """How its connection stands; empty: no sign of life."""
        code, output = self.engine.run_inside(device, HEALTH)
        return output.strip() if code == 0 else ""

    def wait_until_up(self, device: str, *, online: bool = False) -> None:
        """Until it gives signs of life, and goes on to do so.

        Args:
            online: it must be connected as well.

        Raises:
            ProvisionError: it ended, began anew, or gave no sign in time; with its last words.
        """
        deadline = time.monotonic() + self.start_s
        began = self.engine.container(device).restarts  # one that has run for long may have some
        state, since = "", 0.0
        while time.monotonic() < deadline:
            if self._has_ended(device, began):
                raise ProvisionError(self._trouble(device, self._end(device)))
            state = self.standing(device)
            if not state or (online and state != ONLINE):
                since = 0.0
            elif not since:
                since = time.monotonic()
            elif time.monotonic() - since >= SETTLE_S:
                self.report(f"  {device} is up and {state}")
                return
            time.sleep(CHECK_S)
        raise ProvisionError(self._trouble(device, self._lack(state)))

    def _has_ended(self, device: str, restarts: int) -> bool:
        container = self.engine.container(device)
        return not container.running or container.restarts > restarts

    def _end(self, device: str) -> str:
        return f"ended with {self.engine.container(device).exit_code}"

    def _lack(self, state: str) -> str:
        if state:
            return f"is not online within {self.start_s:.0f} s, which it was before"
        return f"gives no sign of life within {self.start_s:.0f} s"

    def _trouble(self, device: str, what: str) -> str:
        words = self.engine.log(device).strip()
        return f"{device}: its container {what}. Its last words:\n{words}\n"
