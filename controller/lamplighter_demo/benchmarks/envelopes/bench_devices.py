"""The six devices of the benchmark: what each stands for, and what brings it about here."""

from dataclasses import dataclass

from lamplighter_wire.rules.runtimes import BASE_RUNTIME, LITERT, OPENVINO

from lamplighter_demo.city.envelopes import Envelope

MIB = 1024 * 1024
EVERY_RUNTIME = (BASE_RUNTIME, LITERT, OPENVINO)


@dataclass(frozen=True, slots=True)
class BenchDevice:
    """A device type.

    Attributes:
        runtimes: those of the installed ones that it is to have.
        demands_fps: frame rates that are asked of it, one after another.
    """

    id: str
    stands_for: str
    envelope: Envelope
    runtimes: tuple[str, ...]
    threads: int = 1
    demands_fps: tuple[float, ...] = (2.0, 4.0, 8.0)


BENCH_DEVICES = (
    BenchDevice("gateway", "gateway with two free cores", Envelope(idle_w=6.0), EVERY_RUNTIME, 2),
    BenchDevice(
        "box",
        "x86 box that shares a core, with OpenVINO",
        Envelope(cpu_quota_cores=0.5, idle_w=3.0),
        (BASE_RUNTIME, OPENVINO),
    ),
    BenchDevice(
        "camera",
        "camera of a small core, with LiteRT",
        Envelope(cpu_quota_cores=0.3, idle_w=1.5),
        (BASE_RUNTIME, LITERT),
    ),
    BenchDevice(
        "camera-noint8",
        "processor on which 8 bits do not pay",
        Envelope(cpu_quota_cores=0.4, session_config={"session.disable_quant_qdq": "1"}),
        (BASE_RUNTIME,),
    ),
    BenchDevice(
        "camera-small",
        "camera whose memory holds a small model only",
        Envelope(cpu_quota_cores=0.25, memory_bytes=150 * MIB),
        (BASE_RUNTIME, LITERT),
    ),
    BenchDevice(
        "solar",
        "battery device with a power budget and every runtime",
        Envelope(cpu_quota_cores=0.6, power_budget_w=1.35, idle_w=1.0, active_w_per_core=4.0),
        EVERY_RUNTIME,
    ),
)
