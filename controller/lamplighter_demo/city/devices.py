"""The six devices of the demo city, and what the demo shortens."""

from dataclasses import dataclass, field

from lamplighter_demo.city.envelopes import Envelope

MIB = 1024 * 1024
SITE = "braunschweig"  # whose pictures the accuracies of what ships were measured on


@dataclass(frozen=True, slots=True)
class DemoDevice:
    """One device of the demo: what it is, and which camera it looks through."""

    id: str
    hardware: str
    camera: str
    envelope: Envelope
    switch_off_in_transfer: bool = False
    cut_quota_in_transfer: bool = False


@dataclass(frozen=True, slots=True)
class TimeProfile:
    """What the demo shortens, so that a day fits into minutes; written into the report."""

    phase_s: float = 45.0
    workload_scale: float = 0.06
    probation_frames: int = 12
    probation_s: float = 4.0
    refusal_s: float = 90.0
    telemetry_s: float = 5.0
    warm_up_s: float = 40.0
    fps_floor: float = 3.0
    fps_cap: float = 8.0
    detections_every: int = 10
    notes: tuple[str, ...] = field(
        default=(
            "Footage runs at true speed; each phase shows a contiguous stretch of the day.",
            "While devices start, ten still seconds of the night are shown again and again.",
            "Windows of the shift detector, probation and telemetry are shortened by the factors"
            " given here.",
        )
    )


DEVICES = (
    DemoDevice("gateway-1", "strong gateway, both cores", "east-arm", Envelope(idle_w=6.0)),
    DemoDevice(
        "box-1",
        "box with a CPU quota",
        "south-arm",
        Envelope(cpu_quota_cores=0.16, idle_w=3.0),
        cut_quota_in_transfer=True,
    ),
    DemoDevice(
        "cam-weak",
        "single-core camera with a small quota",
        "east-arm",
        Envelope(cpu_quota_cores=0.14, cores=(0,), idle_w=1.5),
        switch_off_in_transfer=True,
    ),
    DemoDevice(
        "cam-noint8",
        "camera on which int8 does not pay",
        "east-arm",
        Envelope(cpu_quota_cores=0.28, session_config={"session.disable_quant_qdq": "1"}),
    ),
    DemoDevice(
        "cam-small",
        "camera whose memory holds only a small model",
        "south-arm",
        Envelope(cpu_quota_cores=0.17, memory_bytes=150 * MIB),
    ),
    DemoDevice(
        "solar-1",
        "battery device with a power budget",
        "south-arm",
        Envelope(cpu_quota_cores=0.5, power_budget_w=1.35, idle_w=1.0, active_w_per_core=4.0),
    ),
)
