"""What error of counts is expected where nobody has counted."""

import pytest
from lamplighter_controller.domain.street.expected_counts import with_expected_counts
from lamplighter_controller.domain.variants import ESTIMATE, MEASURED, VariantSpec
from lamplighter_wire.street.count_error import CountError
from lamplighter_wire.tasks.detection import REGIMES

from tests.simulators.planning import SIZES, make_spec


def _counted(name: str, ap50: float) -> VariantSpec:
    """Its errors fall with its accuracy, by as much as that rises."""
    spec = make_spec(name, ap50=ap50)
    table = {
        size: {
            regime: [
                CountError(fps=3.0, error=1.1 - accuracy, low=0.0, high=1.0),
                CountError(fps=6.0, error=1.0 - accuracy, low=0.0, high=1.0),
            ]
            for regime, accuracy in row.items()
        }
        for size, row in spec.expected_ap50.items()
    }
    return make_spec(name, ap50=ap50, count_errors=table, counts_basis=MEASURED)


def test_the_estimate_follows_the_accuracy_at_each_rate():
    specs = with_expected_counts([_counted("a", 0.8), _counted("b", 0.6), make_spec("c", ap50=0.7)])
    assert [spec.counts_basis for spec in specs] == [MEASURED, MEASURED, ESTIMATE]
    regime, size = REGIMES[0], SIZES[0]
    accuracy = specs[2].expected_ap50[size][regime]
    rows = specs[2].count_errors[size][regime]
    assert [row.fps for row in rows] == [3.0, 6.0]
    assert [row.error for row in rows] == pytest.approx([1.1 - accuracy, 1.0 - accuracy], abs=1e-3)
    assert all(row.low <= row.error <= row.high for row in rows)


def test_a_sibling_that_was_measured_tells_most():
    """They compute alike, so what one counts well by luck of its parent the other does, too."""
    measured = [_counted("a", 0.8), _counted("b", 0.6)]
    lucky = {
        size: {
            regime: [CountError(fps=row.fps, error=row.error - 0.05) for row in rows]
            for regime, rows in by_regime.items()
        }
        for size, by_regime in measured[0].count_errors.items()
    }
    measured[0] = make_spec(
        "a", ap50=0.8, count_errors=lucky, counts_basis=MEASURED, parent="p", model_version="1"
    )
    same = make_spec("c", precision="int8", ap50=0.8, parent="p", model_version="1")
    worse = make_spec("d", ap50=0.7, parent="p", model_version="1")
    found = {spec.id: spec for spec in with_expected_counts([*measured, same, worse])}
    size, regime = SIZES[1], REGIMES[0]
    errors = {name: spec.count_errors[size][regime][1].error for name, spec in found.items()}
    assert errors["c"] == pytest.approx(errors["a"], abs=1e-3)
    assert found["c"].count_scores == {}, "a is in floats, and its scores are others"
    assert errors["d"] > errors["a"] + 0.05


def test_an_estimate_makes_no_other_estimate():
    once = with_expected_counts([_counted("a", 0.8), make_spec("b", ap50=0.7)])
    alone = with_expected_counts([once[1]])
    assert alone[0].count_errors == once[1].count_errors
    assert with_expected_counts(once) == once


def test_another_task_tells_nothing():
    other = make_spec("c", task="road-state")
    assert with_expected_counts([_counted("a", 0.8), other])[1].count_errors == {}


def test_counts_that_do_not_suffer_stay_as_they_are():
    flat = {
        size: {regime: [CountError(fps=6.0, error=0.1)] for regime in REGIMES} for size in SIZES
    }
    measured = make_spec("a", count_errors=flat, counts_basis=MEASURED)
    worse = with_expected_counts([measured, make_spec("b", ap50=0.2)])[1]
    assert worse.count_errors[SIZES[0]][REGIMES[0]][0].error == pytest.approx(0.1)


def test_who_computes_alike_counts_by_the_scores_that_were_measured_with():
    """A network in another runtime gives almost the same boxes, and scores of its own for these
    were chosen on few pictures."""
    scores = {"": 0.35, "night-dry-free": 0.3}
    a = _counted("a", 0.8)
    measured = make_spec(
        "a",
        precision="int8",
        ap50=0.8,
        parent="p",
        model_version="1",
        count_errors=a.count_errors,
        counts_basis=MEASURED,
        thresholds=scores,
    )
    own = {"": 0.2}
    same = make_spec("c", precision="int8", ap50=0.8, parent="p", model_version="1", thresholds=own)
    floats = make_spec("d", ap50=0.8, parent="p", model_version="1", thresholds=own)
    others = [_counted("b", 0.6), same, floats]
    found = {spec.id: spec for spec in with_expected_counts([measured, *others])}
    assert found["c"].count_scores == scores
    assert found["d"].count_scores == {}
    assert found["a"].count_scores == {}, "its own are those"
