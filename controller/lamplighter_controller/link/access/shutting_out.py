"""Ends the sessions of devices that are retired, and looks whether their broker keeps them out."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from lamplighter_controller.link.access.access_control import RELOAD_S, AccessControl
from lamplighter_controller.link.access.eviction import Evicted, evict
from lamplighter_controller.link.broker_protocol import Broker
from lamplighter_controller.link.external import ExternalBroker
from lamplighter_controller.pki.authority import Authority

log = logging.getLogger(__name__)

# A broker of others is asked so often whether it has read its rules by now, for so many of those
# that it has let in: each is a connection.
LOOK_S, MOST_AT_A_LOOK = 5.0, 20
# Between two of all that were retired before a start.
PACE_S = 0.25


class ShuttingOut:
    """On a thread of its own: the broker is told, the session ends, and it is tried to come back.

    What came of it is not kept: after a start all are tried again, as the controller may have ended
    between their retirement and this, and a broker of others may have other rules by now.

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
        self._untried: dict[str, None] = {}  # in this order
        self._let_in: dict[str, None] = {}  # the one that was tried last is the last one
        self._timer: threading.Timer | None = None
        self._is_closed = False

    def load(self) -> None:
        """At a start, before the broker's own: its rules; all whom they keep out are pending."""
        self._access.load()
        with self._lock:
            self._untried = dict.fromkeys(sorted(self._access.kept_out))

    def connected(self) -> None:
        """There is a connection (again): the broker reads its rules, then those are tried."""
        self._broker.reload()
        self._look_later(RELOAD_S)

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
            is_open = device in self._under_way or device in self._untried
            return "pending" if is_open else "in force"

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
            else:
                self._leave_alone(device)
                if isinstance(self._broker, ExternalBroker):
                    self._tell(self._broker.instruction, False)
        except Exception:
            log.exception("it is not known whether the broker keeps %s out", device)
        finally:
            with self._lock:
                self._under_way.discard(device)
            self._look_later(LOOK_S)

    def _leave_alone(self, device: str) -> None:
        """It is kept out no longer."""
        with self._lock:
            self._untried.pop(device, None)
            self._let_in.pop(device, None)

    def _try(self, device: str, *, is_news: bool = True) -> Evicted:
        """The broker was told before: whoever is put out must not come back."""
        host, port = self._broker.host, self._broker.port
        answer = evict(self._authority, self._ca(), host, port, device)
        before, after = self._note(device, answer)
        if answer is Evicted.UNKNOWN:
            log.warning("the broker does not say whether it keeps %s out", device)
        elif device in after - before and (is_news or not before):
            self._tell(self._instruction(), False)
        elif before and not after:
            self._tell("the broker keeps out all that are retired", True)
        return answer

    def _note(self, device: str, answer: Evicted) -> tuple[set[str], set[str]]:
        """All that were let in before, and those that are now. Who is not known is tried again."""
        with self._lock:
            before = set(self._let_in)
            self._untried.pop(device, None)
            was_let_in = self._let_in.pop(device, "") is None
            if answer is Evicted.LET_IN or (answer is Evicted.UNKNOWN and was_let_in):
                self._let_in[device] = None
            elif answer is Evicted.UNKNOWN:
                self._untried[device] = None
            return before, set(self._let_in)

    def _look_later(self, seconds: float) -> None:
        with self._lock:
            if self._is_closed or not (self._let_in or self._untried):
                return
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(seconds, self._look)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> None:
        with self._lock:
            if not self._is_closed:
                self._pool.submit(self._go_on)

    def _go_on(self) -> None:
        """One of those that were not tried yet, else some of those that were let in."""
        with self._lock:
            untried = next(iter(self._untried), None)
            let_in = list(islice(self._let_in, MOST_AT_A_LOOK))
        wait_s = LOOK_S
        try:
            if untried is not None:
                wait_s = self._try_first(untried)
            else:
                for device in let_in:
                    self._try(device)
        except Exception:
            log.exception("it is not known whom the broker keeps out")
        finally:
            self._look_later(wait_s)

    def _try_first(self, device: str) -> float:
        """One that was retired before the start; seconds until the next one."""
        if device not in self._access.kept_out:
            self._leave_alone(device)
            return 0.0
        self._forget(device)
        answer = self._try(device, is_news=False)
        return LOOK_S if answer is Evicted.UNKNOWN else PACE_S

    def _instruction(self) -> str:
        if isinstance(self._broker, ExternalBroker):
            return f"still let in: {self._broker.instruction}"
        return "still let in: the broker has not read its rules; look at its log"
