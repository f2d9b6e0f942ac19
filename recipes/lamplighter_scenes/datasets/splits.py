"""Parts of a street's pictures: each has its time of the traces, its cameras and its regimes."""

from dataclasses import dataclass

from lamplighter_wire.tasks.detection import JAM_OBJECTS

from lamplighter_scenes.cameras import CAMERAS, TEST_CAMERAS, TRAIN_CAMERAS, Camera

JAM_MIN_OBJECTS = JAM_OBJECTS  # visible objects in a frame from which on we call it a jam
TRACES_FOR = {"free": ("night", "day"), "jam": ("rush", "rush", "day")}

Regime = tuple[str, str, str]  # light, weather, density
REGIMES: tuple[Regime, ...] = tuple(
    (light, weather, density)
    for light, weather in (("day", "dry"), ("night", "dry"), ("day", "rain"))
    for density in ("free", "jam")
)


@dataclass(frozen=True, slots=True)
class Split:
    """The share of each trace's time that belongs to it, its cameras and their jitter.

    Attributes:
        regimes: whose pictures are drawn in turn.
        trace: the only one that is drawn from, as it is, empty pictures included; empty: each
            picture has the density that its turn asks for.
    """

    begin: float
    end: float
    cameras: tuple[Camera, ...]
    jitter: float
    regimes: tuple[Regime, ...] = REGIMES
    trace: str = ""


def _cameras(names: tuple[str, ...]) -> tuple[Camera, ...]:
    return tuple(CAMERAS[name] for name in names)


SPLITS = {
    "train": Split(0.05, 0.6, _cameras(TRAIN_CAMERAS), 1.0),
    "val": Split(0.62, 0.74, _cameras(TRAIN_CAMERAS), 1.0),
    "test": Split(0.76, 0.9, _cameras(TEST_CAMERAS), 0.25),
    "clips": Split(0.9, 1.0, _cameras(TEST_CAMERAS), 0.0),
}


def density_of(objects: int) -> str:
    """free or jam."""
    return "jam" if objects >= JAM_MIN_OBJECTS else "free"
