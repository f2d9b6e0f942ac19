"""What a plan would change of a device, line by line. Pure."""

from lamplighter_client.documents import Choice, Device, PlanAnswer
from lamplighter_client.making.plan_words import acts, sent_choice, what_follows
from lamplighter_wire.messages import OperatingPoint, Prediction
from lamplighter_wire.words.accuracy import basis_words

from lamplighter_dashboard.actions.proposal import Became
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.events import when
from lamplighter_dashboard.words.named_variants import in_brackets

MOST_REASONS, MOST_ALTERNATIVES = 6, 5


def difference(device: Device, answer: PlanAnswer, now: float) -> list[str]:
    """What acting on it would do; from what it serves to what it would; why; and what was turned
    down. `now`: wall time in seconds."""
    told = what_follows(answer, lambda at: when(at, now))
    lines = [f"{told[0].upper()}{told[1:]}.", *_change(device, answer.primary)]
    lines += [f"because {reason}" for reason in answer.reasons[:MOST_REASONS]]
    lines += [
        f"not {one.variant} at {one.size}{in_brackets(one.predicted)}: {one.rejected_because}"
        for one in answer.alternatives[:MOST_ALTERNATIVES]
    ]
    return lines


def became(device: str, shown: PlanAnswer, answer: PlanAnswer, now: float) -> Became:
    """What acting on a plan did, which may not be what was `shown`: it is planned anew."""
    told = f"{device}: {what_follows(answer, lambda at: when(at, now))}"
    before, after = sent_choice(shown), sent_choice(answer)
    was, will = (choice.point if choice else None for choice in (before, after))
    if acts(answer) and after is not None and was != will:
        told += f". This is not what was shown: it is {_point(after.point)}"
    return Became(told, is_done=acts(answer))


def _change(device: Device, choice: Choice | None) -> list[str]:
    if choice is None:
        return []
    serving = device.reported.serving if device.reported else OperatingPoint()
    before = _promise_of(device, serving)
    return [
        f"serves  {_point(serving)}",
        f"   plan → {choice.recipe or choice.variant} at {_size(choice.point)}",
        *_figures(before, choice.predicted or Prediction()),
    ]


def _size(point: OperatingPoint) -> str:
    return figures.size(point.width, point.height)


def _point(point: OperatingPoint) -> str:
    if not point.variant:
        return "nothing"
    return f"{point.variant} at {_size(point)}"


def _promise_of(device: Device, point: OperatingPoint) -> Prediction:
    """What was promised of what it serves now, where that is known."""
    if device.desired is not None:
        for rung in (device.desired.primary, *device.desired.ladder):
            same = (rung.point.variant, rung.point.width) == (point.variant, point.width)
            if same:
                return rung.predicted
    return Prediction()


def _figures(before: Prediction, after: Prediction) -> list[str]:
    rows = (
        ("AP50", before.expected_ap50, after.expected_ap50, "{:.2f}"),
        ("p95 ms", before.latency_p95_ms, after.latency_p95_ms, "{:.0f}"),
        ("mJ/frame", before.energy_mj_per_frame, after.energy_mj_per_frame, "{:.0f}"),
    )
    told = [
        f"   {name:9}{_shown(shape, was):>7} → {_shown(shape, will)}"
        for name, was, will, shape in rows
    ]
    told[0] = f"{told[0]} {basis_words(after.ap50_basis, after.measured_on)}".rstrip()
    return told


def _shown(shape: str, value: float) -> str:
    return shape.format(value) if value else figures.NOTHING
