"""Faults that the demo provokes, each marked as such in the report."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from lamplighter_demo.city.agents import DemoAgent

Notify = Callable[[str], None]
POLL_S = 0.004
# Part of its quota that a device keeps when it is cut: what was planned to fill four fifths of the
# time that a frame has then takes more than twice of it, even where the plan expected half more.
SHARE_LEFT = 0.3


@dataclass(slots=True)
class Outage:
    """A device switched off in mid-transfer, and what it held then."""

    device: str
    off_at: float = 0.0
    on_at: float = 0.0
    chunks_held: int = 0

    @property
    def happened(self) -> bool:
        return self.on_at > 0


@dataclass(slots=True)
class QuotaCut:
    """A quota cut while the device fetched a variant, and when it was given back."""

    device: str
    from_at: float = 0.0
    until_at: float = 0.0
    cores: float = 0.0

    @property
    def happened(self) -> bool:
        return self.from_at > 0

    @property
    def note(self) -> str:
        return f"CPU quota cut to {self.cores:g} core while fetching"


class SwitchOff(threading.Thread):
    """Power a device off once its store holds some chunks of its first transfer; then on again."""

    def __init__(
        self, agent: DemoAgent, notify: Notify, at_chunks: int = 12, off_s: float = 5.0
    ) -> None:
        super().__init__(daemon=True)
        self.outage = Outage(agent.device.id)
        self._agent, self._notify = agent, notify
        self._at_chunks, self._off_s = at_chunks, off_s
        self._ended = threading.Event()

    def run(self) -> None:
        while self._agent.chunk_count() < self._at_chunks:
            if self._ended.wait(POLL_S):
                return
        self._agent.power_off()
        self.outage.off_at = time.time()
        self.outage.chunks_held = self._agent.chunk_count()
        self._notify(
            f"{self._agent.device.id}: switched off in mid-transfer"
            f" with {self.outage.chunks_held} chunks"
        )
        self._ended.wait(self._off_s)
        self._agent.start()
        self.outage.on_at = time.time()
        self._notify(f"{self._agent.device.id}: switched on again")
        # The kernel takes a child along when the thread that started it ends.
        self._ended.wait()

    def stop(self) -> None:
        self._ended.set()


class CutQuota(threading.Thread):
    """Cut a device's quota while it fetches, until that revision has an outcome.

    `revision` gives the device's (revision, outcome) as the controller knows it.
    """

    def __init__(
        self,
        agent: DemoAgent,
        notify: Notify,
        revision: Callable[[], tuple[int, str]],
        most_s: float = 60.0,
    ) -> None:
        super().__init__(daemon=True)
        cores = round(SHARE_LEFT * agent.device.envelope.cpu_quota_cores, 3)
        self.cut = QuotaCut(agent.device.id, cores=cores)
        self._agent, self._notify, self._revision = agent, notify, revision
        self._most_s = most_s
        self._ended = threading.Event()

    def run(self) -> None:
        while self._agent.chunk_count() == 0:
            if self._ended.wait(POLL_S):
                return
        self._agent.realised.set_quota(self.cut.cores)
        self.cut.from_at = time.time()
        self._notify(f"{self._agent.device.id}: {self.cut.note} (injected)")
        self._wait_for_outcome()
        self._agent.realised.set_quota(self._agent.device.envelope.cpu_quota_cores)
        self.cut.until_at = time.time()
        self._notify(f"{self._agent.device.id}: quota given back")

    def stop(self) -> None:
        self._ended.set()

    def _wait_for_outcome(self) -> None:
        deadline = time.monotonic() + self._most_s
        while time.monotonic() < deadline and not self._ended.wait(0.1):
            revision, outcome = self._revision()
            if outcome or revision > 1:
                return
