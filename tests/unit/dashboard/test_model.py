"""The mirror follows the controller; the connection knows when to try again."""

import re

import pytest
from lamplighter_client.documents import Deployment, Event, FleetPage, FleetRow, TelemetryEntry
from lamplighter_client.documents.fleet.fleet_rows import FleetChanges
from lamplighter_client.streaming.fleet_sums import sums
from lamplighter_client.streaming.row_order import RowOrder
from lamplighter_dashboard.model.connection import LONGEST_PAUSE_S, Connection, Link
from lamplighter_dashboard.model.device_charts import charts
from lamplighter_dashboard.model.fleet_mirror import FleetMirror, grouped
from lamplighter_dashboard.themes.palettes import DARK, PALETTES
from lamplighter_dashboard.widgets.bars.top_bar import stale_text
from lamplighter_dashboard.widgets.fleet_summary import counts_of, summary_text
from lamplighter_dashboard.widgets.series_plot import SeriesPlot, rounded_ticks
from lamplighter_dashboard.words.health import health
from lamplighter_wire.enums import Severity
from rich.console import Console
from rich.text import Text


def test_the_mirror_takes_pages_and_changes() -> None:
    mirror = FleetMirror()
    first = FleetPage(rows=[FleetRow(id="a"), FleetRow(id="b")], devices=9, at=110.0, after="b")
    mirror.begin(first, 100.0)
    assert (mirror.devices, len(mirror.rows)) == (9, 2), "as the controller told"
    mirror.add(FleetPage(rows=[FleetRow(id="c")], at=111.0), 101.0)
    mirror.apply(FleetChanges(rows=[FleetRow(id="a", power_w=3.0)], gone=["b", "x"]), 102.0)
    assert [row.id for row in mirror.ordered(RowOrder.POWER, descending=True)] == ["a", "c"]
    assert mirror.devices == 2, "those that left are counted no longer"
    mirror.apply(FleetChanges(rows=[FleetRow(id="d"), FleetRow(id="e")]), 102.0)
    assert mirror.devices == 4
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
    assert (found.devices, found.online, found.offline, found.warnings) == (3, 2, 1, 1)
    assert (found.fps_served, found.under_way, found.ap50) == (5.0, 1, 0.8)


def test_sums_count_each_device_once_by_what_its_row_says() -> None:
    rows = [
        FleetRow(id=f"{state}-{severity}-{marked}-{notices}", state=state, severity=severity,
                 marked=marked, notices=notices)
        for state in ("online", "offline", "never")
        for severity in Severity
        for marked in (0, 1)
        for notices in (0, 1)
    ]  # fmt: skip
    shown = dict(counts_of(sums(rows)))
    assert shown == {word: sum(health(row) is word for row in rows) for word in shown}
    assert sum(shown.values()) == len(rows)
    text = summary_text(sums(rows), 150, PALETTES[DARK].tones).plain
    assert all(f"{word.sign} {number} {word.word}" in text for word, number in shown.items())


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
    assert connection.left_s(24.0) == LONGEST_PAUSE_S - 4.0
    assert connection.left_s(20.0 - 3600.0) == LONGEST_PAUSE_S, "the clock was set back by an hour"
    assert connection.left_s(20.0 + 3600.0) == 0.0
    assert connection.heard(70.0) == Connection(Link.OPEN, 70.0)
    assert stale_text(connection.heard(70.0), 90.0).startswith("Reading anew: all below is as of")


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
    assert drawn["latency"].series[1].values == [5.0, 6.0, 7.0]
    assert drawn["counts"].series[0].values == [12.0, 12.0, 12.0]
    marks = [(mark.at, mark.sign) for mark in drawn["energy"].marks]
    assert marks == [(9.0, "S"), (12.0, "U"), (20.0, "B")]
    assert (drawn["latency"].limit, drawn["energy"].limit) == (80.0, 0.0)


def test_a_line_is_broken_off_where_nothing_was_measured() -> None:
    starts = (0.0, 10.0, 30.0, 10_000.0, 10_010.0)
    windows = [TelemetryEntry(start=at, seconds=10.0, power_w=2.0) for at in starts]
    (power,) = charts(windows, [], 0.0, 0.0, 20_000.0)["power"].series
    assert [list(part.at) for part in power.stretches] == [[0.0, 10.0, 30.0], [10_000.0, 10_010.0]]
    assert power.values == [2.0] * 5
    plot = SeriesPlot("Power", id="power")
    plot.show(charts(windows, [], 0.0, 0.0, 20_000.0)["power"])
    plot.plt.plotsize(60, 12)
    lines = plot.plt.build().splitlines()
    assert not any("▀" * 20 in line or "▄" * 20 in line for line in lines), "three hours of nothing"


def test_lines_and_limits_are_told_apart_without_colour() -> None:
    windows = [
        TelemetryEntry(start=10.0 * i, seconds=10.0, latency_p50_ms=20.0, latency_p95_ms=30.0)
        for i in range(9)
    ]
    plot = SeriesPlot("Latency", id="latency")
    plot.show(charts(windows, [], 40.0, 0.0, 90.0)["latency"], "10 min")
    plot.plt.plotsize(60, 12)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", plot.plt.build()).splitlines()
    p50, p95 = (next(line for line in lines if name in line) for name in ("p50", "p95"))
    assert p50.split()[-3] != p95.split()[-3], "each is made of a sign of its own"
    assert any("limit 40─" in line for line in lines)
    built = Text.from_ansi(plot.plt.build())
    style = built.get_style_at_offset(Console(), built.plain.index("limit 40"))
    assert style.bgcolor is None, "the ground of the theme shows through"
    plot.show(charts(windows, [], 400.0, 0.0, 90.0)["latency"], "10 min")
    assert plot.border_subtitle == "limit 400, far above; 10 min"


def test_summaries_of_less_than_their_time_are_one_line() -> None:
    summaries = [
        TelemetryEntry(start=300.0 * i, seconds=20.0, resolution_s=300, power_w=2.0)
        for i in range(4)
    ]
    (power,) = charts(summaries, [], 0.0, 0.0, 2000.0)["power"].series
    assert len(power.stretches) == 1
