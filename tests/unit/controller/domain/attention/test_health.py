"""What an operator is told to look at."""

from dataclasses import replace

import msgspec
import pytest
from lamplighter_controller.domain.attention.health import Standing, duration, notices
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.policy.policy import Policy
from lamplighter_controller.domain.streams import StreamState
from lamplighter_wire.messages import Capabilities, OperatingPoint, Telemetry

NOW = 1000.0
WINDOW = Telemetry(
    start=988.0,
    seconds=10.0,
    frames=50,
    fps_demand=5.0,
    fps_served=5.0,
    latency_p95_ms=40.0,
    power_w=2.0,
    memory_bytes=100 * 2**20,
)
NEWEST = {"": StreamState(window=WINDOW, window_at=NOW)}


def _kinds(standing: Standing) -> list[str]:
    return [notice.kind for notice in notices(standing, NOW)]


def _serving(**changes: object) -> Standing:
    window = msgspec.structs.replace(WINDOW, **changes)
    return _standing(StreamState(window=window, window_at=NOW - 2.0))


def _standing(stream: StreamState) -> Standing:
    return Standing(online=True, last_seen=NOW, streams={"": stream}, outcome="committed")


def test_a_device_that_keeps_its_promises_needs_nobody() -> None:
    assert _kinds(_serving()) == []


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"source_state": "lost"}, "source"),
        ({"latency_p95_ms": 170.0}, "breach_latency"),  # of a slot of 0.8 / 5 s
        ({"memory_bytes": 2**31, "disturbed": True, "dropped": 10}, "dropped"),
        ({"dropped": 10}, "dropped"),
        ({"dropped": 20}, "breach_frames"),
    ],
)
def test_a_bad_window_is_noticed(changes: dict[str, object], kind: str) -> None:
    assert _kinds(_serving(**changes)) == [kind]


@pytest.mark.parametrize(("received_at", "kinds"), [(971.0, []), (969.0, ["silent"])])
@pytest.mark.parametrize("start", [0.0, 988.0, 5000.0])
def test_silence_is_judged_by_our_own_clock(
    start: float, received_at: float, kinds: list[str]
) -> None:
    """A device's clock may be wrong by any amount."""
    window = msgspec.structs.replace(WINDOW, start=start)
    assert _kinds(_standing(StreamState(window=window, window_at=received_at))) == kinds


def test_a_capped_frame_rate_widens_the_slot() -> None:
    capped = OperatingPoint(variant="v", fps=2.0)
    assert _kinds(_serving(latency_p95_ms=170.0, serving=capped, frames=20)) == []


def test_the_tighter_of_objective_and_capabilities_is_the_limit() -> None:
    standing = Standing(
        online=True,
        streams=NEWEST,
        capabilities=Capabilities(power_budget_w=1.5),
        objective=Objective(latency_p95_ms=30.0, power_w=4.0),
    )
    assert _kinds(standing) == ["breach_latency", "breach_power"]


def test_offline_hides_old_measurements_but_not_the_refusal() -> None:
    standing = Standing(
        online=False, last_seen=400.0, streams=NEWEST, outcome="rejected", reason="SLOWER"
    )
    found = notices(standing, NOW)
    assert [n.kind for n in found] == ["offline", "rejected"]
    assert "10 min" in found[0].text
    assert "slower there than predicted" in found[1].text


def test_never_seen_is_no_error() -> None:
    assert [n.severity for n in notices(Standing(online=False), NOW)] == ["warning"]


def test_errors_come_first_and_patience_ends() -> None:
    window = msgspec.structs.replace(WINDOW, dropped=10, source_state="lost")
    standing = Standing(
        online=True,
        streams={"": StreamState(window=window, window_at=NOW)},
        variant="int8",
        deployed_at=100.0,
        policy=Policy(patience_s=300.0),
    )
    assert _kinds(standing) == ["source", "dropped", "stuck"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (90, "90 s"), (600, "10 min"), (7200, "2 h"), (2e5, "2 days")],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_each_stream_is_noticed_by_its_name_and_the_device_once() -> None:
    over = msgspec.structs.replace(WINDOW, power_w=9.0)
    lost = msgspec.structs.replace(over, stream="south", frames=0, source_state="lost")
    streams = {
        "north": StreamState(window=msgspec.structs.replace(over, stream="north"), window_at=NOW),
        "south": StreamState(window=lost, window_at=NOW),
        "west": StreamState(window=msgspec.structs.replace(over, stream="west"), window_at=900.0),
        "new": StreamState(),
    }
    standing = Standing(
        online=True,
        last_seen=NOW,
        streams=streams,
        outcome="committed",
        objective=Objective(power_w=5.0),
    )
    texts = [(notice.kind, notice.text.partition(" ")[0]) for notice in notices(standing, NOW)]
    assert texts == [("breach_power", "power"), ("source", "south:"), ("silent", "west:")]


def test_what_a_frame_waits_for_other_streams_counts_against_its_limit() -> None:
    assert _kinds(_serving(response_p95_ms=170.0)) == ["breach_latency"]


def test_what_a_disk_has_damaged_and_what_serves_nothing_is_an_error() -> None:
    standing = replace(_serving(), variant="v1", serving="v2", damaged=["v1"])
    (notice,) = notices(standing, NOW)
    assert (notice.severity, notice.kind) == ("error", "damaged")
    assert "v1" in notice.text
    assert _kinds(replace(standing, serving="", damaged=[])) == ["serves_nothing"]
    assert _kinds(replace(standing, serving=None, damaged=[])) == []
