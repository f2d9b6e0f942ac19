"""Windows wait together, and what else devices send is handled in the order in which it came."""

from pathlib import Path

from lamplighter_controller.link.chunks.chunk_server import ChunkServer
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.inbound_routes import MOST_WINDOWS, inbound_handlers
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


def test_what_else_is_sent_does_not_end_a_batch_and_keeps_its_order() -> None:
    routes = Routes()
    routes.request(1)
    routes.window(2)
    routes.request(3, "cam-2")
    routes.window(4)
    routes.window(5, "cam-2")
    routes.queue.run_due()
    assert routes.calls == ["coffee", [2, 4, 5], "coffee"]
    assert routes.done == [1, 2, 4, 5, 3]


def test_one_bad_window_costs_no_other(tmp_path: Path) -> None:
    routes = Routes()
    routes.fails = "cam-2"
    routes.window(1)
    routes.window(2, "cam-2")
    routes.window(3)
    routes.queue.run_due()
    assert routes.calls == [[1], [3]]
    assert routes.done == [1, 2, 3], "it would fail again"


def test_a_batch_takes_of_each_device_as_much() -> None:
    routes = Routes()
    for seq in range(1, 3 * MOST_WINDOWS + 1):
        routes.window(seq)
    routes.window(9_001, "cam-2")
    routes.queue.run_due()
    batches = [calls for calls in routes.calls if isinstance(calls, list)]
    assert 9_001 in batches[0]
    assert [len(batch) for batch in batches] == [MOST_WINDOWS] * 3 + [1]
    assert len(routes.done) == 3 * MOST_WINDOWS + 1
