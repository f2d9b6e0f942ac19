"""What may cross a street, told of each camera and of each version of its lines."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.known_movements import KnownMovements
from lamplighter_controller.store.configurations.records import ConfigurationRecord
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_wire.messages import Street, StreetLine, StreetZone

from tests.simulators.controller_rig import Rig

BEGIN, QUARTER_S = 1.8e9, 900.0
Counts = dict[str, dict[str, int]]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    made.store.add_device(DeviceRecord(id="box"))
    yield made
    made.close()


def known(rig: Rig) -> KnownMovements:
    """As after a start."""
    path = rig.settings.data_dir / "known.json"
    return KnownMovements(StreetCounts(rig.store, rig.clock), rig.store, path)


def interval(
    counts: Counts | None, *, quarter: int = 0, street: int = 0, stream: str = ""
) -> StreetCount:
    return StreetCount(
        device="box",
        stream=stream,
        start=BEGIN + quarter * QUARTER_S,
        seconds=QUARTER_S,
        street=street,
        counts=counts,
    )


def draw(rig: Rig, version: int, street: Street | None) -> None:
    record = ConfigurationRecord(
        device="box", version=version, street=street, street_version=version
    )
    rig.store.add_configuration(record)


def test_cameras_know_their_own_lines_zones_and_classes(rig: Rig) -> None:
    lines = [StreetLine(name="gate", stream="a"), StreetLine(name="ramp", stream="b")]
    draw(rig, 3, Street(lines=lines, zones=[StreetZone(name="yard", stream="b")]))
    seen = [
        interval({"gate/in": {"car": 2}}, street=3, stream="a"),
        interval({"ramp/out": {"bus": 1}}, street=3, stream="b"),
    ]
    first, second = known(rig).completed("box", seen)
    assert first.counts == {"gate/in": {"car": 2}, "gate/out": {"car": 0}}
    assert second.counts == {
        "ramp/out": {"bus": 1},
        "ramp/in": {"bus": 0},
        "yard/in": {"bus": 0},
        "yard/out": {"bus": 0},
    }


def test_lines_are_those_of_the_version_that_was_counted_over(rig: Rig) -> None:
    draw(rig, 3, Street(lines=[StreetLine(name="old")]))
    draw(rig, 4, Street(lines=[StreetLine(name="new")]))
    movements = known(rig)
    movements.completed("box", [interval({"old/in": {"car": 1}}, street=3)])
    (late,) = movements.completed("box", [interval({}, quarter=1, street=3)])
    (now,) = movements.completed("box", [interval({}, quarter=2, street=4)])
    assert late.counts == {"old/in": {"car": 0}, "old/out": {"car": 0}}
    assert now.counts == {"new/in": {"car": 0}, "new/out": {"car": 0}}


def test_a_gap_stays_a_gap_and_what_is_forgotten_is_told_no_more(rig: Rig) -> None:
    movements = known(rig)
    movements.completed("box", [interval({"gate/in": {"car": 1}})])
    (gap,) = movements.completed("box", [interval(None, quarter=1)])
    (last,) = movements.completed("box", [interval({}, quarter=96)])
    (forgotten,) = movements.completed("box", [interval({}, quarter=97)])
    assert (gap.counts, last.counts) == (None, {"gate/in": {"car": 0}})
    assert forgotten.counts == {}


def test_what_was_seen_outlives_a_restart_once_it_is_saved(rig: Rig) -> None:
    movements = known(rig)
    movements.completed("box", [interval({"gate/in": {"car": 1}}, street=2, stream="a")])
    (lost,) = known(rig).completed("box", [interval({}, quarter=1, street=2, stream="a")])
    movements.save()
    (kept,) = known(rig).completed("box", [interval({}, quarter=1, street=2, stream="a")])
    assert (lost.counts, kept.counts) == ({}, {"gate/in": {"car": 0}})
