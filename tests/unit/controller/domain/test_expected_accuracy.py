"""What accuracy is expected at a site, and that the choice follows it where the ranking flips."""

import pytest
from lamplighter_controller.domain.expected_accuracy import (
    ANOTHER_STREET,
    OWN_EVALUATION,
    at_site,
)
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.planner import choose
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.tasks.detection import REGIMES

from tests.simulators.planning import make_spec, make_view

# AP50 of the full parent at 384x288 and of the half-width one at 512x384: as measured on pictures
# of the cameras that the catalogue's figures come from, and on streets that no training saw.
HOME = {"full": 0.752, "half": 0.781}
STREETS = {
    "braunschweig": {"full": 0.806, "half": 0.823},
    "braunschweig-low": {"full": 0.671, "half": 0.695},
    "braunschweig-high": {"full": 0.651, "half": 0.690},
    "braunschweig-tele": {"full": 0.774, "half": 0.770},
    "ingolstadt": {"full": 0.693, "half": 0.682},
    "ingolstadt-low": {"full": 0.705, "half": 0.588},
    "ingolstadt-high": {"full": 0.617, "half": 0.609},
    "ingolstadt-tele": {"full": 0.720, "half": 0.658},
}
SIZE = {"full": "384x288", "half": "512x384"}


def measured(name: str, **more: object) -> VariantSpec:
    """One of the two points, with its figure at home and on the unseen streets."""
    size = SIZE[name]
    return make_spec(
        name,
        "int8",
        sizes=[size],
        parent=name,
        mmac={size: 700.0},
        expected_ap50={size: dict.fromkeys(REGIMES, HOME[name])},
        street_ap50={street: {size: row[name]} for street, row in STREETS.items()},
        **more,
    )


def chosen(specs: list[VariantSpec], site: str = "") -> str:
    plan = choose(make_view(), Objective(), at_site(specs, site), Predictor())
    assert plan.primary is not None
    return plan.primary.spec.id


def test_the_better_point_at_home_is_not_the_one_for_another_street() -> None:
    specs = [measured("full"), measured("half")]
    home = choose(make_view(), Objective(), specs, Predictor())
    assert home.primary is not None and home.primary.spec.id == "half"
    assert chosen(specs) == "full"
    full, half = at_site(specs, "")
    mean = sum(row["half"] for row in STREETS.values()) / len(STREETS)
    assert half.ap50(512, 384, "day-dry-free") == pytest.approx(mean)
    assert half.ap50(512, 384, "day-dry-free") < full.ap50(384, 288, "day-dry-free")


def test_what_was_measured_at_the_site_itself_counts_there_and_nowhere_else() -> None:
    own = {"depot": {"512x384": dict.fromkeys(REGIMES, 0.76)}}
    specs = [measured("full"), measured("half", site_ap50=own)]
    assert chosen(specs, "depot") == "half"
    assert chosen(specs, "elsewhere") == "full"
    (half,) = at_site([measured("half", site_ap50=own)], "depot")
    assert half.ap50(512, 384, "night-dry-jam") == 0.76


def test_the_plan_says_what_it_rests_on_and_how_wide_it_is() -> None:
    plan = choose(make_view(), Objective(), at_site([measured("half")], ""), Predictor())
    assert plan.primary is not None
    predicted = plan.primary.predicted
    assert predicted.ap50_basis == ANOTHER_STREET
    assert predicted.ap50_range == (pytest.approx(0.588), pytest.approx(0.823))
    assert predicted.ap50_share == pytest.approx(predicted.expected_ap50 / HOME["half"])
    assert any("expected (another street, 0.59 to 0.82)" in reason for reason in plan.reasons)
    own = {"depot": {"512x384": dict.fromkeys(REGIMES, 0.76)}}
    (half,) = at_site([measured("half", site_ap50=own)], "depot")
    assert half.at(512, 384).at_site.basis == OWN_EVALUATION


def test_each_regime_keeps_its_place() -> None:
    regimes = {"day-dry-free": 0.9, "day-dry-jam": 0.6}
    spec = make_spec("one", expected_ap50={"384x288": regimes}, street_ap50={"a": {"384x288": 0.6}})
    (there,) = at_site([spec], "")
    assert there.expected_ap50["384x288"] == pytest.approx(
        {"day-dry-free": 0.72, "day-dry-jam": 0.48}
    )


def test_a_variant_that_was_not_measured_there_is_expected_to_lose_as_others_do() -> None:
    sibling = make_spec("sibling", parent="half", expected_ap50=measured("half").expected_ap50)
    stranger = make_spec("stranger", parent="new", expected_ap50=measured("half").expected_ap50)
    specs = at_site([measured("full"), measured("half"), sibling, stranger], "")
    half, of_sibling, of_stranger = (spec.ap50(512, 384, "day-dry-free") for spec in specs[1:])
    assert of_sibling == half
    assert of_stranger == half  # the half-width parent loses most


def test_where_nothing_was_measured_elsewhere_the_figures_stay_but_are_labelled() -> None:
    spec = make_spec("plain")
    (there,) = at_site([spec], "")
    assert there.expected_ap50 == spec.expected_ap50
    sized = there.at(384, 288)
    assert (sized.at_site.basis, sized.at_site.low, sized.at_site.high) == (ANOTHER_STREET, 0, 0)


def test_a_size_that_was_not_measured_goes_by_the_nearest() -> None:
    spec = make_spec("one", street_ap50={"a": {"384x288": 0.415}, "b": {"384x288": 0.415}})
    (there,) = at_site([spec], "")
    for width, height in ((256, 192), (384, 288), (512, 384)):
        before = spec.ap50(width, height, "day-dry-free")
        assert before is not None
        assert there.ap50(width, height, "day-dry-free") == pytest.approx(before * 0.415 / 0.825)


def test_a_task_loses_nothing_by_what_another_task_was_measured_to_lose() -> None:
    scenes = make_spec(
        "scenes", "int8", task="classification", expected_ap50={"224x224": {"day": 0.9}}
    )
    unmeasured = make_spec("new", "int8", parent="new", expected_ap50={"384x288": {"": 0.9}})
    _, other, same = at_site([measured("half"), scenes, unmeasured], "")
    assert other.expected_ap50 == {"224x224": {"day": 0.9}}
    assert same.expected_ap50["384x288"][""] < 0.9
