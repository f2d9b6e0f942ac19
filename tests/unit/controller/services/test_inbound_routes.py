"""Windows wait together, and everything is handled in the order in which it came."""

from pathlib import Path

from lamplighter_controller.link.chunk_server import ChunkServer
from lamplighter_controller.services.decision_queue import DecisionQueue
from lamplighter_controller.services.inbound_routes import inbound_handlers
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import Request, Telemetry
from lamplighter_wire.transport.loopback import LoopbackBroker


class Routes:
    """Handlers that note what they are given; `fails` names a device whose windows raise."""

    def __init__(self) -> None:
        clock = ManualClock()
        self.queue = DecisionQueue(clock)
        self.calls: list[object] = []
        self.done: list[int] = []
        self.fails = ""
        chunks = ChunkServer(LoopbackBroker().client(), {}.get, clock)
        receivers = {"request": lambda _device, request: self.calls.append(request.kind)}
        self._handlers = inbound_handlers(receivers, self._windows, self.queue, chunks)

    def window(self, seq: int, device: str = "cam-1") -> None:
        window = Telemetry(device=device, seq=seq)
        self._handlers["telemetry"](device, window, lambda: self.done.append(seq))

    def request(self, seq: int, device: str = "cam-1") -> None:
        request = Request(device=device, kind="coffee", seq=seq)
        self._handlers["request"](device, request, lambda: self.done.append(seq))

    def _windows(self, windows: object) -> None:
        assert isinstance(windows, list)
        if any(w.device == self.fails for w in windows):
            raise RuntimeError("no such device")
        self.calls.append([w.seq for w in windows])


def test_what_waits_is_handled_at_once_and_then_acknowledged() -> None:
    routes = Routes()
    for seq in range(5):
        routes.window(seq)
    assert routes.done == []
    routes.queue.run_due()
    assert routes.calls == [[0, 1, 2, 3, 4]]
    assert routes.done == [0, 1, 2, 3, 4]
    routes.window(5)
    routes.queue.run_due()
    assert routes.calls[1:] == [[5]]


def test_what_is_no_window_ends_the_batch() -> None:
    routes = Routes()
    routes.window(1)
    routes.window(2)
    routes.request(3)
    routes.window(4)
    routes.window(5)
    routes.queue.run_due()
    assert routes.calls == [[1, 2], "coffee", [4, 5]]
    assert routes.done == [1, 2, 3, 4, 5]


def test_what_others_send_does_not_end_the_batch() -> None:
    routes = Routes()
    routes.window(1, "cam-2")
    for seq in (2, 4):
        routes.request(seq)
        routes.window(seq + 1, "cam-3")
    routes.window(6)
    routes.queue.run_due()
    assert routes.calls == [[1, 3, 5], "coffee", "coffee", [6]]


def test_a_window_waits_for_what_its_device_sent_before_it() -> None:
    routes = Routes()
    routes.request(1)
    routes.window(2)
    routes.queue.run_due()
    routes.window(3, "cam-2")
    routes.request(4)
    routes.window(5)
    routes.window(6, "cam-2")
    routes.queue.run_due()
    assert routes.calls == ["coffee", [2], [3], "coffee", [5, 6]]


def test_one_bad_window_costs_no_other(tmp_path: Path) -> None:
    routes = Routes()
    routes.fails = "cam-2"
    routes.window(1)
    routes.window(2, "cam-2")
    routes.window(3)
    routes.queue.run_due()
    assert routes.calls == [[1], [3]]
    assert routes.done == [1, 2, 3], "it would fail again"
