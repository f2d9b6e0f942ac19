"""What was predicted of the point that serves, beside what is observed. Pure."""

from collections.abc import Callable, Sequence
from statistics import median

from lamplighter_client.documents import Device, TelemetryEntry
from lamplighter_client.documents.street.accuracy import DeviceAccuracy, LabelledPoint
from lamplighter_wire.messages import OperatingPoint, Rung
from lamplighter_wire.words.accuracy import predicted_accuracy

from lamplighter_dashboard.words import figures

Words = list[tuple[str, str]]
NOT_LABELLED = "not measured before this camera: nobody has labelled its pictures"
# Of the energy; that of the latency comes with the prediction.
ENERGY_REL_ERROR = 0.3


def compared(
    device: Device, windows: Sequence[TelemetryEntry], known: DeviceAccuracy | None
) -> Words:
    """Latency, energy and accuracy, a line each; nothing while nothing serves.

    Observed are medians of the windows in which this point served in the regime of now.
    """
    newest = device.telemetry
    rung = _rung(device, newest.serving) if newest is not None else None
    if newest is None or rung is None:
        return []
    regime, predicted = str(newest.regime), rung.predicted
    seen = [
        one
        for one in windows
        if one.serving == newest.serving and str(one.regime) == regime and not one.disturbed
    ]
    title = f"Predicted and observed: {_name(rung.point)} in {regime}\n"
    source = newest.energy_source
    return [
        (title, "accent"),
        _line(
            "p95",
            predicted.latency_p95_ms,
            predicted.latency_rel_error,
            _median(seen, lambda one: one.latency_p95_ms),
            "ms",
        ),
        _line(
            "energy",
            predicted.energy_mj_per_frame,
            ENERGY_REL_ERROR,
            _median(seen, lambda one: one.energy_mj_per_frame),
            "mJ a frame" + (", an estimate" if source == "estimate" else ""),
        ),
        _accuracy_line(rung, regime, known),
        (f"  observed: medians of {figures.count(len(seen), 'window')} of the charts\n\n", "dim"),
    ]


def _rung(device: Device, point: OperatingPoint) -> Rung | None:
    if device.desired is None:
        return None
    rungs = (device.desired.primary, *device.desired.ladder)
    return next((one for one in rungs if one.point == point), None)


def _name(point: OperatingPoint) -> str:
    return f"{point.variant} at {figures.size(point.width, point.height)}"


def _median(windows: Sequence[TelemetryEntry], figure: Callable[[TelemetryEntry], float]) -> float:
    values = [value for one in windows if (value := figure(one))]
    return median(values) if values else 0.0


def _line(
    name: str, predicted: float, rel_error: float, observed: float, unit: str
) -> tuple[str, str]:
    if not predicted:
        told = f"not predicted; observed {observed:.1f} {unit}" if observed else "neither known"
        return f"  {name:8}{told}\n", "dim"
    said = f"  {name:8}predicted {predicted:.1f}, observed "
    if not observed:
        return f"{said}nothing yet\n", "dim"
    off = observed / predicted - 1
    how = f"{abs(100 * off):.0f} % {'more' if off > 0 else 'less'}"
    beyond = ", beyond what it may be out" if abs(off) > rel_error else ""
    tone = "warning" if beyond and off > 0 else "text"
    return f"{said}{observed:.1f} {unit}: {how}{beyond}\n", tone


def _accuracy_line(rung: Rung, regime: str, known: DeviceAccuracy | None) -> tuple[str, str]:
    predicted = rung.predicted
    told = predicted_accuracy(predicted).removeprefix("AP50 ")
    said = f"  {'AP50':8}predicted {told or figures.NOTHING}"
    labelled = _labelled(rung.point, regime, known)
    if labelled is None:
        return f"{said}; {NOT_LABELLED}\n", "text" if predicted.expected_ap50 else "dim"
    between = f" ({labelled.low:.2f} to {labelled.high:.2f})" if labelled.high else ""
    pictures = figures.count(labelled.pictures, "labelled picture")
    return f"{said}, observed {labelled.ap50:.2f}{between} on {pictures} of its own\n", "text"


def _labelled(
    point: OperatingPoint, regime: str, known: DeviceAccuracy | None
) -> LabelledPoint | None:
    size = figures.size(point.width, point.height)
    place = (point.variant, size, regime)
    measured = known.labelled if known is not None else []
    return next((one for one in measured if (one.variant, one.size, one.regime) == place), None)
