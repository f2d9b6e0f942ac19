"""What is expected of networks that nobody has measured."""

import msgspec
import pytest
from lamplighter_controller.domain.prediction.dominance import dominators
from lamplighter_controller.domain.prediction.expected_work import with_expected_work
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import VariantSpec

from tests.simulators.planning import make_spec, make_view

SIZE = "384x288"
LARGE = make_spec("large", work=4.0, extra_work={SIZE: 0.1}, sizes=[SIZE])  # 160 MMAC of 1600
SMALL = make_spec("small", work=1.0, extra_work={SIZE: 0.5}, sizes=[SIZE])  # 200 MMAC of 400
NEW = make_spec("new", work=1.25, sizes=[SIZE])


def _extra_mmac(spec: VariantSpec) -> float:
    return spec.expected_extra_work[SIZE] * spec.mmac[SIZE]


def test_the_amount_of_the_network_nearest_in_work_is_expected() -> None:
    *measured, new = with_expected_work([LARGE, SMALL, NEW])
    assert measured == [LARGE, SMALL]
    assert _extra_mmac(new) == pytest.approx(200.0)
    *_, huge = with_expected_work([LARGE, SMALL, make_spec("huge", work=8.0, sizes=[SIZE])])
    assert _extra_mmac(huge) == pytest.approx(160.0)


def test_a_larger_picture_is_expected_to_take_no_less() -> None:
    sizes = ["256x192", SIZE]
    falling = make_spec("falling", work=4.0, extra_work={"256x192": 0.1, SIZE: 0.0}, sizes=sizes)
    *_, new = with_expected_work([falling, msgspec.structs.replace(NEW, sizes=sizes)])
    assert _extra_mmac(new) == pytest.approx(0.1 * falling.at(256, 192).dense_mmac)


@pytest.mark.parametrize(
    "other", [{"runtime": "litert"}, {"precision": "int8"}, {"task": "another"}]
)
def test_nothing_follows_from_another_runtime_precision_or_task(other: dict[str, str]) -> None:
    specs = [msgspec.structs.replace(SMALL, **other), NEW]
    assert with_expected_work(specs) == specs


def test_predictions_count_it_where_nothing_was_measured() -> None:
    view = make_view()
    *_, new = with_expected_work([SMALL, NEW])

    def latency_ms(spec: VariantSpec) -> float:
        return Predictor().predict(view, spec, 384, 288).latency_p50_ms

    assert latency_ms(new) - latency_ms(NEW) == pytest.approx(200.0 * 0.05)
    measured = msgspec.structs.replace(new, extra_work={SIZE: 0.0})
    assert latency_ms(measured) == pytest.approx(latency_ms(NEW))


def test_an_expectation_proves_no_point_useless() -> None:
    """What is measured may do without a probe network's like; what is expected may be wrong."""
    better = make_spec("better", ap50=0.85, work=0.9, extra_work={SIZE: 0.0}, sizes=[SIZE])
    assert dominators([better, NEW]) == {}
    assert dominators(with_expected_work([better, NEW])) == {}
