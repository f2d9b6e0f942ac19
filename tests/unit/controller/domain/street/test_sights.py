"""What is remembered of the heights that a device has seen."""

import msgspec
import pytest
from lamplighter_controller.domain.street.sights import (
    CELLS,
    MOST_PICTURES,
    MOST_SIGHTS,
    Sights,
    seen_more,
)
from lamplighter_wire.messages import OperatingPoint, SeenHeights, Telemetry
from lamplighter_wire.street.object_heights import BINS, SCALE

POINT = OperatingPoint(variant="int8-full", width=384, height=288)


def window(free: int = 3, covered: int = 1, pictures: int = 10, **others: object) -> Telemetry:
    """Where all road users stand in the bin of number 4."""
    told = SeenHeights(
        scale=SCALE,
        pictures=pictures,
        free=[free if number == 4 else 0 for number in range(BINS)],
        covered=[covered if number == 4 else 0 for number in range(BINS)],
    )
    return Telemetry(serving=POINT, heights=told, threshold=0.3, **others)  # type: ignore[arg-type]


def after(*windows: Telemetry, regime: str = "day-dry-free") -> Sights:
    sights: Sights = ()
    for one in windows:
        sights = seen_more(sights, one, regime)
    return sights


def test_windows_of_one_point_and_regime_add_up() -> None:
    (sight,) = after(window(), window(free=5))
    assert (sight.point, sight.regime) == ("int8-full@384x288", "day-dry-free")
    assert (sight.pictures, sight.cells[4], sight.cells[BINS + 4]) == (20, 8, 2)
    assert (sum(sight.cells), len(sight.cells), sight.threshold) == (10, CELLS, 0.3)


def test_points_and_regimes_are_kept_apart_and_the_oldest_is_forgotten() -> None:
    sights: Sights = ()
    for number in range(MOST_SIGHTS + 5):
        other = msgspec.structs.replace(POINT, variant=f"variant-{number}")
        told = msgspec.structs.replace(window(), serving=other)
        sights = seen_more(sights, told, "day-dry-jam")
    assert len(sights) == MOST_SIGHTS
    assert sights[0].point.startswith("variant-5@")


def test_what_was_seen_before_a_camera_was_turned_is_outweighed() -> None:
    hour = [window(free=30) for _ in range(MOST_PICTURES // 10)]
    (sight,) = after(*hour, *[window(free=0, covered=20)] * (3 * MOST_PICTURES // 10))
    assert sight.pictures <= MOST_PICTURES
    assert sight.cells[4] < 0.1 * sight.cells[BINS + 4]


@pytest.mark.parametrize(
    "flaw",
    [
        {"scale": SCALE + 1},
        {"pictures": 0},
        {"free": [1, 2]},
        {"covered": [-1] * BINS},
        {"free": [10**9] * BINS},
    ],
)
def test_counts_that_cannot_be_or_are_in_other_bins_are_passed_over(
    flaw: dict[str, object],
) -> None:
    told = msgspec.structs.replace(window().heights, **flaw)
    assert after(msgspec.structs.replace(window(), heights=told)) == ()


def test_a_name_without_end_takes_no_room() -> None:
    long = msgspec.structs.replace(POINT, variant="v" * 5000)
    assert after(msgspec.structs.replace(window(), serving=long)) == ()
    assert after(window(), regime="r" * 5000) == ()


def test_agreement_with_one_reference_adds_up_and_with_another_begins_anew() -> None:
    """Each picture of the first window has .4 boxes, of the last one 1.2."""
    told = {"reference": "int8-full@512x384", "reference_agreement_f1": 0.8}
    later = window(free=11, **told | {"reference_agreement_f1": 0.4})
    (sight,) = after(window(**told), window(), later)
    assert (sight.reference, sight.compared) == ("int8-full@512x384", 2.0)
    assert sight.agreement == pytest.approx(0.5), "it tells more where more boxes are"
    (sight,) = after(window(**told), window(**told | {"reference": "other@512x384"}))
    assert (sight.reference, sight.compared, round(sight.agreement, 6)) == (
        "other@512x384",
        1.0,
        0.8,
    )


@pytest.mark.parametrize(
    "flaw",
    [
        {"reference_agreement_f1": 1.5},
        {"reference_agreement_f1": float("nan")},
        {"reference": ""},
        {"reference": "r" * 5000},
    ],
)
def test_agreements_that_cannot_be_are_passed_over(flaw: dict[str, object]) -> None:
    told: dict[str, object] = {"reference": "a@1x1", "reference_agreement_f1": 0.8}
    (sight,) = after(window(**told), window(**told | flaw))
    assert (sight.reference, sight.compared, round(sight.agreement, 6)) == ("a@1x1", 1.0, 0.8)
