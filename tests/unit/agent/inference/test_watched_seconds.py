"""Windows tell how much of them was watched, whatever the camera does at their end."""

import pytest
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.monitoring.watched_time import LONGEST_S, WatchedTime
from lamplighter_wire.clock import ManualClock

from tests.unit.agent.inference.test_serve_loop import Bench, Street


class LossyStreet(Street):
    """Gives nothing between two moments, and takes a while over that."""

    lost_from_s, lost_until_s = 1e9, 1e9

    def read(self) -> Frame | None:  # type: ignore[override]
        if self.lost_from_s <= self._clock.monotonic() < self.lost_until_s:
            self.state = "lost"
            self._clock.advance(0.5)
            return None
        self.state = "ok"
        return super().read()


def lossy(**settings: float) -> tuple[Bench, LossyStreet]:
    bench = Bench(street=LossyStreet, **settings)
    assert isinstance(bench.street, LossyStreet)
    return bench, bench.street


def test_a_camera_that_is_back_in_the_last_second_was_away_before() -> None:
    bench, street = lossy()
    bench.serve()
    begin_s = bench.clock.monotonic()
    street.lost_from_s, street.lost_until_s = begin_s + 1.0, begin_s + 9.0
    bench.run(21)
    first, second = bench.heard.windows[:2]
    assert first.source_state == "ok", "it is back at the end"
    assert first.lost_s == pytest.approx(8.0, abs=0.8)
    assert first.watched_s == pytest.approx(2.0, abs=0.8)
    assert (second.watched_s, second.lost_s) == (pytest.approx(second.seconds), 0.0)


def test_nothing_is_watched_while_nothing_is_served_or_every_frame_fails() -> None:
    bench, street = lossy()
    bench.run(11)
    bench.serve()
    street.damaged = True
    bench.run(11)
    unserved, failed = bench.heard.windows
    assert (unserved.watched_s, unserved.lost_s, unserved.frames) == (0.0, 0.0, 0)
    assert failed.watched_s == 0.0
    assert failed.dropped > 0


def test_a_model_that_comes_in_the_middle_has_watched_the_rest() -> None:
    bench, _ = lossy()
    bench.run(6)
    bench.serve()
    bench.run(5)
    (window,) = bench.heard.windows
    assert window.watched_s == pytest.approx(4.0, abs=1.2)


def test_a_frame_vouches_for_no_pause_and_the_windows_share_what_straddles() -> None:
    clock = ManualClock()
    watched = WatchedTime(clock)
    clock.advance(60.0)
    watched.looked()
    assert watched.take(3.0) == (3.0, 0.0)
    assert watched.take(10.0) == (LONGEST_S - 3.0, 0.0)
