"""The benchmark counts by the agent's own program, and its tables tell good boxes from bad."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from lamplighter_demo.benchmarks.counting.bench_counting import (
    TRUE_BOXES,
    ClipRow,
    bench_counting,
)
from lamplighter_demo.benchmarks.counting.identities import Identities, identities
from lamplighter_demo.benchmarks.counting.page import page
from lamplighter_demo.benchmarks.counting.picture import draw
from lamplighter_demo.comparison.device_counts import DeviceCounts, Followed
from lamplighter_demo.errors import DemoError
from lamplighter_scenes.clips import save_truth
from lamplighter_scenes.crossings import Line

FPS, FRAMES = 10.0, 60
LINE = Line("gate", 320.0, 0.0, 320.0, 480.0)


def driving(number: int, y: int, speed_px: int) -> list[list[int]]:
    """Rows of a car's boxes, a frame each; it crosses the line."""
    return [[100 + speed_px * n, y, 150 + speed_px * n, y + 40, 0, number] for n in range(FRAMES)]


def truth(name: str) -> dict[str, Any]:
    """Two cars that cross inwards and outwards."""
    there, back = driving(1, 100, 6), driving(2, 300, 6)[::-1]
    frames = [[a, b] for a, b in zip(there, back, strict=True)]
    ways = (("out", 1, 33), ("in", 2, 26))
    crossings = [
        {"line": "gate", "direction": way, "kind": "car", "number": number, "frame": frame}
        for way, number, frame in ways
    ]
    return {
        "format": 1,
        "clip": f"{name}.mp4",
        "fps": FPS,
        "width": 640,
        "height": 480,
        "camera": "here",
        "regime": "day-dry-free",
        "crossings": crossings,
        "frames": frames,
        "lines": [msgspec.to_builtins(LINE)],
    }


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[ClipRow]:
    folder = tmp_path_factory.mktemp("clips")
    save_truth(truth("here-day"), folder / "here-day.truth.json.gz")
    clips = [folder / "here-day.mp4"]
    return bench_counting(clips, [], [], folder / "out", lambda _text: None, (10.0, 3.0))


def test_true_boxes_are_counted_as_they_cross(rows: list[ClipRow]) -> None:
    assert [(row.source, row.fps) for row in rows] == [(TRUE_BOXES, 10.0), (TRUE_BOXES, 3.0)]
    for row in rows:
        found = {(m.line, m.direction, m.kind): (m.true, m.counted) for m in row.movements}
        assert set(found) == {("gate", "in", "car"), ("gate", "out", "car")}
        assert all(sum(true) == sum(counted) == 1 for true, counted in found.values())
        assert row.identities.switches == 0
        assert row.cpu_us_per_frame > 0
    assert rows[0].identities.idf1 > rows[1].identities.idf1 > 0.8  # a sighting unconfirmed


def test_the_page_and_the_picture_show_all_rows(rows: list[ClipRow], tmp_path: Path) -> None:
    text = page(rows)
    assert "1 clips, 0 minutes, 2 crossings, 0 of them" in text
    assert text.count("| true boxes | – | 10 |") == 3
    assert "| 0.0 % of 2 |" in text
    draw(rows, tmp_path / "counting.png")
    assert (tmp_path / "counting.png").stat().st_size > 5000


def test_without_clips_it_says_how_to_make_some(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="scenes footage"):
        bench_counting([], [], [], tmp_path, lambda _text: None)


def test_an_agent_that_ends_is_told(tmp_path: Path) -> None:
    device = DeviceCounts(tmp_path)
    with device, pytest.raises(DemoError, match="ended with"):
        device.follow({**truth("x"), "lines": "none"}, [np.zeros((0, 6), np.float32)], [0.0])


def followed(rows: list[tuple[int, int, list[int]]]) -> Followed:
    """Frame, track and box of each sighting."""
    frames, ids, boxes = zip(*rows, strict=True)
    counted = Any  # what was counted is not asked for
    return Followed(counted, np.array(frames), np.array(ids), np.array(boxes, np.float32))  # type: ignore[arg-type]


def test_a_track_that_changes_its_object_costs_identities() -> None:
    known = {"frames": [[[0, 0, 10, 10, 0, 7], [50, 0, 60, 10, 0, 8]] for _ in range(4)]}
    left, right = [0, 0, 10, 10], [50, 0, 60, 10]
    kept = [(n, 1, left) for n in range(4)] + [(n, 2, right) for n in range(4)]
    swapped = [(n, 1 if n < 3 else 2, left) for n in range(4)]
    swapped += [(n, 2 if n < 3 else 1, right) for n in range(4)]
    whole = identities(known, range(4), followed(kept))
    assert (whole.idf1, whole.switches) == (1.0, 0)
    mixed = identities(known, range(4), followed(swapped))
    assert (mixed.idf1, mixed.switches) == (0.75, 2)
    assert whole + mixed == Identities(hits=14, true=16, tracked=16, switches=2)
