"""What the API's documents say, in the words of dashboard, command line and demo. Pure."""

from lamplighter_wire.messages import CameraFacts, Capabilities, OperatingPoint, Reported

from lamplighter_client.documents import Device, Event
from lamplighter_client.errors import (
    ClientError,
    MalformedError,
    RefusedError,
    UnreachableError,
    UntrustedError,
)

CONTROLLER = "controller"
# Phases of the deployment machine in an operator's words.
PHASES = {
    "IDLE": "idle",
    "FETCHING": "fetching",
    "VERIFYING": "verifying",
    "STAGED": "on trial",
    "PROBATION": "probation",
    "COMMITTED": "committed",
    "ROLLING_BACK": "rolling back",
    "FAILED": "failed",
    "REJECTED": "refused",
}
# What helps against a status; other refusals say it themselves.
REMEDIES = {
    401: "name a token that it knows with --token or LAMPLIGHTER_TOKEN",
    403: "use a token with that role: --token or LAMPLIGHTER_TOKEN",
    503: "try again; if that does not help, see the log of `lamplighter serve`",
}


USUAL_BITS = 8  # of each colour


def per_cent(share: float, digits: int = 0) -> str:
    """ "97 %" of 0.97."""
    return f"{100 * share:.{digits}f} %"


def phase_words(reported: Reported) -> str:
    """A deployment's phase; one that this side does not know as it was reported."""
    return PHASES.get(reported.phase, reported.phase.lower())


def size_text(point: OperatingPoint) -> str:
    """The input resolution, for example "384x288"."""
    return f"{point.width}x{point.height}"


def camera_text(camera: CameraFacts) -> str:
    """What a camera gives, as measured from its pictures."""
    size = f"{camera.width}x{camera.height}" if camera.width else "size not known yet"
    rate = f"{camera.fps:.1f} fps" if camera.fps else "rate not known yet"
    deep = [f"{camera.bits} bits"] if camera.bits > USUAL_BITS else []
    turned = [f"turned by {camera.rotation_deg} degrees"] if camera.rotation_deg else []
    busy = [f"{per_cent(camera.busy_cores)} of a core to decode"] if camera.busy_cores else []
    return ", ".join([size, rate, *deep, *turned, *busy])


def cameras_text(facts: Capabilities | None) -> str:
    """What a device's camera gives, or how many it has; empty: nothing is known of them yet."""
    cameras = list(facts.cameras.values()) if facts else []
    if len(cameras) == 1:
        return camera_text(cameras[0])
    fps = sum(camera.fps for camera in cameras)
    return f"{len(cameras)} cameras, {fps:.1f} fps" if cameras else ""


def served_variant(device: Device) -> str:
    """The variant that a device says it serves; empty: none."""
    return device.reported.serving.variant if device.reported else ""


def subject(event: Event) -> str:
    """Whom an event is about."""
    return event.device or CONTROLLER


def event_text(event: Event) -> str:
    """What happened, without the device's name in front."""
    text = event.text or event.kind
    return text.removeprefix(subject(event)).removeprefix(":").lstrip()


def is_news(event: Event) -> bool:
    """Whether to show it: the controller repeats each outcome that a device notes, with detail."""
    return event.kind != "deployment" or "outcome" not in event.data


def error_text(error: ClientError) -> str:
    """What went wrong, and what to do about it."""
    match error:
        case UntrustedError():
            return str(error)
        case UnreachableError():
            return f"{error}. Is `lamplighter serve` running?"
        case RefusedError():
            remedy = REMEDIES.get(error.status)
            return f"{error}; {remedy}" if remedy else str(error)
        case MalformedError():
            return f"{error}. Is it a controller of this version?"
        case _:
            return str(error)
