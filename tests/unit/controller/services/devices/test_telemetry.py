"""Windows of many devices in one transaction, each counted once."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from lamplighter_controller.services.devices.telemetry import MOST_OVERTAKEN_S, MOST_REGIMES
from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import OperatingPoint, Regime, Reported, SeenHeights, Telemetry
from lamplighter_wire.street.object_heights import BINS, SCALE

from tests.simulators.controller_rig import Rig, spec
from tests.simulators.device_messages import telemetry

POINT = OperatingPoint(variant="full-fp32", width=384, height=288, threads=1)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [spec("full-fp32", 0.8, 400.0)])
    yield made
    made.close()


def send(rig: Rig, window: Telemetry) -> None:
    """As the broker hands it over; nothing is handled yet."""
    rig.broker.route(topics.up(window.device, "telemetry"), encode(window), False)


def window_of(rig: Rig, device: str, seq: int) -> Telemetry:
    window = telemetry(rig, POINT, 30.0, seq)
    return msgspec.structs.replace(window, device=device, start=rig.clock.time() + seq)


def test_what_waits_is_one_transaction(rig: Rig) -> None:
    names = [f"cam-{i}" for i in range(5)]
    for name in names:
        rig.device(name)
    for seq in range(1, 5):
        for name in names:
            send(rig, window_of(rig, name, seq))
    assert len(rig.link.unacknowledged) == 20, "on disk first"
    commits: list[sa.Connection] = []
    note = commits.append
    sa.event.listen(sa.Engine, "commit", note)
    rig.settle()
    sa.event.remove(sa.Engine, "commit", note)
    assert len(commits) == 1
    assert rig.link.unacknowledged == []
    for name in names:
        assert [w.seq for w in rig.store.telemetry(name)] == [1, 2, 3, 4]
        assert len(rig.services.learning.experience.of(name)) == 4
        record = rig.store.device(name)
        assert record.newest_window is not None and record.newest_window.seq == 4
        assert record.newest_window_at == rig.clock.time()


def test_the_windows_of_others_survive_a_device_that_is_gone(rig: Rig) -> None:
    rig.device("cam-1")
    rig.device("cam-2")
    send(rig, window_of(rig, "cam-1", 1))
    send(rig, window_of(rig, "cam-2", 1))
    engine = sa.create_engine(rig.settings.database)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM devices WHERE id = 'cam-1'"))
    engine.dispose()
    rig.settle()
    assert [w.seq for w in rig.store.telemetry("cam-2")] == [1]
    assert rig.link.unacknowledged == []


def test_a_clock_that_was_far_ahead_does_not_hold_the_newest_window(rig: Rig) -> None:
    rig.device()
    send(rig, msgspec.structs.replace(window_of(rig, "cam-1", 7), start=4e9))
    send(rig, window_of(rig, "cam-1", 8))
    send(rig, window_of(rig, "cam-1", 6))
    rig.settle()
    newest = rig.store.device("cam-1").newest_window
    assert newest is not None and newest.seq == 8


def test_words_for_regimes_without_end_take_no_room(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    point = device.desired.primary.point
    for n in range(MOST_REGIMES + 40):
        shown = telemetry(rig, point, 10.0, seq=n + 1)
        device.say("telemetry", msgspec.structs.replace(shown, regime=Regime(light=f"l{n}")))
    state = rig.store.device_state("cam-1")
    assert len(state.fps_by_regime) <= MOST_REGIMES


def test_heights_that_a_device_tells_are_remembered_by_point_and_regime(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    point = device.desired.primary.point
    told = SeenHeights(scale=SCALE, pictures=5, free=[2] * BINS, covered=[1] * BINS)
    for n, density in enumerate(["free", "free", "jam"], 1):
        shown = telemetry(rig, point, 10.0, seq=n)
        regime = Regime(density=density)
        device.say("telemetry", msgspec.structs.replace(shown, regime=regime, heights=told))
    sights = rig.store.device_state("cam-1").sights
    assert [(one.regime, one.pictures) for one in sights] == [
        ("day-dry-free", 10),
        ("day-dry-jam", 5),
    ]
    (window, *_) = rig.store.telemetry("cam-1", limit=1)
    assert window.heights == told, "a window keeps what it tells"


def test_a_window_that_a_report_has_overtaken_does_not_say_what_serves(rig: Rig) -> None:
    before, after = POINT, msgspec.structs.replace(POINT, variant="other-fp32")
    device = rig.device("cam-1")
    device.introduce()
    now = rig.clock.time()
    report = Reported(device="cam-1", outcome="committed", serving=after, at=now + 20.0)
    device.say("reported", report)
    send(rig, msgspec.structs.replace(window_of(rig, "cam-1", 1), serving=before))
    rig.settle()
    state = rig.store.device_state("cam-1")
    assert state.serving == after and state.workload.seq == 1, "of the street it is news"
    send(rig, msgspec.structs.replace(window_of(rig, "cam-1", 30), serving=before))
    rig.settle()
    assert rig.store.device_state("cam-1").serving == before, "it has stepped since"
    set_back = now + 2 * MOST_OVERTAKEN_S
    device.say("reported", msgspec.structs.replace(report, at=set_back))
    send(rig, msgspec.structs.replace(window_of(rig, "cam-1", 40), serving=before))
    rig.settle()
    assert rig.store.device_state("cam-1").serving == before, "the clock was set back"
