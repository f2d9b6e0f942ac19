"""What operators acknowledge and mute is shown, but open neither in the table nor for webhooks."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_client.documents.attention.marks import MarkBody
from lamplighter_client.documents.fleet.fleet_rows import FleetRow
from lamplighter_controller.domain.attention.acknowledgements import Acknowledgements
from lamplighter_controller.domain.attention.health import Notice
from lamplighter_controller.domain.attention.marks import Mark, MarkKind, marked, unmarked
from lamplighter_controller.errors import ConflictError, InvalidError, NotFoundError
from lamplighter_controller.services.attention.attention_marks import BY_ITSELF
from lamplighter_controller.services.fleet_rows.row_filter import RowFilter
from lamplighter_wire.enums import Severity
from lamplighter_wire.messages import Birth, Status

from tests.simulators.controller_rig import Device, Rig
from tests.simulators.webhook_receiver import Receiver, receiving

OFFLINE = Notice(Severity.ERROR, "offline", "offline")
DROPPED = Notice(Severity.WARNING, "dropped", "drops frames")
HOUR_S = 3600.0


def mark(number: int, notice: str, until: float = 0.0) -> Mark:
    kind = MarkKind.MUTE if until else MarkKind.ACKNOWLEDGE
    return Mark(number, kind, "cam-1", notice, f"reason {number}", "ops", until)


def test_marked_notices_come_last_and_say_by_whom_and_why() -> None:
    said = marked([OFFLINE, DROPPED], [mark(1, "offline"), mark(2, "offline", 50.0)], 10.0)
    assert [(one.kind, one.marked) for one in said] == [
        ("dropped", ""),
        ("offline", "muted by ops: reason 2"),
    ]
    assert unmarked(said) == (DROPPED,)
    assert unmarked(marked([OFFLINE, DROPPED], [mark(1, "", 50.0)], 10.0)) == ()
    assert unmarked(marked([OFFLINE], [mark(1, "", 50.0)], 50.0)) == (OFFLINE,), "its time is over"


def test_an_acknowledged_notice_has_gone_once_it_is_away_for_some_looks() -> None:
    gone, acknowledged = Acknowledgements(), [mark(1, "offline"), mark(2, "dropped")]
    assert gone.look(acknowledged, {("cam-1", "offline"), ("cam-1", "dropped")}) == []
    assert gone.look(acknowledged, {("cam-1", "dropped")}) == []
    assert gone.look(acknowledged, {("cam-1", "dropped"), ("cam-1", "offline")}) == []
    assert gone.look(acknowledged, {("cam-1", "dropped")}) == []
    assert [one.number for one in gone.look(acknowledged, {("cam-1", "dropped")})] == [1]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [], webhooks_local=True)
    yield made
    made.close()


@pytest.fixture
def camera(rig: Rig) -> Device:
    """It went offline a minute ago."""
    device = rig.device("cam-1")
    device.say("birth", Birth(device="cam-1", epoch=1))
    device.introduce()
    device.say("status", Status(device="cam-1", online=False, epoch=1))
    rig.wait(60.0)
    return device


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def row(rig: Rig) -> FleetRow:
    return rig.services.fleet_rows.matching(RowFilter())["cam-1"]


def say(rig: Rig, kind: str, notice: str = "", life_s: float = 0.0) -> int:
    body = MarkBody(kind=kind, device="cam-1", notice=notice, reason="road works", life_s=life_s)  # type: ignore[arg-type]
    return rig.services.mark_changes.set(body, "ops").id


def look(rig: Rig, times: int = 2) -> None:
    for _ in range(times):
        rig.services.webhooks.watch.look()


def told(rig: Rig, receiver: Receiver) -> list[tuple[str, str]]:
    while rig.services.webhooks.deliveries.deliver_due():
        pass
    came = [json.loads(delivery.body) for delivery in receiver.came]
    return [(one["type"].removeprefix("attention."), one["kind"]) for one in came]


def test_the_table_follows_at_once_and_when_it_is_taken_back(rig: Rig, camera: Device) -> None:
    assert (row(rig).notice, row(rig).notices) == ("offline", row(rig).notices)
    before = row(rig).notices
    number = say(rig, "acknowledge", "offline")
    after = row(rig)
    assert (after.notice, after.notices, after.marked) != ("offline", before, 0)
    assert (after.notices, after.marked) == (before - 1, 1)
    rig.services.mark_changes.end(number, "night shift")
    assert (row(rig).notice, row(rig).marked) == ("offline", 0)
    with pytest.raises(ConflictError, match="night shift"):
        rig.services.mark_changes.end(number, "ops")


def test_a_mute_ends_by_its_time(rig: Rig, camera: Device) -> None:
    say(rig, "mute", life_s=HOUR_S)
    assert (row(rig).severity, row(rig).notices) == (Severity.INFO, 0)
    rig.clock.advance(HOUR_S + 60.0)
    assert row(rig).notice == "offline"


def test_webhooks_hear_nothing_new_of_what_is_muted(
    rig: Rig, camera: Device, receiver: Receiver
) -> None:
    rig.services.webhooks.webhooks.create(receiver.url, "warning", "desk", "ops")
    say(rig, "mute", life_s=HOUR_S)
    look(rig, 4)
    assert told(rig, receiver) == []
    rig.clock.advance(HOUR_S)
    look(rig)
    assert ("begun", "offline") in told(rig, receiver), "it is still wrong when the time is over"


def test_of_what_was_told_before_the_end_is_told(
    rig: Rig, camera: Device, receiver: Receiver
) -> None:
    rig.services.webhooks.webhooks.create(receiver.url, "warning", "desk", "ops")
    look(rig)
    say(rig, "acknowledge", "offline")
    look(rig, 4)
    assert told(rig, receiver).count(("begun", "offline")) == 1
    assert ("ended", "offline") not in told(rig, receiver), "it is no better for being known"
    camera.say("birth", Birth(device="cam-1", epoch=2))
    look(rig, 4)
    assert ("ended", "offline") in told(rig, receiver)


def test_an_acknowledgement_ends_with_its_notice(rig: Rig, camera: Device) -> None:
    number = say(rig, "acknowledge", "offline")
    look(rig, 4)
    assert rig.store.mark(number).ended_at is None
    camera.say("birth", Birth(device="cam-1", epoch=2))
    look(rig, 4)
    assert rig.store.mark(number).ended_by == BY_ITSELF
    camera.say("status", Status(device="cam-1", online=False, epoch=2))
    rig.wait(60.0)
    assert row(rig).notice == "offline", "what comes again is news"


def test_what_makes_no_sense_is_refused_with_what_there_is(rig: Rig, camera: Device) -> None:
    with pytest.raises(ConflictError, match=r"no notice 'source' now; there are .*offline"):
        say(rig, "acknowledge", "source")
    with pytest.raises(InvalidError, match="name the kind"):
        say(rig, "acknowledge")
    with pytest.raises(InvalidError, match="for how long"):
        say(rig, "mute", "offline")
    body = MarkBody(kind="mute", device="cam-9", reason="r", life_s=9.0)
    with pytest.raises(NotFoundError):
        rig.services.mark_changes.set(body, "ops")
    assert rig.store.marks() == []


def test_a_mark_is_taken_back_once(rig: Rig, camera: Device) -> None:
    number = say(rig, "mute", "offline", life_s=60.0)
    rig.services.mark_changes.end(number, "ops")
    with pytest.raises(ConflictError, match="was ended: ops"):
        rig.services.mark_changes.end(number, "ops")
