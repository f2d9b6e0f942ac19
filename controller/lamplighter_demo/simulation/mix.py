"""What simulated devices are: a mix as cities have it, from small cameras to gateways."""

from dataclasses import dataclass

from lamplighter_wire.decoders.names import DECODERS
from lamplighter_wire.messages import Capabilities, Probe, ProbeEntry

MIB = 1 << 20
WORK_MMAC = 100.0
MEMORY_MB = 64


@dataclass(frozen=True)
class Kind:
    """Of a device: cores, quota and memory, and milliseconds per 100 MMAC in each precision."""

    machine: str
    cores: int
    quota_cores: float
    memory_mib: int
    fp32_ms: float
    int8_ms: float
    power_budget_w: float = 0.0


KINDS = (
    Kind("x86_64", 4, 0.0, 8192, 2.5, 0.9),
    Kind("x86_64", 2, 0.0, 4096, 4.0, 1.6),
    Kind("x86_64", 2, 1.0, 2048, 6.0, 2.6),
    Kind("x86_64", 1, 0.5, 1024, 11.0, 5.0, 6.0),
    Kind("x86_64", 1, 0.35, 512, 16.0, 16.5, 5.0),
    Kind("aarch64", 4, 0.0, 2048, 7.0, 2.8),
    Kind("aarch64", 4, 0.0, 1024, 12.0, 5.5, 5.0),
    Kind("aarch64", 2, 0.0, 512, 24.0, 11.0, 3.5),
)


def kind_of(number: int) -> Kind:
    """Kinds take turns."""
    return KINDS[number % len(KINDS)]


def capabilities_of(device: str, kind: Kind) -> Capabilities:
    """As its agent reports them."""
    return Capabilities(
        device=device,
        agent_version="simulated",
        machine=kind.machine,
        isa=["avx2"] if kind.machine == "x86_64" else ["neon"],
        cores=kind.cores,
        cpu_quota_cores=kind.quota_cores,
        memory_bytes=kind.memory_mib * MIB,
        disk_free_bytes=4096 * MIB,
        runtimes={"onnxruntime": "1.22"},
        decoders=sorted(DECODERS),
        idle_w=2.0,
        active_w_per_core=3.0,
        power_budget_w=kind.power_budget_w,
        camera_fps=15.0,
        realised_by="a simulation",
    )


def probe_of(device: str, kind: Kind) -> Probe:
    """As it was measured on such a device."""
    factor = {"dense": 1.0, "depthwise": 3.0}
    entries = [
        ProbeEntry(
            name=f"{layer}_{precision}",
            latency_p50_ms=ms * times,
            latency_p95_ms=1.2 * ms * times,
            work_mmac=WORK_MMAC,
        )
        for layer, times in factor.items()
        for precision, ms in (("fp32", kind.fp32_ms), ("int8", kind.int8_ms))
    ]
    moved = ProbeEntry(
        name="memory",
        latency_p50_ms=kind.fp32_ms,
        latency_p95_ms=kind.fp32_ms,
        bytes_moved=MEMORY_MB * 10**6,
    )
    return Probe(device=device, seconds=1.0, threads=1, entries=[*entries, moved])
