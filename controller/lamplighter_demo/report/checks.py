"""What the demo must show, checked on its own report, and a summary for people."""

from lamplighter_wire.enums import AnswerKind, Outcome

from lamplighter_demo.report.schema import DeviceReport, Recompression, Report, SwitchedOff

MOST_CHUNKS_SENT_AGAIN = 32  # a window of the agent at its largest
JUDGED = {True: "justified", False: "not justified", None: "not judged"}


def check(
    devices: list[DeviceReport], answers: list[Recompression], whole_city: bool = True
) -> dict[str, bool]:
    """Name of each promise -> whether this run kept it. Part of the city promises less."""
    promises = {
        "every_device_serves": all(d.frames.served > 0 for d in devices),
        "every_plan_has_reasons": all(p.reasons for d in devices for p in d.plans),
        "shifts_detected": any(d.shifts for d in devices),
    }
    return promises | _of_the_whole_city(devices, answers) if whole_city else promises


def _of_the_whole_city(
    devices: list[DeviceReport], answers: list[Recompression]
) -> dict[str, bool]:
    points = {(d.plans[0].variant, d.plans[0].size) for d in devices if d.plans}
    kinds = {a.kind for a in answers if a.justified}
    refused = [x for d in devices for x in d.deployments if x.outcome == Outcome.REJECTED]
    return {
        "different_devices_different_points": len(points) > 1,
        "justified_switch_by_ladder": AnswerKind.LADDER in kinds,
        "justified_switch_from_cache": AnswerKind.CACHED in kinds,
        "justified_rebuilt_variant": AnswerKind.REBUILT in kinds,
        "variant_refused_on_device": any(x.injected for x in refused),
        "transfer_survived_power_cut": any(_survived(d.switched_off) for d in devices),
    }


def _survived(switched_off: SwitchedOff) -> bool:
    """Whether the transfer finished, and no more than a window was asked for twice."""
    again = switched_off.chunks_sent_again
    return bool(switched_off.finished) and again is not None and again <= MOST_CHUNKS_SENT_AGAIN


def summary(report: Report) -> list[str]:
    """The report in a screenful."""
    return [
        "",
        *map(_device_line, report.devices),
        *map(_answer_line, report.recompressions),
        *(
            str(line)
            for kind in ("verdict", "why", "verdict_by_counts")
            for line in report.comparison.get(kind, [])
        ),
        *(f"{'ok  ' if kept else 'MISS'}  {name}" for name, kept in report.checks.items()),
    ]


def _device_line(device: DeviceReport) -> str:
    plan = device.plans[0] if device.plans else None
    first = f"{plan.variant} at {plan.size}" if plan else "nothing"
    accuracy = f"AP50 {device.truth_ap50:.2f}" if device.truth_ap50 is not None else ""
    return (
        f"{device.id:11s} began with {first}; {len(device.shifts)} shifts,"
        f" {len(device.deployments)} deployments, {device.frames.served} frames served,"
        f" {device.frames.dropped} dropped, {accuracy}"
    )


def _answer_line(answer: Recompression) -> str:
    serving = answer.seconds.serving
    clock = f"serving after {serving:.1f} s" if serving is not None else answer.outcome
    return (
        f"{answer.device:11s} {answer.trigger} answered by {answer.kind}:"
        f" {answer.from_variant} -> {answer.to_variant or '–'}, {clock},"
        f" {answer.bytes_sent / 1024:.0f} KiB, {JUDGED[answer.justified]}"
    )
