"""Street counts that are posted to a context broker: a real HTTP server that takes and refuses."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.errors import InvalidError, WebhookError
from lamplighter_controller.services.event_log import EventLog
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.push import BACKLOG_S, GRACE_S, PushTarget, StreetPush
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import Telemetry

from tests.simulators.controller_rig import Rig, spec
from tests.simulators.webhook_receiver import Receiver, receiving

BEGIN, QUARTER_S = 1.8e9, 900.0
SECRET = "Wolkenbruch"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


class City:
    """A controller with two cameras, one of which counts a car every ten seconds."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self.folder, self.receiver = folder, receiver
        self.clock = ManualClock(BEGIN)
        self.rig = Rig(folder, [spec("full-fp32", 0.85, 900.0)], clock=self.clock)
        self.store = self.rig.store
        for name in ("cam-1", "cam-2"):
            self.store.add_device(DeviceRecord(id=name, site="Gate"))
        (folder / "token").write_text(SECRET + "\n")
        self.said = 0
        self.push = self.again()

    def again(self) -> StreetPush:
        """As after a restart."""
        target = PushTarget(self.receiver.url, str(self.folder / "token"), may_be_local=True)
        counts = StreetCounts(self.store, self.clock)
        progress = self.folder / "street-push.json"
        events = EventLog(self.store, self.clock)
        return StreetPush(self.store, counts, events, self.clock, target, progress)

    def drive(self, quarters: float = 1.0) -> None:
        """So much of the street goes by."""
        windows = []
        for _ in range(round(quarters * QUARTER_S / 10)):
            self.said += 1
            window = Telemetry(
                device="cam-1",
                seq=self.said,
                start=BEGIN + 10.0 * (self.said - 1),
                seconds=10.0,
                frames=50,
                counts={"north/in": {"car": 1}},
            )
            windows.append(window)
        self.store.add_telemetry(windows, self.clock.time())
        self.store.update_device("cam-1", newest_window=windows[-1])
        self.clock.advance(quarters * QUARTER_S)

    def intensities(self) -> list[int]:
        """What was taken, in order."""
        bodies = [json.loads(delivery.body) for delivery in self.receiver.came]
        return [entity["intensity"]["value"] for body in bodies for entity in body]


@pytest.fixture
def city(tmp_path: Path, receiver: Receiver) -> Iterator[City]:
    made = City(tmp_path, receiver)
    yield made
    made.rig.close()


def test_an_interval_is_posted_once_when_its_last_windows_had_time_to_come(city: City) -> None:
    city.drive()
    city.push.push_due()
    assert city.intensities() == []
    city.clock.advance(GRACE_S)
    assert city.push.push_due() == 1
    assert city.push.push_due() == 0
    assert city.intensities() == [90]
    (came,) = city.receiver.came
    assert came.headers["content-type"] == "application/ld+json"
    assert came.headers["authorization"] == f"Bearer {SECRET}"
    (entity,) = json.loads(came.body)
    assert entity["id"] == "urn:ngsi-ld:TrafficFlowObserved:cam-1:north-in:car"
    assert entity["address"]["value"]["streetAddress"] == "Gate"
    assert city.again().push_due() == 0, "a restart has not forgotten it"


def test_what_was_refused_is_posted_later_and_nothing_is_left_out(city: City) -> None:
    city.clock.advance(GRACE_S)
    city.push.push_due()
    city.receiver.answers = [503]
    city.drive()
    with pytest.raises(WebhookError, match="status 503"):
        city.push.push_due()
    city.drive(2)
    city.receiver.came.clear()
    assert city.again().push_due() == 3
    assert city.intensities() == [90, 90, 90]


def test_what_a_device_tells_late_is_posted_all_the_same(city: City) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    assert city.push.push_due() == 1
    city.clock.advance(3 * QUARTER_S)  # the link is down, and the device keeps what it saw
    assert city.push.push_due() == 0
    city.drive(3)
    city.clock.advance(QUARTER_S)
    assert city.push.push_due() == 3
    assert city.intensities() == [90] * 4


def test_a_long_absence_is_made_up_for_a_week(city: City) -> None:
    city.clock.advance(GRACE_S)
    city.push.push_due()
    city.drive()
    city.clock.advance(BACKLOG_S)
    assert city.again().push_due() == 0
    assert city.push.push_due() == 0


def test_trouble_is_told_once_and_so_is_its_end(city: City) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    city.receiver.answers = [503, 500]
    for _ in range(4):
        city.push.look()
    told = [event.text for event in city.store.events() if event.kind == "street_push"]
    assert told == [
        "street counts are not taken by the context broker, and wait a week:"
        " it answered with status 503",
        "street counts are taken again by the context broker",
    ]


def test_a_damaged_file_of_progress_costs_a_repetition(city: City) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    city.push.push_due()
    (city.folder / "street-push.json").write_text("{nothing")
    assert city.again().push_due() == 1
    assert city.intensities() == [90, 90]


def test_where_nothing_can_be_posted_the_start_says_so(city: City) -> None:
    counts, events = StreetCounts(city.store, city.clock), EventLog(city.store, city.clock)
    for url in ("ftp://broker/x", "http://127.0.0.1/x"):
        with pytest.raises(InvalidError):
            StreetPush(
                city.store, counts, events, city.clock, PushTarget(url), city.folder / "progress"
            )
