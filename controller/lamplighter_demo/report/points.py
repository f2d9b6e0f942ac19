"""What each variant would have been on a device at the end of its day."""

from lamplighter_client.documents.making.fronts import Front

from lamplighter_demo.report.schema import PointEntry


def points_of(front: Front) -> list[PointEntry]:
    """Those that may run there and that no other makes needless."""
    return [
        PointEntry(
            variant=point.variant,
            size=point.size,
            latency_p95_ms=round(point.predicted.latency_p95_ms, 3),
            energy_mj_per_frame=round(point.predicted.energy_mj_per_frame, 3),
            ap50=round(point.predicted.expected_ap50, 4),
            ap50_basis=point.predicted.ap50_basis,
            measured_on=point.predicted.measured_on,
            breaks={name: round(share, 3) for name, share in point.broken.items()},
            serves=point.is_serving,
        )
        for point in front.points
        if point.predicted is not None and not point.rejected_because
    ]
