"""What a probe is worth, for each runtime that it measured."""

import msgspec
import pytest
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.planner import choose
from lamplighter_controller.domain.prediction.predictor import Observation, Predictor, observed
from lamplighter_controller.domain.prediction.probe_rates import UNPROBED, rates_of
from lamplighter_wire.messages import Probe, ProbeEntry

from tests.simulators.planning import make_probe, make_spec, make_view

BASE = make_spec("full-int8", "int8", 0.80)
LITE = make_spec("lite-int8", "int8", 0.80, runtime="litert")
BOTH = {"onnxruntime": "1.22", "litert": "2.3"}


def probe_of(litert: float, onnxruntime: float) -> Probe:
    """A probe of both runtimes, ms per MMAC of an 8-bit network; as agents send it."""
    lite = [msgspec.structs.replace(e, runtime="litert") for e in make_probe(int8=litert).entries]
    return Probe(entries=[*lite, *make_probe(int8=onnxruntime).entries])


def test_each_runtime_has_its_own_rates() -> None:
    memory = ProbeEntry(name="memory", runtime="", latency_p50_ms=3.0, bytes_moved=6_000_000)
    probe = msgspec.structs.replace(
        probe_of(0.01, 0.02), entries=[*probe_of(0.01, 0.02).entries, memory]
    )
    rates = rates_of(probe)
    assert rates.of("litert").of("int8")[0] == pytest.approx(0.01)
    assert rates.base.of("int8")[0] == pytest.approx(0.02)
    assert rates.of("litert").ms_per_mb == rates.base.ms_per_mb == pytest.approx(0.5)


def test_a_runtime_that_was_not_probed_is_taken_for_slow() -> None:
    rates = rates_of(make_probe())
    assert rates.of("litert") == UNPROBED
    assert UNPROBED.source == "unprobed"
    assert rates_of(Probe()).base == UNPROBED


def test_each_precision_has_its_own_rates_and_one_that_was_not_probed_gains_nothing() -> None:
    entries = [
        ProbeEntry(name=name, runtime="openvino", latency_p50_ms=ms, work_mmac=10.0)
        for name, ms in (("dense_fp32", 4.0), ("dense_bf16", 2.0), ("depthwise_bf16", 5.0))
    ]
    rates = rates_of(Probe(entries=entries)).of("openvino")
    assert rates.of("bf16") == pytest.approx((0.2, 0.5))
    assert rates.of("int8") == rates.fp32 == rates.of("int4")
    assert rates.fp32 == pytest.approx((0.4, 1.6))


def test_a_controller_of_before_reads_the_entries_of_onnxruntime() -> None:
    last = {entry.name: entry.runtime for entry in probe_of(0.01, 0.02).entries}
    assert set(last.values()) == {"onnxruntime"}


@pytest.mark.parametrize(
    ("litert", "runtimes", "chosen"),
    [
        (0.010, BOTH, "lite-int8"),
        (0.030, BOTH, "full-int8"),
        (0.0199, BOTH, "full-int8"),  # no gain that would justify it
        (0.010, {"onnxruntime": "1.22"}, "full-int8"),  # the device does not have it
    ],
)
def test_the_planner_goes_by_the_devices_own_probe_of_a_runtime(
    litert: float, runtimes: dict[str, str], chosen: str
) -> None:
    view = make_view(probe=probe_of(litert, 0.02), runtimes=runtimes)
    plan = choose(view, Objective(), [BASE, LITE], Predictor())
    assert plan.primary is not None and plan.primary.spec.id == chosen
    if "litert" not in runtimes:
        reasons = [a.rejected_because for a in plan.alternatives if a.spec.id == "lite-int8"]
        assert all("lacks runtime:litert" in reason for reason in reasons)


@pytest.mark.parametrize(
    "favoured", [("litert", "int8"), ("openvino", "bf16"), ("openvino", "int8")]
)
def test_the_planner_takes_the_runtime_and_precision_that_the_probe_favours(
    favoured: tuple[str, str],
) -> None:
    kinds = [("litert", "int8"), ("openvino", "bf16"), ("openvino", "int8")]
    specs = [make_spec(f"{r}-{p}", p, 0.80, runtime=r) for r, p in kinds]
    entries = [
        ProbeEntry(
            name=f"dense_{precision}",
            runtime=runtime,
            latency_p50_ms=1.0 if (runtime, precision) == favoured else 3.0,
            work_mmac=100.0,
        )
        for runtime, precision in [*kinds, ("onnxruntime", "int8"), ("onnxruntime", "fp32")]
    ]
    runtimes = {name: "1" for name, _ in kinds} | {"onnxruntime": "1"}
    view = make_view(probe=Probe(entries=entries), runtimes=runtimes)
    plan = choose(view, Objective(), [BASE, *specs], Predictor())
    assert plan.primary is not None
    assert (plan.primary.spec.runtime, plan.primary.spec.precision) == favoured


def test_of_what_costs_alike_the_plainer_runtime_is_taken() -> None:
    entries = [
        ProbeEntry(name="dense_int8", runtime=name, latency_p50_ms=1.0, work_mmac=100.0)
        for name in ("openvino", "litert", "another")
    ]
    specs = [make_spec(f"a-{e.runtime}", "int8", runtime=e.runtime) for e in entries]
    view = make_view(probe=Probe(entries=entries), runtimes={e.runtime: "1" for e in entries})
    plan = choose(view, Objective(), specs, Predictor())
    assert plan.primary is not None and plan.primary.spec.runtime == "litert"


def test_what_one_runtime_taught_corrects_its_own_predictions() -> None:
    view = make_view(probe=probe_of(0.01, 0.02), runtimes=BOTH)
    base, lite = (Predictor().predict(view, spec, 384, 288) for spec in (BASE, LITE))
    twice = 2 * lite.latency_p50_ms
    seen = [
        observed(view, LITE, 256, 192, latency_p50_ms=2 * small)
        for small in [Predictor().predict(view, LITE, 256, 192).latency_p50_ms]
    ]
    seen += [observed(view, BASE, 384, 288, latency_p50_ms=base.latency_p50_ms)]
    predictor = Predictor(observations=tuple(seen))
    assert predictor.predict(view, LITE, 384, 288).latency_p50_ms == pytest.approx(twice, rel=0.1)
    assert predictor.predict(view, BASE, 512, 384).latency_p50_ms == pytest.approx(
        Predictor().predict(view, BASE, 512, 384).latency_p50_ms, rel=0.1
    )


def test_observations_of_before_are_onnxruntimes() -> None:
    stored = b'["cam","class","v","384x288","int8",1,10.0,12.0]'
    values = msgspec.json.decode(stored)
    assert Observation(*values).kind == ("onnxruntime", "int8")
    document = msgspec.json.encode(Observation(*values)).replace(b',"runtime":"onnxruntime"', b"")
    assert b"runtime" not in document
    assert msgspec.json.decode(document, type=Observation).runtime == "onnxruntime"
