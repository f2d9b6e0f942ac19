"""Lines through what cameras have shown."""

import numpy as np
import pytest
from lamplighter_recipes.benchmarks.cameras.lines import Shown, line_through, spread_line
from lamplighter_wire.street.camera_figures import AccuracyFit


def shown(noise: float = 0.0) -> list[Shown]:
    """AP50 is half the figure and .3 by day, .1 less by night."""
    rng = np.random.default_rng(2)
    return [
        Shown(
            f"camera-{number}",
            regime,
            figure,
            0.3 + 0.5 * figure - 0.1 * (regime == "night") + noise * rng.normal(),
            objects=200,
        )
        for number, figure in enumerate(np.linspace(0.2, 1.0, 40))
        for regime in ("day", "night")
    ]


def test_it_finds_slope_base_and_regimes() -> None:
    line = line_through(shown())
    assert line.at(0.5, "day") == pytest.approx(0.55, abs=0.005)
    assert line.at(0.9, "night") == pytest.approx(0.65, abs=0.005)
    assert line.at(0.5, "rain") == pytest.approx((0.55 + 0.45) / 2, abs=0.005), "not measured"
    assert line.cameras == 40


def test_its_spread_is_what_it_is_off_elsewhere() -> None:
    assert spread_line(shown()).spread < 0.005
    assert spread_line(shown(noise=0.05)).spread == pytest.approx(0.05, rel=0.2)


def test_accuracy_stays_what_it_can_be_and_of_nothing_there_is_no_line() -> None:
    steep = AccuracyFit(slope=3.0, base=-1.0)
    assert (steep.at(1.0, ""), steep.at(0.0, "")) == (1.0, 0.0)
    assert line_through([]) == spread_line([]) == AccuracyFit()


def test_objects_weigh() -> None:
    rows = [Shown("a", "day", 0.5, 0.2, 10), Shown("b", "day", 0.5, 0.8, 90)]
    assert line_through(rows).at(0.5, "day") == pytest.approx(0.74, abs=0.01)
