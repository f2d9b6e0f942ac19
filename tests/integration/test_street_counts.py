"""What crossed a street, over the API and by the command line."""

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK, EXIT_USAGE
from lamplighter_controller.api.app import create_app
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import OperatingPoint, Pace, Street, StreetPosition, Telemetry

from tests.simulators.controller_rig import Rig, spec
from tests.simulators.served_app import CommandLine, api_of, command_line

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
STREET = Street(positions=[StreetPosition(latitude=52.27, longitude=10.53)])
QUARTER_S, HOUR_S = 900, 3600
PER_WINDOW = {"north/in": {"car": 1, "bus": 1}, "south/out": {"car": 2}}


@pytest.fixture
def begin() -> float:
    """A whole hour, three hours ago."""
    return (time.time() - 3 * HOUR_S) // HOUR_S * HOUR_S


@pytest.fixture
def rig(tmp_path: Path, begin: float) -> Iterator[Rig]:
    """A device that told of an hour, but of its third quarter its first half only."""
    clock = ManualClock(time.time())
    made = Rig(tmp_path, [spec("full-fp32", 0.85, 900.0)], clock=clock)
    made.store.add_device(DeviceRecord(id="cam-1"))
    told = [n for n in range(HOUR_S // 10) if not 225 <= n < 270]
    windows = [
        Telemetry(
            device="cam-1",
            seq=n + 1,
            start=begin + 10 * n,
            seconds=10.0,
            frames=50,
            counts=PER_WINDOW if n % 10 == 0 else {},
            paces={"north/in": {"car": Pace(count=2, s_per_km=90.0)}} if n % 20 == 0 else {},
            occupancy={"north": 0.25} if n < 90 else {},
            serving=OperatingPoint(variant="full-fp32", width=384, height=288),
            disturbed=n == 3,
        )
        for n in told
    ]
    made.store.add_telemetry(windows, begin)
    yield made
    made.close()


@pytest.fixture
def app(rig: Rig) -> FastAPI:
    return create_app(rig.services, recipes=dict, counters=dict)


@pytest.fixture
def line(app: FastAPI, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    token = rig.services.access.make_token("traffic", "viewer")
    with command_line(app, token, monkeypatch) as made:
        yield made


def test_intervals_over_the_api(app: FastAPI, rig: Rig, begin: float) -> None:
    viewer = api_of(app, rig.services.access.make_token("traffic", "viewer"))
    asked = {"since": begin, "until": begin + HOUR_S + QUARTER_S}
    answer = viewer.get("devices/cam-1/counts", params=asked)
    assert answer.status_code == 200
    whole, _, half, _, gap = answer.json()
    assert whole["counts"] == {"north/in": {"car": 9, "bus": 9}, "south/out": {"car": 18}}
    assert (whole["complete"], whole["trouble"]) == (True, "")
    unproven = "counts were never measured in day-dry-free"
    assert whole["notes"] == ["a model was on trial for 10 s", unproven], "it is whole all the same"
    assert (half["notes"], gap["notes"]) == ([unproven], [])
    assert (half["complete"], half["watched_s"]) == (False, 450.0)
    assert half["trouble"] == "450 s are missing: the device told nothing"
    assert (gap["counts"], gap["watched_s"]) == (None, 0.0)
    (hour, _) = viewer.get("devices/cam-1/counts", params=asked | {"interval_s": 3600}).json()
    assert hour["counts"]["south/out"] == {"car": 64}
    assert viewer.get("devices/cam-1/counts", params={"interval_s": 77}).status_code == 422
    assert viewer.get("devices/cam-7/counts").status_code == 404


def test_a_year_comes_in_pages(app: FastAPI, rig: Rig, begin: float) -> None:
    viewer = api_of(app, rig.services.access.make_token("traffic", "viewer"))
    page = viewer.get("devices/cam-1/counts", params={"since": begin - 30 * 86_400})
    assert len(page.json()) == 960
    assert 'rel="next"' in page.headers["link"]


def test_the_table_has_movements_troubles_and_the_peak_hour(
    line: CommandLine, capsys: Captured, begin: float
) -> None:
    since, until = (str(_iso(begin + offset)) for offset in (0, HOUR_S + QUARTER_S))
    assert line.run("counts", "cam-1", "--from", since, "--to", until) == EXIT_OK
    shown = capsys.readouterr().out
    titles, first = shown.splitlines()[:2]
    assert "south/out  VEHICLES IN  REGIME" in titles, "nobody on foot was seen"
    assert first.split()[2:5] == ["18", "18", "18"], "who leaves by the south came in by the north"
    assert "450 s are missing: the device told nothing" in shown
    assert "nothing was watched" in shown
    assert first.endswith("day-dry-free  a model was on trial for 10 s"), "and not what all have"
    assert shown.splitlines()[-1] == (
        "counts were never measured in day-dry-free: what error to expect is at best"
        " estimated, from variants like those that served"
    )
    assert "peak hour" not in shown, "no hour was wholly watched"
    assert line.run("counts", "cam-1", "--from", since, "--by-movement") == EXIT_OK
    _, north, south, watched, half, rest, once = capsys.readouterr().out.splitlines()
    assert once.startswith("counts were never measured in day-dry-free: ")
    assert watched.startswith("watched: ")
    assert half.endswith("the device told nothing"), "from when to when"
    assert _shown(begin + 2 * QUARTER_S) in half
    assert _shown(begin + HOUR_S) in rest
    assert north.split() == ["north/in", "32", "32", "64", "50%", "40.0", "25.0%"]
    assert south.split() == ["south/out", "0", "64", "64", "50%", "-", "-"]


def test_a_spreadsheet_gets_gaps_and_zeros_apart(
    line: CommandLine, capsys: Captured, begin: float
) -> None:
    since, until = (str(_iso(begin + offset)) for offset in (0, HOUR_S + QUARTER_S))
    asked = ("counts", "cam-1", "--from", since, "--to", until)
    assert line.run(*asked, "--format", "csv") == EXIT_OK
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 5 * 3
    assert {row["count"] for row in rows[-3:]} == {""}
    assert rows[0]["notes"].startswith("a model was on trial for 10 s; ")
    assert rows[0]["trouble"] == rows[-1]["notes"] == ""
    assert sum(int(row["count"] or 0) for row in rows if row["class"] == "bus") == 32
    assert line.run(*asked, "--format", "json") == EXIT_OK
    assert json.loads(capsys.readouterr().out)[-1]["counts"] is None


def test_the_movements_are_a_file_too_or_refused(
    line: CommandLine, capsys: Captured, begin: float
) -> None:
    asked = ("counts", "cam-1", "--from", _iso(begin), "--to", _iso(begin + HOUR_S))
    assert line.run(*asked, "--by-movement", "--format", "csv") == EXIT_OK
    north, south = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (north["movement"], north["bus"], north["car"]) == ("north/in", "32", "32")
    assert (north["vehicles"], north["on_foot"], north["share"]) == ("64", "0", "0.5")
    assert (north["speed_kmh"], north["occupancy"], south["speed_kmh"]) == ("40.0", "0.25", "")
    assert float(north["watched_s"]) == 4 * QUARTER_S - 450.0
    assert line.run(*asked, "--by-movement", "--format", "ngsi-ld") == EXIT_USAGE
    assert "table or csv" in capsys.readouterr().err


def test_times_are_taken_as_they_are_usually_written(
    line: CommandLine, capsys: Captured, begin: float
) -> None:
    for since, until, interval in (("90min", "20 min", "15m"), ("1.5h", "1200s", "60min")):
        asked = ("counts", "cam-1", "--from", since, "--to", until, "--interval", interval)
        assert line.run(*asked) == EXIT_OK
    assert line.run("counts", "cam-1", "--interval", "20min") == EXIT_USAGE
    assert "15min, 30min, 1h, 1d" in capsys.readouterr().err
    for command, first, last in (
        (("counts", "cam-1"), "--from", "--to"),
        (("device", "telemetry", "cam-1"), "--since", "--until"),
        (("events",), "--since", "--until"),
    ):
        assert line.run(*command, first, "10m", last, "1h") == EXIT_FAILED
        assert f"{first} 10m does not lie before its end ({last} 1h)" in capsys.readouterr().err


def test_a_position_of_the_street_goes_out_with_its_counts(
    rig: Rig, line: CommandLine, capsys: Captured, begin: float
) -> None:
    rig.store.update_device("cam-1", labels={"latitude": "1", "longitude": "2"})
    asked = ("counts", "cam-1", "--from", _iso(begin))
    for street, there in ((None, [2.0, 1.0]), (STREET, [10.53, 52.27])):
        rig.services.configurations.set_street("cam-1", street, "ops")
        assert line.run(*asked, "--format", "ngsi-ld") == EXIT_OK
        first = json.loads(capsys.readouterr().out)[0]
        assert first["location"]["value"]["coordinates"] == there
        assert line.run(*asked, "--format", "sensorthings") == EXIT_OK
        (thing,) = json.loads(capsys.readouterr().out)["things"]
        assert thing["Locations"][0]["location"]["coordinates"] == there


def test_what_is_not_over_yet_is_no_figure_for_other_programs(
    rig: Rig, line: CommandLine, capsys: Captured, begin: float
) -> None:
    running = Telemetry(
        device="cam-1",
        seq=9000,
        start=rig.clock.time() - 20.0,
        seconds=10.0,
        frames=50,
        counts=PER_WINDOW,
    )
    rig.store.add_telemetry([running], begin)
    asked = ("counts", "cam-1", "--from", _iso(begin))
    assert line.run(*asked, "--format", "json") == EXIT_OK
    assert any(one["counts"] for one in json.loads(capsys.readouterr().out)[-2:])
    assert line.run(*asked, "--format", "ngsi-ld") == EXIT_OK
    newest = json.loads(capsys.readouterr().out)[-1]["intensity"]["observedAt"]
    assert newest == _iso(begin + HOUR_S) + "Z"
    assert line.run(*asked, "--format", "sensorthings") == EXIT_OK
    told = json.loads(capsys.readouterr().out)["observations"][-1]["observation"]
    assert told["phenomenonTime"].endswith(newest)


def test_cameras_stand_apart_and_the_peak_hour_is_of_vehicles(
    rig: Rig, line: CommandLine, capsys: Captured, begin: float
) -> None:
    rig.store.add_device(DeviceRecord(id="box-1"))
    for stream in ("east", "west"):
        windows = [
            Telemetry(
                device="box-1",
                stream=stream,
                seq=n + 1,
                start=begin + 10 * n,
                seconds=10.0,
                frames=50,
                counts={"gate/in": {"car": 1, "person": 2}, "gate/out": {"car": 1}},
            )
            for n in range(HOUR_S // 10)
        ]
        rig.store.add_telemetry(windows, begin)
    asked = ("counts", "box-1", "--from", _iso(begin), "--to", _iso(begin + HOUR_S))
    assert line.run(*asked) == EXIT_OK
    titles, first, *_, peak = capsys.readouterr().out.splitlines()
    assert "VEHICLES IN  ON FOOT IN" in titles
    assert first.split()[2:] == ["east", "270", "90", "90", "180", "day-dry-free", "-"]
    assert peak.endswith("720 vehicles entered, peak hour factor 1.00"), "of both cameras"
    assert line.run(*asked, "--by-movement") == EXIT_OK
    told = [row.split() for row in capsys.readouterr().out.splitlines()]
    assert told[1] == ["east", "gate/in", "360", "720", "360", "50%"]
    assert [row[:2] for row in told[2:5]] == [
        ["west", "gate/in"], ["east", "gate/out"], ["west", "gate/out"],
    ]  # fmt: skip
    assert told[5] == ["watched:", "100.0%", "of", "the", "time"]


def _shown(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds))


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def test_speed_and_occupancy_where_they_were_measured(
    app: FastAPI, rig: Rig, line: CommandLine, begin: float, capsys: Captured
) -> None:
    viewer = api_of(app, rig.services.access.make_token("traffic", "viewer"))
    asked = {"since": begin, "until": begin + HOUR_S + QUARTER_S}
    first, second, _, _, gap = viewer.get("/devices/cam-1/counts", params=asked).json()
    assert first["speed_kmh"] == {"north/in": {"car": 40.0}}
    assert first["speed_count"] == {"north/in": {"car": 10}}
    assert (first["occupancy"], second["occupancy"]) == ({"north": 0.25}, None)
    assert (gap["speed_kmh"], gap["speed_count"], gap["occupancy"]) == (None, None, None)
    since = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(begin))
    assert line.run("counts", "cam-1", "--from", since, "--format", "csv") == EXIT_OK
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    car = next(row for row in rows if (row["movement"], row["class"]) == ("north/in", "car"))
    assert (car["speed_kmh"], car["speed_count"], car["occupancy"]) == ("40.0", "10", "0.25")
    bus = next(row for row in rows if row["class"] == "bus")
    assert (bus["speed_kmh"], bus["occupancy"]) == ("", "0.25")
    assert line.run("counts", "cam-1", "--from", since, "--by-movement") == EXIT_OK
    told = capsys.readouterr().out
    assert "KM/H" in told.splitlines()[0]
    assert "40.0" in next(row for row in told.splitlines() if row.startswith("north/in"))


def test_lines_that_were_not_there_and_no_lines_have_no_zero(
    rig: Rig, line: CommandLine, capsys: Captured, begin: float
) -> None:
    rig.store.add_device(DeviceRecord(id="cam-8"))
    usual = {"device": "cam-8", "seconds": 900.0, "frames": 4500}
    told = [{}, {"counts": {"gate/in": {"car": 2}}, "street": 3}]
    windows = [
        Telemetry(**usual, **more, seq=n + 1, start=begin + 900 * n)  # type: ignore[arg-type]
        for n, more in enumerate(told)
    ]
    rig.store.add_telemetry(windows, begin)
    asked = ("counts", "cam-8", "--from", _iso(begin), "--to", _iso(begin + 2 * QUARTER_S))
    assert line.run(*asked) == EXIT_OK
    _, before, after = capsys.readouterr().out.splitlines()
    assert before.split()[2:] == ["0", "-", "-", "day-dry-free", "no", "lines", "are", "drawn"]
    assert after.split()[2:5] == ["3", "2", "2"]
    assert line.run(*asked, "--format", "csv") == EXIT_OK
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["street"], row["movement"], row["count"]) == ("3", "gate/in", "2")
