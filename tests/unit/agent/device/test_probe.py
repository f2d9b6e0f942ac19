"""The benchmark of the device, run here."""

import time
from collections.abc import Callable

import pytest
from lamplighter_agent.device.probe import (
    Batch,
    measure_memory,
    probe_nets,
    run_probe,
    seconds_of_batch,
    undisturbed_ms,
)
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.engine import Engine, FakeEngine
from lamplighter_agent.runtimes.litert import LiteRt
from lamplighter_agent.runtimes.onnxruntime import OnnxRuntime
from lamplighter_agent.runtimes.runtime import Runtimes
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.statistics import percentile

ONNX, BOTH = Runtimes([OnnxRuntime()]), Runtimes([OnnxRuntime(), LiteRt()])


def test_the_probe_measures_all_it_promises_in_seconds():
    begun_s = time.process_time()
    probe = run_probe(AgentSettings(device="cam"), ONNX, ManualClock())
    spent_s = time.process_time() - begun_s
    names = [entry.name for entry in probe.entries]
    assert names == [
        *(net.name for net in probe_nets(OnnxRuntime().precisions())),
        "session",
        "memory",
    ]
    assert all(entry.latency_p50_ms > 0 for entry in probe.entries)
    assert all(entry.latency_p95_ms >= entry.latency_p50_ms for entry in probe.entries)
    # Three times the usual, in processor time: a quota or a neighbour does not stretch it.
    assert 0 < spent_s < 8
    assert probe.seconds > 0
    assert probe.at == ManualClock().time()


def test_a_device_where_int8_does_not_pay_shows_it():
    """Whatever else runs: processor time is compared, and by chance no tenth is saved."""
    settings = AgentSettings(session_config={"session.disable_quant_qdq": "1"})
    entries = {entry.name: entry.latency_p50_ms for entry in run_probe(settings, ONNX).entries}
    assert entries["dense_int8"] > 0.9 * entries["dense_fp32"]


@pytest.mark.parametrize("threads", [1, 2])
def test_what_disturbs_one_network_does_not_make_it_slower_than_the_other(threads):
    calm, pressed, light = Batch(1, 4.0, 2.0), Batch(1, 9.0, 2.0), Batch(8, 8.0, 4.0)
    heavy_ms, light_ms = undisturbed_ms([[calm, pressed, pressed], [light] * 3], threads)
    ratio = percentile(heavy_ms, 50) / percentile(light_ms, 50)
    assert ratio == pytest.approx(4.0 if threads == 1 else 9.0)
    # 17 ms of the clock for 6 ms of work; 12 for 6 in the calm round.
    assert percentile(light_ms, 50) == pytest.approx(0.5 * 17 / 6 if threads == 1 else 1.0)


def test_more_networks_do_not_take_longer_under_a_quota() -> None:
    """A round of processor times lasts for its periods, and so does each batch by the clock."""
    assert seconds_of_batch(0.1, 4, threads=1) * 4 == pytest.approx(0.2)
    assert seconds_of_batch(0.1, 14, threads=1) * 14 == pytest.approx(14 * 0.02)
    assert seconds_of_batch(0.1, 14, threads=2) == pytest.approx(0.2)
    assert seconds_of_batch(0.0, 4, threads=1) == pytest.approx(0.02)


class Abacus:
    """A runtime that runs no network."""

    name = "abacus"

    def version(self) -> str:
        return "1"

    def open(self, *_args: object) -> Engine:
        return FakeEngine()

    def precisions(self) -> tuple[str, ...]:
        return ("fp32",)

    def probe_run(self, network: str, *_args: object) -> Callable[[], object]:
        raise EngineError(f"no beads for {network}")


def test_a_runtime_that_does_not_work_is_left_out() -> None:
    entries = run_probe(AgentSettings(), Runtimes([OnnxRuntime(), Abacus()])).entries
    assert {entry.runtime for entry in entries} == {"onnxruntime", ""}


@pytest.mark.skipif(not LiteRt().version(), reason="ai-edge-litert is not installed")
def test_each_runtime_is_measured_and_onnxruntime_comes_last() -> None:
    entries = [e for e in run_probe(AgentSettings(), BOTH).entries if e.work_mmac]
    names = [net.name for net in probe_nets(OnnxRuntime().precisions())]
    assert [(e.runtime, e.name) for e in entries] == [
        (runtime, name) for runtime in ("litert", "onnxruntime") for name in names
    ]
    assert all(entry.latency_p50_ms > 0 for entry in entries)


def test_a_device_without_any_runtime_says_so() -> None:
    with pytest.raises(EngineError, match="no runtime"):
        run_probe(AgentSettings(), Runtimes([OnnxRuntime()]).without({"onnxruntime"}))


def test_each_precision_of_a_runtime_has_networks_of_its_own() -> None:
    nets = probe_nets(["fp32", "bf16"])
    assert [net.name for net in nets] == [
        f"{kind}_{precision}" for kind in ("dense", "depthwise") for precision in ("fp32", "bf16")
    ]
    assert nets[0].work_mmac == nets[1].work_mmac
    assert nets[0].bytes_moved == 2 * nets[1].bytes_moved


def test_a_copy_that_does_not_fit_is_an_engines_error():
    with pytest.raises(EngineError, match="memory"):
        measure_memory(copy_bytes=1 << 60)
