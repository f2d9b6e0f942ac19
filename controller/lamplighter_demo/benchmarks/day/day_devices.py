"""The six devices of the day: kinds of hardware, each behind a camera of one of two cities."""

from collections.abc import Mapping
from dataclasses import dataclass

from lamplighter_scenes.footage.counting_footage import SETS
from lamplighter_scenes.footage.day_footage import SET
from lamplighter_wire.rules.runtimes import BASE_RUNTIME, LITERT, OPENVINO

from lamplighter_demo.benchmarks.envelopes.bench_devices import BENCH_DEVICES, BenchDevice

# Networks: the city's two, and the half one made for the camera's own site.
FULL, HALF, SITE = "full", "half", "site"
PARENTS = {FULL: "nanodet-full", HALF: "nanodet-p50"}
# Ways to compute: a runtime, or floats where 8 bits do not pay.
FLOATS = "floats"
RECIPES: Mapping[tuple[str, str], str] = {
    (FULL, BASE_RUNTIME): "int8-full",
    (HALF, BASE_RUNTIME): "int8-p50",
    (FULL, LITERT): "litert-int8-full",
    (HALF, LITERT): "litert-int8-p50",
    (FULL, OPENVINO): "openvino-int8-full",
    (HALF, OPENVINO): "openvino-int8-p50",
    (FULL, FLOATS): "fp32-full",
    (HALF, FLOATS): "p50",
}
CAMERAS_OF = {
    "gateway": "ingolstadt-east",
    "box": "south-arm",
    "camera": "east-arm",
    "camera-noint8": "ingolstadt-east",
    "camera-small": "south-arm",
    "solar": "east-arm",
}


@dataclass(frozen=True)
class DayDevice:
    """A device. `base`: the way in which the catalogue's plain recipes compute on it; `ways`: all
    that it has, that one included; `networks`: those that its memory holds."""

    hardware: BenchDevice
    camera: str
    base: str
    ways: tuple[str, ...]
    networks: tuple[str, ...]

    @property
    def id(self) -> str:
        """Its name."""
        return self.hardware.id


def _device(hardware: BenchDevice) -> DayDevice:
    has_int8 = "session.disable_quant_qdq" not in hardware.envelope.session_config
    base = BASE_RUNTIME if has_int8 else FLOATS
    others = tuple(name for name in hardware.runtimes if name != BASE_RUNTIME)
    return DayDevice(
        hardware=hardware,
        camera=CAMERAS_OF[hardware.id],
        base=base,
        ways=(base, *others),
        networks=(HALF,) if hardware.envelope.memory_bytes else (FULL, HALF),
    )


DAY_DEVICES = tuple(map(_device, BENCH_DEVICES))


def city_of(camera: str) -> str:
    """Where a camera hangs.

    Raises:
        KeyError: there is no such camera.
    """
    return {spot.viewpoint.camera.name: spot.city for spot in SETS[SET]}[camera]
