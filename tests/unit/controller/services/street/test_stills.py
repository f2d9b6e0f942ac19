"""A still is asked for, waited for, handed on and forgotten."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lamplighter_controller.errors import ConflictError
from lamplighter_controller.services.asking.questions import Question
from lamplighter_wire.messages import Still

from tests.simulators.controller_rig import Rig
from tests.simulators.still_camera import JPEG, PREVIEW, StillCamera


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


@pytest.fixture
def camera(rig: Rig) -> StillCamera:
    return StillCamera(rig)


def ask(rig: Rig, device: str = "cam-1", stream: str = "") -> Question[Still]:
    asked = rig.services.stills.ask(device, stream, "ops")
    rig.settle()
    return asked


def refused(asked: Question[Still]) -> str:
    assert asked.answer.done()
    with pytest.raises(ConflictError) as caught:
        asked.answer.result(0)
    return str(caught.value)


def test_an_order_is_answered_and_told(rig: Rig, camera: StillCamera) -> None:
    asked = ask(rig, stream="north")
    (order,) = camera.orders
    assert (order.stream, order.order) == ("north", asked.name)
    camera.answer(stream="north")
    assert rig.services.stills.wait(asked).jpeg == JPEG
    (event,) = [event for event in rig.store.events() if event.kind == "still_asked"]
    assert (event.device, event.data["by"], event.data["stream"]) == ("cam-1", "ops", "north")


def test_a_still_is_on_no_disk(rig: Rig, camera: StillCamera, tmp_path: Path) -> None:
    asked = ask(rig)
    camera.answer(jpeg=b"\xff\xd8\xff" + b"UNMISTAKABLE" * 40 + b"\xff\xd9")
    assert b"UNMISTAKABLE" in rig.services.stills.wait(asked).jpeg
    rig.settle()
    kept = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert kept
    assert not [file for file in kept if b"UNMISTAKABLE" in file.read_bytes()]


def test_a_device_that_gives_none_says_why(rig: Rig, camera: StillCamera) -> None:
    asked = ask(rig)
    camera.answer(refused="stills is off", jpeg=b"", preview=b"")
    assert refused(asked) == "cam-1 gives no still: stills is off"


@pytest.mark.parametrize(
    "fields",
    [
        {"jpeg": b"<html>"},
        {"preview": PREVIEW[:-1]},
        {"preview_width": 0},
        {"preview_width": -6, "preview_height": -4},
        {"preview_width": 161, "preview_height": 1, "preview": bytes(3 * 161)},
    ],
)
def test_what_is_no_still_is_handed_to_nobody(
    rig: Rig, camera: StillCamera, fields: dict[str, Any]
) -> None:
    asked = ask(rig)
    camera.answer(**fields)
    assert refused(asked) == "what cam-1 sent is no still"
