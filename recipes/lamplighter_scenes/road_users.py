"""The kinds of road users and their sizes in metres (length, width, height)."""

from lamplighter_wire.tasks.detection import CLASSES

VEHICLES = tuple(kind for kind in CLASSES if kind != "person")
MOTOR_VEHICLES = ("car", "van", "truck", "bus", "motorcycle")

SIZE_M: dict[str, tuple[float, float, float]] = {
    "car": (4.4, 1.8, 1.5),
    "van": (5.5, 2.0, 2.3),
    "truck": (8.5, 2.5, 3.3),
    "bus": (12.0, 2.55, 3.1),
    "motorcycle": (2.1, 0.8, 1.55),
    "bicycle": (1.8, 0.6, 1.75),
    "person": (0.5, 0.55, 1.75),
}

__all__ = ["CLASSES", "MOTOR_VEHICLES", "SIZE_M", "VEHICLES"]
