"""Ends the sessions of devices that are retired, and looks whether their broker keeps them out."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lamplighter_controller.link.access.access_control import AccessControl
from lamplighter_controller.link.access.eviction import Evicted, evict
from lamplighter_controller.link.broker_protocol import Broker
from lamplighter_controller.link.external import ExternalBroker
from lamplighter_controller.pki.authority import Authority

log = logging.getLogger(__name__)

# A broker of others is asked so often whether it has read its rules by now.
LOOK_S = 5.0


class ShuttingOut:
    """On a thread of its own: the broker is told, the session ends, and it is tried to come back.

    Args:
        ca: whose certificate the broker shows.
        forget: what is held of a device in memory or at the broker.
        tell: an instruction for whoever runs the broker, and whether it has been followed.
    """

    def __init__(
        self,
        authority: Authority,
        ca: Callable[[], Path],
        broker: Broker,
        access: AccessControl,
        forget: Callable[[str], None],
        tell: Callable[[str, bool], None],
    ) -> None:
        self._authority, self._ca, self._broker = authority, ca, broker
        self._access, self._forget, self._tell = access, forget, tell
        self._pool = ThreadPoolExecutor(1, "shut-out")
        self._lock = threading.Lock()
        self._under_way: set[str] = set()
        self._let_in: set[str] = set()
        self._timer: threading.Timer | None = None
        self._is_closed = False

    def begin(self, device: str) -> None:
        """It was retired, revoked, restored or released: let the broker know."""
        with self._lock:
            if self._is_closed:
                return
            self._under_way.add(device)
        self._pool.submit(self._work, device)

    def standing(self, device: str) -> str:
        """Of a retired device: `pending`, `in force`, or what somebody must do."""
        with self._lock:
            if device in self._let_in:
                return self._instruction()
            return "pending" if device in self._under_way else "in force"

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            if self._timer is not None:
                self._timer.cancel()
        self._pool.shutdown()

    def _work(self, device: str) -> None:
        try:
            if self._access.shut_out(device):
                self._forget(device)
                self._try(device)
            elif isinstance(self._broker, ExternalBroker):
                self._tell(self._broker.instruction, False)
        except Exception:
            log.exception("it is not known whether the broker keeps %s out", device)
        finally:
            with self._lock:
                self._under_way.discard(device)
            self._look_later()

    def _try(self, device: str) -> None:
        """The broker was told before: whoever is put out must not come back."""
        host, port = self._broker.host, self._broker.port
        answer = evict(self._authority, self._ca(), host, port, device)
        if answer is Evicted.UNKNOWN:
            log.warning("the broker does not say whether it keeps %s out", device)
        before, after = self._note(device, is_let_in=answer is Evicted.LET_IN)
        if device in after - before:
            self._tell(self._instruction(), False)
        elif before and not after:
            self._tell("the broker keeps out all that are retired", True)

    def _note(self, device: str, *, is_let_in: bool) -> tuple[set[str], set[str]]:
        """All that were let in before, and those that are now."""
        with self._lock:
            before = set(self._let_in)
            if is_let_in:
                self._let_in.add(device)
            else:
                self._let_in.discard(device)
            return before, set(self._let_in)

    def _look_later(self) -> None:
        with self._lock:
            if self._is_closed or not self._let_in:
                return
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(LOOK_S, self._look)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> None:
        with self._lock:
            waiting = sorted(self._let_in)
            if self._is_closed or not waiting:
                return
        self._pool.submit(self._try_all, waiting)

    def _try_all(self, devices: list[str]) -> None:
        for device in devices:
            self._try(device)
        self._look_later()

    def _instruction(self) -> str:
        if isinstance(self._broker, ExternalBroker):
            return f"still let in: {self._broker.instruction}"
        return "still let in: the broker has not read its rules; look at its log"
