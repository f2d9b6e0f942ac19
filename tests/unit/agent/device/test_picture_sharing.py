"""A device gives pictures only when it is asked, its owner permits it, and in bounds."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from lamplighter_agent.camera.frame import Frame, frame_of
from lamplighter_agent.device.picture_sharing import PictureSharing, refusal
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Command, Event, Picture, PictureOrder
from lamplighter_wire.policy.picture_limits import MOST_PICTURES, is_picture
from lamplighter_wire.transport.publication import Publication

from tests.simulators.listening_controller import DEVICE, ListeningController

FRAME: Frame = frame_of(np.full((48, 64, 3), 90, np.uint8))
ORDER = PictureOrder(order="o1", count=2, interval_s=5.0)
SOURCES = {"north": "a.mp4", "south": "b.mp4"}


@dataclass
class Road:
    """Where pictures go; `settles`: the broker answers at once."""

    settles: bool = True
    is_up: bool = True
    sent: list[Picture] = field(default_factory=list)
    publications: list[Publication] = field(default_factory=list)

    def send_now(self, picture: Picture) -> Publication:
        if not self.is_up:
            raise TransportError("no connection")
        publication = Publication()
        if self.settles:
            publication.settle()
        self.sent.append(picture)
        self.publications.append(publication)
        return publication


class Owner:
    """A device whose owner has set the switch."""

    def __init__(self, folder: Path, permits: bool = True, **settings: Any) -> None:
        self.controller, self.road = ListeningController(folder), Road()
        self._settings = AgentSettings(device=DEVICE, share_pictures=permits, **settings)
        self.sharing = PictureSharing(
            self._settings, self.controller.clock, self.road.send_now, self.controller.reporter
        )

    def ask(self, order: PictureOrder = ORDER, **data: Any) -> None:
        content = {**msgspec.to_builtins(order), **data}
        self.sharing.receive(Command(kind=CommandKind.PICTURES, data=content))

    def see(self, seconds: float = 5.0, stream: str = "") -> None:
        self.sharing.offer(FRAME, stream)
        self.controller.reporter.flush()
        self.controller.clock.advance(seconds)

    def events(self) -> list[tuple[str, str]]:
        events = self.controller.messages("event")
        return [(event.kind, event.text) for event in events if isinstance(event, Event)]


def test_by_default_no_picture_leaves_the_device_and_the_refusal_is_told(tmp_path: Path) -> None:
    assert AgentSettings().share_pictures is False
    owner = Owner(tmp_path, permits=False)
    owner.ask()
    owner.see()
    assert owner.road.sent == []
    ((kind, text),) = owner.events()
    assert kind == "pictures_refused"
    assert "share_pictures is off" in text


def test_nobody_gets_pictures_who_did_not_ask(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    owner.see()
    assert owner.road.sent == []
    assert owner.events() == []


def test_so_many_are_sent_as_were_asked_for_and_both_ends_are_told(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    owner.ask()
    for _ in range(5):
        owner.see()
    assert [picture.order for picture in owner.road.sent] == ["o1", "o1"]
    assert all(is_picture(picture.jpeg) for picture in owner.road.sent)
    assert [kind for kind, _ in owner.events()] == ["pictures", "pictures_sent"]


def test_they_are_as_far_apart_as_was_asked_for(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    owner.ask(msgspec.structs.replace(ORDER, count=10))
    for _ in range(11):
        owner.see(seconds=1.0)
    assert len(owner.road.sent) == 3


def test_the_next_waits_until_the_broker_has_the_last(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    owner.road.settles = False
    owner.ask()
    for _ in range(3):
        owner.see()
    assert len(owner.road.sent) == 1
    owner.road.publications[0].settle()
    owner.see()
    assert len(owner.road.sent) == 2


def test_while_the_reporter_is_at_work_one_frame_waits_and_no_more(tmp_path: Path) -> None:
    """It measures the device for minutes; a camera's frames are megabytes each."""
    owner = Owner(tmp_path, sources=SOURCES)
    owner.ask(msgspec.structs.replace(ORDER, count=60))
    owner.controller.reporter.flush()
    frames = [frame_of(np.full((48, 64, 3), level, np.uint8)) for level in range(60)]
    before = [sys.getrefcount(frame) for frame in frames]
    for frame in frames:
        owner.sharing.offer(frame, "north")
        owner.sharing.offer(FRAME, "south")
        owner.controller.clock.advance(5.0)
    del frame
    after = [sys.getrefcount(frame) for frame in frames]
    assert sum(count > less for count, less in zip(after, before, strict=True)) == 1
    owner.controller.reporter.flush()
    assert len(owner.road.sent) == 1
    owner.see(stream="south")
    assert len(owner.road.sent) == 2


def test_without_a_connection_a_picture_is_dropped_and_not_counted(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    owner.ask()
    owner.road.is_up = False
    owner.see()
    owner.road.is_up = True
    for _ in range(3):
        owner.see()
    assert len(owner.road.sent) == 2


def test_each_camera_has_its_own_turn_or_one_alone_is_asked_for(tmp_path: Path) -> None:
    owner = Owner(tmp_path, sources=SOURCES)
    owner.ask(msgspec.structs.replace(ORDER, count=4))
    for _ in range(2):
        owner.see(0.0, "north")
        owner.see(5.0, "south")
    assert [picture.stream for picture in owner.road.sent] == ["north", "south"] * 2
    owner.ask(msgspec.structs.replace(ORDER, stream="south", order="o2"))
    owner.see(0.0, "north")
    owner.see(5.0, "south")
    assert [picture.stream for picture in owner.road.sent[4:]] == ["south"]


def test_none_asked_for_ends_what_was_under_way(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    owner.ask()
    owner.see()
    owner.ask(count=0)
    owner.see()
    assert len(owner.road.sent) == 1
    assert owner.events()[-1] == ("pictures_sent", "has sent 1 picture to the controller")


def test_a_damaged_order_is_refused(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    owner.ask(count="many")
    ((kind, text),) = owner.events()
    assert kind == "pictures_refused"
    assert "malformed" in text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"count": MOST_PICTURES + 1}, f"1 to {MOST_PICTURES}"),
        ({"count": -1}, f"1 to {MOST_PICTURES}"),
        ({"interval_s": 0.5}, "one in 0.5 s"),
        ({"interval_s": 0.0}, "one in 0 s"),
        ({"stream": "west"}, "no camera 'west'"),
    ],
)
def test_more_than_the_bounds_is_refused(change: dict[str, Any], reason: str) -> None:
    assert refusal(ORDER, True, SOURCES) == ""
    assert reason in refusal(msgspec.structs.replace(ORDER, **change), True, SOURCES)
