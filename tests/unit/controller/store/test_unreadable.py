"""A row that cannot be read is set aside: neither a start nor a listing ends with it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from lamplighter_controller.store.unreadable import UNREADABLE
from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import OperatingPoint, Telemetry
from lamplighter_wire.transport.protocol import Received

from tests.simulators.controller_rig import Device, Rig, spec
from tests.simulators.device_messages import telemetry


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [spec("full-fp32", 0.85, 900.0)])
    device = made.device()
    device.introduce()
    yield made
    made.close()


def _write(rig: Rig, statement: str) -> None:
    engine = sa.create_engine(f"sqlite:///{rig.settings.data_dir / 'controller.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def _served(rig: Rig, **figures: object) -> Telemetry:
    point = OperatingPoint(variant="full-fp32", threads=1)
    return msgspec.structs.replace(telemetry(rig, point, 20.0), **figures)


def test_a_latency_of_1e308_leaves_a_controller_that_starts_again(rig: Rig) -> None:
    window = _served(rig, latency_p50_ms=1e308)
    rig.link.receive(Received(topics.up("cam-1", "telemetry"), encode(window)))
    rig.settle()
    rig.services.learning.load()
    [kept] = rig.store.telemetry("cam-1")
    assert (kept.seq, kept.latency_p50_ms, kept.frames) == (window.seq, 0.0, window.frames)


def test_an_observation_of_infinity_is_set_aside_at_the_start(rig: Rig) -> None:
    window = _served(rig)
    rig.link.receive(Received(topics.up("cam-1", "telemetry"), encode(window)))
    rig.settle()
    before = rig.services.learning.experience.of("cam-1")
    assert before
    _write(
        rig,
        "UPDATE observations SET document = "
        "json_insert(document, '$[#]', json_set(json_extract(document, '$[0]'), "
        "'$.energy_estimate_mj', NULL), '$[#]', json_set(json_extract(document, '$[0]'), "
        "'$.latency_p50_ms', 1e308))",
    )
    rig.services.learning.load()
    assert rig.services.learning.experience.of("cam-1") == before
    assert any("observation of cam-1" in what for what in UNREADABLE.noted())


@pytest.mark.parametrize("column", ["newest_window", "capabilities", "streams", "reported"])
def test_a_damaged_part_of_a_device_ends_no_listing(rig: Rig, column: str) -> None:
    rig.device("cam-2")
    _write(rig, f"UPDATE devices SET {column} = '{{\"seq\": null' WHERE id = 'cam-1'")  # noqa: S608
    assert [record.id for record in rig.store.devices()] == ["cam-1", "cam-2"]


def test_a_damaged_memory_of_a_device_is_begun_anew(rig: Rig) -> None:
    _write(rig, 'UPDATE device_states SET document = \'{"retries": "x"}\'')
    assert rig.store.device_state("cam-1").retries == 0


def test_a_damaged_window_is_left_out_and_an_objective_of_null_means_none(rig: Rig) -> None:
    window = _served(rig)
    rig.store.add_telemetry([window, _served(rig, seq=2)], rig.clock.time())
    _write(rig, "UPDATE telemetry SET packed = x'c1' WHERE seq = 2")
    assert [w.seq for w in rig.store.telemetry("cam-1")] == [1]
    _write(rig, "UPDATE devices SET objective = '{\"power_w\": null}'")
    assert rig.store.device("cam-1").objective == {"power_w": None}
    device = Device(rig, "cam-1", {})
    device.introduce(dense_ms=21.0)
    assert device.orders, "planned for all the same"
