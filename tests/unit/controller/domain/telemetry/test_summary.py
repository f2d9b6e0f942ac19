"""Windows put together: nothing is lost, doubled or mixed."""

from random import Random

import msgspec
import pytest
from lamplighter_controller.domain.telemetry.conditions import Conditions, conditions_of
from lamplighter_controller.domain.telemetry.summary import (
    HOUR_S,
    MEASURED,
    METRIC,
    ReceivedWindow,
    Summary,
    summaries_of,
    together,
    widened,
)
from lamplighter_demo.benchmarks.measured_windows import measured_window
from lamplighter_wire.enums import EnergySource
from lamplighter_wire.messages import Telemetry

# Read from the sketch, the sums or the conditions instead, or of no use beside others.
ELSEWHERE = {"device", "stream", "seq", "start", "seconds", "frames", "dropped", "fps_served"}
ELSEWHERE |= {"latency_p50_ms", "latency_p99_ms", "counts", "metrics", "source_reason"}
ELSEWHERE |= {"configuration", "heights", "occupancy", "paces", "reference", "rested"}
ELSEWHERE |= {"reference_weaker", "watched_s", "lost_s"}


def received(window: Telemetry, received_at: float = 5.0) -> ReceivedWindow:
    return ReceivedWindow(window, conditions_of(window), received_at)


def windows(count: int) -> list[Telemetry]:
    return [measured_window(number) for number in range(count)]


def test_sums_means_and_extremes() -> None:
    first = measured_window(0)
    pair = [
        msgspec.structs.replace(first, seq=1, frames=10, seconds=10.0, power_w=2.0, dropped=1),
        msgspec.structs.replace(
            first, seq=2, frames=30, seconds=30.0, power_w=6.0, dropped=2, rested=5
        ),
    ]
    (summary,) = summaries_of([received(pair[0], 5.0), received(pair[1], 9.0)])
    assert (summary.windows, summary.frames, summary.dropped) == (2, 40, 3)
    assert together([summary, summary])[0].rested == 2 * summary.rested == 10
    assert (summary.seconds, summary.received_at) == (40.0, 9.0)
    assert summary.numbers == {1, 2}
    assert summary.figures["power_w"] == (40.0, pytest.approx(5.0), 2.0, 6.0)
    assert summary.counts == {
        line: {kind: 2 * count for kind, count in by_class.items()}
        for line, by_class in first.counts.items()
    }
    assert summary.latency.percentile_ms(95) == pytest.approx(first.latency_p95_ms, rel=0.025)


def test_metrics_of_another_task_are_averaged_over_frames() -> None:
    first = msgspec.structs.replace(measured_window(0), frames=10, metrics={"wet_share": 0.1})
    second = msgspec.structs.replace(first, seq=9, frames=30, metrics={"wet_share": 0.9})
    without = msgspec.structs.replace(first, seq=10, frames=30, metrics={})
    summaries = [summaries_of([received(w)])[0] for w in (first, second, without)]
    (summary,) = together(summaries)
    assert summary.figures[f"{METRIC}wet_share"] == (40.0, pytest.approx(0.7), 0.1, 0.9)


def test_what_was_not_measured_has_no_mean() -> None:
    window = msgspec.structs.replace(measured_window(0), temperature_c=None, frames=0)
    (summary,) = summaries_of([received(window)])
    assert not {"temperature_c", "energy_mj_per_frame"} & set(summary.figures)
    warm = msgspec.structs.replace(window, temperature_c=40.0, seq=9)
    (both,) = summaries_of([received(window), received(warm)])
    assert both.figures["temperature_c"].mean == pytest.approx(40.0)


@pytest.mark.parametrize(
    "change",
    [
        {"energy_source": EnergySource.RAPL},
        {"disturbed": True},
        {"source_state": "lost"},
        {"serving": msgspec.structs.replace(measured_window(0).serving, width=512)},
        {"regime": msgspec.structs.replace(measured_window(0).regime, light="night")},
    ],
)
def test_conditions_are_never_mixed(change: dict[str, object]) -> None:
    window = measured_window(0)
    other = msgspec.structs.replace(window, seq=2, **change)
    assert len(summaries_of([received(window), received(other)])) == 2


def totals(summaries: list[Summary]) -> list[object]:
    """Comparable: what is summed exactly, and means as they are shown."""
    return sorted(
        (
            s.resolution_s,
            s.start,
            str(s.conditions),
            s.windows,
            s.frames,
            s.latency,
            sorted(s.counts.items()),
            [(name, f"{spread.mean:.9g}", spread.low) for name, spread in s.figures.items()],
        )
        for s in summaries
    )


def test_it_does_not_matter_in_which_portions_windows_are_put_together() -> None:
    entries = [received(window) for window in windows(400)]
    whole = summaries_of(entries)
    dice = Random(3)
    dice.shuffle(entries)
    portions = [summaries_of(entries[first : first + 37]) for first in range(0, 400, 37)]
    pieces = together(summary for portion in portions for summary in portion)
    assert totals(pieces) == totals(whole)
    hours = together(map(widened, whole))
    assert totals(together(map(widened, pieces))) == totals(hours)
    assert {hour.resolution_s for hour in hours} == {HOUR_S}
    assert sum(hour.windows for hour in hours) == 400
    assert len(hours) == 3, "one free and then jammed, one jammed"


def test_a_field_that_is_new_on_the_wire_is_not_forgotten() -> None:
    """Give it a place: among what is measured, or with what must be the same."""
    there = ELSEWHERE | set(MEASURED) | set(Conditions.__struct_fields__)
    assert set(Telemetry.__struct_fields__) - there == set()


def test_no_count_is_too_large_to_be_summed() -> None:
    window = msgspec.structs.replace(measured_window(0), frames=2**70, counts={"a": {"b": 2**70}})
    (summary,) = summaries_of([received(window)])
    assert summary.frames == summary.counts["a"]["b"] == 10**9
