"""Counts as they are read: gaps, zeros and what is not over are told apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_client.documents.street.intervals import NO_LINES
from lamplighter_controller.errors import InvalidError
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import Capabilities, Street, StreetLine, Telemetry

from tests.simulators.controller_rig import Rig

BEGIN = 1.8e9
LINE = StreetLine(name="gate", ends=((0.0, 0.0), (90.0, 90.0)))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [], clock=ManualClock(BEGIN + 400.0))
    made.store.add_device(DeviceRecord(id="cam-1", enrolled_at=BEGIN + 100.0))
    yield made
    made.close()


def tell(rig: Rig, begin: int, end: int, **fields: object) -> None:
    """Windows of ten seconds from one second to another."""
    usual: dict[str, object] = {"device": "cam-1", "seconds": 10.0, "frames": 50}
    windows = [
        Telemetry(**(usual | {"seq": at, "start": BEGIN + at} | fields))  # type: ignore[arg-type]
        for at in range(begin, end, 10)
    ]
    rig.store.add_telemetry(windows, BEGIN)


def read(rig: Rig, stream: str | None = None) -> list[tuple[str, list[str]]]:
    page = StreetCounts(rig.store, rig.clock).page("cam-1", 0.0, 0.0, 900, stream)
    return [(one.trouble, one.notes) for one in page.counts]


def test_gaps_begin_where_the_device_enrolled(rig: Rig) -> None:
    trouble = "nothing was watched: the device told nothing; it is not over yet"
    assert read(rig) == [(trouble, [])], "none of the day before"


def test_what_runs_is_not_over_and_its_newest_windows_are_not_missing(rig: Rig) -> None:
    tell(rig, 0, 370, occupancy={"gate": 0.1})
    assert read(rig) == [("it is not over yet", [])]
    assert isinstance(rig.clock, ManualClock)
    rig.clock.advance(60.0)
    assert read(rig) == [
        ("90 s are missing: the device told nothing; it is not over yet", []),
    ]


def test_where_no_lines_are_drawn_it_says_so(rig: Rig) -> None:
    tell(rig, 0, 400)
    assert read(rig)[0][1] == [NO_LINES]
    rig.services.configurations.set_street(
        "cam-1", Street(width=100, height=100, lines=[LINE]), "ops"
    )
    drawn = rig.store.configuration("cam-1")
    assert drawn is not None
    tell(rig, 1, 400, street=drawn.street_version)
    assert [NO_LINES in notes for _, notes in read(rig)] == [True, False], "nobody crossed them"


def test_a_camera_that_is_not_there_is_an_error_that_names_those_that_are(rig: Rig) -> None:
    with_names = Capabilities(streams=["north", "south"])
    assert read(rig, "east"), "nothing is known of its cameras"
    rig.store.update_device("cam-1", capabilities=with_names)
    with pytest.raises(InvalidError, match=r"'east'.*it has north, south"):
        read(rig, "east")
    assert read(rig, "north")
    rig.store.update_device("cam-1", capabilities=Capabilities())
    with pytest.raises(InvalidError, match="leave stream out"):
        read(rig, "east")
