"""A device gives one still for each order, as its owner's switch says, and to nobody too often."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from lamplighter_agent.camera.frame import Frame, frame_of
from lamplighter_agent.device.stills.still_sharing import StillSharing, refusal
from lamplighter_agent.settings import AgentSettings, load_settings
from lamplighter_wire.codec import encode
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.errors import SettingsError, TransportError
from lamplighter_wire.messages import Command, Event, Still, StillOrder
from lamplighter_wire.policy.still_limits import (
    ANSWER_WITHIN_S,
    LEAST_APART_S,
    MOST_AN_HOUR,
    StillPrivacy,
    is_still,
)

from tests.simulators.listening_controller import DEVICE, ListeningController

NOTHING = np.zeros((0, 6), np.float32)
CAR = np.array([[100, 80, 300, 200, 0.9, 0]], np.float32)
SOURCES = {"north": "a.mp4", "south": "b.mp4"}


def street(width: int = 1280, height: int = 720) -> Frame:
    """A car that is as finely striped as a plate, on a plain road."""
    picture = np.full((height, width, 3), 90, np.uint8)
    picture[80:200, 100:300:2] = 255
    return frame_of(picture)


class Owner:
    """A device whose owner has set the switch."""

    def __init__(self, folder: Path, stills: Any = "blurred", **settings: Any) -> None:
        self.controller, self.sent, self.is_up = ListeningController(folder), list[Still](), True
        self._settings = AgentSettings(device=DEVICE, stills=stills, **settings)
        self.sharing = StillSharing(
            self._settings, self.controller.clock, self._send, self.controller.reporter
        )

    def _send(self, still: Still) -> None:
        if not self.is_up:
            raise TransportError("no connection")
        self.sent.append(still)

    def ask(self, name: str = "o1", stream: str = "", **data: Any) -> None:
        content = {**msgspec.to_builtins(StillOrder(order=name, stream=stream)), **data}
        self.sharing.receive(Command(kind=CommandKind.STILL, data=content))

    def see(self, stream: str = "", answer: np.ndarray = CAR) -> None:
        self.sharing.offer(street(), answer, stream)
        self.controller.reporter.flush()

    def wait(self, seconds: float = LEAST_APART_S) -> None:
        self.controller.clock.advance(seconds)

    def events(self) -> list[str]:
        events = self.controller.messages("event")
        return [event.kind for event in events if isinstance(event, Event)]


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path)


def preview(still: Still) -> np.ndarray:
    shape = still.preview_height, still.preview_width, 3
    return np.frombuffer(still.preview, np.uint8).reshape(shape)


def test_the_switch_is_off_unless_its_owner_sets_it(tmp_path: Path) -> None:
    assert AgentSettings().stills == "off"
    owner = Owner(tmp_path, stills=AgentSettings().stills)
    owner.ask()
    owner.see()
    (still,) = owner.sent
    assert still.refused.startswith("stills is off in the settings of this device")
    assert still.order == "o1"
    assert not (still.jpeg or still.preview)
    assert owner.events() == ["still_refused"]


def test_one_order_is_answered_by_one_still(owner: Owner) -> None:
    owner.see()
    owner.ask()
    assert owner.sent == [], "the next frame is taken, none of before"
    owner.see()
    owner.see()
    (still,) = owner.sent
    assert (still.device, still.order, still.refused) == (DEVICE, "o1", "")
    assert (still.width, still.height, still.privacy, still.blurred) == (1280, 720, "blurred", 1)
    assert is_still(still.jpeg, still.preview, still.preview_width, still.preview_height)
    assert owner.events() == ["still_sent"]


def test_a_blurred_still_has_few_dots_and_road_users_fewer(owner: Owner) -> None:
    owner.ask()
    owner.see()
    shown = preview(owner.sent[0])
    assert shown.shape == (90, 160, 3)
    car = shown[12:23, 15:35].reshape(-1, 3)
    assert len(np.unique(car, axis=0)) <= 49


def test_outlines_are_without_road_users(tmp_path: Path) -> None:
    owner = Owner(tmp_path, stills="edges")
    owner.ask()
    owner.see()
    assert not preview(owner.sent[0]).any()
    owner.wait()
    owner.ask()
    owner.see(answer=NOTHING)
    assert preview(owner.sent[1]).any(), "who was not found has outlines"


def test_a_whole_still_where_the_owner_wants_that(tmp_path: Path) -> None:
    owner = Owner(tmp_path, stills="full")
    owner.ask()
    owner.see()
    assert (owner.sent[0].privacy, owner.sent[0].blurred) == ("full", 0)


@pytest.mark.parametrize("privacy", ["edges", "blurred", "full"])
def test_the_largest_still_fits_into_a_message(tmp_path: Path, privacy: str) -> None:
    owner = Owner(tmp_path, stills=privacy)
    noise = np.random.default_rng(3).integers(0, 255, (1080, 1080, 3)).astype(np.uint8)
    owner.ask()
    owner.sharing.offer(frame_of(noise), NOTHING, "")
    owner.controller.reporter.flush()
    (still,) = owner.sent
    assert len(encode(still)) < 224 * 1024
    assert still.refused or is_still(
        still.jpeg, still.preview, still.preview_width, still.preview_height
    )


def test_who_asks_too_often_gets_none_and_fills_no_log(owner: Owner) -> None:
    for number in range(20):
        owner.ask(f"o{number}")
        owner.see()
    assert sum(not still.refused for still in owner.sent) == 1
    assert "one in 5 s" in owner.sent[1].refused
    assert owner.events() == ["still_sent"]
    owner.wait()
    owner.ask("later")
    owner.see()
    assert owner.sent[-1].order == "later"
    assert not owner.sent[-1].refused


def test_no_more_than_so_many_in_an_hour(owner: Owner) -> None:
    for number in range(MOST_AN_HOUR + 5):
        owner.ask(f"o{number}")
        owner.see()
        owner.wait()
    assert sum(not still.refused for still in owner.sent) == MOST_AN_HOUR
    owner.wait(3600)
    owner.ask("later")
    owner.see()
    assert not owner.sent[-1].refused


def test_an_order_that_has_waited_too_long_gets_nothing(owner: Owner) -> None:
    owner.ask()
    owner.wait(ANSWER_WITHIN_S + 1)
    owner.see()
    owner.see()
    assert owner.sent == []


def test_a_lost_link_loses_the_still_and_keeps_nothing(owner: Owner) -> None:
    owner.ask()
    owner.is_up = False
    owner.see()
    owner.is_up = True
    owner.see()
    assert owner.sent == []
    assert owner.events() == []


def test_the_camera_that_was_asked_for(tmp_path: Path) -> None:
    owner = Owner(tmp_path, sources=SOURCES)
    owner.ask(stream="south")
    owner.see("north")
    owner.see("south")
    (still,) = owner.sent
    assert still.stream == "south"


def test_an_order_that_cannot_be_read(owner: Owner) -> None:
    owner.ask(stream="../etc")
    assert "malformed" in owner.sent[0].refused


def test_why_a_device_gives_none() -> None:
    shown, on = {"north": 1, "south": 2}, StillPrivacy.EDGES
    assert "off" in refusal(StillOrder(), StillPrivacy.OFF, shown)
    assert "several cameras; name one of: north, south" in refusal(StillOrder(), on, shown)
    assert "no camera 'east'" in refusal(StillOrder(stream="east"), on, shown)
    assert refusal(StillOrder(stream="north"), on, shown) == ""
    assert refusal(StillOrder(), on, ["north"]) == ""


def test_a_switch_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text('stills = "sometimes"')
    with pytest.raises(SettingsError, match="stills"):
        load_settings(file, {})
