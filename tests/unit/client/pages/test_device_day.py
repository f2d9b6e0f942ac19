"""A device's time as a page: what it saw, served, counted and took; nothing in it runs."""

import re

import msgspec
from lamplighter_client.documents import Deployment, Device, Event, TelemetryEntry
from lamplighter_client.pages.device_day import DeviceTime, device_time_page, legend, totals
from lamplighter_client.pages.rows import Span
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import OperatingPoint, Regime

WINDOW = TelemetryEntry(
    device="cam-<1>",
    start=1000.0,
    seconds=60.0,
    frames=100,
    dropped=2,
    latency_p95_ms=30.0,
    energy_mj_per_frame=90.0,
    serving=OperatingPoint(variant="int8-full", width=384, height=288),
    regime=Regime(light="day", weather="dry", density="free"),
    counts={"north/in": {"car": 4}},
)
JAM = Regime(light="day", weather="dry", density="jam")
WINDOWS = [
    WINDOW,
    msgspec.structs.replace(WINDOW, start=1060.0),
    msgspec.structs.replace(WINDOW, start=1120.0, regime=JAM),
]
KNOWN = DeviceTime(
    Device(id="cam-<1>", site="north & west"),
    1000.0,
    1600.0,
    WINDOWS,
    [Deployment(revision=3, variant="int8-full", at=1010.0, outcome=Outcome.COMMITTED)],
    [Event(at=1100.0, text="<b>shift</b>"), Event(at=9000.0, text="later")],
)


def test_the_page_shows_all_of_the_time_and_needs_nothing() -> None:
    shown = device_time_page(KNOWN)
    assert "cam-&lt;1&gt;" in shown
    assert "&lt;b&gt;shift&lt;/b&gt;" in shown
    assert "later" not in shown, "what is outside the time is left out"
    assert "revision 3: int8-full committed" in shown
    assert "300 frames served, 6 dropped, 12 crossings, 27 J." in shown
    assert "up to 9 J" in shown
    assert not re.search(r"https?:|<script|<link|@import|url[(]", shown)


def test_windows_that_say_the_same_are_one_stretch() -> None:
    shown = device_time_page(KNOWN)
    assert shown.count("day-dry-free, from") == 1
    assert shown.count("int8-full at 384x288, from") == 1
    assert [name for _, name in legend(WINDOWS)] == [
        "day-dry-free",
        "day-dry-jam",
        "int8-full at 384x288",
    ]


def test_without_a_window_it_says_so() -> None:
    bare = DeviceTime(Device(id="cam-1"), 0.0, 600.0, [], [], [])
    assert "Nothing was measured" in device_time_page(bare)
    assert totals([]) == "Nothing was measured in this time."


def test_ticks_are_rounded_and_few() -> None:
    for length in (60.0, 600.0, 86_400.0, 7 * 86_400.0):
        assert length / Span(0.0, length, str).step_s <= 10
