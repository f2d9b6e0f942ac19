"""Which manifest a device gets of a variant, and what decides among equals."""

from dataclasses import replace

import msgspec
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.operating_points import assess, best_of
from lamplighter_controller.domain.policy.policy import DEFAULTS
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import PackedManifest, VariantSpec
from lamplighter_wire.messages import Limits, OperatingPoint

from tests.simulators.planning import make_spec, make_view

PACKED = make_spec(
    "clustered", packed=PackedManifest(manifest="m-packed", encodings=["levels", "palette"])
)


def _manifest(view: DeviceView, spec: VariantSpec = PACKED) -> str:
    return assess(view, Limits(), spec, 384, 288, Predictor()).point.manifest


def test_a_device_that_can_expand_all_parts_gets_the_packed_manifest() -> None:
    assert _manifest(make_view(encodings=["palette", "levels", "bits"])) == "m-packed"
    assert _manifest(make_view(encodings=["palette"])) == "m-clustered"
    assert _manifest(make_view()) == "m-clustered", "an agent of before says nothing of encodings"


def test_a_variant_without_packed_parts_has_one_manifest() -> None:
    assert _manifest(make_view(encodings=["palette"]), make_spec("plain")) == "m-plain"


def test_an_agent_that_is_renewed_need_not_fetch_again_what_it_serves() -> None:
    view = make_view(encodings=["palette", "levels"])
    serving = OperatingPoint(variant="clustered", manifest="m-clustered")
    assert _manifest(replace(view, serving=serving)) == "m-clustered"


def test_specs_of_before_are_read_as_not_packed() -> None:
    document = msgspec.to_builtins(PACKED)
    for field in ("packed", "wire_bytes"):
        del document[field]
    assert not msgspec.convert(document, VariantSpec).packed.manifest


def test_of_what_is_equal_in_all_else_the_fewest_bytes_are_sent() -> None:
    specs = [make_spec("a", wire_bytes=3000), make_spec("b", wire_bytes=2000), make_spec("c")]
    choices = [assess(make_view(), Limits(), spec, 384, 288, Predictor()) for spec in specs]
    best = best_of(choices, DEFAULTS)
    assert best is not None
    assert best.spec.id == "b"
    better = assess(make_view(), Limits(), make_spec("d", ap50=0.9), 384, 288, Predictor())
    assert best_of([*choices, better], DEFAULTS) == better, "bytes buy no accuracy"
