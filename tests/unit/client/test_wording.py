"""The words that dashboard, command line and demo share."""

import pytest
from lamplighter_client.documents import Device, Event, Problem
from lamplighter_client.errors import (
    ClientError,
    MalformedError,
    NoControllerError,
    RefusedError,
    UnreachableError,
)
from lamplighter_client.wording import (
    camera_text,
    cameras_text,
    error_text,
    event_text,
    is_news,
    phase_words,
    served_variant,
    subject,
)
from lamplighter_wire.messages import CameraFacts, Capabilities, OperatingPoint, Reported


def test_a_device_is_not_named_twice() -> None:
    event = Event(device="cam-1", text="cam-1: revision 2 committed")
    assert (subject(event), event_text(event)) == ("cam-1", "revision 2 committed")
    assert subject(Event(kind="started")) == "controller"
    assert event_text(Event(kind="started")) == "started"


def test_an_outcome_is_news_once() -> None:
    assert not is_news(Event(kind="deployment", data={"outcome": "committed"}))
    assert is_news(Event(kind="deployment", data={"phase": "FETCHING"}))
    assert is_news(Event(kind="committed", data={"outcome": "committed"}))


def test_phases_are_told_in_words() -> None:
    assert phase_words(Reported(phase="STAGED")) == "on trial"
    assert phase_words(Reported(phase="DREAMING")) == "dreaming"


def test_a_device_that_has_not_reported_serves_nothing() -> None:
    assert served_variant(Device()) == ""
    reported = Reported(serving=OperatingPoint(variant="int8-full"))
    assert served_variant(Device(reported=reported)) == "int8-full"


def test_what_cameras_give_is_told_as_far_as_it_is_known() -> None:
    plain = CameraFacts(fps=4.93, width=1280, height=720, bits=8)
    assert camera_text(plain) == "1280x720, 4.9 fps"
    odd = CameraFacts(width=720, height=1280, rotation_deg=90, bits=10)
    assert camera_text(odd) == "720x1280, rate not known yet, 10 bits, turned by 90 degrees"
    assert camera_text(CameraFacts()) == "size not known yet, rate not known yet"
    assert cameras_text(None) == cameras_text(Capabilities()) == ""
    assert cameras_text(Capabilities(cameras={"": plain})) == "1280x720, 4.9 fps"
    assert cameras_text(Capabilities(cameras={"a": plain, "b": odd})) == "2 cameras, 4.9 fps"


def refused(status: int, detail: str = "no") -> RefusedError:
    return RefusedError(Problem(status=status, detail=detail))


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (UnreachableError("no controller answers"), "lamplighter serve"),
        (refused(401), "--token"),
        (refused(403), "--token"),
        (refused(503), "try again"),
        (MalformedError("cannot be read"), "version"),
        (NoControllerError("Start one: lamplighter serve"), "lamplighter serve"),
        (refused(404, "no device; see: lamplighter device list"), "lamplighter device list"),
    ],
)
def test_every_error_names_what_helps(error: ClientError, remedy: str) -> None:
    text = error_text(error)
    assert text.startswith(str(error))
    assert remedy in text
