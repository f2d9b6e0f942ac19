"""What the device is, read from the machine and the settings."""

import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil
from lamplighter_wire.artifacts.encodings import ENCODINGS
from lamplighter_wire.decoders.names import DECODERS
from lamplighter_wire.messages import CameraFacts, Capabilities

from lamplighter_agent.monitoring.patience import answered
from lamplighter_agent.monitoring.sensors.power_sensors import SYS, PowerSensor, power_sensors
from lamplighter_agent.monitoring.sensors.temperature import temperature_c
from lamplighter_agent.runtimes.runtime import version_of
from lamplighter_agent.settings import AgentSettings

PROC = Path("/proc")
CGROUP = SYS / "fs" / "cgroup"
# Instruction sets that decide which kernels a runtime picks.
ISA = (
    *("sse4_1", "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512_vnni"),
    *("avx_vnni", "avx512_bf16", "amx_int8", "amx_bf16"),
    *("neon", "asimd", "asimdhp", "asimddp", "i8mm", "bf16", "sve", "sve2"),
)
ACCELERATORS = {"dev/apex_0": "edgetpu", "dev/nvidia0": "cuda", "dev/accel/accel0": "npu"}
# cgroup v1 writes "no limit" as a huge number.
NO_LIMIT_BYTES = 1 << 60


def read_capabilities(
    settings: AgentSettings,
    runtimes: Mapping[str, str],
    root: Path = Path("/"),
    cameras: Mapping[str, CameraFacts] | None = None,
) -> Capabilities:
    """Everything the planner may choose by. Missing files leave their field at its default.

    Args:
        runtimes: version of each that this agent can serve with.
        cameras: what was last measured of each stream.
    """
    flags, model = cpu_flags(root / "proc/cpuinfo")
    cgroup = root / "sys/fs/cgroup"
    none: list[PowerSensor] = []
    found = answered(lambda: power_sensors(root / "sys"), none, "sensors")
    sensors = [sensor.kind for sensor in found]
    if answered(temperature_c, None, "temperature") is not None:
        sensors.append("temperature")
    known = {name: (cameras or {}).get(name, CameraFacts()) for name in settings.streams}
    if settings.fps:
        known = {name: _within(facts, settings.fps) for name, facts in known.items()}
    found_out = Capabilities(
        device=settings.device,
        agent_version=version_of("lamplighter"),
        machine=platform.machine(),
        cpu_model=model or platform.processor(),
        isa=[name for name in ISA if name in flags],
        cores=len(os.sched_getaffinity(0)),
        cpu_quota_cores=cpu_quota(cgroup, root / "proc").cores,
        memory_bytes=usable_memory_bytes(settings.memory_limit_bytes, cgroup, root / "proc"),
        disk_free_bytes=disk_free_bytes(settings.state_dir),
        accelerators=[name for file, name in ACCELERATORS.items() if (root / file).exists()],
        task=settings.task,
        runtimes=dict(runtimes),
        encodings=list(ENCODINGS),
        decoders=sorted(DECODERS),
        sensors=sensors,
        power_budget_w=settings.power_budget_w,
        idle_w=settings.idle_w,
        active_w_per_core=settings.active_w_per_core,
        streams=[] if list(settings.streams) == [""] else list(settings.streams),
        realised_by=settings.realised_by,
    )
    return with_cameras(found_out, known)


def _within(facts: CameraFacts, most_fps: float) -> CameraFacts:
    """No more than the owner has set, which holds before anything is measured."""
    return msgspec.structs.replace(facts, fps=min(facts.fps or most_fps, most_fps))


def with_cameras(capabilities: Capabilities, cameras: Mapping[str, CameraFacts]) -> Capabilities:
    """The same with what its cameras give; their rate together is known where each one's is."""
    rates = [facts.fps for facts in cameras.values()]
    first = next((facts for facts in cameras.values() if facts.width), CameraFacts())
    return msgspec.structs.replace(
        capabilities,
        cameras=dict(cameras),
        camera_fps=round(sum(rates), 1) if all(rates) else 0.0,
        camera_width=first.width,
        camera_height=first.height,
    )


def cpu_flags(cpuinfo: Path) -> tuple[set[str], str]:
    """(instruction sets, model name) of the first processor; x86 and ARM spellings."""
    flags: set[str] = set()
    model = ""
    for line in _text(cpuinfo).splitlines():
        key, _, value = line.partition(":")
        match key.strip().lower():
            case "flags" | "features" if not flags:
                flags = set(value.split())
            case "model name" | "hardware" if not model:
                model = value.strip()
    return flags, model


@dataclass(frozen=True, slots=True)
class Quota:
    """What the kernel lets this process use: cores, out of each period. 0: no limit."""

    cores: float = 0.0
    period_s: float = 0.0


def cpu_quota(cgroup: Path = CGROUP, proc: Path = PROC) -> Quota:
    """CPU quota (cgroup v2, then v1), the tightest above this process."""
    quotas = []
    for folder in _folders(cgroup, proc, ""):
        parts = _text(folder / "cpu.max").split()
        if len(parts) == 2 and parts[0] != "max":
            quotas.append(_quota(*parts))
    for folder in _folders(cgroup / "cpu", proc, "cpu"):
        quota, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
        if quota and period and float(quota) > 0:
            quotas.append(_quota(quota, period))
    return min(quotas, key=lambda quota: quota.cores, default=Quota())


def _quota(quota_us: str, period_us: str) -> Quota:
    return Quota(float(quota_us) / float(period_us), float(period_us) / 1e6)


def usable_memory_bytes(limit_bytes: int = 0, cgroup: Path = CGROUP, proc: Path = PROC) -> int:
    """The smallest of machine, cgroup and setting."""
    limits = [int(psutil.virtual_memory().total)]
    limits += [_bytes(folder / "memory.max") for folder in _folders(cgroup, proc, "")]
    version_1 = _folders(cgroup / "memory", proc, "memory")
    limits += [_bytes(folder / "memory.limit_in_bytes") for folder in version_1]
    if limit_bytes:
        limits.append(limit_bytes)
    return min(limits)


def disk_free_bytes(folder: Path) -> int:
    """Free bytes of the file system that will hold `folder`; 0 when unknown."""
    for place in (folder, *folder.parents):
        if place.exists():
            return shutil.disk_usage(place).free
    return 0


def _folders(top: Path, proc: Path, controller: str) -> list[Path]:
    """This process's cgroup folder of a controller ("" = v2) and all above it."""
    for line in _text(proc / "self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            here = top / path.lstrip("/")
            return [here, *(p for p in here.parents if p == top or top in p.parents)]
    return [top]


def _bytes(file: Path) -> int:
    text = _text(file)
    return int(text) if text.isdigit() else NO_LIMIT_BYTES


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
