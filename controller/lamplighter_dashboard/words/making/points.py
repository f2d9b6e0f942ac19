"""Points of a device in words: where it stands, what accuracy is paid with, two compared. Pure."""

from collections.abc import Sequence

from lamplighter_client.documents import Job
from lamplighter_client.documents.making.fronts import Front, FrontPoint
from lamplighter_client.making.costs import UNITS, Cost, accuracy_of, cost_of, name_of
from lamplighter_wire.words.accuracy import MEASURED_ON

from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.device_page import Words

TITLES = {
    Cost.LATENCY: "Accuracy against latency",
    Cost.ENERGY: "Accuracy against energy",
    Cost.BYTES: "Accuracy against bytes to send",
    Cost.MEMORY: "Accuracy against memory",
}
BAR = 10
UNKNOWN = "?"


def front_line(front: Front, now: str) -> Words:
    """Whose points, in which regime. `now`: the regime that the street is in."""
    words: Words = [(front.device, "accent")]
    if front.processor:
        words.append((f"  {front.processor}", "dim"))
    is_now = " (now)" if front.regime == now else ""
    words.append((f"  {front.regime}{is_now}", "busy"))
    words.append((f"  {front.fps_demand:.1f} frames/s wanted", "text"))
    limits = [
        f"p95 {front.limits.latency_p95_ms:g} ms" if front.limits.latency_p95_ms else "",
        f"{front.limits.power_w:g} W" if front.limits.power_w else "",
    ]
    told = ", ".join(filter(None, limits))
    if told:
        words.append((f"  at most {told}", "dim"))
    return words


def class_text(names: Sequence[str]) -> str:
    """A class of hardware, by its devices."""
    return f"{figures.count(len(names), 'device')} like {names[0]}"


def measured_text(points: Sequence[FrontPoint]) -> str:
    """What the accuracies were measured on."""
    on = {p.predicted.measured_on for p in points if p.predicted and p.predicted.measured_on}
    return ", ".join(MEASURED_ON.get(one, one) for one in sorted(on))


def standing(point: FrontPoint) -> tuple[str, str]:
    """What stands in its way, or that it serves; and the tone of that."""
    if point.is_serving:
        return "● serving", "well"
    if point.rejected_because:
        return point.rejected_because, "dim"
    if point.broken:
        over = ", ".join(
            f"{name} by {figures.share(share)}" for name, share in sorted(point.broken.items())
        )
        return f"breaks {over}", "error"
    if not point.built:
        return "not built yet", "warning"
    return ("held already" if point.is_held else ""), "dim"


def building(jobs: Sequence[Job], variant: str = "") -> Words:
    """Builds that are under way, of one variant or of all; with how far each is."""
    words: Words = []
    for job in jobs:
        if job.is_running and variant in ("", job.subject):
            words.append((f"{job.subject} {progress_bar(job.progress)} {job.stage}\n", "busy"))
    return words


def progress_bar(share: float) -> str:
    """ "████░░░░░░ 40 %"."""
    filled = round(BAR * min(1.0, max(0.0, share)))
    return f"{'█' * filled}{'░' * (BAR - filled)} {figures.share(share)}"


def compared(first: FrontPoint, second: FrontPoint) -> Words:
    """What the second has over the first, a line for each figure."""
    words: Words = [(f"{name_of(first)} → {name_of(second)}\n", "accent")]
    on = measured_text([first, second])
    told = _accuracy_text(accuracy_of(first), accuracy_of(second))
    words.append((f"{told}{f', {on}' if on else ''}\n", "text"))
    for cost in Cost:
        words.append((_cost_text(cost, cost_of(first, cost), cost_of(second, cost)), "text"))
    rates = f"{_known(first.fps_limit)} → {_known(second.fps_limit)}"
    words.append((f"frames/s {rates} at most\n", "text"))
    for title, one, other in (
        ("precision", first.precision, second.precision),
        ("recipe", first.recipe, second.recipe),
    ):
        if one != other:
            both = f"{one or figures.NOTHING} → {other or figures.NOTHING}"
            words.append((f"{title} {both}\n", "dim"))
    return words + [
        (f"? of {name_of(p)}: {why}\n", "warning") for p, why in _unknown(first, second)
    ]


def _unknown(*pair: FrontPoint) -> list[tuple[FrontPoint, str]]:
    """Points of which figures are not known, and why."""
    asked = [(p, [cost for cost in Cost if not cost_of(p, cost)]) for p in pair]
    return [(p, p.rejected_because or f"no {', '.join(c)} known yet") for p, c in asked if c]


def _known(value: float) -> str:
    """A figure of which 0 is that it is not known."""
    return f"{value:.1f}" if value else UNKNOWN


def _accuracy_text(first: float, second: float) -> str:
    if not (first and second):
        return f"AP50 {figures.ap50(first)} → {figures.ap50(second)}"
    points = 100 * (second - first)
    how = "more" if points > 0 else "less"
    said = "the same" if abs(points) < 0.05 else f"{abs(points):.1f} points {how}"
    return f"AP50 {first:.2f} → {second:.2f}: {said}"


def _cost_text(cost: Cost, first: float, second: float) -> str:
    both = f"{_known(first)} → {_known(second)} {UNITS[cost]}"
    if not (first and second):
        return f"{cost} {both}\n"
    share = second / first - 1
    how = "more" if share > 0 else "less"
    said = "the same" if abs(share) < 0.005 else f"{figures.share(abs(share))} {how}"
    return f"{cost} {both}: {said}\n"
