"""Every kind of road user with its shapes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lamplighter_scenes.rendering.meshes.people import bicycle, motorcycle, person
from lamplighter_scenes.rendering.meshes.primitives import ANY, BODY, PLAIN, Colour, Mesh
from lamplighter_scenes.rendering.meshes.vehicles import bus, car, truck, van
from lamplighter_scenes.road_users import SIZE_M

WHITE: Colour = (0.8, 0.8, 0.8)


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of a kind; `size_m` is its true extent, for amodal boxes."""

    mesh: Mesh
    size_m: tuple[float, float, float]


def _fitted(parts: Sequence[Mesh], size_m: tuple[float, float, float]) -> Shape:
    """The parts as one mesh of this size that stands on z = 0."""
    mesh = np.concatenate(parts)
    low, high = mesh[:, :3].min(0), mesh[:, :3].max(0)
    middle = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    mesh[:, :3] = (mesh[:, :3] - middle) * (np.array(size_m) / (high - low))
    return Shape(mesh.astype(np.float32), size_m)


def _cars() -> list[Shape]:
    shapes = [
        ((4.0, 1.76, 1.48), 0.92, 0.95, (0.01, 0.09, 0.58, 0.74)),  # hatchback
        ((4.65, 1.82, 1.45), 0.86, 0.98, (0.17, 0.30, 0.60, 0.75)),  # saloon
        ((4.6, 1.82, 1.5), 0.88, 0.95, (0.01, 0.08, 0.60, 0.74)),  # estate
        ((4.5, 1.88, 1.72), 1.0, 1.05, (0.01, 0.06, 0.60, 0.73)),  # SUV
        ((3.6, 1.65, 1.5), 0.92, 0.95, (0.01, 0.07, 0.64, 0.82)),  # small car
        ((4.4, 1.82, 1.65), 0.95, 0.98, (0.01, 0.05, 0.62, 0.86)),  # people carrier
    ]
    return [
        _fitted(car(size[0], size[2], cabin, bonnet, boot), size)
        for size, bonnet, boot, cabin in shapes
    ]


def all_shapes() -> dict[str, list[Shape]]:
    """Every kind with its shapes."""
    size = SIZE_M
    return {
        "car": _cars(),
        "van": [
            _fitted(van(2.3, False), size["van"]),
            _fitted(van(2.5, False), (5.6, 2.0, 2.5)),
            _fitted(van(2.05, True), (5.1, 1.95, 2.05)),
        ],
        "truck": [
            _fitted(truck(WHITE, PLAIN, False), size["truck"]),
            _fitted(truck(ANY, BODY, False), (7.8, 2.5, 3.2)),
            _fitted(truck((0.4, 0.36, 0.3), PLAIN, True), (8.2, 2.5, 3.0)),
        ],
        "bus": [
            _fitted(bus((0.6, 0.1, 0.1)), size["bus"]),
            _fitted(bus((0.1, 0.2, 0.45)), (11.5, 2.55, 3.0)),
        ],
        "motorcycle": [_fitted(motorcycle(), size["motorcycle"])],
        "bicycle": [
            _fitted(bicycle(False), size["bicycle"]),
            _fitted(bicycle(True), (1.75, 0.6, 1.7)),
        ],
        "person": [
            _fitted(person(0.2, False), (0.55, 0.55, 1.75)),
            _fitted(person(0.1, True), (0.5, 0.55, 1.7)),
            _fitted(person(-0.16, False), (0.5, 0.5, 1.62)),
        ],
    }
