"""An accuracy with what it rests on: none is said without that. Pure."""

from lamplighter_wire.messages import Prediction

MEASURED_ON = {"renders": "on rendered streets", "pictures": "on pictures of cameras"}


ANOTHER_STREET, LESS = "another street", "less what another street costs"
# What an accuracy rests on where a device stands; another basis is of its own cameras.
BASES = {
    "own evaluation": "measured on pictures of its site",
    "this camera's labels": "measured on labels of its camera",
}


def basis_words(basis: str, measured_on: str) -> str:
    """What says so where the device stands, or else what it was measured on."""
    on = MEASURED_ON.get(measured_on, measured_on)
    if not basis:
        return on
    if basis == ANOTHER_STREET:
        return f"{on}, {LESS}" if on else LESS
    return BASES.get(basis, f"expected for {basis}")


def range_words(low: float, high: float) -> str:
    """ " (0.55 to 0.70)"; empty where it is not told."""
    return f" ({low:.2f} to {high:.2f})" if high else ""


def accuracy_words(
    ap50: float, basis: str = "", measured_on: str = "", low: float = 0.0, high: float = 0.0
) -> str:
    """ "AP50 0.81 on rendered streets", "AP50 0.62 (0.55 to 0.70) expected for this camera, by
    heights"; empty: nothing is known."""
    if not ap50:
        return ""
    said = basis_words(basis, measured_on)
    return f"AP50 {ap50:.2f}{range_words(low, high)} {said}".rstrip()


def predicted_accuracy(predicted: Prediction | None, *, in_short: bool = False) -> str:
    """That of a plan; `in_short`: without how far it may be out, for a sentence."""
    if predicted is None:
        return ""
    low, high = (0.0, 0.0) if in_short else predicted.ap50_range
    basis, on = predicted.ap50_basis, predicted.measured_on
    return accuracy_words(predicted.expected_ap50, basis, on, low, high)
