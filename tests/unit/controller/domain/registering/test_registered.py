"""What an entry changes of a device, and which registration a device gets."""

import pytest
from lamplighter_client.documents.registering.registrations import InventoryEntry
from lamplighter_controller.domain.registering.registered import (
    Registered,
    changed,
    differences,
    pattern_for,
)

NORTH = Registered("north", {"pole": "7", "group": "gates"}, {"power_w": 6.0}, "/dev/video0")


def test_what_an_entry_leaves_out_stays() -> None:
    assert changed(NORTH, InventoryEntry(id="cam-1")) == NORTH
    moved = changed(NORTH, InventoryEntry(id="cam-1", site="south"))
    assert differences(NORTH, moved) == ["site: north -> south"]


def test_a_group_is_one_of_the_labels() -> None:
    pilot = changed(NORTH, InventoryEntry(id="cam-1", group="pilot"))
    assert pilot.labels == {"pole": "7", "group": "pilot"}
    assert changed(NORTH, InventoryEntry(id="cam-1", group="")).labels == {"pole": "7"}
    other = changed(NORTH, InventoryEntry(id="cam-1", labels={"lens": "wide"}))
    assert differences(NORTH, other) == [
        "label group: gates -> -",
        "label lens: - -> wide",
        "label pole: 7 -> -",
    ]


def test_a_limit_of_nothing_is_the_controller_s_and_one_of_zero_is_none() -> None:
    entry = InventoryEntry(id="cam-1", power_w=None, latency_p95_ms=0.0, memory_bytes=1e8)
    assert changed(NORTH, entry).objective == {"latency_p95_ms": 0.0, "memory_bytes": 100_000_000}


def test_of_a_camera_nothing_secret_is_told() -> None:
    first = changed(NORTH, InventoryEntry(id="cam-1", camera="rtsp://u:secret@cam/1"))
    second = changed(NORTH, InventoryEntry(id="cam-1", camera="rtsp://u:other@cam/1"))
    assert differences(NORTH, first) == ["camera: /dev/video0 -> rtsp://***@cam/1"]
    assert differences(first, second) == ["camera: its secrets"]


@pytest.mark.parametrize(
    ("device", "name"),
    [
        ("gate-07", "gate-07"),
        ("gate-08", "gate-0*"),
        ("gate-10", "gate-*"),
        ("gates", None),
        ("cam-1", "cam-?"),
    ],
)
def test_its_own_registration_goes_before_the_longest_pattern(
    device: str, name: str | None
) -> None:
    assert pattern_for(device, ["gate-*", "gate-0*", "gate-07", "cam-?"]) == name
