"""The mirror follows the controller; the connection knows when to try again."""

import pytest
from lamplighter_client.documents import Deployment, Event, FleetPage, FleetRow, TelemetryEntry
from lamplighter_client.documents.fleet.fleet_rows import FleetChanges
from lamplighter_client.streaming.fleet_sums import sums
from lamplighter_client.streaming.row_order import RowOrder
from lamplighter_dashboard.model.connection import LONGEST_PAUSE_S, Connection, Link
from lamplighter_dashboard.model.device_charts import charts
from lamplighter_dashboard.model.fleet_mirror import FleetMirror, grouped
from lamplighter_dashboard.widgets.bars.top_bar import stale_text
from lamplighter_dashboard.widgets.series_plot import rounded_ticks
from lamplighter_wire.enums import Severity


def test_the_mirror_takes_pages_and_changes() -> None:
    mirror = FleetMirror()
    mirror.begin(FleetPage(rows=[FleetRow(id="a"), FleetRow(id="b")], devices=9, at=110.0), 100.0)
    mirror.add(FleetPage(rows=[FleetRow(id="c")], at=111.0), 101.0)
    mirror.apply(FleetChanges(rows=[FleetRow(id="a", power_w=3.0)], gone=["b", "x"]), 102.0)
    assert [row.id for row in mirror.ordered(RowOrder.POWER, descending=True)] == ["a", "c"]
    assert (mirror.devices, len(mirror.rows)) == (9, 2)
    assert mirror.controller_time(200.0) == 210.0
    mirror.begin(FleetPage(rows=[FleetRow(id="z")]), 103.0)
    assert list(mirror.rows) == ["z"], "what was there before is forgotten"


def test_sums_are_of_what_is_there() -> None:
    rows = [
        FleetRow(id="a", state="online", fps_served=5.0, expected_ap50=0.8, outcome="committed"),
        FleetRow(id="b", state="offline", severity=Severity.ERROR, fps_served=5.0),
        FleetRow(id="c", state="online", severity=Severity.WARNING, revision=1),
    ]
    found = sums(rows)
    assert (found.devices, found.online, found.errors, found.warnings) == (3, 2, 1, 1)
    assert (found.fps_served, found.under_way, found.ap50) == (5.0, 1, 0.8)


def test_groups_are_by_what_rows_have_in_common() -> None:
    rows = [
        FleetRow(id="a", site="n"),
        FleetRow(id="b", labels={"lens": "w"}),
        FleetRow(id="c", site="n"),
    ]
    assert [(g.key, [r.id for r in g.rows]) for g in grouped(rows, "site")] == [
        ("", ["b"]),
        ("n", ["a", "c"]),
    ]
    assert [g.key for g in grouped(rows, "label:lens")] == ["", "w"]


def test_a_lost_connection_is_tried_again_more_and_more_seldom() -> None:
    connection = Connection().heard(10.0)
    pauses = []
    for _ in range(8):
        connection = connection.lost("nobody answers", 20.0)
        pauses.append(connection.again_at - 20.0)
    assert pauses[:3] == [1.0, 2.0, 4.0]
    assert pauses[-1] == LONGEST_PAUSE_S
    assert (connection.link, connection.heard_at) == (Link.AWAY, 10.0)
    assert "Not heard for 50 s" in stale_text(connection, 60.0)
    assert connection.heard(70.0) == Connection(Link.OPEN, 70.0)


@pytest.mark.parametrize("top", [0.0, 0.3, 1.0, 33.2, 105.6, 9_999.0])
def test_ticks_are_round_and_leave_room(top: float) -> None:
    ticks = rounded_ticks(top)
    assert ticks[0] == 0.0
    assert top < ticks[-1] <= max(3 * top, 3.0)
    assert all(len(f"{tick:g}") <= 6 for tick in ticks)


def test_charts_have_a_line_for_each_stream_and_a_mark_for_each_update() -> None:
    windows = [
        TelemetryEntry(stream=name, start=10.0 * i, seconds=10.0, latency_p95_ms=5.0 + i,
                       counts={"l/in": {"car": 2}})
        for i in range(3)
        for name in ("a", "b")
    ]  # fmt: skip
    happened = [Event(at=9.0, kind="workload_shift"), Event(at=20.0, kind="breach"), Event(at=1.0)]
    drawn = charts(windows, [Deployment(at=12.0, variant="v")], 80.0, 0.0, 30.0, happened)
    assert [series.name for series in drawn["latency"].series] == [
        "a p50",
        "a p95",
        "b p50",
        "b p95",
    ]
    assert list(drawn["latency"].series[1].values) == [5.0, 6.0, 7.0]
    assert list(drawn["counts"].series[0].values) == [12.0, 12.0, 12.0]
    marks = [(mark.at, mark.sign) for mark in drawn["energy"].marks]
    assert marks == [(9.0, "S"), (12.0, "U"), (20.0, "B")]
    assert (drawn["latency"].limit, drawn["energy"].limit) == (80.0, 0.0)
