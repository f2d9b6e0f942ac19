"""A device of the benchmark, measured for real: the agent's programs in an envelope."""

from pathlib import Path

import msgspec
import pytest

pytest.importorskip("torch")
from lamplighter_demo.benchmarks.envelopes.bench_devices import BenchDevice
from lamplighter_demo.benchmarks.envelopes.bench_variants import BenchVariant, build_variant
from lamplighter_demo.benchmarks.envelopes.measuring import measure_device
from lamplighter_demo.city.envelopes import Envelope
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_wire.rules.runtimes import BASE_RUNTIME

from tests.simulators.clips import make_clip
from tests.simulators.recipe_rig import materials

pytestmark = pytest.mark.torch
ROUNDS = 2


def test_every_point_of_a_variant_is_measured_inside_the_envelope(tmp_path: Path) -> None:
    recipe = msgspec.structs.replace(load_catalogue()["fp32-full"], sizes=["256x192"])
    variant = build_variant(recipe, materials(tmp_path / "rig"), tmp_path / "out")
    missing = BenchVariant(msgspec.structs.replace(variant.spec, id="missing"), tmp_path / "none")
    slow = BenchDevice("slow", "a test", Envelope(cpu_quota_cores=0.5), (BASE_RUNTIME,))
    clip = make_clip(tmp_path / "clip.mp4")
    device = measure_device(slow, [variant, missing], clip, ROUNDS, lambda _text: None)
    assert set(device.points) == {f"{variant.spec.id}@256x192"}
    assert set(device.failed) == {"missing@256x192"}
    assert set(device.capabilities.runtimes) == {BASE_RUNTIME}
    assert {entry.runtime for entry in device.probe.entries} == {BASE_RUNTIME, ""}
    for point in device.points.values():
        assert point.latency_p50_ms > 1.5 * point.cpu_ms
