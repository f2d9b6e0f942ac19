"""What is expected of variants before one camera, by the heights that it has seen."""

import msgspec
import pytest
from lamplighter_controller.domain.expected_accuracy import (
    ANOTHER_STREET,
    OWN_EVALUATION,
    at_site,
)
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.planner import choose
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.street.at_camera import (
    AS_OTHERS,
    BY_AGREEMENT,
    BY_HEIGHTS,
    at_camera,
)
from lamplighter_controller.domain.street.camera_figures import with_camera_figures
from lamplighter_controller.domain.street.labelled import LabelledAccuracy
from lamplighter_controller.domain.street.seen_streets import LEAST_BOXES, LEAST_COMPARED
from lamplighter_controller.domain.street.sights import Sight
from lamplighter_controller.domain.variants import BY_LABELS, VariantSpec
from lamplighter_wire.street.camera_figures import CameraFigures

from tests.simulators.height_worlds import boxes, figures
from tests.simulators.planning import make_spec, make_view

REGIME, OTHER = "day-dry-free", "night-dry-free"
SIZE = (384, 288)
FULL = make_spec("full", ap50=0.8, camera_figures=figures(0.5, 0.9))
HALF = make_spec("half", ap50=0.75, work=0.4, camera_figures=figures(0.2, 0.85))
PLAIN = make_spec("plain", ap50=0.7)


def sight(low: int = 20, tall: int = 980, point: str = "full@384x288", **more: object) -> Sight:
    told = {"regime": REGIME, "threshold": 0.5, "pictures": 100, "cells": boxes(low, tall)}
    return Sight(point=point, **{**told, **more})  # type: ignore[arg-type]


def there(*sights: Sight, specs: tuple[VariantSpec, ...] = (FULL, HALF)) -> list[VariantSpec]:
    return at_camera(at_site(specs, ""), sights)


def ap50(spec: VariantSpec, regime: str = REGIME) -> float:
    known = spec.ap50(*SIZE, regime)
    assert known is not None
    return known


def test_before_a_camera_of_tall_road_users_more_is_expected_than_before_one_of_low_ones() -> None:
    near, far = there(sight(20, 980)), there(sight(900, 100))
    assert ap50(near[0]) > 0.85
    assert ap50(far[0]) < 0.6
    assert ap50(far[0]) - ap50(far[1]) > ap50(near[0]) - ap50(near[1]) > 0
    assert near[0].at(*SIZE).share_in(REGIME).basis == BY_HEIGHTS


def test_what_is_expected_does_not_hang_on_the_point_that_serves() -> None:
    """Of 1000 low and 1000 tall ones, each point shows what it finds of them."""
    by_full = there(sight(500, 900))
    by_half = there(sight(200, 850, point="half@384x288"))
    for one, other in zip(by_full, by_half, strict=True):
        assert ap50(one) == pytest.approx(ap50(other), abs=0.01)


def test_another_regime_is_as_it_was() -> None:
    before, after = at_site([FULL], "")[0], there(sight())[0]
    assert ap50(after, OTHER) == ap50(before, OTHER)
    assert after.at(*SIZE).share_in(OTHER).basis == ANOTHER_STREET


def test_a_few_boxes_say_nothing() -> None:
    few = sight(0, LEAST_BOXES - 1)
    assert there(few) == at_site([FULL, HALF], "")
    assert ap50(there(few, few)[0]) != ap50(FULL)


@pytest.mark.parametrize(
    "unknown",
    [
        {"point": "gone@384x288"},
        {"point": "full@512x384"},
        {"cells": (5000,)},
        {"cells": ()},
    ],
)
def test_sights_by_points_that_were_not_measured_say_nothing(unknown: dict[str, object]) -> None:
    assert there(sight(**unknown)) == at_site([FULL, HALF], "")  # type: ignore[arg-type]


def test_agreement_moves_all_points_the_same_way() -> None:
    known = {"reference": "full@384x288", "compared": 100.0, "agreed_boxes": 100.0}
    by_half = {"low": 100, "tall": 850, "point": "half@384x288"}
    usual = there(sight(**by_half))  # type: ignore[arg-type]
    bad = there(sight(**by_half, **known, agreements=30.0))  # type: ignore[arg-type]
    good = there(sight(**by_half, **known, agreements=95.0))  # type: ignore[arg-type]
    for worse, as_usual, better in zip(bad, usual, good, strict=True):
        assert ap50(worse) < ap50(as_usual) < ap50(better)
    assert {spec.at(*SIZE).share_in(REGIME).basis for spec in bad} == {BY_AGREEMENT}
    low, high = bad[0].at(*SIZE).share_in(REGIME).low, bad[0].at(*SIZE).share_in(REGIME).high
    assert low < bad[0].at(*SIZE).share_in(REGIME).share < high


def test_of_the_best_point_that_serves_the_next_one_tells() -> None:
    """No agreement tells of the best; what it tells of the other moves both."""
    best = make_spec("full", ap50=0.8, camera_figures=unlined(figures(0.5, 0.9)))
    known = {"reference": "half@384x288", "compared": 100.0, "agreed_boxes": 100.0}
    usual = there(sight(500, 900), specs=(best, HALF))
    bad = there(sight(500, 900, **known, agreements=30.0), specs=(best, HALF))
    for worse, as_usual in zip(bad, usual, strict=True):
        assert ap50(worse) < ap50(as_usual)
        assert worse.at(*SIZE).share_in(REGIME).basis == BY_AGREEMENT
    assert ap50(bad[1]) == pytest.approx(0.3, abs=0.01)


def unlined(known: CameraFigures) -> CameraFigures:
    return msgspec.structs.replace(known, by_agreement={})


@pytest.mark.parametrize(
    "flaw",
    [
        {"compared": LEAST_COMPARED - 1.0},
        {"reference": ""},
        {"reference": "gone@1x1"},
        {"reference": "full@512x384"},
        {"agreed_boxes": 0.0},
    ],
)
def test_agreement_that_is_rare_or_with_a_stranger_is_passed_over(
    flaw: dict[str, object],
) -> None:
    known = {"reference": "full@384x288", "compared": 100.0}
    known |= {"agreements": 20.0, "agreed_boxes": 100.0} | flaw
    seen = there(sight(100, 850, point="half@384x288", **known))
    assert seen[0].at(*SIZE).share_in(REGIME).basis == BY_HEIGHTS


def test_what_was_not_measured_by_height_loses_as_the_others_do() -> None:
    far, near = there(sight(900, 100), specs=(FULL, PLAIN)), there(sight(), specs=(FULL, PLAIN))
    assert ap50(far[1]) < ap50(PLAIN) < ap50(near[1])
    assert far[1].at(*SIZE).share_in(REGIME).basis == AS_OTHERS
    scenes = make_spec("scenes", task="classification")
    assert there(sight(), specs=(FULL, scenes))[1] == at_site([scenes], "")[0]


def test_a_variant_has_the_figures_of_its_parents_other_variant() -> None:
    measured = make_spec("a", "int8", parent="p", camera_figures=figures(0.5, 0.9))
    sibling, stranger = make_spec("b", parent="p"), make_spec("c", parent="q")
    known = with_camera_figures([measured, sibling, stranger])
    assert [bool(spec.camera_figures) for spec in known] == [True, True, False]


def test_the_plan_follows_and_says_what_it_rests_on() -> None:
    """By tall ones the half network is as good as the full one, by low ones it is blind."""
    cheap = make_spec("cheap", ap50=0.8, work=0.2, camera_figures=figures(0.0, 0.9))
    dear = make_spec("dear", ap50=0.8, work=1.0, camera_figures=figures(0.9, 0.9))

    def chosen(*sights: Sight) -> tuple[str, list[str]]:
        specs = there(*sights, specs=(cheap, dear))
        plan = choose(make_view(), Objective(), specs, Predictor())
        assert plan.primary is not None
        return plan.primary.spec.id, plan.reasons

    far = sight(900, 900, point="dear@384x288")
    by_far, reasons = chosen(far)
    assert by_far == "dear"
    assert any(BY_HEIGHTS in reason for reason in reasons)
    assert chosen(sight(0, 900, point="dear@384x288"))[0] == "cheap"


def labelled(point: str = "full@384x288", ap50: float = 0.6) -> LabelledAccuracy:
    variant, _, size = point.partition("@")
    return LabelledAccuracy(
        variant=variant, size=size, regime=REGIME, ap50=ap50, low=ap50 - 0.1, high=ap50 + 0.1
    )


def test_labels_win_over_what_was_seen_and_others_follow_them() -> None:
    specs = at_site([FULL, HALF], "")
    seen = at_camera(specs, [sight()])
    told = at_camera(specs, [sight()], [labelled(ap50=0.6)])
    assert ap50(told[0]) == pytest.approx(0.6)
    share = told[0].at(*SIZE).share_in(REGIME)
    assert share.basis == BY_LABELS
    assert (share.low / share.share, share.high / share.share) == pytest.approx(
        (0.5 / 0.6, 0.7 / 0.6)
    )
    assert ap50(told[1]) < ap50(seen[1])
    assert told[1].at(*SIZE).share_in(REGIME).basis == AS_OTHERS
    assert ap50(told[0], OTHER) == ap50(specs[0], OTHER)


def test_labels_of_points_that_are_gone_say_nothing() -> None:
    specs = at_site([FULL], "")
    assert at_camera(specs, (), [labelled("gone@384x288"), labelled("full@64x64")]) == specs


def test_a_plan_tells_the_share_of_the_figure_that_the_device_has() -> None:
    """A device steps between rungs by its own table times this share."""
    (told,) = at_camera(at_site([FULL], ""), (), [labelled(ap50=0.6)])
    plan = choose(make_view(), Objective(), [told], Predictor())
    assert plan.primary is not None
    predicted = plan.primary.predicted
    tabled = FULL.ap50(plan.primary.point.width, plan.primary.point.height, REGIME)
    assert tabled is not None
    assert predicted.ap50_share * tabled == pytest.approx(predicted.expected_ap50)


def test_what_was_measured_at_the_site_goes_before_what_was_seen_and_labels_before_that() -> None:
    own = {"depot": {"384x288": {REGIME: 0.7}}}
    specs = at_site([msgspec.structs.replace(FULL, site_ap50=own), HALF], "depot")
    seen = at_camera(specs, [sight(900, 100)])
    assert ap50(seen[0]) == 0.7
    assert seen[0].at(*SIZE).share_in(REGIME).basis == OWN_EVALUATION
    assert seen[1].at(*SIZE).share_in(REGIME).basis == BY_HEIGHTS
    assert ap50(at_camera(specs, [sight(900, 100)], [labelled(ap50=0.6)])[0]) == 0.6
