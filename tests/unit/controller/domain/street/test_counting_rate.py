"""The frame rate that is worth it for counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.street.counting_rate import RateLimits, best_rate, for_device
from lamplighter_wire.messages import Limits, Prediction
from lamplighter_wire.street.count_error import CountError

ROWS = [CountError(fps=f, error=e) for f, e in ((3.0, 0.16), (6.0, 0.13), (12.0, 0.125))]


def _around(fps: float, **limits: float) -> RateLimits:
    return RateLimits(Limits(**limits), 1.0, 0.8, fps, 1.25 * fps)


def _best(fps: float, latency_ms: float = 10.0, rows=ROWS, **limits: float):
    predicted = Prediction(latency_p95_ms=latency_ms, energy_mj_per_frame=100.0)
    return best_rate(rows, predicted, _around(fps, **limits), 0.01, 0.5)


def test_more_frames_are_taken_only_where_they_count_better():
    busy = _best(15.0)
    assert busy is not None and (busy.cap, busy.fps) == (6.0, 6.0), "twice as many gain nothing"
    quiet = _best(2.0)
    assert quiet is not None and (quiet.cap, quiet.fps) == (12.0, 2.0), "nobody asks for more"


def test_limits_lower_the_rate_and_never_break():
    slow = _best(15.0, latency_ms=200.0)
    assert slow is not None and slow.cap == 3.0 and not slow.broken
    slower = _best(15.0, latency_ms=400.0)
    assert slower is not None and slower.cap == 2.0 and slower.error.error > ROWS[0].error
    assert _best(15.0, latency_ms=4000.0) is None, "that is no service"
    assert _best(15.0, power_w=0.5) is None, "the idle device takes more"
    frugal = _best(15.0, power_w=1.45)
    assert frugal is not None and frugal.cap == 3.0


def test_the_demand_may_grow_up_to_the_bound():
    # 130 ms a frame keep 6.1 frames/s: enough for 5 now, not for 6.25 which may come.
    tight = _best(5.0, latency_ms=130.0)
    assert tight is not None and tight.cap == 6.0, "which bounds what may come"


def test_streams_share_and_cameras_bound():
    assert [row.fps for row in for_device(ROWS, 0.0, 2)] == [6.0, 12.0, 24.0]
    bounded = for_device(ROWS, 4.5, 1)
    assert [row.fps for row in bounded] == [3.0, 4.5]
    assert bounded[-1].error == pytest.approx(0.145)
    assert for_device([], 4.5, 1) == []


@given(st.floats(0.5, 30.0), st.floats(1.0, 1500.0), st.floats(0.0, 5.0))
def test_what_is_chosen_keeps_every_limit(fps, latency_ms, power_w):
    rate = _best(fps, latency_ms, power_w=power_w)
    assert rate is None or (not rate.broken and 0 < rate.fps <= min(fps, rate.cap))
