"""What a parent of the site adds to choosing among the city's networks."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_demo.benchmarks.envelopes.bench_envelopes import write_figures
from lamplighter_demo.benchmarks.envelopes.site_speed_ups import (
    LARGE,
    SITE,
    SMALL,
    best_single_recipe,
    gains,
    site_speed_ups,
)
from lamplighter_demo.benchmarks.sites.site_table import ROW, CameraRow, read_cameras
from lamplighter_demo.errors import DemoError

from tests.simulators.measured_devices import measured_device, measurements, network

SIZES = ("256x192", "384x288", "512x384")
CITY = network(LARGE) + network(SMALL, 0.25, 0.7)


def camera(specialised: float) -> CameraRow:
    """One where the small network of the city never does what the large one does."""
    large, small = dict.fromkeys(SIZES, 0.8), dict.fromkeys(SIZES, 0.6)
    return CameraRow(
        camera="tele",
        large=large,
        small=small,
        specialised=dict.fromkeys(SIZES, specialised),
        agreement=(0.7, 0.8),
        elsewhere=(0.7, 0.7),
        pictures=100,
        cpu_s=90.0,
        kept=True,
    )


def test_a_sites_parent_that_is_accurate_enough_is_chosen_and_gains_its_smaller_work() -> None:
    run = measurements(CITY, [measured_device(CITY)])
    rows = site_speed_ups(run, [camera(0.81)])
    assert {row.chosen for row in rows} == {SITE}
    assert {name.split()[0] for row in rows for name in row.latency_ms} == {LARGE}
    told = gains(rows, best_single_recipe(rows))
    assert best_single_recipe(rows) == f"{LARGE} onnxruntime int8"
    assert told.chosen == pytest.approx(told.fastest)
    assert told.fastest > 1.5
    assert told.fastest_of_city == pytest.approx(1.0)


def test_one_that_is_not_changes_nothing() -> None:
    run = measurements(CITY, [measured_device(CITY)])
    rows = site_speed_ups(run, [camera(0.75)])
    assert {row.chosen for row in rows} == {LARGE}
    assert gains(rows, best_single_recipe(rows)).fastest == pytest.approx(1.0)


def test_between_two_sizes_an_accuracy_is_read_on_a_line() -> None:
    specs = [msgspec.structs.replace(spec, sizes=["320x256"]) for spec in network(SMALL, 0.25)]
    specs = network(LARGE) + specs
    found = camera(0.0)
    rising = {"256x192": 0.7, "384x288": 0.9, "512x384": 0.9}
    found = msgspec.structs.replace(found, specialised=rising)
    rows = site_speed_ups(measurements(specs, [measured_device(specs)]), [found])
    assert {row.chosen for row in rows} == {SITE}, "0.811 at 320x256, and 0.8 is asked for"


def test_the_page_tells_what_the_sites_of_a_run_add(tmp_path: Path) -> None:
    (tmp_path / "sites" / "tele").mkdir(parents=True)
    (tmp_path / "sites" / "tele" / ROW).write_bytes(msgspec.json.encode(camera(0.81)))
    for number, spec in enumerate(CITY):
        spec.street_ap50["street"] = dict.fromkeys(spec.sizes, 0.8 - 0.1 * (number > 1))
    run = measurements(CITY, [measured_device(CITY)])
    text = write_figures(run, tmp_path / "out", read_cameras(tmp_path / "sites"))
    assert f"| times as fast as {LARGE} onnxruntime int8 |" in text


def test_a_folder_without_cameras_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="bench sites"):
        read_cameras(tmp_path)
    (tmp_path / "tele").mkdir()
    (tmp_path / "tele" / ROW).write_text("{")
    with pytest.raises(DemoError, match="holds no camera"):
        read_cameras(tmp_path)
