"""What is on disk is read for ever."""

import msgspec
import pytest
from lamplighter_controller.domain.telemetry.conditions import conditions_of
from lamplighter_controller.domain.telemetry.summary import (
    MEASURED,
    ReceivedWindow,
    Spread,
    summaries_of,
)
from lamplighter_controller.store.telemetry.packing import (
    VALUES,
    pack_summary,
    pack_window,
    unpack_summary,
    unpack_window,
)
from lamplighter_demo.benchmarks.measured_windows import measured_window
from lamplighter_wire.messages import Telemetry

KEY = {"device": "cam-1", "start": 5.0, "seq": 7}


def test_a_row_of_before_is_read_when_values_were_added() -> None:
    """Values that were added since have their defaults, and what is unknown is left out."""
    window = msgspec.convert(KEY | {"seconds": 10.5, "frames": 3}, Telemetry)
    raw = msgspec.msgpack.encode([{"of_tomorrow": 1}, 10.5, 3])
    assert unpack_window(raw, KEY, conditions_of(window)) == window


def test_values_keep_their_order() -> None:
    assert VALUES[:4] == ("seconds", "frames", "dropped", "fps_demand")
    assert VALUES[20:] == ("count_imbalance", "counts", "response_p95_ms")
    assert (len(VALUES), list(MEASURED).index("count_imbalance")) == (23, 14)


def test_nothing_of_a_window_is_rounded() -> None:
    for number in range(50):
        window = measured_window(number)
        key = {"device": window.device, "start": window.start, "seq": window.seq}
        assert unpack_window(pack_window(window), key, conditions_of(window)) == window


def test_a_summary_comes_back_with_the_digits_that_a_sensor_has() -> None:
    windows = [measured_window(number) for number in range(20)]
    (summary,) = summaries_of(ReceivedWindow(w, conditions_of(w), 9.0) for w in windows)
    summary = msgspec.structs.replace(
        summary, figures={**summary.figures, "of_another_task": Spread(1.0, 2.0, 2.0, 2.0)}
    )
    key = {n: getattr(summary, n) for n in ("device", "resolution_s", "start", "received_at")}
    read = unpack_summary(pack_summary(summary), key, summary.conditions)
    exact = {"figures": {}}
    assert msgspec.structs.replace(read, **exact) == msgspec.structs.replace(summary, **exact)
    assert set(read.figures) == set(summary.figures)
    for name, spread in summary.figures.items():
        assert read.figures[name] == pytest.approx(spread, rel=1e-6)
