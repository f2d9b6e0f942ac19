"""Lines are laid on the road of a rendered street, and speeds set beside those of its trace."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_demo.benchmarks.counting.speeds import (
    Ground,
    Passage,
    Row,
    bench_speeds,
    lines_on_the_road,
    measured_passages,
    page,
    single_errors,
    space_mean,
    true_passages,
)
from lamplighter_demo.comparison.device_counts import Crossing
from lamplighter_demo.errors import DemoError
from lamplighter_scenes.cameras import CAMERAS
from lamplighter_scenes.crossings import Line
from lamplighter_scenes.trace import Trace, Track

NEAR, FAR = Line("near", 0, -5, 0, 5), Line("far", 20, -5, 20, 5)


def test_a_pixel_is_where_it_is_on_the_road() -> None:
    ground = Ground(CAMERAS["south-arm"], 640, 480)
    assert ground.metres(*ground.pixels(18.0, -22.0)) == pytest.approx((18.0, -22.0))
    assert ground.pixels(18.0, -22.0) == pytest.approx((320.0, 240.0), abs=1e-3), "it looks there"


def test_the_second_line_is_so_far_behind_the_first() -> None:
    ground = Ground(CAMERAS["south-arm"], 640, 480)
    near, far = lines_on_the_road(ground, Line("south", 425.0, 268.0, 95.0, 178.0), 15.0)
    assert np.hypot(far.x1 - near.x1, far.y1 - near.y1) == pytest.approx(15.0)
    assert ground.pixels(far.x1, far.y1)[1] < ground.pixels(near.x1, near.y1)[1]


def test_true_speeds_are_those_of_the_trace() -> None:
    # 10 m/s along x, a position each half second.
    rows = np.array([[-10.0 + 5.0 * n, 0.0, 0.0] for n in range(12)])
    trace = Trace(0.5, 12, (Track("car", 0, rows), Track("person", 0, rows)), {})
    (passage,), metres = true_passages(trace, 0.0, 5.5, (NEAR, FAR))
    assert (passage.line, passage.kmh) == ("far", pytest.approx(36.0))
    assert metres == pytest.approx(20.0, abs=0.6)


def test_measured_ones_are_paired_by_track() -> None:
    crossings = [
        Crossing("near", "in", "car", 1, 3.0, 2.0),
        Crossing("far", "in", "car", 2, 4.5, 4.0),
        Crossing("far", "in", "car", 1, 4.5, 4.0),
        Crossing("near", "in", "person", 3, 4.5, 4.0),
        Crossing("far", "in", "person", 3, 9.0, 8.0),
    ]
    (passage,) = measured_passages(crossings, 20.0)
    assert (passage.line, passage.at, passage.kmh) == ("far", 4.0, pytest.approx(36.0))


def test_means_and_errors() -> None:
    true = [Passage(4.0, 36.0, "far"), Passage(9.0, 18.0, "far"), Passage(9.5, 18.0, "far")]
    assert space_mean(true[:2]) == pytest.approx(24.0)
    assert space_mean([]) == 0.0
    measured = [Passage(4.2, 27.0, "far"), Passage(9.2, 50.0, "far"), Passage(30.0, 9.0, "far")]
    assert single_errors(true, measured) == [pytest.approx(0.25)], "the others are not told apart"


def test_the_shipped_clips_with_true_boxes(tmp_path: Path) -> None:
    deploy = Path(__file__).resolve().parents[5] / "deploy/demo"
    rows = bench_speeds(deploy / "clips", deploy / "traces", [], [], tmp_path, [6.25])
    assert [(row.camera, row.source) for row in rows] == [
        ("south-arm", "true boxes"),
        ("east-arm", "true boxes"),
    ]
    for row in rows:
        assert row.measured >= 0.75 * row.true > 0
        assert row.measured_kmh == pytest.approx(row.true_kmh, rel=0.05)
        assert row.single_error < 0.03


def test_without_clips_it_says_how_to_make_some(tmp_path: Path) -> None:
    traces = Path(__file__).resolve().parents[5] / "deploy/demo/traces"
    with pytest.raises(DemoError, match="scenes render"):
        bench_speeds(tmp_path, traces, [], [], tmp_path)


def test_a_page_has_a_row_for_each() -> None:
    row = Row("east-arm", "int8-full at 512x384", 6.25, 10, 9, 25.18, 25.34, 0.0142)
    wanted = "| int8-full at 512x384 | 6.25 | east-arm | 9 of 10 | 25.2 km/h | 25.3 km/h | 1.4% |"
    assert page([row]).splitlines()[2] == wanted
