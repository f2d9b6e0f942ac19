"""Pictures from a device: asked for, counted, used, deleted."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_client.documents.requests import SiteBody
from lamplighter_controller.errors import ConflictError, InvalidError, NotFoundError
from lamplighter_controller.services.sites.site_pictures import MOST_SILENCES, PATIENCE_S
from lamplighter_recipes.variants.site_parents import SiteResult
from lamplighter_wire import topics
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import EventKind, JobState
from lamplighter_wire.messages import Birth, Command, Event, Picture, PictureOrder
from lamplighter_wire.transport.protocol import Received

from tests.simulators.controller_rig import Device, Rig

JPEG = b"\xff\xd8\xff" + bytes(100) + b"\xff\xd9"
SITE, COUNT = "gate", 24
BODY = SiteBody(site=SITE, device="cam-1", count=COUNT, interval_s=2.0)
RESULT = SiteResult(site=SITE, parent="nanodet-p50-at-gate", kept=True, reasons=["gains"])


class Camera:
    """A device that is asked for pictures, and sends them when told to."""

    def __init__(self, rig: Rig, name: str, site: str) -> None:
        self.rig, self.device, self.name = rig, rig.device(name), name
        rig.store.configure_device(name, None, site=site)
        self.orders: list[PictureOrder] = []
        self.is_away = False
        self._epoch = 0
        link = rig.broker.client()
        link.connect()
        link.on_message(self._on_message)
        link.subscribe(topics.down(name, "command"))
        self.start()

    def start(self) -> None:
        self._epoch += 1
        now = self.rig.clock.time()
        self.device.say("birth", Birth(device=self.name, epoch=self._epoch, at=now))

    def send(self, count: int, order: str | None = None, jpeg: bytes = JPEG) -> None:
        for _ in range(count):
            self.rig.clock.advance(2.0)
            self.device.say("picture", self.picture(order, jpeg))

    def picture(self, order: str | None = None, jpeg: bytes = JPEG) -> Picture:
        name = self.orders[-1].order if order is None else order
        return Picture(device=self.name, order=name, at=self.rig.clock.time(), jpeg=jpeg)

    def refuse(self, reason: str) -> None:
        data = {"order": self.orders[-1].order, "reason": reason}
        kind = EventKind.PICTURES_REFUSED
        self.device.say("event", Event(device=self.name, seq=7, kind=kind, data=data))

    def _on_message(self, received: Received) -> None:
        if self.is_away:
            return
        command = decode(received.payload, Command)
        self.orders.append(msgspec.convert(command.data, PictureOrder))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


@pytest.fixture
def camera(rig: Rig) -> Camera:
    return Camera(rig, "cam-1", SITE)


def _begin(rig: Rig, body: SiteBody = BODY) -> Path:
    """Returns the folder of the pictures."""
    rig.services.sites.specialise(body)
    rig.settle()
    (order,) = rig.sites.shelf.orders()
    return Path(order.pictures)


def _kinds(rig: Rig) -> list[str]:
    return [event.kind for event in rig.store.events()]


def _error(rig: Rig) -> str:
    jobs = sorted(rig.store.jobs(), key=lambda job: job.created_at)
    assert jobs[-1].state is JobState.FAILED
    return jobs[-1].error


def test_work_begins_when_all_pictures_have_come_and_they_go_when_it_ends(
    rig: Rig, camera: Camera
) -> None:
    folder = _begin(rig)
    assert [(o.count, o.interval_s) for o in camera.orders] == [(COUNT, 2.0)]
    camera.send(COUNT - 1)
    (shown,) = rig.services.sites.listing()
    assert (shown.state, shown.stage) == (JobState.RUNNING, "collect")
    assert shown.progress == pytest.approx((COUNT - 1) / COUNT)
    assert rig.sites.pending == {}
    camera.send(1)
    assert list(rig.sites.pending) == [SITE]
    assert max(folder.iterdir()).read_bytes() == JPEG
    rig.sites.finish(RESULT)
    rig.settle()
    assert not folder.exists()
    assert {"pictures_asked", "pictures_collected", "pictures_deleted"} <= set(_kinds(rig))


def test_they_stay_where_that_is_asked_for(rig: Rig, camera: Camera) -> None:
    folder = _begin(rig, msgspec.structs.replace(BODY, keep_pictures=True))
    camera.send(COUNT)
    rig.sites.finish(RESULT)
    rig.settle()
    assert len(list(folder.iterdir())) == COUNT
    assert "pictures_deleted" not in _kinds(rig)
    rig.services.sites.resume()
    assert folder.exists(), "a start deletes only what nobody wants to keep"


def test_a_device_that_refuses_ends_it_with_its_reason(rig: Rig, camera: Camera) -> None:
    _begin(rig)
    camera.refuse("share_pictures is off")
    assert _error(rig) == "cam-1 sends no pictures: share_pictures is off"
    assert rig.sites.shelf.orders() == []
    assert {"pictures_refused", "site_failed"} <= set(_kinds(rig)), "both sides tell"


@pytest.mark.parametrize(
    ("order", "jpeg"),
    [("another", JPEG), ("", JPEG), (None, b"GIF89a"), (None, JPEG[:-2])],
)
def test_what_was_not_asked_for_or_is_no_picture_is_dropped(
    rig: Rig, camera: Camera, order: str | None, jpeg: bytes
) -> None:
    folder = _begin(rig)
    camera.send(1, order, jpeg)
    assert not folder.exists()


def test_a_picture_that_comes_twice_counts_once(rig: Rig, camera: Camera) -> None:
    folder = _begin(rig)
    picture = camera.picture()
    camera.device.say("picture", picture)
    camera.device.say("picture", picture)
    assert len(list(folder.iterdir())) == 1


def test_a_device_that_was_restarted_is_asked_for_the_rest(rig: Rig, camera: Camera) -> None:
    _begin(rig)
    camera.send(10)
    camera.start()
    rig.wait(PATIENCE_S)  # the ten were news
    rig.wait(PATIENCE_S)
    assert camera.orders[-1].count == COUNT - 10
    camera.send(COUNT - 10)
    assert list(rig.sites.pending) == [SITE]


def test_one_that_is_away_is_waited_for(rig: Rig, camera: Camera) -> None:
    _begin(rig)
    rig.store.update_device("cam-1", online=False)
    for _ in range(3 * MOST_SILENCES):
        rig.wait(PATIENCE_S)
    assert rig.services.sites.listing()[0].state == JobState.RUNNING
    camera.start()
    rig.wait(PATIENCE_S)
    assert len(camera.orders) == 2


def test_one_that_is_there_and_silent_is_given_up(rig: Rig, camera: Camera) -> None:
    _begin(rig)
    for _ in range(MOST_SILENCES + 1):
        rig.wait(PATIENCE_S)
    assert "its agent is older" in _error(rig)
    assert camera.orders[-1].count == 0


def test_a_killed_controller_goes_on_with_what_has_come(rig: Rig, camera: Camera) -> None:
    folder = _begin(rig)
    camera.send(10)
    rig.services.restart.start_over()
    rig.services.sites.resume()
    rig.settle()
    assert len(list(folder.iterdir())) == 10
    assert camera.orders[-1].count == COUNT - 10
    camera.send(COUNT - 10)
    assert list(rig.sites.pending) == [SITE]


def test_pictures_of_work_that_ended_before_they_were_deleted_are_deleted_at_a_start(
    rig: Rig, camera: Camera
) -> None:
    folder = _begin(rig)
    camera.send(10)
    rig.sites.shelf.end_order(SITE)
    rig.services.sites.resume()
    assert not folder.exists()


def test_a_stop_asks_for_no_more_and_keeps_nothing(rig: Rig, camera: Camera) -> None:
    folder = _begin(rig)
    camera.send(10)
    rig.services.sites.stop(SITE)
    rig.settle()
    assert camera.orders[-1].count == 0
    assert not folder.exists()
    assert rig.sites.shelf.orders() == []
    assert "site_stopped" in _kinds(rig)


def test_a_new_order_does_not_use_pictures_of_an_earlier_one(rig: Rig, camera: Camera) -> None:
    kept = msgspec.structs.replace(BODY, keep_pictures=True)
    folder = _begin(rig, kept)
    camera.send(COUNT)
    rig.sites.finish(RESULT)
    rig.settle()
    _begin(rig, kept)
    assert camera.orders[-1].count == COUNT
    assert not folder.exists()


def test_what_cannot_be_asked_is_said_before_anything_begins(rig: Rig, camera: Camera) -> None:
    Camera(rig, "cam-2", "mill")
    sites = rig.services.sites
    with pytest.raises(InvalidError, match="either a folder of pictures or a device"):
        sites.specialise(SiteBody(site=SITE))
    with pytest.raises(InvalidError, match="not at gate"):
        sites.specialise(SiteBody(site=SITE, device="cam-2"))
    with pytest.raises(NotFoundError):
        sites.specialise(SiteBody(site=SITE, device="cam-9"))
    assert camera.orders == []
    assert sites.estimate(BODY).pictures == COUNT


def test_one_device_is_asked_for_one_site_at_a_time(rig: Rig, camera: Camera) -> None:
    _begin(rig)
    rig.store.configure_device("cam-1", None, site="mill")
    with pytest.raises(ConflictError, match="asked for pictures already"):
        rig.services.sites.specialise(msgspec.structs.replace(BODY, site="mill"))
    assert len(camera.orders) == 1


def test_a_retired_device_is_asked_no_longer(rig: Rig, camera: Camera) -> None:
    _begin(rig)
    rig.services.retirements.retire("cam-1", None)
    rig.wait(PATIENCE_S)
    assert _error(rig) == "cam-1 is retired"


def test_a_device_is_no_other(rig: Rig, camera: Camera) -> None:
    """What another device says under the same name of an order is not taken."""
    folder = _begin(rig)
    other = Device(rig, rig.device("cam-3").name, {})
    stolen = msgspec.structs.replace(camera.picture(), device="cam-3")
    other.say("picture", stolen)
    assert not folder.exists()


def test_a_device_that_was_away_when_it_was_stopped_is_stopped_when_it_sends_more(
    rig: Rig, camera: Camera
) -> None:
    """Otherwise it goes on for all that it was asked for, and nobody wants them."""
    _begin(rig)
    camera.send(3)
    asked = camera.orders[-1].order
    camera.is_away = True
    rig.services.sites.stop(SITE)
    rig.settle()
    camera.is_away = False
    assert camera.orders[-1].count > 0
    camera.send(1, asked)
    assert (camera.orders[-1].order, camera.orders[-1].count) == (asked, 0)


def test_one_that_sends_for_an_earlier_order_goes_on_with_the_new_one(
    rig: Rig, camera: Camera
) -> None:
    _begin(rig)
    camera.send(1, "earlier")
    assert [order.count for order in camera.orders] == [COUNT]


def test_one_that_moves_to_another_site_sends_no_more(rig: Rig, camera: Camera) -> None:
    folder = _begin(rig)
    camera.send(3)
    rig.store.configure_device("cam-1", None, site="mill")
    camera.send(1)
    assert _error(rig) == "cam-1 is no longer at gate"
    assert camera.orders[-1].count == 0
    assert not folder.exists()


def test_one_that_has_moved_while_the_controller_was_off_is_not_asked(
    rig: Rig, camera: Camera
) -> None:
    folder = _begin(rig)
    camera.send(3)
    asked = len(camera.orders)
    rig.store.configure_device("cam-1", None, site="mill")
    rig.services.sites.resume()
    rig.settle()
    assert _error(rig) == "cam-1 is no longer at gate"
    assert len(camera.orders) == asked
    assert not folder.exists()


def test_a_picture_that_cannot_be_kept_ends_it_with_the_reason(rig: Rig, camera: Camera) -> None:
    folder = _begin(rig)
    folder.write_bytes(b"in the way")
    camera.send(1)
    assert _error(rig).startswith(f"the controller cannot keep pictures in {folder}: ")
    assert camera.orders[-1].count == 0


def test_pictures_behind_a_link_to_another_disk_are_deleted_too(
    rig: Rig, camera: Camera, tmp_path: Path
) -> None:
    folder, disk = _begin(rig), tmp_path / "disk"
    disk.mkdir()
    folder.symlink_to(disk)
    camera.send(COUNT)
    rig.sites.finish(RESULT)
    rig.settle()
    assert list(disk.iterdir()) == []


def test_what_cannot_be_deleted_is_not_reported_as_deleted(
    rig: Rig, camera: Camera, tmp_path: Path
) -> None:
    folder, disk = _begin(rig), tmp_path / "disk"
    (disk / "stays.jpg").mkdir(parents=True)
    folder.symlink_to(disk)
    camera.send(COUNT - 1)
    rig.sites.finish(RESULT)
    rig.settle()
    events = {event.kind: event for event in rig.store.events()}
    assert f"{COUNT - 1} pictures" in events["pictures_deleted"].text
    assert events["pictures_left"].severity == "error"
    assert str(folder) in events["pictures_left"].text
