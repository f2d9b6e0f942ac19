"""When two operating points compute the same."""

from lamplighter_wire.messages import OperatingPoint

Work = tuple[str, int, int, int]


def work_of(point: OperatingPoint) -> Work:
    """What a point computes: points that differ in thresholds and rate at most have the same."""
    return (point.manifest, point.width, point.height, point.threads)


def same_work(a: OperatingPoint, b: OperatingPoint) -> bool:
    """Whether two points differ in thresholds and rate at most."""
    return work_of(a) == work_of(b)
