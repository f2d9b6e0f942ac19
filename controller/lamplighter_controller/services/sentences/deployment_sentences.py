"""Orders to devices, and what became of them. Pure."""

from lamplighter_wire.messages import OperatingPoint, Reported, Rung
from lamplighter_wire.words.accuracy import predicted_accuracy
from lamplighter_wire.words.causes import cause_words
from lamplighter_wire.words.names import plain, point_words, variant_words
from lamplighter_wire.words.outcomes import because, outcome_sentence

from lamplighter_controller.services.sentences.sentence import Sentence, many


def _rung(rung: Rung) -> str:
    """A point, and how accurate it is expected to be there."""
    accuracy = predicted_accuracy(rung.predicted, in_short=True)
    return point_words(rung.point) + (f" ({accuracy})" if accuracy else "")


def ordered(device: str, rung: Rung, cause: str) -> Sentence:
    """The device is told."""
    served = _rung(rung)
    why = cause_words(cause)
    return Sentence(f"{device} is told to serve {served}, which it proves first, since {why}")


def ordered_again(device: str, point: OperatingPoint, cause: str) -> Sentence:
    """What it shall serve is the same; what goes with it is not."""
    return Sentence(f"{device} is told anew to serve {point_words(point)}: {cause_words(cause)}")


def held(device: str, rung: Rung, why: str) -> Sentence:
    """A gate keeps an order."""
    return Sentence(f"{device} is to serve {_rung(rung)}, but is not told yet: {why}")


def withdrawn(device: str, point: OperatingPoint) -> Sentence:
    """What was kept is wanted no longer."""
    return Sentence(f"{device} need not change to {point_words(point)} any more")


def ended(device: str, reported: Reported, rung: Rung | None) -> Sentence:
    """`rung`: what was ordered, where that is known."""
    what = _rung(rung) if rung else ""
    return Sentence(f"{device} {outcome_sentence(reported, what)}")


def not_begun(device: str, variant: str, reported: Reported) -> Sentence:
    """An order that the device would not even look at."""
    why = because(reported.reason, reported.detail)
    return Sentence(f"{device} has refused the order to serve {variant_words(variant)}{why}")


def gave_up(device: str, reported: Reported, tries: int) -> Sentence:
    """Trying again has not helped."""
    name = variant_words(reported.variant) or "its order"
    why = because(reported.reason, reported.detail)
    hint = f". {reported.hint}" if reported.hint else ""
    times = many(tries + 1, "time")
    return Sentence(
        f"{device} has failed to take {name} {times}, and is not asked again{why}{hint}"
    )


def not_believed(device: str, reported: Reported, ahead_s: float | None) -> Sentence:
    """`ahead_s`: how far its clock is before ours, where that is what is wrong."""
    why = because(reported.reason)
    hint = f". {reported.hint}" if reported.hint else ""
    is_told = ahead_s is not None
    told = f"; its clock and the controller's are {ahead_s:+.0f} s apart" if is_told else ""
    return Sentence(f"{device} believes no order{why}{told}{hint}")


def nothing_fits(device: str, reasons: str) -> Sentence:
    """No plan."""
    return Sentence(
        f"{device} keeps what it has, as nothing that is offered fits it: {plain(reasons)}"
    )


def late_request(device: str, waited_s: float) -> Sentence:
    """It asked while nobody could hear it."""
    return Sentence(
        f"{device} asked for another variant {waited_s:.0f} s before it came back; what it needs"
        " now is decided by what it measures next"
    )


def unknown_request(device: str, kind: str) -> Sentence:
    """Of an agent that is newer, or none of ours."""
    return Sentence(f"{device} asks for {kind!r}, which this controller does not know")
