"""Figures in Prometheus' format: of the fleet and of each device, whatever devices call things."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lamplighter_controller.api.metrics.exposition import render
from lamplighter_controller.api.metrics.families import DECLARED, MOST_LABEL, Families, names_of
from lamplighter_controller.services.metrics.window_totals import (
    MOST_CROSSINGS,
    MOST_SOURCES,
    WindowTotals,
)
from lamplighter_wire.messages import Birth, OperatingPoint, Status, Telemetry
from prometheus_client.parser import text_string_to_metric_families

from tests.simulators.controller_rig import Device, Rig

HOSTILE = 'no"rth\\\n# TYPE forged gauge\nforged 1\x1b[2J' + "x" * 500
COUNTS = {"north/in": {"car": 3, "bus": 1}, "north/out": {"car": 2}}


def window(device: str = "cam-1", seq: int = 1, **others: Any) -> Telemetry:
    facts: dict[str, Any] = {
        "device": device,
        "seq": seq,
        "seconds": 10.0,
        "serving": OperatingPoint(variant="full-fp32"),
        "frames": 50,
        "dropped": 2,
        "rested": 7,
        "fps_served": 5.0,
        "fps_demand": 6.0,
        "latency_p50_ms": 20.0,
        "latency_p95_ms": 40.0,
        "energy_mj_per_frame": 100.0,
        "energy_source": "rapl",
        "counts": COUNTS,
    }
    return Telemetry(**facts | others)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


def present(rig: Rig, name: str = "cam-1") -> Device:
    """A device that is online and has said what it is."""
    device = rig.device(name)
    device.say("birth", Birth(device=name, epoch=1))
    device.introduce()
    return device


def samples(rig: Rig, counters: Any = None) -> dict[str, list[tuple[dict[str, str], float]]]:
    """By the name that queries use, read by Prometheus' own parser."""
    text = render(rig.services, counters or {}, rig.clock.time()).decode()
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_each_device_has_series_of_its_own(rig: Rig) -> None:
    device = present(rig)
    device.say("telemetry", window())
    found = samples(rig)
    here = {"device": "cam-1", "stream": ""}
    assert found["lamplighter_devices"] == [({}, 1.0)]
    assert found["lamplighter_device_online"] == [({"device": "cam-1"}, 1.0)]
    latency = {
        labels["quantile"]: value for labels, value in found["lamplighter_device_latency_seconds"]
    }
    assert latency["0.95"] == pytest.approx(0.04)
    (energy,) = found["lamplighter_device_energy_joules_per_frame"]
    assert energy == (here | {"source": "rapl"}, pytest.approx(0.1))
    assert found["lamplighter_device_frames_total"] == [(here, 50.0)]
    assert found["lamplighter_device_frames_dropped_total"] == [(here, 2.0)]
    assert found["lamplighter_device_frames_rested_total"] == [(here, 7.0)]
    (joules,) = found["lamplighter_device_energy_joules_total"]
    assert joules[1] == pytest.approx(5.0)
    crossings = {
        (labels["line"], labels["direction"], labels["class"]): value
        for labels, value in found["lamplighter_device_crossings_total"]
    }
    assert crossings == {
        ("north", "in", "car"): 3.0,
        ("north", "in", "bus"): 1.0,
        ("north", "out", "car"): 2.0,
    }
    info, one = found["lamplighter_device_info"][0]
    assert (info["device"], info["regime"], one) == ("cam-1", "day-dry-free", 1.0)


def test_totals_grow_and_a_window_that_comes_twice_counts_once(rig: Rig) -> None:
    device = present(rig)
    for seq in (1, 2, 2):
        device.say("telemetry", window(seq=seq, start=10.0 * seq))
    found = samples(rig)
    assert found["lamplighter_device_frames_total"][0][1] == 100.0


def test_what_a_device_calls_things_forges_nothing(rig: Rig) -> None:
    device = present(rig)
    counts = {f"{HOSTILE}/{HOSTILE}": {HOSTILE: 1}, "": {"": 2}}
    device.say("telemetry", window(counts=counts, energy_source=HOSTILE, source_state=HOSTILE))
    found = samples(rig)
    assert all(name.startswith("lamplighter_") for name in found)
    values = [v for entries in found.values() for labels, _ in entries for v in labels.values()]
    assert all(value.isprintable() and len(value) <= MOST_LABEL for value in values)


def test_devices_beyond_the_limit_are_counted_only(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [], metrics_devices=1)
    try:
        for name in ("cam-1", "cam-2"):
            present(rig, name).say("telemetry", window(name))
        found = samples(rig)
        assert [labels["device"] for labels, _ in found["lamplighter_device_online"]] == ["cam-1"]
        assert found["lamplighter_metrics_devices_left_out"] == [({}, 1.0)]
        assert found["lamplighter_metrics_left_out_total"] == [({}, 1.0)]
        assert found["lamplighter_devices"] == [({}, 2.0)]
    finally:
        rig.close()


def test_an_offline_device_tells_no_figures_of_now(rig: Rig) -> None:
    device = present(rig)
    device.say("telemetry", window())
    device.say("status", Status(device="cam-1", online=False, epoch=1))
    rig.wait(60.0)  # perhaps it is only a reconnection
    found = samples(rig)
    assert found["lamplighter_device_online"][0][1] == 0.0
    assert "lamplighter_device_latency_seconds" not in found
    assert "lamplighter_device_frames_total" in found
    kinds = {labels["kind"] for labels, _ in found["lamplighter_device_attention"]}
    assert "offline" in kinds


def test_bytes_are_no_chunks(rig: Rig) -> None:
    found = samples(rig, {"chunks": {"chunks": 3, "bytes": 4000}, "dropped": {"malformed": 1}})
    assert found["lamplighter_chunks_total"] == [({"kind": "chunks"}, 3.0)]
    assert found["lamplighter_chunk_bytes_total"] == [({}, 4000.0)]
    assert found["lamplighter_messages_dropped_total"] == [({"kind": "malformed"}, 1.0)]


def test_totals_have_room_for_so_much_and_no_more() -> None:
    totals = WindowTotals(most_devices=2)
    many = {f"line-{i}/in": {"car": 1} for i in range(MOST_CROSSINGS + 10)}
    totals.add([window(counts=many)])
    assert len(totals.of("cam-1")[""].crossings) == MOST_CROSSINGS
    assert totals.left_out == 10
    totals.add([window(energy_source=f"s{i}", counts={}) for i in range(MOST_SOURCES + 3)])
    assert len(totals.of("cam-1")[""].energy_j) == MOST_SOURCES
    totals.add([window("cam-2"), window("cam-3")])
    assert totals.of("cam-3") == {}
    totals.forget("cam-1")
    totals.add([window("cam-3")])
    assert totals.of("cam-3")[""].frames == 50


def test_every_name_says_its_unit_and_counters_say_that_they_are() -> None:
    for name, (labels, text) in DECLARED.items():
        assert text.endswith("."), name
        assert len(set(labels)) == len(labels)
        assert not any(part in name for part in ("_ms", "_mj", "_mb", "_percent")), name
    assert "lamplighter_device_crossings_total" in names_of()
    with pytest.raises(TypeError, match="has the labels"):
        Families().add("device_online", 1.0)
