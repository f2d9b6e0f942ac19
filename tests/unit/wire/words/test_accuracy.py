"""An accuracy is never said without what it rests on."""

import pytest
from lamplighter_wire.messages import OperatingPoint, Prediction
from lamplighter_wire.words.accuracy import accuracy_words, predicted_accuracy
from lamplighter_wire.words.names import key_words, plain, point_words, variant_words


@pytest.mark.parametrize(
    ("basis", "measured_on", "reach", "said"),
    [
        ("", "renders", (0.0, 0.0), "AP50 0.81 on rendered streets"),
        ("", "pictures", (0.0, 0.0), "AP50 0.81 on pictures of cameras"),
        ("", "", (0.0, 0.0), "AP50 0.81"),
        (
            "another street",
            "renders",
            (0.7, 0.9),
            "AP50 0.81 (0.70 to 0.90) on rendered streets, less what another street costs",
        ),
        ("own evaluation", "renders", (0.0, 0.0), "AP50 0.81 measured on pictures of its site"),
        (
            "this camera, by heights",
            "renders",
            (0.7, 0.9),
            "AP50 0.81 (0.70 to 0.90) expected for this camera, by heights",
        ),
        (
            "this camera's labels",
            "renders",
            (0.0, 0.0),
            "AP50 0.81 measured on labels of its camera",
        ),
    ],
)
def test_an_accuracy_says_what_it_rests_on(
    basis: str, measured_on: str, reach: tuple[float, float], said: str
) -> None:
    assert accuracy_words(0.81, basis, measured_on, *reach) == said
    predicted = Prediction(
        expected_ap50=0.81, ap50_basis=basis, measured_on=measured_on, ap50_range=reach
    )
    assert predicted_accuracy(predicted) == said


def test_what_is_not_known_is_not_said() -> None:
    assert accuracy_words(0.0, measured_on="renders") == predicted_accuracy(None) == ""


@pytest.mark.parametrize(
    ("variant", "name"),
    [("int8-full-43352f", "int8-full"), ("int8-full", "int8-full"), ("cam-000001x", "cam-000001x")],
)
def test_a_variant_is_named_without_its_build(variant: str, name: str) -> None:
    assert variant_words(variant) == name
    point = OperatingPoint(variant=variant, width=384, height=288)
    assert point_words(point) == key_words(f"{variant}@384x288") == f"{name} at 384x288"


def test_points_are_named_within_a_text_and_devices_are_left() -> None:
    assert plain("cam-000001: p50-43352f@384x288, p50@256x192") == (
        "cam-000001: p50 at 384x288, p50 at 256x192"
    )
    assert plain("nothing can run here: int8-full-3f2a91: refused") == (
        "nothing can run here: int8-full: refused"
    )
    assert point_words(OperatingPoint()) == "nothing"
