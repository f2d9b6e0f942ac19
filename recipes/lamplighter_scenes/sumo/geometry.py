"""A junction's lanes and outlines, from a network of SUMO."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from lamplighter_scenes.street import Point, Street, Strip
from lamplighter_scenes.sumo.package import read_network
from lamplighter_scenes.sumo.recording import RADIUS_M
from lamplighter_scenes.sumo.scenario import Scenario, centre_of, trace_meta

GEOMETRY_RADIUS_M = 150.0


def record_street(scenario: Scenario) -> Street:
    """The junction's geometry, relative to its centre.

    Raises:
        FileNotFoundError: SUMO is not installed.
    """
    net = read_network(scenario.folder / scenario.network)
    centre = centre_of(scenario, net)
    strips, stop_lines = [], []
    for edge in net.getEdges(withInternal=True):
        signal = not edge.isSpecial() and edge.getToNode().getType() == "traffic_light"
        for lane in edge.getLanes():
            shape = _near(lane.getShape(), centre)
            if len(shape) < 2 or not _within(shape):
                continue
            kind = _kind_of(lane)
            strips.append(Strip(kind, float(lane.getWidth()), shape, bool(edge.isSpecial())))
            if signal and kind == "road":
                stop_lines.append(_stop_line(shape, float(lane.getWidth())))
    shapes = [_near(node.getShape(), centre) for node in net.getNodes()]
    junctions = tuple(shape for shape in shapes if len(shape) > 2 and _within(shape))
    meta = {**trace_meta(scenario, 1.0, 0, 0, RADIUS_M), "seed": 0}
    return Street(tuple(strips), junctions, tuple(stop_lines), meta)


def _kind_of(lane: Any) -> str:
    if lane.allows("passenger"):
        return "road"
    if lane.allows("bicycle"):
        return "bike"
    return "sidewalk" if lane.allows("pedestrian") else "verge"


def _near(shape: Iterable[Any], centre: tuple[float, float]) -> tuple[Point, ...]:
    return tuple(
        (round(float(p[0]) - centre[0], 2), round(float(p[1]) - centre[1], 2)) for p in shape
    )


def _within(shape: tuple[Point, ...]) -> bool:
    return bool(np.min(np.hypot(*np.array(shape).T)) < GEOMETRY_RADIUS_M)


def _stop_line(shape: tuple[Point, ...], width_m: float) -> tuple[Point, Point]:
    (ax, ay), (bx, by) = shape[-2], shape[-1]
    length = math.hypot(bx - ax, by - ay)
    nx, ny = -(by - ay) / length * width_m / 2, (bx - ax) / length * width_m / 2
    return (round(bx + nx, 2), round(by + ny, 2)), (round(bx - nx, 2), round(by - ny, 2))
