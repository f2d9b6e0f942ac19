"""What simulated devices measure follows from what networks cost."""

from lamplighter_client.documents import Variant
from lamplighter_demo.simulation.conduct import ByCost, Costs, Nominal
from lamplighter_demo.simulation.mix import KINDS
from lamplighter_wire.messages import OperatingPoint

QUICK, SHARED = KINDS[0], KINDS[3]


def variant(name: str, mmac: float, precision: str = "fp32") -> Variant:
    return Variant(id=name, precision=precision, mmac={"384x288": mmac})


def latency_ms(kind: object, name: str, *known: Variant) -> float | None:
    costs = Costs()
    costs.learn(known)
    return ByCost(kind, costs).latency_ms(OperatingPoint(variant=name))  # type: ignore[arg-type]


def test_more_work_takes_longer_and_int8_less() -> None:
    known = variant("a", 100.0), variant("b", 1000.0), variant("c", 1000.0, "int8")
    a, b, c = (latency_ms(QUICK, name, *known) for name in "abc")
    assert a is not None and b is not None and c is not None
    assert a < c < b
    shared = latency_ms(SHARED, "a", *known)
    assert shared is not None and shared > 2 * SHARED.fp32_ms * 0.95, (
        "half a core takes twice as long"
    )


def test_what_is_new_is_asked_about_and_nothing_is_told_meanwhile() -> None:
    costs = Costs()
    device = ByCost(QUICK, costs, refused=["b"])
    assert device.latency_ms(OperatingPoint()) is None
    assert not costs.unknown, "it serves nothing yet"
    assert device.latency_ms(OperatingPoint(variant="a")) is None
    assert costs.unknown == {"a"}
    costs.learn([variant("a", 100.0)])
    assert device.latency_ms(OperatingPoint(variant="a")) and not costs.unknown
    assert (device.refusal("a"), device.refusal("b")) == ("", "OOM")


def test_a_nominal_device_is_as_quick_with_any() -> None:
    device = Nominal(QUICK)
    assert device.latency_ms(OperatingPoint()) and not device.refusal("a")
