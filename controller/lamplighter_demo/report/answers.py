"""Answers to shifts and breaches, with clocks that count from the footage's own change."""

from collections.abc import Sequence
from statistics import median

import msgspec
from lamplighter_client import documents, endpoints
from lamplighter_client.wording import size_text
from lamplighter_wire.enums import TriggerKind
from lamplighter_wire.messages import OperatingPoint

from lamplighter_demo.city.footage import Timeline
from lamplighter_demo.city.running import City
from lamplighter_demo.report import schema as report

# The detector's slowest regime evidence (density leaving a jam) begins this long after a cut.
SLOWEST_EVIDENCE_S = 12.0
# A device's evidence may begin a little before the footage's clock says.
CLOCK_TOLERANCE_S = 1.0


def recompressions(city: City) -> list[report.Recompression]:
    """All answers of the city."""
    answers = city.api.send(endpoints.recompressions())
    return [recompression(answer, city.line) for answer in answers]


def recompression(answer: documents.Recompression, line: Timeline) -> report.Recompression:
    """One answer, its clocks counted from the change of the street before it."""
    offset_s = max(0.0, answer.began_at - _changed_at(answer, line))
    return report.Recompression(
        device=answer.device,
        trigger=answer.trigger,
        from_variant=answer.from_variant,
        to_variant=answer.to_variant,
        from_size=_size(answer.from_point),
        to_size=_size(answer.to_point),
        kind=answer.kind,
        bytes_sent=answer.bytes_sent,
        size_bytes=answer.size_bytes,
        justified=answer.justified,
        replayed_gain=answer.replayed_gain,
        seconds=_later(answer.seconds, offset_s),
        outcome=answer.outcome,
        reasons=answer.reasons,
    )


def _changed_at(answer: documents.Recompression, line: Timeline) -> float:
    """When the street changed.

    A breach, or a demand that grew within a phase, has no cut of the footage behind it: its clocks
    start where the device's evidence does.
    """
    cut_at = line.change_before(answer.began_at + CLOCK_TOLERANCE_S)
    is_cut = answer.trigger == TriggerKind.SHIFT and answer.began_at - cut_at <= SLOWEST_EVIDENCE_S
    return cut_at if is_cut else answer.began_at


def _later(clocks: documents.Clocks, offset_s: float) -> report.Clocks:
    seconds = msgspec.structs.asdict(clocks)
    return report.Clocks(
        **{name: None if value is None else value + offset_s for name, value in seconds.items()}
    )


def _size(point: OperatingPoint | None) -> str:
    return size_text(point) if point else ""


def noticed_s(answers: Sequence[report.Recompression]) -> float:
    """Median seconds from a change of the street to a device's word of it; 0 without any."""
    clocks = [a.seconds.detected for a in answers if a.trigger == TriggerKind.SHIFT]
    seconds = [clock for clock in clocks if clock is not None]
    return round(median(seconds), 1) if seconds else 0.0
