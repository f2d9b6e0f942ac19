"""What devices tell of by themselves, as sentences that need no other word. Pure.

The device's name stands beside each of them; codes and ids stand in the event's data.
"""

from lamplighter_wire.enums import SourceState
from lamplighter_wire.messages import OperatingPoint, Shift
from lamplighter_wire.words.names import point_words, variant_words


def workload_shift(shift: Shift) -> str:
    """The street has changed, or asks for another frame rate."""
    before, after = shift.before, shift.after
    rate = f"{after.fps_demand:.1f} frames/s"
    if before.regime == after.regime:
        return f"the street stays {after.regime} and asks for {rate} now"
    was = f"was {before.regime} and " if before.regime else ""
    return f"the street {was}is {after.regime} now, and asks for {rate}"


def ladder_switch(point: OperatingPoint) -> str:
    """It has answered a change by itself."""
    return f"has changed over by itself to {point_words(point)}, which it held ready"


def breach(broken: str) -> str:
    """`broken`: figure and limit."""
    return f"breaks a limit ({broken}), and asks for something better"


def source(state: str, stream: str, reason: str) -> str:
    """A camera has come back, is lost, or has nothing more to show."""
    camera = f"the camera {stream}".rstrip()
    if state == SourceState.OK:
        return f"{camera} is back"
    why = f": {reason}" if reason else ""
    if state == SourceState.ENDED:
        return f"{camera} has ended{why}: nothing more comes of it"
    return f"{camera} is {state}{why}; it is tried again"


def nothing_opens() -> str:
    """After a start."""
    return "none of the variants that it has committed to can be opened: it serves nothing"


def left_out(point: OperatingPoint, why: str) -> str:
    """A rung is not taken."""
    return f"does not keep {point_words(point)} ready to change over to: {why}"


def damaged(variant: str, damage: str) -> str:
    """Its disk has changed a file."""
    return f"finds {variant_words(variant)} damaged on its disk ({damage}), and mends it"


def mended(variant: str, *, fetched: bool) -> str:
    """From the chunks that it holds, or from elsewhere."""
    how = "by fetching it again" if fetched else "from the parts that it holds"
    return f"has mended {variant_words(variant)} {how}"


def probe_failed(reason: str) -> str:
    """No figures of its speed."""
    return f"could not measure its own speed: {reason}; it serves all the same"


def pictures_asked(count: int, interval_s: float) -> str:
    """It has begun to send some."""
    return f"sends up to {count} pictures to the controller, one every {interval_s:g} s"


def pictures_sent(count: int) -> str:
    """It has ended."""
    pictures = "1 picture" if count == 1 else f"{count} pictures"
    return f"has sent {pictures} to the controller"


def pictures_refused(reason: str) -> str:
    """Its owner does not permit it, or there are none."""
    return f"has sent the controller none of the pictures that it asked for: {reason}"


def still_sent(privacy: str) -> str:
    """One went out."""
    return f"has sent one still picture to the controller ({privacy})"


def still_refused(reason: str) -> str:
    """None went out."""
    return f"has sent the controller no still picture, though it asked for one: {reason}"


def certificate_renewed() -> str:
    """The new one is in use."""
    return "has a new certificate, and uses it from now on"


def certificate_kept(why: str) -> str:
    """The new one is not."""
    return f"goes on with its old certificate: {why}"


def authorities_taken(count: int) -> str:
    """Other authorities count."""
    known = "one authority" if count == 1 else f"{count} authorities"
    return f"trusts another authority for certificates: {known} from now on"


def authorities_kept(why: str) -> str:
    """They are not believed."""
    return f"does not believe the other authorities, and keeps to the old ones: {why}"


def signing_keys_taken(count: int) -> str:
    """Other signing keys count."""
    known = "one signing key" if count == 1 else f"{count} signing keys"
    return f"believes orders signed by other keys: {known} from now on"


def signing_keys_kept(why: str) -> str:
    """They are not believed."""
    return f"does not believe the other signing keys, and keeps to the old ones: {why}"


def configured(version: int) -> str:
    """Settings from afar are in force."""
    return f"goes by the settings that the controller sent, version {version}"


def configuration_refused(version: int, why: str) -> str:
    """0: not known, as it is not believed."""
    which = f", version {version}" if version else ""
    return f"has refused the settings that the controller sent{which}: {why}"


def clock_corrected(days_ahead: float) -> str:
    """It goes by the controller's signed word."""
    word = "ahead" if days_ahead > 0 else "behind"
    return (
        f"its clock is {abs(days_ahead):.1f} days {word}: the controller's time counts there until"
        " it is set, with timedatectl set-ntp true"
    )
