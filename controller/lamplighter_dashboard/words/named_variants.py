"""What a variant is worth, beside its name: accuracy by size, with what that rests on. Pure."""

from statistics import fmean

from lamplighter_client.documents import FleetRow, Variant
from lamplighter_client.streaming.fleet_sums import measured_elsewhere
from lamplighter_wire.messages import Prediction
from lamplighter_wire.words import accuracy
from lamplighter_wire.words.accuracy import accuracy_words

from lamplighter_dashboard.words import figures

RENDERED = "renders"
LEGEND = "* on rendered streets"


def marked(value: float, kind: str) -> str:
    """ "0.77*" where there is room for a sign only; LEGEND says what it means."""
    return figures.ap50(value) + ("*" if value and kind == RENDERED else "")


def in_brackets(predicted: Prediction | None) -> str:
    """Behind a point's name; empty: nothing is predicted of it."""
    said = accuracy.predicted_accuracy(predicted)
    return f" ({said})" if said else ""


def by_size(variant: Variant | None) -> str:
    """ "AP50 0.77 at 256x192, 0.80 at 384x288, on rendered streets": means over regimes."""
    sizes = variant.expected_ap50 if variant else {}
    means = {size: fmean(found.values()) for size, found in sizes.items() if found}
    if variant is None or not means:
        return ""
    told = ", ".join(f"{means[size]:.2f} at {size}" for size in sorted(means, key=_pixels))
    on = accuracy.basis_words("", variant.measured_on)
    return ", ".join(filter(None, [f"AP50 {told}", on]))


def served(row: FleetRow) -> str:
    """ "int8-p50 at 256x192"; a dash: nothing."""
    name = row.recipe or row.variant
    return f"{name} at {figures.size(row.width, row.height)}" if name else figures.NOTHING


def served_accuracy(row: FleetRow) -> str:
    """Of the point that it serves; empty: not known."""
    between = row.ap50_low, row.ap50_high
    return accuracy_words(row.expected_ap50, row.ap50_basis, row.measured_on, *between)


def is_rendered(row: FleetRow) -> bool:
    """Whether its accuracy is from rendered streets, and not of its own cameras."""
    return bool(row.expected_ap50) and measured_elsewhere(row) == RENDERED


def _pixels(size: str) -> int:
    width, _, height = size.partition("x")
    return int(width) * int(height) if width.isdigit() and height.isdigit() else 0
